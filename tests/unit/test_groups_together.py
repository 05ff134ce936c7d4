"""The places of a group taken together: sums of counts, rates of sums, and what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.models import Verdict
from tests.support_world import Series, make_world

CITIES = ("chicago-il", "dallas-tx", "houston-tx", "los-angeles-ca", "new-york-ny", "phoenix-az")
GROUP = "cities-over-1m"  # ten members


def city(place: str, figures: dict[int, float | None], measure: str = "murder") -> Series:
    return Series(figures, dataset="fbi_cius_city", place=place, measure=measure)


def stated(verdict: Verdict) -> list[tuple[str, str, float | None]]:
    return [(r.outcome, r.place, r.value) for r in verdict.readings if r.stated]


def test_counts_of_the_members_with_figures_in_both_years_are_added(tmp_path: Path) -> None:
    series = [city(place, {2014: 100.0, 2016: 150.0}) for place in CITIES]
    series += [city("san-antonio-tx", {2014: 900.0, 2016: None})]  # in neither year
    world = make_world(tmp_path, series)
    rose: dict[str, Any] = {"kind": "change", "peer_group": GROUP, "measure": "murder"}
    rose |= {"start": 2014, "end": 2016, "value": "50%", "direction": "up"}
    verdict = world.verify(rose)
    assert stated(verdict) == [("holds", "cities-over-1m+6@2014,2016", 50.0)]
    assert [f.value for f in verdict.readings[0].figures] == [600.0, 900.0]
    assert len(verdict.readings[0].figures[0].observation_keys) == 6
    assert "cities of a million people or more, 6 taken together" in verdict.sentence


def test_less_than_half_of_a_group_says_nothing_about_it(tmp_path: Path) -> None:
    series = [city(place, {2016: 100.0}) for place in CITIES[:4]]
    test = {"kind": "value", "peer_group": GROUP, "measure": "murder", "period": 2016, "value": 400}
    assert make_world(tmp_path, series).verify(test).label == "not_enough_evidence"


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    members=st.lists(
        st.tuples(st.integers(0, 900), st.integers(10_000, 9_000_000)), min_size=6, max_size=6
    )
)
def test_the_rate_of_a_group_is_the_rate_of_its_sums(
    tmp_path: Path, members: list[tuple[int, int]]
) -> None:
    series = [
        city(place, {2016: float(figure)}, measure)
        for place, pair in zip(CITIES, members, strict=True)
        for measure, figure in zip(("murder", "population"), pair, strict=True)
    ]
    test = {"kind": "value", "peer_group": GROUP, "measure": "murder_rate", "period": 2016}
    verdict = make_world(tmp_path, series).verify({**test, "value": 1})
    rate = 100_000 * sum(m for m, _ in members) / sum(p for _, p in members)
    assert [value for _, _, value in stated(verdict)] == [pytest.approx(rate, rel=1e-9)]


def test_several_places_have_the_rate_of_their_sums(tmp_path: Path) -> None:
    series = [
        city("chicago-il", {2016: 10.0}),
        city("chicago-il", {2016: 100_000.0}, "population"),
        city("dallas-tx", {2016: 10.0}),
        city("dallas-tx", {2016: 900_000.0}, "population"),
    ]
    test: dict[str, Any] = {"kind": "value", "place": ["chicago-il", "dallas-tx"]}
    test |= {"measure": "murder_rate", "period": 2016, "value": 2}
    assert [v for _, _, v in stated(make_world(tmp_path, series).verify(test))] == [2.0]


def test_a_record_of_a_group_compares_the_same_places_in_all_years(tmp_path: Path) -> None:
    years = range(2010, 2017)
    series = [city(place, {year: float(year - 2000) for year in years}) for place in CITIES]
    # a seventh city would make 2012 the highest, but has no figure in 2014
    series.append(city("san-diego-ca", {year: 900.0 if year == 2012 else None for year in years}))
    test: dict[str, Any] = {"kind": "record", "peer_group": GROUP, "measure": "murder"}
    test |= {"direction": "highest", "year": 2016, "years": 6}
    outcomes = {
        (o, place, value) for o, place, value in stated(make_world(tmp_path, series).verify(test))
    }
    assert outcomes == {("holds", "cities-over-1m+6@2011-2016", 96.0)}


def test_a_contrast_of_rates_divides_the_sums_of_the_peers(tmp_path: Path) -> None:
    def both(place: str, murders: tuple[float, float], people: tuple[float, float]) -> list[Series]:
        return [
            city(place, dict(zip((2014, 2016), murders, strict=True))),
            city(place, dict(zip((2014, 2016), people, strict=True)), "population"),
        ]

    series = both("chicago-il", (100.0, 120.0), (1e6, 1e6))
    # each of the peers' rates falls or stays, but the dangerous one grows: together they rise
    series += both("dallas-tx", (100.0, 270.0), (1e5, 3e5))
    for place in CITIES[2:]:
        series += both(place, (10.0, 10.0), (1e6, 1e6))
    test: dict[str, Any] = {"kind": "contrast", "place": "chicago-il", "measure": "murder_rate"}
    test |= {"peer_groups": [GROUP], "window": {"start": 2014, "end": 2016}, "direction": "rising"}
    (reading,) = [r for r in make_world(tmp_path, series).verify(test).readings if r.stated]
    assert reading.outcome == "fails"
    assert [f.value for f in reading.figures[2:]] == [
        pytest.approx(1e5 * 140 / 4.1e6),
        pytest.approx(1e5 * 310 / 4.3e6),
    ]


@pytest.mark.parametrize(
    ("hedge", "value", "outcome"),
    [
        ("more than", 700, "undetermined"),  # the four that lack a figure may have the rest
        ("more than", 500, "holds"),
        ("fewer than", 500, "fails"),
        ("fewer than", 700, "undetermined"),
        ("about", 600, "undetermined"),
        ("about", 300, "fails"),
    ],
)
def test_what_some_members_count_is_no_more_than_what_the_group_does(
    tmp_path: Path, hedge: str, value: int, outcome: str
) -> None:
    series = [city(place, {2016: 100.0}) for place in CITIES]
    kind = "value" if hedge == "about" else "threshold"
    test = {"kind": kind, "peer_group": GROUP, "measure": "murder", "period": 2016}
    verdict = make_world(tmp_path, series).verify({**test, "value": value, "hedge": hedge})
    assert [o for o, _, _ in stated(verdict)] == [outcome]
    if outcome != "undetermined":
        assert (verdict.closest_true or "").endswith(
            ", 2016, cities of a million people or more, 6 taken together: 600"
        )
    if outcome == "undetermined":
        assert "6 of 10 places of the group have a figure: all have this many or more" in (
            verdict.sentence
        )


def test_years_of_some_members_are_bounds_too(tmp_path: Path) -> None:
    series = [city(place, {2015: 100.0, 2016: 100.0}) for place in CITIES]
    test = {
        "kind": "threshold",
        "peer_group": GROUP,
        "measure": "murder",
        "how_often": "every year",
    }
    test |= {"window": {"start": 2015, "end": 2016}}
    world = make_world(tmp_path, series)
    above = world.verify({**test, "value": 700, "hedge": "more than"})
    assert [o for o, _, _ in stated(above)] == ["undetermined"]
    below = world.verify({**test, "value": 500, "hedge": "fewer than"})
    assert [o for o, _, _ in stated(below)] == ["fails"]


def test_all_members_count_what_the_group_does(tmp_path: Path) -> None:
    others = ("chicago-il", "philadelphia-pa", "san-antonio-tx", "san-diego-ca", "san-jose-ca")
    series = [city(place, {2016: 100.0}) for place in {*CITIES, *others}]
    test = {"kind": "value", "peer_group": GROUP, "measure": "murder", "period": 2016}
    verdict = make_world(tmp_path, series).verify({**test, "value": 900})
    assert stated(verdict) == [("fails", "cities-over-1m+10@2016", 1000.0)]


def test_the_chance_of_a_record_of_a_group_knows_all_its_years(tmp_path: Path) -> None:
    years = range(2008, 2017)
    series = [city(p, {year: float(year - 1990) for year in years}) for p in CITIES]
    test: dict[str, Any] = {"kind": "record", "peer_group": GROUP, "measure": "murder"}
    test |= {"direction": "highest", "year": 2016, "years": 6}
    verdict = make_world(tmp_path, series).verify(test, full=True)
    assert verdict.chance is not None
    assert "those of all 5 years known from 2011 to 2015" in verdict.chance.sentence
    assert verdict.chance.value < 0.6  # against 2015 alone it is 0.63


@pytest.mark.parametrize(
    "keys",
    [
        {"kind": "value", "period": 2016, "value": 3},
        {"kind": "threshold", "period": 2016, "hedge": "more than", "value": 3},
        {"kind": "change", "start": 2014, "end": 2016, "word": "up"},
        {"kind": "record", "direction": "highest", "year": 2016, "years": 2},
    ],
    ids=lambda keys: str(keys["kind"]),
)
def test_a_reading_says_of_which_group_and_how_many_have_figures(
    tmp_path: Path, keys: dict[str, Any]
) -> None:
    series = [city(p, {year: float(year - 2000) for year in range(2010, 2017)}) for p in CITIES]
    test = {"peer_group": GROUP, "measure": "murder", **keys}
    readings = make_world(tmp_path, series).verify(test).readings
    assert {(r.peer_group, r.n_peers) for r in readings} == {(GROUP, 6)}
