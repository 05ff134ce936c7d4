"""Write one bundled snapshot: a CSV of text cells and the manifest that says where it came from.

The writer is deterministic: the same rows give the same bytes, so a test can rebuild a snapshot
from the publishers' files and compare its sha256 with what is bundled.
"""

from __future__ import annotations

import csv
import hashlib
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets.archive import MANIFEST
from datasets.keep import manifest_text
from datasets.table import csv_bytes as table_bytes

REPOSITORY = Path(__file__).resolve().parents[2]
DATASETS = REPOSITORY / "datasets"

Cell = str | int | float | None


def reference_data() -> Path:
    """The folder with the publishers' files, from CRIMECLAIMS_REFERENCE_DATA.

    Raises RuntimeError when the variable is unset or names no folder.
    """
    value = os.environ.get("CRIMECLAIMS_REFERENCE_DATA", "")
    if not value or not Path(value).is_dir():
        raise RuntimeError(
            "set CRIMECLAIMS_REFERENCE_DATA to the folder that holds the publishers' files"
        )
    return Path(value)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, all text."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def text(value: Cell) -> str:
    """A cell as published: nothing for missing, whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, float):
        if math.isnan(value):  # how spreadsheets and data frames say "missing"
            return ""
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def csv_bytes(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> bytes:
    """The rows as UTF-8 CSV with header, LF and minimal quoting. KeyError for a missing column."""
    return table_bytes(([text(row[column]) for column in columns] for row in rows), columns)


def write_snapshot(
    root: Path,
    *,
    dataset: str,
    vintage: str,
    vintage_basis: str,
    published: str,
    source_url: str,
    origin: str,
    rows: Sequence[Mapping[str, Cell]],
    columns: Sequence[str],
    file: str,
    covers_start: str | None = None,
    covers_end: str | None = None,
    retrieved: str = "2026-11-22",
) -> Path:
    """Write `<root>/<dataset>/snapshots/<vintage>/{<file>,manifest.json}` and return that folder.

    `root` is the repository's `datasets` folder, or a temporary one. Rows keep the order given, so
    the caller sorts them. Days are ISO text. Raises ValueError for a snapshot without rows.
    """
    if not rows:
        raise ValueError(f"{dataset} {vintage}: no rows")
    content = csv_bytes(rows, columns)
    folder = root / dataset / "snapshots" / vintage
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(content)
    manifest = {
        "dataset": dataset,
        "vintage": vintage,
        "vintage_basis": vintage_basis,
        "published": published,
        "retrieved": retrieved,
        "source_url": source_url,
        "origin": origin,
        "covers_start": covers_start,
        "covers_end": covers_end,
        "files": [
            {
                "name": file,
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "rows": len(rows),
            }
        ],
    }
    (folder / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8", newline="\n")
    return folder
