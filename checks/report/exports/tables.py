"""A run's verdicts and readings as tables: CSV and Parquet, the same rows as ``verdicts.json``.

The bytes are a function of the verdicts. Text in a CSV file that a spreadsheet would take for a
formula has an apostrophe before it (``checks.columns.for_csv``): a claim is outside text, and
editors open such files with a click. Parquet, which no spreadsheet computes, has every text as it
is.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from checks.columns import READINGS, VERDICTS, Column, Datatype, cells, csv_cells, readings_of
from checks.models import Verdict
from checks.report.exports.csvw import metadata
from datasets.settings import Settings
from datasets.warehouse import literal, write_atomically, writer

VERDICTS_CSV = "verdicts.csv"
READINGS_CSV = "readings.csv"
READINGS_PARQUET = "readings.parquet"
#: Where a reader of CSV files looks for what describes them (W3C, Model for Tabular Data, 5.3).
METADATA = "csv-metadata.json"

_SQL_TYPES: dict[Datatype, str] = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "date": "DATE",
}


def csv_text(columns: Sequence[Column], items: Iterable[Any]) -> str:
    """A table of items by RFC 4180, CRLF at the end of a row and an empty cell for no value."""
    text = io.StringIO(newline="")
    # With CRLF, either of the two within a text makes it quoted; with LF a lone CR would not be.
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow([column.name for column in columns])
    table.writerows(csv_cells(columns, item) for item in items)
    return text.getvalue()


def verdicts_csv(verdicts: Sequence[Verdict]) -> str:
    return csv_text(VERDICTS, verdicts)


def readings_csv(verdicts: Sequence[Verdict]) -> str:
    return csv_text(READINGS, readings_of(verdicts))


def write_parquet(
    settings: Settings, columns: Sequence[Column], items: Iterable[Any], path: Path
) -> None:
    """Write a table of items as typed Parquet, in their order. Replaces ``path`` when it is whole.

    The rows go to DuckDB in a file of JSON: for rows handed over in memory it imports pandas.
    """
    settings.temp_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.temp_dir) as folder:
        scratch = Path(folder)
        rows, made = scratch / "rows.json", scratch / path.name
        names = [column.name for column in columns]
        with rows.open("w", encoding="utf-8") as file:
            for item in items:
                row = dict(zip(names, cells(columns, item), strict=True))
                file.write(json.dumps(row, default=str, allow_nan=False) + "\n")
        types = ", ".join(f"{c.name}: '{_SQL_TYPES[c.datatype]}'" for c in columns)
        with writer(settings, scratch / "rows.duckdb") as con:
            con.execute(
                f"COPY (FROM read_json({literal(str(rows))}, format = 'newline_delimited', "
                f"columns = {{{types}}})) TO {literal(str(made))} "
                "(FORMAT parquet, COMPRESSION zstd)"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        made.replace(path)


def write_tables(
    settings: Settings, verdicts: Sequence[Verdict], about: dict[str, Any], folder: Path
) -> list[Path]:
    """Write all tables and their description into ``folder``; give their paths.

    ``about``: what ``csvw.about`` makes of the run and its sources.
    """
    texts = {
        VERDICTS_CSV: verdicts_csv(verdicts),
        READINGS_CSV: readings_csv(verdicts),
        METADATA: json.dumps(metadata(about), indent=1, ensure_ascii=False) + "\n",
    }
    for name, text in texts.items():
        write_atomically(folder / name, text)
    write_parquet(settings, READINGS, readings_of(verdicts), folder / READINGS_PARQUET)
    return [folder / name for name in (*texts, READINGS_PARQUET)]
