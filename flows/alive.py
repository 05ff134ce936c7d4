"""Whether the process of a run still lives: it holds a lock on the run's folder until it ends.

The kernel gives the lock back however the process ends, also by SIGKILL or with the machine, so
no process number is compared with those of today. Where a folder cannot be locked (some network
disks) nothing is known, and nothing is called dead.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: Folder -> the handle through which this process holds it.
_HELD: dict[Path, int] = {}


def hold(folder: Path) -> bool:
    """Lock ``folder``, which is there, until ``release`` or the end; whether it could be."""
    handle = _locked(folder)
    if handle is None:
        return False
    _HELD[folder] = handle
    return True


def release(folder: Path) -> None:
    """Give the lock back, if this process has it."""
    if (handle := _HELD.pop(folder, None)) is not None:
        _unlock(handle)


@contextmanager
def nobody_holds(folder: Path) -> Iterator[bool]:
    """Whether certainly no process holds ``folder``; while inside, nobody else can find so."""
    handle = None
    with suppress(OSError):
        handle = _locked(folder)
    try:
        yield handle is not None
    finally:
        if handle is not None:
            _unlock(handle)


def _locked(folder: Path) -> int | None:
    """A handle with the lock; None if another one has it, or the disk knows no locks."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _unlock(handle: int) -> None:
    # not only closed: a child that was forked meanwhile would still have it
    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)
