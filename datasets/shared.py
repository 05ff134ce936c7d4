"""What machines hand to each other: named files, each there whole or not at all.

Where builds are files of this machine it is the folder ``var/shared``, for several processes here;
with a lake it is two tables of the lake, for all machines. A file on disk is put and got in pieces:
however large it is, little of it is in memory.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from datasets import lake_files
from datasets.atomic import replacing
from datasets.errors import InputError
from datasets.settings import Settings

#: Parts of a name: no part begins with a dot, so that none leads out of the folder.
_NAME = re.compile(r"[A-Za-z0-9_=@#-][A-Za-z0-9._=@#-]*(/[A-Za-z0-9_=@#-][A-Za-z0-9._=@#-]*)*")


def put(settings: Settings, name: str, data: bytes) -> None:
    """Keep ``data`` under ``name`` (parts divided by ``/``), in place of what was there."""
    _put(settings, {name: data})


def put_files(settings: Settings, files: Mapping[str, Path]) -> None:
    """Keep the files at these paths under their names; one after another, in a lake all at once."""
    _put(settings, files)


def _put(settings: Settings, files: Mapping[str, lake_files.Source]) -> None:
    paths = {name: _path(settings, name) for name in files}
    if settings.lake is not None:
        lake_files.put(settings, files)
        return
    for name, source in files.items():
        paths[name].parent.mkdir(parents=True, exist_ok=True)
        with lake_files.opened(source) as given, replacing(paths[name]) as file:
            shutil.copyfileobj(given, file, lake_files.PIECE)


def get(settings: Settings, name: str) -> bytes:
    """What is kept under ``name``. Raises InputError if nothing is."""
    found = io.BytesIO()
    with _reading(settings) as copy:
        copy(name, found)
    return found.getvalue()


@contextmanager
def getting(settings: Settings) -> Iterator[Callable[[str, Path], None]]:
    """A function that writes what is kept under a name to a path, whole or not at all.

    It raises InputError if nothing is. With a lake all that it gets is of one state.
    """
    with _reading(settings) as copy:

        def to_path(name: str, path: Path) -> None:
            with replacing(path) as file:
                copy(name, file)

        yield to_path


@contextmanager
def _reading(settings: Settings) -> Iterator[lake_files.Copy]:
    """A function that writes what is kept under a name into an open file."""
    if settings.lake is None:
        yield partial(_from_folder, settings)
        return
    with lake_files.reading(settings) as copy:

        def checked(name: str, to: BinaryIO) -> None:
            _path(settings, name)  # is a name
            copy(name, to)

        yield checked


def _from_folder(settings: Settings, name: str, to: BinaryIO) -> None:
    try:
        file = _path(settings, name).open("rb")
    except FileNotFoundError:
        raise InputError(f"nothing is shared under the name {name}") from None
    with file:
        shutil.copyfileobj(file, to, lake_files.PIECE)


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
