"""``crimeclaims sql``: a user's query on the current build, which can read nothing else."""

from __future__ import annotations

import duckdb

from datasets.errors import InputError
from datasets.settings import Settings
from datasets.warehouse import current_build, reader
from flows import output


def run_query(settings: Settings, query: str, format_: output.Format, limit: int) -> None:
    """Print the rows of ``query``, at most ``limit`` (0: all); note on stderr if there are more.

    Raises InputError with DuckDB's message if the query is wrong.
    """
    if not query.strip():
        raise InputError("the query is empty")
    build = current_build(settings)
    with reader(settings, build.path) as con:
        try:
            cursor = con.execute(query)
            columns = [name for name, *_ in cursor.description or ()]
            rows = cursor.fetchmany(limit + 1) if limit else cursor.fetchall()
        except duckdb.Error as error:
            raise InputError(str(error).strip()) from error
    more = bool(limit) and len(rows) > limit
    if columns:
        output.emit(columns, rows[:limit] if more else rows, format_, wrap=False)
    if more:
        output.note(f"only the first {limit:,} rows; for all of them: --limit 0")
