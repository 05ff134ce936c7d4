"""Florida's workbook: a sheet a year, an offense's name once above its twelve months."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.fdle_fibrs.parse import parse
from datasets.parsing import beyond
from datasets.settings import DATASETS_DIR
from tests.support_fetched import FIBRS_OFFENSES, fibrs_workbook

COUNTS: list[int | str] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "--", ""]
MIAMI = ("Miami-Dade", "Miami Police Department")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return fibrs_workbook(tmp_path / "fibrs.xlsx", {MIAMI: COUNTS})


def test_every_month_of_every_offense_is_a_row_and_what_is_not_available_no_zero(
    path: Path,
) -> None:
    rows = list(parse([path]))
    assert len(rows) == 12 * len(FIBRS_OFFENSES)
    assert {row["year"] for row in rows} == {"2023"}
    assert {row["agency"] for row in rows} == {"Miami Police Department"}
    for offense in FIBRS_OFFENSES:
        found = [row["offenses"] for row in rows if row["offense"] == offense]
        assert found == [*map(str, range(1, 11)), None, None]
    declared = {column.name for column in load_catalog(DATASETS_DIR)["fdle_fibrs"].columns}
    assert {frozenset(row) for row in rows} == {frozenset(declared)}


def test_a_column_that_is_no_month_of_an_offense_is_new(path: Path) -> None:
    dataset = load_catalog(DATASETS_DIR)["fdle_fibrs"]
    own = DATASETS_DIR / "fdle_fibrs" / "parse.py"
    assert beyond(own, dataset, [path], ()) == ()
    book = openpyxl.load_workbook(path)
    sheet = book["2023 Offenses"]
    sheet.cell(2, sheet.max_column + 1, "Clearance rate")
    book.save(path)
    assert beyond(own, dataset, [path], ()) == ("clearance rate",)
    assert len(list(parse([path]))) == 12 * len(FIBRS_OFFENSES)


Change = Callable[[Any], None]


def put(cell: str, value: Any) -> Change:
    def change(book: Any) -> None:
        book["2023 Offenses"][cell] = value

    return change


def rename(title: str) -> Change:
    def change(book: Any) -> None:
        book["2023 Offenses"].title = title

    return change


def second(book: Any) -> None:
    book.copy_worksheet(book["2023 Offenses"]).title = "2023 again"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (rename("Offenses"), "no sheet is a year: Notes, Offenses"),
        (rename("2022-2023"), "2022-2023: the year of the sheet is not clear"),
        (second, "2023 again: the year of the sheet is not clear"),
        (put("B3", "Agencies of"), "fibrs.xlsx:3: agency: column is missing"),
        (put("C3", None), "fibrs.xlsx:3: population: column is missing"),
        (put("H3", "Total"), '"Murder" in sheet "2023 Offenses" has not its twelve months'),
        (put("D2", None), '"" in sheet "2023 Offenses" has not its twelve months from column 4'),
        (put("Q2", "Murder"), '"Murder" in sheet "2023 Offenses" has not its twelve months'),
        (put("E4", "a few"), "fibrs.xlsx:4: Murder (2023 Offenses): 'a few' is not a count"),
        (put("E4", 1.5), "Murder (2023 Offenses): 1.5 is not a count"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(path: Path, change: Change, says: str) -> None:
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    with pytest.raises(InputError) as refused:
        list(parse([path]))
    assert says in str(refused.value)


def test_a_sheet_without_months_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("2023").append(["County", "Agency"])
    book.save(tmp_path / "fibrs.xlsx")
    with pytest.raises(InputError, match="2023: no row has the names of twelve months"):
        list(parse([tmp_path / "fibrs.xlsx"]))
