"""The nightly flow: from the archive to the report, with what came of it kept in Prefect.

Thin on purpose: what happens is in ``flows.steps``. No task caches, as the archive is the cache;
none retries, as reading the same bytes again gives the same answer; each raises what went wrong, so
that the flow run fails with the reason in its state.
"""

from __future__ import annotations

import datetime as dt
import logging
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)
from prefect.cache_policies import NO_CACHE

from checks.run_changes import Changes, markdown
from datasets.disk import disk_trouble
from datasets.errors import CrimeclaimsError, GateClosed
from datasets.settings import load_settings
from datasets.warehouse import Build
from flows import runs, steps
from flows.artifacts import name_run, progress, watching
from flows.fetching import Result, chosen, failure
from flows.keys import keys_from_blocks
from flows.progress import LOGGER
from flows.verdicts import TABLE_COLUMNS, read_verdicts, table_rows

logging.getLogger(LOGGER).setLevel(logging.INFO)

MINUTE = 60.0
#: Beside the wait for another run, which has a limit of its own.
BUILD_TIMEOUT = 120 * MINUTE


@task(name="refresh", cache_policy=NO_CACHE, retries=0)
def refresh(folder: Path) -> list[Result]:
    settings = load_settings()
    asked = chosen(settings)
    with (
        keys_from_blocks(asked),
        progress("refresh-progress", len(asked), "asking the publishers") as step,
    ):
        return steps.refresh(settings, folder, watching(step))


@task(name="check inputs", cache_policy=NO_CACHE, retries=0, timeout_seconds=5 * MINUTE)
def check_inputs(*, fetched: bool) -> steps.Planned:
    if fetched:
        steps.check_ages(load_settings())
    return steps.check_inputs(load_settings(), fetched=fetched)


@task(name="build", cache_policy=NO_CACHE, retries=0)
def build(*, fetched: bool, docs: Path | None = None) -> steps.Built:
    return steps.build(load_settings(), fetched=fetched, docs=docs)


@task(name="verify", cache_policy=NO_CACHE, retries=0, timeout_seconds=30 * MINUTE)
def verify(folder: Path, of: Build, as_of: dt.date | None) -> dict[str, int]:
    return steps.verify(load_settings(), folder, of, as_of)


@task(name="report", cache_policy=NO_CACHE, retries=0, timeout_seconds=30 * MINUTE)
def report(run: runs.Run, of: Build) -> tuple[Path, Changes]:
    return steps.report(load_settings(), run, of)


@flow(name="nightly", retries=0)
def nightly(
    source: runs.Source = "bundled", as_of: dt.date | None = None, data_docs: bool = False
) -> str:
    """Build if anything changed, verify all claims, write the report. Returns the run's folder.

    ``source``: ``bundled`` uses what ships with the project; ``auto`` asks publishers first and
    uses the newest there is, whoever answered; ``live`` does so too, and fails at its end if one of
    them did not answer: the report is then there, made from the last good snapshots.
    ``as_of``: use only what was public on that day.
    ``data_docs``: also write Great Expectations' Data Docs of the validation.
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
                    results = refresh(folder)
            with phase("check inputs"):
                planned = check_inputs(fetched=fetched)
            name_run(run_name(run, planned))
            with phase("build"):
                limit = settings.lock_wait_seconds + BUILD_TIMEOUT
                docs = folder / runs.DATA_DOCS if data_docs else None
                built = build.with_options(timeout_seconds=limit)(fetched=fetched, docs=docs)
            run.build = built.build.id
            runs.save(settings, run)
            steps.keep_checks(settings, folder, built.build.id, rejected=False)
            with phase("verify"):
                labels = verify(folder, built.build, as_of)
            with phase("report"):
                page, changes = report(run, built.build)
            publish_artifacts(run, labels, folder, page, changes)
    except BaseException as error:
        closed = isinstance(error, GateClosed)
        known = None if isinstance(error, CrimeclaimsError) else disk_trouble(error, settings.var)
        message = str(known or error) or type(error).__name__
        with suppress(OSError):  # where the disk is full, the record cannot be written either
            if closed and planned is not None:
                steps.keep_checks(settings, folder, planned.build, rejected=True)
            runs.end(settings, run, "gate_closed" if closed else "failed", message)
        if known is not None:
            raise known from error
        raise
    failed = failure(results)
    runs.end(
        settings, run, "published" if built.made else "unchanged", str(failed) if failed else None
    )
    if failed and source == "live":
        failed.args = (f"{failed}; the report is of the last good snapshots: {page}",)
        raise failed
    return str(folder)


def run_name(run: runs.Run, planned: steps.Planned) -> str:
    """What Prefect's lists call a run: how new its data are and how many claims it verifies."""
    as_of = f", as of {run.as_of}" if run.as_of else ""
    return f"vintage {planned.newest}, {planned.claims:,} claims{as_of} ({run.run})"


def publish_artifacts(
    run: runs.Run, labels: dict[str, int], folder: Path, page: Path, changes: Changes
) -> None:
    """Show the verdicts, where the report is, and what changed, in Prefect's UI."""
    published = load_settings().publication.site_url
    create_link_artifact(
        published or page.as_uri(),
        link_text=f"Report of run {run.run}",
        key="nightly-report",
        description=f"On the machine that made it: `{page}`",
    )
    counts = "".join(f"- {label.replace('_', ' ')}: {n}\n" for label, n in sorted(labels.items()))
    create_markdown_artifact(
        f"## Verdicts of run {run.run}\n\n{counts}\n"
        f"Build `{run.build}`; report `{page}`; as of {run.as_of or 'everything in the build'}.\n\n"
        f"{markdown(changes)}\nIn detail: `{page.parent / 'changes.html'}`.\n",
        key="nightly-summary",
        description="How many claims have which label, and what changed since the run before",
    )
    verdicts = read_verdicts(folder / runs.VERDICTS)
    create_table_artifact(
        [dict(zip(TABLE_COLUMNS, map(str, row), strict=True)) for row in table_rows(verdicts)],
        key="nightly-verdicts",
        description="Every claim, its label and why",
    )
