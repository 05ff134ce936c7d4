"""Every publisher of ours on loopback, with files in its own format at its own paths."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from datasets.reference_tables import reference
from datasets.settings import DATASETS_DIR
from tests.emulators.cde import Explorer
from tests.emulators.files import FileHost
from tests.emulators.server import Loopback, Reply, Request, serving
from tests.support_cius import city_tables
from tests.support_fetched import (
    fibrs_file,
    return_a_records,
    rtci_file,
    wapo_file,
    year_of_months,
)
from tests.support_live import DAY, UPDATED
from tests.support_return_a import Record, encode, write_zip

ESTIMATED = "additional-datasets/srs/estimated_crimes_1979_2024.csv"
COUNTIES, CITIES = "counties/totals/co-est2025-alldata.csv", "cities/totals/sub-est2025.csv"
RTCI, WAPO = "docs/app_data/final_sample.csv", "homicide-data.csv"
FIBRS = "sites/default/6f1c-22/FIBRS_Offense_Detail_2023.xlsx"
PAGE = (
    '<!DOCTYPE html><html><body><a name="top">FIBRS</a><a href="mailto:a@b.c">write</a>'
    '<a href="/other.xlsx">other</a><a class="file" href="/{path}">Detail</a>'
    '<a href="/{path}#again">again</a></body></html>'
)


@dataclass
class World:
    """``hosts``: dataset -> its server; ``files``: those of the file hosts."""

    hosts: dict[str, Loopback]
    files: dict[str, FileHost]


def estimated_crimes() -> bytes:
    """The newest bundled edition and two years like its last, written as the publisher does."""
    path = sorted((DATASETS_DIR / "fbi_estimated_crimes" / "snapshots").iterdir())[-1]
    names = {p["place"]: p["name"] for p in reference("places")}
    theirs = {"murder": "homicide", "rape_legacy": "rape_legacy", "rape_revised": "rape_revised"}
    figures = (
        *("population", "violent_crime", "murder", "rape_legacy", "rape_revised", "robbery"),
        *("aggravated_assault", "property_crime", "burglary", "larceny", "motor_vehicle_theft"),
    )
    header = ["year", "state_abbr", "state_name", *(theirs.get(f, f) for f in figures), "caveats"]
    lines = [",".join(header)]
    with (path / "estimated.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    last = [row for row in rows if row["year"] == "2022"]
    for year, group in (("", rows), ("2023", last), ("2024", last)):
        for row in group:
            # since 2020 they have commas and blanks
            cells = [f'" {int(row[f]):,} "' if row[f] else "" for f in figures]
            name = names[row["place"]] if row["state_abbr"] else ""
            note = row["caveats"].replace('"', '""')
            lines.append(
                ",".join([year or row["year"], row["state_abbr"], name, *cells, f'"{note}"'])
            )
    return ("\r\n".join(lines) + "\r\n").encode()


def estimates_of(cities: bool) -> bytes:
    """Population of 2020-2025 of all places we know: of 2019, or what the FBI has for a state."""
    fbi = sorted((DATASETS_DIR / "fbi_estimated_crimes" / "snapshots").iterdir())[-1]
    with (fbi / "estimated.csv").open(encoding="utf-8", newline="") as file:
        states = {(r["place"], int(r["year"])): r["population"] for r in csv.DictReader(file)}
    path = sorted((DATASETS_DIR / "census_population" / "snapshots").iterdir())[-1]
    with (path / "population.csv").open(encoding="utf-8", newline="") as file:
        last = [row for row in csv.DictReader(file) if row["year"] == "2019"]
    name, code = ("NAME", "PLACE") if cities else ("CTYNAME", "COUNTY")
    years = ",".join(f"POPESTIMATE{year}" for year in range(2020, 2026))
    lines = [f"SUMLEV,STATE,{code},{name},{years}"]
    for row in last:
        if row["sumlev"] in (("162",) if cities else ("040", "050")):
            own = row["place_or_county_fips"] or "000"
            people = ",".join(
                states.get((row["place"], min(year, 2022)), row["population"])
                for year in range(2020, 2026)
            )
            lines.append(f'{row["sumlev"]},{row["state_fips"]},{own},"{row["name"]}",{people}')
    return ("\n".join(lines) + "\n").encode("latin-1")


def explorer() -> Explorer:
    """All that is declared, with the same figures for every place in each month of 2025."""
    names = {"national": "United States"}
    for place in reference("places"):
        if place["kind"] == "state":
            names[f"state/{place['state']}"] = place["name"]
        elif place["ori"]:
            names[f"agency/{place['ori']}"] = place["name"]
    parts = {"HOM": 2, "RPE": 3, "ROB": 5, "ASS": 10, "BUR": 7, "LAR": 12, "MVT": 6}
    each = parts | {"V": 2 + 3 + 5 + 10, "P": 7 + 12 + 6}
    usual = {
        offense: {f"{m:02}-2025": (count, count // 2) for m in range(1, 13)}
        for offense, count in each.items()
    }
    return Explorer(names, usual=usual, population=1_000_000)


def return_a_zips(folder: Path) -> dict[str, bytes]:
    """2016 with agencies of ours; of the other years an agency that is none."""
    zips = {}
    for year in range(2016, 2025):
        other = Record("FL99999", year, year_of_months(murder=1), "NOWHERE", "FLA", 900)
        records = return_a_records() if year == 2016 else [encode(other)]
        path = write_zip(folder / f"reta-{year}.zip", records)
        zips[f"master_files/reta/reta-{year}.zip"] = path.read_bytes()
    return zips


def hosts(folder: Path) -> dict[str, FileHost]:
    """The file host of each dataset."""
    made: Mapping[str, Callable[[], dict[str, bytes]]] = {
        "fbi_cius_city": city_tables,
        "fbi_estimated_crimes": lambda: {ESTIMATED: estimated_crimes()},
        "fbi_return_a_months": lambda: return_a_zips(folder),
        "census_population": lambda: {COUNTIES: estimates_of(False), CITIES: estimates_of(True)},
        "fdle_fibrs": lambda: {FIBRS: fibrs_file(folder).read_bytes()},
        "rtci": lambda: {RTCI: rtci_file(folder).read_bytes()},
        "wapo_homicides": lambda: {WAPO: wapo_file(folder).read_bytes()},
    }
    return {
        name: FileHost({path: (content, UPDATED - DAY) for path, content in files().items()})
        for name, files in made.items()
    }


def with_page(host: FileHost) -> Callable[[Request], Reply]:
    """The department's site: a page that links to where the workbook is now."""

    def answer(request: Request) -> Reply:
        if request.path == "/cjab/fibrs":
            return Reply(body=PAGE.format(path=next(iter(host.files))).encode())
        return host(request)

    return answer


@contextmanager
def publishers(folder: Path) -> Iterator[World]:
    """All of them serving."""
    files, servers = hosts(folder), {}
    with (
        serving(explorer()) as cde,
        serving(files["fbi_cius_city"]) as city,
        serving(files["fbi_estimated_crimes"]) as estimated,
        serving(files["fbi_return_a_months"]) as return_a,
        serving(files["census_population"]) as census,
        serving(with_page(files["fdle_fibrs"])) as fdle,
        serving(files["rtci"]) as rtci,
        serving(files["wapo_homicides"]) as wapo,
    ):
        servers = {"fbi_cde": cde, "fbi_estimated_crimes": estimated, "fdle_fibrs": fdle}
        servers |= {"fbi_return_a_months": return_a, "census_population": census}
        servers |= {"rtci": rtci, "wapo_homicides": wapo, "fbi_cius_city": city}
        for name in ("fbi_estimated_crimes", "fbi_return_a_months"):
            files[name].signer, files[name].url = "s3/signedurl", servers[name].url
        yield World(servers, files)
