"""Fetch: ask a source whether anything changed, and if so archive it and the table made from it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from importlib.metadata import version

import requests

from datasets import access
from datasets.allowance import Allowance
from datasets.archive import (
    PARTS,
    ArchivedFile,
    Manifest,
    Retrieval,
    Snapshot,
    TableInput,
    list_snapshots,
    standing,
)
from datasets.catalog import Dataset
from datasets.errors import InputError, SourceFailed, SourceUnreachable, SourceWrong
from datasets.http import Http
from datasets.keep import (
    Checked,
    keep,
    last_checked,
    making,
    partial_folder,
    record_checked,
)
from datasets.parsing import beyond, make_table, own_parser
from datasets.protocols import KEY_HEADERS, NotChanged, Retrieved, Task, retriever
from datasets.session import Hosts, Meter
from datasets.settings import Network, Settings
from datasets.source_base import BaseSource

#: Clocks of several machines that share an archive are never the same to the second.
CLOCK_SKEW = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Fetched:
    """A new snapshot. ``new_fields``: what the publisher serves beyond what dataset.yml names.

    ``behind``: the snapshot of the same vintage that builds use instead, as it goes back further.
    """

    snapshot: Snapshot
    new_fields: tuple[str, ...]
    behind: Snapshot | None = None


@dataclass(frozen=True)
class Unchanged:
    """Nothing new. ``since`` is what the source says, or the vintage of the snapshot it equals.

    ``downloaded``: the source had changed, but not in the rows and columns we keep; ``new_fields``:
    what it then serves beyond these.
    """

    since: str
    downloaded: bool
    new_fields: tuple[str, ...] = ()


def fetch(
    settings: Settings,
    dataset: Dataset,
    session: tuple[requests.Session, Hosts],
    *,
    since: dt.date | None = None,
    meter: Meter | None = None,
    now: dt.datetime | None = None,
) -> Fetched | Unchanged:
    """Bring the archive of ``dataset`` up to date. Whatever fails, the archive stays as it was.

    ``session``: of ``open_session``. ``meter``: told what was moved. Raises SourceFailed with the
    dataset's name in front; InputError if it has no source or does not take ``since``.
    """
    source = dataset.source
    if source is None:
        raise InputError(f"{dataset.name} has no source: block: it is not fetched")
    at = now or dt.datetime.now(dt.UTC)
    base, http = client_for(settings, dataset, session, meter or Meter())
    with making(settings, dataset) as folder:
        snapshots = list_snapshots(settings, dataset)
        _refuse_to_go_back(dataset, snapshots, at)
        asked, starts = request_hash(dataset, base), source.starts(since)
        before = last_checked(settings, dataset)
        if before is not None and (
            before.asked != asked
            or not any(s.id == before.snapshot and s.reaches(starts) for s in snapshots)
        ):
            before = None
        state = before.state if before else {}
        scratch = folder / "scratch"
        scratch.mkdir()
        partial = partial_folder(settings, dataset, f"{asked}-{starts}" if starts else asked)
        task = Task(dataset, base, http, folder / PARTS, scratch, state, since, at, partial)
        try:
            found = retriever(source.protocol)(source, task)
            if isinstance(found, NotChanged):
                if before is None:
                    raise SourceWrong("type", "says that nothing changed, which was not asked")
                record_checked(settings, dataset, before.model_copy(update={"at": at}))
                return Unchanged(found.since, downloaded=False)
            try:
                table = make_table(
                    settings, dataset, found.inputs, found.form, found.encoding, folder, scratch
                )
                if own := own_parser(settings, dataset):
                    more = beyond(own, dataset, found.inputs, found.new_fields)
                    found = replace(found, new_fields=more)
            except SourceFailed:
                # Answers that make no table are not kept: a row that changed slices while it was
                # read is there twice, and would be so at every further attempt.
                shutil.rmtree(partial, ignore_errors=True)
                raise
        except SourceFailed as error:
            raise named(error, dataset) from None
        shutil.rmtree(scratch)
        alike = [s for s in snapshots if s.since == starts]
        current = [s for s in standing(alike) if s.manifest.vintage == found.vintage]
        same = [s for s in (*alike[-1:], *current) if s.file.sha256 == table.sha256]
        if same:
            snapshot = same[0]
        else:
            manifest = _manifest(dataset, found, table, (asked, starts), http, at)
            snapshot = keep(settings, folder, manifest)
        checked = Checked(at=at, asked=asked, state=dict(found.state), snapshot=snapshot.id)
        record_checked(settings, dataset, checked)
        shutil.rmtree(partial, ignore_errors=True)
        if same:
            return Unchanged(str(snapshot.manifest.vintage), True, found.new_fields)
        behind = [
            s for s in standing([*snapshots, snapshot]) if s.manifest.vintage == found.vintage
        ]
        wider = next((s for s in behind if s is not snapshot), None)
        return Fetched(snapshot, found.new_fields, wider)


def _refuse_to_go_back(dataset: Dataset, snapshots: list[Snapshot], at: dt.datetime) -> None:
    """Raise InputError if something was fetched after ``at``: the clock is or was wrong.

    Of two snapshots of one vintage the one retrieved last stands, and where a publisher names no
    day the vintage is that of the retrieval: what is fetched now would pass for the older one.
    """
    for snapshot in snapshots:
        known = snapshot.manifest.retrieval
        if known is not None and known.at > at + CLOCK_SKEW:
            raise InputError(
                f"{dataset.name}: it is {at:%Y-%m-%d %H:%M} UTC by this machine's clock, but its "
                f"snapshot {snapshot.folder.name} was retrieved {known.at:%Y-%m-%d %H:%M}: nothing "
                "is fetched, as it would pass for older than it is",
                next_step=f"set the clock; if it was wrong then, delete {snapshot.folder}",
            )


def client_for(
    settings: Settings, dataset: Dataset, session: tuple[requests.Session, Hosts], meter: Meter
) -> tuple[str, Http]:
    """The address of a dataset's source, and how it is asked: with its key, limits and patience."""
    source = dataset.source
    assert source is not None
    base = access.base_url(
        source.base_url, dataset.name, source.protocol, with_key=source.key_base_url
    )
    secret = access.key(dataset.name, source.protocol)
    header, before_key = KEY_HEADERS.get(source.protocol, ("", ""))
    return base, Http(
        network=patience(settings.network, source),
        session=session[0],
        hosts=session[1],
        key=(header, before_key + secret) if header and secret else None,
        max_bytes=int(source.max_mb * 1_000_000),
        meter=meter,
        allowance=Allowance(source.allowance_minutes * 60) if source.allowance_minutes else None,
    )


def patience(network: Network, source: BaseSource) -> Network:
    """``network`` with the source's own deadline, if the user did not set one."""
    if source.deadline_minutes is None or network.deadline_seconds != Network.deadline_seconds:
        return network
    return replace(network, deadline_seconds=source.deadline_minutes * 60)


def _manifest(
    dataset: Dataset,
    found: Retrieved,
    table: ArchivedFile,
    asked: tuple[str, dt.date | None],
    http: Http,
    at: dt.datetime,
) -> Manifest:
    assert dataset.source is not None
    since, covers = asked[1], found.covers_start
    if covers is not None and since is not None:
        covers = max(covers, since)
    return Manifest(
        dataset=dataset.name,
        vintage=found.vintage,
        vintage_basis=found.vintage_basis,
        published=found.published,
        retrieved=at.date(),
        source_url=access.redact_url(found.source_url),
        origin=found.origin,
        covers_start=covers,
        covers_end=found.covers_end,
        files=(table,),
        parts=found.parts,
        retrieval=Retrieval(
            at=at,
            protocol=dataset.source.protocol,
            client=f"crimeclaims {version('crimeclaims')}",
            asked=asked[0],
            since=since,
            state=dict(found.state),
            new_fields=found.new_fields,
            made_from=found.made_from or tuple(TableInput(part=p.name) for p in found.inputs),
            form=found.form,
            encoding=found.encoding,
            requests=http.meter.requests,
            bytes=http.meter.bytes,
        ),
    )


def request_hash(dataset: Dataset, base: str) -> str:
    """A hash of all that decides what comes back: an answer to another question proves nothing.

    From which day on is beside it: who has more knows whether less has changed.
    """
    source = dataset.source.model_dump(mode="json") if dataset.source else None
    columns = [column.model_dump(mode="json") for column in dataset.columns]
    text = json.dumps([source, columns, base], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def named(error: SourceFailed, dataset: Dataset) -> SourceFailed:
    """The same error with the dataset in front, and no secret in it."""
    message = access.redact(f"{dataset.name}: {error}", access.secrets())
    if isinstance(error, SourceWrong):
        return SourceWrong(error.fault, message, next_step=error.next_step)
    return SourceUnreachable(message, next_step=error.next_step)
