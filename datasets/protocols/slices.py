"""Reading a large table slice by slice, so that an interrupted fetch goes on where it was.

A slice that is whole is kept, its answers packed, beside a list of them with their checksums; the
list is written last. It is taken again only for the same state of the source, if its bytes are
right and the source still counts as many rows.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from datasets.archive import Part, verify_part
from datasets.body import Received
from datasets.errors import InputError, SourceWrong
from datasets.protocols import Task, kept
from datasets.protocols.resume import link, only
from datasets.warehouse import write_atomically

log = logging.getLogger("crimeclaims")

LIST = "slice.json"


def read_slices(
    task: Task,
    state_folder: str,
    wanted: Sequence[int],
    count: Callable[[int], int],
    pages: Callable[[int, Path, int], list[Received]],
) -> tuple[tuple[Part, ...], tuple[Path, ...], int]:
    """All slices: their answers in ``task.folder``, packed, and how many rows they have.

    ``state_folder``: for this state of the source; those of others beside it are removed.
    ``count(slice)``: what the source counts now. ``pages(slice, folder, rows)``: its answers, read
    into ``folder``. Raises SourceWrong ``moving`` if a slice changes while it is read.
    """
    home = only(Path(state_folder))
    parts: list[Part] = []
    rows = 0
    for one in wanted:
        folder = home / str(one)
        expected = count(one)
        found = _whole(folder, expected)
        if found is None:
            found = _read(folder, one, expected, count, pages)
        else:
            log.info("%s: %s is there from before", task.dataset.name, one)
            task.http.meter.count(rows=expected)
        for part in found:
            link(folder / part.name, task.folder / part.name)
        parts += found
        rows += expected
    return tuple(parts), tuple(task.folder / part.name for part in parts), rows


def _whole(folder: Path, expected: int) -> list[Part] | None:
    """The answers of a slice, if it is there, undamaged, and as long as it should be."""
    try:
        value: Any = json.loads((folder / LIST).read_text(encoding="utf-8"))
        parts = [Part.model_validate(part) for part in value["parts"]]
        if value["rows"] != expected:
            return None
        for part in parts:
            verify_part(folder / part.name, part)
    except (OSError, ValueError, KeyError, TypeError, ValidationError, InputError):
        return None
    return parts


def _read(
    folder: Path,
    one: int,
    expected: int,
    count: Callable[[int], int],
    pages: Callable[[int, Path, int], list[Received]],
) -> list[Part]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    found = pages(one, folder, expected)
    after = count(one)
    if after != expected:
        what = f"had {expected:,} rows of {one} before it was read and {after:,} after"
        raise SourceWrong("moving", what)
    parts = []
    for page in found:
        name = f"{one}-{page.path.name}.gz"
        _pack(page.path, folder / name)
        parts.append(kept(page).model_copy(update={"name": name}))
    value = {"rows": expected, "parts": [part.model_dump(mode="json") for part in parts]}
    write_atomically(folder / LIST, json.dumps(value, indent=1) + "\n")
    return parts


def _pack(path: Path, to: Path) -> None:
    """Compress an answer, on disk before the original goes."""
    with path.open("rb") as plain, to.open("wb") as file:
        with gzip.GzipFile(
            filename="", fileobj=file, mode="wb", compresslevel=6, mtime=0
        ) as packed:
            shutil.copyfileobj(plain, packed, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
