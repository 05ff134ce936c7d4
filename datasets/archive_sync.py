"""Fetched snapshots between machines that share a lake: each puts there what it fetched, and gets
what others did, so that all of them plan the same build. Without a lake nothing happens.

A snapshot is known by its manifest: two machines that fetched the same bytes have two snapshots,
and each gets the other's. In the lake it is ``archive/<dataset>/<vintage>-<8 digits of the table's
sha256>@<16 digits of the manifest's>/`` with the files of its folder, the manifest put last.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
from datasets.settings import Settings

ROOT = "archive"
_FOLDER = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}@[0-9a-f]{16}")


def sync(settings: Settings) -> list[Snapshot]:
    """Get the snapshots that are only in the lake, and put there those that are only here.

    Returns what was got. Raises InputError naming the file if one is not what its manifest says.
    """
    if settings.lake is None:
        return []
    there = _in_lake(settings)
    got = []
    for name, dataset in load_catalog(settings.datasets_dir).items():
        here = {_key(snapshot): snapshot for snapshot in fetched_snapshots(settings, dataset)}
        for key, snapshot in here.items():
            if key not in there.get(name, ()):
                push(settings, snapshot)
        for key in sorted(there.get(name, set()) - set(here)):
            got.append(_pull(settings, dataset, key))
    return got


def push(settings: Settings, snapshot: Snapshot) -> None:
    """Put a fetched snapshot into the lake. Raises InputError for bytes not as archived."""
    if settings.lake is None:
        return
    verify_bytes(snapshot)
    verify_parts(snapshot)
    home = f"{ROOT}/{snapshot.manifest.dataset}/{_key(snapshot)}"
    shared.put_files(settings, {f"{home}/{n}": snapshot.folder / n for n in _files(snapshot)})


def forget(settings: Settings, snapshot: Snapshot) -> None:
    """Take a snapshot that is pruned here out of the lake, or it would come back."""
    if settings.lake is not None:
        shared.remove(settings, f"{ROOT}/{snapshot.manifest.dataset}/{_key(snapshot)}")


def _in_lake(settings: Settings) -> dict[str, set[str]]:
    """By dataset, the snapshots in the lake that are whole: those with a manifest."""
    found: dict[str, set[str]] = {}
    for name in shared.names(settings, ROOT):
        parts = name.split("/")
        if len(parts) == 4 and parts[3] == MANIFEST and _FOLDER.fullmatch(parts[2]):
            found.setdefault(parts[1], set()).add(parts[2])
    return found


def _key(snapshot: Snapshot) -> str:
    text = (snapshot.folder / MANIFEST).read_bytes()
    return f"{snapshot.manifest.vintage}-{snapshot.file.sha256[:8]}@{_short(text)}"


def _short(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()[:16]


def _files(snapshot: Snapshot) -> Iterator[str]:
    """All files of a snapshot below its folder, the manifest last."""
    for part in snapshot.manifest.parts or ():
        yield f"{PARTS}/{part.name}"
    yield snapshot.file.name
    yield MANIFEST


def _pull(settings: Settings, dataset: Dataset, key: str) -> Snapshot:
    """Get a snapshot from the lake: into a folder of its own, compared, then renamed into place."""
    home = f"{ROOT}/{dataset.name}/{key}"
    with _folder(settings) as folder:
        shared.get_files(settings, {f"{home}/{MANIFEST}": folder / MANIFEST})
        if _short((folder / MANIFEST).read_bytes()) != key.partition("@")[2]:
            raise InputError(
                f"{home}/{MANIFEST} in the lake is not the manifest that it was put there as",
                next_step="look at the files of the lake: something changed them",
            )
        # Which names the other files have, the manifest says, whose patterns let none lead away.
        snapshot = read_snapshot(folder, dataset)
        others = [name for name in _files(snapshot) if name != MANIFEST]
        shared.get_files(settings, {f"{home}/{name}": folder / name for name in others})
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
