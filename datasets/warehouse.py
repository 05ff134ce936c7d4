"""The warehouse: builds as DuckDB files, or in a lake that several machines share.

This is the only module that connects to DuckDB.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from datasets import strict_json
from datasets.atomic import replacing
from datasets.errors import InputError
from datasets.settings import Settings

CURRENT = "current.json"

#: Raised when the tables of a build change in a way that readers of old builds must notice.
FORMAT = 2

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class InLake:
    """Where a build is in a lake: the lake's own snapshot, a number, that its commit made."""

    snapshot: int
    build: str


@dataclass(frozen=True)
class Build:
    """A published build and what it was made of. ``path``: its file, or its place in the lake."""

    id: str
    path: Path | InLake
    published_at: str
    snapshots: tuple[str, ...]

    @property
    def lake_snapshot(self) -> int | None:
        """The number that its commit has in the lake; None for a file."""
        return self.path.snapshot if isinstance(self.path, InLake) else None


def connection_config(settings: Settings) -> dict[str, Any]:
    """DuckDB's configuration. All connections to a file within a process must share it."""
    settings.temp_dir.mkdir(parents=True, exist_ok=True)
    return {
        "threads": settings.threads,
        "memory_limit": settings.memory_limit,
        "temp_directory": str(settings.temp_dir),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


@contextmanager
def memory(settings: Settings) -> Iterator[Connection]:
    """A connection to no file, for what is attached to it."""
    con = duckdb.connect(config=connection_config(settings))
    try:
        yield con
    finally:
        con.close()


@contextmanager
def writer(settings: Settings, path: Path) -> Iterator[Connection]:
    """A connection that may write to the file at ``path``, made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(path), config=connection_config(settings))
    try:
        yield con
    finally:
        con.close()


@contextmanager
def reader(
    settings: Settings,
    path: Path | InLake,
    *,
    sandboxed: bool = True,
    spill: str | None = None,
    any_format: bool = False,
) -> Iterator[Connection]:
    """A read-only connection to a published build; temporary tables are allowed.

    ``sandboxed``: SQL on it can reach no other file and no network, and cannot undo that. Of a lake
    it then sees a copy on this machine, made once a build: a connection with the lake attached
    could ask its catalog's server anything, and see the address with the password. Otherwise it
    sees the tables of the lake as the build's commit left them, whatever is published meanwhile.
    ``spill``: how much it may write to ``temp_dir``, in DuckDB's notation. Raises InputError for a
    file that cannot be opened, is damaged where it is read, or is of another ``FORMAT``, unless
    ``any_format`` will do.
    """
    if isinstance(path, InLake):
        from datasets.lake import attached
        from datasets.lake_builds import local_copy

        if not sandboxed:
            with attached(settings, snapshot=path.snapshot) as con:
                con.execute("USE lake")
                if not any_format:
                    _check_format(con, path)
                yield con
            return
        path = local_copy(settings, path)
    try:
        con = duckdb.connect(str(path), read_only=True, config=connection_config(settings))
    except duckdb.Error as error:
        raise InputError(
            f"build {path} cannot be opened: {str(error).splitlines()[0]}",
            next_step="make it anew with: crimeclaims run",
        ) from error
    try:
        if not any_format:
            _check_format(con, path)
        if spill is not None:
            con.execute(f"SET max_temp_directory_size = {literal(spill)}")
        if sandboxed:
            con.execute("SET enable_external_access = false")
            con.execute("SET lock_configuration = true")
        yield con
    except (duckdb.IOException, duckdb.SerializationException) as error:
        said = str(error).splitlines()[0]
        if not any(word in said.lower() for word in ("checksum", "corrupt", "serializ")):
            raise
        raise InputError(
            f"build {path} is damaged: {said}",
            next_step=f"delete {path.name} there, then make it anew with: crimeclaims run",
        ) from error
    finally:
        con.close()


@contextmanager
def opened(settings: Settings, build: Build | None) -> Iterator[tuple[Build, Connection]]:
    """``build``, or the current one if None, and a connection as of ``reader``, not sandboxed.

    Of a lake both come from one connection, as DuckDB's extensions take longest to load. Raises
    InputError.
    """
    if build is None and settings.lake is not None:
        from datasets.lake_builds import opened_newest

        with opened_newest(settings) as (newest, con):
            _check_format(con, newest.path)
            yield newest, con
        return
    build = build or current_build(settings)
    with reader(settings, build.path, sandboxed=False) as con:
        yield build, con


def _check_format(con: Connection, path: Path | InLake) -> None:
    try:
        row = con.execute("SELECT format FROM meta.build").fetchone()
    except (duckdb.CatalogException, duckdb.BinderException):
        row = None  # whoever reads it says what it lacks
    if row is not None and row[0] != FORMAT:
        raise InputError(
            f"build {path} is of format {row[0]}, this version of crimeclaims reads {FORMAT}",
            next_step="make it anew with: crimeclaims run",
        )


def current_build(settings: Settings) -> Build:
    """The build that was published last. Raises InputError if there is none."""
    if settings.lake is not None:
        from datasets.lake_builds import current_in_lake

        return current_in_lake(settings)
    pointer = settings.builds_dir / CURRENT
    try:
        value = strict_json.loads(pointer.read_bytes())
        path = settings.builds_dir / value["file"]
        build = Build(
            id=value["build"],
            path=path,
            published_at=value["published_at"],
            snapshots=tuple(value["snapshots"]),
        )
    except FileNotFoundError as error:
        raise InputError(
            f"there is no build yet in {settings.builds_dir}", next_step="run: crimeclaims run"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError.at(
            pointer, f"is not readable: {error!r}", next_step="run: crimeclaims run"
        ) from error
    if not path.is_file():
        raise InputError(
            f"build {build.id} is current but its file {path} is missing",
            next_step="make it anew with: crimeclaims run",
        )
    return build


def write_atomically(path: Path, text: str) -> None:
    """Replace the file at ``path`` so that a reader sees either the old or the new text, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(text.encode())


def point_to(settings: Settings, build: Build) -> None:
    """Make ``build``, a file, the current one, atomically."""
    assert isinstance(build.path, Path)
    value = {
        "build": build.id,
        "file": build.path.name,
        "published_at": build.published_at,
        "snapshots": list(build.snapshots),
    }
    write_atomically(settings.builds_dir / CURRENT, json.dumps(value, indent=2) + "\n")


def literal(text: str) -> str:
    """``text`` as a literal of SQL, where a statement takes no parameter."""
    return "'" + text.replace("'", "''") + "'"


def run_sql_file(con: Connection, path: Path) -> None:
    """Execute all statements of a file of ours. An error names the file."""
    try:
        con.execute(path.read_text(encoding="utf-8"))
    except duckdb.Error as error:
        error.add_note(f"in {path}")
        raise
