"""Spreadsheets of publishers, .xls and .xlsx, as rows of plain cells."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from datasets.errors import InputError, SourceWrong, nearest

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

#: A blank cell is "", a number a float or, in some files, an int, a date a date or datetime.
Cell = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta

#: The largest workbook of crime statistics known has 20 MB unpacked.
MAX_BYTES = 500_000_000
#: The largest sheet known has 230,000 cells; an empty one takes memory as any other does.
MAX_CELLS = 10_000_000
#: Of the process that looks at a workbook first.
MAX_MEMORY = 2_000_000_000
MAX_SECONDS = 300

_LOOK = """
import resource, sys
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from python_calamine import CalamineWorkbook
book = CalamineWorkbook.from_path(sys.argv[1])
sheets = map(book.get_sheet_by_name, book.sheet_names)
print(max((sheet.total_height * sheet.total_width for sheet in sheets), default=0))
"""


def check_workbook(path: Path) -> None:
    """Raise SourceWrong unless every sheet of a publisher's workbook can be read here.

    It is read in a process of its own first: two cells far apart, which are five kilobytes, or a
    damaged table of contents make the reader end the process that it is in.
    """
    command = [sys.executable, "-I", "-c", _LOOK, str(path), str(MAX_MEMORY)]
    try:
        look = subprocess.run(
            command,
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
            timeout=MAX_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise SourceWrong("too large", f"is a workbook of more than {MAX_SECONDS} s") from None
    if look.returncode < 0:  # ended by a signal, as when there is no memory
        raise SourceWrong("too large", f"is a workbook that takes more than {MAX_MEMORY:,} bytes")
    if look.returncode:
        said = (look.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SourceWrong("type", f"is a workbook that cannot be read: {said[:200]}")
    if (cells := int(look.stdout)) > MAX_CELLS:
        raise SourceWrong("too large", f"is a workbook with a sheet of {cells:,} cells")


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
