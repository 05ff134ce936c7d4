"""One run at a time makes builds on this machine: a lock that dies with its process."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from datasets.errors import InputError
from datasets.settings import Settings
from datasets.warehouse import write_atomically

LOCK, HOLDER = "run.lock", "run.lock.holder.json"


@contextmanager
def run_lock(
    settings: Settings, *, waiting: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Let one run at a time make builds; a second waits, then gives up and says who holds the lock.

    ``waiting`` is told once who holds it. The lock dies with its process, also when that is killed.
    """
    settings.var.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.var / LOCK)
    holder_file = settings.var / HOLDER
    try:
        acquire(lock, settings.lock_wait_seconds, lambda: waiting(_holder(holder_file)))
    except Timeout:
        raise InputError(
            f"another run is in progress: {_holder(holder_file)}",
            next_step="wait for it to end, or set CRIMECLAIMS_LOCK_WAIT to more seconds",
        ) from None
    try:
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        }
        write_atomically(holder_file, json.dumps(holder) + "\n")
        yield
    finally:
        holder_file.unlink(missing_ok=True)
        lock.release()


def lock_holder(settings: Settings) -> tuple[bool, str | None]:
    """Whether the run lock is held now, and by whom; if not, who was killed while holding it."""
    path, holder = settings.var / LOCK, settings.var / HOLDER
    if path.is_file():
        try:
            with FileLock(path, timeout=0):
                pass
        except Timeout:
            return True, _holder(holder)
    return False, _holder(holder) if holder.is_file() else None


def acquire(lock: FileLock, seconds: float, waiting: Callable[[], None]) -> None:
    """Take ``lock`` at once, or tell ``waiting`` and wait. Raises Timeout after ``seconds``."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting()
        lock.acquire(timeout=seconds)


def _holder(path: Path) -> str:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return (
            f"process {value['pid']} on {value['host']} since {value['since']} ({value['command']})"
        )
    except (OSError, ValueError, KeyError):
        return "a process that has not said which"
