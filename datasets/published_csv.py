"""CSV files as publishers serve them, for parsers: the columns that are needed must be there."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from datasets.errors import InputError, Problem, nearest

Row = dict[str, str]


def header_of(path: Path, encoding: str = "utf-8-sig") -> list[str]:
    """The names of the columns; none for an empty file."""
    return [name.strip() for name in next(_lines(path, encoding), (0, []))[1]]


def read_published(
    path: Path, columns: Sequence[str], encoding: str = "utf-8-sig"
) -> Iterator[tuple[int, Row]]:
    """Line and cells of every row, with the blanks around cells taken off; other columns too.

    Raises InputError for columns that are missing (each by its name), a row of another length, a
    name that is there twice, text that is not CSV or not in its encoding.
    """
    lines = _lines(path, encoding)
    header = [name.strip() for name in next(lines, (0, []))[1]]
    problems = [
        Problem(str(path), "column is missing", 1, name, nearest(name, header))
        for name in columns
        if name not in header
    ]
    problems += [
        Problem(str(path), "column is there twice", 1, name)
        for name in columns
        if header.count(name) > 1
    ]
    if problems:
        raise InputError("not the columns that the publisher's file has:", problems=problems)
    for line, cells in lines:
        if not cells:
            continue  # an empty line
        if len(cells) != len(header):
            message = f"has {len(cells)} cells, the header has {len(header)}"
            raise InputError.at(path, message, line=line)
        yield line, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}


def count(path: Path, line: int, field: str, cell: str) -> str | None:
    """A count without its commas, None for a blank one. InputError for a cell that is neither."""
    digits = cell.replace(",", "")
    if not digits:
        return None
    if not (digits.isascii() and digits.removeprefix("-").isdigit()):
        raise InputError.at(path, f"{cell!r} is not a count", line=line, field=field)
    return digits


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, list[str]]]:
    line = 0
    try:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, strict=True)
            for cells in reader:
                line = reader.line_num
                yield line, cells
    except UnicodeDecodeError as error:
        name = encoding.removesuffix("-sig").upper()
        raise InputError.at(path, f"is not {name}: {error.reason}", line=line + 1) from error
    except csv.Error as error:
        raise InputError.at(path, f"is not CSV: {error}", line=line + 1) from error
    except OSError as error:
        raise InputError.at(path, f"cannot be read: {error.strerror}") from error
