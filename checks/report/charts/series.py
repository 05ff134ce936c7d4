"""The chart that makes the point: the series behind the heaviest reading, and what is claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checks.claim_models import Test
from checks.models import Reading
from checks.report import format as formats
from checks.report.charts.beneath import alternative, key, note, table
from checks.report.charts.claimed import scene_of
from checks.report.charts.model import (
    Chart,
    ChartData,
    Drawn,
    Line,
    Names,
    Point,
    SeriesKey,
    place_name,
)
from checks.report.charts.plan import Plan
from checks.report.charts.scene import picture


def series_chart(plan: Plan, data: ChartData, names: Names, test: Test | None) -> Chart | None:
    """The series of ``plan`` with what the claim says of it; None if there are not two figures.

    ``test``: as the claim file has it, for the number of a threshold over several years.
    """
    drawn = lines_of(plan, data, names)
    if not drawn or sum(p.value is not None for p in drawn[0].points) < 2:
        return None
    main = drawn[0].line.reading
    scene = scene_of(main, drawn, plan, data, test)
    scene = replace(scene, key=tuple(key(main, drawn, scene)))
    columns, rows = table(drawn)
    missing = note(drawn[0].points)
    title = _title(drawn[0].line, names)
    alt = alternative(title, main, drawn, scene, missing)
    return Chart("series", title, picture(scene, alt, "series"), alt, columns, rows, missing)


def lines_of(plan: Plan, data: ChartData, names: Names) -> list[Drawn]:
    """The lines with figures. Of readings that weigh and say the same the longest comes first."""
    found = [(line, _points(line, data)) for line in plan.lines]
    if plan.main.kind == "contrast":
        if len(found) < 2:
            return []
        found = [(line, _indexed(points, plan.main)) for line, points in found]
    found = [(line, points) for line, points in found if any(p.value is not None for p in points)]
    if len({id(line.reading) for line in plan.lines}) == len(plan.lines):
        best = (plan.main.weight, plan.main.outcome)
        as_good = [(r.weight, r.outcome) == best for r in (line.reading for line, _ in found)]
        lengths = [
            len(points) if good else 0 for (_, points), good in zip(found, as_good, strict=True)
        ]
        if any(lengths):
            found.insert(0, found.pop(lengths.index(max(lengths))))
    found = found[:1] + [item for item in found[1:] if _on_one_scale(found[0][1], item[1])]
    told_apart = _differences([line for line, _ in found], names)
    return [
        Drawn(line, name, points) for (line, points), name in zip(found, told_apart, strict=True)
    ]


def _on_one_scale(main: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether neither line would press the other against the axis."""
    highest = [max(abs(p.value) for p in points if p.value is not None) for points in (main, other)]
    return max(highest) <= 4 * min(highest)


def _points(line: Line, data: ChartData) -> tuple[Point, ...]:
    points = data.series.get(line.key, ())
    if line.over is None:
        return points
    whole = {p.start: p for p in data.series.get(line.over, ())}
    return tuple(_quotient(p, whole[p.start]) for p in points if p.start in whole)


def _quotient(of: Point, to: Point) -> Point:
    value = None if of.value is None or not to.value else of.value / to.value
    status = next((p.status for p in (of, to) if p.value is None), of.status)
    return replace(of, value=value, partial=None, status=status)


def _indexed(points: Sequence[Point], main: Reading) -> tuple[Point, ...]:
    """In percent of the first year of the window."""
    first = main.figures[0].period_start
    base = next((p.value for p in points if p.start == first), None)
    if not base:
        return ()
    return tuple(
        replace(p, value=None if p.value is None else 100 * p.value / base, partial=None)
        for p in points
    )


def _differences(lines: Sequence[Line], names: Names) -> list[str]:
    """What tells each line from the others, in words."""
    parts = [
        {
            "measure": names("measure", line.key.measure),
            "place": _place(line, names),
            "definition": names("definition", line.key.definition),
            "dataset": names("dataset", line.key.dataset),
            "vintage": f"as of {formats.short_day(line.key.vintage)}",
        }
        for line in lines
    ]
    kept: list[str] = []
    for name in parts[0] if parts else ():
        before = {tuple(p[k] for k in kept) for p in parts}
        if len({tuple(p[k] for k in (*kept, name)) for p in parts}) > len(before):
            kept.append(name)
    return [", ".join(p[name] for name in kept) or p["place"] for p in parts]


def _place(line: Line, names: Names) -> str:
    own = place_name(names, line.key.place)
    if line.over is None or line.over.place == line.key.place:
        return own
    return f"{own} ÷ {place_name(names, line.over.place)}"


def _title(line: Line, names: Names) -> str:
    """What is drawn: measure, place and, unless it is years, by what."""
    of, over = line.key, line.over
    measure = names("measure", of.measure)
    if over is not None and over.measure != of.measure:
        measure = f"{measure} ÷ {names('measure', over.measure)}"
    elif over is not None and over.place == of.place:
        both = (names("definition", k.definition) for k in (of, over))
        measure = f"{measure}: {' ÷ '.join(both)}"
    grain = {
        "month": ", by month",
        "12 months": ", 12 months up to each month",
        "part": f", {_days(of)} of each year",
    }.get(of.grain, "")
    if line.reading.kind == "contrast":
        grain = f", in percent of {line.reading.figures[0].period_start.year}"
    return f"{measure}, {_place(line, names)}{grain}"


def _days(of: SeriesKey) -> str:
    first, last = of.days or ("01-01", "12-31")
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return " to ".join(f"{int(day[3:])} {names[int(day[:2]) - 1]}" for day in (first, last))
