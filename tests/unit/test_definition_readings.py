"""Other definitions of the same thing as nearby readings: figures and weights by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.adjacent_definitions import adjacent_definitions, adjacent_rows
from checks.claims_file import known_names
from checks.models import Reading, Verdict
from checks.weights import weights
from tests.support_world import Series, make_world

CITY = {"dataset": "chicago_homicides", "place": "chicago-il", "vintage": "2018-01-01"}
#: Of 2016: the FBI has 765, the city 780 victims (790 by the day of death) in 740 cases.
COUNTS = [
    Series({2016: 765.0}),
    Series({2016: 780.0}, definition="victims", **CITY),
    Series({2016: 790.0}, definition="victims_by_death_date", **CITY),
    Series({2016: 740.0}, definition="cases", **CITY),
]


def murders(**keys: Any) -> dict[str, Any]:
    return {
        "kind": "threshold",
        "place": "chicago-il",
        "measure": "murder",
        "period": 2016,
        "definitions": ["victims"],
        "hedge": "more than",
        "value": 770,
        **keys,
    }


def nearby(verdict: Verdict) -> dict[str, Reading]:
    return {r.definition: r for r in verdict.readings if not r.stated}


@pytest.mark.parametrize("kind", ["threshold", "value"])
def test_other_definitions_of_the_same_thing_are_nearby(tmp_path: Path, kind: str) -> None:
    verdict = make_world(tmp_path, COUNTS).verify(murders(kind=kind))
    assert [r.value for r in verdict.readings if r.stated] == [780.0]
    found = nearby(verdict)
    # cases are no people
    assert {name: (r.value, r.outcome) for name, r in found.items()} == {
        "ucr": (765.0, "fails"),
        "victims_by_death_date": (790.0, "holds"),
    }
    title = known_names("definition")["ucr"]["title"]
    assert found["ucr"].variant == f"2016, by another definition: {title}"
    # all together as the table says
    assert [r.weight for r in found.values()] == [weights()["nearby", "definition"].weight / 2] * 2
    assert verdict.nearby_support == 0.5
    assert verdict.label == "supported"
    assert "definition_sensitive" in verdict.caveats
    assert "count_or_rate" not in verdict.caveats


def test_a_definition_weighs_the_same_however_many_datasets_count_by_it(tmp_path: Path) -> None:
    again = [replace(ucr, dataset=name) for name in ("fbi_cius_city", "ucr_large_agencies")
             for ucr in COUNTS if ucr.definition == "ucr"]  # fmt: skip
    verdict = make_world(tmp_path, [*COUNTS, *again]).verify(murders())
    whole = weights()["nearby", "definition"].weight
    by: dict[str, list[float]] = {}
    for reading in verdict.readings:
        if not reading.stated:
            by.setdefault(reading.definition, []).append(reading.weight)
    assert by == {
        "ucr": pytest.approx([whole / 6] * 3, abs=1e-6),
        "victims_by_death_date": [whole / 2],
    }
    assert verdict.nearby_support == 0.5


def test_what_only_one_definition_bears_out_is_conflicting(tmp_path: Path) -> None:
    verdict = make_world(tmp_path, COUNTS[:2]).verify(murders())
    assert (verdict.holds_share, verdict.nearby_support) == (1.0, 0.0)
    assert verdict.label == "conflicting"
    assert "cherry_picked" in verdict.caveats
    agreed = make_world(tmp_path, COUNTS[:2]).verify(murders(value=760))
    assert (agreed.label, agreed.nearby_support) == ("supported", 1.0)
    assert "definition_sensitive" not in agreed.caveats


@pytest.mark.parametrize(
    ("keys", "stated"),
    [
        (
            {"kind": "value", "hedge": None, "value": 780},
            1,
        ),  # another definition has another number
        ({"definitions": []}, 4),  # the words choose none: each is a meaning
        ({"definitions": ["ucr", "victims", "victims_by_death_date"]}, 3),
        ({"definitions": ["cases"]}, 1),
        ({"period": 2015}, 0),
    ],
)
def test_where_there_is_no_other_definition(
    tmp_path: Path, keys: dict[str, Any], stated: int
) -> None:
    test = {key: value for key, value in murders(**keys).items() if value is not None}
    verdict = make_world(tmp_path, COUNTS).verify(test)
    assert [r.stated for r in verdict.readings] == [True] * stated
    assert verdict.nearby_support is None


def test_a_definition_is_read_in_the_newest_state_only(tmp_path: Path) -> None:
    older = Series({2016: 750.0}, definition="ucr", vintage="2017-01-01")
    newer = Series({2016: 775.0}, definition="ucr", vintage="2018-01-01")
    verdict = make_world(tmp_path, [older, newer, COUNTS[1]]).verify(murders())
    assert [(r.definition, r.value) for r in verdict.readings if not r.stated] == [("ucr", 775.0)]


def test_a_part_of_the_place_by_another_definition_says_only_what_it_can(tmp_path: Path) -> None:
    series = [
        Series({1981: 600.0}, definition="fdle_county_total", place="miami-dade-county-fl"),
        Series({1981: 400.0}, place="miami-dade-pd", dataset="fbi_cius_city"),
    ]
    test = murders(place="miami-dade-county-fl", period=1981, definitions=["fdle_county_total"])
    world = make_world(tmp_path, series)
    assert nearby(world.verify(test | {"value": 300}))["ucr"].outcome == "holds"
    assert nearby(world.verify(test | {"value": 500})) == {}
    assert nearby(world.verify(test | {"hedge": "fewer than", "value": 300}))["ucr"].holds is False
    assert nearby(world.verify(test | {"hedge": "fewer than", "value": 700})) == {}


def test_a_share_is_asked_of_other_definitions_in_all_its_years(tmp_path: Path) -> None:
    """Victims 30% in 2013, 26% in 2014 and 24% in 2015; of cases 25.5% in 2014 and 23% in 2015."""
    city = CITY | {"measure": "murder_clearance_rate", "dataset": "chicago_homicide_clearances"}
    series = [
        Series({2013: 30.0, 2014: 26.0, 2015: 24.0}, definition="any_year_victims", **city),
        Series({2014: 25.5, 2015: 23.0}, definition="any_year_cases", **city),
        Series({2014: 20.0}, definition="any_year_cases_over_victims", **city),
        Series({2014: 15.0}, definition="same_year_victims", **city),
    ]
    test = {
        "kind": "share",
        "place": "chicago-il",
        "measure": "murder_clearance_rate",
        "definitions": ["any_year_victims"],
        "period": 2014,
        "hedge": "more than",
        "value": "25%",
    }
    verdict = make_world(tmp_path, series).verify(test)
    found = {
        (r.definition, r.figures[0].period_start.year): (r.outcome, r.weight)
        for r in verdict.readings
        if not r.stated
    }
    # years one away weigh 0.5, two away 0.25: with the year of the words 2.5, of which its own is
    # 0.4 and a neighbour 0.2 of the 0.25 that the other definition weighs in all years
    assert found == {
        ("any_year_victims", 2013): ("holds", 0.5),
        ("any_year_victims", 2015): ("fails", 0.5),
        ("any_year_cases", 2014): ("holds", 0.1),
        ("any_year_cases", 2015): ("fails", 0.05),
    }
    assert verdict.nearby_support == pytest.approx(0.6 / 1.15)
    # 2015 is another year, and there the words would not hold either
    assert "definition_sensitive" not in verdict.caveats


def test_how_often_is_asked_of_other_definitions(tmp_path: Path) -> None:
    victims = Series(dict.fromkeys(range(2007, 2017), 780.0), definition="victims", **CITY)
    ucr = Series(dict.fromkeys(range(2007, 2011), 780.0) | dict.fromkeys(range(2011, 2017), 1.0))
    often = murders(window={"start": 2007, "end": 2016}, how_often="regularly")
    del often["period"]
    verdict = make_world(tmp_path, [victims, ucr]).verify(often)
    [by_ucr] = nearby(verdict).values()
    assert (by_ucr.value, by_ucr.outcome, by_ucr.weight) == (4.0, "fails", 0.25)
    assert by_ucr.variant.startswith("2007 to 2016: 4 of the 10 years with a figure")
    assert [r.outcome for r in verdict.readings if r.stated] == ["holds"]
    # half of the years unknown: nothing is decided, so nothing is said
    few = Series({2007: 780.0, 2008: 780.0})
    assert nearby(make_world(tmp_path, [victims, few]).verify(often)) == {}


def test_every_row_names_measures_and_definitions_there_are_once() -> None:
    pairs = [(row["measure"], row["definition"], row["other"]) for row in adjacent_rows()]
    assert len(set(pairs)) == len(pairs)
    for row in adjacent_definitions():
        assert row.measures <= set(known_names("measure"))
        assert row.definitions <= set(known_names("definition"))
        assert not any("_over_" in name for name in row.definitions)
        assert len(row.reason) > 40
