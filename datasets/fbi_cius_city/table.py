"""Read the tables of offenses by city, and by county police, of *Crime in the U.S.*

They write a state only on its first row, or only in the title, where the year stands too. Table 8,
or 6 in 2016, is of cities; Table 10, or 8 in 2016, of counties.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datasets.errors import InputError, nearest
from datasets.fbi_tables import (
    columns,
    count,
    footnotes,
    header,
    is_footnote,
    split_marks,
    text,
    title,
)
from datasets.reference_tables import slug, states
from datasets.workbook import Cell, read_sheet

#: How a column's title begins -> our name. From 2017 there is one column of rape, by the revised
#: definition; before, one by each definition.
OFFENSES = {
    "violent crime": "violent_crime",
    "murder": "murder",
    "rape (revised": "rape_revised",
    "rape (legacy": "rape_legacy",
    "robbery": "robbery",
    "aggravated assault": "agg_assault",
    "property crime": "property_crime",
    "burglary": "burglary",
    "larceny": "larceny",
    "motor vehicle theft": "mvt",
}

#: The columns that say of whom the figures are; the first three begin a row of titles.
LABELS = ("state", "city", "metropolitan/nonmetropolitan", "county", "population")

#: The FBI's name of a row in the city tables -> the city of our list of places.
CITY_NAMES = {
    "Athens-Clarke County": "Athens",
    "Bal Harbour Village": "Bal Harbour",
    "Charlotte-Mecklenburg": "Charlotte",
    "Indian Creek Village": "Indian Creek",
    "Las Vegas Metropolitan Police Department": "Las Vegas",
    "Louisville Metro": "Louisville",
    "Nashville Metropolitan": "Nashville",
    "Savannah-Chatham Metropolitan": "Savannah",
    "Village of Pinecrest": "Pinecrest",
    "West Valley": "West Valley City",
}


@dataclass(frozen=True)
class Row:
    """A row of a table: figures by their column, None for a blank cell."""

    state: str
    name: str
    population: int | None
    figures: dict[str, int | None]
    note: str


@dataclass(frozen=True)
class Table:
    """``kind``: what its rows are; ``name``: what the publisher calls it, as "Table 8"."""

    kind: str
    name: str
    year: str
    rows: tuple[Row, ...]


def place_of(row: Row) -> str:
    """The id that a city has, if it is a place here: ``miami-fl``."""
    return f"{slug(row.name)}-{states()[row.state].lower()}"


def titles(path: Path) -> list[str]:
    """The titles of a table's columns, in plain words. InputError if it has no row of them."""
    cells = read_sheet(path)
    return [word for word in map(title, cells[header(path, cells, LABELS[:3])]) if word]


def read_table(path: Path) -> Table:
    """All rows of a table. Raises InputError naming file, line and field of what is wrong."""
    cells = read_sheet(path)
    top = header(path, cells, LABELS[:3])
    above = [text(row[0]) for row in cells[:top]]
    number = next((t for t in above if re.fullmatch(r"Table \d+", t)), None)
    year = next((m[1] for t in above if (m := re.search(r", ((?:19|20)\d\d)$", t))), None)
    if number is None or year is None:
        raise InputError.at(path, "the title does not say which table of which year it is", line=1)
    named = re.search(r"_((?:19|20)\d\d)\.xlsx?$", path.name)
    if named is not None and named[1] != year:
        raise InputError.at(path, f"is the table of {year}, not of {named[1]}", line=1)
    first = text(cells[top][0]).lower()
    kind = "county" if first.startswith("metropolitan") else "city"
    in_title = next((t for t in above if t in states()), "")
    if first != "state" and not in_title:
        raise InputError.at(path, "neither column nor title says of which state it is", line=1)
    return Table(kind, number, year, tuple(_rows(path, cells, top, kind, in_title)))


def _rows(path: Path, cells: list[list[Cell]], top: int, kind: str, state: str) -> Iterator[Row]:
    at = _columns(path, cells, top, kind)
    notes = footnotes(cells)
    state_marks: tuple[int, ...] = ()
    for line, row in enumerate(cells[top + 1 :], start=top + 2):
        if is_footnote(row):
            return
        if "state" in at and text(row[at["state"]]):
            state, state_marks = split_marks(text(row[at["state"]]))
            if state not in states():
                near = nearest(state, states())
                raise InputError.at(path, f'"{state}" is no state', line=line, nearest=near)
        figures = {
            n: count(path, line, n, row[at[n]]) if n in at else None for n in OFFENSES.values()
        }
        name, marks = split_marks(text(row[at["name"]]))
        if not name:
            if any(figure is not None for figure in figures.values()):
                raise InputError.at(path, "figures without a name", line=line, field="name")
            continue
        if not state:
            raise InputError.at(path, f"{name} has no state above it", line=line, field="state")
        name = CITY_NAMES.get(name, name) if kind == "city" else name
        people = (
            count(path, line, "population", row[at["population"]]) if "population" in at else None
        )
        # a footnote on a blank cell leaves no mark in the file, but its text names the city
        named = [mark for mark, note in notes.items() if f"{name}, {state.title()}" in note]
        wanted = sorted({*marks, *state_marks, *named}) if kind == "city" else []
        note = " ".join(notes[mark] for mark in wanted if mark in notes)
        yield Row(state, name, people, figures, note)


def _columns(path: Path, cells: list[list[Cell]], top: int, kind: str) -> dict[str, int]:
    rapes = ("rape_revised", "rape_legacy")
    at = columns(path, cells, top, OFFENSES, optional=rapes)
    if not set(rapes) <= at.keys():
        at |= columns(path, cells, top, {"rape": "rape_revised"})
    if kind == "county":
        return at | columns(path, cells, top, {"county": "name"})
    at |= columns(path, cells, top, {"city": "name", "population": "population"})
    return at | columns(path, cells, top, {"state": "state"}, optional=("state",))
