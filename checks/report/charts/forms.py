"""The forms of the charts, declared with Altair: layers whose data have names.

A form is declared once; only data and parameters differ from chart to chart, which takes a tenth
of the time of declaring each anew. Altair is imported when the first chart is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from checks.report.charts.drawing import (
    BAND,
    INK,
    LINE,
    PAGE,
    REFUTED,
    SIZE,
    SMALL,
    SOFT,
    SUPPORTED,
    UNKNOWN,
)

#: How the lines beside the main one are dashed.
DASHES = ([6, 3], [2, 2])
#: Marks of cells in a square from -1 to 1: a tick, a cross, half of each, nothing known.
SHAPES = {
    "holds": "M-0.75,0.1L-0.2,0.65L0.8,-0.6",
    "fails": "M-0.6,-0.6L0.6,0.6M-0.6,0.6L0.6,-0.6",
    "mixed": "M-0.95,0.05L-0.65,0.4L-0.15,-0.5M0.2,-0.4L0.9,0.4M0.2,0.4L0.9,-0.4",
    "open": "M-0.45,0L0.45,0",
}
COLOUR_OF = {"holds": SUPPORTED, "fails": REFUTED, "mixed": INK, "open": UNKNOWN}

_CONFIG = {
    "view": {"stroke": None},
    "background": "transparent",
    "axis": {
        "labelColor": SOFT, "labelFontSize": SMALL, "gridColor": LINE, "tickColor": LINE,
        "domainColor": LINE, "labelPadding": 4, "tickSize": 4,
    },
}  # fmt: skip


@lru_cache
def series_form() -> dict[str, Any]:
    """Lines over years. Layers, from the back: window, band, peers, rules, lines, points, words.

    Parameters: x_low, x_high, y_low, y_high: the ends of the axes; ticks, tick_labels.
    """
    import altair as alt

    axis = alt.Axis(format="d", tickCount=6, tickMinStep=1, grid=False, title=None)
    x = alt.X("x:Q", scale=_scale("[x_low, x_high]"), axis=axis)
    y = alt.Y("y:Q", scale=_scale("[y_low, y_high]"), axis=_labelled(domain=False))
    at = {"x": x, "y": y}
    across = {**at, "x2": "x2:Q"}
    box = {**across, "y2": "y2:Q"}
    runs = {**at, "detail": "run:N"}
    window = _layer("window").mark_rect(fill=LINE, fillOpacity=0.45).encode(x=x, x2="x2:Q")
    peers = _layer("peers").mark_line(stroke=SOFT, strokeWidth=1, strokeOpacity=0.28)
    line = _layer("line").mark_line(stroke=INK, strokeWidth=2.2, strokeJoin="round")
    others = [
        _layer(f"other{n}").mark_line(stroke=SOFT, strokeWidth=1.6, strokeDash=dash).encode(**runs)
        for n, dash in enumerate(DASHES)
    ]
    return _declared(
        window,
        _band().encode(**box),
        peers.encode(**runs),
        _rules().encode(**box),
        *others,
        line.encode(**runs),
        _layer("segments").mark_rule(stroke=INK, strokeWidth=3).encode(**across),
        _points("grey", fill=SOFT, stroke=SOFT, size=9).encode(**at),
        _points("dots", fill=INK, stroke=INK, size=9).encode(**at),
        _points("partial", fill=PAGE, stroke=INK, strokeWidth=1, size=26).encode(**at),
        _points("rivals", fill=PAGE, stroke=INK, strokeWidth=2, size=60).encode(**at),
        _points("marks", fill=INK, stroke=PAGE, size=80).encode(**at),
        *(words.encode(**at, text="text:N") for words in _words()),
    )


@lru_cache
def grid_form() -> dict[str, Any]:
    """Cells with a mark each, and words, placed in units of the picture from its top left.

    Parameters: wide, high: the size of the plot; mark_size: the area of the square of a mark.
    """
    import altair as alt

    x = alt.X("x:Q", scale=_scale("[0, wide]"), axis=None)
    y = alt.Y("y:Q", scale=_scale("[high, 0]"), axis=None)
    box = {"x": x, "x2": "x2:Q", "y": y, "y2": "y2:Q"}
    cells = [
        _layer(kind).mark_rect(fill=colour, fillOpacity=0.15).encode(**box)
        for kind, colour in COLOUR_OF.items()
    ]
    marks = [
        _points(
            f"{kind}_mark", shape=SHAPES[kind], stroke=colour, strokeWidth=1.8, fill="transparent",
            size=alt.ExprRef("mark_size"),
        ).encode(x=x, y=y)
        for kind, colour in COLOUR_OF.items()
    ]  # fmt: skip
    stated = _layer("stated").mark_rect(fill="transparent", stroke=INK, strokeWidth=2)
    align = alt.ExprRef("datum.align")
    words = _layer("words").mark_text(fontSize=SMALL, fill=SOFT, baseline="middle", align=align)
    text = words.encode(x=x, y=y, text="text:N")
    return _declared(*cells, *marks, stated.encode(**box), text)


@lru_cache
def dots_form() -> dict[str, Any]:
    """Places as dots along one axis, those of about the same figure above each other.

    Parameters: x_low, x_high, y_high: the ends of the axes; ticks, tick_labels.
    """
    import altair as alt

    x = alt.X("x:Q", scale=_scale("[x_low, x_high]"), axis=_labelled(grid=False))
    y = alt.Y("y:Q", scale=_scale("[0, y_high]"), axis=None)
    at = {"x": x, "y": y}
    box = {**at, "x2": "x2:Q", "y2": "y2:Q"}
    return _declared(
        _band().encode(**box),
        _rules().encode(**box),
        _layer("leaders").mark_rule(stroke=SOFT, strokeWidth=1).encode(**box),
        _points("no", fill=PAGE, stroke=SOFT, strokeWidth=1.3, size=38).encode(**at),
        _points("yes", fill=SOFT, stroke=SOFT, strokeWidth=1.3, size=38).encode(**at),
        _points("own", fill=INK, stroke=PAGE, size=110).encode(**at),
        *(words.encode(**at, text="text:N") for words in _words()),
    )


def _declared(*layers: Any) -> dict[str, Any]:
    """The declaration as a dictionary, to be completed with data, parameters and sizes."""
    import altair as alt

    spec: dict[str, Any] = alt.layer(*layers).to_dict()
    return {**spec, "autosize": {"type": "none"}, "config": _CONFIG}


def _layer(data: str) -> Any:
    import altair as alt

    return alt.Chart(alt.NamedData(name=data))


def _scale(ends: str) -> Any:
    """A scale from end to end, whatever Vega finds nice."""
    import altair as alt

    return alt.Scale(domain=alt.ExprRef(ends), nice=False, zero=False)


def _labelled(**how: Any) -> Any:
    """An axis of figures with our own ticks and their labels."""
    import altair as alt

    label = "tick_labels[indexof(ticks, datum.value)]"
    ticks: Any = alt.ExprRef("ticks")
    return alt.Axis(
        values=ticks, labelExpr=label, title=None, ticks=False, labelOverlap=False, **how
    )


def _band() -> Any:
    return _layer("band").mark_rect(fill=BAND, fillOpacity=0.6)


def _rules() -> Any:
    return _layer("rules").mark_rule(stroke=INK, strokeDash=[5, 3])


def _points(data: str, **how: Any) -> Any:
    return _layer(data).mark_point(opacity=1, **how)


def _words() -> Iterator[Any]:
    """Words beside points, on the colour of the page so that they can be read over a line."""
    import altair as alt

    place = {name: alt.ExprRef(f"datum.{name}") for name in ("align", "dx", "dy")}
    halo = {"fill": PAGE, "stroke": PAGE, "strokeWidth": 4, "strokeJoin": "round"}
    for how in (halo, {"fill": INK}):
        yield _layer("words").mark_text(fontSize=SIZE, baseline="middle", **place, **how)
