"""A peer is asked by SQL of its own, which must come to what a test of that place comes to."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from checks.claim_models import Test
from checks.readings import PEERS_OF_KIND, evaluate
from datasets.warehouse import Connection, reader
from tests.support_world import Series, World, make_world

CITIES = ["chicago-il", "houston-tx", "dallas-tx", "san-diego-ca", "phoenix-az", "philadelphia-pa"]
YEARS = range(2004, 2017)
SAID = dt.date(2017, 8, 16)
ABOUT = {"says": "something", "place": "chicago-il", "measure": "murder"}
WINDOW = {"window": {"start": 2009, "end": 2016}}

HERE = {"places": ["chicago-il"], "measure": "murder"}

ASKED: dict[str, dict[str, Any]] = {
    "so many": {"kind": "value", "value": "60", "period": 2016},
    "about so many": {"kind": "value", "value": "60", "hedge": "about", "period": 2015},
    "times another year": {
        "kind": "ratio", "value": "1", "hedge": "more than", "of": HERE | {"period": 2016},
        "to": HERE | {"period": 2014},
    },
    "times those of many years": {
        "kind": "ratio", "value": "1", "hedge": "more than", "of": HERE | {"period": 2016},
        "to": HERE | {"window": {"start": 2009, "end": 2013}}, "stand_in_periods": [2013, 2012],
    },
    "times another measure": {
        "kind": "ratio", "value": "2", "hedge": "more than", "period": 2016, "same_measure": False,
        "of": HERE, "to": HERE | {"measure": "murder_cleared"},
    },
    "times another place": {
        "kind": "ratio", "value": "1", "hedge": "at least", "period": 2016, "of": HERE,
        "to": HERE | {"places": ["miami-dade-county-fl"], "also_read_as": ["florida"]},
    },
    "times other places combined": {
        "kind": "ratio", "value": "1/2", "hedge": "more than", "period": 2015, "of": HERE,
        "to": HERE | {"places": ["florida", "texas"]},
    },
    "times a source of its own": {
        "kind": "ratio", "value": "1", "hedge": "more than", "period": 2016, "of": HERE,
        "to": HERE | {"places": ["united-states"]},
    },
    "more than": {"kind": "threshold", "value": "50", "hedge": "more than", "period": 2016},
    "regularly": {
        "kind": "threshold", "value": "50", "hedge": "more than", "how_often": "regularly",
        **WINDOW,
    },
    "every year above": {
        "kind": "threshold", "value": "5", "hedge": "more than", "how_often": "every year",
        **WINDOW,
    },
    "a share": {
        "kind": "share", "measure": "murder_clearance_rate", "value": "50%", "hedge": "more than",
        "period": 2016,
    },
    "up": {"kind": "change", "start": 2014, "end": 2016, "word": "up"},
    "up by a number": {
        "kind": "change", "start": 2014, "end": 2016, "value": "20%", "direction": "up",
        "hedge": "more than",
    },
    "highest in years": {"kind": "record", "year": 2016, "years": 5, "direction": "highest"},
    "lowest since": {"kind": "record", "year": 2016, "since": 2008, "direction": "lowest"},
    "rising": {"kind": "trend", "direction": "rising", **WINDOW},
    "falling every year": {
        "kind": "trend", "direction": "falling", "every_year": True,
        "window": {"start": 2014, "end": 2016},
    },
    "falling rates": {
        "kind": "trend", "measure": "murder_rate", "direction": "falling", **WINDOW,
    },
}  # fmt: skip


def world_with_gaps(folder: Path) -> World:
    """Cities whose figures rise, fall, are level, begin late, or are missing here and there."""
    draw = random.Random(7)
    series = []
    for number, place in enumerate(CITIES):
        figures: dict[int, float | None] = {
            year: float(draw.choice([0, 40, 60, 60, 80 + 5 * number])) for year in YEARS
        }
        for year in draw.sample([*YEARS][:-1], number):
            figures[year] = None
        if number == 4:
            figures = {year: n for year, n in figures.items() if year > 2011}
        if number == 5:
            figures |= {2014: 30.0, 2015: 20.0, 2016: 10.0}
        cleared = {y: n and n * draw.choice([0.2, 0.5, 0.8]) for y, n in figures.items()}
        people = {year: 1e6 + 1e4 * (year - 2000) for year in YEARS}
        for dataset in ("fbi_cius_city", "fbi_return_a"):
            of = {"dataset": dataset, "place": place}
            series += [
                Series(figures, **of),
                Series(cleared, measure="murder_cleared", **of),
                Series(people, measure="population", **of),
            ]
            # the second source has other figures of the last year
            figures = figures | {2016: float(draw.choice([30, 55, 90]))}
    # places that peers are held against: some figures of each are a bound, missing or of one source
    for place, counts in {
        "miami-dade-county-fl": {2015: 60.0, 2016: None},
        "miami-dade-pd-and-miami-pd": {2015: 50.0, 2016: 55.0},
        "florida": {2015: 50.0, 2016: 60.0},
        "texas": {2015: 70.0, 2016: 0.0},
    }.items():
        series += [
            Series(counts, dataset="fbi_cius_city", place=place),
            Series({2015: 45.0}, dataset="fbi_return_a", place=place),
        ]
    quoted = Series({2016: 58.0}, dataset="cited", place="united-states", evidence="secondary")
    return make_world(folder, [*series, quoted])


def of_peer(test: dict[str, Any], peer: str) -> dict[str, Any]:
    """The same test, about another place."""
    if test["kind"] != "ratio":
        return test | {"place": peer}
    there = {"places": [peer]}
    own = [side for side in ("of", "to") if test[side]["places"] == HERE["places"]]
    return test | {side: test[side] | there for side in own}


def asked_of_chicago(name: str) -> dict[str, Any]:
    test = ASKED[name]
    return {"says": "something", **test} if test["kind"] == "ratio" else ABOUT | test


def readings_of_peers(con: Connection, test: dict[str, Any]) -> dict[str, list[tuple[str, float]]]:
    """Outcomes and weights of the stated readings of a test, asked of each peer."""
    validate = TypeAdapter(Test).validate_python
    own = [(n, SAID, validate(of_peer(test, peer))) for n, peer in enumerate(CITIES[1:])]
    evaluate(con, own, None, peers=False)
    found: dict[str, list[tuple[str, float]]] = {peer: [] for peer in CITIES[1:]}
    for n, *reading in con.execute("""
        SELECT test_id, outcome, weight FROM weighed WHERE stated ORDER BY ALL""").fetchall():
        found[CITIES[1 + n]].append(tuple(reading))
    return found


@pytest.mark.parametrize("name", ASKED)
def test_what_is_said_of_a_peer_is_what_its_own_test_says(tmp_path: Path, name: str) -> None:
    world, test = world_with_gaps(tmp_path), asked_of_chicago(name)
    with reader(world.settings, world.build.path, sandboxed=False) as con:
        evaluate(con, [(0, SAID, TypeAdapter(Test).validate_python(test))], None)
        asked = con.execute("SELECT place, outcome, weight FROM peer_reading").fetchall()
    assert {place for place, *_ in asked} == set(CITIES[1:])
    with reader(world.settings, world.build.path, sandboxed=False) as con:
        readings = readings_of_peers(con, test)
    for peer, own in readings.items():
        assert own
        assert sorted((o, w) for place, o, w in asked if place == peer) == own


def test_every_kind_that_is_asked_of_peers_is_tested_here() -> None:
    assert {test["kind"] for test in ASKED.values()} == set(PEERS_OF_KIND)


def test_the_made_up_peers_differ(tmp_path: Path) -> None:
    """Else the comparison above would compare little."""
    world = world_with_gaps(tmp_path)
    with reader(world.settings, world.build.path, sandboxed=False) as con:
        tests = [
            (n, SAID, TypeAdapter(Test).validate_python(asked_of_chicago(name)))
            for n, name in enumerate(ASKED)
        ]
        evaluate(con, tests, None)
        found = dict(
            con.execute("SELECT outcome, count(*) FROM peer_reading GROUP BY ALL").fetchall()
        )
    assert min(found[outcome] for outcome in ("holds", "fails", "missing")) > 10
