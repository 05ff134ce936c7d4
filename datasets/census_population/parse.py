"""Read the Census Bureau's bulk files of population estimates: ``co-est*``, and ``sub-est*``.

They are latin-1, with a column a year (POPESTIMATE2010, …) and FIPS codes padded or not. Counties
come with their states (``co-est*-alldata``); no file has a row of the nation, which is the sum of
the 51 states. Cities (``sub-est*``) have rows of other kinds beside them, such as parts by county.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datasets.errors import InputError
from datasets.published_csv import count, header_of, read_published
from datasets.reference_tables import reference

ESTIMATE = re.compile(r"POPESTIMATE((?:19|20)\d\d)")
#: What is read; each kind of file has a part of it.
COLUMNS = ("SUMLEV", "STATE", "COUNTY", "CTYNAME", "PLACE", "NAME", "POPESTIMATE*")
STATE, COUNTY, CITY = "040", "050", "162"
STATES = 51

#: State and code of a place or county (empty for a state) -> the row of its kind.
Code = tuple[str, str]
Row = dict[str, str | None]


def parse(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    """Rows of the known places, a year each. Raises InputError naming file, line and field."""
    codes = {
        (place["fips"][:2], place["fips"][2:]): place["place"]
        for place in reference("places")
        if place["kind"] in ("state", "county", "city") and place["fips"]
    }
    for part in parts:
        states: dict[str, dict[str, int]] = {}
        for level, code, name, estimates in _lines(part):
            if level == STATE:
                states[code[0]] = estimates
            if code in codes:
                yield from _years(codes[code], level, code, name, estimates)
        if states:
            yield from _nation(part, states)


def _lines(part: Path) -> Iterator[tuple[str, Code, str, dict[str, int]]]:
    """Level, code, name and estimates by year of the states, counties and cities of a file."""
    header = header_of(part, "latin-1")
    years = {match[1]: name for name in header if (match := ESTIMATE.fullmatch(name))}
    cities = "PLACE" in header
    name, code = ("NAME", "PLACE") if cities else ("CTYNAME", "COUNTY")
    columns = ("SUMLEV", "STATE", code, name, *years.values())
    for line, row in read_published(part, columns, "latin-1"):
        if not years:
            raise InputError.at(part, "column is missing", line=1, field="POPESTIMATE2010 or other")
        level = row["SUMLEV"].zfill(3)
        if level not in ((CITY,) if cities else (STATE, COUNTY)):
            continue
        estimates = {}
        for year, column in years.items():
            value = count(part, line, column, row[column])
            if value is None:
                raise InputError.at(part, "is required", line=line, field=column)
            estimates[year] = int(value)
        own = "" if level == STATE else row[code].zfill(5 if cities else 3)
        yield level, (row["STATE"].zfill(2), own), row[name], estimates


def _years(
    place: str, level: str, code: Code, name: str, estimates: Mapping[str, int]
) -> Iterator[Row]:
    for year, people in estimates.items():
        yield {
            "place": place,
            "sumlev": level,
            "state_fips": code[0] or None,
            "place_or_county_fips": code[1] or None,
            "name": name,
            "year": year,
            "population": str(people),
        }


def _nation(part: Path, states: Mapping[str, Mapping[str, int]]) -> Iterator[Row]:
    own = {code: years for code, years in states.items() if code != "72"}  # not Puerto Rico
    if len(own) != STATES:
        message = f"has {len(own)} states, not {STATES}: the nation cannot be summed"
        raise InputError.at(part, message, field="STATE")
    years = {
        year: sum(people[year] for people in own.values()) for year in next(iter(own.values()))
    }
    yield from _years("united-states", "010", ("", ""), "United States", years)
