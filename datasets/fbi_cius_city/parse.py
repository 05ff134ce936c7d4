"""The places we know out of the tables of *Crime in the U.S.*, as the declared columns.

Of the tables of cities, the cities that are places here are kept; of the tables of counties, the
police department that is a part of one. The tables themselves are read by ``table``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datasets.fbi_cius_city.table import LABELS, OFFENSES, place_of, read_table, titles
from datasets.reference_tables import reference

#: (state, name in the county tables) -> the agency of our list of places.
COUNTY_POLICE = {("FLORIDA", "Miami-Dade"): "miami-dade-pd"}

#: How the titles of the columns that are read begin.
COLUMNS = (*LABELS, "rape", *(f"{start}*" for start in OFFENSES))


def fields(parts: Sequence[Path]) -> Iterator[str]:
    """The titles of all columns, in plain words."""
    for part in parts:
        yield from titles(part)


def parse(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    """Rows of the known places in all tables. Raises InputError naming file, line and field."""
    cities = {p["place"] for p in reference("places") if p["kind"] == "city"}
    for part in parts:
        table = read_table(part)
        for row in table.rows:
            if table.kind == "city":
                place = place_of(row)
                if place not in cities:
                    continue
            elif (row.state, row.name) in COUNTY_POLICE:
                place = COUNTY_POLICE[row.state, row.name]
            else:
                continue
            figures = {"population": row.population, **row.figures}
            yield {
                **{name: None if value is None else str(value) for name, value in figures.items()},
                "year": table.year,
                "state": row.state,
                "city": row.name,
                "place": place,
                "source_table": table.name,
                "note": row.note or None,
            }
