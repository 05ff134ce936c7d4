"""The table made from a publisher's answers: rows of texts under the declared columns, as CSV.

Written exactly as the bundled tables are, so that the same rows are the same bytes. Every value is
checked here as the loader will check it: what is archived can be loaded.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import io
import math
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TextIO

from datasets.answers import read_json
from datasets.archive import ArchivedFile
from datasets.catalog import Column, ColumnType, Dataset
from datasets.errors import SourceWrong, nearest

Row = Mapping[str, str | None]

_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
#: 5e+05, as statistical programs write round numbers.
_ROUND = re.compile(r"-?\d{1,9}e\+?0?\d", re.ASCII)
_DATE = re.compile(r"[1-9]\d{3}-\d\d-\d\d", re.ASCII)
_TIMESTAMP = re.compile(r"[1-9]\d{3}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?", re.ASCII)
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def csv_writer(file: TextIO) -> Any:
    """The one way our tables are written: comma, LF, quotes only where needed."""
    return csv.writer(file, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")


def write_table(
    rows: Iterable[Row], dataset: Dataset, path: Path, wrote: Callable[[int], None] = lambda _: None
) -> ArchivedFile:
    """Write ``rows`` to ``path``. Raises SourceWrong naming row and column of what is wrong.

    A row has every declared column and no other. An empty text is a missing value.
    """
    names = [column.name for column in dataset.columns]
    keys: set[tuple[str, ...]] = set()
    number = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv_writer(file)
        writer.writerow(names)
        for number, row in enumerate(rows, 1):
            cells = [_checked(row, column, number) for column in dataset.columns]
            if len(row) != len(names):
                extra = next(name for name in row if name not in names)
                raise SourceWrong("schema", f"row {number}: {extra} is not a declared column")
            key = tuple(cells[names.index(name)] for name in dataset.key)
            if key in keys:
                shown = ", ".join(key)
                raise SourceWrong("values", f"row {number}: the key {shown} is there twice")
            keys.add(key)
            writer.writerow(cells)
            wrote(1)
        file.flush()
        os.fsync(file.fileno())
    if not number:
        raise SourceWrong("values", "has no rows")
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    size = path.stat().st_size
    return ArchivedFile(name=dataset.file, bytes=size, sha256=sha256, rows=number)


def _checked(row: Row, column: Column, number: int) -> str:
    if column.name not in row:
        raise SourceWrong("schema", f"row {number}: column {column.name} is missing")
    value = row[column.name]
    if value is None or value == "":
        if column.required:
            raise SourceWrong("values", f"row {number}: {column.source_field} is missing")
        return ""
    if not is_of_type(value, column.type):
        where = f"row {number}: {column.source_field}"
        raise SourceWrong("values", f"{where}: {value[:60]!r} is not a {column.type}")
    return value.replace("\r\n", "\n").replace("\r", "\n")


def is_of_type(value: str, type_: ColumnType) -> bool:
    """Whether the warehouse can cast ``value``; stricter than it where it would guess.

    >>> is_of_type("2017-02-30", "date")
    False
    """
    try:
        if type_ == "date":
            return bool(_DATE.fullmatch(value)) and bool(dt.date.fromisoformat(value))
        if type_ == "timestamp":
            return bool(_TIMESTAMP.fullmatch(value)) and bool(dt.datetime.fromisoformat(value[:19]))
    except ValueError:
        return False
    if type_ == "integer":
        return bool(_INTEGER.fullmatch(value) or _ROUND.fullmatch(value))
    if type_ == "number":
        return bool(_NUMBER.fullmatch(value)) and math.isfinite(float(value))
    if type_ == "boolean":
        return value in ("true", "false")
    return "\0" not in value


def json_rows(paths: Sequence[Path], dataset: Dataset) -> Iterator[dict[str, str | None]]:
    """Rows of JSON lists of objects; an absent field is a missing value."""
    for path in paths:
        for found in read_json(path, "rows"):
            yield json_row(found, dataset)


def json_row(found: Mapping[str, Any], dataset: Dataset) -> dict[str, str | None]:
    """The declared columns of an object of ``read_json``."""
    return {
        column.name: _json_cell(found.get(column.source_field), column)
        for column in dataset.columns
    }


def _json_cell(value: Any, column: Column) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) and column.type == "boolean":
        return "true" if value else "false"
    if not isinstance(value, str):
        shown = f"{value!r:.60}"
        raise SourceWrong("schema", f"{column.source_field}: {shown} is not a {column.type}")
    if column.type == "timestamp":  # 2023-06-03T00:00:00.000, local time
        return re.sub(r"\.0+$", "", value.replace("T", " ", 1))
    if column.type == "date":
        return re.sub(r"T00:00:00(\.0+)?$", "", value)
    return value


def csv_rows(
    paths: Sequence[Path], dataset: Dataset, encoding: str = "utf-8"
) -> Iterator[dict[str, str | None]]:
    """Rows of CSV files with a header. SourceWrong if one lacks a declared column or any row."""
    for path in paths:
        missing_in(csv_header(path, encoding), dataset)
        empty = True
        for found in _records(path, encoding):
            empty = False
            yield {column.name: found[column.source_field] for column in dataset.columns}
        if empty:
            raise SourceWrong("values", f"{path.name} has a header and no rows")


def csv_header(path: Path, encoding: str = "utf-8") -> list[str]:
    """The names in the first line of a CSV file, plain or gzipped."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding=_bom(encoding), newline="") as file:
        return next(csv.reader(file), [])


def _records(path: Path, encoding: str) -> Iterator[dict[str, str]]:
    with path.open(encoding=_bom(encoding), newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = next(reader, [])
            if len(set(header)) != len(header):
                raise SourceWrong("schema", "has two columns of one name")
            for cells in reader:
                if cells and len(cells) != len(header):
                    raise SourceWrong(
                        "truncated",
                        f"line {reader.line_num} has {len(cells)} of {len(header)} cells",
                    )
                if cells:
                    yield dict(zip(header, cells, strict=True))
        except csv.Error as error:
            raise SourceWrong("type", f"line {reader.line_num} is not CSV: {error}") from None


def missing_in(fields: Iterable[str], dataset: Dataset) -> None:
    """Raise SourceWrong if ``fields``, what a publisher serves, lack one that a column needs."""
    served = list(fields)
    for column in dataset.columns:
        if column.source_field not in served:
            near = nearest(column.source_field, served)
            hint = f' (there is "{near}")' if near else ""
            raise SourceWrong("schema", f"no longer has the field {column.source_field}{hint}")


def check_types(
    served: Mapping[str, str], dataset: Dataset, known: Mapping[str, Collection[str]]
) -> None:
    """The same, and if a field's type is none of the ``known`` ones for its column's."""
    missing_in(served, dataset)
    for column in dataset.columns:
        type_ = served[column.source_field]
        if type_ not in known[column.type]:
            raise SourceWrong(
                "schema", f"now serves {column.source_field} as {type_}, not as {column.type}"
            )


def new_fields(fields: Iterable[str], dataset: Dataset) -> tuple[str, ...]:
    """What a publisher serves beyond what dataset.yml mentions, of the latter also by patterns."""
    known = {column.source_field for column in dataset.columns}
    return beside({name for name in fields if name not in known}, dataset)


def beside(fields: Iterable[str], dataset: Dataset, read: Iterable[str] = ()) -> tuple[str, ...]:
    """Those that are neither left out on purpose nor ``read``, both names or patterns; sorted."""
    unused = dataset.source.unused_fields if dataset.source is not None else ()
    known = (*unused, *read)
    return tuple(sorted(n for n in {*fields} if not any(fnmatchcase(n, each) for each in known)))


def csv_bytes(rows: Iterable[Sequence[str]], columns: Sequence[str]) -> bytes:
    """Rows of cells as a table of ours, in memory."""
    text = io.StringIO(newline="")
    writer = csv_writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def _bom(encoding: str) -> str:
    return "utf-8-sig" if encoding == "utf-8" else encoding
