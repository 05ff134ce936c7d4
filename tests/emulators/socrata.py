"""A Socrata portal: SODA 2.1 reads and metadata of one table, strict where the real one is lax.

Rows come in another order each time unless ``$order`` is given, pages end at 1,000 rows unless
``$limit`` is given, numbers are texts, what is NULL is absent, errors are of both families, the
metadata have the most frequent values of every column and who keeps the table.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from tests.emulators.server import Reply, Request

Row = dict[str, Any]

_CONDITION = re.compile(r"(\w+)\s*(>=|<=|=|>|<)\s*('(?:[^']|'')*'|-?\d+(?:\.\d+)?)")
_AGGREGATE = re.compile(r"(count|max)\((\*|\w+)\)(?: as (\w+))?")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
}
_KNOWN = {"$select", "$where", "$order", "$limit", "$offset"}


class Refused(Exception):  # noqa: N818
    def __init__(self, reply: Reply) -> None:
        self.reply = reply


@dataclass
class Portal:
    """A portal with one table; its rows can be changed while it is read.

    ``fields``: name to Socrata type. ``rows``: values as Python has them; None is NULL.
    ``updated``: epoch seconds. ``token``: the app token it asks for, if it does.
    """

    resource: str
    fields: dict[str, str]
    rows: list[Row]
    updated: int
    token: str | None = None
    out_of_date: str | None = "false"
    shuffle: random.Random = field(default_factory=lambda: random.Random(1))

    def __call__(self, request: Request) -> Reply:
        try:
            return self._answer(request)
        except Refused as refused:
            return refused.reply

    def _answer(self, request: Request) -> Reply:
        if self.token is not None and request.headers.get("x-app-token") != self.token:
            given = request.headers.get("x-app-token", "")
            raise _family_a(403, "permission_denied", f"Invalid app_token specified: {given}")
        if request.path == f"/api/views/{self.resource}.json":
            return self._metadata()
        if request.path == f"/resource/{self.resource}.json":
            return self._resource(request)
        if request.path.startswith("/resource/"):
            raise _family_a(404, "dataset.missing", "Not found")
        raise Refused(Reply(404, b"<html>no such page</html>", "text/html"))

    def _metadata(self) -> Reply:
        columns = [
            {
                "name": name.title(),
                "fieldName": name,
                "dataTypeName": type_,
                "cachedContents": {
                    "top": [{"item": item, "count": "1"} for item in self._top(name)]
                },
            }
            for name, type_ in self.fields.items()
        ]
        value = {"id": self.resource, "rowsUpdatedAt": self.updated, "columns": columns}
        value["owner"] = {"id": "4x4x-4x4x", "displayName": "Jo Keeper"}
        return Reply(body=json.dumps(value).encode(), chunked=True, zipped=True)

    def _top(self, name: str) -> list[str]:
        """The most frequent values of a column, of the first rows."""
        values = [str(row.get(name)) for row in self.rows[:500] if row.get(name) is not None]
        return [value for value, _ in Counter(values).most_common(20)]

    def _resource(self, request: Request) -> Reply:
        if unknown := set(request.params) - _KNOWN:
            raise _family_b(400, "query.soql.unrecognized", f"Unrecognized arguments {unknown}")
        found = self.query(request.params)
        body = "[" + "\n,".join(json.dumps(row, separators=(",", ":")) for row in found) + "]\n"
        etag = hashlib.sha256(f"{self.updated}{request.params}".encode()).hexdigest()[:12]
        headers = {
            "ETag": f'"{etag}---gzip"',
            "Last-Modified": formatdate(self.updated, usegmt=True),
        }
        if self.out_of_date is not None:
            headers["X-SODA2-Data-Out-Of-Date"] = self.out_of_date
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Reply(304, headers=headers)
        return Reply(body=body.encode(), headers=headers, chunked=True, zipped=True)

    def query(self, params: dict[str, str]) -> list[Row]:
        """The rows that the parameters ask for, as they are sent."""
        rows = [row for row in self.rows if self._holds(row, params.get("$where", ""))]
        select = params.get("$select", "*")
        if aggregate := _AGGREGATE.fullmatch(select):
            return [self._aggregate(rows, *aggregate.groups())]
        names = list(self.fields) if select == "*" else select.split(",")
        for name in names:
            self._field(name)
        if order := params.get("$order"):
            rows.sort(key=lambda row: row[self._field(order)])
        else:
            self.shuffle.shuffle(rows)
        start = int(params.get("$offset", 0))
        rows = rows[start : start + int(params.get("$limit", 1000))]
        return [{n: _sent(row[n]) for n in names if row[n] is not None} for row in rows]

    def _aggregate(self, rows: list[Row], what: str, of: str, alias: str | None) -> Row:
        if what == "count":
            return {alias or "count": str(len(rows))}
        values = [row[self._field(of)] for row in rows if row[of] is not None]
        return {alias or f"max_{of}": _sent(max(values))} if values else {}

    def _holds(self, row: Row, where: str) -> bool:
        if not where.strip():
            return True
        for part in where.split(" AND "):
            condition = part.strip()
            while condition.startswith("(") and condition.endswith(")"):
                condition = condition[1:-1]
            found = _CONDITION.fullmatch(condition)
            if not found:
                raise _family_a(400, "query.compiler.malformed", f"Could not parse {condition}")
            name, operator, literal = found.groups()
            value = row[self._field(name)]
            wanted: Any = literal[1:-1].replace("''", "'")
            if not literal.startswith("'"):
                wanted = float(literal)
                if self.fields[name] != "number":
                    raise _family_b(400, "query.soql.type-mismatch", f"Type mismatch for {name}")
            if value is None or not _OPERATORS[operator](value, wanted):
                return False
        return True

    def _field(self, name: str) -> str:
        if name not in self.fields:
            message = f"Query coordinator error: query.soql.no-such-column; No such column: {name}"
            raise _family_b(400, "query.soql.no-such-column", message)
        return name


def _sent(value: Any) -> Any:
    """Numbers are texts; booleans are booleans."""
    return value if isinstance(value, bool | str) else str(value)


def _family_a(status: int, code: str, message: str) -> Refused:
    value = {"code": code, "error": True, "message": message, "data": {}}
    return Refused(Reply(status, json.dumps(value, indent=2).encode()))


def _family_b(status: int, code: str, message: str) -> Refused:
    value = {"message": message, "errorCode": code, "data": {}}
    return Refused(Reply(status, json.dumps(value).encode()))
