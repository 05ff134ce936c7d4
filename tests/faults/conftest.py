"""What the fault tests share: the suites, and one check run on damaged snapshots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checks.validation.gx_duckdb import run_suites
from checks.validation.results import CheckResult
from checks.validation.suites import Suite, load_suites
from datasets.build import plan_build
from datasets.load import create_schemas, load_dataset, load_reference
from datasets.settings import Settings
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


@pytest.fixture(scope="session")
def check_snapshots(only: Only) -> CheckSnapshots:
    """Load and transform the snapshots of ``settings`` as a build does, and run one check on them.

    In memory: a hundred files of a case each would take most of the time.
    """

    def run(settings: Settings, check_id: str) -> CheckResult:
        with writer(settings, Path(":memory:")) as con:
            fill(con, settings)
            return run_suites(con, [only(check_id)])[0]

    return run


def fill(con: Connection, settings: Settings) -> None:
    """What ``load_and_transform`` does, on a connection."""
    plan = plan_build(settings, [])
    create_schemas(con)
    load_reference(con)
    for name, dataset in plan.catalog.items():
        load_dataset(con, dataset, plan.snapshots[name])
    transform(con, plan.catalog)
