"""Make the snapshots of offenses by city, one an edition of the FBI's *Crime in the U.S.*"""

from __future__ import annotations

from pathlib import Path

from datasets.fbi_cius_city.parse import parse
from datasets.fbi_cius_city.table import CITY_NAMES, OFFENSES, Table, place_of, read_table
from datasets.fbi_tables import split_marks
from datasets.reference_tables import reference
from tests.reference.common import Cell, read, write_snapshot

LARGE_CITY = 100_000  # people, in any of the four years
COLUMNS = [
    "year",
    "state",
    "city",
    "place",
    "population",
    *OFFENSES.values(),
    "source_table",
    "note",
]

#: year of the data -> (published, table of cities, table of counties in Florida)
CIUS = {
    2013: (
        "2014-11-10",
        "Table_8_Offenses_Known_to_Law_Enforcement_by_State_by_City_2013.xls",
        "Table_10_Offenses_Known_to_Law_Enforcement_by_Florida_by_Metropolitan_and_"
        "Nonmetropolitan_Counties_2013.xls",
    ),
    2014: (
        "2015-09-28",
        "Table_8_Offenses_Known_to_Law_Enforcement_by_State_by_City_2014.xls",
        "Table_10_Offenses_Known_to_Law_Enforcement_Florida_by_Metropolitan_and_"
        "Nonmetropolitan_Counties_2014.xls",
    ),
    2015: (
        "2016-09-26",
        "Table_8_Offenses_Known_to_Law_Enforcement_by_State_by_City_2015.xls",
        "Table_10_Offenses_Known_to_Law_Enforcement_Florida_by_Metropolitan_and_"
        "Nonmetropolitan_Counties_2015.xls",
    ),
    2016: (
        "2017-09-25",
        "Table_6_Offenses_Known_to_Law_Enforcement_by_State_by_City_2016.xls",
        None,
    ),
}


def build(root: Path, data: Path, return_a: dict[tuple[str, str], dict[str, str]]) -> None:
    """Write the vintages of ``fbi_cius_city``; ``return_a``: rows by (ORI, year)."""
    folder = data / "fbi_cius"
    tables = {year: read_table(folder / city) for year, (_, city, _) in CIUS.items()}
    in_county = {p["part"] for p in reference("place_part") if p["place"] == "miami-dade-county-fl"}
    wanted = in_county | {
        place_of(row)
        for table in tables.values()
        for row in table.rows
        if row.population is not None and row.population >= LARGE_CITY
    }
    tidy = {
        (row["year"], split_marks(row["state_raw"])[0], city_of(row["city_raw"])): row
        for row in read(folder / "cius_city_2013_2016.csv")
    }
    for year, (published, city_file, county_file) in CIUS.items():
        rows: list[dict[str, Cell]] = [
            dict(row) for row in parse([folder / city_file]) if row["place"] in wanted
        ]
        cells, differ = against_tidy(tables[year], wanted, tidy)
        county = return_a["FL0130000", str(year)]
        rows.append(miami_dade_pd(county, folder / county_file if county_file else None))
        rows.sort(key=lambda row: str(row["place"]))
        write_snapshot(
            root,
            dataset="fbi_cius_city",
            vintage=published,
            vintage_basis=f"the FBI published Crime in the United States, {year}, on this day",
            published=published,
            source_url=f"https://ucr.fbi.gov/crime-in-the-u.s/{year}/crime-in-the-u.s.-{year}",
            origin=(
                f"{city_file}: cities of {LARGE_CITY:,} people or more in any year 2013-2016 and "
                "the 34 municipalities of Miami-Dade County, without arson; footnote marks taken "
                "off the names, the footnotes' texts put in note. The Miami-Dade Police Department "
                + (
                    f"from {county_file}, its population from Return A (agency FL0130000), as that "
                    "table has none. "
                    if county_file
                    else "from Return A (agency FL0130000), as Table 8 of 2016 (counties) was not "
                    "at hand. "
                )
                + f"Checked against a table of the same files tidied by others: {differ} of "
                f"{cells} cells differ."
            ),
            rows=rows,
            columns=COLUMNS,
            file="city.csv",
        )


def city_of(name: str) -> str:
    """The city of a row in our list of places."""
    plain, _ = split_marks(name)
    return CITY_NAMES.get(plain, plain)


def miami_dade_pd(return_a_row: dict[str, str], table_10: Path | None) -> dict[str, Cell]:
    """The row of the county's police: Table 10 of Florida, for 2016 Return A."""
    population = int(return_a_row["population"])
    if table_10 is not None:
        (found,) = parse([table_10])
        note = "population from Return A, agency FL0130000"
        return {**found, "population": population, "note": note}
    row: dict[str, Cell] = {"state": "FLORIDA", "city": "Miami-Dade", "place": "miami-dade-pd"}
    row |= {"year": int(return_a_row["year"]), "population": population}
    names = ("murder", "robbery", "agg_assault", "burglary", "larceny", "mvt")
    row |= {name: int(return_a_row[name]) for name in names}
    row |= {"rape_revised": int(return_a_row["rape"]), "rape_legacy": None}
    row["violent_crime"] = int(return_a_row["index_violent"])
    row["property_crime"] = sum(int(return_a_row[name]) for name in names[3:])
    row["source_table"] = "Return A, agency FL0130000"
    row["note"] = "property crime is the sum of its three parts"
    return row


def against_tidy(
    table: Table, wanted: set[str], tidy: dict[tuple[str, str, str], dict[str, str]]
) -> tuple[int, int]:
    """How many cells were compared with the tidied table, and how many differ."""
    cells = differ = 0
    for row in table.rows:
        if place_of(row) not in wanted:
            continue
        other = tidy[table.year, row.state, row.name]
        for name, value in {"population": row.population, **row.figures}.items():
            cells += 1
            differ += value != (int(float(other[name])) if other[name] else None)
    return cells, differ
