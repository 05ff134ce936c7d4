"""Tables too large for CSV: typed Parquet, written and loaded by DuckDB, within its memory limit.

The same promises as of CSV are kept, by queries over whole columns instead of a loop over rows:
every value is of its declared type, no required one is missing, no key is there twice, and ``_row``
is the row's number in the file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import duckdb

from datasets.archive import ArchivedFile, Snapshot
from datasets.catalog import SQL_TYPES, Column, Dataset
from datasets.errors import InputError, Problem, SourceWrong, nearest
from datasets.settings import Settings
from datasets.table import csv_header, missing_in
from datasets.warehouse import Connection, literal, writer

MAX_PROBLEMS = 20

#: What a text must look like, as in ``datasets.table``; DuckDB's own casts round and guess.
#: Portals write a moment as 2023-06-03T00:00:00.000, and a day likewise: local time.
_PATTERNS = {
    "integer": r"-?\d{1,18}",
    "number": r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?",
    "date": r"[1-9]\d{3}-\d\d-\d\d(T00:00:00(\.0+)?)?",
    "timestamp": r"[1-9]\d{3}-\d\d-\d\d[ T]([01]\d|2[0-3]):\d\d:\d\d(\.0+|\.\d{1,6})?",
    "boolean": r"true|false",
}


def write_parquet(
    settings: Settings,
    inputs: Sequence[Path],
    form: str,
    dataset: Dataset,
    path: Path,
    scratch: Path,
) -> ArchivedFile:
    """Make the table at ``path`` from answers of ``form`` json or csv (plain or .gz), by its key.

    Raises SourceWrong naming row (in the order of ``inputs``) and field of what is wrong. Rows are
    in the order of the key, so that the same rows are the same bytes. ``scratch``: for a database
    that holds what does not fit into memory.

    The answers are read once, checked and sorted on the way into the file; only where that fails
    are they read again, as texts, to say which value it was.
    """
    cells = ", ".join(f'{_cell(column)} AS "{column.name}"' for column in dataset.columns)
    order = ", ".join(f'"{name}"' for name in dataset.key)
    files = [str(path) for path in inputs]
    with writer(settings, scratch / "table.duckdb") as con:
        if form == "csv":
            for each in inputs:
                missing_in(csv_header(each), dataset)
        try:
            [(rows,)] = con.execute(
                f"COPY (SELECT {cells} FROM ({_reading(form, dataset)}) ORDER BY {order}) "
                f"TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)",
                [files],
            ).fetchall()
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.BinderException):
            try:
                con.execute("CREATE OR REPLACE TABLE answer AS " + _reading(form, dataset), [files])
            except duckdb.BinderException:  # the header was looked at above
                what = f"cannot be read as {form}: lines differ from its header"
                raise SourceWrong("truncated", what) from None
            except duckdb.InvalidInputException as error:
                said = str(error).splitlines()[0].replace(f"{inputs[0].parent}/", "")
                raise SourceWrong("type", f"cannot be read as {form}: {said}") from None
            _refuse_wrong(con, dataset)
            raise  # it was not one of the values
        if not rows:
            raise SourceWrong("values", "has no rows")
        _refuse_repeated(con, dataset, path, rows)
    (scratch / "table.duckdb").unlink()
    with path.open("rb") as file:
        os.fsync(file.fileno())
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return ArchivedFile(name=dataset.file, bytes=path.stat().st_size, sha256=sha256, rows=rows)


def _reading(form: str, dataset: Dataset) -> str:
    """A query of the answers: every value as text under our names, missing is NULL; numbered."""
    if form == "csv":
        source = (
            "read_csv(?, header = true, all_varchar = true, nullstr = '', delim = ',', "
            "quote = '\"', escape = '\"', strict_mode = true, encoding = 'utf-8')"
        )
    elif form == "json":
        types = ", ".join(f"\"{column.source_field}\": 'VARCHAR'" for column in dataset.columns)
        source = f"read_json(?, columns = {{{types}}}, format = 'array')"
    else:
        raise InputError(f"{dataset.name}: a Parquet file is made from rows of json or csv only")
    texts = ", ".join(f'{_text(column, form)} AS "{column.name}"' for column in dataset.columns)
    return f"SELECT {texts} FROM {source}"


def _text(column: Column, form: str) -> str:
    """The SQL of a cell as text: as the publisher writes it, lines of a text ending in LF."""
    value = f"nullif(\"{column.source_field}\", '')"
    if column.type == "text":
        lines = f"replace(replace({value}, chr(13) || chr(10), chr(10)), chr(13), chr(10))"
        return f"CASE WHEN contains({value}, chr(13)) THEN {lines} ELSE {value} END"
    return f"lower({value})" if column.type == "boolean" and form == "csv" else value


def _cell(column: Column) -> str:
    """The SQL of a text as a value of its declared type, which fails where it cannot be one."""
    name = f'"{column.name}"'
    value = f"left({name}, 10)" if column.type == "date" else name
    if column.type != "text":
        value = f"CAST({value} AS {SQL_TYPES[column.type]})"
    return f"CASE WHEN {_malformed(column)} THEN error('wrong') ELSE {value} END"


def _malformed(column: Column) -> str:
    """The SQL condition of a text that is missing or not of the form of its type."""
    name = f'"{column.name}"'
    if column.type == "text":
        bad = f"contains({name}, chr(0))"
    else:
        bad = f"NOT regexp_full_match({name}, '{_PATTERNS[column.type]}')"
    if column.type == "number":  # 1e400 casts to infinity
        bad = f"({bad} OR NOT isfinite(TRY_CAST({name} AS DOUBLE)))"
    return f"({name} IS NULL OR {bad})" if column.required else f"({name} IS NOT NULL AND {bad})"


def _wrong(column: Column) -> str:
    """The SQL condition of a text that is not allowed, which the 30th of February is not."""
    if column.type == "text":
        return _malformed(column)
    name = f'"{column.name}"'
    value = f"left({name}, 10)" if column.type == "date" else name
    no_cast = f"{name} IS NOT NULL AND TRY_CAST({value} AS {SQL_TYPES[column.type]}) IS NULL"
    return f"({_malformed(column)} OR ({no_cast}))"


def _refuse_wrong(con: Connection, dataset: Dataset) -> None:
    """SourceWrong for the first value of the table ``answer`` that cannot stand, if any."""
    counts = ", ".join(f"count(*) FILTER ({_wrong(column)})" for column in dataset.columns)
    [wrong] = con.execute(f"SELECT {counts} FROM answer").fetchall()
    for column, n in zip(dataset.columns, wrong, strict=True):
        if n:
            [(row, value)] = con.execute(
                f'SELECT rowid + 1, "{column.name}" FROM answer WHERE {_wrong(column)} '
                "ORDER BY rowid LIMIT 1"
            ).fetchall()
            said = "is missing" if value is None else f"{value[:60]!r} is not a {column.type}"
            separator = " " if value is None else ": "
            raise SourceWrong(
                "values", f"row {row}: {column.source_field}{separator}{said} ({n:,} such rows)"
            )


def _refuse_repeated(con: Connection, dataset: Dataset, path: Path, rows: int) -> None:
    key = ", ".join(f'"{name}"' for name in dataset.key)
    table = f"read_parquet({literal(str(path))})"
    # In the order of the key, as the file is, each is above the one before: then all differ, and
    # millions of groups need not be made to know it.
    [(rising,)] = con.execute(
        "SELECT count(*) FILTER (key > before) "
        f"FROM (SELECT row({key}) AS key, lag(row({key})) OVER () AS before FROM {table})"
    ).fetchall()
    if rising == rows - 1:
        return
    found = con.execute(
        f"SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1 ORDER BY {key} LIMIT 1"
    ).fetchall()
    if found:
        shown = ", ".join(str(part) for part in found[0])
        raise SourceWrong("values", f"the key {shown} is there twice")


def insert_parquet(con: Connection, dataset: Dataset, snapshot: Snapshot) -> None:
    """The rows of a snapshot into ``raw.<dataset>``, ``_row`` their number in the file.

    Raises InputError for a file that is not Parquet, a column that is missing, not declared or of
    another type, a wrong number of rows, or a missing value that is required.
    """
    file = str(snapshot.path)
    try:
        _check_columns(described(con, snapshot.path), dataset, snapshot)
        names = ", ".join(f'"{column.name}"' for column in dataset.columns)
        # _row has each row's place: so the threads need not wait for each other to keep the order.
        con.execute("SET preserve_insertion_order = false")
        # Texts here are codes and names of few values, which a dictionary stores; to try FSST on
        # each column, and reject it, is a seventh of the work.
        con.execute("SET disabled_compression_methods = 'fsst'")
        con.execute(
            f"INSERT INTO raw.{dataset.name} BY NAME SELECT {names}, ? AS _snapshot, "
            "CAST(file_row_number + 1 AS INTEGER) AS _row "
            "FROM read_parquet(?, file_row_number = true)",
            [snapshot.id, file],
        )
        con.execute("RESET disabled_compression_methods")
        con.execute("RESET preserve_insertion_order")
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise InputError.at(snapshot.path, f"cannot be read as Parquet: {said}") from error
    required = [column.name for column in dataset.columns if column.required]
    counts = "".join(f', count("{name}")' for name in required)
    [(rows, *there)] = con.execute(
        f"SELECT count(*){counts} FROM raw.{dataset.name} WHERE _snapshot = ?", [snapshot.id]
    ).fetchall()
    if rows != snapshot.file.rows:
        raise InputError.at(
            snapshot.path, f"has {rows:,} rows, its manifest says {snapshot.file.rows:,}"
        )
    problems: list[Problem] = []
    for name in [name for name, n in zip(required, there, strict=True) if n < rows]:
        lines = con.execute(
            f'SELECT _row FROM raw.{dataset.name} WHERE _snapshot = ? AND "{name}" IS NULL '
            f"ORDER BY _row LIMIT {MAX_PROBLEMS}",
            [snapshot.id],
        ).fetchall()
        problems += [Problem(file, "is required", line, name) for (line,) in lines]
    if problems:
        raise InputError(
            f"{snapshot.id} has values that {dataset.name}/dataset.yml does not allow:",
            problems=sorted(problems, key=lambda p: (p.line or 0, p.field or ""))[:MAX_PROBLEMS],
        )


def described(con: Connection, path: Path) -> dict[str, str]:
    """Names and SQL types of a Parquet file's columns. Raises what DuckDB raises."""
    found = con.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    return {name: type_ for name, type_, *_ in found}


def _check_columns(found: dict[str, str], dataset: Dataset, snapshot: Snapshot) -> None:
    """The file's columns and types are the declared ones; their order does not matter."""
    path = str(snapshot.path)
    declared = {column.name: SQL_TYPES[column.type] for column in dataset.columns}
    problems = [
        Problem(path, "column is missing", field=name, nearest=nearest(name, found))
        for name in declared
        if name not in found
    ]
    problems += [
        Problem(path, "column is not declared", field=name, nearest=nearest(name, declared))
        for name in found
        if name not in declared
    ]
    problems += [
        Problem(path, f"column is {found[name]}, not {type_}", field=name)
        for name, type_ in declared.items()
        if found.get(name, type_) != type_
    ]
    if problems:
        raise InputError(
            f"{snapshot.id} does not have the columns that {dataset.name}/dataset.yml declares:",
            problems=problems,
        )
