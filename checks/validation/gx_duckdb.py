"""Great Expectations on an open DuckDB connection. The only module that imports it (6-8 seconds).

Great Expectations has no DuckDB engine. Without one that keeps a single connection open, every
metric fails with ``list index out of range``. The connection is the caller's: nothing is opened,
committed or closed here, so a query that crashes leaves no aborted transaction to later checks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read once, at import

import great_expectations as gx
import sqlalchemy as sa
from duckdb_engine import ConnectionWrapper
from great_expectations.constants import MAX_RESULT_RECORDS
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.core.unexpected_rows_expectation import (
    UnexpectedRowsExpectation,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView

from checks.validation.data_docs import Page
from checks.validation.results import MAX_OFFENDING, CheckResult, normalise
from checks.validation.suites import Check, Suite
from datasets.warehouse import Connection

VERSION: str = gx.__version__

EngineType = type[SqlAlchemyExecutionEngine]  # a datasource has a field named `type`


class _Borrowed(ConnectionWrapper):
    """The caller's connection for SQLAlchemy. Reading needs no transaction."""

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Runs all queries on one connection that stays open."""

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection


class OffendingRows(UnexpectedRowsExpectation):
    """``UnexpectedRowsExpectation``, which asks its query twice: for its rows, and to count them.

    On a table of millions that is half of a gate's time. Here a query is asked once; it is counted
    only where it gives as many rows as Great Expectations fetches at most.
    """

    metric_dependencies = ("unexpected_rows_query.table",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002 - theirs
        execution_engine: Any = None,
    ) -> Any:
        rows = metrics["unexpected_rows_query.table"]
        count = len(rows)
        if count >= MAX_RESULT_RECORDS:
            query = str(self.unexpected_rows_query).format(batch="whole table")
            counted = execution_engine.execute_query(sa.text(f"SELECT count(*) FROM ({query})"))
            count = counted.scalar()
        result = {"observed_value": count, "details": {"unexpected_rows": rows}}
        return {"success": count == 0, "result": result}


class DuckDBDatasource(SQLDatasource):
    """A schema of a DuckDB file, named after the schema; ``context.data_sources.add_duckdb``."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]
    connection_string: str = "duckdb://"  # never connected to: the engine has a creator

    @property
    def execution_engine_type(self) -> EngineType:
        return DuckDBExecutionEngine

    @property
    def schema_(self) -> str:
        return str(self.name)

    def test_connection(self, test_assets: bool = True) -> None:
        """Nothing to test: ``use`` hands over a connection that is open."""

    def use(self, engine: sa.Engine) -> None:
        """Read through ``engine`` instead of one made from the connection string."""
        self._engine = engine
        self._cached_connection_string = self.connection_string
        self._execution_engine = DuckDBExecutionEngine(engine=engine, create_temp_table=False)

    def get_execution_engine(self) -> SqlAlchemyExecutionEngine:
        engine: SqlAlchemyExecutionEngine | None = self._execution_engine
        assert engine is not None, "call use() first"
        return engine


def run_suites(
    con: Connection, suites: Sequence[Suite], pages: list[Page] | None = None
) -> list[CheckResult]:
    """Run all checks on the tables that ``con`` sees, one batch a table; in the suites' order.

    ``pages``: gets the Data Docs of what was run, rendered; None: they are not asked for.
    """
    engine = sa.create_engine(
        "duckdb://", creator=lambda: _Borrowed(con), poolclass=sa.pool.StaticPool
    )
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    sources: dict[str, Any] = {}
    found: dict[str, CheckResult] = {}
    for suite in suites:
        for table in dict.fromkeys(check.table for check in suite.checks):
            checks = [check for check in suite.checks if check.table == table]
            try:
                batch = _batch(context, sources, engine, table)
            except Exception as error:  # noqa: BLE001 - whatever it is, these checks did not run
                found |= {c.id: _crashed(suite, c, error) for c in checks}
                continue
            keys = list(suite.keys.get(table, ()))
            found |= _run_table(batch, suite, checks, keys, pages)
    return [found[check.id] for suite in suites for check in suite.checks]


def _batch(context: Any, sources: dict[str, Any], engine: sa.Engine, table: str) -> Any:
    schema, name = table.split(".")
    if schema not in sources:
        sources[schema] = context.data_sources.add_duckdb(name=schema)
        sources[schema].use(engine)
    source = sources[schema]
    asset = next((a for a in source.assets if a.name == name), None)
    if asset is None:
        asset = source.add_table_asset(name)
        asset.add_batch_definition_whole_table("all")
    return asset.get_batch_definition("all").get_batch()


def _run_table(
    batch: Any, suite: Suite, checks: list[Check], keys: list[str], pages: list[Page] | None
) -> dict[str, CheckResult]:
    """Queries need the COMPLETE format to show rows; the others would then copy out all of them."""
    queries = [check for check in checks if check.sql is not None]
    others = [check for check in checks if check.sql is None]
    found = _run(batch, suite, queries, {"result_format": "COMPLETE"}, pages)
    form: dict[str, Any] = {
        "result_format": "SUMMARY",
        "partial_unexpected_count": MAX_OFFENDING,
    }
    if keys:
        form["unexpected_index_column_names"] = keys
    return found | _run(batch, suite, others, form, pages)


def _run(
    batch: Any,
    suite: Suite,
    checks: list[Check],
    result_format: dict[str, Any],
    pages: list[Page] | None,
) -> dict[str, CheckResult]:
    """Run checks together. Those that crash run again alone: their metrics share queries."""
    found: dict[str, CheckResult] = {}
    expectations = []
    for check in checks:
        try:
            expectations.append(_expectation(check))
        except Exception as error:  # noqa: BLE001 - e.g. kwargs that the expectation does not know
            found[check.id] = _crashed(suite, check, error)
    if not expectations:
        return found
    by_id = {check.id: check for check in checks}
    try:
        result = batch.validate(
            gx.ExpectationSuite(name=suite.suite, expectations=expectations),
            result_format=result_format,
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, these checks did not run
        found |= {i: _crashed(suite, c, error) for i, c in by_id.items() if i not in found}
    else:
        for item in result.results:
            raw = item.to_json_dict()
            check = by_id[raw["expectation_config"]["meta"]["check"]]
            found[check.id] = normalise(suite.suite, check, raw)
        if pages is not None:
            pages.append(Page(suite.suite, checks[0].table, _rendered(result)))
    silent = RuntimeError("Great Expectations returned no result for it")
    found |= {c.id: _crashed(suite, c, silent) for c in checks if c.id not in found}
    crashed = [check for check in checks if found[check.id].outcome == "error"]
    if len(checks) > 1:
        for check in crashed:
            found |= _run(batch, suite, [check], result_format, pages)
    return found


def _rendered(result: Any) -> str:
    """A result as Great Expectations shows it in its Data Docs."""
    page = ValidationResultsPageRenderer(run_info_at_end=True).render(result)
    view: Any = DefaultJinjaPageView()
    return str(view.render(page))


def _expectation(check: Check) -> Any:
    kind, kwargs = str(check.expectation), check.kwargs
    if check.sql is not None:
        kind = "offending_rows"
        kwargs = {"unexpected_rows_query": _escaped(check.sql)}
    config = ExpectationConfiguration(type=kind, kwargs=kwargs, meta={"check": check.id})
    return config.to_domain_obj()


def _escaped(sql: str) -> str:
    """Plain SQL for Great Expectations, which formats it with braces, and SQLAlchemy's colons.

    A query must name ``{batch}``, or a complaint is printed; ours name their tables, so that they
    can be tried as they are with ``crimeclaims sql``.
    """
    plain = sql.replace("{", "{{").replace("}", "}}")
    return re.sub(r"(?<![:\\]):(?=\w)", r"\\:", plain) + "\n/* {batch} */"


def _crashed(suite: Suite, check: Check, error: Exception) -> CheckResult:
    info = {"raised_exception": True, "exception_message": f"{type(error).__name__}: {error}"}
    return normalise(suite.suite, check, {"success": False, "exception_info": info})
