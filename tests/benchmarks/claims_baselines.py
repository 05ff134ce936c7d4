"""The same readings worked out one at a time: by a query each, and by a loop over pandas frames.

A baseline is told everything about a reading (dataset, vintage, definition, places, years, band);
it fetches the figures from ``mart.series``, works out quantity and outcome, and must come to what
the engine came to. Finding out which readings there are, their weights and what they leave to say
is the engine's work alone, so the comparison favours the baselines.
"""

from __future__ import annotations

import datetime as dt
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from datasets.warehouse import Connection

#: Figures by (number of the source, place, year); a figure that was not reported is None.
Figures = dict[tuple[int, str, int], float | None]


@dataclass(frozen=True)
class Source:
    """A series of a reading and the years of it that are needed, ends included."""

    dataset: str
    vintage: dt.date
    measure: str
    definition: str
    places: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True)
class Sampled:
    """A reading of the engine: what was asked, and what came of it."""

    kind: str
    sources: tuple[Source, ...]
    bounds: tuple[float | None, bool, float | None, bool]
    only_a_part: bool
    direction: str | None
    value: float | None
    outcome: str


def sample(con: Connection, size: int, seed: int) -> list[Sampled]:
    """A fair sample of the claims' own readings of calendar years, over five kinds of test.

    Left out: readings made of days (they are not in ``mart.series``), statistics over a window, and
    ratios of parts of places, for which a reading does not say which side is the part.
    """
    rows = con.execute("""
        SELECT
            t.kind, w.figures, w.low, coalesce(w.low_open, false), w.high, coalesce(w.high_open, false),
            w.fit = 'part' AND m.kind IN ('count', 'population', 'money'), t.direction, t.step AS year,
            nullif(regexp_extract(w.variant, ': (\\d{4}) to \\d{4}(, by .*)?$', 1), '')::INTEGER, w.value, w.outcome
        FROM weighed AS w
        JOIN test AS t USING (test_id)
        JOIN core.measure AS m ON m.measure = w.figures[1].measure
        WHERE t.kind IN ('value', 'share', 'threshold', 'change', 'record', 'ratio')
            AND t.share_needed IS NULL AND NOT (t.kind = 'ratio' AND w.fit = 'part')
            AND len(list_filter(w.figures, lambda f: f.period_start <> make_date(year(f.period_start), 1, 1)
                OR f.period_end <> make_date(year(f.period_start), 12, 31))) = 0
        ORDER BY ALL
    """).fetchall()  # noqa: E501
    return [_sampled(*row) for row in random.Random(seed).sample(rows, min(size, len(rows)))]


def _sampled(
    kind: str,
    figures: list[dict[str, Any]],
    low: float | None,
    low_open: bool,
    high: float | None,
    high_open: bool,
    only_a_part: bool,
    direction: str | None,
    year: int,
    from_year: int | None,
    value: float | None,
    outcome: str,
) -> Sampled:
    sources = tuple(_source(figure) for figure in figures)
    if kind == "record":
        assert from_year is not None
        sources = (replace(sources[0], first=min(from_year, year)),)
    elif kind == "change":
        start, end = sources
        sources = (replace(start, last=end.last),)
    bounds = (low, low_open, high, high_open)
    return Sampled(kind, sources, bounds, only_a_part, direction, value, outcome)


def _source(figure: dict[str, Any]) -> Source:
    places = tuple(figure["place"].split(" + "))
    year = figure["period_start"].year
    names = ("dataset", "vintage", "measure", "definition")
    dataset, vintage, measure, definition = (figure[name] for name in names)
    return Source(dataset, vintage, measure, definition, places, year, year)


def judged(reading: Sampled, figures: Figures) -> tuple[float | None, str]:
    """Quantity and outcome of a reading from its figures."""
    source = reading.sources[0]
    value = _total(figures, 0, source.places, source.last)
    if reading.kind == "record":
        return value, _record(reading, value, figures)
    if reading.kind == "change":
        start = _total(figures, 0, source.places, source.first)
        value = 100 * (value - start) / start if value is not None and start else None
    elif reading.kind == "ratio":
        divisor = _total(figures, 1, reading.sources[1].places, reading.sources[1].last)
        value = value / divisor if value is not None and divisor else None
    if value is None:
        return None, "missing"
    low, low_open, high, high_open = reading.bounds
    above = low is None or value > low or (value == low and not low_open)
    below = high is None or value < high or (value == high and not high_open)
    if reading.only_a_part and reading.kind != "change" and not (above and high is None):
        return value, "undetermined" if below else "fails"
    return value, "holds" if above and below else "fails"


def _record(reading: Sampled, value: float | None, figures: Figures) -> str:
    source = reading.sources[0]
    sign = 1 if reading.direction == "highest" else -1
    years = range(source.first, source.last)
    rivals = [_total(figures, 0, source.places, year) for year in years]
    known = [sign * rival for rival in rivals if rival is not None]
    if value is None or not known:
        return "missing"
    if max(known) > sign * value:
        return "fails"
    return "missing" if len(known) < len(years) else "holds"


def _total(figures: Figures, source: int, places: tuple[str, ...], year: int) -> float | None:
    found = [figures.get((source, place, year)) for place in places]
    known = [value for value in found if value is not None]
    return sum(known) if len(known) == len(found) else None


def query_a_reading(con: Connection) -> Callable[[Sampled], Figures]:
    """Figures by one prepared query a reading, on the connection and build of the engine."""
    one = """SELECT {number}, place, year, value FROM mart.series
        WHERE dataset = ? AND vintage = ? AND measure = ? AND definition = ?
            AND place IN ({places}) AND year BETWEEN ? AND ?"""

    def fetch(reading: Sampled) -> Figures:
        parts: list[str] = []
        values: list[Any] = []
        for number, s in enumerate(reading.sources):
            parts.append(one.format(number=number, places=", ".join("?" * len(s.places))))
            values += (s.dataset, s.vintage, s.measure, s.definition, *s.places, s.first, s.last)
        rows = con.execute(" UNION ALL ".join(parts), values).fetchall()
        return {(number, place, year): value for number, place, year, value in rows}

    return fetch


def _frame(con: Connection) -> Any:
    """All yearly figures as a frame; names as categories, which pandas compares as integers."""
    frame = con.execute(
        "SELECT dataset, vintage::VARCHAR AS vintage, measure, definition, place, year, value "
        "FROM mart.series WHERE year IS NOT NULL"
    ).df()
    names = ["dataset", "vintage", "measure", "definition", "place"]
    return frame.astype(dict.fromkeys(names, "category"))


def pandas_filters(con: Connection) -> Callable[[Sampled], Figures]:
    """Figures by filters on one frame that was loaded beforehand."""
    frame = _frame(con)

    def fetch(reading: Sampled) -> Figures:
        figures: Figures = {}
        for number, s in enumerate(reading.sources):
            rows = frame.loc[
                (frame["dataset"] == s.dataset)
                & (frame["vintage"] == str(s.vintage))
                & (frame["measure"] == s.measure)
                & (frame["definition"] == s.definition)
                & frame["place"].isin(s.places)
                & frame["year"].between(s.first, s.last),
                ["place", "year", "value"],
            ]
            for place, year, value in zip(rows.place, rows.year, rows.value, strict=True):
                figures[number, place, int(year)] = None if math.isnan(value) else value
        return figures

    return fetch


def pandas_index(con: Connection) -> Callable[[Sampled], Figures]:
    """Figures by key from a frame that was indexed and sorted beforehand: pandas at its best."""
    names = ["dataset", "vintage", "measure", "definition", "place"]
    frame = _frame(con).astype(dict.fromkeys(names, object))
    values = frame.set_index([*names, "year"])["value"].sort_index()

    def fetch(reading: Sampled) -> Figures:
        figures: Figures = {}
        for number, s in enumerate(reading.sources):
            for place in s.places:
                key = (s.dataset, str(s.vintage), s.measure, s.definition, place)
                for year, value in values.loc[key].loc[s.first : s.last].items():
                    figures[number, place, int(year)] = None if math.isnan(value) else value
        return figures

    return fetch


def readings_per_second(readings: list[Sampled], fetch: Callable[[Sampled], Figures]) -> float:
    """How fast a baseline works out these readings, all of which it must judge as the engine did.

    Raises SystemExit naming the first reading on which it does not.
    """
    for reading in readings[:5]:  # the first queries import and plan
        fetch(reading)
    begin = time.perf_counter()
    found = [judged(reading, fetch(reading)) for reading in readings]
    seconds = time.perf_counter() - begin
    for reading, (value, outcome) in zip(readings, found, strict=True):
        same = (value is None) == (reading.value is None) and (
            value is None or math.isclose(value, reading.value or 0.0, rel_tol=1e-9, abs_tol=1e-12)
        )
        if outcome != reading.outcome or not same:
            raise SystemExit(f"MISMATCH: engine and baseline ({value}, {outcome}): {reading}")
    return len(readings) / seconds
