"""The series behind all charts of a report, read from the build by one query a kind of key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from checks.models import Verdict
from checks.report.charts.model import ChartData, Peers, PeersKey, Point, SeriesKey, position
from checks.report.charts.plan import plan_of, readings_of
from checks.report.sources import ask
from datasets.settings import SQL_DIR
from datasets.warehouse import Connection, run_sql_file


def chart_data(con: Connection, verdicts: Sequence[Verdict]) -> ChartData:
    """Everything that the charts of ``verdicts`` draw. ``con``: the build they were made on."""
    series: set[SeriesKey] = set()
    peers: set[PeersKey] = set()
    for verdict in verdicts:
        for result in verdict.tests:
            plan = plan_of(readings_of(verdict, result), result)
            if plan is None:
                continue
            series |= {key for line in plan.lines for key in (line.key, line.over) if key}
            peers |= {plan.peers} if plan.peers else set()
    run_sql_file(con, SQL_DIR / "report" / "also_known.sql")
    return ChartData(_series(con, series), _peers(con, peers))


def _series(con: Connection, keys: Iterable[SeriesKey]) -> dict[SeriesKey, tuple[Point, ...]]:
    ordered = sorted(keys, key=repr)
    rows = ask(con, "series", [_series_row(n, key) for n, key in enumerate(ordered)])
    found: dict[SeriesKey, list[Point]] = {key: [] for key in ordered}
    for no, start, end, value, published, status in rows:
        key = ordered[no]
        partial = published if status == "partial" else None
        found[key].append(Point(position(end, key.grain), start, end, value, status, partial))
    return {
        key: tuple(_twelve_months(points) if key.grain == "12 months" else points)
        for key, points in found.items()
    }


def _series_row(no: int, key: SeriesKey) -> dict[str, Any]:
    first, last = key.days or (None, None)
    return {
        **asdict(key),
        "no": no,
        # so that no series of its own is found under the name of a group
        "place": None if key.group or key.places else key.place,
        "grain": "month" if key.grain == "12 months" else key.grain,
        "first_day": first,
        "last_day": last,
        "peer_group": key.group,
        "places": key.places or None,
    }


def _twelve_months(months: Sequence[Point]) -> Iterator[Point]:
    """Sums of twelve months in a row, where each of them has a figure."""
    by_month = {p.start: p for p in months}
    for last in months:
        starts = [_months_before(last.start, n) for n in range(11, -1, -1)]
        values = [by_month[s].value for s in starts if s in by_month]
        if len(values) == 12 and None not in values:
            yield replace(last, start=starts[0], value=sum(v for v in values if v is not None))


def _months_before(day: dt.date, n: int) -> dt.date:
    months = 12 * day.year + day.month - 1 - n
    return dt.date(months // 12, months % 12 + 1, 1)


def _peers(
    con: Connection, keys: Iterable[PeersKey]
) -> dict[PeersKey, dict[str, dict[int, float]]]:
    ordered = sorted(keys, key=repr)
    rows = ask(con, "peers", [
        {**asdict(key), "no": n, "peer_group": key.group} for n, key in enumerate(ordered)
    ])  # fmt: skip
    found: dict[PeersKey, Peers] = {key: {} for key in ordered}
    for no, place, year, value in rows:
        found[ordered[no]].setdefault(place, {})[year] = value
    return found
