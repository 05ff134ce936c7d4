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
