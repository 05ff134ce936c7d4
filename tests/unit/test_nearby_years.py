"""What is said of one year, asked of the years up to two away: of shares, ratios, ranks, places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support_world import Series, World, make_world

CITIES = [
    *("chicago-il", "houston-tx", "dallas-tx", "san-diego-ca", "phoenix-az", "philadelphia-pa"),
    *("san-antonio-tx", "new-york-ny", "los-angeles-ca", "san-jose-ca"),
]
HERE = {"place": "chicago-il", "measure": "murder"}
#: What is above 30 from 2010 to 2014 in ten cities, which is 30% in all years.
CLAIMS: dict[str, dict[str, Any]] = {
    "share": HERE | {"measure": "murder_clearance_rate", "value": "20%", "hedge": "more than"},
    "ratio": {
        "of": {"places": ["chicago-il"], "measure": "murder"},
        "to": {"places": ["houston-tx"], "measure": "murder"},
        "value": "1/2",
        "hedge": "more than",
    },
    "rank": HERE | {"peer_group": "cities-over-1m", "direction": "highest", "nth": 10},
    "places": {
        "measure": "murder",
        "peer_group": "cities-over-1m",
        "above": 30,
        "how_many": "most",
    },
}


@pytest.fixture
def cities(tmp_path: Path) -> World:
    figures = dict.fromkeys(range(2006, 2017), 40.0)
    source: dict[str, Any] = {"dataset": "fbi_cius_city"}
    rate = Series(dict.fromkeys(figures, 30.0), measure="murder_clearance_rate",
                  place="chicago-il", **source)  # fmt: skip
    return make_world(tmp_path, [*(Series(figures, place=p, **source) for p in CITIES), rate])


def nearby(world: World, kind: str, period: int, **keys: Any) -> dict[int, float]:
    """The weight of a nearby reading of the same group and measure by its year."""
    verdict = world.verify({"kind": kind, "period": period, **CLAIMS[kind], **keys})
    assert [r.outcome for r in verdict.readings if r.stated] == ["holds"]
    return {
        r.figures[0].period_start.year: r.weight
        for r in verdict.readings
        if not r.stated and r.figures[0].period_start.year != period
    }


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_year_two_away_weighs_half_of_one_that_is_next(cities: World, kind: str) -> None:
    assert nearby(cities, kind, 2012) == {2010: 0.25, 2011: 0.5, 2013: 0.5, 2014: 0.25}


@pytest.mark.parametrize("kind", CLAIMS)
def test_no_year_that_had_not_ended_and_none_near_the_last_full_one(
    cities: World, kind: str
) -> None:
    assert nearby(cities, kind, 2015) == {2013: 0.25, 2014: 0.5, 2016: 0.5}
    assert nearby(cities, kind, 2016) == {}


def test_an_exact_share_has_no_other_year(cities: World) -> None:
    exact = {key: value for key, value in CLAIMS["share"].items() if key != "hedge"}
    verdict = cities.verify({"kind": "share", "period": 2012, **exact, "value": "30%"})
    assert [r.stated for r in verdict.readings] == [True]


@pytest.mark.parametrize("kind", ["share", "ratio"])
def test_a_year_that_stands_in_is_no_rewording_too(cities: World, kind: str) -> None:
    test = {"kind": kind, "period": 2012, "stand_in_periods": [2013, 2009], **CLAIMS[kind]}
    readings = cities.verify(test).readings
    years = {r.figures[0].period_start.year: r.weight for r in readings if not r.stated}
    assert years == {2010: 0.25, 2011: 0.5, 2014: 0.25}
