"""What tests of live sources share: a fast network, publishers on loopback, small datasets."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from datasets.catalog import load_catalog
from datasets.fetch import Fetched, Unchanged, fetch
from datasets.session import open_session
from datasets.settings import DATASETS_DIR, Network, Settings
from tests.emulators.socrata import Portal

#: Waits of milliseconds, so that no test sleeps.
FAST = Network(
    connect_seconds=5,
    read_seconds=5,
    attempts=3,
    backoff_seconds=0.005,
    max_wait_seconds=0.05,
    deadline_seconds=30,
    pause_seconds=0,
    restarts=2,
)

DAY = 86_400

NOW = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)
#: 18 November 2026, 16:00 in Chicago.
UPDATED = int(dt.datetime(2026, 11, 18, 22, tzinfo=dt.UTC).timestamp())

CRIME_FIELDS = {
    **{"id": "number", "case_number": "text", "date": "calendar_date", "iucr": "text"},
    **{"primary_type": "text", "fbi_code": "text", "arrest": "checkbox", "domestic": "checkbox"},
    **{"year": "number", "updated_on": "calendar_date", "block": "text"},
}


def crime_portal(rows: Iterable[Mapping[str, str]], updated: int = UPDATED) -> Portal:
    """Chicago's table with these rows of ``homicides.csv``, and thefts between and after them."""
    table = [_crime(row) for row in rows]
    for number in range(20):
        theft = dict(table[number % len(table)])
        theft |= {"id": 20_000_000 + number, "primary_type": "THEFT", "fbi_code": "06"}
        theft |= {"date": f"2026-11-{number % 10 + 1:02}T23:10:00.000", "year": 2026}
        table.append(theft)
    return Portal("ijzp-q8t2", dict(CRIME_FIELDS), table, updated)


def _crime(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": int(row["id"]),
        "case_number": row["case_number"],
        "date": row["occurred_at"].replace(" ", "T") + ".000",
        "iucr": row["iucr"],
        "primary_type": "HOMICIDE",
        "fbi_code": row["fbi_code"],
        "arrest": row["arrest"] == "true",
        "domestic": row["domestic"] == "true",
        "year": int(row["year"]),
        "updated_on": row["updated_at"].replace(" ", "T") + ".000",
        "block": None,
    }


def bundled_homicides(limit: int | None = None) -> list[dict[str, str]]:
    """Rows of the newest bundled export."""
    path = DATASETS_DIR / "chicago_homicides" / "snapshots" / "2024-05-03" / "homicides.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[:limit]


def declare(root: Path, name: str, **changes: Any) -> None:
    """A dataset of that name, not bundled, declared below ``root``."""
    value: dict[str, Any] = {
        "name": name,
        "title": "Made up",
        "publisher": "Nobody",
        "publisher_url": "https://example.org",
        "table": "t",
        "url": "https://example.org",
        "licence": "none",
        "licence_url": "https://example.org",
        "description": "made up",
        "evidence": "primary",
        "revision": "whole",
        "grain": "figure",
        "bundled": False,
        "file": "table.csv",
        "key": ["id"],
        "columns": [
            {"name": "id", "type": "integer", "required": True, "description": "number of the row"},
            {"name": "day", "type": "date", "description": "a day"},
            {"name": "what", "type": "text", "field": "label", "description": "a text"},
            {"name": "size", "type": "number", "description": "a number"},
            {"name": "good", "type": "boolean", "description": "yes or no"},
        ],
        **changes,
    }
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yml").write_text(yaml.safe_dump(value, sort_keys=False), encoding="utf-8")
    load_catalog.cache_clear()


def get(
    settings: Settings,
    name: str,
    *,
    network: Network | None = None,
    now: dt.datetime = NOW,
    since: dt.date | None = None,
) -> Fetched | Unchanged:
    """Fetch one dataset, as the command does, without its output."""
    settings = replace(settings, network=network or FAST)
    with open_session(settings.network) as session:
        dataset = load_catalog(settings.datasets_dir)[name]
        return fetch(settings, dataset, session, now=now, since=since)


@contextmanager
def in_memory(otherwise: Path) -> Iterator[Path]:
    """A folder in memory, where there is one: hundreds of small files need not wait for a disk."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        yield otherwise
        return
    with TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


def files_below(folder: Path) -> dict[str, str]:
    """Every file below ``folder`` with the hash of its bytes, without locks."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


#: Fields and types of the portal's catalog; a name that must not be kept is among them.
VICTIM_FIELDS = {
    **{"unique_id": "text", "date": "calendar_date", "victimization_primary": "text"},
    **{"victimization_iucr_cd": "text", "victimization_fbi_cd": "text"},
    **{"gunshot_injury_i": "text", "community_area": "text", "updated": "calendar_date"},
    **{"homicide_victim_last_name": "text", "age": "text", "latitude": "number"},
}


def _victim(key: str, day: str, kind: str = "HOMICIDE", shot: str = "YES") -> dict[str, Any]:
    homicide = kind == "HOMICIDE"
    return {
        "unique_id": key, "date": f"{day}T23:10:00.000", "victimization_primary": kind,
        "victimization_iucr_cd": "0110" if homicide else "041A",
        "victimization_fbi_cd": "01A" if homicide else "04B", "gunshot_injury_i": shot,
        "community_area": "GREATER GRAND CROSSING", "updated": "2026-11-17T04:00:00.000",
        "homicide_victim_last_name": "DOE" if homicide else None, "age": "20-29",
        "latitude": None,
    }  # fmt: skip


VICTIMS = [
    _victim("HOM-JX1#1", "1991-01-01"),
    _victim("HOM-JX1#2", "1991-12-31", shot="NO"),
    _victim("HOM-O'K", "2009-07-01"),
    _victim("SHOOT-A", "2016-05-01", "BATTERY"),
    _victim("SHOOT-B", "2016-05-01", "ROBBERY"),
    _victim("HOM-JZ9", "2016-05-02"),
    _victim("HOM-JZ8", "2016-05-02", shot="UNKNOWN"),
    _victim("SHOOT-C", "2026-11-16", "NON-FATAL"),
]


def victims_portal() -> Portal:
    """A portal with Chicago's table of shooting victims, made up."""
    return Portal("gumc-mgzr", VICTIM_FIELDS, list(VICTIMS), UPDATED)
