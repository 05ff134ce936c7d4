"""Looking for a word in everything that a run leaves, also where it is packed or in columns."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb


def files_with(folder: Path, words: Iterable[str]) -> list[str]:
    """Files below ``folder`` that have one of the words in them, in their name or their content."""
    forms = [word.encode() for word in words]
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if any(form in text for text in _texts(path, folder) for form in forms)
    ]


def _texts(path: Path, folder: Path) -> Iterator[bytes]:
    """What is in a file: its name, its bytes, and what these hold when they are unpacked."""
    yield path.relative_to(folder).as_posix().encode()
    if not path.is_file():
        return
    content = path.read_bytes()
    yield content
    if path.suffix == ".gz":
        yield gzip.decompress(content)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(member) for member in archive.infolist())
    elif path.suffix == ".parquet":
        with duckdb.connect() as con:
            yield repr(con.read_parquet(str(path)).fetchall()).encode()
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as con:
            names = con.execute("SELECT schema_name, table_name, sql FROM duckdb_tables()")
            for schema, table, sql in names.fetchall():
                yield sql.encode()
                yield repr(con.table(f'{schema}."{table}"').fetchall()).encode()
