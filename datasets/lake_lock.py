"""One publisher at a time in a lake, whatever machine it is on.

A run holds the lock from its plan to its publish. So a second machine waits, then finds the build
there, instead of making it too; and an older plan is never published over a newer one. It lies in
PostgreSQL, as an advisory lock, and dies with the connection of its holder.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

import duckdb
from filelock import FileLock, Timeout

from datasets.errors import InputError, LakeUnreachable
from datasets.lake import lake_of, load_extensions, rolled_back
from datasets.lake_errors import in_words
from datasets.lake_setting import Lake
from datasets.run_lock import acquire
from datasets.settings import Settings
from datasets.warehouse import Connection, literal, memory

#: Two numbers that nobody else uses for a lock in this database.
KEY = (7_427_463, 1)
POLL_SECONDS = 0.2

#: Raises LakeUnreachable if the lock is lost.
Held = Callable[[], None]


@contextmanager
def lake_lock(
    settings: Settings, *, waiting: Callable[[str], None] = lambda _: None
) -> Iterator[Held]:
    """Hold the lake's lock; where there is no lake, do nothing. ``waiting`` is told once for whom.

    Yields a function that raises LakeUnreachable if the lock was lost since. Raises InputError that
    says who holds it if it is not free within the ``lock_wait_seconds`` of the settings.
    """
    if settings.lake is None:
        yield lambda: None
    elif settings.lake.file is not None:
        with _file_lock(settings, waiting):
            yield lambda: None
    else:
        with in_words(settings.lake), memory(settings) as con:
            load_extensions(con, settings.lake)
            con.execute(
                f"ATTACH {literal(_named(settings.lake))} AS locks (TYPE postgres, READ_ONLY)"
            )
            with rolled_back(con):
                con.execute("BEGIN")
                _take(con, settings, waiting)
                yield lambda: _still_there(con, lake_of(settings))


@contextmanager
def _file_lock(settings: Settings, waiting: Callable[[str], None]) -> Iterator[None]:
    path = f"{lake_of(settings).file}.lock"
    lock, holder = FileLock(path), f"a process that holds {path}"
    try:
        acquire(lock, settings.lock_wait_seconds, lambda: waiting(holder))
    except Timeout:
        raise _not_free(holder) from None
    try:
        yield
    finally:
        lock.release()


def _take(con: Connection, settings: Settings, waiting: Callable[[str], None]) -> None:
    deadline = time.monotonic() + settings.lock_wait_seconds
    told = False
    while not _ask(con, f"SELECT pg_try_advisory_xact_lock({KEY[0]}, {KEY[1]})"):
        if time.monotonic() > deadline:
            raise _not_free(_holder(con))
        if not told:
            waiting(_holder(con))
            told = True
        time.sleep(POLL_SECONDS)


def _holder(con: Connection) -> str:
    """Who holds the lock, as its connection calls itself."""
    found = _ask(
        con,
        "SELECT application_name || ' since ' || date_trunc('second', xact_start)::text "
        "FROM pg_locks JOIN pg_stat_activity USING (pid) "
        f"WHERE locktype = 'advisory' AND classid = {KEY[0]} AND objid = {KEY[1]} AND granted",
    )
    return str(found or "a machine that has not said which")


def _ask(con: Connection, query: str) -> object:
    row = con.execute(f"FROM postgres_query('locks', {literal(query)})").fetchone()
    return row[0] if row else None


def _still_there(con: Connection, lake: Lake) -> None:
    try:
        _ask(con, "SELECT 1")
    except duckdb.Error:
        raise LakeUnreachable(
            f"the lake {lake.shown}: its server ended the connection that held the lock",
            next_step="nothing was published; the same command again",
        ) from None


def _named(lake: Lake) -> str:
    """The server's address, with a name for the connection that says who we are."""
    name = f"process {os.getpid()} on {socket.gethostname()}"
    if "://" in lake.server:
        joint = "&" if "?" in lake.server else "?"
        return f"{lake.server}{joint}application_name={quote(name)}"
    return f"{lake.server} application_name='{name}'"


def _not_free(holder: str) -> InputError:
    return InputError(
        f"another machine is publishing to the lake: {holder}",
        next_step="wait for it to end, or set CRIMECLAIMS_LOCK_WAIT to more seconds",
    )
