"""One module a protocol, each with one function::

    retrieve(source, task) -> Retrieved | NotChanged

``source`` is the protocol's model from ``datasets.sources``. It asks through ``task.http`` and
writes each answer it keeps into ``task.folder`` (``kept`` describes it); ``task.scratch`` is for
what is not archived. It raises SourceFailed, or returns everything that was asked for: never less.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from datasets.archive import Form, Part, TableInput
from datasets.body import Received
from datasets.catalog import Dataset
from datasets.errors import InputError, SourceWrong
from datasets.http import Http

log = logging.getLogger("crimeclaims")

#: Header that carries the user's key or token, and what stands before it there, of each protocol.
#: (ArcGIS takes a token as a form field too, but from a GET that would be in the address.)
KEY_HEADERS = {
    "socrata": ("X-App-Token", ""),
    "cde": ("X-Api-Key", ""),
    "file": ("X-Api-Key", ""),
    "arcgis": ("X-Esri-Authorization", "Bearer "),
}


@dataclass(frozen=True)
class Task:
    """What a protocol is given.

    ``base_url``: without a slash at its end. ``previous``: the ``state`` that an earlier call
    returned, if the same was asked then and its snapshot is still there; else empty. ``since``:
    only what is from this day on; refuse it (``InputError``) where the source cannot.
    ``now``: in UTC. ``partial``: a folder that outlives a fetch that failed, for what is whole.
    """

    dataset: Dataset
    base_url: str
    http: Http
    folder: Path
    scratch: Path
    previous: Mapping[str, str]
    since: dt.date | None
    now: dt.datetime
    partial: Path | None = None


@dataclass(frozen=True)
class Retrieved:
    """All that was asked for.

    ``parts``: the answers to be archived, in ``task.folder``. ``inputs``: the files that the table
    is made from, in order; ``made_from``: which parts these are, if not those of their names.
    ``form``: how, unless the dataset has a ``parse.py``. ``state``: what to be given next time as
    ``previous``. ``vintage``: the day whose state of the world this is; ``published``: the first
    day on which the public could have it.
    """

    parts: tuple[Part, ...]
    inputs: tuple[Path, ...]
    form: Form
    vintage: dt.date
    vintage_basis: str
    published: dt.date
    origin: str
    source_url: str
    state: Mapping[str, str]
    covers_start: dt.date | None = None
    covers_end: dt.date | None = None
    encoding: str = "utf-8"
    made_from: tuple[TableInput, ...] = ()
    new_fields: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class NotChanged:
    """The source says that it is as it was; no body was downloaded."""

    since: str


Retrieve = Callable[[Any, Task], Retrieved | NotChanged]


def retriever(protocol: str) -> Retrieve:
    """The function of a protocol's module."""
    found: Retrieve = import_module(f"datasets.protocols.{protocol}").retrieve
    return found


def takes_no_since(task: Task) -> None:
    """Refuse ``--since`` of a source that restates everything."""
    if task.since is not None:
        raise InputError(f"{task.dataset.name} is always fetched whole: it takes no --since")


def read_anew(task: Task, read: Callable[[], Retrieved | NotChanged]) -> Retrieved | NotChanged:
    """What ``read`` gives, called again a few times while its table changes as it is read."""
    for attempt in range(1, task.http.network.restarts + 2):
        try:
            return read()
        except SourceWrong as error:
            if error.fault not in ("moving", "stale") or attempt > task.http.network.restarts:
                raise
            log.warning("%s: %s; reading it anew", task.dataset.name, error)
        for part in task.folder.iterdir():
            part.unlink()
        task.http.meter.count(rows=-task.http.meter.rows)
        task.http.pause(attempt)
    raise AssertionError("unreachable")


def kept(received: Received, url: str | None = None) -> Part:
    """An answer in ``task.folder`` as the manifest describes it."""
    return Part(
        name=received.path.name,
        url=url or received.url,
        bytes=received.bytes,
        sha256=received.sha256,
        content_type=received.headers.get("Content-Type"),
        etag=received.headers.get("ETag"),
        last_modified=received.headers.get("Last-Modified"),
    )
