"""Read The Marshall Project's ``ucr_crime_1975_2015.csv``: only the rows that are the FBI's.

Rows that were filled from other publishers name them in ``source``; rows without an ORI are of the
nation. ``NA`` is a missing value. The file is in the order of years; the table is in that of its
key, so that the same rows are the same table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datasets.errors import InputError
from datasets.published_csv import count, read_published

#: Column of the file -> ours.
COUNTS = {
    "year": "year",
    "total_pop": "population",
    "homs_sum": "murder",
    "rape_sum": "rape",
    "rob_sum": "robbery",
    "agg_ass_sum": "agg_assault",
    "violent_crime": "violent_crime",
    "months_reported": "months_reported",
}
ROUND = re.compile(r"[1-9](\.\d+)?e\+0\d")
COLUMNS = ("ORI", "department_name", "source", *COUNTS)


def parse(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    """Rows of agencies that come from the FBI. Raises InputError naming file, line and field."""
    yield from sorted(_rows(parts), key=lambda row: (str(row["ori"]), str(row["year"])))


def _rows(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    for part in parts:
        for line, row in read_published(part, COLUMNS):
            cells = {name: "" if row[name] == "NA" else row[name] for name in COLUMNS}
            if not cells["ORI"] or cells["source"]:
                continue
            if len(cells["ORI"]) != 7:
                message = f'"{cells["ORI"]}" has not seven characters'
                raise InputError.at(part, message, line=line, field="ORI")
            yield {
                "ori": cells["ORI"] + "00",
                "department": cells["department_name"] or None,
                **{ours: _count(part, line, name, cells[name]) for name, ours in COUNTS.items()},
            }


def _count(part: Path, line: int, field: str, cell: str) -> str | None:
    """A count as it stands in the file, which R wrote: half a million people are ``5e+05``."""
    return cell if ROUND.fullmatch(cell) else count(part, line, field, cell)
