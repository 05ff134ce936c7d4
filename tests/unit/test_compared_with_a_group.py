"""What a place is compared with: who is a peer, what part of a place decides, how it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support_world import Series, World, make_world

CITIES = ["dallas-tx", "houston-tx", "los-angeles-ca", "new-york-ny", "phoenix-az", "san-diego-ca"]
FLORIDA = [
    *("cape-coral-fl", "clearwater-fl", "coral-springs-fl", "davie-fl", "fort-lauderdale-fl"),
    *("gainesville-fl", "hollywood-fl", "jacksonville-fl", "lakeland-fl", "miramar-fl"),
    "orlando-fl",
]
COUNTY, POLICE = "miami-dade-county-fl", "miami-dade-pd"


def city(place: str, figures: dict[int, float | None], **keys: Any) -> Series:
    return Series(figures, dataset="fbi_cius_city", place=place, **keys)


def rank(direction: str, place: str = "chicago-il", **keys: Any) -> dict[str, Any]:
    about = {"place": place, "measure": "murder", "peer_group": "cities-over-1m", "nth": 1}
    return {"kind": "rank", "direction": direction, "period": 2016, **about, **keys}


def contrast(place: str, start: int = 2014) -> dict[str, Any]:
    about = {"place": place, "measure": "murder", "peer_groups": ["cities-over-1m"]}
    window = {"start": start, "end": 2016}
    return {"kind": "contrast", **about, "window": window, "direction": "falling"}


def test_the_city_that_an_agency_polices_is_no_peer_of_it(tmp_path: Path) -> None:
    series = [city(place, {2014: 10.0, 2016: 20.0}) for place in CITIES]
    series += [city("chicago-il", {2014: 900.0, 2016: 100.0})]
    series += [Series({2014: 890.0, 2016: 99.0}, dataset="fbi_cius_city")]  # Chicago's police
    world = make_world(tmp_path, series)
    (found,) = [r for r in world.verify(rank("highest", "chicago-pd")).readings if r.stated]
    assert (found.value, found.n_peers) == (1.0, 6)
    (found,) = [r for r in world.verify(contrast("chicago-pd")).readings if r.stated]
    assert (found.outcome, found.n_peers) == ("holds", 6)


@pytest.fixture
def county(tmp_path: Path) -> World:
    """200 in a county, of which 84 are its police's; eleven cities have 5, 10, 20, to 100."""
    counts = [5, *range(10, 110, 10)]
    series = [city(p, {2016: float(n)}) for p, n in zip(FLORIDA, counts, strict=True)]
    return make_world(tmp_path, [*series, city(COUNTY, {2016: 200.0}), city(POLICE, {2016: 84.0})])


@pytest.mark.parametrize(
    ("direction", "nth", "of_part"),
    [
        ("highest", 1, "undetermined"),  # 84 are the third most, the whole may be the most
        ("highest", 3, "holds"),
        ("lowest", 9, "fails"),  # nine have fewer, whatever the whole is
        ("lowest", 10, "undetermined"),
    ],
)
def test_part_of_a_place_ranks_it_only_as_far_as_a_lower_bound_can(
    county: World, direction: str, nth: int, of_part: str
) -> None:
    test = rank(direction, COUNTY, peer_group="other-large-florida-cities", nth=nth)
    outcomes = {r.fit: r.outcome for r in county.verify(test).readings if r.stated}
    assert outcomes == {"exact": "holds" if direction == "highest" else "fails", "part": of_part}


def test_a_place_outside_of_a_group_is_not_counted_as_one_of_it(county: World) -> None:
    test = rank("highest", COUNTY, peer_group="other-large-florida-cities")
    (reading,) = [r for r in county.verify(test).readings if r.stated and r.fit == "exact"]
    assert " and itself" in reading.variant
    assert reading.variant.startswith("2016, among 11 ")
    test = rank("highest", FLORIDA[0], peer_group="other-large-florida-cities")
    (reading,) = [r for r in county.verify(test).readings if r.stated]
    assert "itself" not in reading.variant
    assert reading.variant.startswith("2016, among 11 ")


def test_a_rank_among_more_and_fewer_places_says_so(tmp_path: Path) -> None:
    series = [city(place, {2016: 10.0}) for place in CITIES]
    series += [city("chicago-il", {2016: 90.0}), city("chicago-il", {2016: 91.0}, definition="x")]
    series += [city(place, {2016: 10.0}, definition="x") for place in [*CITIES, "san-jose-ca"]]
    verdict = make_world(tmp_path, series).verify(rank("highest", nth=2))
    assert verdict.closest_true == "highest of 7 to 8 in 2016"


def test_a_place_that_barely_moved_is_not_said_to_have_stayed(tmp_path: Path) -> None:
    series = [city(place, {2014: 10.0, 2016: 20.0}) for place in CITIES]
    series += [city("chicago-il", {2014: 10000.0, 2016: 9999.0})]
    verdict = make_world(tmp_path, series).verify(contrast("chicago-il"))
    assert "-0.01%, peers +100.0%" in verdict.sentence


@pytest.mark.parametrize("test", [rank("highest"), contrast("chicago-il")], ids=lambda t: t["kind"])
def test_that_peers_have_no_figures_is_not_said_of_the_place(
    tmp_path: Path, test: dict[str, Any]
) -> None:
    verdict = make_world(tmp_path, [city("chicago-il", {2014: 10.0, 2016: 20.0})]).verify(test)
    assert verdict.sentence == (
        "No reading can be decided: no source has figures of the place and of enough of its peers."
    )


@pytest.mark.parametrize(("date", "has_nearby"), [("2017-08-16", False), ("2018-08-16", True)])
def test_the_last_full_year_on_the_year_before_is_no_picked_contrast(
    tmp_path: Path, date: str, has_nearby: bool
) -> None:
    years = range(2010, 2018)
    series = [city(place, {year: float(year - 2000) for year in years}) for place in CITIES]
    series += [city("chicago-il", {year: 10.0 + (year == 2015) for year in years})]
    world = make_world(tmp_path, series)
    verdict = world.verify(contrast("chicago-il", start=2015), date=date)
    assert verdict.holds_share == 1.0
    moved = [r for r in verdict.readings if r.steps]
    assert bool(moved) == has_nearby
    assert (verdict.label == "supported") != has_nearby


@pytest.mark.parametrize("measure", ["murder_rate", "murder"])
def test_a_measure_weighs_a_quarter_of_the_other_whichever_has_more_sources(
    tmp_path: Path, measure: str
) -> None:
    """Chicago is counted by four sources, of which one can be divided by people."""
    places = ["chicago-il", *CITIES]
    series = [city(p, {2016: 10.0 + n}) for n, p in enumerate(places)]
    series += [city(p, {2016: 1e6}, measure="population") for p in places]
    for name in ("fbi_return_a", "ucr_large_agencies", "fbi_cde"):
        series.append(Series({2016: 10.0}, dataset=name, place="chicago-il"))
    verdict = make_world(tmp_path, series).verify(rank("lowest", measure=measure))
    sums = [
        sum(r.weight for r in verdict.readings if r.stated == stated) for stated in (True, False)
    ]
    assert sums == {"murder_rate": [1.0, 0.25], "murder": [4.0, 1.0]}[measure]
