"""The forms of the charts, declared with Altair: a few layers whose data have names.

A form is declared once; only data and parameters differ from chart to chart, which takes a tenth
of the time of declaring each anew. How a mark looks stands in its row. Axes are rows too, lines and
words: Vega's own take as long as all the rest. Altair is imported when the first chart is drawn.
"""

from __future__ import annotations

from typing import Any

from checks.report.charts.drawing import (
    INK,
    REFUTED,
    SUPPORTED,
    UNKNOWN,
)

#: How the lines beside the main one are dashed.
DASHES = ([6, 3], [2, 2])
#: Marks of cells in a square from -1 to 1: a tick, a cross, plus and minus, a dash.
SHAPES = {
    "holds": "M-0.75,0.1L-0.2,0.65L0.8,-0.6",
    "fails": "M-0.6,-0.6L0.6,0.6M-0.6,0.6L0.6,-0.6",
    "mixed": "M-0.55,-0.25L0.55,-0.25M0,-0.8L0,0.3M-0.55,0.7L0.55,0.7",
    "open": "M-0.45,0L0.45,0",
}
COLOUR_OF = {"holds": SUPPORTED, "fails": REFUTED, "mixed": INK, "open": UNKNOWN}

#: Rows are complete, so that none has to be looked for that is not.
_CONFIG = {"view": {"stroke": None}, "background": "transparent", "mark": {"invalid": None}}


def series_form() -> dict[str, Any]:
    """Figures over years: areas, lines, rules, points and words, drawn in this order.

    Parameters: x_low, x_high, y_low, y_high: the ends of the axes.
    """
    import altair as alt

    x = alt.X("x:Q", scale=_scale("[x_low, x_high]"), axis=None)
    y = alt.Y("y:Q", scale=_scale("[y_low, y_high]"), axis=None)
    lines = _layer("lines").mark_line(strokeJoin="round")
    dash = alt.StrokeDash("dash:N", scale=None)
    return _declared(
        _areas(x, y),
        lines.encode(x=x, y=y, detail="run:N", strokeDash=dash, **_looks("stroke", *_STROKE)),
        _rules(x, y),
        _points(x, y),
        _words(x, y),
    )


def grid_form() -> dict[str, Any]:
    """Cells with a mark each, and words, placed in units of the picture from its top left.

    Parameters: wide, high: the size of the plot.
    """
    import altair as alt

    x = alt.X("x:Q", scale=_scale("[0, wide]"), axis=None)
    y = alt.Y("y:Q", scale=_scale("[high, 0]"), axis=None)
    shape = alt.Shape("shape:N", scale=None)
    marks = _layer("marks").mark_point(opacity=1, fill="transparent", strokeWidth=1.8)
    looks = _looks("stroke", "size")
    framed = _layer("framed").mark_rect(fill="transparent", stroke=INK, strokeWidth=2)
    return _declared(
        _areas(x, y),
        marks.encode(x=x, y=y, shape=shape, **looks),
        framed.encode(x=x, x2="x2:Q", y=y, y2="y2:Q"),
        _words(x, y),
    )


def dots_form() -> dict[str, Any]:
    """Places as dots along one axis, those of about the same figure above each other.

    Parameters: x_low, x_high, y_high: the ends of the axes.
    """
    import altair as alt

    x = alt.X("x:Q", scale=_scale("[x_low, x_high]"), axis=None)
    y = alt.Y("y:Q", scale=_scale("[0, y_high]"), axis=None)
    return _declared(_areas(x, y), _rules(x, y), _points(x, y), _words(x, y))


#: Fields of a row that say how its mark looks, without a scale.
_STROKE = ("strokeWidth", "strokeOpacity")


def _looks(*names: str) -> dict[str, Any]:
    """Encodings that take what stands in a field as it is."""
    import altair as alt

    channels = {
        "fill": alt.Fill, "fillOpacity": alt.FillOpacity, "stroke": alt.Stroke,
        "strokeWidth": alt.StrokeWidth, "strokeOpacity": alt.StrokeOpacity, "size": alt.Size,
    }  # fmt: skip
    kinds = {"fill": "N", "stroke": "N"}
    return {name: channels[name](f"{name}:{kinds.get(name, 'Q')}", scale=None) for name in names}


def _areas(x: Any, y: Any) -> Any:
    box = {"x": x, "x2": "x2:Q", "y": y, "y2": "y2:Q"}
    return _layer("areas").mark_rect().encode(**box, **_looks("fill", "fillOpacity"))


def _rules(x: Any, y: Any) -> Any:
    import altair as alt

    box = {"x": x, "x2": "x2:Q", "y": y, "y2": "y2:Q"}
    dash = alt.StrokeDash("dash:N", scale=None)
    return (
        _layer("rules")
        .mark_rule()
        .encode(**box, strokeDash=dash, **_looks("stroke", "strokeWidth"))
    )


def _points(x: Any, y: Any) -> Any:
    looks = _looks("fill", "stroke", "strokeWidth", "size")
    return _layer("points").mark_point(opacity=1).encode(x=x, y=y, **looks)


def _words(x: Any, y: Any) -> Any:
    """Words, with a stroke about them in the colour of the page where they stand on a line."""
    import altair as alt

    place: dict[str, Any] = {n: alt.ExprRef(f"datum.{n}") for n in ("align", "dx", "dy")}
    words = _layer("words").mark_text(baseline="middle", strokeWidth=4, strokeJoin="round", **place)
    return words.encode(x=x, y=y, text="text:N", **_looks("fill", "stroke", "size"))


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
