"""Read the Real-Time Crime Index's ``final_sample.csv``: one row an agency and month.

Sums over agencies stand among the agencies (agency "Full Sample", state "Nationwide", regions and
groups of cities): they are left out. Missing values are empty or ``NA``. Earlier editions lack the
region, which is not used.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datasets.errors import InputError, nearest
from datasets.published_csv import count, read_published
from datasets.reference_tables import reference, slug, states

#: Column of the file -> ours.
COUNTS = {
    "Murder": "murder",
    "Rape": "rape",
    "Robbery": "robbery",
    "Aggravated Assault": "aggravated_assault",
    "Burglary": "burglary",
    "Theft": "larceny",
    "Motor Vehicle Theft": "motor_vehicle_theft",
    "FBI.Population.Covered": "population",
}
COLUMNS = ("Month", "Year", "Agency", "State", *COUNTS, "Source.Type", "Last Updated")
#: What stands in the state of a sum over agencies.
NOT_STATES = ("NATIONWIDE", "NORTHEAST", "MIDWEST", "SOUTH", "WEST", "OTHER", "")
MONTHS = {
    name: n for names in (calendar.month_name, calendar.month_abbr) for n, name in enumerate(names)
}


def parse(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    """Rows of single agencies. Raises InputError naming file, line and column."""
    cities = {p["place"] for p in reference("places") if p["kind"] == "city"}
    abbreviations = set(states().values())
    for part in parts:
        for line, row in read_published(part, COLUMNS):
            state = states().get(row["State"].upper(), row["State"].upper())
            if state not in abbreviations:
                if state in NOT_STATES:
                    continue
                near = nearest(row["State"], [*(name.title() for name in states()), "Nationwide"])
                message = f'"{row["State"]}" is no state'
                raise InputError.at(part, message, line=line, field="State", nearest=near)
            place = f"{slug(row['Agency'])}-{state.lower()}"
            yield {
                "agency": row["Agency"],
                "state": state,
                "place": place if place in cities else None,
                "month": _month(part, line, row["Year"], row["Month"]),
                **{ours: _count(part, line, name, row[name]) for name, ours in COUNTS.items()},
                "source_type": row["Source.Type"] or None,
                "last_updated": row["Last Updated"] or None,
            }


def _month(part: Path, line: int, year: str, month: str) -> str:
    try:
        number = MONTHS.get(month.title()) or int(float(month))
        return dt.date(int(float(year)), number, 1).isoformat()
    except (ValueError, OverflowError):
        raise InputError.at(
            part, f"{month!r} of {year!r} is no month", line=line, field="Month"
        ) from None


def _count(part: Path, line: int, field: str, cell: str) -> str | None:
    """A count; written by R, which puts ``NA`` for a missing value and may put ``12.0`` for 12."""
    return None if cell == "NA" else count(part, line, field, cell.removesuffix(".0"))
