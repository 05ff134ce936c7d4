"""Ten cities with two figures each, and tests of how many of them something is true of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from checks.models import Reading, Verdict
from tests.support_world import Series, World, make_world

GROUP = "cities-over-1m"
CITIES = (
    *("chicago-il", "dallas-tx", "houston-tx", "los-angeles-ca", "new-york-ny"),
    *("philadelphia-pa", "phoenix-az", "san-antonio-tx", "san-diego-ca", "san-jose-ca"),
)
N = len(CITIES)

Pair = tuple[float | None, float | None]


def world_of(folder: Path, pairs: list[Pair], **keys: Any) -> World:
    """Figures of 2014 and 2015 for the ten cities, in their order; None: not reported."""
    return make_world(
        folder,
        [
            Series({2014: a, 2015: b}, dataset="fbi_cius_city", place=city, **keys)
            for city, (a, b) in zip(CITIES, pairs, strict=False)
        ],
    )


def places(**keys: Any) -> dict[str, Any]:
    return {"kind": "places", "peer_group": GROUP, "measure": "murder", **keys}


def rose(**keys: Any) -> dict[str, Any]:
    return places(start=2014, end=2015, direction="up", **keys)


def stated(verdict: Verdict) -> list[Reading]:
    return [r for r in verdict.readings if r.stated]


def outcome(verdict: Verdict) -> str:
    [reading] = stated(verdict)
    return reading.outcome


UP, DOWN, SAME = (4.0, 5.0), (5.0, 4.0), (5.0, 5.0)
