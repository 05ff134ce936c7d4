"""The closest true statement: what a speaker could have said instead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from checks import words
from checks.caveats import TestEvidence
from checks.claim_models import Test
from checks.describe import comparison
from checks.reading_rows import ReadingRow


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
    return _amount(e.test, best)


def _amount(test: Test, best: Sequence[ReadingRow]) -> str:
    """The figure, ratio or change itself; a range where readings differ, and by what they do."""
    values = [r.value for r in best if r.value is not None]
    unit = best[0].unit
    if test.kind == "change":
        texts = [f"{value:+.1f}%" for value in (min(values), max(values))]
    else:
        texts = [words.number(value, unit) for value in (min(values), max(values))]
    shown = texts[0]
    if texts[0] != texts[1]:
        suffix = "".join(words.number(0.0, unit).partition(" ")[1:])
        shown = f"{texts[0].removesuffix(suffix)} to {texts[1]}{_differing(best)}"
    if test.kind == "ratio":
        return shown.replace(texts[1], f"{texts[1]} times", 1)
    about = f"{words.measure(best[0].figures[0]['measure'])}, {best[0].variant}"
    if best[0].peer_group is not None:  # so many of its places, taken together
        places = {r.place for r in best}
        about += f", {words.place(places.pop() if len(places) == 1 else best[0].peer_group)}"
    return f"{about}: {shown}"


def _differing(best: Sequence[ReadingRow]) -> str:
    """By what the readings of a range differ, in words."""
    aspects: dict[str, set[object]] = {
        "place": {r.place for r in best},
        "period": {r.variant for r in best},
        "source": {r.dataset for r in best},
        "definition": {r.definition for r in best},
        "edition": {(r.dataset, r.vintage) for r in best},
    }
    named = [name for name, found in aspects.items() if len(found) > 1]
    if "source" in named:
        named = [name for name in named if name != "edition"]
    return f", depending on the {' and the '.join(named)}" if named else ""


def _record(test: Test, best: Sequence[ReadingRow]) -> str | None:
    """The longest window for which it is a record, in the way in which the claim counts."""
    direction = str(getattr(test, "direction", "highest"))
    found: tuple[int, str] | None = None
    for r in best:
        higher, value, gap, own = (r.closest or "|||").split("|")
        if getattr(test, "every", None):
            text = _record_of_months(direction, r.unit, higher, value, gap)
            steps = int(own) - int(higher or gap or own)
            if found is None or steps > found[0]:
                found = (steps, text)
            continue
        year = int(own)
        if higher and (not gap or int(higher) > int(gap)):
            years = year - int(higher)
            there = f"{higher}: {words.number(float(value), r.unit)}"
            if years == 1:
                text = f"not the {direction} even of two years ({there})"
            elif getattr(test, "since", None):
                text = f"{direction} since {higher} ({there})"
            else:
                text = f"{direction} in {years} years, counting {year} itself ({there})"
        else:
            years = year - int(gap) if gap else 0
            text = f"{direction} since figures without a gap begin in {year - years + 1}"
        if found is None or years > found[0]:
            found = (years, text)
    return found[1] if found else None


def _record_of_months(direction: str, unit: str, higher: str, value: str, gap: str) -> str:
    """Steps are months here, and a year that nobody names is no window: only since which month."""
    if higher and (not gap or int(higher) > int(gap)):
        return f"{direction} since {_month(int(higher))} ({words.number(float(value), unit)})"
    return f"{direction} since figures without a gap begin in {_month(int(gap or higher) + 1)}"


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
    return text if least == most else text + _differing(best)


def _movement(test: Test, best: Sequence[ReadingRow]) -> str:
    """What a trend, a contrast or a count of years came to, by its plainest reading."""
    plain = [r for r in best if r.way == "ends"] or list(best)
    chosen = plain[0]
    if test.kind == "contrast":
        return f"{words.place(chosen.place)}, {chosen.variant}: {comparison(test, chosen)}"
    if test.kind == "trend":
        place = "" if getattr(test, "peer_groups", ()) else f"{words.place(chosen.place)}, "
        return f"{place}{chosen.variant}: {comparison(test, chosen)}"
    years = f"{chosen.figures[0]['period_start'].year} to {chosen.figures[-1]['period_start'].year}"
    return f"{words.place(chosen.place)}, {years}: {comparison(test, chosen).rsplit(',', 1)[0]}"
