"""The small chart of a claim on the front page: a line of at most a few dozen figures.

Written by hand, because a thousand of them must not weigh more than a picture. Its words are those
of the claim beside it, so that it is hidden from screen readers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

#: Figures at most, and the height of the picture in its own units; a figure is three wide.
MOST = 20
_HEIGHT = 16
_STEP = 3


def sparkline(values: Sequence[float | None], marked: int | None = None) -> Markup:
    """A line through ``values`` in their order, with a dot at index ``marked``: a second path.

    None is a gap: the line stops before it and starts anew after it. Of more than ``MOST`` figures
    those up to the marked one are drawn, or the last ones. Empty if there are not two figures.
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
        return Markup("")
    low, high = min(0.0, *known), max(known)
    rows = [None if v is None else _row(v, low, high) for v in values]
    width = _STEP * (len(rows) - 1)
    dot = ""
    if marked is not None and 0 <= marked - first < len(rows):
        row = rows[marked - first]
        if row is not None:
            dot = f'<path d="M{_STEP * (marked - first)} {row}h0"/>'
    return Markup(
        f'<svg class="spark" viewBox="0 0 {width} {_HEIGHT}" aria-hidden="true">'
        f'<path d="{_path(rows)}"/>{dot}</svg>'
    )


def _row(value: float, low: float, high: float) -> int:
    """Distance from the top, in whole units."""
    share = (value - low) / (high - low) if high > low else 0.5
    return round(_HEIGHT * (1 - share))


def _path(rows: Sequence[int | None]) -> str:
    """Runs of figures; each point but the first of a run is relative to the one before it."""
    text = ""
    before: int | None = None
    for n, row in enumerate(rows):
        if row is None:
            before = None
            continue
        if before is None:
            text += f"M{_STEP * n} {row}"
            # a stroke of no length: with round caps a figure between two gaps is a point
            text += "h0" if n + 1 == len(rows) or rows[n + 1] is None else "l"
        else:
            by = row - before
            text += f"{'' if text.endswith('l') else ' '}{_STEP}{' ' if by >= 0 else ''}{by}"
        before = row
    return text
