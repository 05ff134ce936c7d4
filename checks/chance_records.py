"""How likely a record is one of the levels behind the counts: of years, months or parts of years.

A record of small counts can be chance: each count is taken as one draw around a level, and what is
given is the probability that the level spoken of was above (or below) all others it is compared
with. No level is assumed to be like its neighbours, which is cautious: the more there are, the
more likely is one of them to have been as high, whatever its count.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from checks import chance_figures as cf
from checks import statistics as st
from checks import words
from checks.chance_figures import Background
from checks.chance_words import given, percent
from checks.claim_movements import RecordTest
from checks.models import Chance, Figure, Reading
from checks.statistics_spans import DRAWS, probability_record_of_sums
from checks.windows import month_number, window_ends

#: The last days of the first and of the last step of a window.
Ends = tuple[dt.date, dt.date]
Probability = Callable[[float], float]


@dataclass(frozen=True)
class _Found:
    """What one kind of record gives: the probability for a dispersion, and its words."""

    probability: Probability
    scatter: st.Dispersion | None
    sentence: str  # with {p} for the probability
    over: str = "the figures scatter from year to year"
    after: str = ""
    method: str = "Gamma-Poisson probability, Jeffreys prior"


def record_chance(test: RecordTest, reading: Reading, background: Background) -> Chance | None:
    """The probability that the level spoken of was the record of those known in its window."""
    own, rival = reading.figures[0], reading.figures[-1]
    window = window_ends(reading)
    if own is rival or window is None or not (counts := cf.counts(own, rival)):
        return None
    if test.every == "12 months":
        found = _of_twelve_months(test, own, window, background)
    elif test.every == "month":
        found = _of_months(test, own, window, background)
    elif test.part_of_year is None and cf.days(own) < 365:
        return None
    else:
        found = _of_years(test, own, rival, counts, window, background)
    if found is None:
        return None
    p = found.probability(1.0)
    sentence = found.sentence.format(p=percent(p))
    scattered = None
    if found.scatter is not None:
        scattered = found.probability(found.scatter.factor)
        sentence += f" {given(found.scatter, found.over)}, it is {percent(scattered)}."
    return Chance(
        method=found.method
        + ("" if found.scatter is None else "; the same with the scatter of the series"),
        value=round(p, 6),
        overdispersed=None if scattered is None else round(scattered, 6),
        reading=reading.id,
        sentence=sentence + found.after,
    )


def _of_years(
    test: RecordTest,
    own: Figure,
    rival: Figure,
    counts: tuple[int, int],
    window: Ends,
    background: Background,
) -> _Found | None:
    """Calendar years, or the same days of each year: they share no event and no season differs."""
    year = own.period_start.year
    if test.part_of_year is None:
        known = background.years.get(cf.key(own), {rival.period_start.year: counts[1]})
    else:
        known = background.spans.get((test.part_of_year, *cf.key(own)), {})
    first, last = window[0].year, window[1].year
    others = _within(known, first, last)
    if not others:
        return None
    level = "its year" if test.part_of_year is None else "the same days of its year"
    return _Found(
        lambda factor: _probability(test, counts[0], list(others.values()), factor),
        st.dispersion(known, without={year}),
        f"If each count is one chance draw around the level of {level}, the level of "
        f"{words.period(own.period_start, own.period_end)} was {_higher(test)} than "
        f"{_all(len(others), 'year')} known from {first} to {last} with a probability of {{p}}.",
    )


def _of_months(
    test: RecordTest, own: Figure, window: Ends, background: Background
) -> _Found | None:
    """Months of all seasons. How much they scatter is taken from the same month of other years."""
    known = background.spans.get(("month", *cf.key(own)), {})
    step = month_number(own.period_start)
    others = _within(known, *map(month_number, window))
    if step not in known or not others:
        return None
    count, same = int(known[step]), [n for s, n in others.items() if (step - s) % 12 == 0]
    scatter = st.dispersion(known, without={step}, lag=12)
    name = calendar.month_name[own.period_start.month]
    after = ""
    if same:
        among = _probability(test, count, same, 1.0)
        after = (
            f" Levels differ by season; among {_n(len(same), name)} of these months alone, it is "
            f"{percent(among)}"
        )
        if scatter is not None:
            scattered = _probability(test, count, same, scatter.factor)
            after += f", or {percent(scattered)} with that scatter"
        after += "."
    return _Found(
        lambda factor: _probability(test, count, list(others.values()), factor),
        scatter,
        f"If each count is one chance draw around the level of its month, the level of "
        f"{words.month(own.period_start)} was {_higher(test)} than {_all(len(others), 'month')} "
        f"known from {window[0]:%Y-%m} to {window[1]:%Y-%m} with a probability of {{p}}.",
        over="a month scatters from one year to the next",
        after=after,
    )


def _of_twelve_months(
    test: RecordTest, own: Figure, window: Ends, background: Background
) -> _Found | None:
    """Twelve months in a row, against all such spans of the window that share no month with them.

    Those that do count mostly the same events: by how much they differ says little about whether
    the time was a record. The others overlap one another, so their months are drawn and summed.
    How much they scatter is taken from spans a year apart, which share no month.
    """
    known = background.spans.get(("month", *cf.key(own)), {})
    sums = {
        end: int(sum(known[month] for month in range(end - 11, end + 1)))
        for end in known
        if all(float(known.get(m, 0.5)).is_integer() for m in range(end - 11, end + 1))
    }
    end = month_number(own.period_end)
    first, last = month_number(window[0]), min(month_number(window[1]), end - 12)
    ends = [e for e in sums if first <= e <= last]
    if end not in sums or not ends:
        return None
    begin = min(ends) - 11
    months = [int(known.get(m, 0)) for m in range(begin, max(ends) + 1)]
    spans = [(e - 11 - begin, e + 1 - begin) for e in ends]
    yearly = {(e - end) // 12: n for e, n in sums.items() if (e - end) % 12 == 0}
    name = words.period(own.period_start, own.period_end)
    return _Found(
        lambda factor: probability_record_of_sums(
            sums[end], months, spans, highest=test.direction == "highest", factor=factor
        ),
        st.dispersion(yearly, without={0}),
        f"If each count is one chance draw around the level of its month, the level of {name} was "
        f"{_higher(test)} than {_all(len(ends), 'span')} of 12 months known from "
        f"{window[0]:%Y-%m} on that share no month with it, with a probability of {{p}}.",
        over="such spans scatter from one year to the next",
        after=" Spans that share months with one another rise and fall together, which is taken "
        "into account; those that share months with it count mostly the same events, and are "
        "left out.",
        method=f"Gamma-Poisson probability, Jeffreys prior, {DRAWS:,} draws of the months",
    )


def _probability(test: RecordTest, count: int, others: list[int], factor: float) -> float:
    highest = test.direction == "highest"
    return st.probability_record(count, others, highest=highest, factor=factor)


def _within(known: Mapping[int, float], first: int, last: int) -> dict[int, int]:
    return {s: int(n) for s, n in known.items() if first <= s <= last and float(n).is_integer()}


def _higher(test: RecordTest) -> str:
    return "higher" if test.direction == "highest" else "lower"


def _all(n: int, what: str) -> str:
    return f"that of the one {what}" if n == 1 else f"those of all {n} {what}s"


def _n(n: int, what: str) -> str:
    return f"the one {what}" if n == 1 else f"the {n} {what}s"
