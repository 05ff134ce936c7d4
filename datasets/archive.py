"""The archive: exact bytes of each dataset as retrieved, never overwritten.

Bundled snapshots (``datasets/<name>/snapshots``) and fetched ones (``var/archive/<name>``) have the
same layout, a folder with ``manifest.json`` and the data file, and are read by the same code.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datasets.catalog import Dataset
from datasets.errors import InputError
from datasets.settings import Settings

MANIFEST = "manifest.json"


class ArchivedFile(BaseModel):
    """A file of a snapshot, as it was when archived."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    rows: int = Field(ge=0)


class Manifest(BaseModel):
    """What is known of a snapshot. ``published`` is when the public could first have it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    vintage: dt.date
    vintage_basis: str
    published: dt.date
    retrieved: dt.date
    source_url: str = Field(pattern="^https?://")
    origin: str
    covers_start: dt.date | None
    covers_end: dt.date | None
    files: tuple[ArchivedFile, ...] = Field(min_length=1, max_length=1)


@dataclass(frozen=True)
class Snapshot:
    """The bytes of a dataset on disk, with their manifest."""

    folder: Path
    manifest: Manifest

    @property
    def file(self) -> ArchivedFile:
        return self.manifest.files[0]

    @property
    def path(self) -> Path:
        return self.folder / self.file.name

    @property
    def id(self) -> str:
        """``<dataset>@<vintage>#<first 8 digits of the sha256>``."""
        return f"{self.manifest.dataset}@{self.manifest.vintage}#{self.file.sha256[:8]}"


def list_snapshots(settings: Settings, dataset: Dataset) -> list[Snapshot]:
    """All snapshots of a dataset, bundled and fetched, oldest vintage first, each bytes once.

    None for a dataset that is not bundled and was not fetched yet. Raises InputError if a bundled
    one has none, or a manifest is not valid.
    """
    found: dict[str, Snapshot] = {}
    for root in (
        settings.datasets_dir / dataset.name / "snapshots",
        settings.archive_dir / dataset.name,
    ):
        for path in sorted(root.glob(f"*/{MANIFEST}")):
            snapshot = Snapshot(path.parent, read_manifest(path, dataset))
            found.setdefault(snapshot.id, snapshot)
    if not found and dataset.bundled:
        raise InputError(
            f"dataset {dataset.name} has no snapshot",
            next_step="put one into its snapshots/ folder, with a manifest.json",
        )
    return sorted(found.values(), key=lambda s: (s.manifest.vintage, s.id))


def how_to_get(dataset: Dataset) -> str:
    """What to do about a dataset without a snapshot."""
    return f"fetch it with: crimeclaims fetch {dataset.name}"


def read_manifest(path: Path, dataset: Dataset) -> Manifest:
    """The manifest at ``path``. Raises InputError naming the file and the field."""
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest.model_validate(value)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError.at(path, f"is not a readable manifest: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(key) for key in first["loc"])
        raise InputError.at(path, first["msg"], field=field) from error
    if manifest.dataset != dataset.name:
        raise InputError.at(path, f'is of dataset "{manifest.dataset}"', field="dataset")
    if manifest.files[0].name != dataset.file:
        message = f'names "{manifest.files[0].name}", the dataset declares "{dataset.file}"'
        raise InputError.at(path, message, field="files")
    return manifest


def verify_bytes(snapshot: Snapshot) -> None:
    """Compare the file with its manifest. Raises InputError naming the file and both checksums."""
    try:
        size = snapshot.path.stat().st_size
        with snapshot.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError.at(snapshot.path, f"cannot be read: {error.strerror}") from error
    if digest == snapshot.file.sha256:
        return
    lost = f"; it has {size:,} bytes instead of {snapshot.file.bytes:,}"
    raise InputError.at(
        snapshot.path,
        f"has sha256 {digest[:12]}…, its manifest says {snapshot.file.sha256[:12]}…"
        + (lost if size != snapshot.file.bytes else ""),
        next_step="restore the file: an archived snapshot never changes",
    )
