"""What the fault tests share: the suites, and one check run on damaged snapshots."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.validation.gx_duckdb import run_suites
from checks.validation.results import CheckResult
from checks.validation.suites import Suite, load_suites
from datasets.build import plan_build
from datasets.load import create_schemas, load_dataset, load_reference
from datasets.settings import SQL_DIR, Settings
from datasets.transform import transform
from datasets.warehouse import Connection, writer

#: ``check_snapshots(settings, "core.place_known")``
CheckSnapshots = Callable[[Settings, str], CheckResult]

Only = Callable[[str], Suite]


@pytest.fixture(scope="session")
def only() -> Only:
    """A suite of one check alone."""
    suites = {suite.suite: suite for suite in load_suites()}

    def one(check_id: str) -> Suite:
        suite = suites[check_id.split(".", maxsplit=1)[0]]
        check = next(check for check in suite.checks if check.id == check_id)
        return suite.model_copy(update={"checks": (check,)})

    return one


def reads(suite: Suite) -> set[str]:
    """The schemas that the checks of a suite name."""
    return {
        schema
        for check in suite.checks
        for schema in re.findall(r"\b([a-z]+)\.", f"{check.table} {check.sql or ''}")
    }


@pytest.fixture(scope="session")
def check_snapshots(only: Only, tmp_path_factory: pytest.TempPathFactory) -> CheckSnapshots:
    """Load and transform the snapshots of ``settings`` as a build does, and run one check on them.

    In memory, and only as far as the check reads: a hundred files, and series that nobody asks for,
    would take most of the time.
    """
    staging, observations = (tmp_path_factory.mktemp(name) for name in ("staging", "core"))
    for folder in (staging, observations):
        (folder / "staging").symlink_to(SQL_DIR / "staging")
    (observations / "core").symlink_to(SQL_DIR / "core")

    def run(settings: Settings, check_id: str) -> CheckResult:
        suite = only(check_id)
        needed = reads(suite)
        sql = SQL_DIR if "mart" in needed else observations if "core" in needed else staging
        with writer(settings, Path(":memory:")) as con:
            fill(con, settings, sql)
            return run_suites(con, [suite])[0]

    return run


def fill(con: Connection, settings: Settings, sql_dir: Path = SQL_DIR) -> None:
    """What ``load_and_transform`` does, on a connection, with the SQL that is in ``sql_dir``."""
    plan = plan_build(settings, [])
    create_schemas(con)
    load_reference(con)
    for name, dataset in plan.catalog.items():
        load_dataset(con, dataset, plan.snapshots[name])
    transform(con, plan.catalog, sql_dir)
