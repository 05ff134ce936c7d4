"""Fetched snapshots between machines: what one has the other gets, whole and unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets import shared
from datasets.archive import MANIFEST, Snapshot, list_snapshots
from datasets.archive_sync import PRUNED, ROOT, Synced, forget, sync
from datasets.build import plan_build
from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.settings import DATASETS_DIR, Settings
from tests.support_fetched import RTCI, write_fetched
from tests.support_lake import machine
from tests.support_postgres import Postgres

NOTHING = Synced([], [])


def fetched(settings: Settings) -> list[Snapshot]:
    return list_snapshots(settings, load_catalog(DATASETS_DIR)[RTCI])


def fetch(settings: Settings, folder: Path) -> None:
    """Put a generated snapshot into the archive of a machine."""
    made = write_fetched(folder / "made", RTCI)
    home = settings.archive_dir / RTCI
    home.mkdir(parents=True)
    made.rename(home / made.name)


def test_both_machines_plan_the_same_build(pg: Postgres, tmp_path: Path) -> None:
    catalog = f"postgres:{pg.database()}"
    one, two = (machine(tmp_path, name, catalog) for name in ("one", "two"))
    assert sync(Settings(var=tmp_path / "alone")) == NOTHING  # without a lake
    fetch(one, tmp_path)
    assert sync(one) == NOTHING
    [got] = sync(two).got
    [own] = fetched(one)
    assert got.id == own.id
    for name in (MANIFEST, own.file.name):
        assert (got.folder / name).read_bytes() == (own.folder / name).read_bytes()
    assert plan_build(one, []).id == plan_build(two, []).id
    assert sync(two) == sync(one) == NOTHING  # again: nothing to do, nothing twice
    assert len(fetched(two)) == 1
    before = shared.names(one, ROOT)
    forget(one, own)
    [name] = shared.names(one, ROOT)  # that it was pruned
    assert all(each.startswith(name.removesuffix(PRUNED) + "/") for each in before)


def test_a_snapshot_with_other_bytes_is_not_taken(pg: Postgres, tmp_path: Path) -> None:
    catalog = f"postgres:{pg.database()}"
    one, two = (machine(tmp_path, name, catalog) for name in ("one", "two"))
    fetch(one, tmp_path)
    sync(one)
    [table] = [name for name in shared.names(one, ROOT) if not name.endswith(MANIFEST)]
    good = shared.get(one, table)
    shared.put(one, table, good.replace(b"1", b"7", 1))
    with pytest.raises(InputError, match="has sha256"):
        sync(two)
    assert fetched(two) == []
    shared.put(one, table, good)
    manifest = f"{table.rpartition('/')[0]}/{MANIFEST}"
    shared.put(one, manifest, shared.get(one, manifest) + b" ")
    with pytest.raises(InputError, match="not the manifest that it was put there as"):
        sync(two)
    assert fetched(two) == []
    assert list((two.archive_dir / ".pulling").glob("snapshot-*")) == []
