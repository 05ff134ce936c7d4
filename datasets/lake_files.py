"""Named files in a lake, for ``datasets.shared``: rows of one table, in pieces of a few megabytes.

Each ``put`` is a commit of its own. New names never conflict with each other; where a name is put
again, its old rows are deleted, which DuckLake refuses if another put came between: then it is done
anew.
"""

from __future__ import annotations

import hashlib
from typing import Any

from datasets.errors import InputError, NothingPublished
from datasets.lake import attached, commit, lake_of
from datasets.settings import Settings
from datasets.warehouse import Connection

PIECE = 16 * 1024 * 1024
ATTEMPTS = 30

_TABLE = """
CREATE SCHEMA IF NOT EXISTS lake.shared;
CREATE TABLE IF NOT EXISTS lake.shared.file (
    name VARCHAR, piece INTEGER, pieces INTEGER, bytes BIGINT, sha256 VARCHAR, data BLOB
)
"""


def put(settings: Settings, name: str, data: bytes) -> None:
    """Keep ``data`` under ``name``, in place of what was there."""
    pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)] or [b""]
    digest = hashlib.sha256(data).hexdigest()
    with attached(settings, write=True) as con:

        def change() -> None:
            con.execute(_TABLE)
            if con.execute("FROM lake.shared.file WHERE name = ? LIMIT 1", [name]).fetchone():
                con.execute("DELETE FROM lake.shared.file WHERE name = ?", [name])
            for number, piece in enumerate(pieces):
                con.execute(
                    "INSERT INTO lake.shared.file VALUES (?, ?, ?, ?, ?, ?)",
                    [name, number, len(pieces), len(data), digest, piece],
                )

        commit(con, change, ATTEMPTS)


def get(settings: Settings, name: str) -> bytes:
    """What is kept under ``name``. Raises InputError if nothing is, or if it is not whole."""
    rows = _rows(
        settings,
        "SELECT data, pieces, sha256 FROM lake.shared.file WHERE name = ? ORDER BY piece",
        [name],
    )
    if not rows:
        raise InputError(f"nothing is shared under the name {name}")
    data = b"".join(row[0] for row in rows)
    if len(rows) != rows[0][1] or hashlib.sha256(data).hexdigest() != rows[0][2]:
        raise InputError(
            f"{name} in the lake {lake_of(settings).shown} has not the bytes that were put there",
            next_step="look at the files of the lake: something changed them",
        )
    return data


def names(settings: Settings, under: str) -> list[str]:
    """The names that begin with ``under`` and a slash, sorted."""
    found = _rows(
        settings,
        # '0' comes after '/': a range, which files of other names need not be read for
        "SELECT DISTINCT name FROM lake.shared.file WHERE name >= ? AND name < ? ORDER BY name",
        [f"{under}/", f"{under}0"],
    )
    return [name for (name,) in found]


def _rows(settings: Settings, query: str, values: list[str]) -> list[Any]:
    """What a query finds; nothing in a lake that is not made yet, or has no such table."""
    try:
        with attached(settings) as con:
            return con.execute(query, values).fetchall() if _is_there(con) else []
    except NothingPublished:
        return []


def remove(settings: Settings, under: str) -> None:
    """Forget what is kept under ``under`` and a slash."""
    with attached(settings, write=True) as con:
        if not _is_there(con):
            return

        def change() -> None:
            con.execute(
                "DELETE FROM lake.shared.file WHERE name >= ? AND name < ?",
                [f"{under}/", f"{under}0"],
            )

        commit(con, change, ATTEMPTS)


def _is_there(con: Connection) -> bool:
    found = con.execute(
        "FROM duckdb_tables() WHERE database_name = 'lake' AND schema_name = 'shared'"
    )
    return found.fetchone() is not None
