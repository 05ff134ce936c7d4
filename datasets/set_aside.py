"""Snapshots that another machine of the team pruned: nothing is built from them here any more.

They are in ``var/archive/<dataset>/.pruned``, as they were: a run of this machine may have been
made from one, and can be replayed. ``crimeclaims prune`` deletes those that none refers to.
"""

from __future__ import annotations

from pathlib import Path

from datasets.archive import MANIFEST, Snapshot, list_snapshots, read_snapshot
from datasets.catalog import Dataset
from datasets.keep import move_into
from datasets.settings import Settings


def folder_of(settings: Settings, dataset: Dataset) -> Path:
    """Where those of a dataset are. It need not exist."""
    return settings.archive_dir / dataset.name / ".pruned"


def set_aside(settings: Settings, dataset: Dataset) -> list[Snapshot]:
    """Those of a dataset, by the names of their folders. Raises InputError for a wrong manifest."""
    paths = sorted(folder_of(settings, dataset).glob(f"*/{MANIFEST}"))
    return [read_snapshot(path.parent, dataset) for path in paths]


def all_snapshots(settings: Settings, dataset: Dataset) -> list[Snapshot]:
    """Those that builds are made from, and those set aside; oldest first, each bytes once."""
    found = {each.id: each for each in set_aside(settings, dataset)}
    found |= {each.id: each for each in list_snapshots(settings, dataset)}
    return sorted(found.values(), key=lambda each: each.order)


def put_aside(settings: Settings, dataset: Dataset, snapshot: Snapshot) -> Snapshot:
    """Move a fetched snapshot out of the archive: it is there, or here, and always whole."""
    home = folder_of(settings, dataset)
    folder = move_into(home, snapshot.folder, snapshot.folder.name)
    return Snapshot(folder, snapshot.manifest)
