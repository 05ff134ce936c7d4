"""Files on a publisher's host, asked for again only if they changed (ETag, Last-Modified)."""

from __future__ import annotations

import datetime as dt
import posixpath
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

from datasets.answers import check_encoding, read_json
from datasets.archive import TableInput
from datasets.body import Known, NotModified, Received
from datasets.errors import InputError, SourceWrong
from datasets.links import linked_file
from datasets.protocols import NotChanged, Retrieved, Task, kept, takes_no_since
from datasets.session import http_date
from datasets.source_files import FileSource, RemoteFile
from datasets.table import csv_header, new_fields
from datasets.unpack import unpack_member
from datasets.workbook import check_workbook

#: Names in the state for the headers by which a body is recognised.
_VALIDATORS = {"etag": "ETag", "last_modified": "Last-Modified"}


def retrieve(source: FileSource, task: Task) -> Retrieved | NotChanged:
    """All files of the source, or NotChanged if the host says so of each of them."""
    files = _files(source, task)
    answers = [_get(source, task, file, _known(task, file)) for file in files]
    if all(isinstance(answer, NotModified) for answer in answers):
        return NotChanged(task.previous.get("changed", "the last fetch"))
    received = []
    for file, answer in zip(files, answers, strict=True):
        # One that did not change, of a dataset of which another one did, is needed all the same.
        again = answer if isinstance(answer, Received) else _get(source, task, file, Known())
        if not isinstance(again, Received):
            raise SourceWrong("type", f"{again.url} says that nothing changed: it was not asked")
        received.append(again)
    inputs = tuple(
        unpack_member(one.path, file.member, task.scratch, task.http.max_bytes)
        if file.member
        else one.path
        for file, one in zip(files, received, strict=True)
    )
    for file, path, one in zip(files, inputs, received, strict=True):
        if file.kind in ("xls", "xlsx"):
            try:
                check_workbook(path)
            except SourceWrong as error:
                raise SourceWrong(error.fault, f"{one.url} {error}") from None
        if file.member and file.member.endswith((".csv", ".txt")):
            check_encoding(path, file.encoding)
    tabular = all(_is_csv(file) for file in files)
    vintage, vintage_basis = _vintage(files, received, task.now)
    return Retrieved(
        parts=tuple(
            kept(one, None if file.linked_from else f"{task.base_url}/{file.path}")
            for file, one in zip(files, received, strict=True)
        ),
        inputs=inputs,
        made_from=tuple(TableInput(part=file.file_name, member=file.member) for file in files),
        form="csv" if tabular else "json" if _all_json(files) else "parse",
        vintage=vintage,
        vintage_basis=vintage_basis,
        published=vintage,
        origin="the publisher's file as served: " + ", ".join(f.path for f in files),
        source_url=_address(task, files),
        state=_state(files, received) | {"changed": vintage.isoformat()},
        encoding=files[0].encoding,
        new_fields=_new_fields(files, task, inputs) if tabular else (),
    )


def _files(source: FileSource, task: Task) -> tuple[RemoteFile, ...]:
    """Those that are asked for; with ``--since``, of files by year those from that year on."""
    if not any(file.years for file in source.files):
        takes_no_since(task)
    files = tuple(each for file in source.files for each in file.each(task.since))
    if not files:
        last = max(file.years.last for file in source.files if file.years)
        raise InputError(f"{task.dataset.name} has nothing since {task.since}: it ends with {last}")
    return files


def _get(source: FileSource, task: Task, file: RemoteFile, known: Known) -> Received | NotModified:
    """The file, from the address that the host signs for it or links to if it does so."""
    url = f"{task.base_url}/{quote(file.path)}"
    if source.signed_by:
        url = _signed(source, task, file)
    elif file.linked_from:
        page = f"{task.base_url}/{quote(file.linked_from)}"
        found = task.http.get(page, task.scratch / "page.html", "html")
        url = linked_file(found.path, found.url, file.path)
    answer = task.http.get_if_changed(
        url,
        task.folder / file.file_name,
        file.kind,
        known,
        encoding=file.encoding,
        with_key=not source.signed_by and not file.linked_from,
    )
    if isinstance(answer, Received) and not answer.framed and file.kind in ("csv", "text", "bytes"):
        raise SourceWrong("truncated", f"{answer.url} came without a length: it may be cut off")
    return answer


def _signed(source: FileSource, task: Task, file: RemoteFile) -> str:
    """The address to fetch ``file`` from: good for minutes, and a secret."""
    url = f"{task.base_url}/{source.signed_by}"
    answer = task.http.get(url, task.scratch / "signed.json", "object", params={"key": file.path})
    found = read_json(answer.path, "object")
    address = found.get(file.path)
    if not isinstance(address, str) or urlsplit(address).scheme not in (
        "https",
        urlsplit(task.base_url).scheme,
    ):
        raise SourceWrong("refused", f"{url} gives no address for {file.path}: not published there")
    return address


def _address(task: Task, files: Sequence[RemoteFile]) -> str:
    """That of the one file, or of its page; of several the folder that all of them are below.

    Each part has its own in the manifest: the address of one file is none of another's figures.
    """
    paths = [(file.linked_from or file.path).lstrip("/") for file in files]
    common = paths[0] if len(paths) == 1 else posixpath.commonpath(paths)
    return f"{task.base_url}/{common}".rstrip("/")


def _is_csv(file: RemoteFile) -> bool:
    return file.kind == "csv" or bool(file.member and file.member.endswith(".csv"))


def _all_json(files: Sequence[RemoteFile]) -> bool:
    return all(file.kind == "json" and not file.member for file in files)


def _new_fields(
    files: Sequence[RemoteFile], task: Task, inputs: tuple[Path, ...]
) -> tuple[str, ...]:
    """What the headers of CSV files have that no column names."""
    names = [name for path in inputs for name in csv_header(path, files[0].encoding)]
    return new_fields(names, task.dataset)


def _known(task: Task, file: RemoteFile) -> Known:
    said = {name: task.previous.get(f"{file.file_name} {name}") for name in _VALIDATORS}
    return Known(said["etag"], said["last_modified"])


def _state(files: Sequence[RemoteFile], received: list[Received]) -> dict[str, str]:
    state = {}
    for file, one in zip(files, received, strict=True):
        for name, header in _VALIDATORS.items():
            if value := one.headers.get(header):
                state[f"{file.file_name} {name}"] = value
    return state


def _vintage(
    files: Sequence[RemoteFile], received: list[Received], now: dt.datetime
) -> tuple[dt.date, str]:
    """The newest day on which any of the files was changed or published, and what day that is.

    The later of both: a table that was corrected after its publication was not known before, and
    one that was put on the host before its publication was not public yet.
    """
    changed = [day for one in received if (day := _last_modified(one, now))]
    published = [file.published for file in files if file.published is not None]
    if published and max(published) >= max(changed, default=dt.date.min):
        return max(published), "the day on which the publisher published the newest of its files"
    if changed:
        return max(changed), "the day the publisher's host says its file was last modified"
    return now.date(), "the day of retrieval: the host does not say when the file was last modified"


def _last_modified(received: Received, now: dt.datetime) -> dt.date | None:
    """The UTC day of the Last-Modified header, if it has a day that can be."""
    at = http_date(received.headers.get("Last-Modified", ""))
    return at.date() if at and at.date() <= now.date() else None
