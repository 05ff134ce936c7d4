"""Read the ``estimated_crimes`` file of the FBI's Crime Data Explorer.

Rows of the nation have no state, or are named "United States Total"; a file may lack some of them
(that of 2022 has none for 2017-2020). Numbers may have blanks around them and commas in them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datasets.errors import InputError, Problem, nearest
from datasets.reference_tables import reference, slug

NATION = "united-states"
NATION_NAMES = ("", "United States", "United States Total")

#: Column of the file -> ours.
FIGURES = {
    "population": "population",
    "violent_crime": "violent_crime",
    "homicide": "murder",
    "rape_legacy": "rape_legacy",
    "rape_revised": "rape_revised",
    "robbery": "robbery",
    "aggravated_assault": "aggravated_assault",
    "property_crime": "property_crime",
    "burglary": "burglary",
    "larceny": "larceny",
    "motor_vehicle_theft": "motor_vehicle_theft",
}
COLUMNS = ("year", "state_abbr", "state_name", *FIGURES, "caveats")


def parse(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    """Rows of the nation and the states. Raises InputError naming file, line and field."""
    for part in parts:
        yield from _rows(part)


def state_places() -> dict[str, str]:
    """Two-letter abbreviation of each state and of the nation (none), by place."""
    return {p["place"]: p["state"] for p in reference("places") if p["kind"] in ("nation", "state")}


def _rows(path: Path) -> Iterator[Mapping[str, str | None]]:
    places = state_places()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_header(path, [name.strip() for name in reader.fieldnames or ()])
            reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
            for row in reader:
                yield _row(path, reader.line_num, row, places)
    except UnicodeDecodeError as error:
        raise InputError.at(path, f"is not UTF-8: {error.reason}") from error
    except csv.Error as error:
        raise InputError.at(path, f"is not CSV: {error}", line=reader.line_num) from error


def _check_header(path: Path, header: list[str]) -> None:
    problems = [
        Problem(str(path), "column is missing", 1, name, nearest(name, header))
        for name in COLUMNS
        if name not in header
    ]
    if problems:
        raise InputError("not the columns of an estimated_crimes file:", problems=problems)


def _row(
    path: Path, line: int, row: Mapping[str | None, str | None], places: Mapping[str, str]
) -> Mapping[str, str | None]:
    cells = {name: " ".join((row[name] or "").split()) for name in COLUMNS}
    if None in row or any(row[name] is None for name in COLUMNS):
        raise InputError.at(path, "has not as many cells as the header", line=line)
    name, state = cells["state_name"], cells["state_abbr"]
    place = NATION if name in NATION_NAMES else slug(name)
    if place not in places:
        known = nearest(place, places)
        raise InputError.at(path, f'"{name}" is no state', line=line, nearest=known)
    if place != NATION and places[place] != state:
        raise InputError.at(path, f'{name} is not "{state}"', line=line, field="state_abbr")
    return {
        "year": cells["year"],
        "place": place,
        "state_abbr": state or None,
        **{ours: _figure(path, line, theirs, cells[theirs]) for theirs, ours in FIGURES.items()},
        "caveats": cells["caveats"] or None,
        "source": "FBI estimates",
    }


def _figure(path: Path, line: int, field: str, cell: str) -> str | None:
    """A count without its commas; nothing for a blank cell."""
    digits = cell.replace(",", "")
    if not digits:
        return None
    if not digits.removeprefix("-").isdecimal():
        raise InputError.at(path, f"{cell!r} is not a count", line=line, field=field)
    return digits
