"""Make the snapshot of the Census Bureau's population estimates for the places known here."""

from __future__ import annotations

from pathlib import Path

from datasets.census_population.parse import parse
from tests.reference.common import write_snapshot

CENSUS_COLUMNS = (
    *("place", "sumlev", "state_fips", "place_or_county_fips", "name", "year", "population"),
)


def census_population(root: Path, sources: Path) -> Path:
    """Estimates as of 1 July 2010-2019 of every place in places.csv that the files carry."""
    files = [sources / "census" / n for n in ("co-est2019-alldata.csv", "sub-est2019_all.csv")]
    rows = [dict(row) for row in parse(files)]
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
