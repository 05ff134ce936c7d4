"""Tests of claims evaluated against a build: what verdicts are made from.

A few tests are two groups of kinds side by side, each on a connection and a processor of its own:
with few rows it is planning that takes the time, which DuckDB does not share among threads. Many
tests are one group on all of DuckDB's threads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.claim_models import Test
from checks.reading_rows import ReadingRow, fetch_readings
from checks.readings import Tally, evaluate
from datasets.warehouse import Connection

if TYPE_CHECKING:
    from checks.chance_figures import Background

#: test_id, date of the claim, test
Numbered = tuple[int, dt.date, Test]

#: With so few tests and so small a build the queries of a kind are over before DuckDB's second
#: thread has begun.
FEW_TESTS, SMALL_BUILD = 1_000, 2_000_000
#: Kinds that share the series of 5_spans.sql, and take about as long as all others together.
ONE_SIDE = frozenset({"record", "trend", "rank"})
#: With fewer kinds on a side the steps that both sides take cost more than is saved.
FEWEST_KINDS = 2


@dataclass(frozen=True)
class Evaluated:
    """``rows``: by test_id, in the order of ``fetch_readings``. ``background``: if asked for."""

    tallies: dict[int, Tally]
    rows: dict[int, list[ReadingRow]]
    background: Background | None


def evaluated(
    con: Connection,
    tests: Sequence[Numbered],
    as_of: dt.date | None,
    *,
    full: bool,
    to_show: bool,
    threads: int,
) -> Evaluated:
    """What ``evaluate`` and ``fetch_readings`` give for ``tests``.

    ``con``: a connection to a build of a file (or of a lake with ``threads`` 1).
    ``full``: also what asks peers, and the background of chance checks. ``threads``: at most.
    """

    def of(own: Connection, part: Sequence[Numbered]) -> Evaluated:
        tallies = evaluate(own, part, as_of, peers=full)
        rows: dict[int, list[ReadingRow]] = {number: [] for number, _, _ in part}
        for row in fetch_readings(own, to_show=to_show):
            rows[row.test_id].append(row)
        return Evaluated(tallies, rows, _background(own) if full else None)

    one, other = _sides(tests) if _quick(con, len(tests)) and threads > 1 else (tests, [])
    if not other:
        return of(con, one)
    # the pool ends first: until then its connection is in use, also where this side failed
    with con.cursor() as its_own, ThreadPoolExecutor(1) as second:
        there = second.submit(of, its_own, other)
        return _joined(of(con, one), there.result())


def _quick(con: Connection, n_tests: int) -> bool:
    """Take one thread a query, in all of the process, where a second one would cost time."""
    rows = con.execute("SELECT count(*) FROM mart.series").fetchall()[0][0]
    quick = bool(n_tests <= FEW_TESTS and rows <= SMALL_BUILD)
    if quick:
        con.execute("SET threads = 1")
    return quick


def _sides(tests: Sequence[Numbered]) -> tuple[Sequence[Numbered], Sequence[Numbered]]:
    one = [numbered for numbered in tests if numbered[2].kind in ONE_SIDE]
    other = [numbered for numbered in tests if numbered[2].kind not in ONE_SIDE]
    if min(len({test.kind for _, _, test in side}) for side in (one, other)) < FEWEST_KINDS:
        return tests, []
    return one, other


def _background(con: Connection) -> Background:
    from checks.chance_figures import fetch_background  # imported only when it is asked for

    return fetch_background(con)


def _joined(a: Evaluated, b: Evaluated) -> Evaluated:
    background = a.background
    if background is not None and b.background is not None:
        background = background.with_(b.background)
    return Evaluated(a.tallies | b.tallies, a.rows | b.rows, background)
