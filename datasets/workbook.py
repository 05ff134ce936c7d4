"""Spreadsheets of publishers, .xls and .xlsx, as rows of plain cells."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from datasets.errors import InputError, nearest

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

#: A blank cell is "", a number a float or, in some files, an int, a date a date or datetime.
Cell = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta

#: The largest workbook of crime statistics known has 20 MB unpacked.
MAX_BYTES = 500_000_000


def sheet_names(path: Path) -> list[str]:
    """The names of the sheets, in their order. Raises InputError for a file that is no workbook."""
    return [str(name) for name in _workbook(path).sheet_names]


def read_sheet(path: Path, sheet: str | int = 0) -> list[list[Cell]]:
    """All cells of a sheet (by name, or by position from 0), row by row from the first of both.

    All rows are equally long. Raises InputError for a file that is no workbook, or has no such
    sheet.
    """
    book = _workbook(path)
    names = [str(name) for name in book.sheet_names]
    if isinstance(sheet, int):
        if sheet >= len(names):
            raise InputError.at(path, f"has {len(names)} sheets, not {sheet + 1}")
        sheet = names[sheet]
    if sheet not in names:
        near = nearest(sheet, names)
        raise InputError.at(path, f'has no sheet "{sheet}", but {", ".join(names)}', nearest=near)
    rows: list[list[Cell]] = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return rows


def _workbook(path: Path) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                size = sum(member.file_size for member in archive.infolist())
            if size > MAX_BYTES:
                raise InputError.at(path, f"unpacks to more than {MAX_BYTES:,} bytes")
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, zipfile.BadZipFile, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError.at(path, f"cannot be read as a spreadsheet: {reason}") from error
