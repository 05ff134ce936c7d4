"""Which figures the charts of a test are made of: chosen from its readings, before any is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from checks.claims_file import known_names
from checks.models import Figure, Reading, TestResult, Verdict
from checks.report.charts.model import Line, PeersKey, SeriesKey, key_of, position
from checks.windows import window_ends

#: Lines drawn beside the main one, at most: with more, none can be told from the others.
OTHERS = 2
#: Years before and after what is claimed in which peers are drawn.
_BEFORE, _AFTER = 8, 4


@dataclass(frozen=True)
class Plan:
    """``main``: the reading that the charts are of. ``lines``: its series first; can be empty."""

    main: Reading
    lines: tuple[Line, ...]
    peers: PeersKey | None


def plan_of(readings: Sequence[Reading], result: TestResult) -> Plan | None:
    """What to draw of one test, from its ``readings``; None if no stated reading has a figure."""
    main = main_reading(readings)
    if main is None:
        return None
    lines = tuple(_lines(main, [r for r in readings if r.stated]))
    return Plan(main, lines, _peers(main, readings, result))


def readings_of(verdict: Verdict, result: TestResult) -> tuple[Reading, ...]:
    return tuple(r for r in verdict.readings if r.test == result.test)


def main_reading(readings: Iterable[Reading]) -> Reading | None:
    """The heaviest stated reading that is decided, else the first that has a figure at all."""
    stated = [r for r in readings if r.stated and any(f.value is not None for f in r.figures)]
    moves = [r for r in stated if r.kind == "attribution" and r.way == "change"]
    return max(moves or stated, key=lambda r: (r.holds is not None, r.weight), default=None)


def groups() -> dict[str, str]:
    """The title of each group of places."""
    return {name: row["title"] for name, row in known_names("peer_group").items()}


def window_of(reading: Reading) -> tuple[float, float] | None:
    """First and last year (months as twelfths) of the window of a record or trend.

    Of a record the window ends before the year spoken of. None if its window is not known.
    """
    ends = window_ends(reading)
    if ends is None:
        return None
    grain = key_of(reading.figures[0]).grain
    return position(ends[0], grain), position(ends[1], grain)


def _lines(main: Reading, stated: Sequence[Reading]) -> Iterable[Line]:
    first = _line(main)
    if first is None:
        return
    yield from first
    if len(first) > 1 or main.kind in ("contrast", "attribution", "rank"):
        return
    kind = (first[0].key.grain, first[0].over is None, main.figures[0].unit)
    rivals = [r for r in stated if r.holds is not None and r.unit == main.unit and r is not main]
    lines = [
        found[0] for r in rivals if (found := _line(r)) and len(found) == 1
        and (found[0].key.grain, found[0].over is None, r.figures[0].unit) == kind
    ]  # fmt: skip
    yield from _most_different(first[0], lines)


def _most_different(main: Line, lines: Sequence[Line]) -> Iterable[Line]:
    """Of the heaviest, those whose readings say something else, each as far from all as can be.

    Sources and editions that say the same of the claim would lie upon each other.
    """
    chosen = [main]
    while len(chosen) <= OTHERS:
        best = max(
            lines,
            key=lambda line: (_apart(line, chosen) > 0, line.reading.weight, _apart(line, chosen)),
            default=None,
        )
        if best is None or not _apart(best, chosen):
            return
        chosen.append(best)
        yield best


def _apart(line: Line, others: Sequence[Line]) -> float:
    """How far the value of a reading is from those of others; 0 if any of them is the same."""
    if any((line.key, line.over) == (other.key, other.over) for other in others):
        return 0.0
    value = line.reading.value or 0.0
    return min(abs(value - (other.reading.value or 0.0)) for other in others)


def _line(reading: Reading) -> tuple[Line, ...] | None:
    """The line or lines of a reading; None if its figures are of no series."""
    figures = [f for f in reading.figures if f.value is not None]
    if reading.kind == "places" or not figures:
        return None
    keys = [_key(reading, f) for f in figures]
    if keys[0].grain == "single":
        return None
    if reading.kind == "ratio" and len(keys) == 2 and keys[0] != keys[1]:
        of, to = figures
        if (of.period_start, of.period_end) == (to.period_start, to.period_end):
            return (Line(reading, keys[0], keys[1]),)
        return (Line(reading, keys[0]), Line(reading, keys[1])) if of.unit == to.unit else None
    if reading.kind == "contrast":
        years = tuple(f.period_start.year for f in figures[:2])
        peers = replace(keys[-1], group=figures[-1].place, years=years, without=(reading.place,))
        return (Line(reading, keys[0]), Line(reading, peers))
    return (Line(reading, keys[0]),)


def _key(reading: Reading, figure: Figure) -> SeriesKey:
    key = key_of(figure)
    if reading.kind == "trend" and reading.peer_group is not None:
        first, last = (f.period_start.year for f in (reading.figures[0], reading.figures[-1]))
        key = replace(key, group=figure.place, years=tuple(range(first, last + 1)))
    return key


def _peers(main: Reading, readings: Sequence[Reading], result: TestResult) -> PeersKey | None:
    """The group that a reading compares with, or that uniqueness counts."""
    without = tuple(sorted({r.place for r in readings if r.stated}))
    years = [y for f in main.figures for y in (f.period_start.year, f.period_end.year)]
    own = main.figures[0]
    alike = (
        r for r in readings
        if r.stated and (r.dataset, r.vintage, r.definition, r.place)
        == (main.dataset, main.vintage, main.definition, main.place)
    )  # fmt: skip
    own_only = main.kind in ("rank", "contrast")
    figures = [
        f for r in ([main] if own_only else alike) for f in r.figures if f.place == r.peer_group
    ]
    if main.kind == "places":
        without = ()
    if main.kind in ("rank", "contrast", "attribution", "places"):
        if not figures:
            return None
        spread = main.kind in ("rank", "contrast")
        of = figures[0]
        return PeersKey(
            of.dataset, of.vintage, of.measure, of.definition, of.place, without,
            min(years) - _BEFORE * spread, max(years) + _AFTER * spread,
        )  # fmt: skip
    if main.kind == "ratio":
        return None  # each dot would be of two series
    if result.peer_group is None or key_of(own).grain != "year":
        return None
    window = window_of(main) if main.kind == "record" else None
    years += [int(year) for year in window or ()]
    source = (own.dataset, own.vintage, own.measure, own.definition)
    return PeersKey(*source, result.peer_group, without, min(years), max(years))
