"""The verify flow: claims against the current build, on demand, without building anything.

Its parameters are a form in Prefect's pages. What it leaves is what a night leaves: a folder of a
run with verdicts, inputs and report, and artifacts.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Annotated, Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from pydantic import Field

from checks.run_changes import Changes
from datasets.settings import load_settings
from datasets.warehouse import Build, current_build
from flows import limits, notices, runs, steps
from flows.artifacts import name_run, progress, show_metrics
from flows.nightly import ended_badly, publish_artifacts, report, tell_flips
from flows.nightly import verify as verify_claims
from flows.prefect_trouble import trouble
from flows.progress import LOGGER

logging.getLogger(LOGGER).setLevel(logging.INFO)

ClaimId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S+$")]


@task(name="compare", cache_policy=NO_CACHE, retries=0, timeout_seconds=limits.COMPARE)
def compare(run: runs.Run, of: Build) -> Changes:
    return steps.compare(load_settings(), run, of)


@flow(name="verify", retries=0, timeout_seconds=limits.ON_DEMAND)
def verify(
    claims: list[ClaimId] | None = None,
    as_of: dt.date | None = None,
    write_report: bool = True,
) -> str | State[Any]:
    """Verify claims against the current build. Returns the run's folder.

    An error that a person can act on ends it in a failed state that says what to do; called as a
    function, it raises the error.

    Args:
        claims: Ids of claims, as `crimeclaims claims` lists them, e.g. a1; none: all claims.
        as_of: Use only what was public on that day; none: all that is in the build.
        write_report: Also write the report, a folder of pages.
    """
    settings = load_settings()
    named = tuple(dict.fromkeys(claims or ()))
    run = runs.begin(settings, "bundled", as_of, named)
    folder = runs.folder(settings, run)
    last = "report" if write_report else "compare"
    try:
        with progress("verify-progress", 2, f"run {run.run}") as step:
            build = current_build(settings)
            run.build, run.lake_snapshot = build.id, build.lake_snapshot
            run.source = runs.source_of(settings, build.id)
            runs.save(settings, run)
            step(0, "verify")
            with runs.phase(run, "verify"):
                labels = verify_claims(folder, build, as_of, named)
            name_run(f"{sum(labels.values()):,} claims{_as_of(as_of)} ({run.run})")
            step(1, last)
            page = None
            with runs.phase(run, last):
                if write_report:
                    page, changes = report(run, build)
                else:
                    changes = compare(run, build)
            publish_artifacts(run, labels, folder, page, changes, flow="verify")
    except BaseException as error:
        known = trouble(error, settings)
        ended_badly(settings, run, run.build, known or error)
        if isinstance(error, Exception):
            show_metrics(folder)
        if known is None:
            raise
        return notices.failed(known)
    runs.end(settings, run, "verified")
    tell_flips(run, changes)
    show_metrics(folder)
    return str(folder)


def _as_of(day: dt.date | None) -> str:
    return f", as of {day}" if day else ""
