"""Transform: raw tables to observations and to the series that tests of claims read.

All of it is SQL in files; this module only runs them in order and unites the datasets.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from datasets.catalog import Dataset
from datasets.errors import InputError
from datasets.own_files import staging_file
from datasets.settings import DATASETS_DIR, SQL_DIR
from datasets.warehouse import Connection, run_sql_file


def transform(
    con: Connection,
    catalog: dict[str, Dataset],
    sql_dir: Path = SQL_DIR,
    datasets_dir: Path = DATASETS_DIR,
) -> None:
    """Run the datasets' staging, ``sql/core`` and ``sql/mart`` on a warehouse with its raw tables.

    ``datasets_dir``: where a dataset may bring its own ``staging.sql``.
    """
    for name, dataset in catalog.items():
        path = staging_file(datasets_dir, name, sql_dir)
        run_sql_file(con, path)
        _unite(con, "core.staged_observation", f"stg.{name}__observation", path)
        if dataset.grain == "incident":
            _unite(con, "mart.staged_daily", f"stg.{name}__daily", path)
    for schema in ("core", "mart"):
        for path in sorted((sql_dir / schema).glob("*.sql")):
            run_sql_file(con, path)


def _unite(con: Connection, united: str, own: str, path: Path) -> None:
    """Add a dataset's table, which ``path`` makes, to the united one, by column name.

    Names are the catalog's.
    """
    try:
        con.execute(f"INSERT INTO {united} BY NAME SELECT * FROM {own}")
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        said = str(error).splitlines()[0]
        raise InputError(
            f"{path} does not create {own} as {united} needs it: {said}",
            next_step="compare it with that of another dataset, as sql/staging/fbi_return_a.sql",
        ) from error
