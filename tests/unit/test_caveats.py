"""Caveats: every rule has a case in which it speaks and one beside it in which it is silent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checks.caveats import _RULES, caveats
from checks.claims_file import known_names
from checks.definition_breaks import definition_breaks
from tests.support_world import Series, make_world

ABOUT: dict[str, Any] = {"place": "chicago-il", "measure": "murder"}
RECORD: dict[str, Any] = {"kind": "record", **ABOUT, "direction": "highest", "year": 2016}
VALUE: dict[str, Any] = {"kind": "value", **ABOUT, "period": 2016, "value": 500}
TREND: dict[str, Any] = {"kind": "trend", **ABOUT, "direction": "rising"}
CHANGE: dict[str, Any] = {"kind": "change", **ABOUT, "start": 2014, "end": 2016}
RISING = {year: float(year) for year in range(2000, 2017)}

Case = tuple[list[Series], dict[str, Any]]
#: By rule: a case in which it speaks, and one in which it is silent.
CASES: dict[str, tuple[Case, Case]] = {
    "knife_edge": (
        ([Series({**RISING, 2013: 9000.0})], {**RECORD, "years": 3}),
        ([Series(RISING)], {**RECORD, "years": 3}),
    ),
    "cherry_picked": (
        (
            [
                Series(
                    {2011: 500.0, 2012: 400.0, 2013: 300.0, 2014: 100.0, 2015: 150.0, 2016: 120.0}
                )
            ],
            {**CHANGE, "word": "up"},
        ),
        ([Series(RISING)], {**CHANGE, "word": "up"}),
    ),
    "vintage_sensitive": (
        ([Series({2016: 500.0}), Series({2016: 600.0}, vintage="2018-01-01")], VALUE),
        ([Series({2016: 500.0}), Series({2016: 500.2}, vintage="2018-01-01")], VALUE),
    ),
    "definition_sensitive": (
        (
            [
                Series({2016: 500.0}, definition="victims"),
                Series({2016: 400.0}, definition="cases"),
            ],
            VALUE,
        ),
        (
            [
                Series({2016: 500.0}, definition="victims"),
                Series({2016: 500.1}, definition="cases"),
            ],
            VALUE,
        ),
    ),
    "agency_not_place": (
        (
            [Series({2016: 300.0}, place="miami-dade-pd")],
            {
                **VALUE,
                "kind": "threshold",
                "hedge": "more than",
                "value": 200,
                "place": "miami-dade-county-fl",
            },
        ),
        ([Series({2016: 300.0})], VALUE),
    ),
    "proxy_place": (
        (
            [Series({2016: 300.0}, place="miami-dade-pd")],
            {
                **VALUE,
                "kind": "threshold",
                "hedge": "more than",
                "value": 200,
                "place": "miami-dade-county-fl",
            },
        ),
        ([Series({2016: 300.0})], VALUE),
    ),
    "proxy_period": (
        ([Series({2015: 500.0})], {**VALUE, "stand_in_periods": [2015]}),
        ([Series({2016: 500.0})], {**VALUE, "stand_in_periods": [2015]}),
    ),
    "partial_year": (
        ([Series(RISING)], {**RECORD, "years": 3, "part_of_year": "01-01..08-15"}),
        ([Series(RISING)], {**RECORD, "years": 3}),
    ),
    "not_reported": (
        ([Series({2016: None}), Series({2016: 500.0}, dataset="ucr_large_agencies")], VALUE),
        ([Series({2016: 500.0})], VALUE),
    ),
    "count_or_rate": (
        (
            [
                Series({2014: 100.0, 2016: 110.0}),
                Series({2014: 1e3, 2016: 2e3}, measure="population"),
            ],
            {**CHANGE, "word": "up"},
        ),
        (
            [
                Series({2014: 100.0, 2016: 110.0}),
                Series({2014: 1e3, 2016: 1e3}, measure="population"),
            ],
            {**CHANGE, "word": "up"},
        ),
    ),
    "definition_break": (
        (
            [Series({2012: 100.0, 2016: 110.0}, measure="violent_crime")],
            {**CHANGE, "measure": "violent_crime", "start": 2012, "word": "up"},
        ),
        (
            [Series({2013: 100.0, 2016: 110.0}, measure="violent_crime")],
            {**CHANGE, "measure": "violent_crime", "start": 2013, "word": "up"},
        ),
    ),
    "small_numbers": (
        ([Series({2014: 20.0, 2016: 40.0})], {**CHANGE, "word": "doubled"}),
        ([Series({2014: 200.0, 2016: 400.0})], {**CHANGE, "word": "doubled"}),
    ),
    "secondary_source": (
        (
            [
                Series(
                    {2016: 500.0}, dataset="cited_figures", place="chicago-il", evidence="secondary"
                )
            ],
            VALUE,
        ),
        ([Series({2016: 500.0})], VALUE),
    ),
    "no_contemporaneous_vintage": (
        ([Series({2016: 500.0}, vintage="2020-01-01")], VALUE),
        ([Series({2016: 500.0})], VALUE),
    ),
    "ranking_discouraged": (
        (
            [
                Series({2016: 9.0 + n}, dataset="fbi_cius_city", place=place)
                for n, place in enumerate(
                    (
                        "chicago-il",
                        "dallas-tx",
                        "houston-tx",
                        "los-angeles-ca",
                        "new-york-ny",
                        "phoenix-az",
                    )
                )
            ],
            {
                "kind": "rank",
                **ABOUT,
                "period": 2016,
                "peer_group": "cities-over-1m",
                "direction": "highest",
                "nth": 6,
            },
        ),
        ([Series({2016: 500.0})], VALUE),
    ),
    "attribution": (
        (
            [Series(RISING)],
            {
                "kind": "attribution",
                **ABOUT,
                "cause": "a law",
                "cause_date": "2014-01-01",
                "direction": "rising",
            },
        ),
        ([Series(RISING)], {**CHANGE, "word": "up"}),
    ),
    "undetermined": (
        (
            [Series({2016: 500.0}), Series({2016: None}, place="miami-pd")],
            {**VALUE, "also_read_as": ["miami-pd"]},
        ),
        (
            [Series({2016: 500.0}), Series({2016: 500.0}, place="miami-pd")],
            {**VALUE, "also_read_as": ["miami-pd"]},
        ),
    ),
}


@pytest.mark.parametrize("name", _RULES)
def test_every_rule_speaks_where_it_should_and_nowhere_beside(tmp_path: Path, name: str) -> None:
    speaking, silent = CASES[name]
    assert name in make_world(tmp_path, speaking[0]).verify(speaking[1]).caveats
    assert name not in make_world(tmp_path, silent[0]).verify(silent[1]).caveats


def side(place: str = "chicago-il", **keys: Any) -> dict[str, Any]:
    return {"places": [place], "measure": "murder", **keys}


RATIO: dict[str, Any] = {"kind": "ratio", "hedge": "more than", "value": 1}


@pytest.mark.parametrize("one", ["of", "to"])
def test_either_side_of_a_ratio_can_be_read_as_an_agency(tmp_path: Path, one: str) -> None:
    places = ("chicago-pd", "miami-pd", "miami-dade-pd")
    world = make_world(tmp_path, [Series({2016: 500.0}, place=place) for place in places])
    sides = {"of": side(), "to": side(), one: side("miami-fl", also_read_as=["miami-dade-pd"])}
    assert "agency_not_place" in world.verify({**RATIO, **sides, "period": 2016}).caveats
    sides[one] = side("miami-fl")
    assert "agency_not_place" not in world.verify({**RATIO, **sides, "period": 2016}).caveats


@pytest.mark.parametrize(
    ("period", "part"),
    [("2016-01-01..2016-08-15", True), ("2016-08", True), ("2015-09..2016-08", False)],
)
def test_less_than_twelve_months_are_part_of_a_year(
    tmp_path: Path, period: str, *, part: bool
) -> None:
    world = make_world(tmp_path, [Series({2015: 500.0})], {"2015-01-01": 1, "2016-12-31": 1})
    value = {**VALUE, "period": period}
    of_sides = {**RATIO, "of": side(period=period), "to": side(period=2015)}
    for test in (value, of_sides):
        assert ("partial_year" in world.verify(test).caveats) is part


def test_a_window_of_years_can_depend_on_the_definition_and_on_the_edition(tmp_path: Path) -> None:
    window = {**VALUE, "kind": "threshold", "hedge": "more than", "how_often": "every year"}
    window |= {"period": None, "window": {"start": 2013, "end": 2016}}
    high, low = (dict.fromkeys(range(2013, 2017), v) for v in (501.0, 499.0))
    definitions = [Series(high, definition="victims"), Series(low, definition="cases")]
    caveats = make_world(tmp_path, definitions).verify(window).caveats
    assert ("definition_sensitive" in caveats, "vintage_sensitive" in caveats) == (True, False)
    editions = [Series(high), Series(low, vintage="2018-01-01")]
    caveats = make_world(tmp_path, editions).verify(window).caveats
    assert ("definition_sensitive" in caveats, "vintage_sensitive" in caveats) == (False, True)


def test_every_caveat_has_a_rule_and_words() -> None:
    assert set(caveats()) == {*_RULES, "uncheckable"}
    assert all(len(row.text) > 30 for row in caveats().values())


def test_every_break_names_measures_definitions_and_its_reason() -> None:
    for known in definition_breaks():
        assert known.measures <= set(known_names("measure"))
        assert known.definitions <= set(known_names("definition"))
        assert len(known.reason) > 40


def nibrs(first: int, last: int, dataset: str = "fbi_estimated_crimes") -> list[Series]:
    figures = {first: 100.0, last: 200.0}
    return [Series(figures, dataset=dataset, place="illinois", vintage="2023-01-01")]


@pytest.mark.parametrize(
    ("years", "make", "broken"),
    [
        ((2019, 2021), nibrs, True),
        ((2018, 2020), nibrs, False),
        ((2021, 2022), nibrs, False),
        # the city's own count did not change with the FBI's system
        ((2019, 2021), lambda a, b: nibrs(a, b, "chicago_homicides"), False),
    ],
)
def test_figures_of_2021_do_not_compare_with_those_before(
    tmp_path: Path, years: tuple[int, int], make: Callable[[int, int], list[Series]], broken: bool
) -> None:
    test = {**CHANGE, "place": "illinois", "start": years[0], "end": years[1], "word": "up"}
    verdict = make_world(tmp_path, make(*years)).verify(test, date="2024-01-01")
    assert verdict.readings
    assert ("definition_break" in verdict.caveats) == broken


def test_a_revision_that_turns_the_outcome_is_a_knife_edge(tmp_path: Path) -> None:
    series = [
        Series({2014: 100.0, 2016: 101.0}),
        Series({2014: 100.0, 2016: 99.0}, vintage="2018-01-01"),
    ]
    verdict = make_world(tmp_path, series).verify({**CHANGE, "word": "up"})
    assert {"knife_edge", "vintage_sensitive"} <= set(verdict.caveats)
    assert dt.date(2018, 1, 1) in {r.vintage for r in verdict.readings}


def test_a_count_and_a_rate_that_the_words_can_mean_are_no_editions_of_one(tmp_path: Path) -> None:
    people = Series({2016: 1e6}, measure="population")
    world = make_world(tmp_path, [Series({2016: 500.0}), people])
    test = {**VALUE, "measure": "murder", "also_measures": ["murder_rate"]}
    verdict = world.verify(test)
    assert verdict.label == "conflicting"
    assert not {"vintage_sensitive", "definition_sensitive"} & set(verdict.caveats)
    assert verdict.closest_true == (
        "Murder and nonnegligent manslaughter, 2016: 500; "
        "Murder and nonnegligent manslaughter per 100,000 people, 2016: 50.0 per 100,000"
    )


def test_neighbours_of_an_exact_percentage_are_no_knife_edge(tmp_path: Path) -> None:
    # a nearby reading asks whether the change is at least as strong: that has one bound
    figures = {2011: 300.0, 2012: 190.0, 2013: 90.0, 2014: 100.0, 2015: 150.0, 2016: 200.0}
    verdict = make_world(tmp_path, [Series(figures)]).verify({**CHANGE, "word": "doubled"})
    assert {r.outcome for r in verdict.readings if not r.stated and r.steps == 1} == {
        "holds",
        "fails",
    }
    assert "knife_edge" not in verdict.caveats


def test_a_change_between_parts_of_years_is_of_part_of_a_year(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2014: 100.0, 2016: 200.0})])
    parts = {"start": "2015-01-01..2015-06-30", "end": "2016-01-01..2016-06-30"}
    years = {"start": "2014-07-01..2015-06-30", "end": "2015-07-01..2016-06-30"}
    assert "partial_year" in world.verify({**CHANGE, **parts, "word": "up"}).caveats
    # twelve months are a year
    assert "partial_year" not in world.verify({**CHANGE, **years, "word": "up"}).caveats
