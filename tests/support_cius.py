"""The FBI's city tables of 2013-2019 at the addresses and in the format in which it serves them.

The publisher's own workbooks of 2013-2016 where CRIMECLAIMS_REFERENCE_DATA has them, else made of
the bundled figures; of 2017-2019, which are nowhere at hand, made of those of 2016 and Return A.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from datasets.fbi_cius_city.table import CITY_NAMES
from datasets.reference_tables import reference
from datasets.settings import DATASETS_DIR
from tests.support_xls import xls

_TABLE_8 = "table_8_offenses_known_to_law_enforcement_by_state_by_city_{}.xls"
#: year -> the table's name at its address below ``<year>/crime-in-the-u.s.-<year>/tables``.
PATHS = {
    2013: f"table-8/{_TABLE_8.format(2013)}",
    2014: "table-8/Table_8_Offenses_Known_to_Law_Enforcement_by_State_by_City_2014.xls",
    2015: f"table-8/{_TABLE_8.format(2015)}",
    2016: "table-6/table-6.xls",
    **dict.fromkeys((2017, 2018, 2019), "table-8/table-8.xls"),
}
_TITLES = ["Robbery", "Aggravated\nassault", "Property\ncrime", "Burglary", "Larceny-\ntheft",
           "Motor\nvehicle\ntheft"]  # fmt: skip
_FIGURES = ["robbery", "agg_assault", "property_crime", "burglary", "larceny", "mvt"]
_PUBLISHED_AS = {ours: theirs for theirs, ours in CITY_NAMES.items()}


def path_of(year: int) -> str:
    return f"{year}/crime-in-the-u.s.-{year}/tables/{PATHS[year]}"


def city_tables() -> dict[str, bytes]:
    """Path of each workbook, below the base URL, and its bytes."""
    return {path_of(year): _real(year) or made(year) for year in PATHS}


def _real(year: int) -> bytes | None:
    folder = os.environ.get("CRIMECLAIMS_REFERENCE_DATA")
    found = list(Path(folder or "").glob(f"fbi_cius/Table_[68]_*_by_State_by_City_{year}.xls"))
    return found[0].read_bytes() if folder and found else None


def bundled(year: int) -> dict[str, dict[str, str]]:
    """The rows of the bundled edition by place; of a later year those of 2016, with that year."""
    paths = (DATASETS_DIR / "fbi_cius_city" / "snapshots").glob("*/city.csv")
    with sorted(paths)[min(year, 2016) - 2013].open(encoding="utf-8", newline="") as file:
        return {row["place"]: {**row, "year": str(year)} for row in csv.DictReader(file)}


def reported(year: int) -> dict[str, dict[str, str]]:
    """City -> what its police reported on Return A: Chicago all, others only their murders."""
    cities = {
        p["stands_in"]: p["place"]
        for p in reference("place_fit")
        if p["fit"] == "coextensive" and p["stands_in"].endswith("-pd")
    }
    agencies = {p["ori"]: cities.get(p["place"]) for p in reference("places") if p["ori"]}
    [path] = (DATASETS_DIR / "fbi_return_a" / "snapshots").glob("*/return_a.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["year"] == str(year)]
    found = {agencies.get(row["ori"]): row for row in rows}
    return {city: row for city, row in found.items() if city in bundled(year)}


def made_rows(year: int) -> dict[str, dict[str, str]]:
    """Rows by place, without the county's police, which is in another table.

    After 2016 with the figures of Return A where it has any, as the checks compare the two.
    """
    rows = {place: row for place, row in bundled(year).items() if row["city"] != "Miami-Dade"}
    if year <= 2016:
        return rows
    rows = {place: row | {"note": ""} for place, row in rows.items()}
    for city, police in reported(year).items():
        row = rows[city]
        for name in ("murder", "robbery", "agg_assault", "burglary", "larceny", "mvt"):
            row[name] = police[name] or row[name]
        row["rape_revised"] = police["rape"] or row["rape_revised"] or row["rape_legacy"]
        violent = ("murder", "rape_revised", "robbery", "agg_assault")
        for total, parts in (("violent_crime", violent), ("property_crime", _FIGURES[3:])):
            each = [row[part] for part in parts]
            row[total] = str(sum(map(int, each))) if all(each) else ""
    return rows


def made(year: int) -> bytes:
    """A table: a state on its first row, digits of footnotes on names, towns that are no places."""
    return xls(_table(year, made_rows(year)))


def _table(year: int, rows: Mapping[str, Mapping[str, str]]) -> list[list[Any]]:
    rapes = ["Rape1"] if year > 2016 else ["Rape\n(revised\ndefinition)1", "Rape\n(legacy\ndef.)2"]
    titles = ["State", "City", "Population", "Violent\ncrime",
              "Murder and\nnonnegligent\nmanslaughter", *rapes, *_TITLES, "Arson3"]  # fmt: skip
    number = "Table 6" if year == 2016 else "Table 8"
    lines: list[list[Any]] = [[number], ["Offenses Known to Law Enforcement"]]
    lines += [[f"by State by City, {year}"], titles]
    notes: dict[str, int] = {}
    ordered = sorted(rows.values(), key=lambda row: (row["state"], row["city"]))
    for state, group in groupby(ordered, key=lambda row: row["state"]):
        first = f"{state}4" if year > 2016 else state
        lines.append([first, "Aaron's Crossing5", 900, 3, 0, *[1] * len(rapes), 2, 0, 1, 1])
        lines += [_line(row, len(rapes), notes) for row in group]
    lines += [["1 The figures shown in this column used the revised definition."],
              ["3 The FBI does not publish arson data unless it receives 12 months."],
              ["4 Limited data were available."], ["5 This town is made up."]]  # fmt: skip
    return lines + [[f"{mark} {note}"] for note, mark in notes.items()]


def _line(row: Mapping[str, str], rapes: int, notes: dict[str, int]) -> list[Any]:
    name = _PUBLISHED_AS.get(row["city"], row["city"])
    if row["note"]:
        name += str(notes.setdefault(row["note"], 6 + len(notes)))
    both = [row["rape_revised"], row["rape_legacy"]]
    shown = both if rapes == 2 else [both[0] or both[1]]
    cells = [row["population"], row["violent_crime"], row["murder"], *shown]
    cells += [row[figure] for figure in _FIGURES]
    return [None, name, *(int(cell) if cell else None for cell in cells), 7]
