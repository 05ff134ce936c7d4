"""A table of a Socrata portal for the fault matrix: by pages, and by slices of a year each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.settings import Settings
from datasets.table import csv_bytes
from tests.emulators.server import Fault, Reply, Request, serving
from tests.emulators.socrata import Portal
from tests.faults.source_site import (
    DAY,
    HEADER,
    MAX_MB,
    Site,
    as_csv,
    at_pages,
    made_up_rows,
    repeated,
)
from tests.support_live import UPDATED, declare
from tests.support_parquet import read_typed


def socrata(folder: Path) -> AbstractContextManager[Site]:
    """25 rows in pages of 10; the new version has 31."""
    return _portal(folder, sliced=False)


def slices(folder: Path) -> AbstractContextManager[Site]:
    """The same as ``--full`` does it: a slice a year, of two, into Parquet."""
    return _portal(folder, sliced=True)


def _rows(n: int) -> list[dict[str, Any]]:
    """Rows of 2025 and 2026 in turns, with a field that we leave out."""
    return [row | {"unused": "x", "year": 2025 + row["id"] % 2} for row in made_up_rows(n)]


def _typed(path: Path) -> str:
    """A Parquet table as a CSV."""
    names = HEADER.strip().split(",")
    return csv_bytes([[row[name] for name in names] for row in read_typed(path)], names).decode()


@contextmanager
def _portal(folder: Path, *, sliced: bool) -> Iterator[Site]:
    fields = {"id": "number", "day": "calendar_date", "label": "text"}
    fields |= {"size": "number", "good": "checkbox", "unused": "text", "year": "number"}
    portal = Portal("abcd-1234", fields, _rows(25), UPDATED - DAY)
    source: dict[str, Any] = {"protocol": "socrata", "base_url": "https://nowhere.invalid"}
    source |= {"resource": "abcd-1234", "order": "id", "page_rows": 10, "max_mb": MAX_MB}
    source |= {"unused_fields": ["unused", "year"]}
    if sliced:
        source |= {"slices": {"by": "year", "first": 2025}}
    file = "table.parquet" if sliced else "table.csv"
    declare(folder / "datasets", "made_up", source=source, file=file)

    def publish() -> None:
        portal.rows, portal.updated = _rows(31), UPDATED

    def page(request: Request) -> bool:
        return "$limit" in request.params

    def count(request: Request) -> bool:
        return "count" in request.params.get("$select", "")

    def of_slice(request: Request) -> bool:
        return "year =" in request.params.get("$where", "")

    targets: dict[str, Callable[[Request], bool]] = {
        "metadata": lambda r: r.path.startswith("/api/views/"),
        "count": lambda r: count(r) and not of_slice(r),
        "page": page,
    }
    own = _troubles(portal, page, count)
    if sliced:
        targets["slice count"] = lambda r: count(r) and of_slice(r)
        own |= _troubles_of_slices(portal, page)
    with serving(portal) as server:
        yield Site(
            "made_up",
            "slices" if sliced else "socrata",
            Settings(var=folder / "var", datasets_dir=folder / "datasets"),
            server,
            publish,
            lambda: as_csv(sorted(portal.rows, key=lambda row: int(row["id"]))),
            targets,
            own,
            *((_typed,) if sliced else ()),
        )


def _troubles(
    portal: Portal, page: Callable[[Request], bool], count: Callable[[Request], bool]
) -> dict[str, Callable[[], Fault]]:
    """What can happen to any table of a portal while it is read."""

    def insert() -> None:
        """Below what was read, so that no later page shows it."""
        portal.rows.append(_rows(1)[0] | {"id": -len(portal.rows)})

    def short(request: Request, reply: Reply) -> Reply:
        """A page that says that there is nothing more."""
        return replace(reply, body=b"[]\n") if page(request) and "id >" in str(request) else reply

    def row_for_row(request: Request, reply: Reply) -> Reply:
        """As many rows as there should be, but one twice and one not."""
        rows = reply.body.strip()[1:-1].split(b"\n,")
        other = b"[" + b"\n,".join([rows[0], rows[0], *rows[2:]]) + b"]\n"
        return replace(reply, body=other) if page(request) and len(rows) > 2 else reply

    def updated(request: Request, reply: Reply) -> Reply:
        portal.updated += 60 if page(request) else 0
        return reply

    def stale(request: Request, reply: Reply) -> Reply:
        said = {"X-SODA2-Data-Out-Of-Date": '["abcd-1234"]'} if page(request) else {}
        return replace(reply, headers={**reply.headers, **said})

    def unordered(request: Request, reply: Reply) -> Reply:
        rows = reply.body.strip()[1:-1].split(b"\n,")
        other = b"[" + b"\n,".join(rows[::-1]) + b"]\n"
        return replace(reply, body=other) if page(request) else reply

    def counted(what: str) -> Fault:
        body = json.dumps([{"n": what}]).encode()
        return lambda request, reply: replace(reply, body=body) if count(request) else reply

    def updated_at(what: str) -> Fault:
        old = b'"rowsUpdatedAt": '

        def fault(_: Request, reply: Reply) -> Reply:
            body = reply.body.replace(old + str(portal.updated).encode(), old + what.encode())
            return replace(reply, body=body)

        return fault

    return {
        "row inserted while paging": lambda: at_pages(page, insert),
        "row deleted while paging": lambda: at_pages(page, lambda: portal.rows.pop(0)),
        "duplicate page": lambda: repeated(page),
        "empty page too early": lambda: short,
        "row for row": lambda: row_for_row,
        "page in another order": lambda: unordered,
        "updated while paging": lambda: updated,
        "stale replica": lambda: stale,
        "field gone": lambda: _change(portal, lambda f: f.pop("label")),
        "field of another type": lambda: _change(portal, lambda f: f.update(size="text")),
        "count that is no number": lambda: counted("²"),
        "count of a thousand digits": lambda: counted("9" * 5000),
        "updated at no number": lambda: updated_at('"²"'),
    }


def _troubles_of_slices(
    portal: Portal, page: Callable[[Request], bool]
) -> dict[str, Callable[[], Fault]]:
    """What can go wrong between slices, while the portal says nothing of an update."""

    def in_none() -> Fault:
        portal.rows.append(_rows(1)[0] | {"id": 99, "year": 1999})
        return lambda _, reply: reply

    def between(years: dict[int, int], when: Callable[[Request], bool]) -> Fault:
        """After the first slice was read, rows (by their id) are of another year."""

        def fault(request: Request, reply: Reply) -> Reply:
            if when(request) and "year = 2026" in str(request):
                for row in portal.rows:
                    row["year"] = years.get(row["id"], row["year"])
            return reply

        return fault

    return {
        "row in no slice": in_none,
        "row moves to a slice that was read": lambda: between({31: 2025}, page),
        "row moves out of a slice that was read": lambda: between({2: 2026}, page),
        # unseen by any count: one row is read twice, the other not at all
        "rows change slices": lambda: between({2: 2026, 31: 2025}, lambda r: not page(r)),
    }


def _change(portal: Portal, how: Callable[[dict[str, str]], Any]) -> Fault:
    how(portal.fields)
    return lambda _, reply: reply
