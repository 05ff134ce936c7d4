"""Figures of a reading that differ in period and value alone: shown as one list with one origin.

A trend has a figure a year, and each would say again what it is and where it is from.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import groupby

from checks.models import Figure, Reading
from checks.report.sources import Origin, Warehouse

#: Fewer figures than these are each told in full.
FEWEST_ALIKE = 3


@dataclass(frozen=True)
class Alike:
    """``figures``: one, or several that are alike. ``read_from``: what is true of each of them."""

    figures: tuple[Figure, ...]
    read_from: str | None


def alike(reading: Reading, warehouse: Warehouse) -> list[Alike]:
    """The figures of a reading in their order, those that are alike and neighbours together."""

    def what(figure: Figure) -> Hashable:
        known = figure.value is not None
        return (
            *(figure.role, figure.measure, figure.definition, figure.place, figure.unit, known),
            # what is not known was read from nowhere
            *((warehouse.snapshots_of(figure), warehouse.notes_of(figure)) if known else ()),
        )

    found: list[Alike] = []
    for _, group in groupby(reading.figures, what):
        figures = tuple(group)
        if len(figures) < FEWEST_ALIKE:
            found += [Alike((f,), read_from(warehouse.origins_of(f))) for f in figures]
            continue
        texts = {read_from(warehouse.origins_of(f)) for f in figures}
        found.append(Alike(figures, texts.pop() if len(texts) == 1 else None))
    return found


def read_from(origins: Sequence[Origin]) -> str:
    """From which rows of a snapshot's file a figure was read; empty if from none in particular."""
    if len(origins) > 1:
        return f"made from {len(origins)} published figures"
    if not origins:
        return ""
    (origin,) = origins
    if origin.source_row:
        text = f"data row {origin.source_row:,}"
    else:
        text = f"counted from {origin.n_rows:,} {'row' if origin.n_rows == 1 else 'rows'}"
    return text if origin.status == "final" else f"{text} ({origin.status.replace('_', ' ')})"
