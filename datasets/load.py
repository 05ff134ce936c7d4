"""Load: snapshots into ``raw``, the catalog and archive into ``meta``, reference into ``core``.

CSV is read as text; what does not cast to its declared type is refused here, with file, line
and field, so that staging can cast without a doubt.
"""

from __future__ import annotations

import csv
import logging
import re
from pathlib import Path

import duckdb

from datasets.archive import Snapshot, verify_bytes
from datasets.catalog import SQL_TYPES, Dataset
from datasets.errors import InputError, Problem, nearest
from datasets.logs import ids
from datasets.parquet import insert_parquet
from datasets.settings import REFERENCE_DIR, SQL_DIR
from datasets.warehouse import Connection, run_sql_file

log = logging.getLogger("crimeclaims")

MAX_PROBLEMS = 20

#: Table of ``core`` for each reference file.
REFERENCE_TABLES = {
    "place": "places.csv",
    "place_fit": "place_fit.csv",
    "place_part": "place_part.csv",
    "measure": "measures.csv",
    "definition": "definitions.csv",
    "peer_group": "peer_groups.csv",
    "peer_group_list": "peer_group_list.csv",
    "term_of_office": "terms_of_office.csv",
}


def create_schemas(con: Connection) -> None:
    run_sql_file(con, SQL_DIR / "schemas.sql")


def load_reference(con: Connection, folder: Path = REFERENCE_DIR) -> None:
    """``core.place``, ``core.measure``, … from the reference files, all text."""
    for table, name in REFERENCE_TABLES.items():
        con.execute(
            f"CREATE TABLE core.{table} AS "
            "SELECT * FROM read_csv(?, header = true, all_varchar = true, nullstr = '', "
            "delim = ',', quote = '\"', escape = '\"', strict_mode = true)",
            [str(folder / name)],
        )


def load_dataset(con: Connection, dataset: Dataset, snapshots: list[Snapshot]) -> None:
    """All snapshots of a dataset into ``raw.<dataset>``; the rows of ``meta`` that describe them.

    Raises InputError for bytes that are not those archived, a column that is missing or not
    declared, a wrong encoding, a wrong number of rows, or a value that is not of its type.
    """
    con.execute(
        "INSERT INTO meta.dataset VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(dataset.name, dataset.title, dataset.publisher, dataset.publisher_url),
            *(dataset.table, dataset.url, dataset.licence, dataset.licence_url),
            *(dataset.description, dataset.evidence, dataset.revision, dataset.grain),
        ],
    )
    types = SQL_TYPES if dataset.typed else dict.fromkeys(SQL_TYPES, "VARCHAR")
    names = ", ".join(f'"{column.name}" {types[column.type]}' for column in dataset.columns)
    con.execute(f"CREATE TABLE raw.{dataset.name} ({names}, _snapshot VARCHAR, _row INTEGER)")
    for snapshot in snapshots:
        verify_bytes(snapshot)
        if dataset.typed:
            insert_parquet(con, dataset, snapshot)
        else:
            check_header(snapshot, dataset)
            _insert_rows(con, dataset, snapshot)
            _check_values(con, dataset, snapshot)
        _describe(con, snapshot)
        with ids(dataset=dataset.name, snapshot=snapshot.id):
            rows = snapshot.file.rows
            log.info("%s: %d rows loaded", snapshot.id, rows, extra={"detail": True})


def check_header(snapshot: Snapshot, dataset: Dataset) -> None:
    """Compare a file's header with the declared columns; their order does not matter."""
    try:
        with snapshot.path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file), [])
    except UnicodeDecodeError as error:
        # decoded in blocks: the error knows its place in the block only
        before, _, _ = snapshot.path.read_bytes().partition(error.object[error.start :])
        line = before.count(b"\n") + 1
        raise InputError.at(snapshot.path, "is not UTF-8", line=line) from error
    if not header:
        raise InputError.at(snapshot.path, "is empty")
    declared = [column.name for column in dataset.columns]
    problems = [
        Problem(str(snapshot.path), "column is missing", 1, name, nearest(name, header))
        for name in declared
        if name not in header
    ]
    problems += [
        Problem(str(snapshot.path), "column is not declared", 1, name, nearest(name, declared))
        for name in header
        if name not in declared
    ]
    problems += [
        Problem(str(snapshot.path), "column is there twice", 1, name)
        for name in sorted({name for name in header if header.count(name) > 1})
    ]
    if problems:
        raise InputError(
            f"{snapshot.id} does not have the columns that {dataset.name}/dataset.yml declares:",
            problems=problems,
        )


def _insert_rows(con: Connection, dataset: Dataset, snapshot: Snapshot) -> None:
    names = ", ".join(f'"{column.name}"' for column in dataset.columns)
    try:
        con.execute(
            f"INSERT INTO raw.{dataset.name} BY NAME "
            f"SELECT {names}, ? AS _snapshot, row_number() OVER () AS _row "
            "FROM read_csv(?, header = true, all_varchar = true, nullstr = '', delim = ',', "
            "quote = '\"', escape = '\"', strict_mode = true, null_padding = false, "
            "encoding = 'utf-8', parallel = false)",
            [snapshot.id, str(snapshot.path)],
        )
    except duckdb.Error as error:
        line, reason = _csv_problem(str(error))
        raise InputError.at(snapshot.path, f"cannot be read as CSV: {reason}", line=line) from error
    row = con.execute(
        f"SELECT count(*) FROM raw.{dataset.name} WHERE _snapshot = ?", [snapshot.id]
    ).fetchone()
    rows = row[0] if row else 0
    if rows != snapshot.file.rows:
        raise InputError.at(
            snapshot.path, f"has {rows:,} rows, its manifest says {snapshot.file.rows:,}"
        )


def _csv_problem(message: str) -> tuple[int | None, str]:
    """Line and reason of DuckDB's CSV error, which are lines 1 and 3 of some twenty."""
    place = re.search(r"CSV Error on Line: (\d+)", message)
    lines = [line for line in message.splitlines() if line.strip()]
    if place is None or len(lines) < 3:
        return None, lines[0]
    return int(place[1]), lines[2]


def _check_values(con: Connection, dataset: Dataset, snapshot: Snapshot) -> None:
    """Refuse values that are not of their declared type, and missing required ones."""
    checks = []
    for column in dataset.columns:
        cast = f'TRY_CAST("{column.name}" AS {SQL_TYPES[column.type]})'
        bad = f'"{column.name}" IS NOT NULL AND {cast} IS NULL'
        if column.required:
            bad = f'("{column.name}" IS NULL OR {bad})'
        checks.append(
            f"SELECT _row, '{column.name}' AS field, '{column.type}' AS type, "
            f'"{column.name}" AS value FROM raw.{dataset.name} '
            f"WHERE _snapshot = $snapshot AND {bad}"
        )
    rows = con.execute(
        " UNION ALL ".join(checks) + f" ORDER BY _row, field LIMIT {MAX_PROBLEMS}",
        {"snapshot": snapshot.id},
    ).fetchall()
    if rows:
        raise InputError(
            f"{snapshot.id} has values that {dataset.name}/dataset.yml does not allow:",
            problems=[
                Problem(
                    str(snapshot.path),
                    "is required" if value is None else f"{value!r} is not a {type_}",
                    line + 1,
                    field,
                )
                for line, field, type_, value in rows
            ],
        )


def _describe(con: Connection, snapshot: Snapshot) -> None:
    m, f = snapshot.manifest, snapshot.file
    con.execute(
        "INSERT INTO meta.snapshot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(snapshot.id, m.dataset, m.vintage, m.vintage_basis, m.published, m.retrieved),
            *(m.source_url, m.origin, m.covers_start, m.covers_end),
            *(f.name, f.bytes, f.sha256, f.rows),
        ],
    )
