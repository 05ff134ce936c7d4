"""Named files in a lake, for ``datasets.shared``: a row a file, and its bytes in pieces.

Files that are put together come in one commit, so that none is ever there in part; a piece is the
most of them that is in memory. New names never conflict with each other; where a name is put again,
its old rows are deleted, which DuckLake refuses if another put came between: then it is done anew.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from datasets.errors import InputError, NothingPublished
from datasets.lake import attached, commit, lake_of
from datasets.settings import Settings
from datasets.warehouse import Connection

#: Bytes of a piece. DuckDB has some ten copies of one on its way to a Parquet file.
PIECE = 4 * 1024 * 1024
#: Pieces of small files that go into one Parquet file: so many, and no more bytes than a piece.
TOGETHER = 1000
ATTEMPTS = 30

_TABLES = """
CREATE SCHEMA IF NOT EXISTS lake.shared;
CREATE TABLE IF NOT EXISTS lake.shared.files (
    name VARCHAR, pieces INTEGER, bytes BIGINT, sha256 VARCHAR
);
CREATE TABLE IF NOT EXISTS lake.shared.pieces (name VARCHAR, piece INTEGER, data BLOB)
"""

#: What is put: a file, or bytes that are at hand.
Source = Path | bytes
#: Writes what is kept under a name into an open file.
Copy = Callable[[str, BinaryIO], None]


def put(settings: Settings, files: Mapping[str, Source]) -> None:
    """Keep files under their names, in place of what was there: all of them, or none if it fails.

    What is there with the same bytes is left alone. Raises InputError for a file that is changed
    while it is read.
    """
    digests = {name: _sha256(source) for name, source in files.items()}
    with attached(settings, write=True) as con:

        def change() -> None:
            con.execute(_TABLES)
            there = _digests(con, min(files), max(files))
            new = {n: source for n, source in files.items() if there.get(n) != digests[n]}
            for name in new.keys() & there.keys():
                con.execute("DELETE FROM lake.shared.pieces WHERE name = ?", [name])
                con.execute("DELETE FROM lake.shared.files WHERE name = ?", [name])
            _insert(con, new, digests)

        commit(con, change, ATTEMPTS)


def _digests(con: Connection, first: str, last: str) -> dict[str, str]:
    """The sha256 of each file whose name is not before ``first`` and not after ``last``."""
    query = "SELECT name, sha256 FROM lake.shared.files WHERE name BETWEEN ? AND ?"
    return dict(con.execute(query, [first, last]).fetchall())


def _insert(con: Connection, files: Mapping[str, Source], digests: Mapping[str, str]) -> None:
    heads: list[tuple[str, int, int, str]] = []
    rows: list[tuple[str, int, bytes]] = []
    size = 0
    for name, source in files.items():
        digest, number, total = hashlib.sha256(), 0, 0
        for number, data in enumerate(_pieces(source), start=1):
            if rows and (size + len(data) > PIECE or len(rows) == TOGETHER):
                _insert_rows(con, "pieces", rows)
                rows, size = [], 0
            digest.update(data)
            rows.append((name, number, data))
            size, total = size + len(data), total + len(data)
        if digest.hexdigest() != digests[name]:
            raise InputError(
                f"{source if isinstance(source, Path) else name} was changed while it was read",
                next_step="the same command again",
            )
        heads.append((name, number, total, digests[name]))
    _insert_rows(con, "pieces", rows)
    _insert_rows(con, "files", heads)


def _insert_rows(con: Connection, table: str, rows: list[Any]) -> None:
    """One Parquet file of the rows."""
    if rows:
        row = f"({', '.join('?' for _ in rows[0])})"
        values = [value for each in rows for value in each]
        con.execute(
            f"INSERT INTO lake.shared.{table} VALUES {', '.join([row] * len(rows))}", values
        )


def opened(source: Source) -> BinaryIO:
    """What is put, to read it from its beginning."""
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _pieces(source: Source) -> Iterator[bytes]:
    with opened(source) as file:
        while data := file.read(PIECE):
            yield data


def _sha256(source: Source) -> str:
    digest = hashlib.sha256()
    for data in _pieces(source):
        digest.update(data)
    return digest.hexdigest()


@contextmanager
def reading(settings: Settings) -> Iterator[Copy]:
    """A function that writes what is kept under a name into a file, all of one state of the lake.

    It raises InputError if nothing is kept there, or if its bytes are not those that were put; what
    it wrote until then must not be used.
    """
    with attached(settings) as con:
        con.execute("SET enable_external_file_cache = false")  # a piece is read once
        con.execute("BEGIN")
        there = _is_there(con)

        def copy(name: str, to: BinaryIO) -> None:
            query = "SELECT pieces, bytes, sha256 FROM lake.shared.files WHERE name = ?"
            head = con.execute(query, [name]).fetchone() if there else None
            if head is None:
                raise InputError(f"nothing is shared under the name {name}")
            digest, size = hashlib.sha256(), 0
            for data in _read_pieces(con, name, head[0]):
                digest.update(data)
                size += to.write(data)
            if (size, digest.hexdigest()) != (head[1], head[2]):
                raise InputError(
                    f"{name} in the lake {lake_of(settings).shown} has not the bytes that were put "
                    "there",
                    next_step="look at the files of the lake: something changed them",
                )

        yield copy


def _read_pieces(con: Connection, name: str, pieces: int) -> Iterator[bytes]:
    """The pieces in their order, each by a query: a result of several has them all in memory."""
    for number in range(1, pieces + 1):
        query = "SELECT data FROM lake.shared.pieces WHERE name = ? AND piece = ?"
        for (data,) in con.execute(query, [name, number]).fetchall():
            yield data


def names(settings: Settings, under: str) -> list[str]:
    """The names that begin with ``under`` and a slash, sorted; none if there is no lake yet."""
    try:
        with attached(settings) as con:
            if not _is_there(con):
                return []
            query = f"SELECT name FROM lake.shared.files WHERE {_UNDER} ORDER BY name"
            return [name for (name,) in con.execute(query, _range(under)).fetchall()]
    except NothingPublished:
        return []


def remove(settings: Settings, under: str) -> None:
    """Forget what is kept under ``under`` and a slash."""
    with attached(settings, write=True) as con:
        if not _is_there(con):
            return

        def change() -> None:
            for table in ("pieces", "files"):
                con.execute(f"DELETE FROM lake.shared.{table} WHERE {_UNDER}", _range(under))

        commit(con, change, ATTEMPTS)


#: '0' comes after '/': a range, which files of other names need not be read for.
_UNDER = "name >= ? AND name < ?"


def _range(under: str) -> list[str]:
    return [f"{under}/", f"{under}0"]


def _is_there(con: Connection) -> bool:
    found = con.execute(
        "FROM duckdb_tables() "
        "WHERE database_name = 'lake' AND schema_name = 'shared' AND table_name = 'pieces'"
    )
    return found.fetchone() is not None
