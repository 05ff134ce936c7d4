"""What runs and fetches leave behind: old builds, remade tables, unfinished work.

Each function lists what there is of a kind beyond what must stay, with the reason where something
beyond it stays as well. ``delete`` deletes what has none. (Snapshots: ``datasets.prune``.)
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from datasets.archive import MANIFEST, list_snapshots, read_snapshot
from datasets.catalog import Dataset
from datasets.errors import InputError
from datasets.keep import making
from datasets.remake import all_remade, remade_folder
from datasets.set_aside import folder_of
from datasets.settings import Settings

Kind = Literal["snapshot", "run", "build", "rejected", "lake build", "remade", "unfinished"]

#: Where the gate leaves what it said of builds that it did not let through, below the builds.
REJECTED = "rejected"
CHECKS_SUFFIX = ".checks.json"


@dataclass(frozen=True)
class Candidate:
    """Files and folders under one name. ``kept_for``: what needs them; None: they may go.

    ``paths``: in the order in which they are deleted; by the last one it is found, so that an
    interruption leaves something that is found again. ``bytes``: of all files on disk. ``dataset``:
    which may not be fetched meanwhile.
    """

    kind: Kind
    name: str
    paths: tuple[Path, ...]
    bytes: int
    kept_for: str | None
    dataset: Dataset | None = None


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; a link is not followed."""
    if path.is_dir() and not path.is_symlink():
        return sum(each.lstat().st_size for each in path.rglob("*") if not each.is_dir())
    return path.lstat().st_size if os.path.lexists(path) else 0


def _all_but_newest(folder: Path, suffix: str, keep: int) -> list[Path]:
    """The files there, oldest first; what begins with a dot is being made, a link is elsewhere."""
    files = [path for path in folder.glob(f"[!.]*{suffix}") if not path.is_symlink()]
    files.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
    return files[:-keep]


def old_builds(settings: Settings, keep: int, used: Mapping[str, str]) -> list[Candidate]:
    """The builds that are not among the newest ``keep``, oldest first.

    ``used``: id of a build -> what refers to it. Raises InputError if ``keep`` is less than 1.
    """
    if keep < 1:
        raise InputError("at least one build is kept", next_step="--keep-builds 1")
    found = []
    for path in _all_but_newest(settings.builds_dir, ".duckdb", keep):
        paths = (path.with_suffix(CHECKS_SUFFIX), path)
        size = sum(size_of(each) for each in paths)
        found.append(Candidate("build", path.stem, paths, size, used.get(path.stem)))
    return found


def old_rejected(settings: Settings, keep: int, used: Mapping[str, str]) -> list[Candidate]:
    """What the gate said of builds that it refused, beyond the newest ``keep``, oldest first.

    ``used``: id of such a build -> what refers to it. Raises InputError if ``keep`` is less than 1.
    """
    if keep < 1:
        raise InputError("at least one is kept", next_step="--keep-builds 1")
    found = []
    for path in _all_but_newest(settings.builds_dir / REJECTED, CHECKS_SUFFIX, keep):
        build = path.name.removesuffix(CHECKS_SUFFIX)
        found.append(Candidate("rejected", build, (path,), size_of(path), used.get(build)))
    return found


def with_originals(
    settings: Settings, datasets: Iterable[Dataset], used: Mapping[str, str]
) -> dict[str, str]:
    """``used`` (id of a snapshot -> what refers to it), and what its remade tables were made from.

    A table that was remade for other columns has an id of its own: who read it refers to the
    archived snapshot as well.
    """
    found = dict(used)
    for dataset in datasets:
        for folder, original in all_remade(settings, dataset).items():
            for home in _homes(settings, dataset):
                archived = home / original
                if (folder / MANIFEST).is_file() and (archived / MANIFEST).is_file():
                    reason = used.get(read_snapshot(folder, dataset).id)
                    if reason is not None:
                        found.setdefault(read_snapshot(archived, dataset).id, reason)
    return found


def _homes(settings: Settings, dataset: Dataset) -> tuple[Path, Path]:
    """The two folders that fetched snapshots of a dataset are in."""
    return settings.archive_dir / dataset.name, folder_of(settings, dataset)


def remade_tables(
    settings: Settings,
    datasets: Iterable[Dataset],
    used: Mapping[str, str],
    gone: Collection[Path] = (),
) -> list[Candidate]:
    """Tables remade from archived answers that are not of the columns now declared.

    ``used``: id of a snapshot -> what refers to it. ``gone``: folders of archived snapshots that no
    longer count.
    """
    found = []
    for dataset in datasets:
        wanted = {
            remade_folder(settings, dataset, snapshot)
            for snapshot in list_snapshots(settings, dataset)
            if snapshot.folder not in gone
        }
        for folder in all_remade(settings, dataset):
            if folder in wanted or folder.is_symlink():
                continue
            reason = None
            if (folder / MANIFEST).is_file():
                reason = used.get(read_snapshot(folder, dataset).id)
            name = f"{dataset.name}/{folder.name}"
            found.append(Candidate("remade", name, (folder,), size_of(folder), reason, dataset))
    return found


def unfinished(settings: Settings, datasets: Iterable[Dataset]) -> list[Candidate]:
    """What fetches left that did not end: slices that are whole, and half-made snapshots."""
    found = []
    for dataset in datasets:
        home = settings.archive_dir / ".making"
        paths = sorted(home.glob(f"{dataset.name}-*"))
        partial = settings.archive_dir / ".partial" / dataset.name
        if partial.is_dir():
            paths.append(partial)
        if paths:
            reason = "a fetch that is running" if _is_fetched(home, dataset) else None
            size = sum(size_of(path) for path in paths)
            found.append(Candidate("unfinished", dataset.name, tuple(paths), size, reason, dataset))
    return found


def _is_fetched(home: Path, dataset: Dataset) -> bool:
    if not home.is_dir():
        return False
    try:
        with FileLock(home / f"{dataset.name}.lock", timeout=0):
            return False
    except Timeout:
        return True


def delete(settings: Settings, chosen: Sequence[Candidate]) -> None:
    """Delete them in their order. Must be called under ``run_lock``.

    A snapshot is gone at once, or still whole: it is renamed out of the archive before it is
    deleted. Raises InputError, before anything is deleted, if something refers to one of them or it
    is a snapshot that was not fetched; and at one that is of a dataset that is being fetched.
    """
    for each in chosen:
        fetched = each.dataset is not None and all(
            path.parent in _homes(settings, each.dataset) for path in each.paths
        )
        if each.kept_for or (each.kind == "snapshot" and not fetched):
            raise InputError(f"{each.kind} {each.name} may not be deleted")
    for each in chosen:
        if each.kind in ("snapshot", "unfinished") and each.dataset is not None:
            with making(settings, each.dataset) as folder:  # which is removed with all in it
                if each.kind == "snapshot":
                    each.paths[0].rename(folder / "pruned")
                else:
                    _remove(each)
        else:
            _remove(each)


def _remove(candidate: Candidate) -> None:
    for path in candidate.paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
