"""The Census Bureau's API for the fault matrix."""

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
from tests.emulators.census import CensusApi, Row
from tests.emulators.server import Fault, Reply, Request, serving
from tests.faults.source_site import MAX_MB, Site
from tests.support_live import declare

KEY = "planted-key-4711"
PLACES = {"0644000": "Los Angeles city, California", "1714000": "Chicago city, Illinois"}
IDS = {"0644000": "los-angeles-ca", "1714000": "chicago-il"}


def census_rows(more: int) -> dict[str, list[Row]]:
    """The nation, two cities that are known and one that is not; populations end in ``more``."""
    us: Row = {"NAME": "United States", "us": "1"}
    us |= {"B01003_001E": str(330_000_000 + more), "B01003_001M": "-555555555"}
    cities: list[Row] = [
        {"NAME": name, "state": code[:2], "place": code[2:]}
        | {"B01003_001E": str(2_000_000 + more), "B01003_001M": "61"}
        for code, name in PLACES.items()
    ]
    unknown: Row = {"NAME": "Ñowhere CDP, Alaska", "state": "02", "place": "99999"}
    unknown |= {"B01003_001E": "-666666666", "B01003_001M": "-222222222"}
    return {"us": [us], "place": [*cities, unknown]}


@contextmanager
def census(folder: Path) -> Iterator[Site]:
    """Two levels of a table, read by the parser of census_acs5; all figures of the next differ."""
    api = CensusApi("data/2024/acs/acs5", KEY, census_rows(1))
    dataset = load_catalog(DATASETS_DIR)["census_acs5"]
    assert dataset.source is not None
    source = dataset.source.model_dump(mode="json", exclude_none=True)
    source |= {"base_url": "https://nowhere.invalid", "max_mb": MAX_MB, "levels": ["us", "place"]}
    declare(
        folder / "datasets",
        "made_up",
        source=source,
        key=list(dataset.key),
        columns=[column.model_dump(exclude_none=True) for column in dataset.columns],
    )
    shutil.copy(DATASETS_DIR / "census_acs5" / "parse.py", folder / "datasets" / "made_up")

    def table() -> str:
        columns = [column.name for column in dataset.columns]
        rows = [{"place": "united-states", "level": "us", "fips": ""} | _people(api.rows["us"][0])]
        for row in api.rows["place"]:
            code = f"{row['state']}{row['place']}"
            if code in IDS:
                rows.append(
                    {
                        "place": IDS[code],
                        "level": "place",
                        "fips": code,
                    }
                    | _people(row)
                )
        lines = [",".join(_quoted(row.get(name, "")) for name in columns) for row in rows]
        return "\n".join([",".join(columns), *lines, ""])

    def of_places(change: Callable[[list[list[Any]]], Any]) -> Fault:
        """Changes the answer about cities."""

        def fault(request: Request, reply: Reply) -> Reply:
            if not cities(request) or reply.status != 200:
                return reply
            value = json.loads(reply.body)
            change(value)
            return replace(reply, body=json.dumps(value).encode())

        return fault

    def cities(request: Request) -> bool:
        return request.params.get("for") == "place:*"

    def rename(value: list[list[Any]]) -> None:
        value[0][1] = "B01003_001X"

    def another_key() -> Fault:
        api.key = "another"
        return lambda _, reply: reply

    def without_the_variable() -> Fault:
        api.variables.remove("B01003_001E")
        return lambda _, reply: reply

    with serving(api) as server:
        yield Site(
            "made_up",
            "census",
            Settings(var=folder / "var", datasets_dir=folder / "datasets"),
            server,
            lambda: api.rows.update(census_rows(2)),
            table,
            {"table": cities},
            {
                "no key": another_key,
                "field gone": lambda: of_places(rename),
                "field there twice": lambda: of_places(lambda v: [r.append(r[1]) for r in v]),
                "field of another type": lambda: of_places(lambda v: v[1].__setitem__(1, "many")),
                "number for a text": lambda: of_places(lambda v: v[1].__setitem__(1, 2_000_002)),
                "row of another length": lambda: of_places(lambda v: v[2].pop()),
                "row twice": lambda: of_places(lambda v: v.append(v[1])),
                "header only": lambda: of_places(lambda v: v.__delitem__(slice(1, None))),
                "no such variable": without_the_variable,
            },
            key=KEY,
        )


def _people(row: Row) -> dict[str, str]:
    return {
        "name": row["NAME"] or "",
        "population": row["B01003_001E"] or "",
        "first_year": "2020",
        "last_year": "2024",
    }


def _quoted(cell: str) -> str:
    return f'"{cell}"' if "," in cell else cell
