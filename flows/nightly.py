"""The nightly flow: from the archive to the report, with what came of it kept in Prefect.

Thin on purpose: what happens is in ``flows.steps``. No task caches, as the archive is the cache;
why none retries is in ``flows.limits``; each raises what went wrong, so that the flow run fails
with the reason in its state.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from checks.run_changes import Changes, markdown
from datasets.errors import CrimeclaimsError, GateClosed
from datasets.settings import Settings, load_settings
from datasets.warehouse import Build
from flows import limits, notices, runs, steps
from flows.artifacts import name_run, progress, show_metrics, watching
from flows.fetching import Result, chosen, failure
from flows.keys import keys_from_blocks
from flows.prefect_trouble import PrefectUnreachable, trouble
from flows.progress import LOGGER
from flows.verdicts import TABLE_COLUMNS, read_verdicts, table_rows

logging.getLogger(LOGGER).setLevel(logging.INFO)


@task(name="refresh", cache_policy=NO_CACHE, retries=0, timeout_seconds=limits.REFRESH)
def refresh(folder: Path) -> list[Result]:
    settings = load_settings()
    asked = chosen(settings)
    with (
        keys_from_blocks(asked),
        progress("refresh-progress", len(asked), "asking the publishers") as step,
    ):
        return steps.refresh(settings, folder, watching(step))


@task(name="check inputs", cache_policy=NO_CACHE, retries=0, timeout_seconds=limits.CHECK_INPUTS)
def check_inputs(*, fetched: bool) -> steps.Planned:
    if fetched:
        steps.share_archive(load_settings())
        steps.check_ages(load_settings())
    return steps.check_inputs(load_settings(), fetched=fetched)


@task(name="build", cache_policy=NO_CACHE, retries=0, timeout_seconds=limits.BUILD)
def build(*, fetched: bool, docs: Path | None = None) -> steps.Built:
    return steps.build(load_settings(), fetched=fetched, docs=docs)


@task(name="verify", cache_policy=NO_CACHE, retries=0, timeout_seconds=limits.VERIFY)
def verify(
    folder: Path, of: Build, as_of: dt.date | None, claims: Sequence[str] = ()
) -> dict[str, int]:
    return steps.verify(load_settings(), folder, of, as_of, claims)


@task(name="report", cache_policy=NO_CACHE, retries=0, timeout_seconds=limits.REPORT)
def report(run: runs.Run, of: Build) -> tuple[Path, Changes]:
    return steps.report(load_settings(), run, of)


@flow(name="nightly", retries=0, timeout_seconds=limits.NIGHT)
def nightly(
    source: runs.Source = "bundled", as_of: dt.date | None = None, data_docs: bool = False
) -> str | State[Any]:
    """Build if anything changed, verify all claims, write the report. Returns the run's folder.

    An error that a person can act on ends it in a failed state that says what to do; called as a
    function, it raises the error.

    Args:
        source: Where figures come from. bundled: what ships with the project; auto: asks publishers
            first and uses the newest there is, whoever answered; live: as auto, but fails at its
            end if one of them did not answer: the report is then there, made from the last good
            snapshots.
        as_of: Use only what was public on that day.
        data_docs: Also write Great Expectations' own pages on the validation.
    """
    settings = load_settings()
    run = runs.begin(settings, source, as_of)
    folder = runs.folder(settings, run)
    planned, results, fetched = None, [], source != "bundled"
    phases = [*(["refresh"] if fetched else []), "check inputs", "build", "verify", "report"]
    try:
        with progress("nightly-progress", len(phases), f"run {run.run}") as step:

            def phase(name: str) -> AbstractContextManager[None]:
                step(phases.index(name), name)
                return runs.phase(run, name)

            if fetched:
                with phase("refresh"):
                    asking = limits.fetch(settings, chosen(settings))
                    results = refresh.with_options(timeout_seconds=asking)(folder)
            with phase("check inputs"):
                planned = check_inputs(fetched=fetched)
            name_run(run_name(run, planned))
            with phase("build"):
                docs = folder / runs.DATA_DOCS if data_docs else None
                patient = build.with_options(timeout_seconds=limits.build(settings))
                built = patient(fetched=fetched, docs=docs)
            run.build, run.lake_snapshot = built.build.id, built.build.lake_snapshot
            runs.save(settings, run)
            steps.keep_checks(settings, folder, built.build.id, rejected=False)
            with phase("verify"):
                labels = verify(folder, built.build, as_of)
            with phase("report"):
                page, changes = report(run, built.build)
            publish_artifacts(run, labels, folder, page, changes, warning=failure(results))
    except BaseException as error:
        known = trouble(error, settings)
        if isinstance(error, GateClosed) and planned is not None:
            with suppress(OSError):
                steps.keep_checks(settings, folder, planned.build, rejected=True)
        ended_badly(settings, run, planned.build if planned else None, known or error)
        if isinstance(known, PrefectUnreachable):
            raise known from error  # a state to return would be sent twice, and waited for
        if isinstance(error, Exception):  # who interrupts a run does not wait for a server
            show_metrics(folder)
        if known is None:
            raise
        return notices.failed(known)
    failed = failure(results)
    runs.end(
        settings, run, "published" if built.made else "unchanged", str(failed) if failed else None
    )
    tell_flips(run, changes)
    show_metrics(folder)
    if failed and source == "live":
        failed.args = (f"{failed}; the report is of the last good snapshots: {page}",)
        notices.tell(notices.of_error(run, run.build, failed))
        return notices.failed(failed)
    return str(folder)


def ended_badly(settings: Settings, run: runs.Run, build: str | None, error: BaseException) -> None:
    """Record why a run ended, and tell who wants to know. ``build``: the one it was about."""
    closed = isinstance(error, GateClosed)
    message = str(error) or type(error).__name__
    with suppress(OSError):  # where the disk is full, the record cannot be written either
        runs.end(settings, run, "gate_closed" if closed else "failed", message)
    if isinstance(error, Exception):  # else somebody stopped the run, and knows it
        notices.tell(notices.of_error(run, build, error))


def tell_flips(run: runs.Run, changes: Changes) -> None:
    """Tell who wants to know which verdicts have another label than in the run before."""
    if (notice := notices.of_flips(run, changes)) is not None:
        notices.tell(notice)


def run_name(run: runs.Run, planned: steps.Planned) -> str:
    """What Prefect's lists call a run: how new its data are and how many claims it verifies."""
    as_of = f", as of {run.as_of}" if run.as_of else ""
    return f"vintage {planned.newest}, {planned.claims:,} claims{as_of} ({run.run})"


def publish_artifacts(
    run: runs.Run,
    labels: dict[str, int],
    folder: Path,
    page: Path | None,
    changes: Changes,
    *,
    flow: str = "nightly",
    warning: CrimeclaimsError | None = None,
) -> None:
    """Show the verdicts, where the report is, and what changed, in Prefect's UI.

    ``page``: None if no report was asked for. ``flow``: what the keys of the artifacts begin with.
    ``warning``: what went wrong and did not stop the run.
    """
    if page is not None:
        published = load_settings().publication.site_url if flow == "nightly" else None
        create_link_artifact(
            published or page.as_uri(),
            link_text=f"Report of run {run.run}",
            key=f"{flow}-report",
            description=f"On the machine that made it: `{page}`",
        )
    warned = f"**Warning:** {warning}; the last good snapshots stand in.\n\n" if warning else ""
    counts = "".join(f"- {label.replace('_', ' ')}: {n}\n" for label, n in sorted(labels.items()))
    create_markdown_artifact(
        f"## Verdicts of run {run.run}\n\n{warned}{counts}\n"
        f"Build `{run.build}`; in `{folder}`; as of {run.as_of or 'everything in the build'}.\n\n"
        f"{markdown(changes)}\nIn detail: `{folder / runs.VINTAGES}`.\n",
        key=f"{flow}-summary",
        description="How many claims have which label, and what changed since the run before",
    )
    verdicts = read_verdicts(folder / runs.VERDICTS)
    create_table_artifact(
        [dict(zip(TABLE_COLUMNS, map(str, row), strict=True)) for row in table_rows(verdicts)],
        key=f"{flow}-verdicts",
        description="Every claim, its label and why",
    )
