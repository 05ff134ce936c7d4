"""``crimeclaims sql``: a user's query on the current build, which can read nothing else."""

from __future__ import annotations

import threading

import duckdb

from datasets.errors import InputError
from datasets.settings import Settings
from datasets.warehouse import current_build, reader
from flows import output


def run_query(settings: Settings, query: str, format_: output.Format, limit: int) -> None:
    """Print the rows of ``query``, at most ``limit`` (0: all); note on stderr if there are more.

    Raises InputError with DuckDB's message if the query is wrong, takes longer than
    ``settings.sql_seconds``, or needs more memory and disk than it may.
    """
    if not query.strip():
        raise InputError("the query is empty")
    build = current_build(settings)
    with reader(settings, build.path, spill=settings.sql_spill) as con:
        stop = threading.Timer(settings.sql_seconds, con.interrupt)
        stop.start()
        try:
            cursor = con.execute(query)
            columns = [name for name, *_ in cursor.description or ()]
            rows = cursor.fetchmany(limit + 1) if limit else cursor.fetchall()
        except duckdb.InterruptException as error:
            raise InputError(
                f"the query took longer than {settings.sql_seconds:g} s and was stopped",
                next_step="ask for less, or set CRIMECLAIMS_SQL_SECONDS",
            ) from error
        except duckdb.Error as error:
            raise InputError(str(error).strip()) from error
        finally:
            stop.cancel()
    more = bool(limit) and len(rows) > limit
    if columns:
        output.emit(columns, rows[:limit] if more else rows, format_, wrap=False)
    if more:
        output.note(f"only the first {limit:,} rows; for all of them: --limit 0")
