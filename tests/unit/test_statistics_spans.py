"""Records of sums that overlap: what is drawn agrees with what is known exactly."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.statistics import probability_record
from checks.statistics_spans import probability_record_of_sums

CLOSE = 0.02  # four times the error that the docstring gives, as fractions go to half a point

parts = st.lists(st.integers(0, 40), min_size=12, max_size=36).map(lambda n: n[: len(n) // 3 * 3])


@settings(max_examples=40, deadline=None)
@given(count=st.integers(0, 150), parts=parts, highest=st.booleans(), factor=st.floats(1, 8))
def test_spans_that_share_nothing_are_the_known_case(
    count: int, parts: list[int], highest: bool, factor: float
) -> None:
    spans = [(start, start + 3) for start in range(0, len(parts), 3)]
    sums = [sum(parts[start:stop]) for start, stop in spans]
    drawn = probability_record_of_sums(count, parts, spans, highest=highest, factor=factor)
    exact = probability_record(count, sums, highest=highest, factor=factor)
    assert drawn == pytest.approx(exact, abs=CLOSE)


@settings(max_examples=25, deadline=None)
@given(count=st.integers(20, 120), parts=parts)
def test_spans_that_overlap_are_no_draws_of_their_own(count: int, parts: list[int]) -> None:
    spans = [(start, start + 3) for start in range(len(parts) - 2)]
    apart = [span for span in spans if span[0] % 3 == 0]
    found = probability_record_of_sums(count, parts, spans)
    independent = probability_record(count, [sum(parts[a:b]) for a, b in spans])
    # more spans to be above than those apart, but they are not as many chances as spans
    assert independent - CLOSE <= found <= probability_record_of_sums(count, parts, apart) + CLOSE


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(0, 150), parts=parts, own=st.floats(0.3, 3), data=st.data(),
    factor=st.floats(1, 8), highest=st.booleans(),
)  # fmt: skip
def test_rates_of_spans_that_share_nothing_are_the_known_case(
    count: int, parts: list[int], own: float, data: st.DataObject, factor: float, highest: bool
) -> None:
    spans = [(start, start + 3) for start in range(0, len(parts), 3)]
    sums = [sum(parts[start:stop]) for start, stop in spans]
    people = [own, *(data.draw(st.floats(0.3, 3)) for _ in spans)]
    drawn, scaled, same = (
        probability_record_of_sums(
            count, parts, spans, highest=highest, factor=factor, exposures=exposures
        )
        for exposures in (people, [4 * n for n in people], [own] * len(people))
    )
    exact = probability_record(count, sums, highest=highest, factor=factor, exposures=people)
    assert drawn == pytest.approx(exact, abs=CLOSE)
    assert scaled == drawn
    assert same == probability_record_of_sums(count, parts, spans, highest=highest, factor=factor)
    with pytest.raises(ValueError, match="exposures"):
        probability_record_of_sums(count, parts, spans, exposures=people[1:])


def test_the_same_span_twice_is_one_span() -> None:
    once = probability_record_of_sums(50, [20, 30], [(0, 2)])
    assert probability_record_of_sums(50, [20, 30], [(0, 2), (0, 2)]) == once
    assert once == pytest.approx(0.5, abs=CLOSE)
    assert probability_record(50, [50, 50]) == pytest.approx(1 / 3, abs=1e-6)


def test_the_answer_is_the_same_every_time_and_certain_without_spans() -> None:
    answers = {probability_record_of_sums(50, [20, 31, 8], [(0, 2), (1, 3)]) for _ in range(3)}
    assert len(answers) == 1
    assert probability_record_of_sums(0, [], []) == 1.0


@pytest.mark.parametrize(
    ("count", "parts", "spans", "factor"),
    [
        (-1, [1, 2], [(0, 2)], 1.0),
        (1, [1, -2], [(0, 2)], 1.0),
        (1, [1, 2], [(0, 3)], 1.0),
        (1, [1, 2], [(-1, 1)], 1.0),
        (1, [1, 2], [(0, 1), (0, 2)], 1.0),
        (1, [1, 2], [(1, 1)], 1.0),
        (1, [1, 2], [(0, 2)], 0.5),
    ],
)
def test_what_makes_no_spans_is_refused(
    count: int, parts: list[int], spans: list[tuple[int, int]], factor: float
) -> None:
    with pytest.raises(ValueError, match=r"count|span|dispersion"):
        probability_record_of_sums(count, parts, spans, factor=factor)
