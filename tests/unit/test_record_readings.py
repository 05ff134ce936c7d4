"""Records: "highest in N years", by brute force against the SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support_world import Series, make_world, record

YEARS = range(1990, 2017)


def outcomes(verdict: Any) -> dict[str, str]:
    """Outcome of each stated reading by its way of counting."""
    return {r.variant.split(":")[0]: r.outcome for r in verdict.readings if r.stated}


def test_in_twenty_years_is_counted_with_and_without_the_year_itself(tmp_path: Path) -> None:
    figures = dict.fromkeys(range(1990, 2016), 500.0) | {1996: 789.0, 2016: 768.0}
    world = make_world(tmp_path, [Series(figures)])
    verdict = world.verify(record(years=20))
    assert outcomes(verdict) == {
        "counting 2016 itself": "holds",  # 1997 to 2015
        "counting the years before 2016": "fails",  # 1996 to 2015
    }
    assert verdict.label == "conflicting"
    assert "knife_edge" in verdict.caveats
    assert verdict.closest_true == "highest in 20 years, counting 2016 itself (1996: 789)"


def test_a_year_that_was_not_reported_never_makes_a_record_true(tmp_path: Path) -> None:
    figures: dict[int, float | None] = dict.fromkeys(range(1990, 2016), 500.0)
    world = make_world(tmp_path, [Series(figures | {2003: None, 2016: 768.0})])
    verdict = world.verify(record(years=20))
    assert set(outcomes(verdict).values()) == {"missing"}
    assert verdict.label == "not_enough_evidence"
    assert "1 of the 19 years before has no figure" in verdict.sentence


def test_a_known_higher_year_refutes_a_record_even_when_others_are_missing(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2000: 900.0, 2015: 500.0, 2016: 768.0})])
    verdict = world.verify(record(years=20))
    assert set(outcomes(verdict).values()) == {"fails"}
    assert verdict.label == "refuted"


def test_a_record_of_a_single_year_is_no_closest_true_statement(tmp_path: Path) -> None:
    figures: dict[int, float | None] = {2012: 9.0, 2013: 8.0, 2014: 7.0, 2015: None, 2016: 6.0}
    world = make_world(tmp_path, [Series(figures)])
    verdict = world.verify(record(since=2011))
    assert verdict.label == "refuted"
    # "highest since figures begin in 2016" is true of any figure
    assert verdict.closest_true is None


def test_the_closest_record_is_one_that_no_definition_contradicts(tmp_path: Path) -> None:
    figures = dict.fromkeys(range(1990, 2016), 500.0) | {1996: 789.0, 2012: 770.0, 2016: 768.0}
    series = [
        Series(figures | {2012: 760.0}, definition="victims"),
        Series(figures, definition="cases"),  # 2012 stood higher
        Series({2014: 500.0, 2015: 500.0, 2016: 768.0}, dataset="fbi_cius_city"),  # goes less far
    ]
    world = make_world(tmp_path, series)
    verdict = world.verify(record(years=10))
    assert verdict.label == "conflicting"
    assert verdict.closest_true == "highest in 4 years, counting 2016 itself (2012: 770)"
    four = world.verify(record(since=2012))
    assert {r.outcome for r in four.readings if r.stated} <= {"holds", "missing"}
    # where one says that the year before stood higher there is none: then the longest
    (other := tmp_path / "split").mkdir()
    split = make_world(
        other,
        [
            Series(figures | {2012: 760.0}, definition="victims"),
            Series(figures | {2015: 900.0}, definition="cases"),
        ],
    )
    assert split.verify(record(years=10)).closest_true == (
        "highest in 20 years, counting 2016 itself (1996: 789)"
    )


def test_a_window_that_stays_open_says_which_figures_it_lacks(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2014: 1.0, 2015: 2.0, 2016: 3.0})])
    verdict = world.verify(record(years=3))
    assert outcomes(verdict) == {
        "counting 2016 itself": "holds",
        "counting the years before 2016": "missing",
    }
    assert "stays open" in verdict.sentence
    assert "1 of the 3 years before has no figure" in verdict.sentence


def test_a_year_as_high_is_said_to_be_as_high(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2013: 1.0, 2014: 7.0, 2015: 2.0, 2016: 7.0})])
    verdict = world.verify(record(since=2012))
    assert "7 in 2016, as high as 7 in 2014" in verdict.sentence
    assert "next highest" not in verdict.sentence


def test_since_a_year_compares_only_with_later_years(tmp_path: Path) -> None:
    figures = dict.fromkeys(range(1990, 2016), 500.0) | {1996: 789.0, 2016: 768.0}
    world = make_world(tmp_path, [Series(figures)])
    assert outcomes(world.verify(record(since=1996))) == {"since 1996": "holds"}
    assert outcomes(world.verify(record(since=1995))) == {"since 1995": "fails"}


def test_a_window_before_the_series_is_missing_not_true(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2014: 1.0, 2015: 2.0, 2016: 3.0})])
    assert set(outcomes(world.verify(record(years=50))).values()) == {"missing"}


@pytest.mark.parametrize("direction", ["highest", "lowest"])
def test_a_tie_is_as_high_as(tmp_path: Path, direction: str) -> None:
    world = make_world(tmp_path, [Series(dict.fromkeys(YEARS, 7.0))])
    assert set(outcomes(world.verify(record(years=10, direction=direction))).values()) == {"holds"}


def expected(figures: dict[int, float | None], first: int, sign: int) -> str:
    own = figures.get(2016)
    window = [figures.get(year) for year in range(first, 2016)]
    known = [value for value in window if value is not None]
    if own is None or not known:
        return "missing"
    if any(sign * value > sign * own for value in known):
        return "fails"
    return "holds" if len(known) == len(window) else "missing"


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    figures=st.dictionaries(
        st.sampled_from(list(YEARS)),
        st.one_of(st.none(), st.integers(0, 50).map(float)),
        min_size=2,
    ),
    windows=st.lists(st.integers(2, 30), min_size=1, max_size=8, unique=True),
    direction=st.sampled_from(["highest", "lowest"]),
    factor=st.sampled_from([1.0, 3.0]),
)
def test_records_agree_with_brute_force_at_any_scale(
    tmp_path: Path,
    figures: dict[int, float | None],
    windows: list[int],
    direction: str,
    factor: float,
) -> None:
    figures = figures | {2016: figures.get(2016, 25.0)}
    scaled = {year: None if v is None else v * factor for year, v in figures.items()}
    world = make_world(tmp_path, [Series(scaled)])
    sign = 1 if direction == "highest" else -1
    verdicts = world.verify_all([[record(years=n, direction=direction)] for n in windows])
    for n, verdict in zip(windows, verdicts, strict=True):
        assert outcomes(verdict) == {
            "counting 2016 itself": expected(figures, 2016 - n + 1, sign),
            "counting the years before 2016": expected(figures, 2016 - n, sign),
        }


def test_a_window_that_is_stated_and_nearby_is_always_the_stated_one(tmp_path: Path) -> None:
    figures = dict.fromkeys(range(1990, 2016), 500.0) | {1996: 789.0, 2016: 768.0}
    world = make_world(tmp_path, [Series(figures)])
    for _ in range(8):  # which of two rows of a group came first used to decide
        assert set(outcomes(world.verify(record(years=20)))) == {
            "counting 2016 itself",
            "counting the years before 2016",
        }
