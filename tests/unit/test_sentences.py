"""What a verdict says in words is what its readings say in numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.models import Verdict
from tests.support_world import Series, make_world

YEARS = list(range(2000, 2017))
FIGURES = st.dictionaries(
    st.sampled_from(YEARS), st.one_of(st.none(), st.integers(1, 60).map(float)), min_size=4
)
QUICK = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def claims_of(years: list[int], value: int) -> list[list[dict[str, Any]]]:
    at = {"place": "chicago-il", "measure": "murder"}
    first, last = min(years), max(years)
    return [
        [{"kind": "threshold", "period": last, "hedge": "more than", "value": value, **at}],
        [{"kind": "value", "period": last, "value": value, **at}],
        [{"kind": "record", "direction": "highest", "year": last, "years": 5, **at}],
        [{"kind": "change", "start": first, "end": last, "word": "doubled", **at}],
        [
            {"kind": "trend", "direction": "rising", "window": {"start": first, "end": last}, **at},
        ],
        [
            {
                "kind": "threshold",
                "window": {"start": first, "end": last},
                "how_often": "regularly",
                "hedge": "at least",
                "value": value,
                **at,
            }
        ],
    ]


def counts(verdict: Verdict) -> tuple[int, int]:
    decided = [r for r in verdict.readings if r.stated and r.holds is not None]
    return sum(bool(r.holds) for r in decided), len(decided)


@QUICK
@given(
    figures=FIGURES,
    years=st.lists(st.sampled_from(YEARS), min_size=2, max_size=2, unique=True),
    value=st.integers(1, 60),
)
def test_a_sentence_never_contradicts_its_readings(
    tmp_path: Path, figures: dict[int, float | None], years: list[int], value: int
) -> None:
    world = make_world(tmp_path, [Series(figures)])
    for verdict in world.verify_all(claims_of(years, value)):
        holds, decided = counts(verdict)
        if decided == 0:
            assert verdict.sentence.startswith("No reading can be decided")
            assert verdict.label == "not_enough_evidence"
        elif holds == decided:
            assert verdict.sentence.startswith("True")
            assert "not true" not in verdict.sentence.lower()
        elif holds == 0:
            assert verdict.sentence.startswith("Not true")
        else:
            assert verdict.sentence.startswith(f"True in {holds} of {decided} readings")
            assert f"not true in {decided - holds}" in verdict.sentence
        for amount, year in re.findall(r"(\d+) in (\d{4})\b", verdict.sentence):
            assert figures[int(year)] == float(amount)


@QUICK
@given(figures=FIGURES, direction=st.sampled_from(["highest", "lowest"]))
def test_the_closest_true_record_holds_and_a_year_more_does_not(
    tmp_path: Path, figures: dict[int, float | None], direction: str
) -> None:
    world = make_world(tmp_path, [Series(figures | {2016: figures.get(2016) or 30.0})])
    test = {
        "kind": "record",
        "place": "chicago-il",
        "measure": "murder",
        "direction": direction,
        "year": 2016,
    }
    closest = world.verify({**test, "years": 5}).closest_true
    found = re.match(rf"{direction} in (\d+) years", closest or "")
    if not found or int(found[1]) < 2:
        return

    def counting_the_year(n: int) -> str:
        readings = world.verify({**test, "years": n}).readings
        return next(r.outcome for r in readings if r.variant.startswith("counting 2016 itself"))

    n = int(found[1])
    assert counting_the_year(n) == "holds"
    assert counting_the_year(n + 1) == "fails"


def test_the_nearest_to_failing_is_nearest_whatever_its_weight(tmp_path: Path) -> None:
    world = make_world(
        tmp_path,
        [
            Series({2016: 500.0}),
            Series(
                {2016: 440.0}, dataset="cited_figures", place="chicago-il", evidence="secondary"
            ),
        ],
    )
    [verdict] = world.verify_all(
        [[{"kind": "threshold", "period": 2016, "hedge": "more than", "value": 433,
           "place": "chicago-il", "measure": "murder"}]]
    )  # fmt: skip
    assert "True in both readings; the nearest to failing: 440" in verdict.sentence
