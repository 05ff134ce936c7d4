"""Snapshots of the datasets that are not bundled, as fetching would make them: generated here.

Each is made from bytes in the publisher's format, written by the tests and read by the product's
own parser, and holds figures that agree with the bundled ones.
"""

from __future__ import annotations

import atexit
import csv
import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from datasets.archive import MANIFEST
from datasets.catalog import load_catalog
from datasets.census_acs5 import parse as acs
from datasets.fbi_cde import parse as cde
from datasets.fbi_return_a_months import parse as return_a
from datasets.fdle_fibrs import parse as fibrs
from datasets.rtci import parse as rtci
from datasets.settings import DATASETS_DIR
from datasets.wapo_homicides import parse as wapo
from tests.reference.common import write_snapshot
from tests.support_cde import answer, months_of, write_answer
from tests.support_census import acs_rows, write_answers
from tests.support_parquet import write_typed
from tests.support_return_a import Month, Record, encode, write_zip

Rows = Iterable[Mapping[str, str | None]]

RETURN_A_MONTHS, CDE = "fbi_return_a_months", "fbi_cde"
RTCI, WAPO, FIBRS = "rtci", "wapo_homicides", "fdle_fibrs"
CRIMES, VICTIMS = "chicago_crimes", "chicago_shooting_victims"
ACS = "census_acs5"


def spread(total: int, months: int = 12) -> list[int]:
    """``total`` in ``months`` whole parts that add up to it."""
    return [total * (m + 1) // months - total * m // months for m in range(months)]


def year_of_months(months: int = 12, **totals: int) -> dict[int, Month]:
    """A year whose first ``months`` add up to ``totals``; names ending in _cleared are cleared."""
    parts = {name: spread(total, months) for name, total in totals.items()}
    made = {}
    for m in range(months):
        actual = {n: p[m] for n, p in parts.items() if not n.endswith("_cleared")}
        cleared = {
            n.removesuffix("_cleared"): p[m] for n, p in parts.items() if n.endswith("_cleared")
        }
        actual["all"] = sum(actual.values())
        made[m + 1] = Month(actual, cleared)
    return made


CHICAGO_2016 = {
    "murder": 768, "rape": 1662, "robbery": 11960, "assault_gun": 4802, "assault_knife": 3009,
    "assault_other": 5300, "assault_hands": 2692, "simple_assault": 40000, "burglary": 14273,
    "larceny": 61427, "vehicle_theft": 11436, "robbery_cleared": 900, "larceny_cleared": 4000,
}  # fmt: skip
MIAMI_DADE_2016 = {
    "murder": 84, "murder_cleared": 41, "rape": 409, "robbery": 1537, "robbery_cleared": 500,
    "assault_gun": 1500, "assault_hands": 2748, "burglary": 4605, "larceny": 28416,
    "vehicle_theft": 3297,
}  # fmt: skip
MIAMI_2016 = {"murder": 55, "murder_cleared": 34, "robbery": 1600, "larceny": 14000}


def return_a_records() -> list[bytes]:
    """2016: full years, one of nine months, one without any, and an agency that is no place."""
    return [
        encode(record)
        for record in (
            Record("ILCPD00", 2016, year_of_months(**CHICAGO_2016), "CHICAGO", "ILL", 2725153),
            Record(
                "FL01300", 2016, year_of_months(**MIAMI_DADE_2016), "MIAMI-DADE", "FLA", 1203300
            ),
            Record("FL01306", 2016, year_of_months(9, **MIAMI_2016), "MIAMI", "FLA", 449747),
            Record("FL04804", 2016, {}, "ORLANDO", "FLA", 277173),
            Record("FL99999", 2016, year_of_months(murder=1), "NOWHERE", "FLA", 900),
        )
    ]


def return_a_rows(folder: Path) -> Iterator[Mapping[str, str | None]]:
    return return_a.parse([write_zip(folder / "reta-2016.zip", return_a_records())])


def cde_rows(folder: Path) -> Iterator[Mapping[str, str | None]]:
    """The county police's 2016 in full; the state and the nation with a part of the people."""
    months = {"murder": 84, "cleared": 41, "robbery": 1537, "robbery_cleared": 500}
    series = {name: months_of(2016, list(spread(total))) for name, total in months.items()}
    police = "Miami-Dade Police Department"
    parts = [
        write_answer(
            folder,
            "agency_FL0130000_HOM",
            answer(police, series["murder"], series["cleared"], population=1_206_757),
        ),
        write_answer(
            folder,
            "agency_FL0130000_ROB",
            answer(police, series["robbery"], series["robbery_cleared"], population=1_206_757),
        ),
        *(
            write_answer(
                folder,
                asked,
                answer(
                    name,
                    months_of(2016, list(spread(murders))),
                    months_of(2016, list(spread(murders // 2))),
                    population=people,
                    participated=people - people // 20,
                ),
            )
            for asked, name, murders, people in (
                ("state_FL_HOM", "Florida", 1100, 20_612_439),
                ("national_HOM", "United States", 16_800, 323_127_513),
            )
        ),
    ]
    return cde.parse(parts)


RTCI_COLUMNS = (
    "Month,Year,Date,Agency,State,Region,Agency_State,Murder,Rape,Robbery,Aggravated Assault,"
    "Burglary,Theft,Motor Vehicle Theft,Source.Type,FBI.Population.Covered,Last Updated"
)


def rtci_file(folder: Path) -> Path:
    """Chicago's 2024 in full, nine months of another city, and the sum that stands among them."""
    lines = [RTCI_COLUMNS]
    for agency, state, months, people in (
        ("Chicago", "IL", 12, 2_664_452),
        ("Tampa", "FL", 9, 403_364),
        ("Full Sample", "Nationwide", 12, 110_000_000),
    ):
        for m in range(1, months + 1):
            counts = f"{40 + m},150,800,1400,900,4000,1700"
            place = f'{agency},{state},South,"{agency}, {state}"'
            lines.append(f"{m},2024,2024-{m:02d}-01,{place},{counts},City,{people},2026-04-24")
    path = folder / "final_sample.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rtci_rows(folder: Path) -> Iterator[Mapping[str, str | None]]:
    return rtci.parse([rtci_file(folder)])


WAPO_COLUMNS = (
    "uid,reported_date,victim_last,victim_first,victim_race,victim_age,victim_sex,city,state,lat,"
    "lon,disposition"
)


def wapo_file(folder: Path) -> Path:
    """Homicides of Chicago and Tulsa, two of them without a day, one in a state of no Tulsa."""
    lines = [WAPO_COLUMNS]
    for n in range(60):
        day = f"{2010 + n // 12}{n % 12 + 1:02d}15"
        end = "Closed by arrest" if n % 3 == 0 else "Open/No arrest"
        lines.append(f"Chi-{n:06d},{day},GARCÍA,JUAN,Hispanic,78,Male,Chicago,IL,41,-87,{end}")
    tail = "X,Y,Unknown,Unknown,Unknown,Tulsa"
    lines.append(f"Tul-000001,201511018,{tail},AL,36,-95,Closed without arrest")
    lines.append(f"Tul-000002,201511105,{tail},OK,,,Open/No arrest")
    path = folder / "homicide-data.csv"
    path.write_bytes(("\n".join(lines) + "\n").encode("latin-1"))
    return path


def wapo_rows(folder: Path) -> Iterator[Mapping[str, str | None]]:
    return wapo.parse([wapo_file(folder)])


FIBRS_OFFENSES = ("Murder", "Robbery", "Animal Cruelty")


def fibrs_workbook(path: Path, agencies: Mapping[tuple[str, str], Sequence[int | str]]) -> Path:
    """A workbook of one year; of each agency the twelve months of every offense."""
    import openpyxl

    book = openpyxl.Workbook()
    notes = book.active
    assert notes is not None
    notes.title = "Notes"
    notes.append(["-- not available"])
    sheet = book.create_sheet("2023 Offenses")
    months = [
        "January",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "June",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    ]
    sheet.append(["Florida Department of Law Enforcement"])
    over = [cell for name in FIBRS_OFFENSES for cell in (name, *[None] * 12)]
    sheet.append([None, None, None, *over])
    sheet.append(["County", "Agency", "Population", *[*months, "Total"] * len(FIBRS_OFFENSES)])
    for (county, agency), counts in agencies.items():
        total = sum(n for n in counts if isinstance(n, int))
        sheet.append([county, agency, 100_000, *[*counts, total] * len(FIBRS_OFFENSES)])
    sheet.append(["Total", "Total", 200_000])
    book.save(path)
    return path


def fibrs_file(folder: Path) -> Path:
    """The county police in full, Miami's with a month that is not available, and another."""
    counts: list[int | str] = list(spread(84))
    agencies: dict[tuple[str, str], Sequence[int | str]] = {
        ("Miami-Dade", "Miami-Dade Police Department"): counts,
        ("Miami-Dade", "Miami Police Department"): [*counts[:11], "--"],
        ("Alachua", "Gainesville Police Department"): counts,
    }
    return fibrs_workbook(folder / "FIBRS_Offense_Detail.xlsx", agencies)


def fibrs_rows(folder: Path) -> Iterator[Mapping[str, str | None]]:
    return fibrs.parse([fibrs_file(folder)])


def acs_table(folder: Path) -> Iterator[Mapping[str, str | None]]:
    return acs.parse(write_answers(folder, acs_rows()))


CITY_DAYS = ("2016-01-01", "2018-02-20")  # covered by what is made up of Chicago


def _homicides() -> list[dict[str, str]]:
    """Chicago's homicides of those days, from the bundled export of 2018."""
    path = DATASETS_DIR / "chicago_homicides" / "snapshots" / "2018-03-04" / "homicides.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if CITY_DAYS[0] <= row["occurred_at"][:10] <= CITY_DAYS[1]]


#: Code, FBI code and name of an offense, and how many there are a day.
CITY_OFFENSES = (
    ("0820", "06", "THEFT", 5),
    ("0610", "05", "BURGLARY", 1),
    ("031A", "03", "ROBBERY", 1),
    ("0281", "02", "CRIMINAL SEXUAL ASSAULT", 1),
    ("0430", "04B", "BATTERY", 1),
    ("051A", "04A", "ASSAULT", 1),
    ("0910", "07", "MOTOR VEHICLE THEFT", 1),
    ("0486", "08B", "BATTERY", 2),
)


def crimes_rows(_: Path) -> Iterator[Mapping[str, str | None]]:
    """The bundled homicides, and of each other offense the same number every day."""
    for row in _homicides():
        yield {k: v for k, v in row.items() if k != "case_number"} | {
            "primary_type": "HOMICIDE", "district": "007", "community_area": "67",
        }  # fmt: skip
    first, last = (dt.date.fromisoformat(day) for day in CITY_DAYS)
    number = 10_000_000
    for n in range((last - first).days + 1):
        day = first + dt.timedelta(days=n)
        for iucr, code, name, times in CITY_OFFENSES:
            for _time in range(times):
                number += 1
                yield {
                    "id": str(number), "occurred_at": f"{day} 12:00:00", "iucr": iucr,
                    "primary_type": name, "fbi_code": code, "arrest": "false",
                    "domestic": "false", "district": "001", "community_area": None,
                    "year": str(day.year), "updated_at": "2018-03-01 15:00:00",
                }  # fmt: skip


def victims_rows(_: Path) -> Iterator[Mapping[str, str | None]]:
    """The bundled homicides, nine of ten shot, and two more people shot every day."""
    for n, row in enumerate(r for r in _homicides() if r["fbi_code"] == "01A"):
        yield {
            "unique_id": f"HOM-{row['id']}", "occurred_at": row["occurred_at"],
            "victimization": "HOMICIDE", "iucr": "01XX" if n == 7 else row["iucr"],
            "fbi_code": "01A", "gunshot_injury": "NO" if n % 10 == 0 else "YES",
            "community_area": "AUSTIN", "updated_at": None,
        }  # fmt: skip
    first, last = (dt.date.fromisoformat(day) for day in CITY_DAYS)
    for n in range(2 * ((last - first).days + 1)):
        yield {
            "unique_id": f"SHOOT-{n:05}",
            "occurred_at": f"{first + dt.timedelta(days=n // 2)} 23:10:00",
            "victimization": "BATTERY", "iucr": "041A", "fbi_code": "04B",
            "gunshot_injury": "YES", "community_area": "WEST TOWN",
            "updated_at": "2018-03-01 15:00:00",
        }  # fmt: skip


#: Dataset -> the days that its generated snapshot covers, where it says so.
COVERS = {CRIMES: CITY_DAYS, VICTIMS: CITY_DAYS}

#: Dataset -> vintage and how its rows are made in a folder for the publisher's files.
FETCHED: dict[str, tuple[str, Callable[[Path], Rows]]] = {
    RETURN_A_MONTHS: ("2017-09-25", return_a_rows),
    CDE: ("2026-09-15", cde_rows),
    RTCI: ("2026-04-24", rtci_rows),
    FIBRS: ("2024-06-30", fibrs_rows),
    WAPO: ("2018-07-06", wapo_rows),
    ACS: ("2020-12-10", acs_table),
    CRIMES: ("2018-03-04", crimes_rows),
    VICTIMS: ("2018-03-04", victims_rows),
}


def write_fetched(root: Path, name: str) -> Path:
    """Write the generated snapshot of a dataset below ``root``."""
    vintage, _ = FETCHED[name]
    place = Path(name, "snapshots", vintage)
    return Path(shutil.copytree(_generated(name) / place, root / place))


@cache
def _generated(name: str) -> Path:
    """A folder with the snapshot of a dataset, as long as the process: each test copies it."""
    vintage, rows = FETCHED[name]
    home = Path(mkdtemp(prefix="crimeclaims-generated-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    published = home / "published"
    published.mkdir()
    write_rows(home, name, vintage, list(rows(published)))
    return home


def write_rows(
    root: Path, name: str, vintage: str, rows: Sequence[Mapping[str, str | None]]
) -> Path:
    """A snapshot of these rows, in the declared columns."""
    dataset = load_catalog(DATASETS_DIR)[name]
    first, last = COVERS.get(name, (None, None))
    folder = write_snapshot(
        root,
        dataset=name,
        vintage=vintage,
        vintage_basis="made up by a test",
        published=vintage,
        source_url=dataset.url,
        origin="generated by a test in the publisher's format and parsed",
        rows=rows,
        columns=[column.name for column in dataset.columns],
        file=dataset.file,
        covers_start=first,
        covers_end=last,
    )
    if dataset.typed:
        path = folder / dataset.file
        write_typed(rows, dataset, path)
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        content = path.read_bytes()
        manifest["files"][0]["bytes"] = len(content)
        manifest["files"][0]["sha256"] = hashlib.sha256(content).hexdigest()
        (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder
