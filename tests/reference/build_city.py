"""Make the snapshots of Chicago's homicides, of census populations and of single cited figures.

Reads the publishers' files in CRIMECLAIMS_REFERENCE_DATA and writes the compact tables that the
project ships. Deterministic: the same files give the same bytes. Run it with
`python -m tests.reference.build_city`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from datasets.chicago_homicide_clearances import parse as clearances
from tests.reference.build_cited import Row, cited_figures, read_csv
from tests.reference.build_population import census_population
from tests.reference.common import DATASETS, reference_data, write_snapshot

# The portal changed its date format between exports: 9/22/08 23:24, then 09/22/2008 11:24:00 PM.
PORTAL_FORMATS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%y %H:%M")
PORTAL_FILES = (
    "homicides_2001_2018-02_vintage2018.csv",
    "homicides_2001_2019-10_vintage2019.csv",
    "homicides_2001_2024-04_vintage2024.csv",
)
PORTAL_COLUMNS = (
    *("id", "case_number", "occurred_at", "iucr", "fbi_code"),
    *("arrest", "domestic", "year", "updated_at"),
)

CLEARANCE_FILE = "18731-P744333_Homicide_status_2010-YTD.xlsx"
CLEARANCE_COLUMNS = (
    *("rd_number", "homicide_number", "injury_at", "death_at", "compstat_at"),
    *("cleared", "cleared_exceptionally_by", "cleared_on"),
)


def build(root: Path, sources: Path | None = None) -> list[Path]:
    """Write every snapshot of the four datasets below `root`; return their folders."""
    folder = sources or reference_data()
    return [
        *chicago_homicides(root, folder),
        chicago_homicide_clearances(root, folder),
        census_population(root, folder),
        *cited_figures(root, folder),
    ]


def chicago_homicides(root: Path, sources: Path) -> list[Path]:
    """One snapshot for each export of the portal; all homicide rows, involuntary ones too."""
    return [_portal_export(root, sources / "chicago_portal" / name) for name in PORTAL_FILES]


def _portal_export(root: Path, path: Path) -> Path:
    rows = sorted((_portal_row(row) for row in read_csv(path, "utf-8-sig")), key=_by_id)
    vintage = max(str(row["updated_at"]) for row in rows)[:10]
    last_day = max(str(row["occurred_at"]) for row in rows)[:10]
    return write_snapshot(
        root,
        dataset="chicago_homicides",
        vintage=vintage,
        vintage_basis=(
            f"newest 'Updated On' among the homicide rows; the portal leaves out the most recent 7"
            f" days, and the last homicide in the file is of {last_day}, so the days up to then"
            " are taken as covered: the last weeks are still under-reported (late deaths)"
        ),
        published=vintage,
        source_url="https://data.cityofchicago.org/Public-Safety/Crimes-2001-to-Present/ijzp-q8t2",
        origin=(
            "homicide rows (Primary Type HOMICIDE) of an export of the portal's table; nine of its"
            " columns kept (no block, beat or coordinates); dates as ISO, IUCR with its leading"
            " zero, flags as true/false; sorted by id"
        ),
        rows=rows,
        columns=PORTAL_COLUMNS,
        file="homicides.csv",
        covers_start="2001-01-01",
        covers_end=last_day,
    )


def _portal_row(row: dict[str, str]) -> Row:
    return {
        "id": row["ID"],
        "case_number": row["Case Number"],
        "occurred_at": _portal_time(row["Date"]),
        "iucr": row["IUCR"].zfill(4),  # a spreadsheet made 110 of 0110
        "fbi_code": row["FBI Code"],
        "arrest": row["Arrest"].lower(),
        "domestic": row["Domestic"].lower(),
        "year": row["Year"],
        "updated_at": _portal_time(row["Updated On"]),
    }


def _portal_time(value: str) -> str:
    """`value` as ISO. Raises ValueError when it has none of the portal's formats."""
    for layout in PORTAL_FORMATS:
        try:
            # local time without a zone, as the portal gives it
            return datetime.strptime(value, layout).isoformat(sep=" ")  # noqa: DTZ007
        except ValueError:
            continue
    raise ValueError(f"not a date of the portal: {value!r}")


def _by_id(row: Row) -> int:
    return int(str(row["id"]))


def chicago_homicide_clearances(root: Path, sources: Path) -> Path:
    """The police department's answer to a records request: one row per homicide victim."""
    rows = [dict(row) for row in clearances.parse([sources / "cbs_chicago" / CLEARANCE_FILE])]
    return write_snapshot(
        root,
        dataset="chicago_homicide_clearances",
        vintage="2022-05-06",
        vintage_basis=(
            "the release says 'Data are accurate as of May 06, 2022'; given to the requester, it"
            " was first used in public, as far as is known, by CBS News on 2022-06-29"
        ),
        published="2022-06-29",
        source_url="https://github.com/cbs-news-data/chicago-homicide-clearance",
        origin=(
            "all rows of sheet 'Data Set I' of release P744333, as shared by CBS News; eight of its"
            " columns kept (no address, location, sex or age); sorted by CompStat date. Homicides"
            " before 2010 are in it only if they were cleared in 2010 or later, so years are"
            " complete from 2010; the last homicide, of 2022-04-29, ends the days covered"
        ),
        rows=rows,
        columns=CLEARANCE_COLUMNS,
        file="homicides.csv",
        covers_start="2010-01-01",
        covers_end=max(str(row["compstat_at"]) for row in rows)[:10],
    )


if __name__ == "__main__":
    for written in build(DATASETS):
        print(written)
