"""Builds: an immutable warehouse file made from a set of snapshots, published only if it is valid.

A build is a pure function of its snapshots, declarations, reference tables, SQL and checks; its id
is a hash of them. So an unchanged night finds its build already there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import uuid
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from datasets.archive import MANIFEST, Snapshot, how_to_get, list_snapshots, standing, verify_bytes
from datasets.catalog import Dataset, load_catalog
from datasets.errors import InputError, NothingPublished
from datasets.lake_builds import publish
from datasets.load import REFERENCE_TABLES, create_schemas, load_dataset, load_reference
from datasets.own_files import require_suites, staging_file
from datasets.remake import with_declared_columns
from datasets.set_aside import all_snapshots
from datasets.settings import REFERENCE_DIR, SQL_DIR, Settings
from datasets.transform import transform
from datasets.warehouse import (
    FORMAT,
    Build,
    InLake,
    current_build,
    point_to,
    reader,
    writer,
)


@dataclass(frozen=True)
class Plan:
    """What a build would be made of: datasets and their snapshots.

    ``left_out``: declared datasets without a snapshot; their staging SQL and suites do not run.
    """

    id: str
    catalog: dict[str, Dataset]
    snapshots: dict[str, list[Snapshot]]
    left_out: tuple[str, ...] = ()

    @property
    def snapshot_ids(self) -> tuple[str, ...]:
        return tuple(s.id for group in self.snapshots.values() for s in group)


def plan_build(settings: Settings, check_files: list[Path], *, fetched: bool = True) -> Plan:
    """Read all declarations and manifests and name the build that they make.

    ``check_files``: the expectation suites the build must pass; they are part of its identity.
    ``fetched``: also what was fetched, not only what is bundled. Of two snapshots of one vintage
    the one retrieved last is taken: a dataset has one state a day. A fetched one whose table has
    not the declared columns is remade (``datasets.remake``). Raises InputError naming the
    file if a snapshot's bytes are not those archived, or if there is no snapshot of any dataset.
    """
    declared = load_catalog(settings.datasets_dir)
    found = {
        name: standing(list_snapshots(settings, dataset, fetched=fetched))
        for name, dataset in declared.items()
    }
    snapshots = {
        name: [with_declared_columns(settings, declared[name], snapshot) for snapshot in group]
        for name, group in found.items()
        if group
    }
    return _plan(settings, check_files, declared, snapshots)


def plan_again(settings: Settings, check_files: list[Path], ids: Collection[str]) -> Plan:
    """The build that the snapshots named by ``ids`` make, whatever else was archived since.

    Raises InputError naming those that are not there, or whose bytes are not those archived.
    """
    declared = load_catalog(settings.datasets_dir)
    snapshots: dict[str, list[Snapshot]] = {}
    for name, dataset in declared.items():
        if not any(id_.startswith(f"{name}@") for id_ in ids):
            continue
        for snapshot in all_snapshots(settings, dataset):
            own = snapshot
            if own.id not in ids:  # perhaps a table remade of it is
                with suppress(InputError):
                    own = with_declared_columns(settings, dataset, snapshot)
            if own.id in ids:
                snapshots.setdefault(name, []).append(own)
    there = {snapshot.id for group in snapshots.values() for snapshot in group}
    missing = sorted(set(ids) - there)
    if missing:
        raise InputError(
            f"not in the archive any more: {', '.join(missing)}",
            next_step=f"restore it in {settings.archive_dir} from a backup",
        )
    return _plan(settings, check_files, declared, snapshots)


def _plan(
    settings: Settings,
    check_files: list[Path],
    declared: dict[str, Dataset],
    snapshots: dict[str, list[Snapshot]],
) -> Plan:
    catalog = {name: declared[name] for name in snapshots}
    left_out = tuple(name for name in declared if name not in snapshots)
    if not snapshots:
        first = how_to_get(declared[left_out[0]])
        raise InputError("no dataset has a snapshot: nothing to build from", next_step=first)
    if check_files:
        require_suites(catalog, check_files)
    digest = hashlib.sha256(f"format {FORMAT} duckdb {duckdb.__version__}\n".encode())
    inputs = [settings.datasets_dir / name / "dataset.yml" for name in catalog]
    inputs += [REFERENCE_DIR / name for name in REFERENCE_TABLES.values()]
    staging = [staging_file(settings.datasets_dir, name, SQL_DIR) for name in catalog]
    inputs += [SQL_DIR / "schemas.sql", *staging]
    inputs += sorted([*SQL_DIR.glob("core/*.sql"), *SQL_DIR.glob("mart/*.sql")])
    # Not by their whole paths: the same files elsewhere make the same build.
    for path in [*inputs, *sorted(check_files, key=lambda p: (p.parent.name, p.name))]:
        try:
            content = path.read_bytes()
        except OSError as error:
            tables = f"stg.{path.stem} and stg.{path.stem}__observation"
            step = f"write it: it creates {tables}" if path in staging else None
            message = f"cannot be read: {error.strerror}"
            raise InputError.at(path, message, next_step=step) from error
        digest.update(f"{path.parent.name}/{path.name} {len(content)}\n".encode() + content)
    for group in snapshots.values():
        for snapshot in group:
            # Also where the build is already there: bytes must not rot unseen.
            verify_bytes(snapshot)
            digest.update(snapshot.id.encode() + (snapshot.folder / MANIFEST).read_bytes())
    return Plan(digest.hexdigest()[:16], catalog, snapshots, left_out)


def load_and_transform(settings: Settings, plan: Plan, path: Path) -> None:
    """Write the warehouse of ``plan`` to a new file at ``path``."""
    with writer(settings, path) as con:
        create_schemas(con)
        load_reference(con)
        for name, dataset in plan.catalog.items():
            load_dataset(con, dataset, plan.snapshots[name])
        transform(con, plan.catalog, datasets_dir=settings.datasets_dir)
        con.execute(
            "INSERT INTO meta.build VALUES (?, ?, ?)", [plan.id, FORMAT, duckdb.__version__]
        )


def published(settings: Settings, plan: Plan) -> Build | None:
    """The current build, if it is the one that ``plan`` would make.

    Raises InputError or LakeUnreachable for a lake that cannot be read.
    """
    try:
        build = current_build(settings)
    except NothingPublished:
        return None
    except InputError:
        if settings.lake is not None:  # it could not be published to either
            raise
        return None
    if build.id != plan.id:
        return None
    whole = isinstance(build.path, InLake) or _opens(settings, build.path, plan.id)
    return build if whole else None


def _opens(settings: Settings, path: Path, id_: str) -> bool:
    """Whether the file is a build of that id. What is inside is checked by DuckDB when it is read.

    The file of a published build never changes: one that does not open was damaged since.
    """
    try:
        with reader(settings, path) as con:
            return con.execute("SELECT build_id FROM meta.build").fetchall() == [(id_,)]
    except (InputError, duckdb.Error):
        return False


def make_build(
    settings: Settings,
    plan: Plan,
    validate: Callable[[Path, str], None],
    *,
    before_commit: Callable[[], None] = lambda: None,
) -> Build:
    """Load, transform, validate and publish. Must be called under ``run_lock``.

    ``validate`` is given the path of the unpublished file and the build's id; it writes its results
    into the file and raises GateClosed if the build must not be published. Whatever fails, the
    current build stays. A build that was published before (its inputs are back) is not made again.
    With a lake, publish is a commit to it, and the file stays here for readers on this machine;
    ``before_commit`` may raise to stop that.
    """
    path = file_of(settings, plan)
    file_at_hand(settings, plan, validate)
    build = _build(plan, path)
    if settings.lake is not None:
        return publish(settings, build, before_commit=before_commit)
    point_to(settings, build)
    return build


def file_of(settings: Settings, plan: Plan) -> Path:
    """Where the file of a build is on this machine, if it was made here."""
    return settings.builds_dir / f"{plan.id}.duckdb"


def file_at_hand(settings: Settings, plan: Plan, validate: Callable[[Path, str], None]) -> bool:
    """Make the file of a build, unless it is there and whole; whether it was. Publishes nothing."""
    path = file_of(settings, plan)
    if path.is_file() and _opens(settings, path, plan.id):
        return False
    _make_file(settings, plan, validate, path)
    return True


def _make_file(
    settings: Settings, plan: Plan, validate: Callable[[Path, str], None], path: Path
) -> None:
    """Load, transform and validate in a file of another name, then move it to ``path``."""
    temporary = settings.builds_dir / f".making-{plan.id}-{uuid.uuid4().hex[:8]}.duckdb"
    try:
        load_and_transform(settings, plan, temporary)
        validate(temporary, plan.id)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        for leftover in (temporary, temporary.with_name(temporary.name + ".wal")):
            leftover.unlink(missing_ok=True)


def _build(plan: Plan, path: Path) -> Build:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return Build(id=plan.id, path=path, published_at=now, snapshots=plan.snapshot_ids)


def remove_half_written(settings: Settings) -> None:
    """Remove what a killed run left among the builds. Must be called under ``run_lock``."""
    for folder in (settings.builds_dir, settings.builds_dir / "rejected"):
        for stale in (*folder.glob(".making-*"), *folder.glob(".*.tmp")):
            stale.unlink(missing_ok=True)
