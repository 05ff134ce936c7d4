"""Compilations of third parties, which are read only where a user has fetched them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.rtci.parse import parse as rtci
from datasets.settings import DATASETS_DIR
from datasets.wapo_homicides.parse import parse as wapo
from tests.support_fetched import RTCI_COLUMNS, WAPO_COLUMNS, rtci_rows, wapo_rows

Row = Mapping[str, str | None]

COUNTS = "7,NA,120.0,,1,2,3,City,403364,2026-04-24"
TAMPA = f'5,2024,2024-05-01,Tampa,Florida,South,"Tampa, FL",{COUNTS}'
VICTIM = "Tul-1,20150118,DOE,JANE,White,30,Female,Tulsa,AL,36.1,-95.9,Open/No arrest"


def read_rtci(folder: Path, *lines: str, header: str = RTCI_COLUMNS) -> list[Row]:
    path = folder / "final_sample.csv"
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return list(rtci([path]))


def read_wapo(folder: Path, *lines: str, header: str = WAPO_COLUMNS) -> list[Row]:
    path = folder / "homicide-data.csv"
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return list(wapo([path]))


def test_third_parties_are_not_bundled() -> None:
    catalog = load_catalog(DATASETS_DIR)
    assert not catalog["rtci"].bundled
    assert not catalog["wapo_homicides"].bundled


def test_sums_over_agencies_are_left_out(tmp_path: Path) -> None:
    rows = list(rtci_rows(tmp_path))
    assert {row["place"] for row in rows} == {"chicago-il", "tampa-fl"}
    assert len(rows) == 21
    assert {frozenset(row) for row in rows} == {
        frozenset(c.name for c in load_catalog(DATASETS_DIR)["rtci"].columns)
    }
    for state in ("Nationwide", "Midwest", "Other", ""):
        assert read_rtci(tmp_path, TAMPA.replace("Florida", state)) == []


def test_missing_is_no_zero_and_a_count_may_end_in_a_point(tmp_path: Path) -> None:
    (row,) = read_rtci(tmp_path, TAMPA)
    assert (row["state"], row["month"], row["place"]) == ("FL", "2024-05-01", "tampa-fl")
    assert (row["murder"], row["rape"], row["robbery"]) == ("7", None, "120")
    assert (row["aggravated_assault"], row["motor_vehicle_theft"]) == (None, "3")


@pytest.mark.parametrize("month", ["5", "05", "May", "MAY", "5.0"])
def test_a_month_is_a_number_or_a_name(tmp_path: Path, month: str) -> None:
    assert read_rtci(tmp_path, month + TAMPA[1:])[0]["month"] == "2024-05-01"


def test_an_edition_without_regions_is_read(tmp_path: Path) -> None:
    header = RTCI_COLUMNS.replace("Region,", "")
    assert read_rtci(tmp_path, TAMPA.replace("South,", ""), header=header) == read_rtci(
        tmp_path, TAMPA
    )


def test_an_agency_that_is_no_place_has_none(tmp_path: Path) -> None:
    (row,) = read_rtci(tmp_path, TAMPA.replace("Tampa,F", "Nowhere,F"))
    assert (row["agency"], row["place"]) == ("Nowhere", None)


@pytest.mark.parametrize(
    ("line", "header", "says"),
    [
        (TAMPA, RTCI_COLUMNS.replace("Murder", "Murders"), "Murder: column is missing (did you"),
        (
            TAMPA.replace("Florida", "Floridia"),
            RTCI_COLUMNS,
            '"Floridia" is no state (did you mean',
        ),
        (TAMPA.replace("7,NA", "7.5,NA"), RTCI_COLUMNS, "2: Murder: '7.5' is not a count"),
        ("13" + TAMPA[1:], RTCI_COLUMNS, "Month: '13' of '2024' is no month"),
        ("soon" + TAMPA[1:], RTCI_COLUMNS, "Month: 'soon' of '2024' is no month"),
    ],
)
def test_an_index_that_is_not_as_expected_is_refused(
    tmp_path: Path, line: str, header: str, says: str
) -> None:
    with pytest.raises(InputError) as refused:
        read_rtci(tmp_path, line, header=header)
    assert says in str(refused.value)


def test_nothing_by_which_a_victim_could_be_found_is_kept(tmp_path: Path) -> None:
    rows = list(wapo_rows(tmp_path))
    declared = {c.name for c in load_catalog(DATASETS_DIR)["wapo_homicides"].columns}
    assert all(set(row) == declared for row in rows)
    cells = {str(cell) for row in rows for cell in row.values()}
    assert not cells & {"JUAN", "GARCÍA", "Hispanic", "78", "Male", "41", "-87"}


def test_a_date_with_a_digit_too_many_keeps_its_year_and_has_no_day(tmp_path: Path) -> None:
    found = {row["uid"]: row for row in wapo_rows(tmp_path)}
    for uid in ("Tul-000001", "Tul-000002"):
        assert (found[uid]["reported_date"], found[uid]["year"]) == (None, "2015")
    assert found["Chi-000013"]["reported_date"] == "2011-02-15"


def test_there_is_no_tulsa_in_alabama(tmp_path: Path) -> None:
    (row,) = read_wapo(tmp_path, VICTIM)
    assert (row["state"], row["place"]) == ("AL", "tulsa-ok")


@pytest.mark.parametrize(
    ("line", "header", "says"),
    [
        (VICTIM, WAPO_COLUMNS.replace("disposition", "status"), "disposition: column is missing"),
        (VICTIM.replace("20150118", "1/18/15"), WAPO_COLUMNS, "2: reported_date: '1/18/15' is no"),
        (VICTIM.replace("20150118", ""), WAPO_COLUMNS, "reported_date: '' is no date"),
        (VICTIM + ",1", WAPO_COLUMNS, "has 13 cells, the header has 12"),
    ],
)
def test_a_file_of_victims_that_is_not_as_expected_is_refused(
    tmp_path: Path, line: str, header: str, says: str
) -> None:
    with pytest.raises(InputError) as refused:
        read_wapo(tmp_path, line, header=header)
    assert says in str(refused.value)
