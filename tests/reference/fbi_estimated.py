"""Make the snapshots of the FBI's estimated crimes of the nation and the states."""

from __future__ import annotations

from pathlib import Path

from datasets.fbi_estimated_crimes.parse import NATION, parse, state_places
from datasets.fbi_tables import columns, count, footnotes, header, split_marks, text
from datasets.reference_tables import slug
from datasets.workbook import Cell as SheetCell
from datasets.workbook import read_sheet
from tests.reference.common import Cell, read, write_snapshot

COLUMNS = [
    "year", "place", "state_abbr", "population", "violent_crime", "murder", "rape_legacy",
    "rape_revised", "robbery", "aggravated_assault", "property_crime", "burglary", "larceny",
    "motor_vehicle_theft", "caveats", "source",
]  # fmt: skip
LAST_CROSS_CHECK_YEAR = 1978  # the FBI's own file begins in 1979

#: column of the spreadsheets, by the start of its header, -> ours
HEADERS = {
    "population": "population",
    "violent crime": "violent_crime",
    "murder": "murder",
    "rape (legacy": "rape_legacy",
    "rape (revised": "rape_revised",
    "robbery": "robbery",
    "aggravated": "aggravated_assault",
    "property": "property_crime",
    "burglary": "burglary",
    "larceny": "larceny",
    "motor": "motor_vehicle_theft",
}
CORGIS = {
    "population": "Data.Population",
    "violent_crime": "Data.Totals.Violent.All",
    "murder": "Data.Totals.Violent.Murder",
    "rape_legacy": "Data.Totals.Violent.Rape",
    "robbery": "Data.Totals.Violent.Robbery",
    "aggravated_assault": "Data.Totals.Violent.Assault",
    "property_crime": "Data.Totals.Property.All",
    "burglary": "Data.Totals.Property.Burglary",
    "larceny": "Data.Totals.Property.Larceny",
    "motor_vehicle_theft": "Data.Totals.Property.Motor",
}
#: year of the data -> (published, first year of Table 1)
CIUS = {2013: ("2014-11-10", 1994), 2014: ("2015-09-28", 1995), 2015: ("2016-09-26", 1996)}
EXPLORER = "https://cde.ucr.cjis.gov/LATEST/webapp/#/pages/downloads"


def build(root: Path, data: Path) -> None:
    """Write all vintages of ``fbi_estimated_crimes`` below ``root``."""
    for year, (published, first) in CIUS.items():
        crime_in_the_us(root, data / "fbi_cius", year, published, first)
    old = cross_check(data / "fbi_national" / "corgis_state_crime.csv")
    _write(
        root,
        "2020-09-28",
        "the FBI published the estimates to 2019 on this day",
        EXPLORER,
        "estimated_crimes_1979_2019.csv: the nation (blank state) and the states, all columns. "
        "The years 1960-1978, which the FBI's file does not have, are from the State Crime data of "
        "the CORGIS project (source 'CORGIS cross-check'): FBI figures of mixed vintages, kept as "
        "the only source for those years. In rows of 'CORGIS cross-check' state_abbr is ours.",
        old + explorer(data / "fbi_national" / "estimated_crimes_1979_2019.csv"),
    )
    _write(
        root,
        "2023-10-16",
        "the FBI published the estimates to 2022 on this day",
        EXPLORER,
        "estimated_crimes_1979_2022.csv: the nation (blank state or 'United States Total') and the "
        "states, without the column 'Total crimes', which counts crimes twice. The file has no row "
        "of the nation for 2017-2020. Blanks around numbers taken off.",
        explorer(data / "fbi_national" / "estimated_crimes_1979_2022.csv"),
    )


def explorer(path: Path) -> list[dict[str, Cell]]:
    """Rows of an ``estimated_crimes`` file of the FBI's Crime Data Explorer."""
    return [dict(row) for row in parse([path])]


def cross_check(path: Path) -> list[dict[str, Cell]]:
    """Rows before 1979 of the CORGIS file."""
    places = state_places()
    rows = []
    for row in read(path):
        if int(row["Year"]) <= LAST_CROSS_CHECK_YEAR:
            cells: dict[str, Cell] = {name: row[column] for name, column in CORGIS.items()}
            place = slug(row["State"])
            cells |= {"year": row["Year"], "place": place, "state_abbr": places[place]}
            rows.append(cells | {"rape_revised": "", "caveats": "", "source": "CORGIS cross-check"})
    return rows


def crime_in_the_us(root: Path, folder: Path, year: int, published: str, first: int) -> None:
    """The nation over twenty years (Table 1) and the states in two (Table 4) of one edition."""
    (table_1,) = folder.glob(f"Table_1_*_{first}-{year}.xls")
    (table_4,) = folder.glob(f"Table_4_*_{year - 1}-{year}.xls")
    _write(
        root,
        published,
        f"the FBI published Crime in the United States, {year}, on this day",
        f"https://ucr.fbi.gov/crime-in-the-u.s/{year}/crime-in-the-u.s.-{year}",
        f"{table_1.name}: the nation {first}-{year}; {table_4.name}: the states {year - 1}-{year}. "
        "Rates, regions, Puerto Rico and the nation in Table 4 (whose violent crime may contain "
        "rape by another definition than Table 1) left out; footnotes' texts put in caveats.",
        _table_1(table_1) + _table_4(table_4),
    )


def _table_1(path: Path) -> list[dict[str, Cell]]:
    rows = read_sheet(path)
    head = header(path, rows, ["year"])
    end = next(i for i, row in enumerate(rows) if i > head and str(row[0]).startswith("1 "))
    notes = footnotes(rows[: end + 10])
    at = columns(path, rows, head, HEADERS, optional=["rape_revised"])  # the first edition has none
    out = []
    for line, row in enumerate(rows[head + 1 : end], start=head + 2):
        label = text(row[0])
        caveats = [notes[int(label[4:])]] if label[4:] else []
        cells = _figures(path, line, row, at)
        out.append(cells | _labels(label[:4], NATION, "", caveats, "Table 1"))
    return out


def _table_4(path: Path) -> list[dict[str, Cell]]:
    rows = read_sheet(path)
    head = header(path, rows, ["area"])
    notes, at, places = footnotes(rows), columns(path, rows, head, HEADERS), state_places()
    out = []
    state, caveats = "", [""]
    for line, row in enumerate(rows[head + 1 :], start=head + 2):
        if text(row[0]):
            area, marks = split_marks(str(row[0]))
            state, caveats = slug(area), [notes[mark] for mark in marks if mark in notes]
        if isinstance(row[1], int | float) and state in places:
            cells = _figures(path, line, row, at)
            out.append(cells | _labels(text(row[1]), state, places[state], caveats, "Table 4"))
    return out


def _figures(path: Path, line: int, row: list[SheetCell], at: dict[str, int]) -> dict[str, Cell]:
    cells: dict[str, Cell] = dict.fromkeys(COLUMNS)
    return cells | {name: count(path, line, name, row[position]) for name, position in at.items()}


def _labels(year: str, place: str, state: str, caveats: list[str], source: str) -> dict[str, Cell]:
    return {
        "year": year,
        "place": place,
        "state_abbr": state,
        "source": source,
        "caveats": " ".join(caveats),
    }


def _write(
    root: Path, published: str, basis: str, url: str, origin: str, rows: list[dict[str, Cell]]
) -> None:
    write_snapshot(
        root,
        dataset="fbi_estimated_crimes",
        vintage=published,
        vintage_basis=basis,
        published=published,
        source_url=url,
        origin=origin,
        rows=sorted(
            rows, key=lambda row: (str(row["year"]), row["place"] != NATION, str(row["place"]))
        ),
        columns=COLUMNS,
        file="estimated.csv",
    )
