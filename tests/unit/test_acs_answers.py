"""Answers of the Census Bureau's API as rows: codes are places, negative numbers are no people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from datasets.answers import read_json
from datasets.catalog import load_catalog
from datasets.census_acs5.parse import parse
from datasets.errors import InputError
from datasets.settings import DATASETS_DIR

CHICAGO = ["Chicago city, Illinois", "2707648", "17", "14000"]
HEADER = ["NAME", "B01003_001E", "state", "place"]
Rows = list[dict[str, str | None]]


def read(
    folder: Path, *rows: list[Any], header: list[str] = HEADER, name: str = "2024-acs-acs5-place"
) -> Rows:
    path = folder / f"{name}.json"
    path.write_text(json.dumps([header, *rows]))
    return [dict(row) for row in parse([path])]


def test_a_city_has_the_average_of_five_years(tmp_path: Path) -> None:
    assert read(tmp_path, CHICAGO, ["Abanda CDP, Alabama", "600", "01", "00100"]) == [
        {
            "place": "chicago-il", "level": "place", "fips": "1714000",
            "name": "Chicago city, Illinois", "first_year": "2020", "last_year": "2024",
            "population": "2707648",
        }
    ]  # fmt: skip


def test_rows_have_the_declared_columns(tmp_path: Path) -> None:
    (row,) = read(tmp_path, CHICAGO)
    assert list(row) == [
        column.name for column in load_catalog(DATASETS_DIR)["census_acs5"].columns
    ]


def test_the_nation_and_a_county(tmp_path: Path) -> None:
    us = read(tmp_path, ["United States", "1", "1"], header=["NAME", "B01003_001E", "us"],
              name="2019-acs-acs5-us")  # fmt: skip
    assert (us[0]["place"], us[0]["fips"], us[0]["first_year"]) == ("united-states", None, "2015")
    county = read(
        tmp_path,
        ["Cook County, Illinois", "5185812", "17", "031"],
        header=["NAME", "B01003_001E", "state", "county"],
        name="2024-acs-acs5-county",
    )
    assert county[0]["place"] == "cook-county-il"


@pytest.mark.parametrize("cell", ["-666666666", "-222222222", None])
def test_what_the_bureau_does_not_give_is_missing(tmp_path: Path, cell: str | None) -> None:
    """Never a negative number of people, and never 0."""
    (row,) = read(tmp_path, [CHICAGO[0], cell, *CHICAGO[2:]])
    assert row["population"] is None


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    """Others, as the margin of error, may stand between them."""
    header = ["B01003_001M", "state", "place", "B01003_001E", "NAME"]
    (row,) = read(tmp_path, ["91", "17", "14000", "5", "Chicago"], header=header)
    assert (row["place"], row["population"]) == ("chicago-il", "5")


@pytest.mark.parametrize(
    ("row", "name", "says"),
    [
        ([*CHICAGO[:3], "1400"], "2024-acs-acs5-place", "2: place: '1400' is not a code of 5"),
        ([CHICAGO[0], "1", "IL", "14000"], "2024-acs-acs5-place", "state: 'IL' is not a code of 2"),
        ([CHICAGO[0], "2.7e6", "17", "14000"], "2024-acs-acs5-place", "'2.7e6' is not a count"),
        (CHICAGO, "2024-pep-charv-place", "is not named after a survey"),
    ],
)
def test_an_answer_that_is_not_as_expected_is_refused(
    tmp_path: Path, row: list[str], name: str, says: str
) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, row, name=name)
    assert says in str(refused.value)


def test_a_captured_answer_is_read_as_it_was_sent(tmp_path: Path) -> None:
    """The shape of a public capture: lists of texts, several variables, then the codes."""
    path = tmp_path / "2023-acs-acs5-place.json"
    path.write_text(
        '[["NAME","B01003_001E","B01003_001M","B19013_001E","B19013_001M","state","place"],\n'
        '["Chicago city, Illinois","2707648","91","-666666666","-222222222","17","14000"]]\n'
    )
    assert len(read_json(path, "json")) == 2
    (row,) = parse([path])
    assert (row["first_year"], row["population"]) == ("2019", "2707648")
