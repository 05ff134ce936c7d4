"""The figures that a chance check is made of: counts that share no event, and their series."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checks.claims_file import known_names
from checks.models import Figure
from checks.readings import READINGS_DIR
from checks.statistics import Dispersion, dispersion
from datasets.warehouse import Connection

#: Where all counts are above this, chance moves each by less than 2% (1.96 / √10,000): then the
#: question is not chance, but what was counted.
LARGE = 10_000

#: dataset, vintage, measure, definition, place
SeriesKey = tuple[str, dt.date, str, str, str]
#: what is counted at a time ("month", "01-01..08-15"), and the series
SpanKey = tuple[str, str, dt.date, str, str, str]


@dataclass(frozen=True)
class Background:
    """Counts around the readings: of whole series by year, and by the key of an observation.

    ``spans``: by the month (numbered as in ``sql/readings/5_spans.sql``) of a key that begins with
    "month", by the year of one that begins with a part of each year ("01-01..08-15"). Of a rate,
    the counts behind it: also by the year of one that begins with "year", and by the last month of
    one that begins with "12 months". ``people``: what each of these was divided by.
    """

    years: Mapping[SeriesKey, Mapping[int, float]] = field(default_factory=dict)
    spans: Mapping[SpanKey, Mapping[int, float]] = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)
    people: Mapping[SpanKey, Mapping[int, float]] = field(default_factory=dict)

    def with_(self, other: Background) -> Background:
        """What both know, of two groups of tests on one build: where both know it, it is equal."""
        return Background(
            {**self.years, **other.years},
            {**self.spans, **other.spans},
            {**self.counts, **other.counts},
            {**self.people, **other.people},
        )


def fetch_background(con: Connection) -> Background:
    """What ``chance_of`` needs beside the readings, once ``evaluate`` has computed them."""
    years: dict[SeriesKey, dict[int, float]] = defaultdict(dict)
    for dataset, vintage, measure, definition, place, year, value in _rows(con, "9_years"):
        years[dataset, vintage, measure, definition, place][year] = value
    spans: dict[SpanKey, dict[int, float]] = defaultdict(dict)
    people: dict[SpanKey, dict[int, float]] = defaultdict(dict)
    of_records = {kind for (kind,) in _rows(con, "9_record_measures")}
    if of_records:  # without a record there are no spans
        for *key, step, value in _rows(con, "9_spans"):
            spans[_span_key(*key)][step] = value
    for *key, step, value, population in _rows(con, "9_rates") if "rate" in of_records else ():
        spans[_span_key(*key)][step] = value
        if population is not None:
            people[_span_key(*key)][step] = population
    return Background(dict(years), dict(spans), dict(_rows(con, "9_counts")), dict(people))


def _span_key(*key: Any) -> SpanKey:
    span, dataset, vintage, measure, definition, place = key
    return span, dataset, vintage, measure, definition, place


def _rows(con: Connection, name: str) -> list[Any]:
    return con.execute((READINGS_DIR / f"{name}.sql").read_text(encoding="utf-8")).fetchall()


def part_and_whole(figure: Figure, counts: Mapping[str, float]) -> tuple[int, int] | None:
    """The two counts that make a share; None if it was published as a percentage."""
    keys = figure.observation_keys
    known = [counts[key] for key in keys if key in counts]
    measures = known_names("measure")
    if len(keys) != 2 or len(known) != 2 or measures[figure.measure]["kind"] != "share":
        return None
    part, whole = sorted(known)
    made = whole > 0 and abs(100 * part / whole - (figure.value or 0)) < 1e-6
    return (int(part), int(whole)) if made and part.is_integer() and whole.is_integer() else None


def counts(a: Figure, b: Figure) -> tuple[int, int] | None:
    """The counts of two figures; None if they are not counts of up to a year, or both are large.

    What spans several years is a mean or a peak of them, and neither is a count.
    """
    found = []
    for figure in (a, b):
        value = figure.value
        if value is None or figure.unit != "count" or not value.is_integer() or days(figure) > 366:
            return None
        found.append(int(value))
    return None if large((a, b)) else (found[0], found[1])


def count_behind(rate: Figure, count: float | None, people: float | None) -> int | None:
    """The count that a rate per 100,000 was made from; None if it was not made from this one."""
    if count is None or people is None or rate.value is None or days(rate) > 366:
        return None
    made = math.isclose(100_000 * count / people, rate.value, rel_tol=1e-8)
    return int(count) if made and float(count).is_integer() else None


def large(figures: Sequence[Figure]) -> bool:
    return all(f.unit == "count" and f.value is not None and f.value > LARGE for f in figures)


def apart(a: Figure, b: Figure) -> bool:
    """No event can be in both counts."""
    if a.period_end < b.period_start or b.period_end < a.period_start:
        return True
    sides = [(p, q) for p in a.place.split(" + ") for q in b.place.split(" + ")]
    return a.measure == b.measure and all(_disjoint(p, q) for p, q in sides)


def _disjoint(p: str, q: str) -> bool:
    """Neither place is, or can contain, the other."""
    one, other = known_names("place")[p], known_names("place")[q]
    if p == q or "nation" in (one["kind"], other["kind"]):
        return False
    return one["kind"] == other["kind"] or one["state"] != other["state"]


def scatter(figures: tuple[Figure, Figure], background: Background) -> Dispersion | None:
    """How much the series of calendar years behind two figures scatter; the mean of the two."""
    years = {f.period_start.year for f in figures}
    if any(f.period_start != dt.date(f.period_start.year, 1, 1) or days(f) < 365 for f in figures):
        return None
    found = [
        dispersion(background.years.get(key, {}), without=years)
        for key in dict.fromkeys(key(f) for f in figures)
    ]
    known = [d for d in found if d is not None]
    if len(known) < len(found):
        return None
    steps = sum(d.steps for d in known)
    return Dispersion(sum(d.factor * d.steps for d in known) / steps, steps)


def key(f: Figure) -> SeriesKey:
    return f.dataset, f.vintage, f.measure, f.definition, f.place


def days(f: Figure) -> int:
    return (f.period_end - f.period_start).days + 1
