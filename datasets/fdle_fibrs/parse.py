"""Read the offense workbook of Florida's incident-based reporting system (FIBRS).

A sheet is a year; sheets without a year in their name are notes. One row an agency; an offense's
name stands once above its twelve months, January first. ``--`` is not available, and so is a
blank: neither is 0.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from datasets.errors import InputError, nearest
from datasets.fbi_tables import count, text
from datasets.workbook import Cell, read_sheet, sheet_names

YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
NOT_AVAILABLE = ("--", "-", "N/A", "NA")
MONTHS = [name.lower() for name in calendar.month_abbr[1:]]
LABELS = ("county", "agency", "population")
#: How the titles of the columns that are read begin, beside the months of offenses.
COLUMNS = tuple(f"{label}*" for label in LABELS)


class Layout(NamedTuple):
    """Of a sheet: its row of months, and the columns of labels and of offenses' Januaries."""

    top: int
    labels: dict[str, int]
    offenses: dict[str, int]
    beside: list[str]  # titles, in small letters, of the columns that are no month of an offense


def fields(parts: Sequence[Path]) -> Iterator[str]:
    """The titles of all columns that are no month of an offense, in small letters."""
    for part, sheet, _ in _sheets(parts):
        yield from _layout(part, sheet, read_sheet(part, sheet)).beside


def parse(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    """A row an agency, offense and month. Raises InputError naming file, line and column."""
    for part, sheet, year in _sheets(parts):
        yield from _rows(part, sheet, year, read_sheet(part, sheet))


def _sheets(parts: Sequence[Path]) -> Iterator[tuple[Path, str, str]]:
    """Workbook, sheet and its year, in the order of years."""
    for part in parts:
        years: dict[str, str] = {}
        for sheet in sheet_names(part):
            found = YEAR.findall(sheet)
            if not found:
                continue
            if len(found) > 1 or found[0] in years:
                raise InputError.at(part, "the year of the sheet is not clear", field=sheet)
            years[found[0]] = sheet
        if not years:
            raise InputError.at(part, f"no sheet is a year: {', '.join(sheet_names(part))}")
        for year, sheet in sorted(years.items()):
            yield part, sheet, year


def _layout(part: Path, sheet: str, cells: list[list[Cell]]) -> Layout:
    top = next((i for i, row in enumerate(cells) if sum(map(bool, map(_month, row))) >= 12), None)
    if not top:
        raise InputError.at(part, "no row has the names of twelve months", field=sheet)
    titles = [
        text(below) or text(above) for above, below in zip(*cells[top - 1 : top + 1], strict=True)
    ]
    labels = _labels(part, sheet, top, titles)
    offenses = _offenses(part, sheet, top, cells, after=max(labels.values()))
    months = {first + month for first in offenses.values() for month in range(12)}
    beside = [word.lower() for i, word in enumerate(titles) if word and i not in months]
    return Layout(top, labels, offenses, beside)


def _rows(
    part: Path, sheet: str, year: str, cells: list[list[Cell]]
) -> Iterator[Mapping[str, str | None]]:
    top, at, offenses, _ = _layout(part, sheet, cells)
    for line, row in enumerate(cells[top + 1 :], start=top + 2):
        agency = text(row[at["agency"]])
        if not agency or agency.lower().startswith(("total", "statewide")):
            continue  # a footer, or a sum
        labels = {
            "county": text(row[at["county"]]) or None,
            "agency": agency,
            "population": _count(part, line, sheet, "population", row[at["population"]]),
            "year": year,
        }
        for offense, first in offenses.items():
            for month in range(12):
                yield labels | {
                    "offense": offense,
                    "month": str(month + 1),
                    "offenses": _count(part, line, sheet, offense, row[first + month]),
                }


def _labels(part: Path, sheet: str, top: int, titles: list[str]) -> dict[str, int]:
    words = [title.lower() for title in titles]
    at = {}
    for label in LABELS:
        found = [i for i, word in enumerate(words) if word.startswith(label)]
        if not found:
            near = nearest(label, words)
            message = f'column is missing in sheet "{sheet}"'
            raise InputError.at(part, message, line=top + 1, field=label, nearest=near)
        at[label] = found[0]
    return at


def _offenses(
    part: Path, sheet: str, top: int, cells: list[list[Cell]], after: int
) -> dict[str, int]:
    """First column of each offense; each must have its twelve months, and each month an offense."""
    months = [_month(cell) for cell in cells[top]]
    found: dict[str, int] = {}
    position = after + 1
    while position < len(months):
        if months[position] is None:
            position += 1  # a total, or a column between
            continue
        name = text(cells[top - 1][position])
        if not name or name in found or months[position : position + 12] != [*range(1, 13)]:
            message = (
                f'"{name}" in sheet "{sheet}" has not its twelve months from column {position + 1}'
            )
            raise InputError.at(part, message, line=top + 1, field="offense")
        found[name] = position
        position += 12
    return found


def _month(cell: Cell) -> int | None:
    """A month by its name, short or long, or by a date in it."""
    if isinstance(cell, dt.date):
        return cell.month
    word = text(cell).lower()
    return MONTHS.index(word[:3]) + 1 if word[:3] in MONTHS and word.isalpha() else None


def _count(part: Path, line: int, sheet: str, field: str, cell: Cell) -> str | None:
    if text(cell) in NOT_AVAILABLE:
        return None
    value = count(part, line, f"{field} ({sheet})", cell)
    return None if value is None else str(value)
