"""How likely a record is one of the levels behind the counts: of years, months or parts of years.

A record of small counts can be chance: each count is taken as one draw around a level, and what is
given is the probability that the level spoken of was above (or below) all others it is compared
with. Of rates per 100,000 the count behind each is such a draw, and levels are by the people it was
divided by; a rate that was published without its count has no check. No level is assumed to be like
its neighbours, which is cautious: the more there are, the more likely is one of them to have been
as high, whatever its count.
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
class _Known:
    """What a record stands on: the count of the step spoken of, and counts by step.

    ``counts``: of 12 months in a row, those of the months. ``people``: of rates, by whom the count
    of each step was divided; None: it is no rate.
    """

    count: int
    counts: Mapping[int, float]
    people: Mapping[int, float] | None

    def within(self, first: int, last: int) -> dict[int, int]:
        """The counts of the steps of a window, where all of a step is known."""
        return {
            step: int(n)
            for step, n in self.counts.items()
            if first <= step <= last and float(n).is_integer()
            if self.people is None or step in self.people
        }

    def exposures(self, *steps: int) -> list[float] | None:
        return None if self.people is None else [self.people[step] for step in steps]

    @property
    def method(self) -> str:
        of = "" if self.people is None else " of rates"
        return f"Gamma-Poisson probability{of}, Jeffreys prior"

    @property
    def each(self) -> str:
        """What is one chance draw."""
        return "each count" if self.people is None else "the count behind each rate"

    def level(self, name: str) -> str:
        return f"the level of {name}" if self.people is None else f"the level of the rate of {name}"


@dataclass(frozen=True)
class _Found:
    """What one kind of record gives: the probability for a dispersion, and its words."""

    probability: Probability
    scatter: st.Dispersion | None
    sentence: str  # with {p} for the probability
    over: str
    after: str = ""
    drawn: str = ""  # how it is computed, where that is not exact


def record_chance(test: RecordTest, reading: Reading, background: Background) -> Chance | None:
    """The probability that the level spoken of was the record of those known in its window."""
    own, rival = reading.figures[0], reading.figures[-1]
    window = window_ends(reading)
    known = None if own is rival else _known(test, own, rival, background)
    if known is None or window is None:
        return None
    if test.every == "12 months":
        found = _of_twelve_months(test, own, window, known)
    elif test.every == "month":
        found = _of_months(test, own, window, known)
    elif test.part_of_year is None and cf.days(own) < 365:
        return None
    else:
        found = _of_years(test, own, window, known)
    if found is None:
        return None
    p = found.probability(1.0)
    sentence = found.sentence.format(p=percent(p))
    scattered = None
    if found.scatter is not None:
        scattered = found.probability(found.scatter.factor)
        sentence += f" {given(found.scatter, found.over)}, it is {percent(scattered)}."
    return Chance(
        method=known.method
        + found.drawn
        + ("" if found.scatter is None else "; the same with the scatter of the series"),
        value=round(p, 6),
        overdispersed=None if scattered is None else round(scattered, 6),
        reading=reading.id,
        sentence=sentence + found.after,
    )


def _known(test: RecordTest, own: Figure, rival: Figure, background: Background) -> _Known | None:
    """The counts of a record; None if they are not known, or all large."""
    span = test.every or test.part_of_year or "year"
    of_steps = background.spans.get(("month" if span == "12 months" else span, *cf.key(own)), {})
    if own.unit == "count":
        if not (counts := cf.counts(own, rival)):
            return None
        if span == "year":
            of_steps = background.years.get(cf.key(own), {rival.period_start.year: counts[1]})
        return _Known(counts[0], of_steps, None)
    totals = background.spans.get((span, *cf.key(own)), {})
    people = background.people.get((span, *cf.key(own)), {})
    behind = []
    for figure in (own, rival):
        end = figure.period_end
        step = month_number(end) if test.every else end.year
        behind.append(cf.count_behind(figure, totals.get(step), people.get(step)))
    count, other = behind
    if count is None or other is None or min(count, other) > cf.LARGE:
        return None
    return _Known(count, of_steps, people)


def _of_years(test: RecordTest, own: Figure, window: Ends, known: _Known) -> _Found | None:
    """Calendar years, or the same days of each year: they share no event and no season differs."""
    year, first, last = own.period_start.year, window[0].year, window[1].year
    others = known.within(first, last)
    if not others:
        return None
    level = "its year" if test.part_of_year is None else "the same days of its year"
    return _Found(
        lambda factor: _probability(test, known, year, others, factor),
        st.dispersion(known.counts, without={year}, exposures=known.people),
        f"If {known.each} is one chance draw around the level of {level}, "
        f"{known.level(words.period(own.period_start, own.period_end))} was {_higher(test)} than "
        f"{_all(len(others), 'year')} known from {first} to {last} with a probability of {{p}}.",
        over=f"the {'figures' if known.people is None else 'rates'} scatter from year to year",
    )


def _of_months(test: RecordTest, own: Figure, window: Ends, known: _Known) -> _Found | None:
    """Months of all seasons. How much they scatter is taken from the same month of other years."""
    step = month_number(own.period_start)
    others = known.within(*map(month_number, window))
    if step not in known.counts or not others:
        return None
    same = {s: n for s, n in others.items() if (step - s) % 12 == 0}
    scatter = st.dispersion(known.counts, without={step}, lag=12, exposures=known.people)
    name = calendar.month_name[own.period_start.month]
    after = ""
    if same:
        among = _probability(test, known, step, same, 1.0)
        after = (
            f" Levels differ by season; among {_n(len(same), name)} of these months alone, it is "
            f"{percent(among)}"
        )
        if scatter is not None:
            scattered = _probability(test, known, step, same, scatter.factor)
            after += f", or {percent(scattered)} with that scatter"
        after += "."
    return _Found(
        lambda factor: _probability(test, known, step, others, factor),
        scatter,
        f"If {known.each} is one chance draw around the level of its month, "
        f"{known.level(words.month(own.period_start))} was {_higher(test)} than "
        f"{_all(len(others), 'month')} known from {window[0]:%Y-%m} to {window[1]:%Y-%m} "
        "with a probability of {p}.",
        over="a month scatters from one year to the next",
        after=after,
    )


def _of_twelve_months(test: RecordTest, own: Figure, window: Ends, known: _Known) -> _Found | None:
    """Twelve months in a row, against all such spans of the window that share no month with them.

    Those that do count mostly the same events: by how much they differ says little about whether
    the time was a record. The others overlap one another, so their months are drawn and summed.
    How much they scatter is taken from spans a year apart, which share no month.
    """
    counts = known.counts
    sums = {
        end: int(sum(counts[month] for month in range(end - 11, end + 1)))
        for end in counts
        if all(float(counts.get(m, 0.5)).is_integer() for m in range(end - 11, end + 1))
        if known.people is None or end in known.people
    }
    end = month_number(own.period_end)
    first, last = month_number(window[0]), min(month_number(window[1]), end - 12)
    ends = [e for e in sums if first <= e <= last]
    if end not in sums or not ends:
        return None
    begin = min(ends) - 11
    months = [int(counts.get(m, 0)) for m in range(begin, max(ends) + 1)]
    spans = [(e - 11 - begin, e + 1 - begin) for e in ends]
    yearly = {e: n for e, n in sums.items() if (e - end) % 12 == 0}
    exposures = known.exposures(end, *ends)
    highest = test.direction == "highest"
    name = words.period(own.period_start, own.period_end)
    return _Found(
        lambda factor: probability_record_of_sums(
            sums[end], months, spans, highest=highest, factor=factor, exposures=exposures
        ),
        st.dispersion(yearly, without={end}, lag=12, exposures=known.people),
        f"If {'each count' if exposures is None else 'the count of each month'} is one chance draw "
        f"around the level of its month, {known.level(name)} was {_higher(test)} than "
        f"{_all(len(ends), 'span')} of 12 months known from {window[0]:%Y-%m} on "
        "that share no month with it, with a probability of {p}.",
        over="such spans scatter from one year to the next",
        after=" Spans that share months with one another rise and fall together, which is taken "
        "into account; those that share months with it count mostly the same events, and are "
        "left out.",
        drawn=f", {DRAWS:,} draws of the months",
    )


def _probability(
    test: RecordTest, known: _Known, step: int, others: Mapping[int, int], factor: float
) -> float:
    """Of the step spoken of among ``others``, by step."""
    return st.probability_record(
        known.count,
        list(others.values()),
        highest=test.direction == "highest",
        factor=factor,
        exposures=known.exposures(step, *others),
    )


def _higher(test: RecordTest) -> str:
    return "higher" if test.direction == "highest" else "lower"


def _all(n: int, what: str) -> str:
    return f"that of the one {what}" if n == 1 else f"those of all {n} {what}s"


def _n(n: int, what: str) -> str:
    return f"the one {what}" if n == 1 else f"the {n} {what}s"
