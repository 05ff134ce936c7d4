"""A scene: what a chart over years shows, before it is drawn; and its drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from markupsafe import Markup

from checks.report import format as formats
from checks.report.charts import labels
from checks.report.charts.drawing import (
    BAND,
    INK,
    LINE,
    PAGE,
    SOFT,
    draw,
    tick,
    ticks,
    word,
    years,
)
from checks.report.charts.forms import DASHES, series_form
from checks.report.charts.model import Point
from checks.report.charts.svg import Sample

HEIGHT = 236
#: Figures in a row without a gap: year, figure.
Run = tuple[tuple[float, float], ...]
#: A line of so few figures has a dot for each.
_FEW = 16


@dataclass(frozen=True)
class Mark:
    """A figure spoken of, or (``rival``) one that it is compared with."""

    x: float
    y: float
    text: str
    rival: bool = False


@dataclass(frozen=True)
class Scene:
    """``lines``: the main one first. ``window``: years shaded, first and last.

    ``band``: what the claim allows, from low to high (None: no bound), over all years or those
    given; ``claimed``: the same in words. ``rules``, ``segments``: first year, last year, height of
    dashed lines and of thick ones. ``zero``: whether the axis has to start at zero.
    """

    lines: tuple[tuple[Point, ...], ...]
    unit: str
    window: tuple[float, float] | None = None
    band: tuple[float | None, float | None] | None = None
    band_years: tuple[float, float] | None = None
    rules: tuple[tuple[float, float, float], ...] = ()
    upright: tuple[float, ...] = ()
    segments: tuple[tuple[float, float, float], ...] = ()
    slope: Run | None = None
    marks: tuple[Mark, ...] = ()
    peers: tuple[Run, ...] = ()
    zero: bool = True
    words: tuple[tuple[float, float, str], ...] = ()
    key: tuple[Sample, ...] = ()
    claimed: str = ""


def picture(scene: Scene, alt: str, name: str) -> Markup:
    """The scene drawn."""
    plot = axes(scene)
    data: dict[str, list[dict[str, Any]]] = {
        "areas": [*_window(scene, plot), *_band(scene, plot)],
        "lines": [
            *_grid(plot),
            *_peers(scene),
            *(row for n in reversed(range(len(scene.lines))) for row in _line(scene.lines[n], n)),
        ],
        "rules": list(_rules(scene, plot)),
        "points": list(_points(scene)),
        "words": [*_labels(scene, plot), *_words(scene, plot)],
    }
    params = {
        "x_low": plot.x_low, "x_high": plot.x_high, "y_low": plot.y_low, "y_high": plot.y_high,
    }  # fmt: skip
    return draw(
        series_form, data, params,
        height=HEIGHT, alt=alt, name=name, left=plot.left, key=scene.key,
    )  # fmt: skip


def runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Figures in a row without a gap: what is missing or partial, or a step too far, parts them.

    A line is never drawn over a year for which there is no figure.
    """
    known = [p for p in points if p.value is not None]
    gap = min((b.x - a.x for a, b in pairwise(points)), default=1.0)
    step = min(1.0, gap)
    numbered = zip(known, (round(p.x / step) - n for n, p in enumerate(known)), strict=True)
    for _, run in groupby(numbered, key=lambda item: item[1]):
        yield [p for p, _ in run]


def axes(scene: Scene) -> labels.Plot:
    """The ends of both axes: all that is drawn, and room for words above."""
    xs = [p.x for points in scene.lines for p in points]
    xs += scene.window or ()
    xs += [m.x for m in scene.marks] + [x for peer in scene.peers for x, _ in peer]
    xs += [x for a, b, _ in scene.segments for x in (a, b)]
    ys = [
        v for points in scene.lines for p in points for v in (p.value, p.partial) if v is not None
    ]
    ys += [m.y for m in scene.marks] + [y for _, _, y in (*scene.rules, *scene.segments)]
    ys += [y for peer in scene.peers for _, y in peer]
    ys += [y for y in scene.band or () if y is not None]
    low, high = min(ys), max(ys)
    if scene.zero:
        low, high = min(0.0, low), max(0.0, high)
    span = (high - low) or abs(high) or 1.0
    low, high = low if scene.zero and low == 0 else low - 0.08 * span, high + 0.14 * span
    widest = max(len(tick(t, scene.unit)) for t in ticks(low, high))
    return labels.Plot(min(xs) - 0.6, max(xs) + 0.6, low, high, HEIGHT, 10 + 7.2 * widest)


def _window(scene: Scene, plot: labels.Plot) -> Iterator[dict[str, Any]]:
    if scene.window is None:
        return
    first, last = scene.window
    ends = (max(first - 0.5, plot.x_low), min(last + 0.5, plot.x_high))
    yield _box(ends, (plot.y_low, plot.y_high)) | {"fill": LINE, "fillOpacity": 0.45}


def _band(scene: Scene, plot: labels.Plot) -> Iterator[dict[str, Any]]:
    if scene.band is None:
        return
    low, high = scene.band
    ends = (
        plot.y_low if low is None else max(low, plot.y_low),
        plot.y_high if high is None else min(high, plot.y_high),
    )
    across = scene.band_years or (plot.x_low, plot.x_high)
    yield _box(across, ends) | {"fill": BAND, "fillOpacity": 0.6}


def _box(across: tuple[float, float], down: tuple[float, float]) -> dict[str, Any]:
    return {"x": across[0], "x2": across[1], "y": down[0], "y2": down[1]}


def _grid(plot: labels.Plot) -> Iterator[dict[str, Any]]:
    look = {"stroke": LINE, "strokeWidth": 1, "strokeOpacity": 1, "dash": []}
    for y in dict.fromkeys((plot.y_low, *ticks(plot.y_low, plot.y_high))):
        ends = (plot.x_low, plot.x_high)
        yield from ({"x": x, "y": y, "run": f"grid {y}", **look} for x in ends)


def _labels(scene: Scene, plot: labels.Plot) -> Iterator[dict[str, Any]]:
    """The words of the axes."""
    for y in ticks(plot.y_low, plot.y_high):
        yield word(plot.x_low, y, tick(y, scene.unit), "right", dx=-6)
    for x in years(plot.x_low, plot.x_high):
        yield word(x, plot.y_low, f"{x:.0f}", dy=14)


def _peers(scene: Scene) -> Iterator[dict[str, Any]]:
    look = {"stroke": SOFT, "strokeWidth": 1, "strokeOpacity": 0.28, "dash": []}
    for n, peer in enumerate(scene.peers):
        yield from ({"x": x, "y": y, "run": f"peer {n}", **look} for x, y in peer)


def _line(points: Sequence[Point], number: int) -> Iterator[dict[str, Any]]:
    """Line ``number`` of a scene: the main one solid and in ink."""
    look: dict[str, Any] = {"stroke": INK, "strokeWidth": 2.2, "strokeOpacity": 1, "dash": []}
    if number:
        look |= {"stroke": SOFT, "strokeWidth": 1.6, "dash": DASHES[number - 1]}
    for n, run in enumerate(runs(points)):
        if len(run) > 1:
            yield from ({"x": p.x, "y": p.value, "run": f"{number} {n}", **look} for p in run)


def _rules(scene: Scene, plot: labels.Plot) -> Iterator[dict[str, Any]]:
    dashed = {"stroke": INK, "strokeWidth": 1, "dash": [5, 3]}
    for first, last, y in scene.rules:
        yield _box((first, last), (y, y)) | dashed
    for x in scene.upright:
        yield _box((x, x), (plot.y_low, plot.y_high)) | dashed
    if scene.slope:
        (x, y), (x2, y2) = scene.slope
        yield _box((x, x2), (y, y2)) | dashed
    for first, last, y in scene.segments:
        yield _box((first, last), (y, y)) | {"stroke": INK, "strokeWidth": 3, "dash": []}


def _points(scene: Scene) -> Iterator[dict[str, Any]]:
    """A dot for a figure that no line reaches, or for each of a few; hollow what is partial."""
    for n, points in enumerate(scene.lines):
        few = n == 0 and len(points) <= _FEW
        colour = SOFT if n else INK
        for run in runs(points):
            if few or len(run) == 1:
                yield from (_dot(p.x, p.value or 0.0, colour, colour, 9) for p in run)
    for p in scene.lines[0]:
        if p.partial is not None:
            yield _dot(p.x, p.partial, PAGE, INK, 26)
    for mark in sorted(scene.marks, key=lambda m: not m.rival):
        if mark.rival:
            yield _dot(mark.x, mark.y, PAGE, INK, 60, 2)
        else:
            yield _dot(mark.x, mark.y, INK, PAGE, 80)


def _dot(x: float, y: float, fill: str, stroke: str, size: int, width: float = 1) -> dict[str, Any]:
    return {"x": x, "y": y, "fill": fill, "stroke": stroke, "size": size, "strokeWidth": width}


def _words(scene: Scene, plot: labels.Plot) -> Iterator[dict[str, Any]]:
    line = [(p.x, p.value) for p in scene.lines[0] if p.value is not None]
    spoken = [(m.x, m.y, m.text) for m in scene.marks if m.text]
    for found in labels.placed([*spoken, *scene.words], line, plot):
        yield word(**found, halo=True)


def short(value: float, unit: str) -> str:
    """A figure for a label in a chart, whose title says what is counted."""
    return formats.number(value, unit if unit.startswith("percent") or unit == "usd" else "")


def between(points: Iterable[Point], first: float, last: float) -> list[Point]:
    return [p for p in points if first - 0.01 <= p.x <= last + 0.01]
