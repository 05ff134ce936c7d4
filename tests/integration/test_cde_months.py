"""The Explorer's months as observations: full years, parts of years, parts of a nation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datasets.fbi_cde.parse import parse
from datasets.warehouse import writer
from tests.faults.cases import RELEASE
from tests.faults.conftest import fill
from tests.support_cde import answer, months_of, write_answer
from tests.support_fetched import CDE, FETCHED, write_rows
from tests.support_snapshots import make_settings

#: (measure, "2016" or "2016-05") -> value, status, note.
Figures = dict[tuple[str, str], tuple[Any, str, str | None]]
Read = Callable[[str, dict[str, Any]], Figures]

MURDERS: list[int | None] = [7] * 12


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The observations that one answer makes."""

    def figures(asked: str, body: dict[str, Any]) -> Figures:
        settings = make_settings(tmp_path / "made", (RELEASE, CDE))
        rows = list(parse([write_answer(tmp_path, asked, body)]))
        write_rows(settings.datasets_dir, CDE, FETCHED[CDE][0], rows)
        with writer(settings, Path(":memory:")) as con:
            fill(con, settings)
            found = con.execute(
                "SELECT measure, if(period_end - period_start > 31, year(period_start)::VARCHAR, "
                "strftime(period_start, '%Y-%m')), value, status, note FROM core.observation "
                "WHERE dataset = 'fbi_cde' AND definition = 'ucr'"
            ).fetchall()
        assert len(found) == len({row[:2] for row in found})
        return {(row[0], row[1]): (row[2], row[3], row[4]) for row in found}

    return figures


def of_police(offenses: list[int | None], cleared: list[int | None], **more: Any) -> dict[str, Any]:
    return answer("Miami-Dade PD", months_of(2016, offenses), months_of(2016, cleared), **more)


def test_twelve_months_make_a_year(read: Read) -> None:
    found = read("agency_FL0130000_HOM", of_police(MURDERS, [3] * 12))
    assert found["murder", "2016"] == (84, "final", None)
    assert found["murder_cleared", "2016"] == (36, "final", None)
    assert found["murder", "2016-12"] == (7, "final", None)
    assert found["population", "2016"] == (100_000, "estimated", None)


def test_a_month_of_null_makes_a_part_of_a_year(read: Read) -> None:
    found = read("agency_FL0130000_HOM", of_police([*MURDERS[:11], None], [3] * 12))
    assert found["murder", "2016"] == (77, "partial", "11 months reported")
    assert found["murder", "2016-12"] == (None, "not_reported", None)
    assert found["murder_cleared", "2016"][1] == "final"


def test_a_month_that_is_not_there_makes_a_part_of_a_year(read: Read) -> None:
    found = read("agency_FL0130000_HOM", of_police(MURDERS[:9], [3] * 9))
    assert found["murder", "2016"] == (63, "partial", "9 months reported")
    assert ("murder", "2016-10") not in found


def test_zeros_of_an_agency_that_did_not_take_part_were_not_reported(read: Read) -> None:
    found = read("agency_FL0130000_HOM", of_police([0] * 12, [0] * 12, participated=0))
    assert found["murder", "2016"] == (None, "not_reported", "0 months reported")
    assert found["murder", "2016-01"][1] == "not_reported"


def test_no_murders_cleared_of_many_were_not_reported(read: Read) -> None:
    found = read("agency_FL0130000_HOM", of_police(MURDERS, [0] * 12))
    assert found["murder_cleared", "2016"] == (None, "not_reported", "0 of 84 murders cleared")
    assert found["murder_cleared", "2016-01"] == (0, "final", None)


def test_part_of_the_nations_police_is_no_figure_of_the_nation(read: Read) -> None:
    body = answer(
        "United States",
        months_of(2016, [1400] * 12),
        months_of(2016, [800] * 12),
        population=1000,
        participated=955,
    )
    found = read("national_HOM", body)
    assert found["murder", "2016"] == (
        16_800, "partial", "reported by the police of 95.5% of the people",
    )  # fmt: skip


def test_property_crimes_cleared_are_a_measure(read: Read) -> None:
    found = read("agency_FL0130000_P", of_police([300] * 12, [30] * 12))
    assert found["property_crime", "2016"][0] == 3600
    assert found["property_crime_cleared", "2016"][0] == 360
