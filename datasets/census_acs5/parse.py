"""Read answers of the Census Bureau's API: total population by the American Community Survey.

Each is a list of rows, the first of them the header, every value a text. The survey and its last
year are in the name of the file, ``2024-acs-acs5-place.json``. A value that the Bureau does not
give is a negative number that stands for the reason (-666666666: too few answers), or null.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets.answers import read_json
from datasets.errors import InputError
from datasets.reference_tables import reference

PART = re.compile(r"((?:19|20)\d\d)-acs-acs(\d)-(us|state|county|place)\.json")
POPULATION = "B01003_001E"
#: Columns whose codes together are a place's.
CODES = {"us": (), "state": ("state",), "county": ("state", "county"), "place": ("state", "place")}
#: How many digits each code has.
DIGITS = {"state": 2, "county": 3, "place": 5}


def parse(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    """Rows of the known places. Raises InputError naming file, row and column."""
    places = {
        place["fips"]: place["place"]
        for place in reference("places")
        if place["kind"] in ("state", "county", "city") and place["fips"]
    }
    for part in parts:
        match = PART.fullmatch(part.name)
        if match is None:
            raise InputError.at(part, "is not named after a survey, its last year and a level")
        last, span, level = int(match[1]), int(match[2]), match[3]
        header, *rows = read_json(part, "json")
        for number, values in enumerate(rows, start=2):
            row = dict(zip(header, values, strict=True))
            code = "".join(_code(part, number, name, row) for name in CODES[level])
            place = places.get(code) if code else "united-states"
            if place is not None:
                yield {
                    "place": place,
                    "level": level,
                    "fips": code or None,
                    "name": row["NAME"],
                    "first_year": str(last - span + 1),
                    "last_year": str(last),
                    "population": _people(part, number, row[POPULATION]),
                }


def _code(part: Path, number: int, name: str, row: Mapping[str, Any]) -> str:
    code = str(row[name])
    if not (code.isascii() and code.isdigit() and len(code) == DIGITS[name]):
        said = f"{row[name]!r} is not a code of {DIGITS[name]} digits"
        raise InputError.at(part, said, line=number, field=name)
    return code


def _people(part: Path, number: int, cell: Any) -> str | None:
    """A count as text; None where there is no estimate."""
    if cell is None:
        return None
    if not isinstance(cell, str) or not re.fullmatch(r"-?\d{1,12}", cell, re.ASCII):
        raise InputError.at(part, f"{cell!r} is not a count", line=number, field=POPULATION)
    return None if cell.startswith("-") else cell
