"""The Crime Data Explorer for the fault matrix."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.catalog import load_catalog
from datasets.settings import DATASETS_DIR, Settings
from tests.emulators.cde import Explorer
from tests.emulators.server import Fault, Reply, Request, serving
from tests.faults.source_site import MAX_MB, Site
from tests.support_live import declare


@contextmanager
def cde(folder: Path) -> Iterator[Site]:
    """Two places and offenses, read by the parser of fbi_cde; the new version has a month more."""
    names = {"national": "United States", "agency/FL0130600": "Miami Police Department"}
    explorer = Explorer(names, refreshed="10/15/2026")
    for place in names:
        explorer.counts[f"{place}/HOM"] = {"08-2026": (4, 0), "09-2026": (None, 1)}
        explorer.counts[f"{place}/ROB"] = {"08-2026": (31, 9)}
    dataset = load_catalog(DATASETS_DIR)["fbi_cde"]
    series = {"offenses": ["HOM", "ROB"], "national": True, "agencies": ["FL0130600"]}
    source = {"protocol": "cde", "base_url": "https://nowhere.invalid", "max_mb": MAX_MB}
    declare(
        folder / "datasets",
        "made_up",
        source=source | {"first_month": "2026-08", "series": [series]},
        key=list(dataset.key),
        columns=[column.model_dump(exclude_none=True) for column in dataset.columns],
    )
    shutil.copy(DATASETS_DIR / "fbi_cde" / "parse.py", folder / "datasets" / "made_up")

    def publish() -> None:
        explorer.refreshed = "11/15/2026"
        for place in names:
            explorer.counts[f"{place}/HOM"] |= {"10-2026": (7, 5), "11-2026": (1, 0)}

    def table() -> str:
        lines = [",".join(column.name for column in dataset.columns)]
        for offense, months in (
            ("HOM", (("08", 4, 0), ("09", "", 1), ("10", 7, 5))),
            ("ROB", (("08", 31, 9),)),
        ):
            for place in ("national,US,United States", "agency,FL0130600,Miami Police Department"):
                lines += [
                    f"{place},{offense},2026-{month}-01,{n},{cleared},100000,100000,2026-11-15"
                    for month, n, cleared in months
                ]
        return "\n".join([*lines, ""])

    def probe(request: Request) -> bool:
        return request.params.get("to") == "08-2026"

    def answers(change: Callable[[Any], Any]) -> Fault:
        """Changes every answer of the agency."""

        def fault(request: Request, reply: Reply) -> Reply:
            if "/agency/" not in request.path:
                return reply
            value = json.loads(reply.body)
            change(value)
            return replace(reply, body=json.dumps(value).encode())

        return fault

    def rename(value: Any) -> None:
        actuals = value["offenses"]["actuals"]
        value["offenses"]["actuals"] = {
            k.replace("Offenses", "Crimes"): actuals[k] for k in actuals
        }

    def refresh(_: Request, reply: Reply) -> Reply:
        """Every answer is of an older refresh than the one before, as from a row of caches."""
        explorer.refreshed = f"11/{int(explorer.refreshed[3:5]) - 1:02}/2026"
        return reply

    def limit(_: Request, __: Reply) -> Reply:
        body = (
            b'{"error":{"code":"OVER_RATE_LIMIT","message":"You have exceeded your rate limit."}}'
        )
        return Reply(429, body, headers={"Retry-After": "57263", "X-RateLimit-Remaining": "0"})

    def ask_for_a_key() -> Fault:
        explorer.key = "another"
        return lambda _, reply: reply

    def forget() -> Fault:
        del explorer.names["agency/FL0130600"]
        return lambda _, reply: reply

    bad_date = Reply(400, b"Invalid date, it should be MM-YYYY")
    with serving(explorer) as server:
        yield Site(
            "made_up",
            "cde",
            Settings(var=folder / "var", datasets_dir=folder / "datasets"),
            server,
            publish,
            table,
            {"probe": probe, "series": lambda r: "/agency/" in r.path},
            {
                "refreshed while fetching": lambda: refresh,
                "unknown agency": forget,
                "no key": ask_for_a_key,
                "over the rate limit": lambda: limit,
                "bad date": lambda: lambda _, __: bad_date,
                "no refresh named": lambda: answers(lambda v: v.pop("cde_properties")),
                "series of another name": lambda: answers(rename),
                "fields moved": lambda: answers(lambda v: v["offenses"].pop("actuals")),
            },
        )
