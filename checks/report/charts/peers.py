"""The places that a claim compares with, or for which the same sentence could be said, as dots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from markupsafe import Markup

from checks.claim_models import Test
from checks.report.charts.compared import Compared, compared_by
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
from checks.report.charts.model import Cell, Chart, ChartData, Names, place_name
from checks.report.charts.plan import Plan, groups
from checks.report.charts.scene import short
from checks.report.charts.svg import Sample

#: With fewer peers there is nothing to compare with.
_FEWEST = 3
_DOT = 9.0
_COLUMNS = 44
_LEFT, _LETTER = 14.0, 7.3


def peers_chart(plan: Plan, data: ChartData, names: Names, test: Test | None) -> Chart | None:
    """The peers of a test with the place marked; None if fewer than three have figures."""
    if plan.peers is None:
        return None
    compared = compared_by(plan.main, data.peers.get(plan.peers, {}), test, names)
    if compared is None or len(compared.values) < _FEWEST:
        return None
    group = groups()[plan.peers.group]
    title = f"{compared.what}: {group[0].lower()}{group[1:]}"
    alt = " ".join([f"{title}.", *_said(compared, names)])
    columns, rows = _table(compared, names)
    note = f"By the source and definition of reading {plan.main.id}."
    return Chart("peers", title, _picture(compared, names, alt), alt, columns, rows, note)


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
