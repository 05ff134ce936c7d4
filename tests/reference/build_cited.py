"""Make the snapshots of single figures that somebody published and no data set carries."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from tests.reference.common import Cell, write_snapshot

Row = dict[str, Cell]

CITED_COLUMNS = (
    *("measure", "place", "period_start", "period_end", "value", "unit"),
    *("definition", "published", "publisher", "note", "source_url"),
)
NCJRS = "https://www.ojp.gov/ncjrs/virtual-library"
POLICE_STATEMENT = (
    "https://www.nbcchicago.com/news/local/chicago-police-violence-plan-409169355.html"
)
CRIME_REPORT = (
    "https://thecrimereport.org/2017/01/18/clearance-rate-falls-as-chicagos-homicide-toll-rises/"
)
SUN_SENTINEL = (
    "https://www.sun-sentinel.com/news/florida/fl-reg-2017-crime-stats-so-far-20171121-story.html"
)
MIAMI_HERALD = "https://www.miamiherald.com/news/local/crime/article133388029.html"
MAYORS_LETTER = (
    "https://thenewamerican.com/us/immigration/"
    "miami-dade-ends-sanctuary-city-policies-and-gains-federal-funding/"
)
# How a source words its definition -> the definition's id, and where the figure can be read.
CITED_DEFINITIONS = {
    "police department year-end count": ("cpd_year_end", POLICE_STATEMENT),
    "research count": ("crime_lab", CRIME_REPORT),
    "as published by the Crime Lab": ("crime_lab", CRIME_REPORT),
    "FDLE county total": ("fdle_county_total", SUN_SENTINEL),
    "homicide deaths certified by the Medical Examiner": ("medical_examiner", MIAMI_HERALD),
    "homicides in the county": ("wilbanks_county", NCJRS),
    "Byrne JAG local allocation named in the county mayor's letter of 2017-08-05": (
        "jag_allocation",
        MAYORS_LETTER,
    ),
}
# The Crime Lab released its report on this day; the source only knows the year.
CRIME_LAB_RELEASED = "2017-01-17"
CITED_BASIS = {
    "1984-01-01": "only the year of publication (1984) is known: 1 January stands in for it",
    "2017-01-01": "the police department's statement is of 1 January 2017; of the Medical"
    " Examiner's figures only the year (2017) is known, and 1 January stands in for it",
    "2017-01-17": "day on which the Crime Lab released 'Gun Violence in Chicago, 2016'",
    "2017-08-07": "day of the press report on the county mayor's letter of 5 August 2017",
    "2017-11-21": "day of the press report on the semi-annual county report",
}


def cited_figures(root: Path, sources: Path) -> list[Path]:
    """One snapshot per day of publication, so that as-of readings see only what was out."""
    rows = [_cited_row(row) for row in read_csv(sources / "cited_figures.csv", "utf-8")]
    rows.sort(key=lambda row: [str(row[column]) for column in CITED_COLUMNS])
    return [
        _cited_day(root, day, [row for row in rows if row["published"] == day])
        for day in sorted({str(row["published"]) for row in rows})
    ]


def _cited_day(root: Path, day: str, rows: list[Row]) -> Path:
    return write_snapshot(
        root,
        dataset="cited_figures",
        vintage=day,
        vintage_basis=CITED_BASIS[day],
        published=day,
        source_url=str(rows[0]["source_url"]),
        origin="figures typed in by hand from the publication named in each row",
        rows=rows,
        columns=CITED_COLUMNS,
        file="figures.csv",
    )


def _cited_row(row: dict[str, str]) -> Row:
    definition, source_url = CITED_DEFINITIONS[row["definition"]]
    note = row["note"]
    if definition == "jag_allocation":
        note += "; the letter calls it the county's fiscal year 2016 grant"
    published = CRIME_LAB_RELEASED if definition == "crime_lab" else row["published"]
    return {
        **row,
        "definition": definition,
        "published": published,
        "note": note,
        "source_url": source_url,
    }


def read_csv(path: Path, encoding: str) -> Iterator[dict[str, str]]:
    """Rows of a CSV file as header -> text."""
    with path.open(encoding=encoding, newline="") as handle:
        yield from csv.DictReader(handle)
