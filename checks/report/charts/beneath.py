"""What stands beneath a chart of series: the key, its words and its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.models import Reading
from checks.report.charts.drawing import BAND, INK, LINE, SOFT
from checks.report.charts.forms import DASHES
from checks.report.charts.model import Cell, Drawn, Point, joined, period
from checks.report.charts.scene import Scene, short
from checks.report.charts.svg import Sample


def key(main: Reading, drawn: Sequence[Drawn], scene: Scene) -> Iterator[Sample]:
    """What is drawn, where the title does not say it."""
    if len(drawn) > 1:
        yield {"stroke": INK, "stroke-width": "2.2"}, drawn[0].name
    for n, other in enumerate(drawn[1:]):
        dash = ",".join(map(str, DASHES[n]))
        yield {"stroke": SOFT, "stroke-width": "1.6", "stroke-dasharray": dash}, other.name
    if scene.peers:
        yield {"stroke": SOFT, "stroke-opacity": ".5"}, "other places of the group"
    if scene.band:
        yield {"stroke": BAND, "stroke-width": "10"}, _claimed(main, scene)
    if scene.window:
        years = " to ".join(f"{x:.0f}" for x in dict.fromkeys(scene.window))
        yield {"stroke": LINE, "stroke-width": "10", "stroke-opacity": ".45"}, years
    if scene.slope:
        yield {"stroke": INK, "stroke-dasharray": "5,3"}, "straight line through these years"
    if scene.upright:
        yield {"stroke": INK, "stroke-dasharray": "5,3"}, "when the cause came"


def _claimed(main: Reading, scene: Scene) -> str:
    """The band in the words of the comparison, which know whether its ends belong to it."""
    words = scene.claimed or "".join(main.comparison.rpartition(", claimed ")[1:])
    return f"claimed: {words.removeprefix(', claimed ')}"


def alternative(
    title: str, main: Reading, drawn: Sequence[Drawn], scene: Scene, missing: str | None
) -> str:
    """The text alternative of a chart: what it draws, and what the claim makes of it."""
    return " ".join(filter(None, [f"Line chart. {title}.", *_said(main, drawn, scene), missing]))


def _said(main: Reading, drawn: Sequence[Drawn], scene: Scene) -> Iterator[str]:
    points = [(p.value, p.label) for p in scene.lines[0] if p.value is not None]
    if points:
        lowest, highest = min(points, key=lambda p: p[0]), max(points, key=lambda p: p[0])
        yield (
            f"{points[0][1]} to {points[-1][1]}, {len(points)} with a figure: lowest "
            f"{short(lowest[0], scene.unit)} in {lowest[1]}, highest "
            f"{short(highest[0], scene.unit)} in {highest[1]}."
        )
    if len(drawn) > 1:
        yield f"Solid line: {drawn[0].name}. Dashed: {'; '.join(d.name for d in drawn[1:])}."
    if scene.peers:
        yield "Grey: the other places of the group."
    if scene.window:
        yield f"Shaded: {' to '.join(f'{x:.0f}' for x in dict.fromkeys(scene.window))}."
    yield f"Reading {main.id}, {main.variant}: {main.comparison}."


def note(points: Sequence[Point]) -> str | None:
    """Which periods between the first and the last have no figure, or one of a part."""
    partial = [p.label for p in points if p.value is None and p.partial is not None]
    unusable = [p.label for p in points if p.value is None and p.partial is None]
    there = {int(p.x) for p in points}
    absent = [str(year) for year in range(min(there), max(there)) if year not in there]
    said = []
    if unusable:
        said.append(f"Not reported, or not usable: {joined(unusable)}.")
    if absent:
        said.append(f"Not in this source: {joined(absent)}.")
    if partial:
        said.append(f"Covers only a part, drawn hollow: {joined(partial)}.")
    return " ".join(said) or None


def table(drawn: Sequence[Drawn]) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    """A row a period with the figure of each line, and what is to be said of those without one."""
    periods = sorted({(p.start, p.end) for d in drawn for p in d.points})
    by_line = [{(p.start, p.end): p for p in d.points} for d in drawn]
    rows: list[tuple[Cell, ...]] = []
    for at in periods:
        points = [by.get(at) for by in by_line]
        figures = [None if p is None else p.partial if p.value is None else p.value for p in points]
        said = {
            "not reported" if p.partial is None else "part of the period"
            for p in points
            if p and p.value is None
        }
        rows.append((period(*at), *figures, "; ".join(sorted(said)) or None))
    columns = ("Period", *(d.name for d in drawn), "Status")
    if all(row[-1] is None for row in rows):
        return columns[:-1], tuple(row[:-1] for row in rows)
    return columns, tuple(rows)
