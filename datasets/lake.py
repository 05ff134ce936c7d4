"""The lake: a DuckLake, whose catalog is in PostgreSQL (or a file) and its files elsewhere.

Everything that reads or writes it opens it here; what goes wrong is said by ``lake_errors``.
DuckDB's extensions come from the Python packages of extra ``lake``, loaded from where pip put them;
nothing is downloaded and nothing installed.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import duckdb

from datasets.errors import InputError
from datasets.lake_errors import in_words
from datasets.lake_setting import LAKE_DATA, WAREHOUSE, Lake
from datasets.settings import Settings
from datasets.warehouse import Connection, literal, memory

T = TypeVar("T")

INSTALL = "pip install 'crimeclaims[lake]'"
#: How long a catalog in a file, which one process at a time can write, is waited for.
FILE_WAIT_SECONDS = 30.0
_BUSY_FILE = "Could not set lock|Unique file handle conflict"


def lake_of(settings: Settings) -> Lake:
    """The lake of the settings. Only to be asked for where there is one."""
    assert settings.lake is not None
    return settings.lake


@contextmanager
def attached(
    settings: Settings, *, write: bool = False, snapshot: int | None = None
) -> Iterator[Connection]:
    """A connection with the lake attached under the name ``lake``, at its newest state.

    ``write``: it may be changed, and is made if it is not there. ``snapshot``: as it was then.
    Raises InputError or LakeUnreachable, also for DuckDB's errors within.
    """
    lake = lake_of(settings)
    with in_words(lake), memory(settings) as con:
        load_extensions(con, lake)
        attach(con, lake, write=write, snapshot=snapshot)
        with rolled_back(con):
            yield con


@contextmanager
def rolled_back(con: Connection) -> Iterator[None]:
    """Whatever is not committed inside is undone, also where the server of a lake is gone.

    A transaction that is still open when its connection closes would then end this process.
    """
    try:
        yield
    finally:
        with suppress(duckdb.Error):
            con.execute("ROLLBACK")


def commit(con: Connection, change: Callable[[], T], attempts: int) -> T:
    """Do a change of the lake in a transaction; anew if another commit came between.

    What ``change`` returns. Raises what DuckDB raises, of conflicts the last.
    """
    for attempt in range(1, attempts + 1):
        try:
            con.execute("BEGIN")
            found = change()
            con.execute("COMMIT")
        except duckdb.TransactionException as error:
            if "conflict" not in str(error).lower() or attempt == attempts:
                raise
        else:
            return found
        time.sleep(random.uniform(0, 0.05 * min(attempt, 10)))
    raise AssertionError("unreachable")


def attach(
    con: Connection, lake: Lake, *, write: bool = False, snapshot: int | None = None
) -> None:
    """Attach the lake as ``lake`` on a connection that has the extensions."""
    options = ["READ_ONLY"]
    if write:
        _check_folder(lake)
        # Rows in the catalog would be one more table in PostgreSQL for each table of each build.
        options = ["DATA_INLINING_ROW_LIMIT 0"]
    options.append(f"DATA_PATH {literal(lake.data)}")
    if snapshot is not None:
        options.append(f"SNAPSHOT_VERSION {int(snapshot)}")
    statement = f"ATTACH {literal(f'ducklake:{lake.catalog}')} AS lake ({', '.join(options)})"
    deadline = time.monotonic() + FILE_WAIT_SECONDS
    while True:
        try:
            con.execute(statement)
            return
        except duckdb.Error as error:
            # Another process has the catalog's file; or both make a new lake in one database.
            busy = re.search(_BUSY_FILE if lake.file else "already exists", str(error))
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def load_extensions(con: Connection, lake: Lake) -> None:
    """Load DuckDB's extensions from their packages. Raises InputError if one is not installed."""
    names = ["ducklake"]
    if lake.file is None:
        names.append("postgres_scanner")
    if lake.in_s3:
        names.append("httpfs")
    for name in names:
        con.execute(f"LOAD {literal(str(extension_file(name)))}")
    if lake.in_s3:
        _use_keys(con)


def extension_file(name: str) -> Path:
    """Where pip put an extension of DuckDB's version. Raises InputError if it did not."""
    package = f"duckdb_extension_{name}"
    spec = find_spec(package)
    home = Path(spec.origin).parent if spec and spec.origin else None
    path = home and home / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if path is None or not path.is_file():
        try:
            there = f"version {version(package.replace('_', '-'))} is installed"
        except PackageNotFoundError:
            there = "it is not installed"
        raise InputError(
            f"{WAREHOUSE} names a lake, which needs DuckDB's extension {name} for "
            f"{duckdb.__version__}: {there}",
            next_step=INSTALL,
        )
    return path


def _check_folder(lake: Lake) -> None:
    """A folder that is not there may be a disk that is not mounted: none is made in its place."""
    if lake.in_s3:
        return
    folder = Path(lake.data)
    if lake.file is not None and folder == Path(f"{lake.file}.files"):
        folder.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir():
        raise InputError(
            f"{LAKE_DATA}: there is no folder {folder}",
            next_step=f"mount it, or for a new lake make it: mkdir -p {folder}",
        )


def _use_keys(con: Connection) -> None:
    """Hand DuckDB the keys of S3, for this connection only, from AWS's variables."""
    env = os.environ
    missing = [n for n in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") if not env.get(n)]
    if missing:
        raise InputError(
            f"{LAKE_DATA} is in S3, but {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not set",
            next_step="set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and for a "
            "server that is not Amazon's AWS_ENDPOINT_URL",
        )
    words = {
        "KEY_ID": env["AWS_ACCESS_KEY_ID"],
        "SECRET": env["AWS_SECRET_ACCESS_KEY"],
        "SESSION_TOKEN": env.get("AWS_SESSION_TOKEN", ""),
        "REGION": env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1",
    }
    options = [f"{name} {literal(word)}" for name, word in words.items() if word]
    if address := env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL"):
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
            raise InputError(
                "AWS_ENDPOINT_URL is not an address such as https://s3.example.org:9000"
            )
        options += [
            f"ENDPOINT {literal(parts.netloc + parts.path.rstrip('/'))}",
            "URL_STYLE 'path'",
            f"USE_SSL {'true' if parts.scheme == 'https' else 'false'}",
        ]
    con.execute(f"CREATE TEMPORARY SECRET (TYPE s3, {', '.join(options)})")
