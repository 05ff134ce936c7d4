"""Read the FBI's *Crime in the U.S.* spreadsheets: cells, city names, states and footnotes.

The tables write a state only on its first row, stick footnote numbers to the end of city and state
names and of years, and carry the footnotes below the last row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import xlrd  # type: ignore[import-untyped]

from tests.reference.common import Cell

OFFENSES = (
    "violent_crime",
    "murder",
    "rape_revised",
    "rape_legacy",
    "robbery",
    "agg_assault",
    "property_crime",
    "burglary",
    "larceny",
    "mvt",
)

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

FOOTNOTE = re.compile(r"^(\d+) +(\D.*)$", re.DOTALL)
MARKED = re.compile(r"^(.*?)((?:\d+[,.] *)*\d+)?$", re.DOTALL)


@dataclass(frozen=True)
class Row:
    """A row of a table of cities: figures in the order of ``OFFENSES``, None for a blank cell."""

    state: str
    city: str
    population: int | None
    figures: tuple[int | None, ...]
    note: str

    def cells(self) -> dict[str, Cell]:
        """The figures by their column name."""
        return dict(zip(OFFENSES, self.figures, strict=True))


def sheet(path: Path) -> list[list[object]]:
    """All cells of the first sheet, row by row."""
    book = xlrd.open_workbook(str(path)).sheet_by_index(0)
    return [list(book.row_values(r)) for r in range(book.nrows)]


def number(value: object) -> int | None:
    """A count; None for a blank cell. ValueError for a cell that is neither."""
    if isinstance(value, str):
        if not value.strip():
            return None
        return int(value.replace(",", "").strip())
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError(f"not a count: {value!r}")


def split_marks(name: str) -> tuple[str, tuple[int, ...]]:
    """A name and the footnote numbers stuck to its end: ``Louisville Metro6, 7`` -> (…, (6, 7))."""
    match = MARKED.match(name.strip())
    assert match is not None
    marks = tuple(int(mark) for mark in re.findall(r"\d+", match.group(2) or ""))
    return match.group(1).strip(), marks


def city_name(name: str) -> tuple[str, tuple[int, ...]]:
    """The city of a row in our list of places, and the row's footnote numbers."""
    plain, marks = split_marks(name)
    return CITY_NAMES.get(plain, plain), marks


def footnotes(rows: list[list[object]]) -> dict[int, str]:
    """The texts below a table by their number, with single spaces."""
    found: dict[int, str] = {}
    for row in rows:
        match = FOOTNOTE.match(str(row[0]).strip())
        if match:
            found.setdefault(int(match.group(1)), " ".join(match.group(2).split()))
    return found


def city_table(path: Path) -> list[Row]:
    """Rows of "Offenses Known to Law Enforcement by State by City" (Table 8, from 2016 Table 6)."""
    rows = sheet(path)
    notes = footnotes(rows)
    start = next(i for i, row in enumerate(rows) if row[0] == "State") + 1
    state, state_marks = "", ()
    out = []
    for row in rows[start:]:
        first = str(row[0]).strip()
        if FOOTNOTE.match(first):
            break
        if first:
            state, state_marks = split_marks(first)
        city, marks = city_name(str(row[1]))
        figures = tuple(number(cell) for cell in row[3:13])
        # a footnote on a blank cell leaves no mark in the file, but its text names the city
        named = [mark for mark, text in notes.items() if f"{city}, {state.title()}" in text]
        note = " ".join(notes[mark] for mark in sorted({*marks, *state_marks, *named}))
        out.append(Row(state, city, number(row[2]), figures, note))
    return out


def county_row(path: Path, county: str) -> tuple[int | None, ...]:
    """Figures of a county's police in Table 10, in the order of ``OFFENSES``."""
    (row,) = [row for row in sheet(path) if row[1] == county]
    return tuple(number(cell) for cell in row[2:12])
