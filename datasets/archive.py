"""The archive: exact bytes of each dataset as retrieved, never overwritten.

Bundled snapshots (``datasets/<name>/snapshots``) and fetched ones (``var/archive/<name>``) have the
same layout, a folder with ``manifest.json`` and the data file, and are read by the same code. A
fetched one keeps the publisher's answers beside it, in ``parts``; ``datasets.keep`` writes it.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datasets import strict_json
from datasets.catalog import Dataset
from datasets.errors import InputError
from datasets.settings import Settings
from datasets.yamlfile import problems_of, read_yaml

MANIFEST = "manifest.json"
PARTS = "parts"
#: Of a part: no slash, and no dot at its beginning, so that it leads nowhere else.
PART_NAME = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"
#: One of a thousand answers has half a megabyte.
MAX_MANIFEST_BYTES = 50_000_000


class ArchivedFile(BaseModel):
    """A file of a snapshot, as it was when archived."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    rows: int = Field(ge=0)


class Part(BaseModel):
    """A publisher's answer as it was received, in folder ``parts`` of the snapshot made from it.

    ``url`` is redacted; ``bytes`` and ``sha256`` are of the body after HTTP's own compression, also
    of a part whose name ends in ``.gz``, which is kept compressed. ``left_out``: fields of it that
    must not be kept, see ``datasets.protocols.socrata_metadata``; ``bytes`` and ``sha256`` are then
    of what is left, and ``served_sha256`` of the body.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=PART_NAME)
    url: str = Field(pattern="^https?://")
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    left_out: tuple[str, ...] = ()
    served_sha256: str | None = None


#: How a table is made of answers, unless the dataset has a ``parse.py``.
Form = Literal["json", "csv", "features", "parse"]


class TableInput(BaseModel):
    """A part that the table was made from, or the ``member`` of it that was unpacked for that."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: str = Field(pattern=PART_NAME)
    member: str | None = None


class Retrieval(BaseModel):
    """How a fetched snapshot came here.

    ``asked``: hash of the declaration it was fetched by. ``since``: from which day on, where the
    source can be asked for a part; None: all that there is. ``state``: what the publisher says of
    its state (an ETag, a day of update), for the next conditional request. ``new_fields``: what it
    serves and dataset.yml does not mention. ``made_from``, ``form``, ``encoding``: how the table
    was made, so that it can be remade for other columns.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: dt.datetime
    protocol: str
    client: str
    asked: str
    since: dt.date | None = None
    state: dict[str, str]
    new_fields: tuple[str, ...] = ()
    made_from: tuple[TableInput, ...] = ()
    form: Form = "parse"
    encoding: str = "utf-8"
    requests: int = Field(ge=0)
    bytes: int = Field(ge=0)


class Manifest(BaseModel):
    """What is known of a snapshot. ``published`` is when the public could first have it.

    ``parts``, ``retrieval``: of a fetched one only.
    """

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
    parts: tuple[Part, ...] | None = None
    retrieval: Retrieval | None = None


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

    @property
    def since(self) -> dt.date | None:
        """From which day on it was asked for; None: all that there is."""
        return self.manifest.retrieval.since if self.manifest.retrieval else None

    def reaches(self, since: dt.date | None) -> bool:
        """Whether it goes back as far as what is asked for ``since`` a day (None: always)."""
        return self.since is None or (since is not None and self.since <= since)

    @property
    def order(self) -> tuple[dt.date, dt.datetime, str]:
        """Vintage, then when it was retrieved: of two snapshots of one vintage the later stands."""
        day = dt.datetime.combine(self.manifest.retrieved, dt.time(), dt.UTC)
        retrieval = self.manifest.retrieval
        return self.manifest.vintage, retrieval.at if retrieval else day, self.id


def read_snapshot(folder: Path, dataset: Dataset) -> Snapshot:
    """The snapshot in ``folder``. Raises InputError if its manifest is not valid."""
    return Snapshot(folder, read_manifest(folder / MANIFEST, dataset))


def fetched_snapshots(settings: Settings, dataset: Dataset) -> list[Snapshot]:
    """Every snapshot in ``var/archive``, also two of the same bytes, by the names of their folders.

    Raises InputError if a manifest is not valid.
    """
    paths = sorted((settings.archive_dir / dataset.name).glob(f"*/{MANIFEST}"))
    return [read_snapshot(path.parent, dataset) for path in paths]


def list_snapshots(settings: Settings, dataset: Dataset, *, fetched: bool = True) -> list[Snapshot]:
    """All snapshots of a dataset, oldest first, each bytes of a vintage once.

    ``fetched``: also those in ``var/archive``, not only the bundled ones. None for a dataset that
    is not bundled and was not fetched yet. Raises InputError if a bundled one has none, or a
    manifest is not valid.
    """
    found: dict[str, Snapshot] = {}
    roots = [settings.datasets_dir / dataset.name / "snapshots"]
    if fetched:
        roots.append(settings.archive_dir / dataset.name)
    for root in roots:
        for path in sorted(root.glob(f"*/{MANIFEST}")):
            snapshot = read_snapshot(path.parent, dataset)
            same = found.get(snapshot.id)
            if same is None or (snapshot.order > same.order and snapshot.reaches(same.since)):
                found[snapshot.id] = snapshot
    for folder in sorted(roots[0].glob("[!.]*/")):  # put there by hand, not to be passed over
        if not (folder / MANIFEST).is_file():
            raise InputError.at(
                folder / MANIFEST,
                f"is missing: what is in {folder.name} is no snapshot without it",
                next_step="write it like that of another dataset; sha256sum gives the file's hash",
            )
    if not found and dataset.bundled:
        raise InputError(
            f"dataset {dataset.name} has no snapshot",
            next_step=f"put {dataset.file} and a manifest.json into {roots[0]}/<vintage>/, or say "
            "bundled: false if it is only fetched",
        )
    return sorted(found.values(), key=lambda snapshot: snapshot.order)


def standing(snapshots: list[Snapshot]) -> list[Snapshot]:
    """One snapshot a vintage, of those that go back furthest the one retrieved last.

    ``snapshots`` are in their order. A publisher that changes its data twice a day has said the
    same day's state twice, and the later word counts; but a part of the data never stands for more
    of them. The other ones stay in the archive.
    """
    found: dict[dt.date, Snapshot] = {}
    for snapshot in snapshots:
        other = found.get(snapshot.manifest.vintage)
        if other is None or snapshot.reaches(other.since):
            found[snapshot.manifest.vintage] = snapshot
    return list(found.values())


def how_to_get(dataset: Dataset) -> str:
    """What to do about a dataset without a snapshot."""
    full = " --full" if dataset.source is not None and dataset.source.full_only else ""
    return f"fetch it with: crimeclaims fetch {dataset.name}{full}"


def read_manifest(path: Path, dataset: Dataset) -> Manifest:
    """The manifest at ``path``. Raises InputError naming the file and the field."""
    try:
        size = path.stat().st_size
        if size > MAX_MANIFEST_BYTES:
            raise InputError.at(path, f"is no manifest: it has {size:,} bytes")
        value: Any = strict_json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError.at(path, f"is not a readable manifest: {error}") from error
    try:
        manifest = Manifest.model_validate(value)
    except ValidationError as error:
        problems = problems_of(Manifest, read_yaml(path), error)  # JSON is YAML, with lines
        raise InputError("manifest.json is not valid:", problems=problems) from error
    if manifest.dataset != dataset.name:
        raise InputError.at(path, f'is of dataset "{manifest.dataset}"', field="dataset")
    if manifest.files[0].name != dataset.file:
        message = f'names "{manifest.files[0].name}", the dataset declares "{dataset.file}"'
        raise InputError.at(path, message, field="files")
    return manifest


def verify_bytes(snapshot: Snapshot) -> None:
    """Compare the file with its manifest. Raises InputError naming the file and both checksums."""
    _verify(snapshot.path, snapshot.file)


def verify_parts(snapshot: Snapshot) -> None:
    """Compare what a fetched snapshot was made from with its manifest, likewise."""
    for part in snapshot.manifest.parts or ():
        _verify(snapshot.folder / PARTS / part.name, part)


def verify_part(path: Path, part: Part) -> None:
    """Compare one answer, wherever it is, with its description."""
    _verify(path, part)


def _verify(path: Path, entry: ArchivedFile | Part) -> None:
    packed = isinstance(entry, Part) and entry.name.endswith(".gz")
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except (OSError, EOFError, zlib.error) as error:
        said = getattr(error, "strerror", None) or error
        raise InputError.at(path, f"cannot be read: {said}") from error
    if digest == entry.sha256:
        return
    lost = f"; it has {size:,} bytes instead of {entry.bytes:,}"
    raise InputError.at(
        path,
        f"has sha256 {digest[:12]}…, its manifest says {entry.sha256[:12]}…"
        + (lost if size != entry.bytes else ""),
        next_step="restore the file: an archived snapshot never changes",
    )
