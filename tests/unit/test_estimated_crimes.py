"""The FBI's estimated_crimes file: the nation without a state, blanks and commas in numbers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.fbi_estimated_crimes.parse import parse
from datasets.settings import DATASETS_DIR

HEADER = (
    "year,state_abbr,state_name,population,violent_crime,homicide,rape_legacy,rape_revised,robbery,"
    "aggravated_assault,property_crime,burglary,larceny,motor_vehicle_theft,caveats\n"
)
NATION = (
    "2016,,,323127513,1248185,17250,95730,130603,332198,803007,7919035,1515096,5638455,765484,\n"
)
FLORIDA = (
    '2020,FL,Florida," 21,733,312 ", 83368,"1,290",, 6100 , 13456 ,62522 ,384556,57000,285000,'
    '42556,"the state says\n so"\n'
)


def read(folder: Path, text: str, *, encoding: str = "utf-8") -> list[dict[str, str | None]]:
    path = folder / "estimated.csv"
    path.write_bytes(text.encode(encoding))
    return [dict(row) for row in parse([path])]


def test_the_nation_has_no_state_or_is_called_the_total(tmp_path: Path) -> None:
    total = NATION.replace("2016,,,", "2021,,United States Total,")
    rows = read(tmp_path, HEADER + NATION + total)
    assert [(row["year"], row["place"], row["state_abbr"]) for row in rows] == [
        ("2016", "united-states", None),
        ("2021", "united-states", None),
    ]
    assert (rows[0]["murder"], rows[0]["rape_revised"]) == ("17250", "130603")


def test_numbers_lose_their_blanks_and_commas_and_a_blank_is_no_zero(tmp_path: Path) -> None:
    (row,) = read(tmp_path, HEADER + FLORIDA)
    assert row == {
        "year": "2020", "place": "florida", "state_abbr": "FL", "population": "21733312",
        "violent_crime": "83368", "murder": "1290", "rape_legacy": None, "rape_revised": "6100",
        "robbery": "13456", "aggravated_assault": "62522", "property_crime": "384556",
        "burglary": "57000", "larceny": "285000", "motor_vehicle_theft": "42556",
        "caveats": "the state says so", "source": "FBI estimates",
    }  # fmt: skip


def test_rows_have_the_declared_columns(tmp_path: Path) -> None:
    declared = {c.name for c in load_catalog(DATASETS_DIR)["fbi_estimated_crimes"].columns}
    assert {frozenset(row) for row in read(tmp_path, HEADER + NATION)} == {frozenset(declared)}


@pytest.mark.parametrize(
    "header",
    [
        "\ufeff" + HEADER,
        HEADER.replace("caveats", "caveats,Total crimes"),
        HEADER.replace("homicide", " homicide "),
        HEADER.replace("\n", "\r\n"),
    ],
    ids=["byte order mark", "one column more", "blanks in the header", "lines of DOS"],
)
def test_what_changes_nothing_is_read(tmp_path: Path, header: str) -> None:
    end = ",1\n" if "Total" in header else "\n"
    assert read(tmp_path, header + NATION.replace("\n", end)) == read(tmp_path, HEADER + NATION)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADER.replace("homicide", "homicides") + NATION, "homicide: column is missing"),
        (HEADER.replace("homicide", "homicides") + NATION, 'did you mean "homicides"?'),
        (HEADER.replace(",robbery", "") + NATION, "robbery: column is missing"),
        ("", "year: column is missing"),
        ("<html><body>sorry</body></html>\n", "year: column is missing"),
        (
            HEADER + NATION.replace("17250", "n/a"),
            "estimated.csv:2: homicide: 'n/a' is not a count",
        ),
        (HEADER + NATION.replace("17250", "17.25"), "homicide: '17.25' is not a count"),
        (HEADER + NATION + NATION[:40] + "\n", "estimated.csv:3: has 8 cells, the header has 15"),
        (HEADER + NATION.replace("\n", ",7\n"), "estimated.csv:2: has 16 cells, the header has 15"),
        (HEADER + FLORIDA.replace("Florida", "Floridas"), 'no state (did you mean "florida"?)'),
        (HEADER + FLORIDA.replace("FL,", "GA,"), 'state_abbr: Florida is not "GA"'),
        (HEADER + NATION.replace(",\n", ',"no end\n'), "is not CSV"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_column(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, text)
    assert says in str(refused.value)


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    text = HEADER + NATION.replace(",\n", ",não\n")
    assert read(tmp_path, text)[0]["caveats"] == "não"
    with pytest.raises(InputError, match="is not UTF-8"):
        read(tmp_path, text, encoding="latin-1")


@pytest.mark.skipif(
    not os.environ.get("CRIMECLAIMS_REFERENCE_DATA"),
    reason="CRIMECLAIMS_REFERENCE_DATA does not name a folder with the publishers' files",
)
def test_the_real_files_have_the_golden_figures() -> None:
    folder = Path(os.environ["CRIMECLAIMS_REFERENCE_DATA"]) / "fbi_national"
    old, new = (folder / f"estimated_crimes_1979_{year}.csv" for year in (2019, 2022))
    before = {(row["year"], row["place"]): row for row in parse([old])}
    after = {(row["year"], row["place"]): row for row in parse([new])}
    assert (len(before), len(after)) == (2116, 2284)
    assert before["2014", "united-states"]["murder"] == "14164"
    assert before["2015", "united-states"]["murder"] == "15883"
    nation = {year for year, place in after if place == "united-states"}
    assert not nation & {"2017", "2018", "2019", "2020"}
    assert {"2016", "2021", "2022"} <= nation
