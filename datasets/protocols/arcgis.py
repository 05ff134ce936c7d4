"""Layers of ArcGIS servers, read by keyset pages and reconciled with counts.

A server sends fewer rows than asked for and says so (``exceededTransferLimit``), in any order
unless one is asked for, and answers errors with status 200. So pages are asked for by the layer's
object id (``id > last``, which needs no offset), rows are counted before and after, and the layer
is read anew if anything moved.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from datasets.answers import read_json, whole_number
from datasets.body import Received
from datasets.errors import SourceWrong
from datasets.features import features
from datasets.protocols import NotChanged, Retrieved, Task, kept, read_anew, takes_no_since
from datasets.sources import ArcgisSource
from datasets.table import check_types, new_fields

_INTEGERS = ("OID", "Integer", "SmallInteger", "BigInteger")
#: Names of types, without their ``esriFieldType``, for each of ours; there is none for a boolean.
TYPES: dict[str, tuple[str, ...]] = {
    "text": ("String", "GUID", "GlobalID"),
    "integer": _INTEGERS,
    "number": (*_INTEGERS, "Single", "Double"),
    "date": ("Date", "DateOnly"),
    "timestamp": ("Date",),
    "boolean": (),
}
#: An error of which the servers' own errors are known to be over at once.
_MOMENTARY = re.compile(r"answered with an error, 400\b")


def retrieve(source: ArcgisSource, task: Task) -> Retrieved | NotChanged:
    """The layer as it is now, or NotChanged if it was not edited since ``previous``."""
    takes_no_since(task)

    def read() -> Retrieved | NotChanged:
        meta = _layer(source, task)
        edited = _edited(meta)
        if edited is not None and task.previous.get("lastEditDate") == edited:
            return NotChanged(f"{_at(edited, source, task):%Y-%m-%d %H:%M %Z}")
        return _read(source, task, meta)

    return read_anew(task, read)


def _read(source: ArcgisSource, task: Task, meta: Mapping[str, Any]) -> Retrieved:
    """One reading of the whole layer. SourceWrong ``moving`` if it is not one."""
    expected = task.http.meter.of_rows = _count(source, task)
    pages = _pages(source, task, meta)
    rows, after, again = task.http.meter.rows, _count(source, task), _layer(source, task)
    if not rows == expected == after:
        what = f"had {expected:,} rows before it was read, sent {rows:,}, and had {after:,} after"
        raise SourceWrong("moving", what)
    edited = _edited(meta)
    if _edited(again) != edited:
        raise SourceWrong("moving", "was edited while it was read")
    day = _at(edited, source, task).date() if edited else task.now.date()
    return Retrieved(
        parts=(*(kept(page) for page in pages), kept(again["received"])),
        inputs=tuple(page.path for page in pages),
        form="features",
        vintage=day,
        vintage_basis=(
            f"the layer's last edit, {_at(edited, source, task).isoformat()}"
            if edited
            else "the day of retrieval: the layer does not say when it was last edited"
        ),
        published=day,
        origin=f"rows with {source.where} of layer {source.layer}, by {meta['objectIdField']}",
        source_url=f"{task.base_url}/{source.layer}",
        state={"lastEditDate": edited} if edited else {},
        new_fields=new_fields(set(meta["types"]) - {meta["objectIdField"]}, task.dataset),
    )


def _layer(source: ArcgisSource, task: Task) -> dict[str, Any]:
    """What the server says of the layer. SourceWrong if a field is gone or of another type."""
    received = _get(source, task, "layer.json", "", {})
    meta: dict[str, Any] = read_json(received.path, "object")
    fields = meta.get("fields")
    if not isinstance(fields, list) or not all(isinstance(field, dict) for field in fields):
        raise SourceWrong("schema", f"{received.url} has no fields")
    types = {str(f.get("name")): str(f.get("type")).removeprefix("esriFieldType") for f in fields}
    ids = [name for name, type_ in types.items() if type_ == "OID"]
    own = meta.get("objectIdField") or (ids[0] if len(ids) == 1 else None)
    if own not in types or not re.fullmatch(r"\w+", str(own)):  # it goes into a condition
        raise SourceWrong("schema", f"{received.url} names no objectIdField")
    if whole_number(meta.get("maxRecordCount")) is None:
        raise SourceWrong("schema", f"{received.url} has no maxRecordCount")
    check_types(types, task.dataset, TYPES)
    return meta | {"objectIdField": own, "types": types, "received": received}


def _edited(meta: Mapping[str, Any]) -> str | None:
    """Milliseconds of the last edit of its data; None if it does not say."""
    info = meta.get("editingInfo")
    info = info if isinstance(info, dict) else {}
    found = info.get("dataLastEditDate") or info.get("lastEditDate")
    return found if isinstance(found, str) and re.fullmatch(r"\d{1,15}", found) else None


def _at(edited: str, source: ArcgisSource, task: Task) -> dt.datetime:
    try:
        at = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(milliseconds=int(edited))
    except OverflowError:
        at = dt.datetime.max.replace(tzinfo=dt.UTC)
    if at > task.now + dt.timedelta(days=1):
        raise SourceWrong("values", f"says that it was edited at {at:%Y-%m-%d}, later than today")
    return at.astimezone(ZoneInfo(source.time_zone))


def _count(source: ArcgisSource, task: Task) -> int:
    params = {"where": source.where, "returnCountOnly": "true"}
    received = _get(source, task, "count.json", "/query", params)
    found = read_json(received.path, "object").get("count")
    received.path.unlink()
    if (number := whole_number(found)) is None:
        raise SourceWrong("type", f"answered a count with {found!r:.60}")
    return number


def _pages(source: ArcgisSource, task: Task, meta: Mapping[str, Any]) -> list[Received]:
    """All rows, in the order of their object id, each page a file."""
    own = meta["objectIdField"]
    names = dict.fromkeys([own, *(column.source_field for column in task.dataset.columns)])
    most = max(1, min(source.page_rows, int(meta["maxRecordCount"]) or source.page_rows))
    pages: list[Received] = []
    last: int | None = None
    while True:
        params = {
            "where": source.where if last is None else f"({source.where}) AND ({own} > {last})",
            "outFields": ",".join(names),
            "orderByFields": f"{own} ASC",
            "resultRecordCount": str(most),
            "returnGeometry": "false",
        }
        page = _get(source, task, f"page-{len(pages) + 1:05d}.json", "/query", params)
        rows = features(page.path)
        for row in rows:
            last = _next(own, row.get(own), last)
        pages.append(page)
        task.http.meter.count(rows=len(rows))
        more = read_json(page.path, "object").get("exceededTransferLimit", False)
        if not isinstance(more, bool):
            raise SourceWrong("type", f"answered exceededTransferLimit with {more!r:.60}")
        if not more:
            return pages
        if not rows:
            raise SourceWrong("moving", "sent no rows and says that there are more")


def _next(own: str, value: Any, last: int | None) -> int:
    """An object id, which must be above the ``last`` one."""
    if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,18}", value):
        raise SourceWrong("values", f"has a row with the {own} {value!r:.60}")
    if last is not None and int(value) <= last:
        what = f"sent {own} {value} after {last}: a row twice, or unordered"
        raise SourceWrong("moving", what)
    return int(value)


def _get(
    source: ArcgisSource, task: Task, name: str, below: str, params: Mapping[str, str]
) -> Received:
    """An answer; an error 400 inside of one can be of a moment: it is asked for once more."""
    url, asked = f"{task.base_url}/{source.layer}{below}", {**params, "f": "json"}
    try:
        return task.http.get(url, task.folder / name, "object", params=asked)
    except SourceWrong as error:
        if not _MOMENTARY.search(str(error)):
            raise
    task.http.pause(1)
    return task.http.get(url, task.folder / name, "object", params=asked)
