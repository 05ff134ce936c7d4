"""The places that a claim compares with, or for which the same sentence could be said, as dots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from markupsafe import Markup

from checks.claim_models import Test
from checks.claims_file import known_names
from checks.models import Reading
from checks.report.charts.drawing import (
    BAND,
    BOTTOM,
    INK,
    LINE,
    PAGE,
    RIGHT,
    SOFT,
    TOP,
    WIDTH,
    draw,
    tick,
    ticks,
    word,
)
from checks.report.charts.forms import dots_form
from checks.report.charts.model import Cell, Chart, ChartData, Names, period, place_name
from checks.report.charts.plan import Plan, groups
from checks.report.charts.scene import short
from checks.report.charts.svg import Sample

#: With fewer peers there is nothing to compare with.
_FEWEST = 3
_DOT = 9.0
_COLUMNS = 44
_LEFT, _LETTER = 14.0, 7.3


@dataclass(frozen=True)
class Compared:
    """What each place is compared by: ``what`` in words, its unit, the band claimed of it."""

    what: str
    unit: str
    values: Mapping[str, float]
    own: tuple[str, float] | None
    low: float | None = None
    low_open: bool = False
    high: float | None = None
    high_open: bool = False

    @property
    def banded(self) -> bool:
        return self.low is not None or self.high is not None

    def within(self, value: float) -> bool:
        """Whether what is claimed is so of a place with this value."""
        above = self.low is None or (value > self.low if self.low_open else value >= self.low)
        below = self.high is None or (value < self.high if self.high_open else value <= self.high)
        return above and below


def peers_chart(plan: Plan, data: ChartData, names: Names, test: Test | None) -> Chart | None:
    """The peers of a test with the place marked; None if fewer than three have figures."""
    if plan.peers is None:
        return None
    compared = _compared(plan.main, data.peers.get(plan.peers, {}), test, names)
    if compared is None or len(compared.values) < _FEWEST:
        return None
    group = groups()[plan.peers.group]
    title = f"{compared.what}: {group[0].lower()}{group[1:]}"
    alt = " ".join([f"{title}.", *_said(compared, names)])
    columns, rows = _table(compared, names)
    return Chart("peers", title, _picture(compared, names, alt), alt, columns, rows)


def _compared(
    main: Reading, peers: Mapping[str, Mapping[int, float]], test: Test | None, names: Names
) -> Compared | None:
    figures = main.figures
    measure = names("measure", figures[0].measure)
    own = None if main.value is None else (main.place, main.value)
    first, last = figures[0].period_start.year, figures[-1].period_end.year
    if main.kind == "rank" or (main.kind in ("share", "threshold") and first == last):
        values = {place: of[first] for place, of in peers.items() if first in of}
        place = None if figures[0].value is None else (main.place, figures[0].value)
        said = f"{measure}, {period(figures[0].period_start, figures[0].period_end)}"
        if main.kind == "rank":
            return Compared(said, figures[0].unit, values, place)
        return Compared(said, main.unit, values, place, main.low, _open(test, "low"),
                        main.high, _open(test, "high"))  # fmt: skip
    if main.kind == "change":
        moved = _moved(peers, first, last)
        return Compared(f"{measure}, change from {first} to {last}", "percent", moved, own,
                        main.low, _open(test, "low"), main.high, _open(test, "high"))  # fmt: skip
    if main.kind == "contrast" and figures[0].value and figures[1].value is not None:
        change = 100 * (figures[1].value - figures[0].value) / figures[0].value
        said = f"{measure}, change from {first} to {figures[1].period_end.year}"
        moved = _moved(peers, first, figures[1].period_end.year)
        return Compared(said, "percent", moved, (main.place, change))
    if main.kind == "attribution" and figures[0].role.startswith("mean"):
        return _before_and_after(main, peers, measure)
    if main.kind == "places":
        return _places(main, peers, test, measure)
    return None


def _open(test: Test | None, side: str) -> bool:
    """Whether a bound itself is outside of what is claimed; only the claim file knows."""
    if test is None or not hasattr(test, "band"):
        return False
    return bool(getattr(test.band(), f"{side}_open"))


def _moved(peers: Mapping[str, Mapping[int, float]], first: int, last: int) -> dict[str, float]:
    return {
        place: 100 * (of[last] - of[first]) / of[first]
        for place, of in peers.items()
        if of.get(first) and last in of
    }


def _before_and_after(
    main: Reading, peers: Mapping[str, Mapping[int, float]], measure: str
) -> Compared:
    """From the mean of the years before a cause to that of the years after, as ``main`` has it."""
    before, after = (
        range(f.period_start.year, f.period_end.year + 1)
        for f in (main.figures[0], main.figures[-1])
    )
    points = main.unit != "percent"
    values = {}
    for place, of in peers.items():
        if all(year in of for year in (*before, *after)):
            start, end = (fmean(of[y] for y in years) for years in (before, after))
            if points or start:
                values[place] = end - start if points else 100 * (end - start) / start
    said = f"{measure}, change from {before[0]}–{before[-1]} to {after[0]}–{after[-1]}"
    own = None if main.value is None else (main.place, main.value)
    return Compared(said, main.unit, values, own)


def _places(
    main: Reading, peers: Mapping[str, Mapping[int, float]], test: Test | None, measure: str
) -> Compared:
    first, last = main.figures[0].period_start.year, main.figures[0].period_end.year
    scale = 100.0 if known_names("measure")[main.figures[0].measure]["unit"] == "percent" else 1.0
    band = test.band_of_each(scale) if test is not None and test.kind == "places" else None
    bounds = (band.low, band.low_open, band.high, band.high_open) if band else ()
    if first == last:
        values = {place: of[first] for place, of in peers.items() if first in of}
        unit = known_names("measure")[main.figures[0].measure]["unit"]
        return Compared(f"{measure}, {first}", unit, values, None, *bounds)
    said = f"{measure}, change from {first} to {last}"
    return Compared(said, "percent", _moved(peers, first, last), None, *bounds)


def _picture(compared: Compared, names: Names, alt: str) -> Markup:
    """A dot a place; those of about the same figure stand on each other."""
    values = [*compared.values.values(), *([compared.own[1]] if compared.own else [])]
    low, high = min(0.0, *values), max(0.0, *values)
    span = (high - low) or 1.0
    low, high = low - 0.06 * span if low < 0 else 0.0, high + 0.06 * span
    stacked = list(_stacked(compared, low, high))
    most = max(level for _, _, level in stacked) + 1
    step = min(_DOT, 150 / most)
    words, leaders, lines = _named(compared, stacked, names, (low, high), most + 0.8, 17 / step)
    top = most + 0.8 + 17 / step * lines
    areas, rules = _bounds(compared, low, high, most + 0.8)
    data: dict[str, list[dict[str, Any]]] = {
        "areas": areas, "rules": [*rules, *leaders], "words": words,
        "points": [_dot(compared, *place) for place in stacked],
    }  # fmt: skip
    words += [word(t, 0.0, tick(t, compared.unit), dy=14) for t in ticks(low, high)]
    axis = {"x": low, "x2": high, "y": 0.0, "y2": 0.0, "stroke": LINE, "strokeWidth": 1, "dash": []}
    data["rules"].insert(0, axis)
    params = {"x_low": low, "x_high": high, "y_high": top}
    return draw(
        dots_form, data, params, height=TOP + BOTTOM + step * top, alt=alt, name="dots",
        left=_LEFT, key=list(_key(compared)),
    )  # fmt: skip


def _stacked(compared: Compared, low: float, high: float) -> Iterator[tuple[str, float, int]]:
    """Place, value and how many stand beneath it; the place spoken of stands on the axis."""
    columns: Counter[int] = Counter()
    own = [compared.own] if compared.own else []
    for place, value in (
        *own,
        *sorted(compared.values.items(), key=lambda item: (item[1], item[0])),
    ):
        column = round((value - low) / (high - low) * _COLUMNS)
        yield place, value, columns[column]
        columns[column] += 1


def _bounds(
    compared: Compared, low: float, high: float, top: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The band claimed, and its bounds within the axis; without one, zero."""
    bounds = [b for b in (compared.low, compared.high) if b is not None and low <= b <= high]
    rules = bounds or ([0.0] if low < 0 else [])
    dashed = {"stroke": INK, "strokeWidth": 1, "dash": [5, 3]}
    lines = [{"x": b, "x2": b, "y": 0.0, "y2": top, **dashed} for b in rules]
    if not compared.banded:
        return [], lines
    first = low if compared.low is None else max(low, compared.low)
    last = high if compared.high is None else min(high, compared.high)
    box = {"x": first, "x2": last, "y": 0.0, "y2": top, "fill": BAND, "fillOpacity": 0.6}
    return [box] if first < last else [], lines


def _dot(compared: Compared, place: str, value: float, level: int) -> dict[str, Any]:
    """Filled if what the claim says is so of the place; in ink the place spoken of."""
    look = {"fill": PAGE, "stroke": SOFT, "strokeWidth": 1.3, "size": 38}
    if compared.own and place == compared.own[0]:
        look = {"fill": INK, "stroke": PAGE, "strokeWidth": 1, "size": 110}
    elif compared.banded and compared.within(value):
        look |= {"fill": SOFT}
    return {"x": value, "y": level + 0.6, **look}


def _named(
    compared: Compared,
    stacked: Sequence[tuple[str, float, int]],
    names: Names,
    ends: tuple[float, float],
    base: float,
    row: float,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """Names above the dots, a line down to each, and how many rows of names there are.

    Uppermost the place spoken of; beneath it the highest and the lowest of the others, in one row
    if there is room.
    """
    by_value = sorted(stacked, key=lambda item: item[1])
    own = [item for item in stacked if compared.own and item[0] == compared.own[0]]
    others = [item for item in (by_value[-1], by_value[0]) if item not in own]
    texts = {
        place: f"{place_name(names, place)} {short(value, compared.unit)}"
        for place, value, _ in (*own, *others)
    }
    room = (WIDTH - RIGHT - _LEFT) / _LETTER
    apart = len(others) > 1 and sum(len(texts[place]) + 2 for place, _, _ in others) > room
    lines = len(own) + (2 if apart else bool(others))
    found: list[dict[str, Any]] = []
    leaders: list[dict[str, Any]] = []
    thin = {"stroke": SOFT, "strokeWidth": 1, "dash": []}
    for n, item in enumerate((*own, *others)):
        place, value, level = item
        line = 0 if item in own else len(own) + (n - len(own)) * apart
        y = base + row * (lines - line - 0.5)
        half = len(texts[place]) / 2 / room
        share = (value - ends[0]) / (ends[1] - ends[0])
        align = "right" if share + half > 1 else "left" if share < half else "center"
        if item not in own:
            align = "right" if item is others[0] else "left"
            if (share < 2 * half) if align == "right" else (share + 2 * half > 1):
                align = "left" if align == "right" else "right"
        dx = {"left": -5, "right": 5, "center": 0}[align]
        found.append(word(value, y, texts[place], align, dx, halo=True))
        ends_at = {"x": value, "x2": value, "y": level + 1.1, "y2": y - 0.4 * row}
        leaders.append(ends_at | thin)
    return found, leaders, lines


def _key(compared: Compared) -> Iterator[Sample]:
    if compared.own:
        yield {"fill": INK, "d": "m7,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0"}, "the place spoken of"
    hollow = {
        "stroke": SOFT,
        "stroke-width": "1.3",
        "d": "m8,0a3.5,3.5 0 1,0 7,0a3.5,3.5 0 1,0 -7,0",
    }
    if not compared.banded:
        yield hollow, "another place"
        return
    yield {**hollow, "fill": SOFT}, "a place of which it is true"
    yield hollow, "one of which it is not"
    yield {"stroke": BAND, "stroke-width": "10"}, "what the claim allows"


def _said(compared: Compared, names: Names) -> Iterator[str]:
    ordered = sorted(compared.values.items(), key=lambda item: (item[1], item[0]))
    (least, low), (most, high) = ordered[0], ordered[-1]
    middle = median(compared.values.values())
    yield (
        f"A dot for each of {len(ordered)} places: lowest {place_name(names, least)} with "
        f"{short(low, compared.unit)}, highest {place_name(names, most)} with "
        f"{short(high, compared.unit)}, median {short(middle, compared.unit)}."
    )
    if compared.own:
        place, value = compared.own
        above = sum(v > value for v in compared.values.values())
        yield (
            f"{place_name(names, place)}: {short(value, compared.unit)}; "
            f"{above} of {len(ordered)} others have more."
        )
    if compared.banded:
        n = sum(compared.within(v) for v in compared.values.values())
        yield f"What the claim says is so of {n} of the {len(ordered)} places."


def _table(
    compared: Compared, names: Names
) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    """All places, the highest first."""
    everyone = list(compared.values.items()) + ([compared.own] if compared.own else [])
    rows: list[tuple[Cell, ...]] = []
    for place, value in sorted(everyone, key=lambda item: (-item[1], item[0])):
        name = place_name(names, place)
        if compared.own and place == compared.own[0]:
            name += " (the place spoken of)"
        so = ("yes" if compared.within(value) else "no",) if compared.banded else ()
        rows.append((name, value, *so))
    unit = {"percent": " in percent", "per_100k": " per 100,000"}.get(compared.unit, "")
    columns = ("Place", f"{compared.what}{unit}")
    return (*columns, *(("As claimed",) if compared.banded else ())), tuple(rows)
