"""Return A by month: which months make a year, which make a part of one, and which make nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from datasets.build import plan_build
from datasets.fbi_return_a_months.parse import parse
from datasets.settings import Settings
from datasets.warehouse import writer
from tests.faults.cases import RELEASE
from tests.faults.conftest import fill
from tests.support_fetched import RETURN_A_MONTHS, write_rows, year_of_months
from tests.support_return_a import Month, Record, encode, write_zip
from tests.support_snapshots import make_settings

#: (measure, "2016" or "2016-05") -> value, status, note.
Figures = dict[tuple[str, str], tuple[Any, str, str | None]]
Read = Callable[..., Figures]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The observations that records of Miami-Dade's police make."""

    def figures(*records: Record | bytes) -> Figures:
        encoded = [r if isinstance(r, bytes) else encode(r) for r in records]
        rows = list(parse([write_zip(tmp_path / "reta.zip", encoded)]))
        made = Path(mkdtemp(dir=tmp_path))
        settings: Settings = make_settings(made, (RELEASE, RETURN_A_MONTHS))
        folder = next((settings.datasets_dir / RETURN_A_MONTHS / "snapshots").iterdir())
        write_rows(settings.datasets_dir, RETURN_A_MONTHS, folder.name, rows)
        assert plan_build(settings, []).snapshots[RETURN_A_MONTHS]
        with writer(settings, Path(":memory:")) as con:
            fill(con, settings)
            found = con.execute(
                "SELECT measure, if(period_end - period_start > 31, year(period_start)::VARCHAR, "
                "strftime(period_start, '%Y-%m')), value, status, note FROM core.observation "
                "WHERE dataset = 'fbi_return_a_months' AND place = 'miami-dade-pd' "
                "AND NOT starts_with(definition, 'ucr_')"
            ).fetchall()
        assert len(found) == len({row[:2] for row in found})
        return {(row[0], row[1]): (row[2], row[3], row[4]) for row in found}

    return figures


def agency(months: Mapping[int, Month]) -> Record:
    return Record("FL01300", 2016, months, "MIAMI-DADE", "FLA", 1_200_000)


FULL = year_of_months(murder=84, murder_cleared=41, robbery=1537, larceny=28416)


def test_twelve_months_make_a_year(read: Read) -> None:
    found = read(agency(FULL))
    assert found["murder", "2016"] == (84, "final", None)
    assert found["murder_cleared", "2016"] == (41, "final", None)
    assert found["murder", "2016-01"] == (7, "final", None)
    assert found["population", "2016"] == (1_200_000, "estimated", None)
    assert sum(found["robbery", f"2016-{m:02d}"][0] for m in range(1, 13)) == 1537


@pytest.mark.parametrize("missing", [1, 6, 12])
def test_eleven_months_make_a_part_of_a_year(read: Read, missing: int) -> None:
    found = read(agency({m: month for m, month in FULL.items() if m != missing}))
    assert found["murder", "2016"] == (77, "partial", "11 months reported")
    assert ("murder", f"2016-{missing:02d}") not in found


def test_a_month_of_zeros_without_a_return_was_not_reported(read: Read) -> None:
    none, nothing = Month(card="0"), Month()
    found = read(agency({**FULL, 3: none}))
    assert found["murder", "2016"] == (77, "partial", "11 months reported")
    assert ("murder", "2016-03") not in found
    found = read(agency({**FULL, 3: nothing}))
    assert found["murder", "2016"] == (77, "final", None)
    assert found["murder", "2016-03"] == (0, "final", None)


def test_zeros_of_an_agency_that_another_reports_for_are_no_report(read: Read) -> None:
    empty = {m: Month() for m in range(1, 13)}
    assert read(agency(empty))["murder", "2016"] == (0, "final", None)
    found = read(replace(agency(empty), covered_by="FL01306"))
    assert found["murder", "2016"] == (None, "not_reported", "no month reported")


def test_an_agency_without_a_month_reported_nothing(read: Read) -> None:
    found = read(agency({}))
    assert found["murder", "2016"] == (None, "not_reported", "no month reported")
    assert found["population", "2016"][0] == 1_200_000
    assert {period for _, period in found} == {"2016"}


def test_a_correction_lowers_the_year_and_is_no_figure_of_its_month(read: Read) -> None:
    found = read(agency({**FULL, 5: Month({"murder": -2, "robbery": 3})}))
    assert found["murder", "2016"] == (84 - 7 - 2, "final", None)
    assert found["murder", "2016-05"] == (None, "not_reported", "-2: a correction of other months")
    assert found["robbery", "2016-05"] == (3, "final", None)


def test_months_contained_in_another_are_covered_by_it(read: Read) -> None:
    quarter = Month({"murder": 21}, {"murder": 9})
    inside = replace(Month(card="0"), included_in="03")
    found = read(agency({**FULL, 1: inside, 2: inside, 3: quarter}))
    assert found["murder", "2016"] == (84, "final", None)
    assert found["murder", "2016-03"] == (21, "partial", "contains other months")
    assert ("murder", "2016-01") not in found
    assert found["murder", "2016-04"][1] == "final"


def test_months_contained_in_one_that_did_not_come_are_missing(read: Read) -> None:
    inside = replace(Month(card="0"), included_in="03")
    months = {m: month for m, month in FULL.items() if m > 3}
    found = read(agency({**months, 1: inside, 2: inside}))
    assert found["murder", "2016"] == (63, "partial", "9 months reported")


def test_records_that_say_the_same_count_once(read: Read) -> None:
    found = read(agency(FULL), agency(FULL))
    assert found["murder", "2016"] == (84, "final", None)


def test_records_that_divide_the_months_are_one_year(read: Read) -> None:
    first = {m: month for m, month in FULL.items() if m < 6}
    second = {m: month for m, month in FULL.items() if m >= 6}
    assert read(agency(first), agency(second))["murder", "2016"] == (84, "final", None)


def test_records_that_contradict_each_other_make_no_year(read: Read) -> None:
    other = {**FULL, 4: Month({"murder": 70})}
    value, status, note = read(agency(FULL), agency(other))["murder", "2016"]
    assert (value, status) == (77, "partial")
    assert note == "the records of 1 months contradict each other"


def test_an_offense_that_is_blank_in_a_month_is_not_known_for_the_year(read: Read) -> None:
    record = bytearray(encode(agency(FULL)))
    record[462 + 25 : 467 + 25] = b"     "  # robbery of January
    found = read(bytes(record))
    assert found["murder", "2016"] == (84, "final", None)
    assert found["robbery", "2016"] == (None, "not_reported", None)
    assert found["robbery", "2016-01"][1] == "not_reported"
    assert found["robbery", "2016-02"][1] == "final"


def test_no_clearances_of_many_offenses_were_not_reported(read: Read) -> None:
    found = read(
        agency(year_of_months(murder=84, robbery=1537, larceny=28416, larceny_cleared=900))
    )
    assert found["murder_cleared", "2016"] == (None, "not_reported", "0 of 84 murders cleared")
    found = read(agency(year_of_months(murder=3, robbery=100, larceny=900)))
    assert found["robbery_cleared", "2016"][1:] == (
        "not_reported",
        "no offense of any kind cleared",
    )
    found = read(agency(year_of_months(murder=3, robbery=100, larceny=900, larceny_cleared=90)))
    assert found["murder_cleared", "2016"][:2] == (0, "final")
