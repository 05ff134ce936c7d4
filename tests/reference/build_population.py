"""Make the snapshot of the Census Bureau's population estimates for the places known here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.reference.build_cited import Row, read_csv
from tests.reference.common import DATASETS, write_snapshot

CENSUS_YEARS = range(2010, 2020)
CENSUS_COLUMNS = (
    *("place", "sumlev", "state_fips", "place_or_county_fips", "name", "year", "population"),
)


def census_population(root: Path, sources: Path) -> Path:
    """Estimates as of 1 July 2010-2019 of every place in places.csv that the files carry."""
    folder = sources / "census"
    counties = list(read_csv(folder / "co-est2019-alldata.csv", "latin-1"))
    cities = list(read_csv(folder / "sub-est2019_all.csv", "latin-1"))
    rows = [
        row for place, line in _census_lines(counties, cities) for row in _census_rows(place, line)
    ]
    rows.sort(key=lambda row: (str(row["sumlev"]), str(row["place"]), str(row["year"])))
    return write_snapshot(
        root,
        dataset="census_population",
        vintage="2020-05-21",
        vintage_basis=(
            "Vintage 2019 of the population estimates: counties were released on 2020-03-26,"
            " cities on 2020-05-21, which is taken for all"
        ),
        published="2020-05-21",
        source_url="https://www2.census.gov/programs-surveys/popest/datasets/2010-2019/",
        origin=(
            "POPESTIMATE2010-2019 of co-est2019-alldata and sub-est2019_all for the places known"
            " here, one row a year; the United States is the sum of the 50 states and the District"
            " of Columbia, as no file has a row for it; cities merged with their county"
            " (Athens, Indianapolis, Lexington, Louisville, Nashville) are not in the city file"
        ),
        rows=rows,
        columns=CENSUS_COLUMNS,
        file="population.csv",
    )


def _census_lines(
    counties: Iterable[dict[str, str]], cities: Iterable[dict[str, str]]
) -> Iterator[tuple[str, dict[str, str]]]:
    """The line of each place of places.csv: by FIPS code, padded to 2, 2+3 or 2+5 digits."""
    lines: dict[str, dict[str, str]] = {}
    for line in counties:
        state, county = line["STATE"].zfill(2), line["COUNTY"].zfill(3)
        lines[state if line["SUMLEV"] == "40" else state + county] = {
            **line,
            "code": county,
            "NAME": line["CTYNAME"],
        }
    for line in cities:
        code = line["PLACE"].zfill(5)
        lines[line["STATE"].zfill(2) + code] = {**line, "code": code}
    states = [line for code, line in lines.items() if len(code) == 2]
    nation = {"SUMLEV": "10", "STATE": "", "code": "", "NAME": "United States"}
    for column in (f"POPESTIMATE{year}" for year in CENSUS_YEARS):
        nation[column] = str(sum(int(line[column]) for line in states))
    yield "united-states", nation
    for place in read_csv(DATASETS / "reference" / "places.csv", "utf-8"):
        if place["kind"] in ("state", "county", "city") and place["fips"] in lines:
            yield place["place"], lines[place["fips"]]


def _census_rows(place: str, line: dict[str, str]) -> Iterator[Row]:
    for year in CENSUS_YEARS:
        yield {
            "place": place,
            "sumlev": line["SUMLEV"].zfill(3),
            "state_fips": line["STATE"] and line["STATE"].zfill(2),
            "place_or_county_fips": line["code"] if line["SUMLEV"] != "40" else "",
            "name": line["NAME"],
            "year": year,
            "population": line[f"POPESTIMATE{year}"],
        }
