"""Transform: raw tables to observations and to the series that tests of claims read.

All of it is SQL in files; this module only runs them in order and unites the datasets.
"""

from __future__ import annotations

from pathlib import Path

from datasets.catalog import Dataset
from datasets.settings import SQL_DIR
from datasets.warehouse import Connection, run_sql_file


def transform(con: Connection, catalog: dict[str, Dataset], sql_dir: Path = SQL_DIR) -> None:
    """Run ``sql/staging``, ``sql/core`` and ``sql/mart`` on a warehouse with its raw tables."""
    for name in catalog:
        run_sql_file(con, sql_dir / "staging" / f"{name}.sql")
    con.execute("CREATE TABLE core.staged_observation AS " + _union(catalog, "observation"))
    for path in sorted((sql_dir / "core").glob("*.sql")):
        run_sql_file(con, path)
    incidents = {name: d for name, d in catalog.items() if d.grain == "incident"}
    con.execute("CREATE TABLE mart.staged_daily AS " + _union(incidents, "daily"))
    for path in sorted((sql_dir / "mart").glob("*.sql")):
        run_sql_file(con, path)


def _union(datasets: dict[str, Dataset], suffix: str) -> str:
    """``stg.<dataset>__<suffix>`` of all datasets, by column name. Names are the catalog's."""
    return " UNION ALL BY NAME ".join(f"SELECT * FROM stg.{name}__{suffix}" for name in datasets)
