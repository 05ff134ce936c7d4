"""The small chart of a claim in a list: a line of at most a few dozen figures, drawn by hand.

A thousand of them must not weigh more than a picture: lines that several claims share stand once in
the page, and one unit is one pixel, so that none needs a frame of its own. Its words are those of
the claim beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

#: Figures at most; how far one is from the next, how high all are, and what is free around them.
MOST = 20
STEP = 3
HEIGHT = 16
EDGE = 2


@dataclass(frozen=True)
class Spark:
    """``path``: of the line. ``dot``: where the marked figure is, if it is there; in pixels."""

    path: str
    dot: tuple[int, int] | None


def spark(values: Sequence[float | None], marked: int | None = None) -> Spark | None:
    """A line through ``values`` in their order, with a dot at index ``marked``.

    None is a gap: the line stops before it and starts anew after it. Of more than ``MOST`` figures
    those up to the marked one are drawn, or the last ones. None if there are not two figures.
    The scale goes from zero, or from the lowest figure if one is below it, to the highest.
    """
    values = [v if v is not None and math.isfinite(v) else None for v in values]
    first = 0
    if len(values) > MOST:
        last = len(values) - 1 if marked is None else min(len(values) - 1, marked + MOST // 4)
        first = max(0, last - MOST + 1)
        values = values[first : first + MOST]
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return None
    low, high = min(0.0, *known), max(known)
    rows = [None if v is None else _row(v, low, high) for v in values]
    row = rows[marked - first] if marked is not None and 0 <= marked - first < len(rows) else None
    dot = None if row is None or marked is None else (STEP * (marked - first) + EDGE, row)
    return Spark(_path(rows), dot)


def sprite(sparks: Mapping[str, Spark]) -> tuple[Markup, dict[str, Markup]]:
    """The lines of some claims, each once, for the head of a page; and by claim what draws it."""
    ids: dict[str, str] = {}
    drawn = {}
    for claim, each in sparks.items():
        id_ = ids.setdefault(each.path, f"s{len(ids)}")
        dot = f'<circle cx="{each.dot[0]}" cy="{each.dot[1]}"/>' if each.dot else ""
        drawn[claim] = Markup(f'<svg><use href="#{id_}"/>{dot}</svg>')
    paths = "".join(f'<path id="{id_}" d="{path}"/>' for path, id_ in ids.items())
    return Markup(
        f'<svg class="icons" width="0" height="0" aria-hidden="true">{paths}</svg>'
    ), drawn


def _row(value: float, low: float, high: float) -> int:
    """Distance from the top, in whole pixels."""
    share = (value - low) / (high - low) if high > low else 0.5
    return EDGE + round(HEIGHT * (1 - share))


def _path(rows: Sequence[int | None]) -> str:
    """Runs of figures; each point but the first of a run is relative to the one before it."""
    text = ""
    before: int | None = None
    for n, row in enumerate(rows):
        if row is None:
            before = None
            continue
        if before is None:
            text += f"M{STEP * n + EDGE} {row}"
            # a stroke of no length: with round caps a figure between two gaps is a point
            text += "h0" if n + 1 == len(rows) or rows[n + 1] is None else "l"
        else:
            by = row - before
            text += f"{'' if text.endswith('l') else ' '}{STEP}{' ' if by >= 0 else ''}{by}"
        before = row
    return text
