"""What a fetch takes: rows a second, how much of the time is ours, what an unchanged refresh moves.

    python tests/benchmarks/fetch.py --rows 100000

A portal on loopback, in a process of its own, serves generated rows with the columns of Chicago's
crimes. They are fetched twice by each way, the first time so that the portal has its answers ready:
in slices of a year into typed Parquet, as ``fetch --full`` does, and in pages into CSV. Beside it
the same answers are downloaded by a bare loop of ``requests`` and thrown away. Then every publisher
that the project knows is emulated, fetched, and asked again while nothing has changed.

Nothing is asserted about seconds; the last line is JSON. ``rows_per_second``: of the slices;
``our_share``: processor time of our process over the time that passed, the rest is the portal and
the socket; ``cpu_over_bare``: our processor time over that of the bare loop; ``csv_…``: the same of
pages into CSV. ``unchanged_requests``, ``unchanged_bytes``: of all ``sources`` together, when
nothing has changed; ``changed_requests``, ``changed_bytes``: when everything had.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from datasets.catalog import load_catalog
from datasets.fetch import Fetched, Unchanged, fetch
from datasets.session import Meter, open_session
from datasets.settings import DATASETS_DIR, Network, Settings
from tests.emulators.server import Reply, Request, serving
from tests.emulators.socrata import Portal
from tests.support_live import (
    CRIME_FIELDS,
    UPDATED,
    bundled_homicides,
    crime_portal,
    victims_portal,
)
from tests.support_published import publishers

CRIMES = "chicago_crimes"
NETWORK = Network(pause_seconds=0)
YEARS = range(2001, 2027)


def made_up(number: int) -> dict[str, Any]:
    year, day = YEARS[number % len(YEARS)], f"{number % 10 + 1:02}-{number % 28 + 1:02}"
    return {
        "id": number, "case_number": f"HX{number:06}", "date": f"{year}-{day}T12:10:00.000",
        "iucr": "0820", "primary_type": "THEFT", "fbi_code": "06", "arrest": number % 4 == 0,
        "domestic": number % 7 == 0, "district": f"{number % 25 + 1:03}", "year": year,
        "community_area": None if number % 14 == 0 else str(number % 77 + 1),
        "updated_on": "2026-11-10T15:41:00.000", "block": "0000X E MADE UP ST",
    }  # fmt: skip


class Ready:
    """A portal that looks for the rows of a year among those of that year, and only once."""

    def __init__(self, rows: int) -> None:
        fields = CRIME_FIELDS | {"district": "text", "community_area": "text"}
        table = [made_up(number) for number in range(1, rows + 1)]
        self.whole = Portal("ijzp-q8t2", fields, table, UPDATED)
        self.years = {
            year: Portal("ijzp-q8t2", fields, [r for r in table if r["year"] == year], UPDATED)
            for year in YEARS
        }
        self.replies: dict[str, Reply] = {}

    def __call__(self, request: Request) -> Reply:
        key = f"{request.path} {sorted(request.params.items())}"
        if key not in self.replies:
            year = re.search(r"year = (\d{4})", request.params.get("$where", ""))
            portal = self.years[int(year[1])] if year else self.whole
            self.replies[key] = portal(request)
        return self.replies[key]


def serve(rows: int) -> None:
    """The portal's process: says where it is, ends with its standard input."""
    with serving(Ready(rows)) as server:
        print(server.url, flush=True)
        sys.stdin.read()


@contextmanager
def portal(rows: int) -> Iterator[str]:
    command = [sys.executable, __file__, "--rows", str(rows), "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as it:
        assert it.stdin is not None
        assert it.stdout is not None
        yield it.stdout.readline().strip()
        it.stdin.close()


@dataclass(frozen=True)
class Spent:
    """Seconds that passed, and those of our process' processor time."""

    seconds: float
    cpu: float


def measured(work: Callable[[], Any]) -> Spent:
    def cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    before, begin = cpu(), time.perf_counter()
    work()
    return Spent(time.perf_counter() - begin, cpu() - before)


def get(settings: Settings, name: str, meter: Meter | None = None) -> Fetched | Unchanged:
    load_catalog.cache_clear()
    dataset = load_catalog(settings.datasets_dir)[name]
    with open_session(settings.network) as session:
        return fetch(settings, dataset, session, meter=meter)


def declared(folder: Path, *, csv: bool) -> Path:
    """Our declaration of Chicago's crimes; as CSV, without slices."""
    text = (DATASETS_DIR / CRIMES / "dataset.yml").read_text(encoding="utf-8")
    if csv:
        text = re.sub(r"\n  slices:.*", "", text).replace("crimes.parquet", "crimes.csv")
    (folder / CRIMES).mkdir(parents=True)
    (folder / CRIMES / "dataset.yml").write_text(text, encoding="utf-8")
    return folder


def way(folder: Path, rows: int, *, csv: bool) -> tuple[Spent, Spent]:
    """Fetch of all rows, and the bare download of the same answers."""
    datasets = declared(folder / "datasets", csv=csv)
    first, second = (Settings(folder / var, "1GB", 2, 0, datasets, network=NETWORK) for var in "ab")
    found = get(first, CRIMES)  # the portal gets its answers ready, we our modules
    assert isinstance(found, Fetched)
    assert found.snapshot.file.rows == rows
    ours = measured(lambda: get(second, CRIMES))

    def bare() -> None:
        with requests.Session() as session:
            for part in found.snapshot.manifest.parts or ():
                answer = session.get(part.url, headers={"Accept-Encoding": "gzip"})
                assert part.left_out or len(answer.content) == part.bytes

    return ours, measured(bare)


def refreshes(folder: Path) -> Iterator[tuple[str, list[Meter]]]:
    """Every source, fetched and then asked again: what each of the two moved."""
    folder.mkdir()
    settings = Settings(var=folder / "var", network=NETWORK)
    with publishers(folder) as world, ExitStack() as stack:
        hosts = {name: server.url for name, server in world.hosts.items()}
        for name, app in (
            ("chicago_homicides", crime_portal(bundled_homicides()[:-1])),
            ("chicago_shooting_victims", victims_portal()),
            (CRIMES, Ready(20_000)),
        ):
            hosts[name] = stack.enter_context(serving(app)).url
        for name, url in sorted(hosts.items()):
            os.environ[f"CRIMECLAIMS_BASE_URL_{name.upper()}"] = url
            meters = [Meter(), Meter()]
            new, again = (get(settings, name, meter) for meter in meters)
            assert isinstance(new, Fetched), name
            assert isinstance(again, Unchanged), name
            assert not again.downloaded, name
            yield name, meters


def measure(folder: Path, rows: int, *, with_refreshes: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"rows": rows}
    with portal(rows) as url:
        os.environ["CRIMECLAIMS_BASE_URL_CHICAGO_CRIMES"] = url
        for name, csv in (("slices to Parquet", False), ("pages to CSV", True)):
            ours, bare = way(folder / name.split()[0], rows, csv=csv)
            print(
                f"{name:18} {ours.seconds:7.2f} s {rows / ours.seconds:9,.0f} rows/s, "
                f"{ours.cpu:6.2f} s of processor time; "
                f"bare {bare.seconds:6.2f} s, {bare.cpu:.2f} s",
                flush=True,
            )
            before = "csv_" if csv else ""
            found |= {
                f"{before}rows_per_second": round(rows / ours.seconds),
                f"{before}rows_per_cpu_second": round(rows / ours.cpu),
                f"{before}our_share": round(ours.cpu / ours.seconds, 3),
                f"{before}cpu_over_bare": round(ours.cpu / bare.cpu, 1),
            }
    if not with_refreshes:
        return found
    totals = [[0, 0], [0, 0]]
    n = 0
    for name, meters in refreshes(folder / "all"):
        n += 1
        for total, meter in zip(totals, meters, strict=True):
            total[0] += meter.requests
            total[1] += meter.bytes
        said = [f"{meter.requests:6,} requests {meter.bytes:11,} bytes" for meter in meters]
        print(f"{name:26} new: {said[0]}   unchanged: {said[1]}", flush=True)
    for name, (requests_, bytes_) in zip(("changed", "unchanged"), totals, strict=True):
        found |= {f"{name}_requests": requests_, f"{name}_bytes": bytes_}
    return found | {"sources": n}


def main() -> None:
    parser = argparse.ArgumentParser(description="rows a second of a fetch, and what it moves")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rows-only", action="store_true", help="leave the refreshes out")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.rows)
        return
    for name in [name for name in os.environ if name.startswith("CRIMECLAIMS_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), options.rows, with_refreshes=not options.rows_only)))


if __name__ == "__main__":
    main()
