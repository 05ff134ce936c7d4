"""What each kind of claim says of a series: its window, marks, bounds and peers in a scene."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import linear_regression

from checks import words
from checks.claim_models import Test
from checks.claims_file import known_names
from checks.models import Figure, Reading
from checks.report.charts.model import ChartData, Drawn, Peers, period, position
from checks.report.charts.plan import Plan, window_of
from checks.report.charts.scene import Mark, Run, Scene, between, short


@dataclass(frozen=True)
class Told:
    """What a scene is made from: the reading it is of, its lines, and the peers that are there."""

    main: Reading
    drawn: Sequence[Drawn]
    peers: Peers
    years: tuple[int, int]

    def mark(self, figure: Figure, unit: str, *, rival: bool = False) -> Mark:
        """A figure in the steps of the main line: of months by the month, of parts by the year."""
        grain = self.drawn[0].line.key.grain
        when = period(figure.period_start, figure.period_end)
        if grain == "part":
            when = str(figure.period_start.year)
        value = figure.value or 0.0
        x = position(figure.period_end, grain)
        return Mark(x, value, f"{short(value, unit)} in {when}", rival)


def scene_of(
    main: Reading, drawn: Sequence[Drawn], plan: Plan, data: ChartData, test: Test | None
) -> Scene:
    """The lines ``drawn`` with what the claim says of them by the reading ``main``."""
    unit = "ratio" if drawn[0].line.over else main.figures[0].unit
    scene = Scene(tuple(d.points for d in drawn), unit)
    if main.kind == "threshold" and main.unit == "years":
        return _over_years(scene, main, test)
    peers = {} if plan.peers is None else data.peers.get(plan.peers, {})
    years = (0, 9999) if plan.peers is None else (plan.peers.first, plan.peers.last)
    make = {
        "change": _change, "record": _record, "trend": _trend, "ratio": _ratio,
        "contrast": _contrast, "attribution": _attribution, "rank": _rank,
    }.get(main.kind, _level)  # fmt: skip
    return make(scene, Told(main, drawn, peers, years))


def _level(scene: Scene, told: Told) -> Scene:
    main = told.main
    rules = _bounds(scene, main.low, main.high)
    return replace(
        scene,
        band=(main.low, main.high),
        rules=rules,
        marks=(told.mark(main.figures[0], scene.unit),),
    )


def _over_years(scene: Scene, main: Reading, test: Test | None) -> Scene:
    """The number is only in the claim: a reading counts the years in which it is passed."""
    years = [float(f.period_start.year) for f in main.figures]
    scene = replace(scene, window=(min(years), max(years)))
    if test is None or test.kind != "threshold" or test.window is None:
        return scene
    percent = known_names("measure")[test.measure]["unit"] == "percent"
    band = test.band(100.0 if percent else 1.0)
    return replace(
        scene, window=(float(test.window.start), float(test.window.end)),
        band=(band.low, band.high), rules=_bounds(scene, band.low, band.high),
        claimed=words.band(band.low, band.low_open, band.high, band.high_open, scene.unit),
    )  # fmt: skip


def _change(scene: Scene, told: Told) -> Scene:
    start, end = told.main.figures[0], told.main.figures[-1]
    first, last = told.mark(start, scene.unit, rival=True), told.mark(end, scene.unit)
    scene = replace(scene, window=(first.x, last.x), marks=(last, first))
    if start.value is None:
        return scene
    base = start.value
    bounds = (told.main.low, told.main.high)
    low, high = (None if b is None else base * (1 + b / 100) for b in bounds)
    years = (last.x - 0.5, last.x + 0.5)
    # the bounds too, so that a narrow band is seen
    rules = tuple((*years, bound) for bound in (low, high) if bound is not None)
    return replace(scene, band=(low, high), band_years=years, rules=rules)


def _record(scene: Scene, told: Told) -> Scene:
    own = told.mark(told.main.figures[0], scene.unit)
    window = window_of(told.main) or (own.x, own.x)
    rivals = [told.mark(f, scene.unit, rival=True) for f in told.main.figures[1:]]
    rules = tuple((window[0] - 0.5, own.x + 0.5, r.y) for r in rivals)
    return replace(scene, window=(window[0], own.x), marks=(own, *rivals), rules=rules)


def _trend(scene: Scene, told: Told) -> Scene:
    last, first = (told.mark(f, scene.unit) for f in (told.main.figures[-1], told.main.figures[0]))
    window = window_of(told.main) or (first.x, last.x)
    points = between(told.drawn[0].points, *window)
    inside = [(p.x, p.value) for p in points if p.value is not None]
    slope = None
    if told.main.way == "slope" and len(inside) > 2:
        line = linear_regression(*zip(*inside, strict=True))
        ends = (inside[0][0], inside[-1][0])
        slope = tuple((x, line.intercept + line.slope * x) for x in ends)
    return replace(scene, window=window, marks=(last, first), slope=slope)


def _ratio(scene: Scene, told: Told) -> Scene:
    main, (of, to) = told.main, told.main.figures
    if told.drawn[0].line.over is not None:
        x = position(of.period_end, told.drawn[0].line.key.grain)
        said = f"{short(main.value or 0.0, 'ratio')} in {of.period_end.year}"
        return replace(
            scene, band=(main.low, main.high), rules=_bounds(scene, main.low, main.high),
            marks=() if main.value is None else (Mark(x, main.value, said),),
        )  # fmt: skip
    marks, segments, spoken = [], [], []
    for figure in (of, to):
        first, last = float(figure.period_start.year), float(figure.period_end.year)
        if figure.value is None:
            continue
        if first == last:
            marks.append(told.mark(figure, scene.unit, rival=figure is to))
        else:
            segments.append((first - 0.4, last + 0.4, figure.value))
            spoken.append(((first + last) / 2, figure.value, told.mark(figure, scene.unit).text))
    low, high = (
        None if bound is None or to.value is None else bound * to.value
        for bound in (main.low, main.high)
    )
    return replace(
        scene, marks=tuple(marks), segments=tuple(segments), words=tuple(spoken), band=(low, high),
        band_years=(of.period_start.year - 0.5, of.period_end.year + 0.5),
    )  # fmt: skip


def _contrast(scene: Scene, told: Told) -> Scene:
    """All in percent of the first year: places differ too much in size for one scale."""
    first, last = (f.period_start.year for f in told.main.figures[:2])
    runs: list[Run] = []
    for figures in told.peers.values():
        if figures.get(first) and last in figures:
            base = figures[first]
            runs += [tuple((x, 100 * y / base) for x, y in run) for run in _in_a_row(figures)]
    xs = [p.x for d in told.drawn for p in d.points]
    inside = [tuple(at for at in run if min(xs) <= at[0] <= max(xs)) for run in runs]
    marks = [
        Mark(p.x, p.value, f"{p.value - 100:+.1f}%".replace("-", "−"), rival=bool(n))
        for n, d in enumerate(told.drawn)
        for p in d.points
        if p.value is not None and p.x == last
    ]
    return replace(
        scene, unit="percent", window=(float(first), float(last)), marks=tuple(marks), zero=False,
        peers=tuple(run for run in inside if len(run) > 1),
    )  # fmt: skip


def _attribution(scene: Scene, told: Told) -> Scene:
    figures = told.main.figures
    before, after = figures[0], figures[-1]
    if told.main.way == "trend" or before is after:
        years = [float(f.period_start.year) for f in figures]
        return replace(scene, window=(min(years), max(years)), upright=(max(years) + 0.5,))
    spans = [
        (float(f.period_start.year), float(f.period_end.year), f.value or 0.0)
        for f in (before, after)
    ]
    return replace(
        scene, upright=((before.period_end.year + after.period_start.year) / 2,),
        window=(spans[0][0], spans[-1][1]),
        segments=tuple((a - 0.4, b + 0.4, y) for a, b, y in spans),
        words=tuple(((a + b) / 2, y, f"mean {short(y, scene.unit)}") for a, b, y in spans),
    )  # fmt: skip


def _rank(scene: Scene, told: Told) -> Scene:
    runs = [run for figures in told.peers.values() for run in _in_a_row(figures)]
    line = tuple(between(told.drawn[0].points, *told.years))
    mark = told.mark(told.main.figures[0], scene.unit)
    return replace(scene, lines=(line,), marks=(mark,), peers=tuple(runs))


def _in_a_row(figures: dict[int, float]) -> Iterator[Run]:
    """Figures by year as runs of years without a gap."""
    run: list[tuple[float, float]] = []
    for year in sorted(figures):
        if run and year - run[-1][0] > 1:
            yield tuple(run)
            run = []
        run.append((float(year), figures[year]))
    if run:
        yield tuple(run)


def _bounds(
    scene: Scene, low: float | None, high: float | None
) -> tuple[tuple[float, float, float], ...]:
    """The bounds of a band as lines over all years, so that a narrow one is seen."""
    xs = [p.x for points in scene.lines for p in points]
    ends = (min(xs) - 0.6, max(xs) + 0.6)
    return tuple((*ends, bound) for bound in (low, high) if bound is not None)
