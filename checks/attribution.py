"""Attributions in words: what the figures show about a cause, step by step, from the readings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from checks import words
from checks.reading_rows import ReadingRow

#: What a step asks, by the word it begins ``closest`` with, as the end of "figures differ on
#: whether it"; the steps are in the order of the argument.
_ASKS = {
    "trend": "was already {moving} before",
    "change": "{moved} after",
    "dates": "stands out among other dates",
    "peers": "{moved} further than its peers",
    "places": "stands out among its peers",
}
_MOVED = {"falling": "fell", "rising": "rose"}
#: A change that is as extreme in the direction claimed.
_AS_MUCH = {"falling": "as low or lower", "rising": "as high or higher"}
_END = "Figures cannot prove what caused a change."


@dataclass(frozen=True)
class Step:
    """The numbers of a reading, as ``sql/readings/attribution.sql`` left them in ``closest``.

    ``own``: the change at the cause, or its difference from the peers, in percent or points.
    ``other``: of how many others it is as extreme, or the change of the peers. ``n``: how many.
    ``without``: of the difference from the peers, its least and its greatest value if any one of
    them is left out, with the name of that one.
    """

    name: str
    own: float = 0.0
    other: float = 0.0
    n: int = 0
    in_points: bool = False
    without: tuple[tuple[float, str], ...] = ()

    def amount(self, value: float) -> str:
        return f"{value:+.1f}{' points' if self.in_points else '%'}"


def step(r: ReadingRow) -> Step:
    """The step of a reading; of one that is not decided only the name can be relied on."""
    name, *numbers = (r.closest or "").split("|")
    if r.value is None or name == "trend":
        return Step(name)
    if name == "change":
        return Step(name, float(numbers[0]), in_points=numbers[1] == "true")
    own, other, n, in_points, *ends = numbers
    without = tuple((float(ends[i]), ends[i + 1]) for i in range(0, len(ends), 2))
    return Step(name, float(own), float(other), int(n), in_points == "true", without)


def comparison(direction: str, r: ReadingRow) -> str:
    """What a decided reading compares, in words and numbers."""
    s = step(r)
    first, last = r.figures[0], r.figures[-1]
    if s.name == "trend":
        a_year = f"{r.value:+.1f}{'%' if r.unit == 'percent a year' else ' points'} a year"
        return f"{_figure(first)} to {_figure(last)}: {a_year}"
    if s.name == "change":
        return f"mean {_figure(first)} to mean {_figure(last)}: {s.amount(s.own)}"
    if s.name == "peers":
        difference = words.number(r.value, "percentage points")
        text = f"{s.amount(s.own)}, {s.n} peers together {s.amount(s.other)}: {difference}"
        ends = [
            f"{words.number(v, 'percentage points')} (without {words.place(place)})"
            for v, place in s.without
        ]
        return text + (f"; with one of them left out {' to '.join(ends)}" if ends else "")
    as_much = f"{_AS_MUCH[direction]} {'at' if s.name == 'dates' else 'for'} {s.other:.0f} of {s.n}"
    needed = words.band(r.low, r.low_open, r.high, r.high_open, r.unit)
    value = words.number_against(r.value or 0.0, r.unit, (r.high,))
    if s.name == "dates":
        median = s.amount(last["value"])
        return (
            f"{s.amount(s.own)}; {as_much} other dates (their median: {median}): "
            f"{value} of all dates, its own included; {needed} would stand out"
        )
    difference = words.number(s.own, "percentage points")
    return (
        f"{difference} against its peers; {as_much}, each of them against the others: "
        f"p = {value}; {needed} would stand out"
    )


def sentence(direction: str, readings: Sequence[ReadingRow]) -> str:
    """What the stated readings show, of the place first meant, by the source that says most."""
    by_step = _shown(readings)
    decided = {name: r for name, r in by_step.items() if r.outcome in ("holds", "fails")}
    why = {name: r.why or "no figure" for name, r in by_step.items() if name not in decided}
    parts = []
    if "trend" in decided:
        r = decided["trend"]
        already = "already" if r.outcome == "fails" else "not yet"
        source = f"{words.place(r.place)}, {words.definition(r.definition)}"
        parts.append(
            f"Before the cause the measure was {already} {direction}: "
            f"{comparison(direction, r)} ({source})."
        )
    elif "trend" in why:
        parts.append(f"Whether it was already {direction} before cannot be told: {why['trend']}.")
    if "change" in decided:
        parts.append(_after(direction, decided, why))
    elif "change" in why:
        parts.append(f"What came after cannot be told: {why['change']}.")
    if "peers" in decided:
        parts.append(_peers(direction, decided))
    elif "peers" in why:
        parts.append(f"With others it cannot be compared: {why['peers']}.")
    return " ".join([*parts, *_differing(direction, readings), _END])


def _shown(readings: Sequence[ReadingRow]) -> dict[str, ReadingRow]:
    """The reading of each step in the newest edition of the series that decides most steps."""
    series: dict[tuple[object, ...], list[ReadingRow]] = {}
    for r in readings:
        if r.stated:
            series.setdefault((r.meaning, r.dataset, r.definition, r.place), []).append(r)
    decides = {
        key: [r for r in of if r.outcome in ("holds", "fails")] for key, of in series.items()
    }

    def rank(key: tuple[object, ...]) -> tuple[bool, float, float, int, dt.date]:
        of = decides[key]
        newest = max((r.vintage for r in of), default=dt.date.min)
        steps = {step(r).name for r in of}
        return bool(of), -float(str(key[0])), _weight(of), len(steps), newest

    best = max(series, key=rank)
    names = [name for name in _ASKS if any(step(r).name == name for r in series[best])]
    return {
        name: max(
            (r for r in series[best] if step(r).name == name),
            key=lambda r: (r.outcome in ("holds", "fails"), r.vintage),
        )
        for name in names
    }


def _weight(readings: Sequence[ReadingRow]) -> float:
    return max((r.weight for r in readings), default=0.0)


def _after(direction: str, decided: dict[str, ReadingRow], why: dict[str, str]) -> str:
    """Whether it changed after the cause, and at how many other dates as much."""
    r = decided["change"]
    s = step(r)
    text = f"After it, in {_span(r, -1)}, the mean {_moved(s, s.own)} against {_span(r, 0)}"
    as_claimed = r.outcome == "holds"
    if not as_claimed and s.own:
        text += " instead"
    if "dates" in decided:
        d = step(decided["dates"])
        if as_claimed:
            text += f", more than at {d.n - d.other:.0f} of {d.n} other dates"
        else:
            text += f"; at {d.other:.0f} of {d.n} other dates it was {_AS_MUCH[direction]}"
    elif "dates" in why:
        text += f"; with other dates it cannot be compared: {why['dates']}"
    return f"{text}."


def _peers(direction: str, decided: dict[str, ReadingRow]) -> str:
    r = decided["peers"]
    s = step(r)
    group = words.place(r.figures[-1]["place"])
    text = f"Its {s.n} peers ({group}) together {_moved(s, s.other)}"
    if "places" in decided:
        p = step(decided["places"])
        text += f"; each set against the others, {p.other:.0f} of the {p.n} came out "
        text += _AS_MUCH[direction]
    return f"{text}."


def _moved(s: Step, value: float) -> str:
    """ "fell 23.0%", with as many digits as it takes not to round the change away."""
    if value == 0:
        return "did not change"
    size = words.number_against(abs(value), "percent", (0.0,))
    amount = f"{size.removesuffix('%')} points" if s.in_points else size
    return f"{'fell' if value < 0 else 'rose'} {amount}"


def _differing(direction: str, readings: Sequence[ReadingRow]) -> list[str]:
    """On which steps the stated readings are not of one mind, with how many say so."""
    found = []
    for name, asks in _ASKS.items():
        decided = [
            r.outcome
            for r in readings
            if r.stated and r.outcome in ("holds", "fails") and step(r).name == name
        ]
        if len(set(decided)) > 1:
            # a trend that holds is none
            n = decided.count("fails" if name == "trend" else "holds")
            asked = asks.format(moving=direction, moved=_MOVED[direction])
            found.append(f"{asked} (in {n} of {len(decided)} readings)")
    return [f"Figures differ on whether it {', '.join(found)}."] if found else []


def _figure(figure: dict[str, object]) -> str:
    value = words.number(figure["value"], str(figure["unit"]))  # type: ignore[arg-type]
    return f"{value} ({_period(figure)})"


def _period(figure: dict[str, object]) -> str:
    return words.period(figure["period_start"], figure["period_end"])  # type: ignore[arg-type]


def _span(r: ReadingRow, position: int) -> str:
    return _period(r.figures[position])
