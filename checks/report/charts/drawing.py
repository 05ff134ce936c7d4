"""Charts drawn: a form, its data and its sizes in, SVG out. Vega runs only here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from checks.report.charts.svg import Sample, tidy
from checks.report.format import visible

#: Units of the picture. At 360 pixels of a phone a unit is three quarters of a pixel.
WIDTH = 440.0
#: Font sizes: of words beside points, of axes.
SIZE, SMALL = 13, 12
#: Room about the plot: for words at its edges, for the labels of the years.
TOP, RIGHT, BOTTOM = 8.0, 16.0, 22.0
#: Colours as ``svg.COLOURS`` turns them into the page's variables.
INK, SOFT, LINE, PAGE, BAND = (f"#00000{n}" for n in range(1, 6))
SUPPORTED, REFUTED, UNKNOWN = (f"#00000{n}" for n in range(6, 9))

Rows = Sequence[Mapping[str, Any]]
#: A function of ``forms``.
Form = Callable[[], dict[str, Any]]
#: What no document may contain.
_NO_CHARACTER = re.compile("[\ud800-\udfff\ufffe\uffff]")


def draw(
    form: Form,
    data: Mapping[str, Rows],
    params: Mapping[str, float],
    *,
    height: float,
    alt: str,
    name: str,
    left: float = 0.0,
    bottom: float = BOTTOM,
    key: Sequence[Sample] = (),
) -> Markup:
    """``form`` with ``data`` by name of the layer and ``params``, ``height`` units high.

    ``left``, ``bottom``: room for the labels of the axes. It is given, and no text measured: what
    a machine has for fonts must not move a line.
    """
    import vl_convert

    drawn = {layer: [_readable(row) for row in rows] for layer, rows in data.items() if rows}
    compiled = _compiled(form, tuple(sorted(drawn)), tuple(params))
    spec = {
        **compiled,
        "width": WIDTH - left - RIGHT,
        "height": height - TOP - bottom,
        "padding": {"left": left, "right": RIGHT, "top": TOP, "bottom": bottom},
        "data": [
            {**source, "values": drawn[source["name"]]} if source["name"] in drawn else source
            for source in compiled["data"]
        ],
        "signals": [{**s, "value": params.get(s["name"])} for s in compiled["signals"]],
    }
    samples = [(style, readable(text)) for style, text in key]
    return tidy(vl_convert.vega_to_svg(spec), readable(alt), name, samples)


@lru_cache
def _compiled(form: Form, layers: tuple[str, ...], params: tuple[str, ...]) -> dict[str, Any]:
    """What Vega-Lite makes of the ``layers`` of a form, without data: it is the same every time."""
    import vl_convert

    declared = form()
    spec = {
        **declared,
        "layer": [layer for layer in declared["layer"] if layer["data"]["name"] in layers],
        "datasets": {layer: [] for layer in layers},
        "params": [{"name": name, "value": 0} for name in params],
    }
    compiled: dict[str, Any] = vl_convert.vegalite_to_vega(spec)
    return compiled


def _readable(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "text": readable(row["text"])} if "text" in row else row


def readable(text: str) -> str:
    """Text as a page shows it: what could make it read as something else is spelt out.

    >>> readable("a\u202eb\ufffe")
    'a[U+202E]b'
    """
    return _NO_CHARACTER.sub("", str(visible(text)))


def word(
    x: float,
    y: float,
    text: str,
    align: str = "center",
    dx: float = 0,
    dy: float = 0,
    *,
    halo: bool = False,
) -> dict[str, Any]:
    """A row of the layer ``words``: beside the point by ``dx``, ``dy`` units.

    ``halo``: larger, in ink, and to be read over a line.
    """
    at = {"x": x, "y": y, "dx": dx, "dy": dy, "text": text, "align": align}
    if halo:
        return {**at, "fill": INK, "stroke": PAGE, "size": SIZE}
    return {**at, "fill": SOFT, "stroke": "none", "size": SMALL}  # fmt: skip


def ticks(low: float, high: float, about: float = 4.5) -> list[float]:
    """Some round numbers between the ends of an axis.

    >>> ticks(0, 1090), ticks(-30, 62.5)
    ([0, 250, 500, 750, 1000], [-25, 0, 25, 50])
    """
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    found = [round(n * step, 12) for n in range(first, math.floor(high / step + 1e-9) + 1)]
    return [int(n) if n.is_integer() else n for n in found]


def years(first: float, last: float) -> list[float]:
    """Some years between the ends of an axis, evenly apart."""
    step = next(n for n in (1, 2, 5, 10, 20, 50, 100, 1000) if (last - first) / n <= 7)
    start = math.ceil(first / step) * step
    return [float(year) for year in range(start, math.floor(last) + 1, step)]


def tick(value: float, unit: str) -> str:
    """A round number as short as it can be.

    >>> tick(86000, "count"), tick(2500000, "people"), tick(-20, "percent"), tick(0.1, "ratio")
    ('86,000', '2.5M', '−20%', '0.1')
    """
    size = f"{abs(value) / 1e6:g}M" if abs(value) >= 1e6 else f"{abs(value):,.10g}"
    end = "%" if unit.startswith("percent") else ""
    return f"{'−' if value < 0 else ''}{'$' if unit == 'usd' else ''}{size}{end}"
