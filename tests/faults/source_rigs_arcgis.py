"""A layer of an ArcGIS server for the fault matrix."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.settings import Settings
from tests.emulators.arcgis import FeatureLayer
from tests.emulators.server import Fault, Reply, Request, serving
from tests.faults.source_site import DAY, MAX_MB, Site, at_pages, repeated
from tests.support_live import UPDATED, declare

LAYER = "arcgis/rest/services/Crime/FeatureServer/0"
FIELDS = {"OBJECTID": "OID", "day": "Date", "label": "String", "size": "Double", "unused": "String"}
COLUMNS = [
    {"name": "id", "type": "integer", "required": True, "field": "OBJECTID", "description": "row"},
    {"name": "day", "type": "date", "description": "a day"},
    {"name": "what", "type": "text", "field": "label", "description": "a text"},
    {"name": "size", "type": "number", "description": "a number"},
]


def layer_rows(n: int) -> list[dict[str, Any]]:
    """Days at 22:00 in Miami, when it is the next day in UTC."""
    midnight = 1_790_827_200_000  # 1 October 2026, 04:00 UTC
    return [
        {
            "OBJECTID": number,
            "day": midnight + (number % 28 * 24 + 22) * 3_600_000,
            "label": None if number % 7 == 0 else f"café {number}",
            "size": number / 4,
            "unused": "x",
        }
        for number in range(1, n + 1)
    ]


@contextmanager
def arcgis(folder: Path) -> Iterator[Site]:
    """25 rows, of which the server sends 10 at most; the new version has 31."""
    layer = FeatureLayer(LAYER, dict(FIELDS), layer_rows(25), (UPDATED - DAY) * 1000)
    source = {"protocol": "arcgis", "base_url": "https://nowhere.invalid", "max_mb": MAX_MB}
    source |= {"layer": LAYER, "page_rows": 500, "time_zone": "America/New_York"}
    declare(
        folder / "datasets",
        "made_up",
        source=source | {"unused_fields": ["unused"]},
        columns=COLUMNS,
    )
    new = layer_rows(31)

    def publish() -> None:
        layer.rows, layer.edited = new, UPDATED * 1000

    def table() -> str:
        lines = ["id,day,what,size"]
        for row in sorted(layer.rows, key=lambda row: int(row["OBJECTID"])):
            number = row["OBJECTID"]
            day = f"2026-10-{number % 28 + 1:02}"
            lines.append(f"{number},{day},{row['label'] or ''},{row['size']}")
        return "\n".join([*lines, ""])

    def page(request: Request) -> bool:
        return "outFields" in request.params

    def of_pages(change: Callable[[dict[str, Any]], Any]) -> Fault:
        def fault(request: Request, reply: Reply) -> Reply:
            if not page(request):
                return reply
            value = json.loads(reply.body)
            change(value)
            return replace(reply, body=json.dumps(value).encode())

        return fault

    def insert() -> None:
        """Below what was read, so that no later page shows it."""
        layer.rows.append(layer_rows(28)[-1] | {"OBJECTID": -28 * len(layer.rows)})

    def edited(request: Request, reply: Reply) -> Reply:
        layer.edited = (layer.edited or 0) + (60_000 if page(request) else 0)
        return reply

    def row_for_row(value: dict[str, Any]) -> None:
        if len(value["features"]) > 2:
            value["features"][1] = value["features"][0]

    def other_fields(how: Callable[[dict[str, str]], Any]) -> Fault:
        how(layer.fields)
        return lambda _, reply: reply

    error = {"error": {"code": 400, "message": "Cannot perform query.", "details": []}}
    busy = {"error": {"code": 429, "message": "Too many requests. Retry after 60 sec."}}
    at_once = {"error": {"code": 429, "message": "Too many requests.", "details": []}}
    no_more = {"features": []}

    def ask_for_a_token() -> Fault:
        layer.token = "another"
        return lambda _, reply: reply

    def said(name: str, what: str) -> Fault:
        def fault(_: Request, reply: Reply) -> Reply:
            value = json.loads(reply.body)
            changed = value | ({name: what} if name in value else {})
            return replace(reply, body=json.dumps(changed).encode())

        return fault

    def edit_in_no_year() -> Fault:
        layer.edited = 999_999_999_999_000
        return lambda _, reply: reply

    with serving(layer) as server:
        yield Site(
            "made_up",
            "arcgis",
            Settings(var=folder / "var", datasets_dir=folder / "datasets"),
            server,
            publish,
            table,
            {
                "layer": lambda r: not r.path.endswith("/query"),
                "count": lambda r: "returnCountOnly" in r.params,
                "page": page,
            },
            {
                "row inserted while paging": lambda: at_pages(page, insert),
                "row deleted while paging": lambda: at_pages(page, lambda: layer.rows.pop(0)),
                "duplicate page": lambda: repeated(page),
                "empty page too early": lambda: of_pages(
                    lambda v: v.pop("exceededTransferLimit", None)
                ),
                "row for row": lambda: of_pages(row_for_row),
                "page in another order": lambda: of_pages(lambda v: v["features"].reverse()),
                "updated while paging": lambda: edited,
                "field gone": lambda: other_fields(lambda f: f.pop("label")),
                "field of another type": lambda: other_fields(lambda f: f.update(size="String")),
                "error 400 with 200": lambda: of_pages(lambda v: (v.clear(), v.update(error))),
                "429 in words": lambda: of_pages(lambda v: (v.clear(), v.update(busy))),
                "429 with 200": lambda: of_pages(lambda v: (v.clear(), v.update(at_once))),
                "token required": ask_for_a_token,
                "no rows, but more": lambda: of_pages(lambda v: v.update(no_more)),
                "count that is no number": lambda: said("count", "²"),
                "count of a thousand digits": lambda: said("count", "9" * 5000),
                "pages of no number": lambda: said("maxRecordCount", "²"),
                "edited in no year": edit_in_no_year,
            },
        )
