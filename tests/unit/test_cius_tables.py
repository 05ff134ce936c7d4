"""Spreadsheets of *Crime in the U.S.*: marks on titles and names, footers, states said once."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.fbi_cius_city.parse import parse
from datasets.fbi_cius_city.table import read_table
from datasets.fbi_tables import split_marks, title
from datasets.parsing import beyond
from datasets.reference_tables import reference
from datasets.settings import DATASETS_DIR
from datasets.workbook import read_sheet, sheet_names
from tests.support_cius import made, made_rows

TITLES = [
    "State", "City", "Population", "Violent\ncrime", "Murder and\nnonnegligent\nmanslaughter",
    "Rape\n(revised\ndefinition)1", "Rape\n(legacy\ndefinition)2", "Robbery", "Aggravated\nassault",
    "Property\ncrime", "Burglary", "Larceny-\ntheft", "Motor\nvehicle\ntheft", "Arson3",
]  # fmt: skip
TABLE = [
    ["Table 8"],
    ["Offenses Known to Law Enforcement"],
    ["by State by City, 2015"],
    TITLES,
    ["ARIZONA4", "Miami", 1794, 10, 0, 1, None, 2, 7, 50, 10, 35, 5, 1],
    ["FLORIDA", "Miami5", 437969, 4617, 75, 119, None, 1978, 2445, 18000, 2500, 13500, 2000, None],
    [None, "Tampa", "364,383", 2000, 30, None, None, 500, 1400, 8000, 1500, 5900, 600, 33],
    [None, "Village of Pinecrest", 19000, 20, 0, 1, None, 9, 10, 400, 80, 300, 20, 0],
    [None, "Nowhere Special", 12, 1, 0, 0, None, 0, 1, 1, 1, 0, 0, 0],
    [None, None, None, None, None, None, None, None, None, None, None, None, None, None],
    ["ILLINOIS", "Chicago", 2728695, None, 478, None, None, 9638, 13000, 8, 130, 570, 100],
    ["1 The figures shown in this column used the revised definition."],
    ["2 The figures shown in this column used the legacy definition."],
    ["3 The FBI does not publish arson data unless it receives 12 months."],
    ["4 Limited data were  available."],
    ["5 This agency began the year otherwise."],
    ["6 The rapes of Tampa, Florida, are not included in this table."],
    [None],
]  # fmt: skip

Rows = Sequence[Sequence[Any]]


def workbook(path: Path, rows: Rows) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def changed(line: int, column: int, value: Any) -> Rows:
    """The table with one cell changed; both from 1."""
    rows = [list(row) for row in TABLE]
    rows[line - 1][column - 1] = value
    return rows


def without(name: str) -> Rows:
    at = TITLES.index(name)
    return [[*row[:at], *row[at + 1 :]] if len(row) > 1 else row for row in TABLE]


def read(path: Path, rows: Rows = TABLE) -> dict[str, dict[str, str | None]]:
    found = [dict(row) for row in parse([workbook(path / "table.xlsx", rows)])]
    return {str(row["place"]): row for row in found}


def test_rows_are_those_of_known_cities_with_their_state(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert list(found) == ["miami-fl", "tampa-fl", "pinecrest-fl", "chicago-il"]
    assert found["miami-fl"]["population"] == "437969"
    assert found["tampa-fl"] | {"note": None} == {
        "year": "2015", "state": "FLORIDA", "city": "Tampa", "place": "tampa-fl",
        "population": "364383", "violent_crime": "2000", "murder": "30", "rape_revised": None,
        "rape_legacy": None, "robbery": "500", "agg_assault": "1400", "property_crime": "8000",
        "burglary": "1500", "larceny": "5900", "mvt": "600", "source_table": "Table 8",
        "note": None,
    }  # fmt: skip


def test_rows_have_the_declared_columns(tmp_path: Path) -> None:
    declared = {column.name for column in load_catalog(DATASETS_DIR)["fbi_cius_city"].columns}
    assert all(set(row) == declared for row in read(tmp_path).values())


def test_a_column_that_is_not_read_is_new_unless_it_is_left_out_on_purpose(tmp_path: Path) -> None:
    dataset = load_catalog(DATASETS_DIR)["fbi_cius_city"]
    own = DATASETS_DIR / "fbi_cius_city" / "parse.py"
    assert "Arson" in " ".join(TITLES)
    assert beyond(own, dataset, [workbook(tmp_path / "table.xlsx", TABLE)], ()) == ()
    rows = [[*row, "Human\ntrafficking4"] if row == TITLES else row for row in TABLE]
    found = beyond(own, dataset, [workbook(tmp_path / "more.xlsx", rows)], ())
    assert found == ("human trafficking",)


def test_a_blank_cell_is_no_zero(tmp_path: Path) -> None:
    chicago = read(tmp_path)["chicago-il"]
    assert (chicago["violent_crime"], chicago["rape_revised"]) == (None, None)
    assert chicago["robbery"] == "9638"


def test_footnotes_of_a_city_of_its_state_and_of_its_name_are_its_note(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found["miami-fl"]["note"] == "This agency began the year otherwise."
    assert (
        found["tampa-fl"]["note"] == "The rapes of Tampa, Florida, are not included in this table."
    )
    assert found["chicago-il"]["note"] is None
    everything = read_table(workbook(tmp_path / "all.xlsx", TABLE)).rows
    assert everything[0].note == "Limited data were available."


@pytest.mark.parametrize(
    ("before", "after"), [(0, 0), (2, 0), (0, 3)], ids=["as is", "lines above", "lines below"]
)
def test_the_row_of_titles_is_found_where_it_is(tmp_path: Path, before: int, after: int) -> None:
    rows = [*[[None]] * before, *TABLE[:3], *[["[a remark]"]] * after, *TABLE[3:]]
    assert read(tmp_path, rows) == read(tmp_path)


def test_from_2017_one_column_of_rape_is_of_the_revised_definition(tmp_path: Path) -> None:
    rows = [["Rape1" if cell == TITLES[5] else cell for cell in row] for row in without(TITLES[6])]
    rows[2] = ["by State by City, 2019"]
    miami = read(tmp_path, rows)["miami-fl"]
    assert (miami["year"], miami["rape_revised"], miami["rape_legacy"]) == ("2019", "119", None)
    assert miami["mvt"] == "2000"


def test_a_table_since_2017_in_the_publishers_format(tmp_path: Path) -> None:
    path = tmp_path / "table-8_2019.xls"
    path.write_bytes(made(2019))
    rows = {str(row["place"]): row for row in parse([path])}
    assert rows == {
        place: {name: value or None for name, value in row.items()}
        | {"source_table": "Table 8", "note": "Limited data were available.", "rape_legacy": None}
        | {"rape_revised": row["rape_revised"] or row["rape_legacy"] or None}
        for place, row in made_rows(2019).items()
    }


def test_a_table_of_another_year_than_its_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table-8_2018.xls"
    path.write_bytes(made(2019))
    with pytest.raises(InputError, match=r"2018.xls:1: is the table of 2019, not of 2018"):
        read_table(path)


def test_a_table_of_one_state_has_the_state_in_its_title(tmp_path: Path) -> None:
    rows = [["Table 8"], ["FLORIDA"], ["by City, 2015"], TITLES[1:], *[r[1:] for r in TABLE[5:9]]]
    assert read(tmp_path, rows)["miami-fl"] | {"note": None} == read(tmp_path)["miami-fl"] | {
        "note": None
    }


def test_a_table_of_counties_gives_the_county_police(tmp_path: Path) -> None:
    titles = ["Metropolitan/Nonmetropolitan", "County", *TITLES[3:]]
    rows = [
        ["Table 10"], ["FLORIDA"], ["by Metropolitan and Nonmetropolitan Counties, 2015"],
        ["[The data shown in this table do not reflect county totals]"], titles,
        ["Metropolitan Counties", "Alachua", 500, 3, 40, None, 70, 387, 2000, 500, 1400, 100, 4],
        [None, "Miami-Dade", 6571, 84, 421, None, 1835, 4231, 38791, 6440, 29213, 3138, 4],
    ]  # fmt: skip
    (row,) = read(tmp_path, rows).values()
    assert (row["place"], row["murder"], row["population"]) == ("miami-dade-pd", "84", None)
    assert row["source_table"] == "Table 10"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (without("Robbery"), "table.xlsx:4: robbery: column is missing"),
        (without("Motor\nvehicle\ntheft"), "motor vehicle theft: column is missing"),
        (changed(4, 5, "Murders"), "table.xlsx:5"),
        (changed(4, 5, "Homicide"), "table.xlsx:4: murder: column is missing"),
        (changed(4, 8, "Robery"), 'robbery: column is missing (did you mean "robery"?)'),
        (changed(4, 14, "Robbery"), "table.xlsx:4: robbery: column is there twice"),
        (changed(6, 5, "75 or so"), "table.xlsx:6: murder: '75 or so' is not a count"),
        (changed(6, 5, 75.5), "table.xlsx:6: murder: 75.5 is not a count"),
        (changed(6, 1, "FLORDIA"), 'table.xlsx:6: "FLORDIA" is no state (did you mean "FLORIDA"?)'),
        (changed(5, 1, None), "table.xlsx:5: state: Miami has no state above it"),
        (changed(7, 2, None), "table.xlsx:7: name: figures without a name"),
        (changed(3, 1, "by State by City"), "does not say which table of which year"),
        (changed(4, 1, "Place"), 'no row begins with "state or city or'),
        (TABLE[4:], "the titles are missing"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_column(
    tmp_path: Path, rows: Rows, says: str
) -> None:
    if says == "table.xlsx:5":  # a title that only begins otherwise is the same column
        assert read(tmp_path, rows)["miami-fl"]["murder"] == "75"
        return
    with pytest.raises(InputError) as refused:
        read(tmp_path, rows)
    assert says in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"<html>no such table</html>", b"PK\x03\x04 half a file"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.xls"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"table\.xls: cannot be read as a spreadsheet"):
        read_sheet(path)


def test_a_sheet_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "table.xlsx", TABLE)
    assert sheet_names(path) == ["Sheet"]
    with pytest.raises(
        InputError, match=r'has no sheet "Sheets", but Sheet \(did you mean "Sheet"'
    ):
        read_sheet(path, "Sheets")
    with pytest.raises(InputError, match="has 1 sheets, not 2"):
        read_sheet(path, 1)


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.workbook.MAX_BYTES", 100)
    with pytest.raises(InputError, match="unpacks to more than 100 bytes"):
        read_sheet(workbook(tmp_path / "table.xlsx", TABLE))


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("Louisville Metro6, 7", ("Louisville Metro", (6, 7))),
        ("Tampa", ("Tampa", ())),
        ("ARIZONA4", ("ARIZONA", (4,))),
        ("Toledo10 ", ("Toledo", (10,))),
    ],
)
def test_marks_are_split_from_names(name: str, split: tuple[str, tuple[int, ...]]) -> None:
    assert split_marks(name) == split


def test_a_title_is_its_words() -> None:
    assert title("Larceny-\ntheft2") == "larceny theft"
    assert title("Rape\n(legacy definition)2") == title("Rape\n(legacy\ndefinition)1")


# The publisher's own files

FOLDER = Path(os.environ.get("CRIMECLAIMS_REFERENCE_DATA", "")) / "fbi_cius"
real = pytest.mark.skipif(
    not os.environ.get("CRIMECLAIMS_REFERENCE_DATA"),
    reason="CRIMECLAIMS_REFERENCE_DATA does not name a folder with the publishers' files",
)


@real
def test_the_real_tables_have_the_golden_figures() -> None:
    """Chicago, and the county as the sum of its departments, both known from elsewhere."""
    tables = [*FOLDER.glob("Table_[68]_*_by_State_by_City_*.xls"), *FOLDER.glob("Table_10_*.xls")]
    assert len(tables) == 7
    found = {(str(row["year"]), row["place"]): row for row in parse(sorted(tables))}
    assert found["2016", "chicago-il"]["murder"] == "765"
    assert found["2015", "chicago-il"]["murder"] == "478"
    parts = {p["part"] for p in reference("place_part") if p["place"] == "miami-dade-county-fl"}
    with (FOLDER / "miami_dade_county_sum_2013_2016.csv").open(encoding="utf-8") as file:
        golden = {row["year"]: row for row in csv.DictReader(file) if row["year"] != "2016"}
    assert len(golden) == 3  # the counties' table of 2016 is not at hand
    for year, sums in golden.items():
        rows = [row for (y, place), row in found.items() if y == year and place in parts]
        assert len(rows) == 35 == int(sums["n_muni_agencies"]) + 1
        for name in ("murder", "robbery", "agg_assault", "burglary", "larceny", "mvt"):
            assert sum(int(row[name] or 0) for row in rows) == int(sums[name]), (year, name)


@real
def test_the_real_table_of_florida_is_floridas_part_of_the_nations() -> None:
    (nation,) = FOLDER.glob("Table_8_*_by_State_by_City_2015.xls")
    (florida,) = FOLDER.glob("Table_8_*_Florida_by_City_2015.xls")
    whole = [row for row in read_table(nation).rows if row.state == "FLORIDA"]
    alone = read_table(florida).rows
    assert len(alone) > 250
    assert [(r.name, r.population, r.figures) for r in whole] == [
        (r.name, r.population, r.figures) for r in alone
    ]
