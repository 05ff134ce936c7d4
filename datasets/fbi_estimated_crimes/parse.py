"""Read the ``estimated_crimes`` file of the FBI's Crime Data Explorer.

Rows of the nation have no state, or are named "United States Total"; a file may lack some of them
(that of 2022 has none for 2017-2020). Numbers may have blanks around them and commas in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datasets.errors import InputError, nearest
from datasets.published_csv import count, read_published
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
    places = state_places()
    for part in parts:
        for line, row in read_published(part, COLUMNS):
            yield _row(part, line, row, places)


def state_places() -> dict[str, str]:
    """Two-letter abbreviation of each state and of the nation (none), by place."""
    return {p["place"]: p["state"] for p in reference("places") if p["kind"] in ("nation", "state")}


def _row(
    path: Path, line: int, row: Mapping[str, str], places: Mapping[str, str]
) -> Mapping[str, str | None]:
    name, state = row["state_name"], row["state_abbr"]
    place = NATION if name in NATION_NAMES else slug(name)
    if place not in places:
        near = nearest(place, places)
        raise InputError.at(path, f'"{name}" is no state', line=line, nearest=near)
    if place != NATION and places[place] != state:
        raise InputError.at(path, f'{name} is not "{state}"', line=line, field="state_abbr")
    return {
        "year": row["year"],
        "place": place,
        "state_abbr": state or None,
        **{ours: count(path, line, theirs, row[theirs]) for theirs, ours in FIGURES.items()},
        "caveats": " ".join(row["caveats"].split()) or None,
        "source": "FBI estimates",
    }
