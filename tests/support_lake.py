"""Lakes for tests: settings of machines that share nothing but one, and small builds to publish."""

from __future__ import annotations

from pathlib import Path

from datasets.lake_setting import LAKE_DATA, WAREHOUSE, lake_of
from datasets.settings import Settings
from datasets.warehouse import Build, writer


def machine(folder: Path, name: str, catalog: str, data: Path | str | None = None) -> Settings:
    """Settings of a machine with a folder of its own. ``data``: a folder beside it if None."""
    if data is None:
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True)
    lake = lake_of({WAREHOUSE: f"ducklake:{catalog}", LAKE_DATA: str(data)})
    return Settings(var=folder / name, lake=lake, lock_wait_seconds=60)


def small_build(settings: Settings, id_: str, figures: int, *, extra: bool = False) -> Build:
    """A build as a file: ``figures`` rows that name the build. ``extra``: with one table more."""
    path = settings.builds_dir / f"{id_}.duckdb"
    path.unlink(missing_ok=True)
    with writer(settings, path) as con:
        for schema in ("raw", "stg", "core", "mart", "meta"):
            con.execute(f"CREATE SCHEMA {schema}")
        con.execute("CREATE TABLE meta.build (build_id VARCHAR PRIMARY KEY)")
        con.execute("INSERT INTO meta.build VALUES (?)", [id_])
        for table in ("mart.series", "core.observation", *(["stg.more"] if extra else [])):
            con.execute(
                f"CREATE TABLE {table} AS SELECT ?::VARCHAR AS build, i FROM range(?) t(i)",
                [id_, figures],
            )
        con.execute("CREATE TABLE raw.secret AS SELECT 1 AS a")
    return Build(id_, path, "2026-01-01T00:00:00+00:00", (f"a@2026-01-01#{id_}",))
