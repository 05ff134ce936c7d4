"""What a Socrata portal says of a table: its columns, their types, when its rows were updated.

With them it serves statistics of every column (``cachedContents``: the smallest and the largest
value, the twenty most frequent ones), also of those that are left out on purpose, as the names of
victims, and the accounts of the people who keep the table. The archive has exact bytes so that a
figure can be walked back to them; no figure is made from this. So of this one answer only what
tells one state of the table from another is archived, the manifest says what is not, and keeps the
checksum of the whole.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from datasets.answers import read_json, whole_number
from datasets.archive import Part
from datasets.body import Received
from datasets.errors import SourceWrong
from datasets.protocols import Task, kept
from datasets.sources import SocrataSource
from datasets.table import check_types

#: Socrata's names of types, in its metadata and in its headers, for each of ours.
TYPES: dict[str, frozenset[str]] = {
    "text": frozenset({"text"}),
    "integer": frozenset({"number"}),
    "number": frozenset({"number", "double", "money", "percent"}),
    "date": frozenset({"calendar_date", "floating_timestamp"}),
    "timestamp": frozenset({"calendar_date", "floating_timestamp"}),
    "boolean": frozenset({"checkbox", "boolean"}),
}

#: What is archived of it, and of each of its columns.
TABLE_FIELDS = frozenset(
    {
        *("id", "name", "description", "attribution", "category", "license", "licenseId"),
        *("createdAt", "publicationDate", "publicationStage", "rowsUpdatedAt", "viewLastModified"),
        *("rowIdentifierColumnId", "provenance", "assetType", "columns"),
    }
)
COLUMN_FIELDS = frozenset(
    {"id", "name", "fieldName", "dataTypeName", "renderTypeName", "description", "position"}
)


@dataclass(frozen=True)
class Metadata:
    """``updated``: seconds since 1970, as text. ``fields``: without the portal's own, ``:…``."""

    updated: str
    fields: tuple[str, ...]
    part: Part

    def at(self, source: SocrataSource, now: dt.datetime) -> dt.datetime:
        """When the rows were last updated, in the source's time zone."""
        try:
            at = dt.datetime.fromtimestamp(int(self.updated), ZoneInfo(source.time_zone))
        except (OverflowError, ValueError, OSError):
            at = dt.datetime.max.replace(tzinfo=dt.UTC)
        if at > now + dt.timedelta(days=1):
            raise SourceWrong("values", f"says that it was updated at {self.updated}, later")
        return at


def table_metadata(source: SocrataSource, task: Task) -> Metadata:
    """What the portal says now. SourceWrong if a field is gone or of another type."""
    url = f"{task.base_url}/api/views/{source.resource}.json"
    received = task.http.get(url, task.folder / "metadata.json", "object")
    meta: dict[str, Any] = read_json(received.path, "object")
    columns = meta.get("columns")
    if not isinstance(columns, list) or whole_number(meta.get("rowsUpdatedAt")) is None:
        raise SourceWrong("schema", f"{received.url} has no columns or no rowsUpdatedAt")
    if not all(isinstance(column, dict) for column in columns):
        raise SourceWrong("schema", f"{received.url} has a column that is no object")
    types = {str(c.get("fieldName")): str(c.get("dataTypeName")) for c in columns}
    check_types(types, task.dataset, TYPES)
    fields = tuple(name for name in types if not name.startswith(":"))
    return Metadata(str(meta["rowsUpdatedAt"]), fields, _reduced(received))


def _reduced(received: Received) -> Part:
    """The answer without what must not be archived; the very bytes if it has nothing else."""
    meta: dict[str, Any] = json.loads(received.path.read_bytes().decode("utf-8-sig"))
    left_out = {name for name in meta if name not in TABLE_FIELDS}
    columns: list[Mapping[str, Any]] = meta["columns"]
    left_out |= {f"columns.{n}" for column in columns for n in column if n not in COLUMN_FIELDS}
    part = kept(received)
    if not left_out:
        return part
    value = {name: meta[name] for name in meta if name in TABLE_FIELDS} | {
        "columns": [{n: column[n] for n in column if n in COLUMN_FIELDS} for column in columns]
    }
    content = (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
    with received.path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return part.model_copy(
        update={
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "served_sha256": part.sha256,
            "left_out": tuple(sorted(left_out)),
        }
    )
