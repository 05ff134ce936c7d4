"""Tables of Socrata portals (SODA 2.1), read by keyset pages and reconciled with counts.

A portal promises little: rows come in any order unless one is asked for, pages of a table that
changes meanwhile repeat or miss rows, a replica may be days old. So pages are asked for by the
unique column (``id > last``), rows are counted before and after, and the table is read anew if
anything moved.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.answers import read_json, whole_number
from datasets.archive import Part
from datasets.body import Received
from datasets.catalog import Column
from datasets.errors import SourceWrong
from datasets.protocols import NotChanged, Retrieved, Task, kept, read_anew, takes_no_since
from datasets.protocols.slices import read_slices
from datasets.protocols.socrata_metadata import Metadata, table_metadata
from datasets.sources import SocrataSource
from datasets.table import new_fields

_FRESH = frozenset({"", "false", "[]"})


def retrieve(source: SocrataSource, task: Task) -> Retrieved | NotChanged:
    """The table as it is now, or NotChanged if its rows were not updated since ``previous``."""
    if source.since_field is None:
        takes_no_since(task)

    def read() -> Retrieved | NotChanged:
        meta = table_metadata(source, task)
        if task.previous.get("rowsUpdatedAt") == meta.updated:
            return NotChanged(f"{meta.at(source, task.now):%Y-%m-%d %H:%M %Z}")
        return _read(source, task, meta)

    return read_anew(task, read)


def _read(source: SocrataSource, task: Task, meta: Metadata) -> Retrieved:
    """One reading of the whole table. SourceWrong ``moving`` or ``stale`` if it is not one."""
    expected = task.http.meter.of_rows = _number(source, task, "count(*)")
    covers_end = _covered_to(source, task, meta)
    if source.slices is None:
        pages = _pages(source, task, expected)
        parts = tuple(kept(page) for page in pages)
        inputs = tuple(page.path for page in pages)
    else:
        parts, inputs = _sliced(source, task, meta, expected)
    after = _number(source, task, "count(*)")
    again = table_metadata(source, task)
    if after != expected:
        raise SourceWrong("moving", f"had {expected:,} rows before it was read and {after:,} after")
    if again.updated != meta.updated:
        raise SourceWrong("moving", "was updated while it was read")
    at = meta.at(source, task.now)
    return Retrieved(
        parts=(*parts, again.part),
        inputs=inputs,
        form="json",
        vintage=at.date(),
        vintage_basis=f"the portal's rowsUpdatedAt, {at.isoformat()}",
        published=at.date(),
        origin=_origin(source, task),
        source_url=f"{task.base_url}/resource/{source.resource}.json",
        state={"rowsUpdatedAt": meta.updated},
        covers_start=source.covers.start if source.covers else None,
        covers_end=covers_end,
        new_fields=new_fields(meta.fields, task.dataset),
    )


def state_of(source: SocrataSource, task: Task) -> str:
    """The state in which the table is now."""
    return table_metadata(source, task).updated


def read_some(source: SocrataSource, task: Task, wanted: Sequence[int], state: str) -> None:
    """Some slices of the table, kept below ``task.partial``.

    Raises SourceWrong ``moving`` if the table is not in that state before and after.
    """
    for look in ("before", "after"):
        if state_of(source, task) != state:
            raise SourceWrong("moving", f"was updated {look} {wanted[0]} was read")
        if look == "before":
            _slices(source, task, state, wanted)


def _sliced(
    source: SocrataSource, task: Task, meta: Metadata, expected: int
) -> tuple[tuple[Part, ...], tuple[Path, ...]]:
    """The table slice by slice; those that an interrupted fetch of the same state has are taken.

    Rows that are in no slice are noticed: the slices must add up to the whole.
    """
    assert source.slices is not None
    wanted = range(source.slices.first, task.now.year + 1)
    parts, inputs, rows = _slices(source, task, meta.updated, wanted)
    if rows != expected:
        by = source.slices.by
        what = f"has {expected:,} rows, {rows:,} of them with {by} {wanted[0]} to {wanted[-1]}"
        raise SourceWrong("moving", what)
    return parts, inputs


def _slices(
    source: SocrataSource, task: Task, state: str, wanted: Sequence[int]
) -> tuple[tuple[Part, ...], tuple[Path, ...], int]:
    assert source.slices is not None
    assert task.partial is not None
    field = source.slices.by
    base = f"({source.where}) AND " if source.where else ""
    one = {year: source.model_copy(update={"where": f"{base}{field} = {year}"}) for year in wanted}

    def count(year: int) -> int:
        return _number(one[year], task, "count(*)")

    def pages(year: int, folder: Path, rows: int) -> list[Received]:
        return _pages(one[year], replace(task, folder=folder), rows) if rows else []

    return read_slices(task, f"{task.partial}/{state}", wanted, count, pages)


def _pages(source: SocrataSource, task: Task, expected: int) -> list[Received]:
    """All rows, in the order of their unique column, each page a file."""
    order = next(c for c in task.dataset.columns if c.name == source.order)
    pages: list[Received] = []
    last: str | None = None
    rows, full = 0, False
    while rows < expected or full:  # after a full page there may be more, whatever was counted
        params = {
            "$select": ",".join(column.source_field for column in task.dataset.columns),
            "$where": _condition(source, task, order, last),
            "$order": order.source_field,
            "$limit": str(source.page_rows),
        }
        if not params["$where"]:
            del params["$where"]
        page = _rows(source, task, f"page-{len(pages) + 1:05d}.json", params)
        found = read_json(page.path, "rows")
        for row in found:
            value = row.get(order.source_field)
            if not isinstance(value, str):
                raise SourceWrong("values", f"has a row without {order.source_field}")
            if last is not None and not _sorted(order, last, value):
                what = f"sent {order.source_field} {value} after {last}: a row twice, or unordered"
                raise SourceWrong("moving", what)
            last = value
        rows += len(found)
        task.http.meter.count(rows=len(found))
        full = len(found) >= source.page_rows
        if not found:
            page.path.unlink()
            break
        pages.append(page)
    versions = {page.headers.get("X-SODA2-Truth-Last-Modified") for page in pages}
    if len(versions) > 1:
        raise SourceWrong("moving", "answered from replicas of different versions")
    if rows != expected:
        raise SourceWrong("moving", f"sent {rows:,} rows and counts {expected:,}")
    return pages


def _condition(source: SocrataSource, task: Task, order: Column, last: str | None) -> str:
    conditions = [source.where] if source.where else []
    if task.since is not None:
        conditions.append(f"{source.since_field} >= '{task.since}T00:00:00'")
    if last is not None:
        literal = last if order.type == "integer" else "'" + last.replace("'", "''") + "'"
        conditions.append(f"{order.source_field} > {literal}")
    return " AND ".join(f"({condition})" for condition in conditions)


def _sorted(order: Column, before: str, value: str) -> bool:
    if order.type != "integer":
        return before != value  # the portal's collation is its own; the key check finds repeats
    if not re.fullmatch(r"-?\d{1,18}", value):
        raise SourceWrong("values", f"{order.source_field}: {value[:60]!r} is not an integer")
    return int(before) < int(value)


def _number(source: SocrataSource, task: Task, what: str) -> int:
    found = _one(source, task, what, _condition(source, task, task.dataset.columns[0], None))
    if (number := whole_number(found)) is None:
        raise SourceWrong("type", f"answered {what} with {found!r:.60}")
    return number


def _covered_to(source: SocrataSource, task: Task, meta: Metadata) -> dt.date | None:
    """The last day that the table covers, see ``Coverage``."""
    if source.covers is None:
        return None
    newest = _one(source, task, f"max({source.covers.by})", "")
    try:
        day = dt.date.fromisoformat(str(newest)[:10])
    except ValueError:
        what = f"answered max({source.covers.by}) with {newest!r:.60}"
        raise SourceWrong("type", what) from None
    updated = meta.at(source, task.now).date()
    return min(day, updated - dt.timedelta(days=source.covers.omitted_days))


def _one(source: SocrataSource, task: Task, what: str, where: str) -> Any:
    """The one value of an aggregate."""
    params = {"$select": f"{what} as n"} | ({"$where": where} if where else {})
    page = _rows(source, task, "aggregate.json", params)
    found = read_json(page.path, "rows")
    page.path.unlink()
    if len(found) != 1:
        raise SourceWrong("type", f"answered {what} with {len(found)} rows")
    return found[0].get("n")


def _rows(source: SocrataSource, task: Task, name: str, params: Mapping[str, str]) -> Received:
    """One answer with rows. Raises SourceWrong ``stale`` if it is from an old replica."""
    url = f"{task.base_url}/resource/{source.resource}.json"
    received = task.http.get(url, task.folder / name, "rows", params=params)
    stale = received.headers.get("X-SODA2-Data-Out-Of-Date", "").strip()
    if stale.lower() not in _FRESH:
        raise SourceWrong("stale", f"answers from a replica that is out of date ({stale[:60]})")
    return received


def _origin(source: SocrataSource, task: Task) -> str:
    fields = ", ".join(
        c.source_field if c.source_field == c.name else f"{c.source_field} as {c.name}"
        for c in task.dataset.columns
    )
    which = f"rows with {source.where}" if source.where else "all rows"
    since = f" since {task.since}" if task.since else ""
    return f"{which}{since} of table {source.resource}, by {source.order}; fields {fields}"
