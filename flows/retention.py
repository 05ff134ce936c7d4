"""Which runs are kept, and so which builds and snapshots: what a run refers to stays."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from datasets.errors import InputError, NothingPublished
from datasets.leftovers import Candidate, size_of
from datasets.settings import Settings
from datasets.warehouse import CURRENT, Build, current_build, reader
from flows import comparing, runs


def old_runs(settings: Settings, keep: int) -> list[Candidate]:
    """The runs that are not among the newest ``keep``, oldest first.

    Kept all the same: one that has not ended and was not cut off, and the newest with all verdicts
    of no past day, with which the next night is compared. Raises InputError if the record of a run
    cannot be read, or ``keep`` is less than 1.
    """
    if keep < 1:
        raise InputError("at least one run is kept", next_step="--keep-runs 1")
    records = _records(settings)
    good = [
        record.run
        for record in records
        if record.outcome in comparing.GOOD and record.as_of is None and record.claims is None
    ]
    found = []
    for record in records[:-keep]:
        reason = None
        if record.outcome == "running" and not runs.is_cut_off(settings, record):
            reason = "it has not ended"
        elif record.run in good[-1:]:
            reason = "the next run, which is compared with it"
        folder = runs.folder(settings, record)
        inside = sorted(path for path in folder.iterdir() if path.name != runs.RECORD)
        paths = (*inside, folder)
        found.append(Candidate("run", record.run, paths, size_of(folder), reason))
    return found


def builds_in_use(settings: Settings, gone: Collection[str] = ()) -> dict[str, str]:
    """Id of each build that a run was made from, or that is current -> what needs it.

    ``gone``: runs that no longer count. Raises InputError if a record of a run cannot be read.
    """
    used = {
        record.build: f"run {record.run}"
        for record in _records(settings)
        if record.build is not None and record.run not in gone
    }
    if (current := _current(settings)) is not None:
        used[current.id] = "the current build"
    return used


def rejected_in_use(settings: Settings, gone: Collection[str] = ()) -> dict[str, str]:
    """Id of each build that the gate did not let through -> the run that was closed by it.

    ``gone``: runs that no longer count. Raises InputError if a record of a run cannot be read.
    """
    used: dict[str, str] = {}
    for record in _records(settings):
        path = runs.folder(settings, record) / runs.CHECKS
        if record.outcome == "gate_closed" and record.run not in gone and path.is_file():
            try:
                build = json.loads(path.read_text(encoding="utf-8"))["build"]
            except (OSError, ValueError, TypeError, KeyError) as error:
                raise InputError.at(
                    path,
                    f"cannot be read ({error}): which build its run was closed by is not known",
                    next_step="delete the folder of the run if it is not needed",
                ) from error
            used[str(build)] = f"run {record.run}"
    return used


def snapshots_in_use(settings: Settings, gone: Collection[str] = ()) -> dict[str, str]:
    """Id of each snapshot that the current build or a run was made from -> what needs it.

    ``gone``: runs that no longer count. Raises InputError if a record of a run or a build cannot be
    read: it could need any of them.
    """
    used: dict[str, str] = {}
    for record in _records(settings):
        if record.run in gone or record.build is None:
            continue
        inputs = comparing.read_inputs(runs.folder(settings, record))
        ids: Iterable[str] = inputs.snapshots if inputs else ()
        path = settings.builds_dir / f"{record.build}.duckdb"
        if inputs is None and path.is_file():
            with reader(settings, path, any_format=True) as con:
                found = con.execute("SELECT snapshot_id FROM meta.snapshot").fetchall()
            ids = [id_ for (id_,) in found]
        used |= dict.fromkeys(ids, f"run {record.run}")
    if (current := _current(settings)) is not None:
        used |= dict.fromkeys(current.snapshots, "the current build")
    return used


def _current(settings: Settings) -> Build | None:
    """The current build, if one was ever published."""
    if settings.lake is None and not (settings.builds_dir / CURRENT).exists():
        return None
    try:
        return current_build(settings)
    except NothingPublished:
        return None


def _records(settings: Settings) -> list[runs.Run]:
    """Every run, oldest first."""
    found = []
    for path in sorted(settings.runs_dir.glob(f"*/{runs.RECORD}")):
        try:
            found.append(runs.read(path))
        except (OSError, ValueError, TypeError) as error:
            raise InputError.at(
                path,
                f"cannot be read ({error}): which snapshots its run needs is not known",
                next_step="mend it, or delete the folder of the run if it is not needed",
            ) from error
    return found
