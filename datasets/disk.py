"""A disk that is full or must not be written to, said so that a user can act on it."""

from __future__ import annotations

import errno
import re
from pathlib import Path

from datasets.errors import InputError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}
#: What DuckDB says, which has no number for it, and the file that it names.
_DUCKDB = {
    "No space left on device": _FULL,
    "Disk quota exceeded": _FULL,
    "File too large": _FULL,
    "failed to offload data block": _FULL,
    "Permission denied": _CLOSED,
    "Read-only file system": _CLOSED,
}


def disk_trouble(error: BaseException, folder: Path) -> InputError | None:
    """The error for the user if ``error``, or what caused it, is of a full or closed disk.

    ``folder``: where it must have been, if the error does not say: one of a write does not.
    """
    cause: BaseException | None = error
    while cause is not None:
        found = (
            _of_system(cause, folder) if isinstance(cause, OSError) else _of_duckdb(cause, folder)
        )
        if found is not None:
            return found
        cause = cause.__cause__ or cause.__context__
    return None


def _of_system(error: OSError, folder: Path) -> InputError | None:
    where = str(error.filename2 or error.filename or f"a file below {folder}")
    if error.errno in _FULL:
        return _full(where)
    return _closed(where, error.strerror or "") if error.errno in _CLOSED else None


def _of_duckdb(error: BaseException, folder: Path) -> InputError | None:
    if not type(error).__module__.endswith("duckdb"):  # which is not imported for that
        return None
    said = str(error).splitlines()[0] if str(error) else ""
    named = re.search(r'"(/[^"]+)"', said)
    where = named[1] if named else f"a file below {folder}"
    for words, kind in _DUCKDB.items():
        if words in said:
            return _full(where) if kind is _FULL else _closed(where, words)
    return None


def _full(where: str) -> InputError:
    return InputError(
        f"the disk is full: {where} could not be written",
        next_step="free space there, or set CRIMECLAIMS_VAR to another disk; what was published "
        "stays, and the next run removes what this one half wrote",
    )


def _closed(where: str, said: str) -> InputError:
    return InputError(
        f"{where} cannot be written to: {said}",
        next_step="make it writable for the user that runs this, or set CRIMECLAIMS_VAR to another "
        "folder",
    )
