"""The facets by which the front page is filtered: what each claim is about, as short keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from checks.caveats import caveats
from checks.models import Verdict
from checks.report.sources import Warehouse
from checks.report.view import LABELS


@dataclass(frozen=True)
class Option:
    """A value to choose. ``key``: what stands at the claims that have it; ``claims``: how many."""

    key: str
    name: str
    claims: int


@dataclass(frozen=True)
class Facet:
    id: str
    title: str
    options: tuple[Option, ...]


def facets(
    verdicts: Sequence[Verdict], warehouse: Warehouse
) -> tuple[tuple[Facet, ...], dict[str, str]]:
    """The facets, and the keys of each claim, separated by blanks.

    Keys are numbers, not names: a thousand claims have to fit into a page that opens at once.
    """
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    for verdict in verdicts:
        for facet, name in _values(verdict, warehouse):
            known[facet, name].add(verdict.claim)
    numbers = count()
    keys: dict[str, list[str]] = {verdict.claim: [] for verdict in verdicts}
    found = []
    for facet, title in TITLES.items():
        names = [name for of, name in known if of == facet]
        if facet == "label":
            names = [name for name in LABELS.values() if name in names]
        else:
            names.sort(key=str.casefold)
        options = []
        for name in names:
            key = str(next(numbers))
            claims = known[facet, name]
            options.append(Option(key, name, len(claims)))
            for claim in claims:
                keys[claim].append(key)
        if options:
            found.append(Facet(facet, title, tuple(options)))
    return tuple(found), {claim: " ".join(of) for claim, of in keys.items()}


TITLES = {"label": "Label", "place": "Place", "measure": "Measure", "caveat": "Caveat"}


def _values(verdict: Verdict, warehouse: Warehouse) -> Iterator[tuple[str, str]]:
    """What a claim is about; its places and measures are those of its stated readings."""
    yield "label", LABELS[verdict.label]
    for caveat in verdict.caveats:
        yield "caveat", caveats()[caveat].title
    for reading in verdict.readings:
        if not reading.stated:
            continue
        for place in warehouse.parts(reading.place):
            yield "place", warehouse.name("place", place)
        for figure in reading.figures:
            yield "measure", warehouse.name("measure", figure.measure)
