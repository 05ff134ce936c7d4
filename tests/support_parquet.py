"""Parquet tables of tests: made from rows of texts, and read as such to be damaged."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets.catalog import SQL_TYPES, Dataset
from datasets.settings import Settings
from datasets.table import csv_bytes
from datasets.warehouse import writer

Row = dict[str, str]


def write_typed(rows: Sequence[Mapping[str, str | None]], dataset: Dataset, path: Path) -> None:
    """The rows as they are, in their order, with the declared types: nothing is checked."""
    names = [column.name for column in dataset.columns]
    text = path.with_suffix(".csv")
    text.write_bytes(csv_bytes([[row[name] or "" for name in names] for row in rows], names))
    casts = ", ".join(
        f'CAST("{c.name}" AS {SQL_TYPES[c.type]}) AS "{c.name}"' for c in dataset.columns
    )
    copy(f"SELECT {casts} FROM read_csv('{text}', header = true, all_varchar = true)", path)
    text.unlink()


def copy(sql: str, path: Path) -> None:
    """What a query gives, as a Parquet file."""
    with writer(Settings(var=path.parent / ".var", threads=1), Path(":memory:")) as con:
        con.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")


def read_typed(path: Path) -> list[Row]:
    """The rows of a Parquet table as texts, as a CSV would have them."""
    with writer(Settings(var=path.parent / ".var", threads=1), Path(":memory:")) as con:
        found = con.execute("SELECT COLUMNS(*)::VARCHAR FROM read_parquet(?)", [str(path)])
        names = [column[0] for column in found.description or ()]
        rows = found.fetchall()
    text = io.StringIO(csv_bytes([[cell or "" for cell in row] for row in rows], names).decode())
    return list(csv.DictReader(text))
