"""What goes wrong with a lake, in words: what it means, what to do about it, and no password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from datasets.errors import CrimeclaimsError, InputError, LakeUnreachable, NothingPublished
from datasets.lake_setting import LAKE_DATA, Lake


@contextmanager
def in_words(lake: Lake) -> Iterator[None]:
    """DuckDB's errors of a lake as ours: what to do, and no password. Others pass."""
    try:
        yield
    except duckdb.Error as error:
        ours = explained(lake, error)
        if ours is None:
            raise
        raise ours from None  # its text has the address with the password


_NO_LAKE = "creating a new DuckLake is explicitly disabled|read-only mode: database does not exist"

#: What DuckDB, PostgreSQL and S3 say -> what a user can do about it; whether it may pass by itself.
_CAUSES: tuple[tuple[str, str, bool], ...] = (
    (_NO_LAKE, "publish a first build to it: crimeclaims run", False),
    (
        "password authentication failed|no password supplied|no pg_hba.conf entry",
        "set PGPASSWORD, or put the password into ~/.pgpass, for the user in the setting",
        False,
    ),
    ('database ".*" does not exist', "make it once: createdb <name>", False),
    ('role ".*" does not exist', "make it once: createuser <name>", False),
    (
        "Connection refused|could not translate host|timeout expired|closed the connection|"
        'starting up|shutting down|No route to host|Failed to execute query "ROLLBACK"|'
        "Unable to connect to Postgres|terminating connection",
        "start PostgreSQL, or correct host and port in the setting; then the same command again",
        True,
    ),
    (
        "does not match existing data path",
        f"set {LAKE_DATA} to the data path that the lake was made with",
        False,
    ),
    (
        "catalog version mismatch",
        "the lake was written by another version of DuckLake: keep a copy of its database, then "
        "attach it once with DuckDB and AUTOMATIC_MIGRATION; or publish to a new database",
        False,
    ),
    (
        "No snapshot found",
        "it was pruned: name a newer build, or make it anew: crimeclaims run",
        False,
    ),
    ("Could not set lock", "another process uses the catalog's file: wait for it to end", True),
    (
        "HTTP Error|Could not establish connection|HTTP GET error|HTTP PUT error|HTTP 0|S3",
        f"look at {LAKE_DATA}, the AWS_* variables, and whether the server answers",
        True,
    ),
    (
        "No such file or directory|Cannot open file|No files found",
        f"files of the lake are missing: mount {LAKE_DATA}, or publish anew to a new database",
        False,
    ),
)


def explained(lake: Lake, error: duckdb.Error) -> CrimeclaimsError | None:
    """What a DuckDB error about a lake means; None for one that is not about a lake."""
    text = str(error)
    hidden = lake.redact(text)
    said = re.sub(r" LINE \d+: .*", "", " ".join(hidden.split()))[:600]
    for pattern, next_step, transient in _CAUSES:
        if re.search(pattern, said, re.IGNORECASE):
            kind: type[CrimeclaimsError] = LakeUnreachable if transient else InputError
            kind = NothingPublished if pattern == _NO_LAKE else kind
            return kind(f"the lake {lake.shown}: {said}", next_step=next_step)
    if hidden == text:
        return None
    return CrimeclaimsError(f"the lake {lake.shown}: {said}", next_step="crimeclaims doctor")
