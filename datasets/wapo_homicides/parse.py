"""Read The Washington Post's ``homicide-data.csv``: one row a victim, 2007-2017.

Names, races, ages and sexes of victims and the places where they died are left behind. Two dates
have a digit too many (201511018): their day is not known, and is not guessed. The file is UTF-8 or
latin-1.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datasets.errors import InputError
from datasets.published_csv import read_published
from datasets.reference_tables import reference, slug

COLUMNS = ("uid", "reported_date", "city", "state", "disposition")
#: City and state as published -> as it is: there is no Tulsa in Alabama.
CORRECTED = {("Tulsa", "AL"): ("Tulsa", "OK")}


def parse(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    """One row a victim. Raises InputError naming file, line and column."""
    cities = {p["place"] for p in reference("places") if p["kind"] == "city"}
    for part in parts:
        for line, row in read_published(part, COLUMNS, _encoding(part)):
            city, state = CORRECTED.get((row["city"], row["state"]), (row["city"], row["state"]))
            place = f"{slug(city)}-{state.lower()}"
            yield {
                "uid": row["uid"],
                "reported_date": _day(part, line, row["reported_date"]),
                "year": row["reported_date"][:4],
                "city": row["city"],
                "state": row["state"].upper(),
                "place": place if place in cities else None,
                "disposition": row["disposition"],
            }


def _day(part: Path, line: int, cell: str) -> str | None:
    """YYYYMMDD as ISO; None for a day that cannot be in a year that can."""
    if not re.fullmatch(r"(19|20)\d{6,7}", cell):
        raise InputError.at(part, f"{cell!r} is no date", line=line, field="reported_date")
    if len(cell) != 8:
        return None
    try:
        return dt.date(int(cell[:4]), int(cell[4:6]), int(cell[6:])).isoformat()
    except ValueError:
        return None


def _encoding(part: Path) -> str:
    try:
        part.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return "latin-1"
    except OSError as error:
        raise InputError.at(part, f"cannot be read: {error.strerror}") from error
    return "utf-8-sig"
