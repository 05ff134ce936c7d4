"""Readings: every exact interpretation of every test, computed as sets in ``sql/readings``.

The tests of a kind are rows of a table and one query answers all of them, so that ten thousand
claims are as many queries as one.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from checks.adjacent_definitions import adjacent_rows
from checks.attribution_bars import bar_rows
from checks.claim_models import Test
from checks.definition_breaks import break_rows
from checks.test_rows import rows_of
from checks.weights import weight_rows
from datasets.settings import SQL_DIR
from datasets.warehouse import Connection, run_sql_file

READINGS_DIR = SQL_DIR / "readings"

#: The SQL that answers each kind. Values, shares and thresholds are one comparison with a band.
SQL_OF_KIND: dict[str, tuple[str, ...]] = {
    "value": ("4_populations", "4_periods", "4_operands", "level"),
    "share": ("4_populations", "4_periods", "4_operands", "level"),
    "threshold": ("4_populations", "4_periods", "4_operands", "level", "frequency"),
    "ratio": ("4_populations", "4_periods", "4_operands", "ratio"),
    "change": ("4_populations", "4_periods", "4_operands", "change"),
    "record": ("4_populations", "5_spans", "record"),
    "trend": ("4_populations", "5_spans", "5_windows", "trend_groups", "trend"),
    "rank": ("4_populations", "5_spans", "5_parts", "rank"),
    "contrast": ("4_populations", "5_spans", "5_parts", "contrast"),
    "attribution": ("attribution", "attribution_peers"),
    "places": ("places",),
}


#: What asks the same of the peers of a place, after the SQL of its kind. The other kinds compare
#: with peers themselves: "the fourth highest" is true of one place by what the words mean.
PEERS_OF_KIND: dict[str, tuple[str, ...]] = {
    "value": ("level_peers",),
    "share": ("level_peers",),
    "threshold": ("level_peers", "frequency_peers"),
    "ratio": ("ratio_peers",),
    "change": ("change_peers",),
    "record": ("record_peers",),
    "trend": ("trend_peers",),
}


#: Kinds whose intermediate rows outgrow memory over a hundred thousand claims: their queries are
#: run on so many tests at a time, by the variables ``first_test`` and ``last_test``.
SLICES = {
    "trend": 50_000,
    "contrast": 4_000,
    "places": 1_000,
    "attribution": 1_000,
    "attribution_peers": 2_000,
}


@dataclass(frozen=True)
class Uniqueness:
    """For how many of the peers with figures the same sentence is true.

    ``group``: the title of the group whose members they are; ``peer_group``: its id.
    """

    share: float
    n_true: int
    n_peers: int
    group: str
    peer_group: str


@dataclass(frozen=True)
class Tally:
    """Weights of the readings of one test, summed up by ``sql/readings/8_weigh.sql``.

    ``open``: weight of meanings of the words for which no reading could be decided. ``fairness``
    and ``robustness``: after Wu et al., PVLDB 2014; None without nearby readings.
    """

    holds: float = 0.0
    fails: float = 0.0
    open: float = 0.0
    nearby_holds: float = 0.0
    nearby_fails: float = 0.0
    fairness: float | None = None
    robustness: float | None = None
    uniqueness: Uniqueness | None = None

    @property
    def holds_share(self) -> float | None:
        """Weighted share of decided stated readings that hold; None if there is none."""
        decided = self.holds + self.fails
        return _share(self.holds, decided)

    @property
    def undetermined_share(self) -> float:
        """Share of the weight of all meanings that is open; 1 if nothing could be decided."""
        total = self.holds + self.fails + self.open
        return self.open / total if total else 1.0

    @property
    def nearby_support(self) -> float | None:
        """Weighted share of decided nearby readings that hold; None if there is none."""
        return _share(self.nearby_holds, self.nearby_holds + self.nearby_fails)


def _share(part: float, whole: float) -> float | None:
    """To nine digits, as shares are shown; the sums are exact, whatever their order."""
    return round(part / whole, 9) if whole else None


def sql_names(kinds: Collection[str], *, peers: bool = False, groups: bool = False) -> list[str]:
    """The files of ``sql/readings`` that answer tests of these kinds, in the order of their runs.

    ``peers``: for uniqueness too. ``groups``: there are tests of groups taken together.
    """
    common = ["2_rewordings", *["2_peers"] * peers, "3_lines", *["3_groups"] * groups]
    common += ["3_candidates", *["3_peer_lines"] * peers]
    asked = [kind for kind in SQL_OF_KIND if kind in kinds]
    own = [name for kind in asked for name in SQL_OF_KIND[kind]]
    of_peers = [name for kind in asked if peers for name in PEERS_OF_KIND.get(kind, ())]
    return [*common, *dict.fromkeys(own + of_peers)]


def sql_files(kind: str) -> list[Path]:
    """The files that answer a test of ``kind``, in the order in which they run."""
    return [READINGS_DIR / f"{name}.sql" for name in ("1_tests", *sql_names({kind}, groups=True))]


def sql_name(path: Path) -> str:
    """A file of ``sql/`` as it is called in what people read."""
    return f"sql/{path.relative_to(SQL_DIR).as_posix()}"


def evaluate(
    con: Connection,
    tests: Sequence[tuple[int, dt.date, Test]],
    as_of: dt.date | None,
    *,
    peers: bool = True,
) -> dict[int, Tally]:
    """Compute the readings of all tests into temporary tables and sum them up by test_id.

    ``con``: a read-only connection to a build. ``tests``: (test_id, date of the claim, test).
    ``as_of``: only what was published by then is used; None: everything. ``peers``: also
    ask each test of the peers of its place, for its uniqueness. A test for which there is
    no series at all has no tally.
    """
    run_sql_file(con, READINGS_DIR / "1_tests.sql")
    tables = rows_of(tests)
    tables["weight"] = weight_rows()
    tables["attribution_bar"] = bar_rows()
    tables["definition_break"] = break_rows()
    tables["adjacent_definition"] = adjacent_rows()
    tables["setting"] = [{"as_of": as_of and as_of.isoformat()}]
    with tempfile.TemporaryDirectory() as folder:
        for table, rows in tables.items():
            _insert(con, Path(folder), table, rows)
    kinds = {test.kind for _, _, test in tests}
    for name in sql_names(kinds, peers=peers, groups=bool(tables["test_sum"])):
        for first, last in _slices(con, name):
            con.execute(f"SET VARIABLE first_test = {first:d}; SET VARIABLE last_test = {last:d}")
            run_sql_file(con, READINGS_DIR / f"{name}.sql")
    for name in ("7_breaks", "8_weigh", *["8_uniqueness"] * peers):
        run_sql_file(con, READINGS_DIR / f"{name}.sql")
    unique = con.execute("FROM uniqueness").fetchall() if peers else []
    unique_of = {test_id: Uniqueness(*row) for test_id, *row in unique}
    return {
        test_id: replace(Tally(*sums), uniqueness=unique_of.get(test_id))
        for test_id, *sums in con.execute("FROM tally").fetchall()
    }


def _slices(con: Connection, name: str) -> list[tuple[int, int]]:
    """First and last test_id of each run of the query ``name``, tests of peers included."""
    if name not in SLICES:
        return [(0, 0)]
    kind = name.partition("_")[0]
    ids = con.execute(f"SELECT test_id FROM test WHERE kind = '{kind}' ORDER BY ALL").fetchall()
    size = SLICES[name]
    return [(ids[n][0], ids[min(n + size, len(ids)) - 1][0]) for n in range(0, len(ids), size)]


def _insert(con: Connection, folder: Path, table: str, rows: list[dict[str, Any]]) -> None:
    """Rows into one of our temporary tables, by way of a file: no value becomes SQL.

    Not as a bound parameter, because the first one makes DuckDB import pandas (1.3 s).
    """
    columns = {name: type_ for name, type_, *_ in con.execute(f"DESCRIBE {table}").fetchall()}
    path = folder / f"{table}.json"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    con.read_json(str(path), format="newline_delimited", columns=columns).insert_into(table)
