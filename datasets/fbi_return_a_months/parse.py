"""Read Return A master files: one row a record and month, as text under the declared columns.

Every part is one year. A blank is no zero: a month in which nothing is filled in has no row, and a
record without any month has a single row, without a month.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datasets.errors import InputError
from datasets.fbi_return_a_months import layout
from datasets.fbi_return_a_months.records import read_count, records

Row = dict[str, str | None]

FIRST_YEAR = 60  # the files begin in 1960: a lower number is a year of this century
ORI = re.compile(r"[A-Z0-9]{7}")

#: Column -> the slices of a month whose counts it is the sum of.
COUNTS: dict[str, tuple[slice, ...]] = {
    **{
        name: tuple(layout.count_field(layout.ACTUAL, p).within() for p in positions)
        for name, positions in layout.COUNTS.items()
    },
    **{
        f"{name}_cleared": tuple(
            layout.count_field(layout.CLEARED, p).within() for p in layout.COUNTS[name]
        )
        for name in layout.INDEX_OFFENSES
    },
}
MONTH_COLUMNS = ("month", "included_in", "card", *COUNTS)


def parse(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    """Rows of all files. Raises InputError naming file, record (as line) and field."""
    files: dict[str, Path] = {}
    for part in parts:
        year = ""
        seen: Counter[str] = Counter()
        for number, record in enumerate(records(part), start=1):
            header = _header(part, number, record)
            if not year:
                year = str(header["year"])
                if year in files:
                    raise InputError.at(part, f"is of {year}, as {files[year].name} is")
                files[year] = part
            elif header["year"] != year:
                message = f"is of {header['year']}, the records before it of {year}"
                raise InputError.at(part, message, line=number, field="year")
            seen[str(header["ori"])] += 1
            header["record"] = str(seen[str(header["ori"])])
            yield from _months(part, number, record, header)
        if not year:
            raise InputError.at(part, "has no records")


def _header(part: Path, number: int, record: str) -> Row:
    ori = record[layout.ORI.within()]
    if not ORI.fullmatch(ori):
        raise InputError.at(part, f"{ori!r} is no agency identifier", line=number, field="ori")
    year = record[layout.YEAR.within()]
    if not (year.isascii() and year.isdigit()):
        raise InputError.at(part, f"{year!r} is no year", line=number, field="year")
    try:
        populations = [read_count(record[field.within()]) for field in layout.POPULATIONS]
    except ValueError as error:
        raise InputError.at(part, str(error), line=number, field="population") from error
    people = sum(count for count in populations if count is not None)
    return {
        "ori": ori + "00",
        "year": str(int(year) + (1900 if int(year) >= FIRST_YEAR else 2000)),
        "agency": _text(record, layout.AGENCY),
        "state": _text(record, layout.STATE),
        "population_group": _text(record, layout.GROUP),
        "covered_by": _text(record, layout.COVERED_BY),
        "last_month": _text(record, layout.LAST_MONTH),
        # 0 marks an agency whose people are counted elsewhere
        "population": str(people) if people else None,
    }


def _months(part: Path, number: int, record: str, header: Row) -> Iterator[Row]:
    found = False
    for month in range(1, layout.MONTHS + 1):
        start = layout.FIRST_MONTH - 1 + layout.MONTH * (month - 1)
        block = record[start : start + layout.MONTH]
        if block.isspace():
            continue
        counts = _counts(part, number, month, block)
        included_in = _text(block, layout.INCLUDED_IN)
        if included_in is not None and not included_in.strip("0"):
            included_in = None
        if included_in is None and not any(counts.values()):
            continue
        found = True
        yield header | {
            "month": str(month),
            "included_in": included_in,
            "card": _text(block, layout.CARD),
            **counts,
        }
    if not found:
        yield header | dict.fromkeys(MONTH_COLUMNS)


def _counts(part: Path, number: int, month: int, block: str) -> Row:
    """The counts of a month as text; one of which a part is blank is not known."""
    found: Row = {}
    for name, slices in COUNTS.items():
        try:
            if len(slices) == 1:
                value = read_count(block[slices[0]])
            else:
                values = [read_count(block[s]) for s in slices]
                value = None if None in values else sum(v for v in values if v is not None)
        except ValueError as error:
            field = f"{name} of month {month}"
            raise InputError.at(part, str(error), line=number, field=field) from error
        found[name] = None if value is None else str(value)
    return found


def _text(text: str, field: layout.Field) -> str | None:
    return text[field.within()].strip() or None
