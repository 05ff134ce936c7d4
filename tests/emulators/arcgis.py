"""A layer of an ArcGIS server, strict where the real one is lax.

Errors come with status 200, rows in another order each time unless ``orderByFields`` is given and
never more than ``most`` of them, a page of HTML to those who do not ask for ``f=json``. A token is
taken from its header only, as one in an address is in every log on its way.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.server import Reply, Request

_KNOWN = {"where", "outFields", "orderByFields", "resultRecordCount", "returnGeometry", "f"}
_CONDITION = re.compile(r"(\w+) (>|=) ('[^']*'|-?\d+)")


class Refused(Exception):  # noqa: N818
    def __init__(self, code: int, detail: str, message: str = "Cannot perform query.") -> None:
        self.value = {"error": {"code": code, "message": message, "details": [detail]}}


@dataclass
class FeatureLayer:
    """``fields``: name to type, without ``esriFieldType``. ``edited``: milliseconds, if it says so.

    ``rows``: values as Python has them, dates in milliseconds; they can change while it is read.
    """

    path: str
    fields: dict[str, str]
    rows: list[dict[str, Any]]
    edited: int | None
    own: str = "OBJECTID"
    most: int = 10
    token: str | None = None
    shuffle: random.Random = field(default_factory=lambda: random.Random(1))

    def __call__(self, request: Request) -> Reply:
        if request.params.get("f") != "json":
            return Reply(body=b"<html><body>ArcGIS REST</body></html>", content_type="text/html")
        try:
            return _json(self._answer(request))
        except Refused as refused:
            return _json(refused.value)

    def _answer(self, request: Request) -> Any:
        given = request.headers.get("x-esri-authorization")
        if self.token is not None and given != f"Bearer {self.token}":
            code, said = (498, f"Invalid token: {given}") if given else (499, "Token Required")
            raise Refused(code, said, said)
        if request.path == f"/{self.path}":
            return self._layer()
        if request.path != f"/{self.path}/query":
            raise Refused(404, "Not found")
        rows = [row for row in self.rows if self._holds(row, request.params.get("where", ""))]
        if request.params.get("returnCountOnly") == "true":
            return {"count": len(rows)}
        if unknown := set(request.params) - _KNOWN:
            raise Refused(400, f"Unknown parameters {unknown}")
        names = [self._field(name) for name in request.params.get("outFields", "").split(",")]
        if order := request.params.get("orderByFields"):
            by = self._field(order.removesuffix(" ASC"))
            rows.sort(key=lambda row: row[by])
        else:
            self.shuffle.shuffle(rows)
        most = min(self.most, int(request.params.get("resultRecordCount", self.most)))
        found: dict[str, Any] = {"objectIdFieldName": self.own, "fields": []}
        if len(rows) > most:
            found["exceededTransferLimit"] = True
        found["features"] = [{"attributes": {n: row[n] for n in names}} for row in rows[:most]]
        return found

    def _layer(self) -> dict[str, Any]:
        fields = [
            {"name": name, "type": f"esriFieldType{type_}"} for name, type_ in self.fields.items()
        ]
        found = {"objectIdField": self.own, "maxRecordCount": self.most, "fields": fields}
        if self.edited is not None:
            found["editingInfo"] = {
                "lastEditDate": self.edited + 7,
                "dataLastEditDate": self.edited,
            }
        return found

    def _holds(self, row: dict[str, Any], where: str) -> bool:
        for part in where.split(" AND "):
            condition = part.strip()
            while condition.startswith("(") and condition.endswith(")"):
                condition = condition[1:-1]
            if condition == "1=1":
                continue
            found = _CONDITION.fullmatch(condition)
            if not found:
                raise Refused(400, f"Invalid where clause: {condition}")
            value, operator, literal = row[self._field(found[1])], found[2], found[3]
            wanted: Any = literal[1:-1] if literal.startswith("'") else int(literal)
            if value is None or not (value > wanted if operator == ">" else value == wanted):
                return False
        return True

    def _field(self, name: str) -> str:
        if name not in self.fields:
            raise Refused(400, f"'Invalid field: {name}' parameter is invalid")
        return name


def _json(value: Any) -> Reply:
    return Reply(body=json.dumps(value).encode(), chunked=True, zipped=True)
