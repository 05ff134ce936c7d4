"""Ranks and contrasts of parts of years: several places with published months, one with days."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checks.models import Reading, Verdict
from tests.support_places import CITIES, GROUP, N, stated
from tests.support_world import Series, World, make_world

HALF = "01-01..06-30"


def months(year: int, first_half: float, second_half: float) -> dict[str, float | None]:
    """Murders of each month of a year."""
    return {f"{year}-{m:02}": first_half if m <= 6 else second_half for m in range(1, 13)}


def world_of(folder: Path, figures: Mapping[str, Mapping[str, float | None]]) -> World:
    """Months of the Real-Time Crime Index by city, their years, and as many people in each."""
    series = []
    for city, monthly in figures.items():
        keys = {"dataset": "rtci", "place": city, "definition": "rtci"}
        years: dict[int, float | None] = {}
        for month, value in monthly.items():
            years[int(month[:4])] = (years.get(int(month[:4])) or 0) + (value or 0)
        people = 1e6 * (1 + CITIES.index(city))
        series += [
            Series(monthly, **keys),
            Series(years, **keys),
            Series(dict.fromkeys(years, people), measure="population", **keys),
        ]
    return make_world(folder, series)


def rank(**keys: Any) -> dict[str, Any]:
    about = {"kind": "rank", "place": "chicago-il", "measure": "murder", "direction": "highest"}
    return {**about, "period": 2015, "peer_group": GROUP, "nth": 1, **keys}


def contrast(**keys: Any) -> dict[str, Any]:
    about = {"kind": "contrast", "place": "chicago-il", "measure": "murder", "direction": "rising"}
    window = {"start": 2014, "end": 2015}
    return {**about, "peer_groups": [GROUP], "window": window, **keys}


def only(verdict: Verdict) -> Reading:
    [reading] = stated(verdict)
    return reading


@pytest.fixture
def cities(tmp_path: Path) -> World:
    """Chicago rises in the first half and falls in the second; the others the other way about."""
    figures = {city: months(2014, 10, 10) | months(2015, 8, 20) for city in CITIES}
    return world_of(tmp_path, figures | {"chicago-il": months(2014, 10, 10) | months(2015, 11, 7)})


def test_a_rank_by_half_a_year_leaves_the_other_half_out(cities: World) -> None:
    half, whole = cities.verify_all([[rank(part_of_year=HALF)], [rank()]])
    assert (only(half).outcome, only(whole).outcome) == ("holds", "fails")
    assert [f.value for f in only(half).figures] == [66, 48]
    assert only(half).figures[1].role == f"median of {N - 1} peers"
    assert only(half).variant.startswith("1 January to 30 June 2015, among 10 cities")
    assert half.closest_true == "highest of 10 from 1 January to 30 June 2015"
    assert whole.closest_true == "10th highest of 10 in 2015"
    # six months of each of nine peers stand behind the median
    assert len(only(half).figures[1].observation_keys) == 6 * (N - 1)


def test_a_rank_by_rate_divides_by_the_people_of_each_place(cities: World) -> None:
    lowest = rank(measure="murder_rate", part_of_year=HALF, place="san-jose-ca", direction="lowest")
    reading = only(cities.verify(lowest))
    assert reading.outcome == "holds"
    assert reading.figures[0].value == pytest.approx(1e5 * 48 / 1e7)
    assert reading.figures[0].unit == "per_100k_not_annualised"
    # San Jose has as few murders as eight others, and the most people
    both = cities.verify(rank(part_of_year=HALF, place="san-jose-ca", direction="lowest"))
    assert {r.outcome for r in both.readings if "by rate" in r.variant} == {"holds"}


def test_a_contrast_of_half_years(cities: World) -> None:
    half, whole = cities.verify_all([[contrast(part_of_year=HALF)], [contrast()]])
    assert (only(half).outcome, only(whole).outcome) == ("holds", "fails")
    assert "+10.0%, peers -20.0%" in half.sentence
    assert only(half).variant == (
        "1 January to 30 June 2014 to 1 January to 30 June 2015, "
        f"against {N - 1} cities of a million people or more"
    )
    assert [f.value for f in only(half).figures] == [60, 66, 540, 432]
    later = cities.verify(contrast(part_of_year="07-01..12-31", direction="falling"))
    assert only(later).outcome == "holds"


def test_a_part_of_the_year_of_the_claim_can_be_compared_once_it_has_ended(tmp_path: Path) -> None:
    figures = {
        city: months(2012, 9, 9) | months(2014, 10, 10) | months(2015, 8, 20) for city in CITIES
    }
    world = world_of(tmp_path, figures)
    # not from the year before, which would be nobody's pick
    window = {"start": 2012, "end": 2014}
    test = contrast(part_of_year=HALF, direction="falling", window=window)
    after = world.verify(test, date="2015-07-01")
    before = world.verify(test, date="2015-06-30")
    longer = "1 January to 30 June 2012 to 1 January to 30 June 2015, "
    assert any(r.variant.startswith(longer) for r in after.readings if not r.stated)
    assert not any(r.variant.startswith(longer) for r in before.readings)


def test_a_missing_month_makes_no_half_year(tmp_path: Path) -> None:
    figures = {city: months(2014, 10, 10) | months(2015, 8, 20) for city in CITIES}
    gap = {"2015-03": None}
    one = world_of(tmp_path, figures | {"dallas-tx": figures["dallas-tx"] | gap})
    assert f"among {N - 1} cities" in only(one.verify(rank(part_of_year=HALF))).variant
    own = world_of(tmp_path, figures | {"chicago-il": figures["chicago-il"] | gap})
    for test in (rank(part_of_year=HALF), contrast(part_of_year=HALF)):
        assert own.verify(test).label == "not_enough_evidence"


def test_days_of_months_that_only_one_place_has_rank_nothing(cities: World) -> None:
    # 15 August is no end of a month, and nobody here has days
    verdict = cities.verify(rank(part_of_year="01-01..08-15"))
    assert verdict.label == "not_enough_evidence"


def test_records_and_trends_of_half_years_by_published_months(cities: World) -> None:
    keys = {"place": "chicago-il", "measure": "murder", "part_of_year": HALF}
    record = {"kind": "record", "direction": "highest", "year": 2015, "since": 2013, **keys}
    [reading] = stated(cities.verify(record))
    assert (reading.outcome, [f.value for f in reading.figures]) == ("holds", [66, 60])
    august = {**record, "part_of_year": "08-01..08-31"}
    [reading] = stated(cities.verify(august))
    assert (reading.outcome, [f.value for f in reading.figures]) == ("fails", [7, 10])


@pytest.mark.parametrize("part", ["13-01..13-02", "06-30..01-01", "June"])
@pytest.mark.parametrize("test", [rank, contrast])
def test_a_part_that_is_none_is_refused(test: Any, part: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="part"):
        world_of(tmp_path, {}).verify(test(part_of_year=part))
