"""Each expectation is proven: a corruption planted in real snapshots closes the gate by it.

``PLANTED`` damages a bundled file and goes the real way to what its check reads: load, transform,
checks. ``ALTERED`` covers what no snapshot can cause, faults of our own SQL and reference tables:
it changes the tables of a finished build. Together they fail every check there is, and clean data
fail none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.validation.gx_duckdb import run_suites
from checks.validation.suites import load_suites
from datasets.warehouse import Connection, writer
from tests.faults import cases_city, cases_fbi, cases_fetched, cases_portal
from tests.faults.cases import ALL, RELEASE, VINTAGES, Altered, Planted
from tests.faults.cases_build import ALTERED
from tests.faults.conftest import CheckSnapshots, Only, fill, reads
from tests.support_snapshots import damage_rows, make_settings, snapshot_folder

#: Generated snapshots are small, and the checks say so.
FEW = {"fbi_return_a_months.agencies_a_year": "1 offending row"}

PLANTED = [
    *cases_city.PLANTED,
    *cases_fbi.PLANTED,
    *cases_fetched.PLANTED,
    *cases_portal.PLANTED,
]


@pytest.mark.parametrize("case", PLANTED, ids=lambda case: f"{case.dataset}: {case.name}")
def test_a_corruption_planted_in_a_snapshot_is_caught(
    case: Planted, only: Only, check_snapshots: CheckSnapshots, tmp_path: Path
) -> None:
    # without any incident dataset there is no series of days: the release is the smaller one
    days = [RELEASE] if "mart" in reads(only(case.check)) else []
    names = dict.fromkeys([case.dataset, *case.beside, *days])
    settings = make_settings(tmp_path, names, VINTAGES)
    damage_rows(snapshot_folder(settings, case.dataset), case.damage)
    result = check_snapshots(settings, case.check)
    assert result.outcome == "fail", result.observed
    assert result.closes_gate == (result.severity == "critical")
    assert result.n_offending
    assert result.offending
    assert case.shows in str(result.offending)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """All datasets, with the vintages that corruptions are planted in."""
    folder = tmp_path_factory.mktemp("clean")
    settings = make_settings(folder, ALL, VINTAGES)
    with writer(settings, Path(":memory:")) as con:
        fill(con, settings)
        yield con


def test_clean_data_pass_every_check(clean: Connection) -> None:
    results = run_suites(clean, load_suites())
    assert {r.check_id: r.observed for r in results if r.outcome != "pass"} == FEW


@pytest.mark.parametrize("case", ALTERED, ids=lambda case: case.name)
def test_a_fault_of_our_own_is_caught(case: Altered, clean: Connection, only: Only) -> None:
    clean.begin()
    try:
        clean.execute(case.sql)
        result = run_suites(clean, [only(case.check)])[0]
    finally:
        clean.rollback()
    assert result.outcome == "fail", result.observed
    assert result.n_offending
    assert result.offending


def test_every_check_is_proven() -> None:
    proven = {case.check for case in PLANTED} | {case.check for case in ALTERED}
    assert proven == {check.id for suite in load_suites() for check in suite.checks}
