"""Builds in a lake: publish is one commit that replaces all tables, and says which build it is.

The lake keeps every commit as a snapshot of its own, so that a reader of an earlier build keeps
seeing it. What a build has as published, ``raw``, is not put into the lake: it is in the archive.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
from filelock import FileLock

from datasets.errors import NothingPublished
from datasets.lake import attach, attached, commit, lake_of
from datasets.settings import Settings
from datasets.warehouse import Build, Connection, InLake, literal, writer

AUTHOR = "crimeclaims publish"
#: What of a build is in the lake. Other schemas of the lake are no business of a publish.
SCHEMAS = ("core", "mart", "meta", "stg")

#: How often a publish is tried that another one came before.
ATTEMPTS = 5


def current_in_lake(settings: Settings) -> Build:
    """The build that was published last. Raises NothingPublished if none was."""
    with attached(settings) as con:
        return _newest(settings, builds_in_lake(con))


@contextmanager
def opened_newest(settings: Settings) -> Iterator[tuple[Build, Connection]]:
    """The build that was published last, and a connection that reads its tables by their names.

    It sees them as the build's commit left them, whatever is published meanwhile. Extensions, which
    cost more than all else, are loaded once. Raises NothingPublished.
    """
    with attached(settings) as con:
        newest = _newest(settings, builds_in_lake(con))
        con.execute("DETACH lake")
        attach(con, lake_of(settings), snapshot=newest.lake_snapshot)
        con.execute("USE lake")
        yield newest, con


def _newest(settings: Settings, builds: Sequence[Build]) -> Build:
    if not builds:
        raise NothingPublished(
            f"there is no build yet in the lake {lake_of(settings).shown}",
            next_step="run: crimeclaims run",
        )
    return builds[-1]


def builds_in_lake(con: Connection) -> list[Build]:
    """The builds that the attached lake still has, oldest first; one may be there twice."""
    rows = con.execute(
        "SELECT snapshot_id, commit_extra_info FROM ducklake_snapshots('lake') "
        "WHERE author = ? ORDER BY snapshot_id",
        [AUTHOR],
    ).fetchall()
    found = []
    for number, text in rows:
        value = json.loads(text)
        place = InLake(int(number), value["build"])
        ids = tuple(value["snapshots"])
        found.append(Build(value["build"], place, value["published_at"], ids))
    return found


def publish(
    settings: Settings, build: Build, *, before_commit: Callable[[], None] = lambda: None
) -> Build:
    """Put a build, a file that passed its gate, into the lake and make it the current one.

    All tables are replaced in one commit: whoever reads sees the old build or the new one, whole,
    and so it stays if this process is killed. Of two that publish at once the second begins anew
    after the first. The build that is current already is not published again. ``before_commit`` may
    raise to stop it. Returns the build as it is in the lake.
    """
    assert isinstance(build.path, Path)
    with attached(settings, write=True) as con:
        con.execute(f"ATTACH {literal(str(build.path))} AS made (READ_ONLY)")

        def change() -> Build | None:
            found = builds_in_lake(con)
            if found and found[-1].id == build.id:
                return found[-1]
            _replace_tables(con)
            _sign(con, build)
            before_commit()
            return None

        if (there := commit(con, change, ATTEMPTS)) is not None:
            return there
        [number] = con.execute("FROM ducklake_last_committed_snapshot('lake')").fetchone() or ()
        return replace(build, path=InLake(int(number), build.id))


def _sign(con: Connection, build: Build) -> None:
    """Write into the commit which build it is."""
    info = {
        "build": build.id,
        "published_at": build.published_at,
        "snapshots": list(build.snapshots),
    }
    words = ", ".join(literal(word) for word in ("lake", AUTHOR, f"build {build.id}"))
    con.execute(
        f"CALL ducklake_set_commit_message({words}, extra_info => {literal(json.dumps(info))})"
    )


def _replace_tables(con: Connection) -> None:
    """Drop the lake's tables of our schemas, and make those of the build ``made``."""
    for schema, table in tables(con, "lake"):
        con.execute(f'DROP TABLE lake."{schema}"."{table}"')
    for schema in SCHEMAS:
        con.execute(f'CREATE SCHEMA IF NOT EXISTS lake."{schema}"')
    for schema, table in tables(con, "made"):
        con.execute(f'CREATE TABLE lake."{schema}"."{table}" AS FROM made."{schema}"."{table}"')


def tables(con: Connection, database: str) -> list[tuple[str, str]]:
    """Schema and name of each table of our schemas in an attached database, sorted."""
    found = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() "
        "WHERE database_name = ? AND schema_name IN (SELECT unnest(?)) ORDER BY ALL",
        [database, list(SCHEMAS)],
    ).fetchall()
    return [(schema, table) for schema, table in found]


def local_copy(settings: Settings, where: InLake) -> Path:
    """The file of a build on this machine: as it was made here, or copied from the lake once."""
    made = settings.builds_dir / f"{where.build}.duckdb"
    if made.is_file():
        return made
    path = settings.builds_dir / f"{where.build}.copy.duckdb"  # it has no raw
    if path.is_file():
        return path
    settings.builds_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.builds_dir / ".copying.lock"):
        for stale in settings.builds_dir.glob(".copying-*"):  # of a copy that was cut off
            stale.unlink()
        if path.is_file():  # another process was first
            return path
        temporary = settings.builds_dir / f".copying-{where.build}-{uuid.uuid4().hex[:8]}.duckdb"
        with writer(settings, temporary):
            pass
        with attached(settings, snapshot=where.snapshot) as con:
            con.execute(f"ATTACH {literal(str(temporary))} AS copy")
            for schema in SCHEMAS:
                con.execute(f'CREATE SCHEMA copy."{schema}"')
            for schema, table in tables(con, "lake"):
                con.execute(
                    f'CREATE TABLE copy."{schema}"."{table}" AS FROM lake."{schema}"."{table}"'
                )
            con.execute("DETACH copy")
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    return path


def described(settings: Settings) -> list[tuple[str, str]]:
    """What the lake is, for who looks after it: its setting, data path, builds, extensions.

    Passwords are not in it. Raises InputError or LakeUnreachable if it cannot be read.
    """
    lake = lake_of(settings)
    with attached(settings) as con:
        builds = builds_in_lake(con)
        [snapshots] = (
            con.execute("SELECT count(*) FROM ducklake_snapshots('lake')").fetchone() or ()
        )
        extensions = con.execute(
            "SELECT extension_name, extension_version FROM duckdb_extensions() "
            "WHERE loaded AND extension_name IN ('ducklake', 'postgres_scanner', 'httpfs')"
        ).fetchall()
    named = ", ".join(f"{name} {number}" for name, number in extensions)
    return [
        ("lake", lake.shown),
        ("lake data", lake.data),
        ("lake builds", f"{len(builds)} builds in {snapshots} snapshots"),
        ("lake extensions", f"{named}, for DuckDB {duckdb.__version__}"),
    ]
