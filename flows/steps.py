"""The steps of the nightly flow as plain functions: they take and return ids, paths and records.

Prefect is not imported here, so that every step can be called and tested without it. What a step
does goes to the logger ``crimeclaims``: a terminal shows it, Prefect's API keeps it.
"""

from __future__ import annotations

import datetime as dt
import logging
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from checks import verify as engine
from checks.claim_models import ClaimFile
from checks.models import Verdict
from checks.run_changes import Changes
from checks.validation.gate import checks_file, document, suites_of, validate
from datasets import ages
from datasets.archive_sync import sync
from datasets.build import (
    file_at_hand,
    file_of,
    make_build,
    plan_build,
    published,
    remove_half_written,
)
from datasets.catalog import load_catalog
from datasets.errors import GateClosed
from datasets.lake_lock import lake_lock
from datasets.run_lock import run_lock
from datasets.settings import Settings
from datasets.warehouse import Build, reader, write_atomically
from flows import comparing, fetching, output, runs
from flows.progress import LOGGER
from flows.report_files import write_pages
from flows.verdicts import read_verdicts, verdicts_json

log = logging.getLogger(LOGGER)


@dataclass(frozen=True)
class Planned:
    """The build that the inputs make. ``newest``: the latest day as of which any of them is."""

    build: str
    newest: dt.date
    claims: int


@dataclass(frozen=True)
class Built:
    """The build a run reads, and whether this run made it."""

    build: Build
    made: bool


def refresh(
    settings: Settings, folder: Path, watch: Callable[[str], Any] = lambda _: nullcontext(None)
) -> list[fetching.Result]:
    """Ask all publishers for what changed; keep what came of it in the run's folder.

    ``watch``: as ``fetching.fetch_all`` has it.
    """
    results = fetching.fetch_all(settings, fetching.chosen(settings), watch=watch)
    text = output.to_json([asdict(result) for result in results])
    write_atomically(folder / runs.SOURCES, text + "\n")
    return results


def share_archive(settings: Settings) -> None:
    """With a lake, get the snapshots that other machines fetched, and give them ours."""
    got, aside = sync(settings)
    for snapshot in got:
        log.info("%s: got from the lake", snapshot.id)
    for snapshot in aside:
        log.info("%s: pruned on another machine, not built from any more here", snapshot.id)


def check_ages(settings: Settings) -> None:
    """Warn of data that are too old. Raises GateClosed where a dataset declares that it must."""
    today = dt.datetime.now(dt.UTC).date()
    found = ages.ages(settings, load_catalog(settings.datasets_dir), today)
    ahead = [each for each in found if each.asked and each.checked > today]
    for each in ahead:
        log.warning(
            "%s was last checked on %s, and by this machine's clock it is %s: how old it is is not "
            "known; set the clock", each.dataset, each.checked, today,
        )  # fmt: skip
    old = [each for each in found if each.stale]
    for each in old:
        log.warning("%s", each)
    closing = [each for each in old if each.closes]
    if closing:
        raise GateClosed(
            "\n  ".join(["data are too old to publish:", *map(str, closing)]),
            datasets=[each.dataset for each in closing],
            reasons=[str(each) for each in closing],
            next_step=f"crimeclaims fetch {' '.join(each.dataset for each in closing)}",
        )


def check_inputs(settings: Settings, *, fetched: bool = True) -> Planned:
    """Read every declaration, manifest and claim file; say which build they make.

    What a person wrote wrongly is found here, in a second, and not after a build of minutes.
    ``fetched``: also of what was fetched, not only of what is bundled.
    """
    files = engine.claim_files(settings)
    plan = plan_build(settings, suites_of(settings), fetched=fetched)
    claims = sum(len(file.claims) for file in files)
    log.info(
        "%d snapshots of %d datasets, %d claims", len(plan.snapshot_ids), len(plan.catalog), claims
    )
    if plan.left_out:
        log.info("without %s: never fetched", ", ".join(plan.left_out))
    vintages = [each.manifest.vintage for group in plan.snapshots.values() for each in group]
    return Planned(plan.id, max(vintages), claims)


def build(settings: Settings, *, fetched: bool = True, docs: Path | None = None) -> Built:
    """Load, transform, validate and publish, unless the current build is still right.

    One at a time: waits for another run, then raises InputError that says who holds the lock.
    Raises GateClosed if the data may not be published; the last good build then stays current.
    ``docs``: a folder for Great Expectations' Data Docs of the validation, made anew if need be.
    """

    def waiting(holder: str) -> None:
        log.warning("waiting for another run to end: %s", holder)

    with run_lock(settings, waiting=waiting), lake_lock(settings, waiting=waiting) as held:
        remove_half_written(settings)
        if fetched:  # so that all machines plan the same build
            share_archive(settings)
        plan = plan_build(settings, suites_of(settings), fetched=fetched)
        current = published(settings, plan)
        if current is not None:
            log.info("build %s is current: nothing changed, nothing built", current.id)
            if docs is not None:
                log.info("validating %s again, for its Data Docs", current.id)
                gate = partial(_gate, settings, docs=docs)
                if not file_at_hand(settings, plan, gate):
                    document(settings, replace(current, path=file_of(settings, plan)), docs)
            return Built(current, made=False)
        log.info("building %s", plan.id)
        _import_meanwhile("checks.validation.gx_duckdb")
        made = make_build(
            settings,
            plan,
            partial(_gate, settings, docs=docs),
            before_commit=held,
        )
        log.info("build %s published", made.id)
        return Built(made, made=True)


def _import_meanwhile(module: str) -> None:
    """Import a slow module while DuckDB works, which does not need Python's lock for it.

    If the import fails, it fails again, and is told, where the module is used.
    """

    def load() -> None:
        with suppress(Exception):
            import_module(module)

    threading.Thread(target=load, daemon=True).start()


def _gate(settings: Settings, path: Path, build_id: str, docs: Path | None) -> None:
    log.info("validating %s", build_id)
    counts = validate(path, build_id, settings, docs=docs).counts
    log.info("gate open: %s", ", ".join(f"{n} {outcome}" for outcome, n in counts.items()))


def keep_checks(settings: Settings, folder: Path, build_id: str, *, rejected: bool) -> None:
    """Copy what the gate said of a build into a run's folder."""
    source = checks_file(settings, build_id, rejected=rejected)
    if source.is_file():
        shutil.copyfile(source, folder / runs.CHECKS)


def verify(
    settings: Settings,
    folder: Path,
    build: Build,
    as_of: dt.date | None,
    claims: Sequence[str] = (),
) -> dict[str, int]:
    """Verify claims (all, if none is named) against ``build`` and write ``verdicts.json``.

    Returns how many have which label. Raises InputError for a name that is no claim's.
    """
    log.info("verifying")
    verdicts = engine.verify(settings, claims, as_of, build=build, full=True)
    write_atomically(folder / runs.VERDICTS, verdicts_json(verdicts))
    comparing.record_inputs(settings, folder, build, as_of)
    return dict(Counter(verdict.label for verdict in verdicts))


def report(settings: Settings, run: runs.Run, build: Build) -> tuple[Path, Changes]:
    """Compare with the run before; write the report from the verdicts and from ``build``.

    Returns its front page, and what changed. It is of the claims that the run verified.
    """
    # Brings a template engine, which nothing but a report needs.
    from checks.report import RunInfo, pages
    from checks.report.sources import Warehouse
    from flows.exporting import export

    log.info("writing the report")
    folder = runs.folder(settings, run)
    verdicts = read_verdicts(folder / runs.VERDICTS)
    changes = comparing.changes(settings, run, build, verdicts)
    info = RunInfo(
        run_id=run.run,
        started=dt.datetime.fromisoformat(run.started),
        build=build.id,
        published_at=build.published_at,
        lake_snapshot=build.lake_snapshot,
        as_of=dt.date.fromisoformat(run.as_of) if run.as_of else None,
        versions={name: version(name) for name in ("crimeclaims", "duckdb", "great-expectations")},
    )
    front = folder / runs.REPORT
    with reader(settings, build.path) as con:
        warehouse = Warehouse(con, verdicts)
        found = pages(
            con,
            warehouse,
            _verified(engine.claim_files(settings), verdicts),
            info,
            changes=changes,
            ages=_ages(settings, run, build),
            asked=fetching.outcomes(folder / runs.SOURCES),
            publication=settings.publication,
            data_docs=(folder / runs.DATA_DOCS).is_dir(),
        )
        write_pages(
            front.parent,
            found,
            lambda target: export(settings, target, verdicts, warehouse.sources, info, changes),
        )
    return front, changes


def _verified(files: Sequence[ClaimFile], verdicts: Sequence[Verdict]) -> list[ClaimFile]:
    """The documents that have claims among the verdicts, with these claims only."""
    there = {verdict.claim for verdict in verdicts}
    kept = [
        file.model_copy(update={"claims": tuple(c for c in file.claims if c.id in there)})
        for file in files
    ]
    return [file for file in kept if file.claims]


def compare(settings: Settings, run: runs.Run, build: Build) -> Changes:
    """Compare with the run before, without a report."""
    verdicts = read_verdicts(runs.folder(settings, run) / runs.VERDICTS)
    return comparing.changes(settings, run, build, verdicts)


def _ages(settings: Settings, run: runs.Run, build: Build) -> list[ages.Age]:
    """How old the datasets of a build are on the day of a run."""
    day = dt.datetime.fromisoformat(run.started).date()
    built = {id_.partition("@")[0] for id_ in build.snapshots}
    known = load_catalog(settings.datasets_dir)
    fetched = run.source != "bundled"
    return [age for age in ages.ages(settings, known, day, fetched=fetched) if age.dataset in built]
