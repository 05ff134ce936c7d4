"""Where the words beside points of a chart stand: beside each other and not on the line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from checks.report.charts.drawing import BOTTOM, RIGHT, SIZE, TOP, WIDTH

_LETTER = 0.56 * SIZE
_GAP = 9.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Plot:
    """The ends of the axes and the height of a picture, in its own units."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float
    height: float
    left: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a figure is in the picture, from its top left."""
        wide, high = WIDTH - self.left - RIGHT, self.height - TOP - BOTTOM
        across = (x - self.x_low) / (self.x_high - self.x_low)
        up = (y - self.y_low) / (self.y_high - self.y_low)
        return self.left + wide * across, TOP + high * (1 - up)


def placed(
    labels: Sequence[tuple[float, float, str]], line: Iterable[tuple[float, float]], plot: Plot
) -> list[dict[str, Any]]:
    """Each label (x, y, words) where it covers least: above, below or beside its point.

    Those that come first choose first. ``line``: the points that should stay free.
    """
    drawn = _dense([plot.at(x, y) for x, y in line])
    taken: list[Box] = []
    found: list[dict[str, Any]] = []
    for x, y, text in labels:
        at = plot.at(x, y)
        options = list(_options(at, len(text) * _LETTER))
        costs = [_cost(box, drawn, taken, plot) + n for n, (_, _, _, box) in enumerate(options)]
        align, dx, dy, box = options[costs.index(min(costs))]
        taken.append(box)
        found.append({"x": x, "y": y, "text": text, "align": align, "dx": dx, "dy": dy})
    return found


def _options(at: tuple[float, float], width: float) -> Iterable[tuple[str, float, float, Box]]:
    x, y = at
    half = SIZE / 2 + 1
    for dy in (-13.0, 14.0, -24.0, 26.0):
        for align, dx, left in (
            ("center", 0.0, -width / 2),
            ("left", -4.0, -4.0),
            ("right", 4.0, 4.0 - width),
        ):
            yield align, dx, dy, (x + left, y + dy - half, x + left + width, y + dy + half)
    yield "left", _GAP, 0.0, (x + _GAP, y - half, x + _GAP + width, y + half)
    yield "right", -_GAP, 0.0, (x - _GAP - width, y - half, x - _GAP, y + half)


def _cost(
    box: Box, drawn: Sequence[tuple[float, float]], taken: Sequence[Box], plot: Plot
) -> float:
    left, top, right, bottom = box
    outside = (
        max(0.0, plot.left - left) + max(0.0, right - WIDTH + 2)
        + max(0.0, 2 - top) + max(0.0, bottom - plot.height + BOTTOM)
    )  # fmt: skip
    over = sum(left < x < right and top < y < bottom for x, y in drawn)
    others = sum(left < b[2] and right > b[0] and top < b[3] and bottom > b[1] for b in taken)
    return 20 * outside + 4 * over + 500 * others


def _dense(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points with what lies between them, a few units apart."""
    found = list(points[:1])
    for (x, y), (x2, y2) in pairwise(points):
        steps = max(1, int(max(abs(x2 - x), abs(y2 - y)) / 6))
        found += [(x + (x2 - x) * n / steps, y + (y2 - y) * n / steps) for n in range(1, steps + 1)]
    return found
