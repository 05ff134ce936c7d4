"""The charts as Altair declares them, and drawn: data in, SVG out. Altair is imported only here.

A form is declared once and compiled for each chart with its data, which takes a tenth of the time
of declaring it anew. Numbers of a form that differ from chart to chart are its parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from checks.report.charts.svg import Sample, tidy

#: Units of the picture. At 360 pixels of a phone a unit is three quarters of a pixel.
WIDTH = 440
SIZE = 13
_SMALL = 12
#: Room about the plot: for words at its edges, for the labels of the years.
TOP, RIGHT, BOTTOM = 8.0, 16.0, 22.0
INK, SOFT, LINE, PAGE, BAND = (f"#00000{n}" for n in range(1, 6))
SUPPORTED, REFUTED, UNKNOWN, FAINT = (f"#00000{n}" for n in range(6, 10))

Rows = Sequence[Mapping[str, Any]]


def draw(
    form: Mapping[str, Any],
    data: Mapping[str, Rows],
    params: Mapping[str, Any],
    *,
    height: float,
    alt: str,
    name: str,
    left: float = 0.0,
    key: Sequence[Sample] = (),
) -> Markup:
    """``form`` with ``data`` by name of the layer and ``params``, ``height`` units high.

    ``left``: room for the labels of the axis. All room is given, so that no text is measured: what
    a machine has for fonts must not move a line.
    """
    import vl_convert

    drawn = {key: list(rows) for key, rows in data.items() if rows}
    spec = {
        **form,
        "layer": [layer for layer in form["layer"] if layer["data"]["name"] in drawn],
        "width": WIDTH - left - RIGHT,
        "height": height - TOP - BOTTOM,
        "padding": {"left": left, "right": RIGHT, "top": TOP, "bottom": BOTTOM},
        "datasets": drawn,
        "params": [{"name": key, "value": value} for key, value in params.items()],
    }
    return tidy(vl_convert.vegalite_to_svg(spec), alt, name, key)


_CONFIG = {
    "view": {"stroke": None},
    "background": "transparent",
    "axis": {
        "labelColor": SOFT, "labelFontSize": _SMALL, "gridColor": LINE, "tickColor": LINE,
        "domainColor": LINE, "labelPadding": 4, "tickSize": 4,
    },
}  # fmt: skip


@lru_cache
def series_form() -> dict[str, Any]:
    """Lines over years. Layers, from the back: window, band, peers, rules, lines, points, words.

    Parameters: x_low, x_high, y_low, y_high: the ends of the axes; ticks, tick_labels.
    """
    import altair as alt

    x_scale = alt.Scale(
        domain=alt.ExprRef("[x_low, x_high]"), nice=False, zero=False
    )  # fmt: skip
    y_scale = alt.Scale(domain=alt.ExprRef("[y_low, y_high]"), nice=False, zero=False)
    x_axis = alt.Axis(format="d", tickCount=6, tickMinStep=1, grid=False, title=None)
    y_axis = alt.Axis(
        values=alt.ExprRef("ticks"), title=None, domain=False, ticks=False,
        labelExpr="tick_labels[indexof(ticks, datum.value)]", labelOverlap=False,
    )  # fmt: skip
    x = alt.X("x:Q", scale=x_scale, axis=x_axis)
    y = alt.Y("y:Q", scale=y_scale, axis=y_axis)

    def layer(data: str) -> Any:
        return alt.Chart(alt.NamedData(name=data))

    window = layer("window").mark_rect(fill=LINE, fillOpacity=0.45).encode(x=x, x2="x2:Q")
    band = (
        layer("band").mark_rect(fill=BAND, fillOpacity=0.6).encode(x=x, x2="x2:Q", y=y, y2="y2:Q")
    )
    rules = layer("rules").mark_rule(stroke=INK, strokeDash=[5, 3]).encode(
        x=x, x2="x2:Q", y=y, y2="y2:Q"
    )  # fmt: skip
    peers = layer("peers").mark_line(stroke=SOFT, strokeWidth=1, strokeOpacity=0.28).encode(
        x=x, y=y, detail="run:N"
    )  # fmt: skip
    others = [
        layer(f"other{n}").mark_line(stroke=SOFT, strokeWidth=1.6, strokeDash=dash).encode(
            x=x, y=y, detail="run:N"
        )
        for n, dash in enumerate(DASHES)
    ]  # fmt: skip
    line = layer("line").mark_line(stroke=INK, strokeWidth=2.2, strokeJoin="round").encode(
        x=x, y=y, detail="run:N"
    )  # fmt: skip
    segments = layer("segments").mark_rule(stroke=INK, strokeWidth=3).encode(
        x=x, x2="x2:Q", y=y
    )  # fmt: skip
    dots = layer("dots").mark_point(fill=INK, stroke=INK, size=9, opacity=1).encode(x=x, y=y)
    grey = layer("grey").mark_point(fill=SOFT, stroke=SOFT, size=9, opacity=1).encode(x=x, y=y)
    partial = layer("partial").mark_point(
        fill=PAGE, stroke=INK, strokeWidth=1, size=26, opacity=1
    ).encode(x=x, y=y)  # fmt: skip
    marks = layer("marks").mark_point(fill=INK, stroke=PAGE, size=80, opacity=1).encode(x=x, y=y)
    rivals = layer("rivals").mark_point(
        fill=PAGE, stroke=INK, strokeWidth=2, size=60, opacity=1
    ).encode(x=x, y=y)  # fmt: skip

    def words(**how: Any) -> Any:
        return layer("words").mark_text(
            fontSize=SIZE, baseline="middle", align=alt.ExprRef("datum.align"),
            dx=alt.ExprRef("datum.dx"), dy=alt.ExprRef("datum.dy"), **how,
        ).encode(x=x, y=y, text="text:N")  # fmt: skip

    halo = words(fill=PAGE, stroke=PAGE, strokeWidth=4, strokeJoin="round")
    chart = alt.layer(
        window, band, peers, rules, *others, line, segments, grey, dots, partial, marks, rivals,
        halo, words(fill=INK),
    )  # fmt: skip
    return _declared(chart)


#: How the lines beside the main one are dashed.
DASHES = ([6, 3], [2, 2], [9, 3, 2, 3])


def _declared(chart: Any) -> dict[str, Any]:
    """The declaration as a dictionary, to be completed with data, parameters and sizes."""
    spec: dict[str, Any] = chart.to_dict(validate=False)
    spec.pop("params", None)
    return {**spec, "autosize": {"type": "none"}, "config": _CONFIG}


#: Paths of marks in a square from -1 to 1: a tick, a cross, half of each, nothing known.
SHAPES = {
    "holds": "M-0.75,0.1L-0.2,0.65L0.8,-0.6",
    "fails": "M-0.6,-0.6L0.6,0.6M-0.6,0.6L0.6,-0.6",
    "mixed": "M-0.9,0.05L-0.6,0.4L-0.05,-0.45M0.2,-0.35L0.85,0.4M0.2,0.4L0.85,-0.35",
    "open": "M-0.45,0L0.45,0",
}
_COLOUR_OF = {"holds": SUPPORTED, "fails": REFUTED, "mixed": INK, "open": UNKNOWN}


@lru_cache
def grid_form() -> dict[str, Any]:
    """Cells with a mark each, and words, placed in units of the picture from its top left."""
    import altair as alt

    none = alt.Axis(labels=False, ticks=False, domain=False, grid=False, title=None)
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, WIDTH], nice=False, zero=False), axis=none)
    y = alt.Y(
        "y:Q", scale=alt.Scale(domain=alt.ExprRef("[high, 0]"), nice=False, zero=False), axis=none
    )

    def layer(data: str) -> Any:
        return alt.Chart(alt.NamedData(name=data))

    cells = [
        layer(kind).mark_rect(fill=colour, fillOpacity=0.16).encode(x=x, x2="x2:Q", y=y, y2="y2:Q")
        for kind, colour in _COLOUR_OF.items()
    ]
    stated = layer("stated").mark_rect(fill="transparent", stroke=INK, strokeWidth=2).encode(
        x=x, x2="x2:Q", y=y, y2="y2:Q"
    )  # fmt: skip
    marks = [
        layer(f"{kind}_mark").mark_point(
            shape=SHAPES[kind], stroke=colour, strokeWidth=2, strokeCap="round", filled=False,
            fill="transparent", size=alt.ExprRef("mark_size"), opacity=1,
        ).encode(x=x, y=y)
        for kind, colour in _COLOUR_OF.items()
    ]  # fmt: skip
    words = layer("words").mark_text(
        fontSize=_SMALL, fill=INK, baseline="middle", align=alt.ExprRef("datum.align")
    ).encode(x=x, y=y, text="text:N")  # fmt: skip
    chart = alt.layer(*cells, *marks, stated, words)
    return _declared(chart)
