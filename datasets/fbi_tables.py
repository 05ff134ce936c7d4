"""What the spreadsheets of the FBI's *Crime in the U.S.* have in common: headers, marks, footnotes.

They stick footnote numbers to the end of column titles, of names and of years, break titles over
lines as they like, and carry the footnotes below the last row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from datasets.errors import InputError, nearest
from datasets.workbook import Cell

FOOTNOTE = re.compile(r"^(\d+) +(\D.*)$", re.DOTALL)
MARKED = re.compile(r"^(.*?)((?:\d+[,.] *)*\d+)?$", re.DOTALL)

Rows = Sequence[Sequence[Cell]]


def text(cell: Cell) -> str:
    """A cell as one line of text; a whole number without a decimal point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def count(path: Path, line: int, field: str, cell: Cell) -> int | None:
    """A count; None for a blank cell. Raises InputError for a cell that is neither."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    if isinstance(cell, str):
        digits = cell.replace(",", "").strip()
        if not digits:
            return None
        if digits.isascii() and digits.removeprefix("-").isdigit():
            return int(digits)
    raise InputError.at(path, f"{cell!r} is not a count", line=line, field=field)


def split_marks(name: str) -> tuple[str, tuple[int, ...]]:
    """A name and the footnote numbers stuck to its end: ``Louisville Metro6, 7`` -> (…, (6, 7))."""
    match = MARKED.match(name.strip())
    assert match is not None
    marks = tuple(int(mark) for mark in re.findall(r"\d+", match.group(2) or ""))
    return match.group(1).strip(), marks


def footnotes(rows: Rows) -> dict[int, str]:
    """The texts below a table by their number, with single spaces."""
    found: dict[int, str] = {}
    for row in rows:
        match = FOOTNOTE.match(str(row[0]).strip())
        if match:
            found.setdefault(int(match.group(1)), " ".join(match.group(2).split()))
    return found


def is_footnote(row: Sequence[Cell]) -> bool:
    return FOOTNOTE.match(str(row[0]).strip()) is not None


def title(cell: Cell) -> str:
    """A column's title in plain words: ``Larceny-\\ntheft2`` -> ``larceny theft``."""
    return " ".join(re.sub(r"[\s\d\-]+", " ", str(cell)).lower().replace("( ", "(").split())


def header(path: Path, rows: Rows, first: Iterable[str]) -> int:
    """Position of the row of titles: the first whose first cell is one of ``first``."""
    wanted = [word.lower() for word in first]
    for position, row in enumerate(rows):
        if title(row[0]) in wanted:
            return position
    raise InputError.at(path, f'no row begins with "{" or ".join(wanted)}": the titles are missing')


def columns(
    path: Path, rows: Rows, position: int, names: Mapping[str, str], optional: Iterable[str] = ()
) -> dict[str, int]:
    """Position of each of our columns in the row of titles at ``position``.

    ``names``: how a title begins -> our name; a title that ends in "rate" is of another column.
    Raises InputError naming what is missing, unless ``optional``, or there twice.
    """
    titles = [title(cell) for cell in rows[position]]
    found: dict[str, int] = {}
    for start, name in names.items():
        at = [i for i, t in enumerate(titles) if t.startswith(start) and not t.endswith("rate")]
        if len(at) > 1:
            raise InputError.at(path, "column is there twice", line=position + 1, field=start)
        if at:
            found[name] = at[0]
    for start, name in names.items():
        if name not in found and name not in optional:
            near = nearest(start, [t for t in titles if t])
            raise InputError.at(
                path, "column is missing", line=position + 1, field=start, nearest=near
            )
    return found
