"""Bundled snapshots in a folder of a test's own, to be damaged there.

A damaged file gets a manifest that is right about it (sha256, bytes, rows), so that it is not the
comparison of bytes that finds the damage; unless a test asks for the old manifest.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from datasets.archive import MANIFEST
from datasets.catalog import load_catalog
from datasets.settings import DATASETS_DIR, Settings
from tests.support_fetched import FETCHED, write_fetched
from tests.support_parquet import read_typed, write_typed

Row = dict[str, str]

#: Changes the rows of a file, in place or by returning new ones.
Damage = Callable[[list[Row]], list[Row] | None]


def make_settings(
    folder: Path, names: Iterable[str], vintages: Mapping[str, Iterable[str]] | None = None
) -> Settings:
    """Settings with the named datasets only, copied; of ``vintages`` given, only those.

    A dataset that is not bundled has the snapshot that the tests generate.
    """
    root = folder / "datasets"
    for name in names:
        (root / name).mkdir(parents=True)
        shutil.copy(DATASETS_DIR / name / "dataset.yml", root / name)
        if name in FETCHED:
            write_fetched(root, name)
            continue
        for source in sorted((DATASETS_DIR / name / "snapshots").iterdir()):
            if vintages is None or name not in vintages or source.name in vintages[name]:
                shutil.copytree(source, root / name / "snapshots" / source.name)
    return Settings(var=folder / "var", datasets_dir=root)


def snapshot_folder(settings: Settings, dataset: str, vintage: str | None = None) -> Path:
    """The folder of a snapshot: of ``vintage``, or the newest."""
    snapshots = settings.datasets_dir / dataset / "snapshots"
    return snapshots / vintage if vintage else sorted(snapshots.iterdir())[-1]


def data_file(folder: Path) -> Path:
    return folder / str(read_manifest(folder)["files"][0]["name"])


def damage_rows(folder: Path, damage: Damage) -> None:
    """Apply ``damage`` to the rows of a snapshot and make its manifest true of the result."""
    path = data_file(folder)
    if path.suffix == ".parquet":
        typed = read_typed(path)
        before = path.read_bytes()
        changed = damage(typed)
        rows = typed if changed is None else changed
        write_typed(rows, load_catalog(DATASETS_DIR)[folder.parent.parent.name], path)
        assert path.read_bytes() != before, "the damage changed nothing"
        remanifest_rows(folder, len(rows))
        return
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or ())
        rows = list(reader)
    changed = damage(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows if changed is None else changed)
    assert text.getvalue().encode() != path.read_bytes(), "the damage changed nothing"
    write_bytes(folder, text.getvalue().encode())


def write_bytes(folder: Path, content: bytes, *, remanifest: bool = True) -> None:
    """Replace a data file; with ``remanifest``, its manifest is true of the new bytes."""
    path = data_file(folder)
    path.write_bytes(content)
    if remanifest:
        rows = max(0, sum(1 for _ in csv.reader(io.StringIO(content.decode("latin-1")))) - 1)
        remanifest_rows(folder, rows)


def remanifest_rows(folder: Path, rows: int) -> None:
    """Make a manifest true of the data file as it is, which has so many rows."""
    path = data_file(folder)
    content = path.read_bytes()
    entry = {
        "name": path.name,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "rows": rows,
    }
    change_manifest(folder, files=[entry])


def read_manifest(folder: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return value


def change_manifest(folder: Path, *, without: str | None = None, **fields: Any) -> None:
    """Set fields of a manifest, take one out."""
    value = {k: v for k, v in (read_manifest(folder) | fields).items() if k != without}
    (folder / MANIFEST).write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")
