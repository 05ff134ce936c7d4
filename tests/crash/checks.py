"""What must be true after a kill, and what of two nights must be equal to the byte."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from datasets.archive import list_snapshots, verify_bytes, verify_parts
from datasets.catalog import load_catalog
from datasets.settings import Settings
from datasets.warehouse import current_build, reader
from flows import runs
from flows.metrics import METRICS
from flows.openmetrics import METRICS_TEXT
from flows.run_log import LOG
from tests.crash.night import CHICAGO

#: Of ``run.json``, what is of this attempt: how long it took, and whether it found things done.
_OF_ATTEMPT = ("seconds", "outcome")
#: Files of a run that say only when an attempt did what, how long it took, and what it asked.
_FILES_OF_ATTEMPT = {runs.SOURCES, LOG, METRICS, METRICS_TEXT}


def archived(settings: Settings) -> dict[str, str]:
    """Every file of every fetched snapshot that has a manifest, with its hash."""
    home = settings.archive_dir / CHICAGO
    return {
        str(path.relative_to(home)): _sha(path)
        for manifest in sorted(home.glob("*/manifest.json"))
        for path in sorted(manifest.parent.rglob("*"))
        if path.is_file()
    }


def troubles(settings: Settings, before: dict[str, str]) -> dict[str, list[str]]:
    """What is wrong after a kill: ``corrupt`` and ``lost``. ``before``: what was archived then."""
    corrupt: list[str] = []
    now = archived(settings)
    lost = [f"archived file {name}" for name, sha in before.items() if now.get(name) != sha]
    for folder in (settings.archive_dir / CHICAGO).iterdir():
        if folder.is_dir() and not (folder / "manifest.json").is_file():
            corrupt.append(f"snapshot without a manifest: {folder.name}")
    try:
        for snapshot in list_snapshots(settings, load_catalog(settings.datasets_dir)[CHICAGO]):
            verify_bytes(snapshot)
            verify_parts(snapshot)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
        corrupt.append(f"snapshot: {error!r}")
    try:
        build = current_build(settings)
        corrupt += _gate(settings, build.path, build.id)
    except Exception as error:  # noqa: BLE001
        lost.append(f"current build: {error!r}")
    for path in settings.runs_dir.glob("*/*.json"):
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            corrupt.append(f"not JSON: {path}")
            continue
        if path.name == runs.VERDICTS:
            builds = {verdict["build"] for verdict in value}
            missing = [b for b in builds if not (settings.builds_dir / f"{b}.duckdb").is_file()]
            corrupt += [f"verdicts of a build that is not there: {b}" for b in missing]
    for path in settings.runs_dir.glob("*/report"):
        if not (path / "index.html").is_file() or not (path / "data" / "verdicts.json").is_file():
            corrupt.append(f"half a report: {path}")
    return {"corrupt": corrupt, "lost": lost}


def _gate(settings: Settings, path: Path, id_: str) -> list[str]:
    """Whether a build opens, is the one its name says, and what its checks came to."""
    with reader(settings, path) as con:
        named = con.execute("SELECT build_id FROM meta.build").fetchall()
        checked = con.execute(
            "SELECT count(*), count(*) FILTER (outcome = 'error' OR outcome = 'fail' "
            "AND severity = 'critical') FROM meta.check_result"
        ).fetchone()
    found = [] if named == [(id_,)] else [f"build {id_} says that it is {named}"]
    if checked is None or checked[0] == 0 or checked[1] > 0:
        found.append(f"the current build {id_} did not pass its gate: {checked}")
    return found


def state(settings: Settings, run: runs.Run) -> dict[str, str]:
    """All that two nights are compared by: name -> hash.

    Snapshots: the bytes of each file. The build: its id, what ``current.json`` and the checks say,
    and the rows of each table (not the file: DuckDB lays its blocks out as threads come). The run:
    the bytes of each file, but for seconds and whether the attempt itself fetched and built, which
    are also left out where the report repeats them, and but for the files that say only that.
    """
    found = {f"archive/{name}": sha for name, sha in archived(settings).items()}
    pointer = settings.builds_dir / "current.json"
    found["builds/current.json"] = _sha(pointer)
    build = current_build(settings)
    found["builds/checks"] = _sha(settings.builds_dir / f"{build.id}.checks.json")
    with reader(settings, build.path) as con:
        tables = con.execute(
            "SELECT table_schema, table_name FROM information_schema.tables ORDER BY ALL"
        ).fetchall()
        for schema, table in tables:
            found[f"table {schema}.{table}"] = _rows(con, f'"{schema}"."{table}"')
    folder = runs.folder(settings, run)
    for path in sorted(folder.rglob("*")):
        # Half written it is `.<name>.<process>.tmp` and stays: a real night has its own folder.
        name = path.name[1:].rsplit(".", 2)[0] if path.suffix == ".tmp" else path.name
        if path.is_file() and name not in _FILES_OF_ATTEMPT:
            found[f"run/{path.relative_to(folder)}"] = _sha_of_run(folder, path)
    return found


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> str:
    digest = hashlib.sha256()
    for row in con.execute(f"SELECT CAST(t AS VARCHAR) FROM {table} AS t ORDER BY 1").fetchall():
        digest.update(str(row[0]).encode() + b"\n")
    return digest.hexdigest()


def _sha_of_run(folder: Path, path: Path) -> str:
    content = path.read_bytes()
    if path == folder / runs.RECORD:
        value: dict[str, Any] = json.loads(content)
        kept = {key: said for key, said in value.items() if key not in _OF_ATTEMPT}
        content = json.dumps(kept).encode()
    elif path.suffix == ".html":
        for each in json.loads((folder / runs.SOURCES).read_text(encoding="utf-8")):
            content = content.replace(f"{each['outcome']}: {each['said']}".encode(), b"(asked)")
    return hashlib.sha256(content).hexdigest()


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def debris(settings: Settings) -> list[str]:
    """What a killed night left and the next one should have removed, in builds and archive."""
    kinds = [*settings.builds_dir.glob(".*"), *(settings.archive_dir / CHICAGO).glob(".*")]
    making = (settings.archive_dir / ".making").glob(f"{CHICAGO}-*")
    return [str(path.relative_to(settings.var)) for path in (*kinds, *making)]
