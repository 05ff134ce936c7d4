"""What a reading compares is in fields, so that nothing has to be read out of its words."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from checks.models import Reading, Verdict
from checks.report.charts.plan import window_of
from checks.run_diff import compare_runs
from checks.windows import window_ends
from tests import support_report as sample
from tests.support_places import CITIES, GROUP, UP, N, places, rose
from tests.support_places import world_of as world_of_cities
from tests.support_world import Series, World, make_world, record

FLAT: dict[int, float | None] = dict.fromkeys(range(1990, 2018), 500.0)
SOME = {"kind": "value", "place": "chicago-il", "measure": "murder"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Chicago by years, and by days from 2014 on; ten cities by another source."""
    days = {
        (dt.date(2014, 1, 1) + dt.timedelta(n)).isoformat(): 1 + n // 400
        for n in range((dt.date(2017, 12, 31) - dt.date(2014, 1, 1)).days + 1)
    }
    cities = [
        Series({y: 100.0 + y % 3 for y in range(1995, 2017)}, dataset="fbi_cius_city", place=city)
        for city in CITIES
    ]
    return make_world(tmp_path, [Series(FLAT | {2016: 768.0}), *cities], days)


def of(verdict: Verdict, dataset: str | None = None) -> list[Reading]:
    return [r for r in verdict.readings if r.stated and r.dataset == (dataset or r.dataset)]


def window(reading: Reading) -> tuple[str, str]:
    return str(reading.window_start), str(reading.window_end)


def test_the_window_of_a_record_ends_before_the_year_spoken_of(world: World) -> None:
    found = {window(r) for r in of(world.verify(record(years=20)), "fbi_return_a")}
    # counting 2016 itself, and counting the years before it
    assert found == {("1997-01-01", "2015-12-31"), ("1996-01-01", "2015-12-31")}


@pytest.mark.parametrize(
    ("keys", "days", "ends"),
    [
        ({"every": "month"}, ("2015-01-01", "2017-07-31"), ("2015-01-31", "2017-07-31")),
        # the first of the spans that are compared ends in January 2015
        ({"every": "12 months"}, ("2014-02-01", "2017-07-31"), ("2015-01-31", "2017-07-31")),
    ],
)
def test_the_window_of_a_record_of_months_begins_with_its_first_span(
    world: World, keys: dict[str, Any], days: tuple[str, str], ends: tuple[str, str]
) -> None:
    test = record(year=2017, month=8, since=2014, **keys)
    [reading] = of(world.verify(test, date="2018-02-01"))
    assert window(reading) == days
    found = window_ends(reading)
    assert found is not None
    assert tuple(map(str, found)) == ends
    assert window_of(reading) == (2015.0, 2017.5)


@pytest.mark.parametrize(
    ("part", "first", "last"),
    [("02-10..08-15", "02-10", "08-15"), ("01-01..02-29", "01-01", "02-28")],
)
def test_the_window_of_a_part_of_each_year_has_its_days(
    world: World, part: str, first: str, last: str
) -> None:
    test = record(year=2016, since=2013, part_of_year=part)
    [reading] = of(world.verify(test))
    assert window(reading) == (f"2014-{first}", f"2015-{last}")
    assert window_of(reading) == (2014.0, 2015.0)


def test_a_trend_says_its_window_and_in_which_way_it_is_read(world: World) -> None:
    test = {"kind": "trend", "place": "chicago-il", "measure": "murder", "direction": "rising"}
    years = of(world.verify({**test, "window": {"start": 2010, "end": 2016}}), "fbi_return_a")
    assert {window(r) for r in years} == {("2010-01-01", "2016-12-31")}
    assert {r.way for r in years} == {"slope", "ends"}
    months = world.verify({**test, "every": "12 months", "months": "2015-03..2016-12"})
    assert {window(r) for r in of(months)} == {("2014-04-01", "2016-12-31")}
    each = world.verify({**test, "window": {"start": 2010, "end": 2016}, "every_year": True})
    assert {r.way for r in of(each)} == {"each_step"}
    assert {r.peer_group for r in (*years, *of(months), *of(each))} == {None}


def test_a_trend_of_a_group_says_which_and_how_many_of_it(world: World) -> None:
    test = {"kind": "trend", "measure": "murder", "direction": "rising", "peer_groups": [GROUP]}
    readings = of(world.verify({**test, "window": {"start": 2010, "end": 2015}}))
    assert {(r.peer_group, r.n_peers, r.place) for r in readings} == {(GROUP, N, GROUP)}
    assert {r.way for r in readings} == {"slope", "ends", "members"}


def test_peers_are_those_without_the_place(world: World) -> None:
    about = {"place": "chicago-il", "measure": "murder"}
    rank = {"kind": "rank", **about, "direction": "highest", "period": 2015, "peer_group": GROUP}
    contrast = {"kind": "contrast", **about, "direction": "rising", "peer_groups": [GROUP]}
    [ranked] = of(world.verify({**rank, "nth": 1}), "fbi_cius_city")
    assert (ranked.peer_group, ranked.n_peers) == (GROUP, N - 1)
    assert window(ranked) == ("2015-01-01", "2015-12-31")
    [apart] = of(
        world.verify({**contrast, "window": {"start": 2012, "end": 2015}}), "fbi_cius_city"
    )
    assert (apart.peer_group, apart.n_peers) == (GROUP, N - 1)
    assert window(apart) == ("2012-01-01", "2015-12-31")


def test_the_steps_of_an_attribution_say_which_they_are(world: World) -> None:
    test = {"kind": "attribution", "place": "chicago-il", "measure": "murder", "cause": "a law",
            "cause_date": "2010-06-01", "direction": "falling", "peer_groups": [GROUP]}  # fmt: skip
    found = {r.way: r for r in of(world.verify(test), "fbi_cius_city")}
    assert set(found) == {"trend", "change", "dates", "peers", "places"}
    before, after = found["change"].figures
    assert window(found["change"]) == (str(before.period_start), str(after.period_end))
    assert window(found["trend"]) == (str(before.period_start), "2009-12-31")
    assert (found["peers"].peer_group, found["peers"].n_peers) == (GROUP, N - 1)
    assert found["dates"].peer_group is None


def test_two_periods_are_compared_from_the_first_day_to_the_last(world: World) -> None:
    about = {"place": "chicago-il", "measure": "murder"}
    change = {"kind": "change", **about, "start": 2013, "end": 2016, "word": "up"}
    at = {"places": ["chicago-il"], "measure": "murder"}
    sides = {"of": {**at, "period": 2016}, "to": {**at, "period": 1991}}
    ratio = {"kind": "ratio", **sides, "hedge": "more than", "value": 1.5}
    often = {"kind": "threshold", **about, "window": {"start": 2001, "end": 2016},
             "hedge": "more than", "value": 100, "how_often": "regularly"}  # fmt: skip
    level = {**SOME, "period": "2016-02", "value": 2}
    for test, days in (
        (change, ("2013-01-01", "2016-12-31")),
        (ratio, ("1991-01-01", "2016-12-31")),
        (often, ("2001-01-01", "2016-12-31")),
        (level, ("2016-02-01", "2016-02-29")),
    ):
        readings = of(world.verify(test))
        assert {window(r) for r in readings} == {days}, test["kind"]
        assert {(r.way, r.peer_group, r.n_peers) for r in readings} == {(None, None, None)}


def test_a_count_of_places_says_of_which_group_and_how_many_have_figures(tmp_path: Path) -> None:
    world = world_of_cities(tmp_path, [UP] * 8 + [(4.0, None)] * 2)
    [moved] = of(world.verify(rose(how_many="most")))
    assert (moved.peer_group, moved.n_peers) == (GROUP, 8)
    assert window(moved) == ("2014-01-01", "2015-12-31")
    [level] = of(world.verify(places(period=2015, above=1, how_many="most")))
    assert window(level) == ("2015-01-01", "2015-12-31")


def test_uniqueness_says_of_which_group_its_peers_are(world: World) -> None:
    verdict = world.verify({**SOME, "period": 2015, "value": 102}, full=True)
    [result] = verdict.tests
    assert result.peers is not None
    assert result.peer_group == GROUP


def test_a_run_from_before_there_were_windows_can_be_compared() -> None:
    now = sample.verdicts()[0]
    fields = ("window_start", "window_end", "way", "peer_group", "n_peers")
    old = json.loads(now.model_dump_json())
    for reading in old["readings"]:
        for name in fields:
            del reading[name]
    for result in old["tests"]:
        del result["peer_group"]
    before = Verdict.model_validate(old)
    assert {window_ends(r) for r in before.readings} == {None}
    diff = compare_runs([before], [now], (None, None))
    assert (diff.flips, diff.reworded, diff.compared) == ((), (), 1)
