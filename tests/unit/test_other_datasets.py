"""What a claim is not about changes nothing: another dataset, place or measure adds no reading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support_world import Series, make_world

ABOUT = {"place": "chicago-il", "measure": "murder"}
WINDOW = {"start": 2008, "end": 2016}
CLAIMS: list[dict[str, Any]] = [
    {"kind": "value", **ABOUT, "period": 2016, "value": 768},
    {"kind": "threshold", **ABOUT, "period": 2016, "value": 700, "hedge": "more than"},
    {"kind": "change", **ABOUT, "start": 2015, "end": 2016, "word": "soared"},
    {"kind": "record", **ABOUT, "direction": "highest", "year": 2016, "years": 8},
    {"kind": "trend", **ABOUT, "direction": "rising", "window": WINDOW},
    {
        "kind": "ratio",
        "of": {"places": ["chicago-il"], "measure": "murder", "period": 2016},
        "to": {"places": ["chicago-il"], "measure": "murder", "period": 2012},
        "value": 2,
        "hedge": "more than",
    },
    {
        "kind": "attribution",
        **ABOUT,
        "cause": "something",
        "cause_date": "2014-01-01",
        "direction": "rising",
    },
]
YEARS = range(2005, 2017)
FIGURES = st.lists(
    st.none() | st.integers(0, 900).map(float), min_size=len(YEARS), max_size=len(YEARS)
).map(lambda values: dict(zip(YEARS, values, strict=True)))
OTHERS = st.sampled_from(
    [
        {"place": "denver-co", "definition": "ucr"},
        {"measure": "robbery"},
        {"measure": "population", "place": "denver-co"},
    ]
)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(figures=FIGURES, other=FIGURES, about=OTHERS)
def test_a_dataset_about_something_else_changes_no_reading(
    tmp_path: Path,
    figures: dict[int, float | None],
    other: dict[int, float | None],
    about: dict[str, str],
) -> None:
    ours = Series(figures, place="chicago-il")
    theirs = Series(other, dataset="ucr_large_agencies", evidence="compiled", **about)
    claims = [[claim] for claim in CLAIMS]
    alone = make_world(tmp_path, [ours]).verify_all(claims)
    beside = make_world(tmp_path, [ours, theirs]).verify_all(claims)
    for before, after in zip(alone, beside, strict=True):
        assert after.readings == before.readings
        assert (after.label, after.sentence) == (before.label, before.sentence)
