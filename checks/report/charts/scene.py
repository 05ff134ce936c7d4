"""A scene: what a chart over years shows, before it is drawn; and its drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from markupsafe import Markup

from checks.report import format as formats
from checks.report.charts import labels
from checks.report.charts.drawing import draw, tick, ticks
from checks.report.charts.forms import series_form
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
    given. ``rules``: heights of dashed lines over the years given. ``segments``: first year, last
    year, height. ``zero``: whether the axis has to start at zero.
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


def picture(scene: Scene, alt: str, name: str) -> Markup:
    """The scene drawn."""
    plot = axes(scene)
    data: dict[str, list[dict[str, Any]]] = {
        "window": _window(scene, plot),
        "band": _band(scene, plot),
        "rules": [
            *({"x": a, "x2": b, "y": y, "y2": y} for a, b, y in scene.rules),
            *({"x": x, "x2": x, "y": plot.y_low, "y2": plot.y_high} for x in scene.upright),
            *([_sloped(scene.slope)] if scene.slope else []),
        ],
        "segments": [{"x": a, "x2": b, "y": y} for a, b, y in scene.segments],
        "peers": [
            {"x": x, "y": y, "run": n} for n, peer in enumerate(scene.peers) for x, y in peer
        ],
        "partial": [
            {"x": p.x, "y": p.partial} for p in scene.lines[0] if p.partial is not None
        ] if scene.lines else [],
        "marks": [{"x": m.x, "y": m.y} for m in scene.marks if not m.rival],
        "rivals": [{"x": m.x, "y": m.y} for m in scene.marks if m.rival],
    }  # fmt: skip
    for n, points in enumerate(scene.lines):
        broken = list(runs(points))
        name_of = f"other{n - 1}" if n else "line"
        data[name_of] = [
            {"x": p.x, "y": p.value, "run": k}
            for k, run in enumerate(broken)
            if len(run) > 1
            for p in run
        ]
        alone = [
            p for run in broken for p in run if len(run) == 1 or (not n and len(points) <= _FEW)
        ]
        data.setdefault("grey" if n else "dots", []).extend({"x": p.x, "y": p.value} for p in alone)
    line = [(p.x, p.value) for p in (scene.lines[0] if scene.lines else ()) if p.value is not None]
    spoken = [(m.x, m.y, m.text) for m in scene.marks if m.text]
    data["words"] = list(labels.placed([*spoken, *scene.words], line, plot))
    marked = ticks(plot.y_low, plot.y_high)
    params = {
        "x_low": plot.x_low, "x_high": plot.x_high, "y_low": plot.y_low, "y_high": plot.y_high,
        "ticks": marked, "tick_labels": [tick(t, scene.unit) for t in marked],
    }  # fmt: skip
    return draw(
        series_form(), data, params,
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


def _window(scene: Scene, plot: labels.Plot) -> list[dict[str, float]]:
    if scene.window is None:
        return []
    first, last = scene.window
    return [{"x": max(first - 0.5, plot.x_low), "x2": min(last + 0.5, plot.x_high)}]


def _band(scene: Scene, plot: labels.Plot) -> list[dict[str, float]]:
    if scene.band is None:
        return []
    first, last = scene.band_years or (plot.x_low, plot.x_high)
    low, high = scene.band
    return [{
        "x": first, "x2": last, "y": plot.y_low if low is None else max(low, plot.y_low),
        "y2": plot.y_high if high is None else min(high, plot.y_high),
    }]  # fmt: skip


def _sloped(ends: Run) -> dict[str, float]:
    (x, y), (x2, y2) = ends
    return {"x": x, "x2": x2, "y": y, "y2": y2}


def short(value: float, unit: str) -> str:
    """A figure for a label in a chart, whose title says what is counted."""
    return formats.number(value, unit if unit.startswith("percent") or unit == "usd" else "")


def between(points: Iterable[Point], first: float, last: float) -> list[Point]:
    return [p for p in points if first - 0.01 <= p.x <= last + 0.01]
