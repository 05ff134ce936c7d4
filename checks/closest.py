"""The closest true statement: what a speaker could have said instead."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from checks import words
from checks.caveats import TestEvidence
from checks.claim_models import Test
from checks.describe import comparison, one_place
from checks.reading_rows import ReadingRow

#: What a figure of a part of a place says of the whole, by its bound (``sql/readings/ratio.sql``).
_BOUNDS = {"lower": "at least", "upper": "at most"}


def closest_true(e: TestEvidence) -> str | None:
    """What would be true instead; None if nothing can be decided, and for an attribution."""
    if not e.decided or e.test.kind == "attribution":
        return None
    heaviest = max(r.weight for r in e.decided)
    best = [r for r in e.decided if r.weight == heaviest]
    if e.test.kind == "record":
        return _record(e.test, best)
    if e.test.kind == "rank":
        return _rank(e.test, best)
    if e.test.kind == "places":
        return _places(best)
    if e.test.kind in ("trend", "contrast") or best[0].unit == "years":
        return _movement(e.test, best)
    if e.test.kind == "ratio":
        return _amount(e.test, best)
    asked = list(dict.fromkeys((e.test.measure, *getattr(e.test, "also_measures", ()))))
    of_each = [[r for r in best if r.measures == (measure,)] for measure in asked]
    return "; ".join(_amount(e.test, found) for found in of_each if found)


def _amount(test: Test, best: Sequence[ReadingRow]) -> str:
    """The figure, ratio or change itself; a range where readings differ, and by what they do.

    Where only parts of a place decide, what is at least or at most so of the whole; of what stands
    in for a place, or is its second meaning, by name.
    """
    unit = best[0].unit
    exact = [r for r in best if test.kind == "change" or r.closest not in _BOUNDS]
    best = exact or best
    ends = [pick(best, key=lambda r: r.value or 0.0) for pick in (min, max)]
    if test.kind == "change":
        texts = [f"{r.value:+.1f}%" for r in ends]
    else:
        texts = [words.number_against(r.value or 0.0, unit, (r.low, r.high)) for r in ends]
    shown = texts[0]
    if not exact:
        shown = texts[1] = _bound(best)
    elif texts[0] != texts[1]:
        suffix = "".join(words.number(0.0, unit).partition(" ")[1:])
        shown = f"{texts[0].removesuffix(suffix)} to {texts[1]}{_differing(best, _value)}"
    if test.kind == "ratio":
        shown = shown.replace(texts[1], f"{texts[1]} times", 1)
    if exact and all(r.meaning or r.fit in ("part", "wider") for r in best):
        named = dict.fromkeys(one_place(words.place(r.place)) for r in best)
        shown += f" ({'; '.join(named)})"
    if test.kind == "ratio":
        return shown
    about = f"{words.measure(best[0].figures[0]['measure'])}, {best[0].variant}"
    if best[0].peer_group is not None:  # so many of its places, taken together
        places = {r.place for r in best}
        about += f", {words.place(places.pop() if len(places) == 1 else best[0].peer_group)}"
    return f"{about}: {shown}"


def _bound(best: Sequence[ReadingRow]) -> str:
    """The closest bound, of the meaning and period of which there is the least close one.

    Rounded away from what is bounded, so that it stays true.
    """
    side = str(best[0].closest)
    tightest, loosest = (max, min) if side == "lower" else (min, max)
    found: dict[object, list[float]] = defaultdict(list)
    for r in best:
        if r.closest == side:
            found[r.meaning, r.variant, r.definition].append(r.value or 0.0)
    value = loosest(tightest(values) for values in found.values())
    if best[0].unit == "ratio":
        hundredths = math.floor(100 * value) if side == "lower" else math.ceil(100 * value)
        value = hundredths / 100
    return f"{_BOUNDS[side]} {words.number(value, best[0].unit)}"


#: What can tell readings of a range from one another.
_ASPECTS: dict[str, Callable[[ReadingRow], Hashable]] = {
    "place": lambda r: r.place,
    "period": lambda r: r.span,
    "source": lambda r: r.dataset,
    "measure": lambda r: r.measures,
    "definition": lambda r: r.definition,
    "edition": lambda r: (r.dataset, r.vintage),
}


def _value(r: ReadingRow) -> Hashable:
    return None if r.value is None else round(r.value, 6)


def _differing(best: Sequence[ReadingRow], said: Callable[[ReadingRow], Hashable]) -> str:
    """By what the readings of a range differ, in words; ``said``: of what the range is."""
    named = [name for name, of in _ASPECTS.items() if len({of(r) for r in best}) > 1]
    if "source" in named:
        named = [name for name in named if name != "edition"]
    for name in named:
        others = [of for other, of in _ASPECTS.items() if other in named and other != name]
        if others and _never_matters(best, _ASPECTS[name], others, said):
            named = [other for other in named if other != name]
    return f", depending on the {' and the '.join(named)}" if named else ""


def _never_matters(
    best: Sequence[ReadingRow],
    aspect: Callable[[ReadingRow], Hashable],
    others: Sequence[Callable[[ReadingRow], Hashable]],
    said: Callable[[ReadingRow], Hashable],
) -> bool:
    """Some readings are alike but for an aspect, and all such readings say the same."""
    alike: dict[Hashable, list[ReadingRow]] = defaultdict(list)
    for r in best:
        alike[tuple(of(r) for of in others)].append(r)
    compared = [found for found in alike.values() if len({aspect(r) for r in found}) > 1]
    return bool(compared) and all(len({said(r) for r in found}) == 1 for found in compared)


def _record(test: Test, best: Sequence[ReadingRow]) -> str | None:
    """The longest window for which it is a record, in the way in which the claim counts.

    One that no reading contradicts, if there is one of two steps or more. None where the step
    before has no figure: of a single one anything is the record.
    """
    direction = str(getattr(test, "direction", "highest"))
    found: list[tuple[bool, int, str]] = []
    ends = [(r.closest or "|||").split("|") for r in best]
    # how far back the nearest step is that stood higher, by any reading
    agreed = min((int(own) - int(higher) for higher, _, _, own in ends if higher), default=None)
    for r, (higher, value, gap, own) in zip(best, ends, strict=True):
        by_gap = not higher or (gap != "" and int(gap) >= int(higher))
        steps = int(own) - int((gap if by_gap else higher) or own)
        if by_gap and steps == 1:
            continue
        there = "" if by_gap else words.number(float(value), r.unit)
        if getattr(test, "every", None):
            text = _record_of_months(direction, int(own) - steps, there, only=steps == 1)
        elif by_gap:
            text = f"{direction} since figures without a gap begin in {int(own) - steps + 1}"
        elif steps == 1:
            text = f"not the {direction} even of two years ({higher}: {there})"
        elif getattr(test, "since", None):
            text = f"{direction} since {higher} ({higher}: {there})"
        else:
            text = f"{direction} in {steps} years, counting {own} itself ({higher}: {there})"
        found.append((steps > 1 and (agreed is None or steps <= agreed), steps, text))
    return max(found, key=lambda one: one[:2])[2] if found else None


def _record_of_months(direction: str, before: int, there: str, *, only: bool) -> str:
    """Steps are months here, and a year that nobody names is no window: only since which month."""
    if only:
        return f"not the {direction} even of two in a row ({_month(before)}: {there})"
    if there:
        return f"{direction} since {_month(before)} ({there})"
    return f"{direction} since figures without a gap begin in {_month(before + 1)}"


def _month(step: int) -> str:
    return words.month(dt.date(step // 12, step % 12 + 1, 1))


def _rank(test: Test, best: Sequence[ReadingRow]) -> str:
    """Where it comes, and among how many; the fewest and the most of them where readings differ."""
    direction = str(getattr(test, "direction", "highest"))
    ranks = sorted(tuple(map(int, (r.closest or "0|0").split("|"))) for r in best)
    low, high = ranks[0], ranks[-1]
    first = words.ranked(low[0], direction)
    text = first if low[0] == high[0] else f"{first} to {words.ranked(high[0], direction)}"
    sizes = sorted({size for _, size in ranks})
    of = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    figure = best[0].figures[0]
    return f"{text} of {of} {words.during(figure['period_start'], figure['period_end'])}"


def _places(best: Sequence[ReadingRow]) -> str:
    """Of how many places it is true; the fewest and the most of them where readings differ."""
    counts = [tuple(map(int, (r.closest or "").split("|")[:2])) for r in best]
    least, most = (pick(counts, key=lambda n: (n[0] / n[1], n)) for pick in (min, max))
    said = best[0].figures[0]["role"].removeprefix("places where it ")
    shown = f"{least[0]} of {least[1]}"
    if least != most:
        shown = f"{shown} to {most[0]} of {most[1]}"
    about = f"{words.measure(best[0].figures[0]['measure'])}, {best[0].variant}"
    text = f"{about}: {said} in {shown} places with figures"
    return text if least == most else text + _differing(best, lambda r: r.closest)


def _movement(test: Test, best: Sequence[ReadingRow]) -> str:
    """What a trend, a contrast or a count of years came to, by its plainest reading."""
    plain = [r for r in best if r.way == "ends"] or list(best)
    # of a window of years, what knows most of them
    chosen = max(plain, key=lambda r: len(r.figures)) if best[0].unit == "years" else plain[0]
    if test.kind == "contrast":
        return f"{words.place(chosen.place)}, {chosen.variant}: {comparison(test, chosen)}"
    if test.kind == "trend":
        place = "" if getattr(test, "peer_groups", ()) else f"{words.place(chosen.place)}, "
        return f"{place}{chosen.variant}: {comparison(test, chosen)}"
    years = f"{chosen.figures[0]['period_start'].year} to {chosen.figures[-1]['period_start'].year}"
    return f"{words.place(chosen.place)}, {years}: {comparison(test, chosen).rsplit(',', 1)[0]}"
