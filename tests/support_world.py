"""A small made-up warehouse for tests of readings: real SQL, real DuckDB, invented figures."""

from __future__ import annotations

import calendar
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from checks.claim_models import ClaimFile
from checks.models import Verdict
from checks.verify import verify
from datasets.load import create_schemas, load_reference
from datasets.settings import SQL_DIR, Settings
from datasets.warehouse import Build, run_sql_file, writer


@dataclass(frozen=True)
class Series:
    """Figures of one dataset, vintage, place, measure and definition; None: not reported.

    By year, or by month ("2016-08").
    """

    figures: Mapping[int, float | None] | Mapping[str, float | None]
    dataset: str = "fbi_return_a"
    vintage: str = "2016-01-01"
    place: str = "chicago-pd"
    measure: str = "murder"
    definition: str = "ucr"
    evidence: str = "primary"
    revision: str = "whole"


@dataclass(frozen=True)
class World:
    """A build of invented figures, and the settings to read it with."""

    settings: Settings
    build: Build

    def verify(
        self,
        *tests: dict[str, Any],
        date: str = "2017-08-16",
        as_of: dt.date | None = None,
        full: bool = False,
    ) -> Verdict:
        """The verdict of one claim with these tests, said on ``date``."""
        return self.verify_all([tests], date=date, as_of=as_of, full=full)[0]

    def verify_all(
        self,
        claims: Sequence[Sequence[dict[str, Any]]],
        *,
        date: str = "2017-08-16",
        as_of: dt.date | None = None,
        full: bool = False,
    ) -> list[Verdict]:
        file = ClaimFile.model_validate(
            {
                "document": {
                    "id": "made-up",
                    "title": "Made up",
                    "speaker": "Nobody",
                    "published": date,
                    "outlet": "Nowhere",
                    "kind": "speech",
                },
                "claims": [
                    {
                        "id": f"c{number}",
                        "said": "something or other",
                        "tests": [{"says": "something", **test} for test in tests],
                    }
                    for number, tests in enumerate(claims)
                ],
            }
        )
        return verify(self.settings, files=[file], build=self.build, as_of=as_of, full=full)


def make_world(
    folder: Path, series: Sequence[Series], days: Mapping[str, int] | None = None
) -> World:
    """A warehouse with these series. ``days``: victims by ISO day of ``chicago_homicides``."""
    path = folder / "world.duckdb"
    path.unlink(missing_ok=True)
    of = repr((series, days))
    if of not in _MADE:
        if len(_MADE) == MAX_MADE:
            _MADE.pop(next(iter(_MADE)))
        _make(path, series, days)
        _MADE[of] = path.read_bytes()
    path.write_bytes(_MADE[of])
    return World(Settings(var=folder), Build("made-up", path, "", ()))


#: Files of the worlds made last, by what is in them: many tests ask the same one something else.
_MADE: dict[str, bytes] = {}
MAX_MADE = 6


@cache
def _empty() -> bytes:
    """The file of a warehouse with its schemas and reference tables, and no figure."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "empty.duckdb")
        with writer(Settings(var=Path(folder)), path) as con:
            create_schemas(con)
            load_reference(con)
        return path.read_bytes()


def _make(path: Path, series: Sequence[Series], days: Mapping[str, int] | None) -> None:
    """The warehouse as a file at ``path``."""
    folder = path.parent
    datasets = {s.dataset: s for s in series}
    states = {(s.dataset, s.vintage) for s in series}
    observations = [
        {
            "snapshot_id": f"{s.dataset}@{s.vintage}",
            "measure": s.measure,
            "definition": s.definition,
            "place": s.place,
            "period_start": _bounds(period)[0],
            "period_end": _bounds(period)[1],
            "value": value,
            "status": "not_reported" if value is None else "final",
            "source_row": None,
            "n_rows": 1,
            "note": None,
        }
        for s in series
        for period, value in s.figures.items()
    ]
    daily = [
        {
            "snapshot_id": "chicago_homicides@2018-01-01",
            "measure": "murder",
            "definition": "victims",
            "place": "chicago-il",
            "day": day,
            "n": n,
        }
        for day, n in (days or {}).items()
    ]
    covers = (min(days), max(days)) if days else (None, None)
    path.write_bytes(_empty())
    with writer(Settings(var=folder), path) as con:
        if days:
            states.add(("chicago_homicides", "2018-01-01"))
            datasets["chicago_homicides"] = Series({}, dataset="chicago_homicides")
        for name, s in datasets.items():
            con.execute(
                "INSERT INTO meta.dataset VALUES (?, ?, '', '', '', '', '', '', '', ?, ?, '')",
                [name, name, s.evidence, s.revision],
            )
        for name, vintage in sorted(states):
            con.execute(
                "INSERT INTO meta.snapshot VALUES (?, ?, ?, '', ?, ?, '', '', ?, ?, '', 0, '', 0)",
                [f"{name}@{vintage}", name, vintage, vintage, vintage, *covers],
            )
        _fill(con, folder, "core.staged_observation", observations, _OBSERVATION)
        run_sql_file(con, SQL_DIR / "core" / "observation.sql")
        _fill(con, folder, "mart.staged_daily", daily, _DAILY)
        for file in sorted((SQL_DIR / "mart").glob("*.sql")):
            run_sql_file(con, file)


def _bounds(period: int | str) -> tuple[str, str]:
    """First and last day of a year or a month."""
    if isinstance(period, int):
        return f"{period}-01-01", f"{period}-12-31"
    year, month = map(int, period.split("-"))
    return f"{period}-01", f"{period}-{calendar.monthrange(year, month)[1]}"


_OBSERVATION = {
    "snapshot_id": "VARCHAR",
    "measure": "VARCHAR",
    "definition": "VARCHAR",
    "place": "VARCHAR",
    "period_start": "DATE",
    "period_end": "DATE",
    "value": "DOUBLE",
    "status": "VARCHAR",
    "source_row": "INTEGER",
    "n_rows": "INTEGER",
    "note": "VARCHAR",
}
_DAILY = {
    "snapshot_id": "VARCHAR",
    "measure": "VARCHAR",
    "definition": "VARCHAR",
    "place": "VARCHAR",
    "day": "DATE",
    "n": "BIGINT",
}


def _fill(
    con: Any, folder: Path, table: str, rows: list[dict[str, Any]], columns: dict[str, str]
) -> None:
    path = folder / "rows.json"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    con.read_json(str(path), format="newline_delimited", columns=columns).insert_into(table)


def record(**keys: Any) -> dict[str, Any]:
    """A test of a record of Chicago's murders in 2016; ``keys``: the rest, or other values."""
    return {
        "kind": "record",
        "place": "chicago-il",
        "measure": "murder",
        "direction": "highest",
        "year": 2016,
        **keys,
    }
