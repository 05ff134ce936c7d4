"""The Census Bureau's API: lists of lists for those with a key, a redirect for all others."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tests.emulators.server import Reply, Request

#: What can be asked for, and the columns that an answer has for it.
GEOGRAPHIES = {
    ("us:*", ""): ("us",),
    ("state:*", ""): ("state",),
    ("county:*", "state:*"): ("state", "county"),
    ("place:*", "state:*"): ("state", "place"),
}
Row = dict[str, str | None]


@dataclass
class CensusApi:
    """``rows``: level -> rows with their variables and codes. ``key``: the one that is valid."""

    table: str
    key: str
    rows: dict[str, list[Row]]
    variables: set[str] = field(default_factory=lambda: {"NAME", "B01003_001E", "B01003_001M"})

    def __call__(self, request: Request) -> Reply:
        if request.path == "/data/missing_key.html":
            return Reply(body=b"<html>Missing Key</html>", content_type="text/html")
        if request.path != f"/{self.table}":
            return Reply(404, b"<html>Not here</html>", "text/html")
        given = request.params.get("key")
        if given != self.key:
            reason = "Missing Key" if given is None else "Invalid Key"
            headers = {"Location": "/data/missing_key.html", "X-DataWebAPI-KeyError": reason}
            return Reply(302, headers=headers)
        asked = request.params["get"].split(",")
        for name in asked:
            if name not in self.variables:
                return self._refuse(f"unknown variable '{name}'")
        where = (request.params.get("for", ""), request.params.get("in", ""))
        if where not in GEOGRAPHIES:
            return self._refuse("unknown/unsupported geography heirarchy")
        columns = [*asked, *GEOGRAPHIES[where]]
        rows = self.rows[where[0].partition(":")[0]]
        lines = [json.dumps([row.get(name) for name in columns]) for row in rows]
        body = "[" + ",\n".join([json.dumps(columns), *lines]) + "]"
        return Reply(body=body.encode()) if rows else Reply(204)

    @staticmethod
    def _refuse(said: str) -> Reply:
        return Reply(400, f"error: error: {said}".encode(), "text/plain")
