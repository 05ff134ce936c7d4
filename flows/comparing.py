"""Comparing a run with an earlier one: what each left in its folder, found and read."""

from __future__ import annotations

import datetime as dt
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from checks import verify as engine
from checks.models import Verdict
from checks.run_changes import Changes, Earlier, changes_since
from checks.run_diff import Inputs, claim_digests, method_digest, method_parts
from datasets import lake_prune
from datasets.errors import InputError, nearest
from datasets.logs import ids
from datasets.settings import Settings
from datasets.warehouse import Build, reader, write_atomically
from flows import output, runs
from flows.progress import LOGGER
from flows.verdicts import read_verdicts

log = logging.getLogger(LOGGER)

#: How a run with verdicts ended.
GOOD: tuple[runs.Outcome, ...] = ("published", "unchanged", "verified")


def record_inputs(settings: Settings, folder: Path, build: Build, as_of: dt.date | None) -> None:
    """Write down what the verdicts of a run are made from, to compare with and to replay.

    The claim files are copied as they are: a later run has others.
    """
    copies = folder / runs.CLAIMS
    shutil.rmtree(copies, ignore_errors=True)
    copies.mkdir(parents=True)
    for path in settings.claims_dir.glob("*.yml"):
        shutil.copyfile(path, copies / path.name)
    parts = method_parts(settings.datasets_dir)
    inputs = Inputs(
        build=build.id,
        lake_snapshot=build.lake_snapshot,
        as_of=as_of.isoformat() if as_of else None,
        snapshots=build.snapshots,
        claims=claim_digests(engine.claim_files(settings)),
        method=method_digest(parts),
        parts=parts,
    )
    write_atomically(folder / runs.INPUTS, inputs.model_dump_json(indent=2) + "\n")
    lake_prune.remember(settings, folder.name, build.lake_snapshot)


def changes(
    settings: Settings, run: runs.Run, build: Build, verdicts: Sequence[Verdict]
) -> Changes:
    """Compare a run with the one before it, and write ``vintages.json`` into its folder."""
    folder = runs.folder(settings, run)
    inputs = read_inputs(folder)
    assert inputs is not None
    with reader(settings, build.path) as con:
        found = changes_since(con, previous(settings, run), verdicts, inputs)
    write_atomically(folder / runs.VINTAGES, output.to_json(found.to_dict()) + "\n")
    for each in found.moved:
        with ids(dataset=each.dataset):
            log.info("%s", each.sentence)
    for flip in found.diff.flips if found.diff else ():
        why = "; ".join(flip.reasons)
        with ids(claim=flip.claim):
            log.info("%s: %s, was %s: %s", flip.claim, flip.after, flip.before, why)
    return found


def previous(settings: Settings, run: runs.Run) -> Earlier | None:
    """The newest run before ``run`` that has verdicts on the same claims, read as of the same day.

    A question asked of another day has other answers: it says nothing of what changed since. Nor
    does a run that verified a few claims say what is new among all.
    """
    for record in runs.all_runs(settings):
        asked = (record.as_of, record.claims) == (run.as_of, run.claims)
        good = record.outcome in GOOD and asked
        if good and record.run < run.run:
            try:
                return read_run(settings, record)
            except InputError as error:
                log.warning("not compared with run %s: %s", record.run, error)
    return None


def named(settings: Settings, name: str) -> Earlier:
    """What the run of that id found, or whose id begins so. Raises InputError."""
    return read_run(settings, record_of(settings, name))


def record_of(settings: Settings, name: str) -> runs.Run:
    """The run of that id, or whose id begins so. Raises InputError if it is not exactly one."""
    known = {record.run: record for record in runs.all_runs(settings)}
    found = [id_ for id_ in known if id_ == name] or [id_ for id_ in known if id_.startswith(name)]
    if len(found) != 1 or not name:
        hint = nearest(name, known)
        listed = ", ".join(list(known)[:5]) or "none yet: crimeclaims run"
        many = f'the names of {len(found)} runs begin with "{name}"'
        raise InputError(
            (many if found else f'no run is named "{name}"')
            + (f' (did you mean "{hint}"?)' if hint else ""),
            next_step=f"name one of the runs in {settings.runs_dir}, newest first: {listed}",
        )
    return known[found[0]]


def read_run(settings: Settings, record: runs.Run) -> Earlier:
    """What a run found, and from what. Raises InputError if it has no verdicts."""
    folder = runs.folder(settings, record)
    if not (folder / runs.VERDICTS).is_file():
        raise InputError(
            f"run {record.run} has no verdicts: {record.outcome.replace('_', ' ')}",
            next_step="name a run that ended with a report",
        )
    return Earlier(record.run, tuple(read_verdicts(folder / runs.VERDICTS)), read_inputs(folder))


def read_inputs(folder: Path) -> Inputs | None:
    """What a run was made from; None if it did not record it. Raises InputError if not readable."""
    path = folder / runs.INPUTS
    try:
        return Inputs.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError.at(path, f"cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise InputError.at(path, f"is not what a run writes: {error.errors()[0]['msg']}") from None
