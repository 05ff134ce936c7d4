"""Files of the Census Bureau, The Marshall Project and the Chicago police, as they publish them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from datasets.catalog import load_catalog
from datasets.census_population.parse import parse as census
from datasets.chicago_homicide_clearances.parse import parse as release
from datasets.errors import InputError
from datasets.published_csv import read_published
from datasets.reference_tables import reference
from datasets.settings import DATASETS_DIR
from datasets.ucr_large_agencies.parse import parse as marshall

Parse = Callable[[Sequence[Path]], Iterator[Mapping[str, str | None]]]
Rows = list[dict[str, str | None]]

real = pytest.mark.skipif(
    not os.environ.get("CRIMECLAIMS_REFERENCE_DATA"),
    reason="CRIMECLAIMS_REFERENCE_DATA does not name a folder with the publishers' files",
)
DATA = Path(os.environ.get("CRIMECLAIMS_REFERENCE_DATA", ""))


def write(folder: Path, text: str, name: str = "file.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def refused(parse: Parse, path: Path) -> str:
    with pytest.raises(InputError) as error:
        list(parse([path]))
    return str(error.value)


def declared(name: str) -> set[str]:
    return {column.name for column in load_catalog(DATASETS_DIR)[name].columns}


# CSV


def test_cells_lose_the_blanks_around_them_and_keep_their_line(tmp_path: Path) -> None:
    path = write(tmp_path, '\ufeff a , b\r\n1,"x\ny"\r\n\r\n 3 , \r\n')
    assert list(read_published(path, ("a", "b"))) == [
        (3, {"a": "1", "b": "x\ny"}),
        (5, {"a": "3", "b": ""}),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,bb\n1,2\n", 'file.csv:1: b: column is missing (did you mean "bb"?)'),
        ("a,b,a\n1,2,3\n", "file.csv:1: a: column is there twice"),
        ("a,b\n1\n", "file.csv:2: has 1 cells, the header has 2"),
        ('a,b\n1,"2\n', "is not CSV"),
    ],
)
def test_a_csv_that_is_not_as_expected_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError) as error:
        list(read_published(write(tmp_path, text), ("a", "b")))
    assert says in str(error.value)


# Census Bureau

CITIES = (
    "SUMLEV,STATE,COUNTY,PLACE,COUSUB,NAME,STNAME,POPESTIMATE2020,POPESTIMATE2021\n"
    "040,17,000,00000,00000,Illinois,Illinois,12786580,12686469\n"
    "162,17,000,14000,00000,Chicago city,Illinois,2743329,2704101\n"
    "157,17,031,14000,00000,Chicago city (pt.),Illinois,1,2\n"
    "162,35,000,99999,00000,Españolita city,New Mexico,10044,10036\n"
)


def counties(*, leave_out: str = "") -> str:
    states = {p["fips"]: p["name"] for p in reference("places") if p["kind"] == "state"}
    lines = ["SUMLEV,STATE,COUNTY,CTYNAME,POPESTIMATE2016,NPOPCHG_2016"]
    lines += [f"40,{int(f)},0,{n},1000,1" for f, n in states.items() if f != leave_out]
    return "\n".join([*lines, "50,12,86,Miami-Dade County,2692213,7", "50,35,13,Doña Ana,9,9", ""])


def test_cities_are_found_by_their_codes_and_not_by_their_parts(tmp_path: Path) -> None:
    rows = list(census([write(tmp_path, CITIES, encoding="latin-1")]))
    assert [(row["place"], row["year"], row["population"]) for row in rows] == [
        ("chicago-il", "2020", "2743329"),
        ("chicago-il", "2021", "2704101"),
    ]
    assert {key: rows[0][key] for key in ("sumlev", "state_fips", "place_or_county_fips")} == {
        "sumlev": "162", "state_fips": "17", "place_or_county_fips": "14000",
    }  # fmt: skip
    assert set(rows[0]) == declared("census_population")


def test_counties_and_states_are_found_and_the_nation_is_their_sum(tmp_path: Path) -> None:
    rows = list(census([write(tmp_path, counties(), encoding="latin-1")]))
    found = {row["place"]: row["population"] for row in rows}
    assert found["miami-dade-county-fl"] == "2692213"
    assert found["united-states"] == "51000"
    assert len(found) == 53


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (counties(leave_out="12"), "has 50 states, not 51: the nation cannot be summed"),
        (counties().replace("2692213", "2692213.5"), "POPESTIMATE2016: '2692213.5' is not a count"),
        (counties().replace("2692213", ""), "POPESTIMATE2016: is required"),
        (
            counties().replace("POPESTIMATE", "POPEST"),
            "POPESTIMATE2010 or other: column is missing",
        ),
        (counties().replace("CTYNAME", "NAME"), "CTYNAME: column is missing"),
        (CITIES.replace("SUMLEV", "LEVEL"), "SUMLEV: column is missing"),
        ("error: error: unknown variable 'PLACE'", "column is missing"),
        ("<html><title>Missing Key</title></html>", "column is missing"),
    ],
)
def test_a_census_file_that_is_not_as_expected_is_refused(
    tmp_path: Path, text: str, says: str
) -> None:
    assert says in refused(census, write(tmp_path, text, encoding="latin-1"))


@real
def test_the_real_census_files_have_the_golden_figures() -> None:
    files = [DATA / "census" / name for name in ("co-est2019-alldata.csv", "sub-est2019_all.csv")]
    found = {(row["place"], row["year"]): row["population"] for row in census(files)}
    assert found["chicago-il", "2016"] == "2716723"
    assert found["miami-dade-county-fl", "2016"] == "2692213"


# The Marshall Project

AGENCIES = (
    "ORI,year,department_name,total_pop,homs_sum,rape_sum,rob_sum,agg_ass_sum,violent_crime,"
    "months_reported,homs_per_100k,source,url\n"
    'NM00101,1975,"Albuquerque, N.M.",286238,30,181,819,1353,2383,12,10.48,NA,NA\n'
    "ILCPD00,1990,Chicago,5e+05,851,NA,37156,41114,79121,NA,30.5,Chicago PD,http://x\n"
    "NA,1990,National,248709873,23438,102555,639271,1054863,1820127,NA,9.4,NA,NA\n"
    "CA01942,1990,Los Angeles,5e+05,983,NA,36098,43000,83000,NA,28.2,NA,NA\n"
)


def test_only_rows_of_agencies_that_are_the_fbis_are_kept(tmp_path: Path) -> None:
    rows = list(marshall([write(tmp_path, AGENCIES)]))
    assert [(row["ori"], row["murder"]) for row in rows] == [
        ("CA0194200", "983"),
        ("NM0010100", "30"),
    ]
    assert (rows[0]["population"], rows[0]["rape"], rows[0]["months_reported"]) == (
        "5e+05", None, None,
    )  # fmt: skip
    assert set(rows[0]) == declared("ucr_large_agencies")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("homs_sum", "homicides", "homs_sum: column is missing"),
        ("NM00101", "NM0010100", 'file.csv:2: ORI: "NM0010100" has not seven characters'),
        ("286238", "about 286238", "file.csv:2: total_pop: 'about 286238' is not a count"),
    ],
)
def test_a_compilation_that_is_not_as_expected_is_refused(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert says in refused(marshall, write(tmp_path, AGENCIES.replace(old, new, 1)))


# Chicago police

TITLES = [
    "RD#", "Homicide #", "Injury Date", "Death Date", "CompStat Date", "Address (Block Level)",
    "Homicide Location Descr", "Victim Sex", "Victim Age", "Cleared I", "Cleared Exceptionally By",
    "Date Cleared",
]  # fmt: skip
INJURY, DEATH = dt.datetime(2016, 7, 30, 7, 5), dt.datetime(2016, 7, 31, 23, 59, 59)  # noqa: DTZ001
VICTIM = [
    "HZ373496", 16070781, INJURY, DEATH, INJURY, "6XX E PERSHING RD", "HOUSE", "M", 74, "Y",
    "DEATH OF OFFENDER", dt.date(2017, 2, 28),
]  # fmt: skip
OPEN = [*VICTIM[:9], "N", None, None]


def workbook(folder: Path, *rows: list[Any], sheet: str = "Data Set I") -> Path:
    book = openpyxl.Workbook()
    book.create_sheet(sheet)
    for row in rows:
        book[sheet].append(row)
    path = folder / "release.xlsx"
    book.save(path)
    return path


def test_a_release_has_a_row_a_victim_and_nothing_to_find_them_by(tmp_path: Path) -> None:
    rows = list(release([workbook(tmp_path, TITLES, VICTIM, OPEN, [None] * 12)]))
    assert rows[0] == {
        "rd_number": "HZ373496", "homicide_number": "16070781",
        "injury_at": "2016-07-30 07:05:00", "death_at": "2016-07-31 23:59:59",
        "compstat_at": "2016-07-30 07:05:00", "cleared": "true",
        "cleared_exceptionally_by": "DEATH OF OFFENDER", "cleared_on": "2017-02-28",
    }  # fmt: skip
    assert (rows[1]["cleared"], rows[1]["cleared_on"]) == ("false", None)
    assert len(rows) == 2
    assert set(rows[0]) == declared("chicago_homicide_clearances")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([[*TITLES[:9], "Cleared", *TITLES[10:]], VICTIM], "Cleared I: column is missing (did you"),
        (
            [TITLES, [*VICTIM[:9], "X", *VICTIM[10:]]],
            'release.xlsx:2: Cleared I: "X" is not Y or N',
        ),
        ([TITLES, [*VICTIM[:2], "in July", *VICTIM[3:]]], "Injury Date: 'in July' is not a date"),
    ],
)
def test_a_release_that_is_not_as_expected_is_refused(
    tmp_path: Path, rows: list[list[Any]], says: str
) -> None:
    assert says in refused(release, workbook(tmp_path, *rows))
    assert 'no sheet "Data Set I"' in refused(release, workbook(tmp_path, TITLES, sheet="Data"))


@real
def test_the_real_release_has_the_golden_figures() -> None:
    (path,) = (DATA / "cbs_chicago").glob("18731-*.xlsx")
    rows = list(release([path]))
    assert len(rows) == 7500
    of_2016 = [row for row in rows if str(row["compstat_at"]).startswith("2016")]
    assert len(of_2016) == 780
    assert sum(row["cleared"] == "true" for row in of_2016) == 272
    cleared = {row["rd_number"] for row in rows if str(row["cleared_on"]).startswith("2016")}
    assert len(cleared) == 207
