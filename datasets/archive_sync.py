"""Fetched snapshots between machines that share a lake: each puts there what it fetched, and gets
what others did, so that all of them plan the same build. Without a lake nothing happens.

A snapshot is known by its manifest: two machines that fetched the same bytes have two snapshots,
and each gets the other's. In the lake it is ``archive/<dataset>/<vintage>-<8 digits of the table's
sha256>@<16 digits of the manifest's>/`` with the files of its folder, put there together.

One that was pruned leaves the same name with ``.pruned`` behind it: nobody puts it there again, and
whoever still has it sets it aside, so that all go on planning the same build.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from datasets import shared
from datasets.archive import (
    MANIFEST,
    PARTS,
    Snapshot,
    fetched_snapshots,
    read_snapshot,
    verify_bytes,
    verify_parts,
)
from datasets.catalog import Dataset, load_catalog
from datasets.errors import InputError
from datasets.keep import into_archive
from datasets.set_aside import put_aside
from datasets.settings import Settings

ROOT = "archive"
PRUNED = ".pruned"
Get = Callable[[str, Path], None]
_FOLDER = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}@[0-9a-f]{16}")


class Synced(NamedTuple):
    """What was got from the lake, and what was set aside because another machine pruned it."""

    got: list[Snapshot]
    aside: list[Snapshot]


def sync(settings: Settings) -> Synced:
    """Get the snapshots that are only in the lake, and put there those that are only here.

    What was pruned is neither got nor put there, but set aside where it still is. Raises InputError
    naming the file if a snapshot is not what its manifest says.
    """
    done = Synced([], [])
    if settings.lake is None:
        return done
    there, pruned = _in_lake(settings)
    only_here: list[Snapshot] = []
    only_there: list[tuple[Dataset, str]] = []
    for name, dataset in load_catalog(settings.datasets_dir).items():
        in_lake, gone = there.get(name, set()), pruned.get(name, set())
        here = {_key(snapshot): snapshot for snapshot in fetched_snapshots(settings, dataset)}
        done.aside.extend(put_aside(settings, dataset, here[key]) for key in here if key in gone)
        only_here += [snapshot for key, snapshot in here.items() if key not in in_lake | gone]
        only_there += [(dataset, key) for key in sorted(in_lake - gone - set(here))]
    push(settings, *only_here)
    if only_there:
        with shared.getting(settings) as get:
            done.got.extend(_pull(settings, get, *each) for each in only_there)
    return done


def push(settings: Settings, *snapshots: Snapshot) -> None:
    """Put fetched snapshots into the lake, together. InputError for bytes not as archived."""
    if settings.lake is None or not snapshots:
        return
    files: dict[str, Path] = {}
    for snapshot in snapshots:
        verify_bytes(snapshot)
        verify_parts(snapshot)
        home = f"{ROOT}/{snapshot.manifest.dataset}/{_key(snapshot)}"
        files |= {f"{home}/{name}": snapshot.folder / name for name in _files(snapshot)}
    shared.put_files(settings, files)


def forget(settings: Settings, snapshot: Snapshot) -> None:
    """Take a snapshot that is pruned here out of the lake, and say there that it was pruned.

    In this order: a snapshot of which only that is said is nobody's to get or to put there.
    """
    if settings.lake is not None:
        home = f"{ROOT}/{snapshot.manifest.dataset}/{_key(snapshot)}"
        shared.put(settings, home + PRUNED, b"")
        shared.remove(settings, home)


def _in_lake(settings: Settings) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """By dataset, the snapshots in the lake that are whole, with a manifest, and those pruned."""
    there: dict[str, set[str]] = {}
    pruned: dict[str, set[str]] = {}
    for name in shared.names(settings, ROOT):
        _, dataset, key, *file = name.split("/")
        if not file and key.endswith(PRUNED):
            pruned.setdefault(dataset, set()).add(key.removesuffix(PRUNED))
        elif file == [MANIFEST] and _FOLDER.fullmatch(key):
            there.setdefault(dataset, set()).add(key)
    return there, pruned


def _key(snapshot: Snapshot) -> str:
    text = (snapshot.folder / MANIFEST).read_bytes()
    return f"{snapshot.manifest.vintage}-{snapshot.file.sha256[:8]}@{_short(text)}"


def _short(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()[:16]


def _files(snapshot: Snapshot) -> Iterator[str]:
    """All files of a snapshot below its folder."""
    for part in snapshot.manifest.parts or ():
        yield f"{PARTS}/{part.name}"
    yield snapshot.file.name
    yield MANIFEST


def _pull(settings: Settings, get: Get, dataset: Dataset, key: str) -> Snapshot:
    """Get a snapshot from the lake: into a folder of its own, compared, then renamed into place."""
    home = f"{ROOT}/{dataset.name}/{key}"
    with _folder(settings) as folder:
        get(f"{home}/{MANIFEST}", folder / MANIFEST)
        if _short((folder / MANIFEST).read_bytes()) != key.partition("@")[2]:
            raise InputError(
                f"{home}/{MANIFEST} in the lake is not the manifest that it was put there as",
                next_step="look at the files of the lake: something changed them",
            )
        # Which names the other files have, the manifest says, whose patterns let none lead away.
        snapshot = read_snapshot(folder, dataset)
        for name in _files(snapshot):
            if name != MANIFEST:
                get(f"{home}/{name}", folder / name)
        verify_bytes(snapshot)
        verify_parts(snapshot)
        return into_archive(settings, folder, snapshot.manifest)


@contextmanager
def _folder(settings: Settings) -> Iterator[Path]:
    """A new folder on the archive's disk, gone afterwards; one process at a time has one."""
    root = settings.archive_dir / ".pulling"
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / "lock"):
        for stale in root.glob("snapshot-*"):  # of a process that was killed
            shutil.rmtree(stale)
        folder = root / f"snapshot-{uuid.uuid4().hex[:8]}"
        (folder / PARTS).mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
