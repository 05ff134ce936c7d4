"""Whether two places have people in common, so that their figures cannot be added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations

from datasets.reference_tables import named, reference


def overlapping(places: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of ``places`` of which one is, or is known to contain, a part of the other.

    By what stands in for a place (``place_fit.csv``), what it is the sum of (``place_part.csv``),
    and its state and nation. Nothing else says which city is in which county.
    """
    for one, other in combinations(places, 2):
        if one == other or _within(one) & _within(other) or _holds(one, other):
            yield one, other


@lru_cache(maxsize=10_000)
def _within(place: str) -> frozenset[str]:
    """A place, its parts, and the agencies that police them."""
    parts = {place, *_others("place_part", "part").get(place, ())}
    agencies = _others("place_fit", "stands_in")
    return frozenset(parts.union(*(agencies.get(part, ()) for part in parts)))


def _holds(one: str, other: str) -> bool:
    """One of them is the nation, or the state that the other is in."""
    rows = [named("places", "place").get(name, {}) for name in (one, other)]
    kinds = {row.get("kind") for row in rows}
    return "nation" in kinds or ("state" in kinds and rows[0].get("state") == rows[1].get("state"))


@lru_cache
def _others(table: str, column: str) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in reference(table):
        found[row["place"]].add(row[column])
    return found
