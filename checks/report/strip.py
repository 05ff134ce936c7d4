"""The strip beside each reading: where its figure lies against the band that the claim allows.

All readings of a table with the same unit share one axis, so that the strips can be compared down
the column. Positions are in percent of the width; the table's words and numbers say the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checks.models import Reading

#: Kept free at both ends, in percent, so that no dot is cut off.
_MARGIN = 4.0
#: The axis starts at zero when the smallest value is below this share of the largest.
_ZERO_BELOW = 0.4


@dataclass(frozen=True)
class Axis:
    """The scale of one unit, from ``low`` to ``high``."""

    unit: str
    low: float
    high: float

    def at(self, value: float) -> float:
        """Position of ``value`` in percent of the width."""
        span = self.high - self.low
        inner = (value - self.low) / span if span else 0.5
        return round(_MARGIN + (100 - 2 * _MARGIN) * inner, 2)


@dataclass(frozen=True)
class Strip:
    """``dot``: the figure. ``band``: from, to; an open side reaches the end of the strip."""

    dot: float
    band: tuple[float, float]


def drawn(reading: Reading) -> bool:
    """Whether there are a figure and a band to set it against. With figures missing, neither is."""
    numbers = [n for n in (reading.value, reading.low, reading.high) if n is not None]
    return (
        reading.value is not None
        and len(numbers) > 1
        and all(map(math.isfinite, numbers))
        and reading.outcome != "missing"
    )


def axes(readings: Iterable[Reading]) -> tuple[Axis, ...]:
    """One axis for each unit among the readings that can be drawn."""
    numbers: dict[str, list[float]] = {}
    for reading in readings:
        if not drawn(reading):
            continue
        found = numbers.setdefault(reading.unit, [])
        found += [n for n in (reading.value, reading.low, reading.high) if n is not None]
    return tuple(_axis(unit, values) for unit, values in numbers.items())


def _axis(unit: str, values: Sequence[float]) -> Axis:
    low, high = min(values), max(values)
    if 0 <= low < _ZERO_BELOW * high:
        low = 0.0
    if low == high:
        low, high = low - 1, high + 1
    return Axis(unit, low, high)


def strip(reading: Reading, scales: Iterable[Axis]) -> Strip | None:
    """Where the dot and the band of a reading are, or None if there is nothing to show."""
    axis = next((a for a in scales if a.unit == reading.unit), None)
    if axis is None or reading.value is None or not drawn(reading):
        return None
    return Strip(
        dot=axis.at(reading.value),
        band=(
            0.0 if reading.low is None else axis.at(reading.low),
            100.0 if reading.high is None else axis.at(reading.high),
        ),
    )
