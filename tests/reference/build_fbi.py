"""Make the bundled FBI snapshots from the publishers' files.

``python -m tests.reference.build_fbi`` rewrites them below ``datasets/``; it needs the environment
variable CRIMECLAIMS_REFERENCE_DATA. The same files give the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from datasets.ucr_large_agencies.parse import parse
from tests.reference import fbi_cius, fbi_estimated
from tests.reference.common import DATASETS, read, reference_data, write_snapshot

RETURN_A = [
    "ori", "year", "population", "murder", "rape", "robbery", "agg_assault", "burglary", "larceny",
    "mvt", "index_violent", "murder_cleared", "source",
]  # fmt: skip
LARGE_AGENCIES = [
    "ori", "year", "department", "population", "murder", "rape", "robbery", "agg_assault",
    "violent_crime", "months_reported",
]  # fmt: skip


def main(root: Path = DATASETS) -> None:
    """Write all FBI snapshots below ``root``."""
    data = reference_data()
    return_a(root, data)
    fbi_cius.build(root, data, kaplan_rows(data))
    ucr_large_agencies(root, data)
    fbi_estimated.build(root, data)


def kaplan_rows(data: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Return A of three departments by (9-character ORI, year)."""
    rows = read(data / "kaplan" / "return_a_extract_chicago_miamidade_miami.csv")
    return {
        (row["ori"] + "00", row["year"]): row | {"ori": row["ori"] + "00", "source": "kaplan"}
        for row in rows
    }


def return_a(root: Path, data: Path) -> None:
    """Offenses and murder clearances, a row an agency and year.

    Where both compilations have an agency's year, Kaplan's row is kept, unless it is blank.
    """
    kaplan = kaplan_rows(data)
    cbs = {
        (row["ori"], row["year"]): dict.fromkeys(RETURN_A, "")
        | {"ori": row["ori"], "year": row["year"], "source": "cbs"}
        | {"murder": row["actual"], "murder_cleared": row["cleared"]}
        for row in read(data / "cbs" / "reta_murder_agency_year_1995_2020.csv")
        if row["ori"] != "US_SAMPLE"
    }
    both = [key for key in cbs if key in kaplan]
    blank = [key for key in both if not kaplan[key]["murder"]]
    differ = [
        key
        for key in both
        if key not in blank
        and any(cbs[key][name] != kaplan[key][name] for name in ("murder", "murder_cleared"))
    ]
    merged = cbs | {key: row for key, row in kaplan.items() if key not in blank or key not in cbs}
    rows = [merged[key] for key in sorted(merged)]
    write_snapshot(
        root,
        dataset="fbi_return_a",
        vintage="2024-09-23",
        vintage_basis=(
            "the earliest possible date: the figures run to 2023, which the FBI published on "
            "2024-09-23; the FBI does not date its master files"
        ),
        published="2024-09-23",
        source_url="https://cde.ucr.cjis.gov/LATEST/webapp/#/pages/downloads",
        origin=(
            "Return A master files as read by two compilers. source=kaplan: Jacob Kaplan's Crime "
            "Data Tool, Chicago, Miami-Dade and Miami police departments, as many offenses and "
            "years as were extracted there. source=cbs: murders and murders cleared of 30 agencies "
            "in 1995-2020, as CBS News read them; its national sample is left out. ORIs have nine "
            f"characters here. Of {len(both)} agency-years in both, {len(differ)} differ"
            f" where both have figures{': ' + listed(differ) if differ else ''}; Kaplan's row is "
            f"kept, except for {listed(blank)}, where it is blank and the other is kept."
        ),
        rows=rows,
        columns=RETURN_A,
        file="return_a.csv",
    )


def listed(keys: list[tuple[str, str]]) -> str:
    """Agency-years in words: ``FL0130000 1996, FL0130000 2018``."""
    return ", ".join(f"{ori} {year}" for ori, year in sorted(keys))


def ucr_large_agencies(root: Path, data: Path) -> None:
    """Violent offenses of large agencies 1975-2015, rows that come from the FBI."""
    file = data / "marshall" / "ucr_crime_1975_2015.csv"
    published = read(file)
    rows = [dict(row) for row in parse([file])]
    write_snapshot(
        root,
        dataset="ucr_large_agencies",
        vintage="2016-08-18",
        vintage_basis="The Marshall Project published the compilation on this day",
        published="2016-08-18",
        source_url="https://github.com/themarshallproject/city-crime",
        origin=(
            "ucr_crime_1975_2015.csv of The Marshall Project ('Crime in Context'): agency rows "
            "whose source column is empty, which are the FBI's Uniform Crime Reporting figures; "
            f"{len(rows)} of {len(published)} rows. Left out: rows filled from other publishers "
            "(among them Chicago 1984-2012), rows from the preliminary tables for 2015, the "
            "national rows, and rates, which follow from the counts. ORIs are written with nine "
            "characters."
        ),
        rows=rows,
        columns=LARGE_AGENCIES,
        file="agencies.csv",
    )


if __name__ == "__main__":
    main()
