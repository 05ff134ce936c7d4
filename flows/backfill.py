"""Backfill: a dataset over a range of years, one task a year, on one worker or on all.

``backfill`` asks the source for its state, has every year of it read that nobody has read yet, and
when all are there fetches the dataset as usual: that finds the years, checks each, and makes one
snapshot. Years that failed are named; run again, only these are read. Where the publisher's data
change meanwhile nothing is mixed: what was read of the state before counts no longer.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task
from pydantic import Field

from datasets import slicing
from datasets.catalog import Dataset
from datasets.errors import CrimeclaimsError, InputError, SourceUnreachable
from datasets.session import open_session
from datasets.settings import Settings, load_settings
from flows import fetching, limits
from flows.artifacts import name_run, progress
from flows.fan_out import fan_out
from flows.keys import keys_from_blocks
from flows.progress import LOGGER
from flows.refusals import refusing

log = logging.getLogger(LOGGER)
log.setLevel(logging.INFO)

DEPLOYMENT = "backfill-slice/backfill-slice"
Year = Annotated[int, Field(ge=1900, le=2100)]


def _may_pass(_: Task[Any, Any], __: TaskRun, state: State[Any]) -> bool:
    """Each request was retried already; what may pass in minutes is a publisher or a lake that is
    away. A table that was updated meanwhile does not go back.
    """
    error = state.result(raise_on_failure=False)
    return isinstance(error, SourceUnreachable) or bool(getattr(error, "transient", False))


@task(
    name="slice",
    task_run_name="{name} {year}",
    cache_policy=NO_CACHE,
    retries=2,
    retry_delay_seconds=[10, 60],
    retry_condition_fn=_may_pass,
    timeout_seconds=limits.SLICE,
)
def read_slice(name: str, home: str, year: int) -> int:
    """Read one year of a dataset and share it; its rows."""
    settings = load_settings()
    dataset = slicing.sliced(settings, name)
    with keys_from_blocks([dataset]), open_session(settings.network) as session:
        rows = slicing.read(settings, dataset, session, home, year, dt.datetime.now(dt.UTC))
    log.info("%s: %d: %s rows", name, year, f"{rows:,}")
    return rows


def read_years(name: str, home: str, years: Sequence[int]) -> dict[int, CrimeclaimsError]:
    """Every year in a task of its own, unless it is shared already; those that failed."""
    failed: dict[int, CrimeclaimsError] = {}
    have = slicing.there(load_settings(), home)
    for year in years:
        if year in have:
            continue
        try:
            read_slice(name, home, year)
        except InputError:
            raise
        except CrimeclaimsError as error:
            failed[year] = error
            log.warning("%s: %d failed: %s", name, year, error)
    return failed


@flow(name="backfill-slice", retries=0, timeout_seconds=limits.DIVIDED)
def backfill_slice(dataset: str, home: str, run: str, part: str, years: list[Year]) -> None:
    """Read some years of a dataset and share them; started by backfill.

    Args:
        dataset: Its name.
        home: Where the years are shared: says of which state of the source they must be.
        run: Of which backfill this is a part.
        part: Which part of it.
        years: The years to read; one that is shared already is left out.
    """
    settings = load_settings()
    with refusing(settings, run, part):
        failed = read_years(dataset, home, years)
    if failed:
        raise SourceUnreachable(_listed(failed))


@dataclass(frozen=True)
class _Parts:
    """Some years a run. A part is done when all of its years are shared."""

    settings: Settings
    dataset: str
    plan: slicing.Plan
    run: str
    years: Mapping[str, Sequence[int]]

    @property
    def names(self) -> Collection[str]:
        return self.years

    def of(self, name: str) -> dict[str, Any]:
        who = {"dataset": self.dataset, "home": self.plan.home, "run": self.run, "part": name}
        return who | {"years": list(self.years[name])}

    def done(self) -> Collection[str]:
        have = set(slicing.there(self.settings, self.plan.home))
        return [name for name, years in self.years.items() if have.issuperset(years)]


@flow(name="backfill", retries=0, timeout_seconds=limits.DIVIDED)
def backfill(
    dataset: str,
    first_year: Year | None = None,
    last_year: Year | None = None,
    spread: bool = True,
    years_a_run: Annotated[int, Field(ge=1, le=100)] = 1,
    slice_seconds: Annotated[float, Field(gt=0)] = 3600,
) -> str:
    """Fetch a dataset year by year. Returns what came of it.

    The snapshot is made when all years of the dataset are there; until then those that were read
    are kept, for the next backfill of the same state of the source.

    Args:
        dataset: Its name; one whose source declares slices (chicago_crimes).
        first_year: From which year on; none: from its first.
        last_year: To which year; none: to this one.
        spread: Read on all workers; no: here, one year after another.
        years_a_run: How many years one run of a worker reads, one after another.
        slice_seconds: A run that is not done so long after a worker took it, for each of its years,
            is started again.
    """
    settings = load_settings()
    chosen = slicing.sliced(settings, dataset)
    now = dt.datetime.now(dt.UTC)
    with keys_from_blocks([chosen]), open_session(settings.network) as session:
        plan = slicing.plan(settings, chosen, session, now)
    wanted = _range(plan, first_year, last_year)
    have = slicing.there(settings, plan.home)
    todo = [year for year in wanted if year not in have]
    name_run(
        f"{dataset} {wanted[0]}-{wanted[-1]}, {len(todo)} years to read ({now:%Y%m%dT%H%M%SZ})"
    )
    with progress("backfill-progress", len(todo), f"reading {dataset}") as step:
        if spread:
            run = f"backfills/{now:%Y%m%dT%H%M%S}-{plan.asked}"
            groups = [todo[at : at + years_a_run] for at in range(0, len(todo), years_a_run)]
            years = {"-".join(map(str, dict.fromkeys((g[0], g[-1])))): g for g in groups}
            failed = fan_out(
                settings,
                DEPLOYMENT,
                run,
                _Parts(settings, dataset, plan, run, years),
                seconds=slice_seconds * years_a_run,
                told=lambda done: step(done * years_a_run, f"{done} of {len(years)} runs done"),
            )
            errors = {
                year: error
                for part, error in failed.items()
                for year in years[part]
                if year not in slicing.there(settings, plan.home)
            }
        else:
            errors = read_years(dataset, plan.home, todo)
    _show(settings, dataset, plan, wanted, errors)
    if errors:
        kind = InputError if any(isinstance(e, InputError) for e in errors.values()) else None
        raise (kind or SourceUnreachable)(
            f"{dataset}: {len(errors)} of {len(wanted)} years failed: {_listed(errors)}",
            next_step="run the backfill again: only these years are read",
        )
    left = slicing.missing(plan, slicing.there(settings, plan.home))
    if left:
        said = f"{dataset}: {len(plan.years) - len(left)} of {len(plan.years)} years are kept; "
        return said + f"the snapshot is made when these are there too: {slicing.spans(left)}"
    return _finish(settings, chosen, plan)


def _finish(settings: Settings, dataset: Dataset, plan: slicing.Plan) -> str:
    """One snapshot of all years, by an ordinary fetch."""
    slicing.gather(settings, dataset, plan)
    with keys_from_blocks([dataset]):
        [result] = fetching.fetch_all(settings, [dataset])
    if error := fetching.failure([result]):
        error.args = (f"{error}: {result.said}",)
        raise error
    slicing.forget(settings, dataset)
    return f"{dataset.name}: {result.outcome}: {result.said}"


def _range(plan: slicing.Plan, first: int | None, last: int | None) -> list[int]:
    wanted = [y for y in plan.years if (first or y) <= y <= (last or y)]
    if not wanted:
        raise InputError(
            f"there is no slice from {first or plan.years[0]} to {last or plan.years[-1]}",
            next_step=f"name years from {plan.years[0]} to {plan.years[-1]}",
        )
    return wanted


def _show(
    settings: Settings,
    dataset: str,
    plan: slicing.Plan,
    wanted: Sequence[int],
    errors: Mapping[int, CrimeclaimsError],
) -> None:
    have = slicing.there(settings, plan.home)
    rows = [
        {
            "year": year,
            "state": "failed" if year in errors else "kept" if year in have else "missing",
            "why": str(errors.get(year, "")),
        }
        for year in wanted
    ]
    create_table_artifact(rows, key="backfill-years", description=f"The years of {dataset}")


def _listed(errors: Mapping[int, CrimeclaimsError]) -> str:
    """Each reason once, with the years it is of."""
    by: dict[str, list[int]] = {}
    for year, error in errors.items():
        by.setdefault(str(error), []).append(year)
    return "; ".join(f"{slicing.spans(years)}: {reason}" for reason, years in by.items())
