"""Records of months, of twelve months in a row and of parts of years, against days counted here."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support_days import world_of
from tests.support_world import record


def stated(verdict: Any) -> dict[str, str]:
    return {r.variant: r.outcome for r in verdict.readings if r.stated}


def test_the_most_murders_of_any_month_are_compared_with_every_month_since(tmp_path: Path) -> None:
    world = world_of(tmp_path, {(2016, 8): 95, (2014, 7): 80, (2013, 12): 99})
    verdict = world.verify(record(every="month", month=8, since=2013))
    assert stated(verdict) == {"since 2013: 2014-01 to 2016-07": "holds"}
    assert verdict.closest_true == "highest since December 2013 (99)"
    assert "95 in August 2016, next highest was 80 in July 2014" in verdict.sentence


def test_a_month_below_the_one_before_is_no_record_at_all(tmp_path: Path) -> None:
    world = world_of(tmp_path, {(2016, 8): 20, (2016, 7): 30, (2014, 7): 10})
    verdict = world.verify(record(every="month", month=8, years=2))
    assert verdict.label == "refuted"
    assert verdict.closest_true == "not the highest even of two in a row (July 2016: 30)"


def test_an_august_is_compared_with_augusts_only(tmp_path: Path) -> None:
    world = world_of(tmp_path, {(2016, 8): 95, (2014, 7): 120, (2013, 8): 96})
    verdict = world.verify(record(part_of_year="08-01..08-31", since=2013))
    assert set(stated(verdict).values()) == {"holds"}
    assert verdict.closest_true == "highest since 2013 (2013: 96)"
    assert world.verify(record(part_of_year="08-01..08-31", years=4)).label == "refuted"


def test_twelve_months_in_a_row_need_all_twelve(tmp_path: Path) -> None:
    world = world_of(tmp_path, {(2013, m): 10 for m in range(1, 13)} | {(2016, 8): 95})
    verdict = world.verify(record(every="12 months", month=12, since=2013))
    # January 2014 ends the first of the spans after 2013: 11 months of 10
    (reading,) = [r for r in verdict.readings if r.stated]
    assert reading.outcome == "fails"
    assert (reading.figures[0].value, reading.figures[1].value) == (95, 110)
    early = world.verify(record(every="12 months", month=12, years=3))
    assert {r.outcome for r in early.readings if r.stated} == {"fails"}
    assert world.verify(record(every="12 months", month=6, year=2013, years=2)).readings == ()


def test_a_month_before_the_days_begin_never_makes_a_record_true(tmp_path: Path) -> None:
    world = world_of(tmp_path, {(2016, 8): 95})
    verdict = world.verify(record(every="month", month=8, years=10))
    assert set(stated(verdict).values()) == {"missing"}
    assert verdict.label == "not_enough_evidence"
    assert "of the 119 months before have no figure" in verdict.sentence


def test_february_29_ends_a_part_of_every_year(tmp_path: Path) -> None:
    world = world_of(tmp_path, {(2016, 2): 20, (2015, 2): 15})
    verdict = world.verify(record(part_of_year="02-01..02-29", since=2013))
    assert [f.period_end.isoformat() for f in verdict.readings[0].figures] == [
        "2016-02-29",
        "2015-02-28",
    ]


@pytest.mark.parametrize(
    "keys",
    [
        {"every": "month"},
        {"month": 8},
        {"every": "month", "month": 8, "part_of_year": "01-01..08-15"},
        {"part_of_year": "13-01..13-02"},
        {"part_of_year": "12-01..01-31"},
        {"part_of_year": "02-29..03-10"},
        {"part_of_year": "August"},
    ],
)
def test_a_span_that_makes_no_sense_is_refused(tmp_path: Path, keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"every|part"):
        world_of(tmp_path, {}).verify(record(years=2, **keys))


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    counts=st.lists(st.integers(0, 9), min_size=48, max_size=48),
    asked=st.lists(
        st.tuples(st.integers(1, 12), st.sampled_from([2013, 2014, 2015])), min_size=3, max_size=3
    ),
)
def test_records_agree_with_counting_by_hand(
    tmp_path: Path, counts: list[int], asked: list[tuple[int, int]]
) -> None:
    keys = [(2013 + n // 12, n % 12 + 1) for n in range(48)]
    world = world_of(tmp_path, dict(zip(keys, counts, strict=True)))
    sums = {n: sum(counts[n - 11 : n + 1]) for n in range(11, 48)}
    claims, expected = [], []
    for month, since in asked:
        own, first = 36 + month - 1, (since + 1 - 2013) * 12
        if own == first:
            continue  # nothing before it
        claims += [
            record(every=every, month=month, since=since) for every in ("month", "12 months")
        ]
        expected += [
            counts[own] >= max(counts[first:own]),
            sums[own] >= max(sums[n] for n in range(first, own)),
        ]
    verdicts = world.verify_all([[claim] for claim in claims]) if claims else []
    for claim, holds, verdict in zip(claims, expected, verdicts, strict=True):
        assert set(stated(verdict).values()) == {"holds" if holds else "fails"}, claim


def trend(**keys: Any) -> dict[str, Any]:
    about = {"kind": "trend", "place": "chicago-il", "measure": "murder", "direction": "falling"}
    return {**about, "window": {"start": 2013, "end": 2016}, "part_of_year": "01-01..08-15", **keys}


def test_a_trend_of_the_year_to_date_leaves_the_rest_of_each_year_out(tmp_path: Path) -> None:
    to_date = {(2013, 3): 90, (2014, 3): 80, (2015, 7): 70, (2016, 1): 60}
    rest = {(2013, 9): 10, (2014, 9): 100, (2015, 8): 300, (2016, 12): 900}
    world = world_of(tmp_path, to_date | rest)
    verdict = world.verify(trend(every_year=True))
    (reading,) = [r for r in verdict.readings if r.stated]
    assert (reading.outcome, [f.value for f in reading.figures]) == ("holds", [90, 80, 70, 60])
    assert reading.figures[-1].period_end == dt.date(2016, 8, 15)
    assert world.verify(trend(direction="rising")).label == "refuted"
    assert world.verify(trend(window={"start": 2011, "end": 2016})).label == (
        "not_enough_evidence"  # no day of 2011 is known
    )
    both = world.verify_all([[trend()], [trend(part_of_year=None)]])
    assert [v.label for v in both] == ["supported", "not_enough_evidence"]
