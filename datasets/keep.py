"""Putting a fetched snapshot into the archive: all of it or nothing, and never over another one."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from datasets.archive import MANIFEST, PARTS, Manifest, Snapshot
from datasets.atomic import sync_folder
from datasets.catalog import Dataset
from datasets.errors import InputError
from datasets.settings import Settings
from datasets.warehouse import write_atomically

CHECKED = "checked.json"


class Checked(BaseModel):
    """When a source was last asked with success, and what it said of its state.

    ``asked``: by which declaration. ``snapshot``: the id of the one that was right then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: dt.datetime
    asked: str
    state: dict[str, str]
    snapshot: str


@contextmanager
def making(settings: Settings, dataset: Dataset) -> Iterator[Path]:
    """A new folder to make a snapshot in, gone afterwards; one fetch of a dataset at a time.

    It is on the archive's disk, so that the snapshot can be renamed into place. What a killed
    fetch left is removed. Raises InputError if another process fetches the dataset.
    """
    root = settings.archive_dir / ".making"
    root.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(root / f"{dataset.name}.lock", timeout=0):
            for stale in root.glob(f"{dataset.name}-*"):
                shutil.rmtree(stale)
            for half in (settings.archive_dir / dataset.name).glob(f".{CHECKED}.*.tmp"):
                half.unlink()
            folder = root / f"{dataset.name}-{uuid.uuid4().hex[:8]}"
            (folder / PARTS).mkdir(parents=True)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout:
        raise InputError(
            f"{dataset.name} is being fetched by another process", next_step="wait for it to end"
        ) from None


def partial_folder(settings: Settings, dataset: Dataset, asked: str) -> Path:
    """Where a fetch keeps the answers that it has, until the snapshot is made.

    What was kept of another question, by an earlier declaration, is removed.
    """
    home = settings.archive_dir / ".partial" / dataset.name
    for other in home.glob("*"):
        if other.name != asked:
            shutil.rmtree(other)
    return home / asked


def manifest_text(value: Mapping[str, Any]) -> str:
    """A manifest as it is written, bundled or fetched."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def keep(settings: Settings, folder: Path, manifest: Manifest) -> Snapshot:
    """Move the made ``folder`` (the table, ``parts``) with its manifest into the archive."""
    text = manifest_text(manifest.model_dump(mode="json"))
    with (folder / MANIFEST).open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return into_archive(settings, folder, manifest)


def into_archive(settings: Settings, folder: Path, manifest: Manifest) -> Snapshot:
    """Move a ``folder`` that has all files of a snapshot, its manifest too, into the archive.

    Its name there is ``<vintage>-<first 8 digits of the table's sha256>``; where the same bytes
    came back after others on the same day, with a number behind.
    """
    for made in (folder / PARTS, folder):
        sync_folder(made)
    home = settings.archive_dir / manifest.dataset
    name = f"{manifest.vintage}-{manifest.files[0].sha256[:8]}"
    return Snapshot(move_into(home, folder, name), manifest)


def move_into(home: Path, folder: Path, name: str) -> Path:
    """Move ``folder`` into ``home``, over no other one: where the name is taken, with a number."""
    home.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        target = home / (name if number == 1 else f"{name}-{number}")
        try:
            folder.rename(target)  # fails on a folder that has anything in it
            break
        except OSError:
            if not target.exists():
                raise
            number += 1
    sync_folder(home)
    return target


def last_checked(settings: Settings, dataset: Dataset) -> Checked | None:
    """What is known of the last successful check; None if there was none, or it is not readable."""
    path = settings.archive_dir / dataset.name / CHECKED
    try:
        return Checked.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        return None


def record_checked(settings: Settings, dataset: Dataset, checked: Checked) -> None:
    path = settings.archive_dir / dataset.name / CHECKED
    write_atomically(path, checked.model_dump_json(indent=2) + "\n")
