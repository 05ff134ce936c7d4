"""The tables beside a report: the same rows in every format, readable by their own description."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from csvw import TableGroup
from csvw.metadata import CSVW
from hypothesis import given
from hypothesis import strategies as st

from checks import columns
from checks.columns import READINGS, VERDICTS, Column, csv_cells, readings_of
from checks.models import Verdict
from checks.report.exports import tables
from checks.report.exports.csvw import about
from checks.report.sources import Warehouse
from datasets.settings import Publication, Settings
from flows.verdicts import read_verdicts, verdicts_json
from tests import support_report as sample

FORMULA = "=cmd|' /C calc'!A0"
HOSTILE = (
    "@SUM(1,1)",
    "-2+3",
    "+1",
    "\tx",
    "'quoted'",
    'a "b", c',
    "two\nlines\rand",
    "—",
    FORMULA,
)


def verdicts() -> list[Verdict]:
    """The sample's, and some whose words are formulas, broken lines and quotes."""
    more = [
        sample.verdict(f"h{n}", text, sentence=text, closest_true=text, caveats=("knife_edge",))
        for n, text in enumerate(HOSTILE)
    ]
    return [*sample.verdicts(), *more]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of the sample's verdicts."""
    home = tmp_path_factory.mktemp("it's tables")
    write(home, home / "data")
    return home / "data"


def write(home: Path, folder: Path, url: str = "https://example.org/data") -> list[Path]:
    with sample.warehouse(home, url=url) as con:
        sources = Warehouse(con, sample.verdicts()).sources
    described = about(sample.RUN, sources, Publication(publisher="The Desk"))
    return tables.write_tables(Settings(var=home / "var"), verdicts(), described, folder)


def plain(cell: Any) -> Any:
    """A text without the mark that keeps spreadsheets from computing it."""
    return cell[1:] if isinstance(cell, str) and cell.startswith("'") else cell


def from_csv(folder: Path, number: int) -> list[dict[str, Any]]:
    """The rows of a table as its description says they are."""
    group = TableGroup.from_file(folder / tables.METADATA)
    return [{k: plain(v) for k, v in row.items()} for row in group.tables[number].iterdicts()]


def expected(of: tuple[Column, ...], items: Any) -> list[dict[str, Any]]:
    return [
        {c.name: cell for c, cell in zip(of, columns.cells(of, item), strict=True)}
        for item in items
    ]


def numbers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Dates as texts, decimals as floats: readers have types of their own."""
    as_is = (str, bool, int, type(None))
    return [
        {
            k: v if isinstance(v, as_is) else float(v) if not hasattr(v, "day") else str(v)[:10]
            for k, v in row.items()
        }
        for row in rows
    ]


def test_a_stranger_reads_the_tables_by_their_description(folder: Path) -> None:
    assert numbers(from_csv(folder, 0)) == numbers(expected(VERDICTS, verdicts()))
    assert numbers(from_csv(folder, 1)) == numbers(expected(READINGS, readings_of(verdicts())))


def test_the_description_is_found_valid_and_its_keys_hold(folder: Path) -> None:
    for name in (tables.VERDICTS_CSV, tables.READINGS_CSV):
        assert CSVW(str(folder / name)).is_valid
    group = TableGroup.from_file(folder / tables.METADATA)
    assert group.check_referential_integrity(strict=True)
    readings = group.tables[1].tableSchema
    assert readings.primaryKey == ["claim", "reading"]
    assert [fk.reference.resource.string for fk in readings.foreignKeys] == ["verdicts.csv"]


def refused(folder: Path) -> list[str]:
    """What a reader who believes the description has against the tables."""
    group = TableGroup.from_file(folder / tables.METADATA)
    try:
        for table in group.tables:
            list(table.iterdicts(strict=True))
        return [] if group.check_referential_integrity(strict=True) else ["a key"]
    except ValueError as error:
        return [str(error)]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("verdicts.csv", "label", "mostly_true"),
        ("verdicts.csv", "holds_share", "half"),
        ("verdicts.csv", "claim", ""),
        ("readings.csv", "vintage", "2024-13-01"),
        ("readings.csv", "claim", "of-no-verdict"),
        ("readings.csv", "stated", "maybe"),
    ],
)
def test_a_damaged_cell_is_refused_by_the_description(
    folder: Path, tmp_path: Path, table: str, column: str, value: str
) -> None:
    damaged = tmp_path / "data"
    shutil.copytree(folder, damaged)
    with (damaged / table).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows[0][column] = value
    with (damaged / table).open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    assert refused(folder) == []
    assert len(refused(damaged)) == 1


def test_parquet_has_the_same_rows_with_types(folder: Path) -> None:
    found = duckdb.sql(f"FROM '{str(folder / 'readings.parquet').replace(chr(39), chr(39) * 2)}'")
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    assert rows == expected(READINGS, readings_of(verdicts()))
    types = dict(zip(found.columns, map(str, found.types), strict=True))
    assert (types["vintage"], types["stated"], types["value"], types["test"]) == (
        *("DATE", "BOOLEAN", "DOUBLE", "BIGINT"),
    )


def test_rows_are_those_of_verdicts_json(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "verdicts.json"
    path.write_text(verdicts_json(verdicts()), encoding="utf-8")
    again = read_verdicts(path)
    assert tables.readings_csv(again) == (folder / "readings.csv").read_bytes().decode()
    assert tables.verdicts_csv(again) == (folder / "verdicts.csv").read_bytes().decode()


def test_the_same_verdicts_are_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for path in write(tmp_path, tmp_path / "again"):
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_no_text_is_a_formula_and_no_number_is_marked(folder: Path) -> None:
    with (folder / "verdicts.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    texts = [cell for row in rows for name, cell in row.items() if name not in ("fairness",)]
    assert not [text for text in texts if re.match(r"[=+\-@\t\r]", text)]
    assert [row["said"] for row in rows if row["claim"] == "h8"] == [f"'{FORMULA}"]
    assert {row["fairness"] for row in rows} == {""}
    readings = [r for r in readings_of(sample.verdicts()) if r.reading.margin]
    negative = readings[0].reading.model_copy(update={"margin": -0.25})
    row = csv_cells(READINGS, columns.OfVerdict(readings[0].verdict, negative))
    assert row[[c.name for c in READINGS].index("margin")] == -0.25


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_comes_back_from_csv(text: str) -> None:
    table = tables.verdicts_csv([sample.verdict("a1", text)])
    [row] = csv.DictReader(io.StringIO(table, newline=""))
    assert plain(row["said"]) == text
    assert not row["said"].startswith(tuple("=+-@\t\r"))


def test_what_is_described_names_licence_sources_and_run(folder: Path) -> None:
    said = json.loads((folder / tables.METADATA).read_text(encoding="utf-8"))
    assert said["dc:identifier"] == sample.RUN.run_id
    assert sample.BUILD in said["dc:provenance"]
    assert said["dc:license"]["@id"].startswith("https://")
    used = {source["dc:identifier"] for source in said["dc:source"]}
    assert used == {sample.snapshot_id(short) for short in ("fbi", "foia", "cited")}
    assert {source["schema:sha256"] for source in said["dc:source"]} <= set(sample.SHA.values())
    for table, of in zip(said["tables"], (VERDICTS, READINGS), strict=True):
        found = table["tableSchema"]["columns"]
        assert [column["name"] for column in found] == [column.name for column in of]
        assert all(len(column["dc:description"]) > 10 for column in found)


def test_an_address_that_is_none_is_not_said(tmp_path: Path) -> None:
    write(tmp_path, tmp_path / "data", url="javascript:alert(1)")
    said = (tmp_path / "data" / tables.METADATA).read_text(encoding="utf-8")
    assert "javascript" not in said
