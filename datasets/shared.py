"""What machines hand to each other: named files, each there whole or not at all.

Where builds are files of this machine it is the folder ``var/shared``, for several processes here;
with a lake it is a table of the lake, for all machines.
"""

from __future__ import annotations

import os
import re
import uuid
from pathlib import Path

from datasets import lake_files
from datasets.errors import InputError
from datasets.settings import Settings

#: Parts of a name: no part begins with a dot, so that none leads out of the folder.
_NAME = re.compile(r"[A-Za-z0-9_=@#-][A-Za-z0-9._=@#-]*(/[A-Za-z0-9_=@#-][A-Za-z0-9._=@#-]*)*")


def put(settings: Settings, name: str, data: bytes) -> None:
    """Keep ``data`` under ``name`` (parts divided by ``/``), in place of what was there."""
    path = _path(settings, name)
    if settings.lake is not None:
        lake_files.put(settings, name, data)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def get(settings: Settings, name: str) -> bytes:
    """What is kept under ``name``. Raises InputError if nothing is."""
    path = _path(settings, name)
    if settings.lake is not None:
        return lake_files.get(settings, name)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"nothing is shared under the name {name}") from None


def names(settings: Settings, under: str) -> list[str]:
    """The names that begin with ``under`` and a slash, sorted."""
    root, folder = settings.shared_dir, _path(settings, under)
    if settings.lake is not None:
        return lake_files.names(settings, under)
    found = (p.relative_to(root).as_posix() for p in folder.rglob("[!.]*"))
    return sorted(name for name in found if (root / name).is_file())


def remove(settings: Settings, under: str) -> None:
    """Forget what is kept under ``under`` and a slash."""
    if settings.lake is not None:
        _path(settings, under)  # is a name
        lake_files.remove(settings, under)
        return
    for name in names(settings, under):
        _path(settings, name).unlink(missing_ok=True)


def _path(settings: Settings, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is not a name of letters, digits and . _ = @ # - between /")
    return settings.shared_dir / name
