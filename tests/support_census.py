"""Answers of the Census Bureau's API about the five years to 2019, from the bundled estimates."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets.settings import DATASETS_DIR
from tests.emulators.census import GEOGRAPHIES, Row

LEVELS = {"010": "us", "040": "state", "050": "county", "162": "place"}
CODES = {columns[-1]: columns for columns in GEOGRAPHIES.values()}


def acs_rows() -> dict[str, list[Row]]:
    """Level -> rows: the averages of 2015-2019, and a place and a territory that we do not know."""
    path = sorted((DATASETS_DIR / "census_population" / "snapshots").iterdir())[-1]
    found: dict[str, dict[tuple[str, ...], list[dict[str, str]]]] = {k: {} for k in CODES}
    with (path / "population.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["year"] >= "2015":
                level = LEVELS[row["sumlev"]]
                code = (row["state_fips"], row["place_or_county_fips"])
                found[level].setdefault(code, []).append(row)
    made: dict[str, list[Row]] = {}
    for level, groups in found.items():
        made[level] = []
        for (state, own), years in groups.items():
            people = sum(int(year["population"]) for year in years) // len(years)
            codes = {"us": "1", "state": state} | {CODES[level][-1]: own or state or "1"}
            made[level].append(
                {"NAME": years[0]["name"], "B01003_001E": str(people)}
                | {name: codes[name] for name in CODES[level]}
            )
    made["state"].append({"NAME": "Puerto Rico", "B01003_001E": "3318447", "state": "72"})
    made["place"].append(
        {"NAME": "Nowhere CDP, Alaska", "B01003_001E": "-666666666"}
        | {"state": "02", "place": "99999"}
    )
    return made


def write_answers(
    folder: Path, answers: Mapping[str, Sequence[Row]], year: int = 2019
) -> list[Path]:
    """The answers as they are archived."""
    paths = []
    for level, rows in answers.items():
        columns = ["NAME", "B01003_001E", *CODES[level]]
        path = folder / f"{year}-acs-acs5-{level}.json"
        path.write_text(json.dumps([columns, *([row[name] for name in columns] for row in rows)]))
        paths.append(path)
    return paths
