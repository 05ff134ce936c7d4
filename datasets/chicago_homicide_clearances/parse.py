"""Read the Chicago police's workbook of homicides and clearances: sheet "Data Set I".

Eight of its columns are kept: no address, location, sex or age. Dates are local time. The table is
in the order of CompStat dates, so that the same rows are the same table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datasets.errors import InputError, Problem, nearest
from datasets.fbi_tables import text
from datasets.workbook import Cell, read_sheet

SHEET = "Data Set I"
COLUMNS = {
    "RD#": "rd_number",
    "Homicide #": "homicide_number",
    "Injury Date": "injury_at",
    "Death Date": "death_at",
    "CompStat Date": "compstat_at",
    "Cleared I": "cleared",
    "Cleared Exceptionally By": "cleared_exceptionally_by",
    "Date Cleared": "cleared_on",
}
CLEARED = {"Y": "true", "N": "false"}


def parse(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    """One row a victim. Raises InputError naming file, line and column."""
    order = ("compstat_at", "rd_number", "homicide_number")
    yield from sorted(_rows(parts), key=lambda row: tuple(str(row[name]) for name in order))


def fields(parts: Sequence[Path]) -> Iterator[str]:
    """The titles of all columns, of which ``COLUMNS`` are read."""
    for part in parts:
        yield from filter(None, map(text, read_sheet(part, SHEET)[0]))


def _rows(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    for part in parts:
        header, *rows = read_sheet(part, SHEET)
        titles = [text(cell) for cell in header]
        problems = [
            Problem(str(part), "column is missing", 1, title, nearest(title, titles))
            for title in COLUMNS
            if title not in titles
        ]
        if problems:
            raise InputError(f'not the columns of sheet "{SHEET}":', problems=problems)
        at = {title: titles.index(title) for title in COLUMNS}
        for line, row in enumerate(rows, start=2):
            if any(text(cell) for cell in row):
                yield _row(part, line, {title: row[position] for title, position in at.items()})


def _row(part: Path, line: int, cells: Mapping[str, Cell]) -> Mapping[str, str | None]:
    found = {ours: text(cells[title]) or None for title, ours in COLUMNS.items()}
    for title in ("Injury Date", "Death Date", "CompStat Date"):
        found[COLUMNS[title]] = _moment(part, line, title, cells[title])
    cleared_on = _moment(part, line, "Date Cleared", cells["Date Cleared"])
    flag = text(cells["Cleared I"])
    if flag not in CLEARED:
        raise InputError.at(part, f'"{flag}" is not Y or N', line=line, field="Cleared I")
    return found | {"cleared": CLEARED[flag], "cleared_on": cleared_on and cleared_on[:10]}


def _moment(part: Path, line: int, field: str, cell: Cell) -> str | None:
    """A date or time as ISO text; None for a blank cell."""
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, dt.date):
        return f"{cell.isoformat()} 00:00:00"
    if text(cell):
        raise InputError.at(part, f"{cell!r} is not a date", line=line, field=field)
    return None
