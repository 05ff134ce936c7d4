"""Expectation suites: YAML files that say what must be true of the data, how badly, and why.

A check is an expectation of Great Expectations with its arguments, or ``unexpected_rows`` with a
query that returns the rows that offend. Every check has a written reason for its bound.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from datasets.errors import InputError, Problem, nearest
from datasets.own_files import suite_name, suites_beside
from datasets.settings import CHECKS_DIR, DATASETS_DIR, SQL_DIR
from datasets.yamlfile import YamlFile, read_yaml, validate

SUITES_DIR = CHECKS_DIR / "validation" / "suites"

Severity = Literal["critical", "warning"]

#: Great Expectations' types that work on DuckDB (its regex expectations do not: use a query).
Expectation = Literal[
    "unexpected_rows",
    "expect_column_distinct_values_to_contain_set",
    "expect_column_pair_values_a_to_be_greater_than_b",
    "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_be_null",
    "expect_column_values_to_be_unique",
    "expect_column_values_to_not_be_null",
    "expect_compound_columns_to_be_unique",
    "expect_table_row_count_to_be_between",
]


class Check(BaseModel):
    """One assertion about one table.

    ``severity``: a failed ``critical`` check closes the gate, a failed ``warning`` is reported; a
    check that cannot run closes it whatever its severity.
    ``sql``: for ``unexpected_rows``: a query on the build that returns one row an offence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")
    table: str = Field(pattern=r"^[a-z]+\.[a-z0-9_]+$")
    expectation: Expectation
    kwargs: dict[str, Any] = {}
    sql: str | None = None
    severity: Severity
    reason: str = Field(min_length=30)

    @model_validator(mode="after")
    def _query_or_arguments(self) -> Check:
        if (self.expectation == "unexpected_rows") != (self.sql is not None):
            raise ValueError("sql belongs to the expectation unexpected_rows, and only to it")
        if self.sql is not None and self.kwargs:
            raise ValueError("unexpected_rows has sql and no kwargs")
        return self


class Suite(BaseModel):
    """The checks of one dataset or layer.

    ``keys``: for each table, the columns by which an offending row can be found again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    suite: str = Field(pattern=r"^[a-z0-9_]+$")
    about: str
    keys: dict[str, tuple[str, ...]] = {}
    checks: tuple[Check, ...] = Field(min_length=1)


def suite_files(folder: Path = SUITES_DIR, datasets_dir: Path = DATASETS_DIR) -> list[Path]:
    """All files that decide whether a build is valid: they are part of its identity.

    The project's own in ``folder``, and those that datasets bring with them.
    """
    return [*sorted(folder.glob("*.yml")), *suites_beside(datasets_dir)]


def load_suites(folder: Path = SUITES_DIR, datasets_dir: Path = DATASETS_DIR) -> list[Suite]:
    """All suites. Raises InputError naming file, line and field of what is wrong."""
    suites: list[Suite] = []
    seen: dict[str, str] = {}
    for path in suite_files(folder, datasets_dir):
        file = read_yaml(path)
        suite = validate(Suite, file, file.value)
        problems = [*_names(suite, file), *_repeated(suite, file, seen)]
        if problems:
            raise InputError(f"{path.name} is not valid:", problems=problems)
        suites.append(suite)
    if not suites:
        raise InputError(f"no expectation suite in {folder}: nothing could be validated")
    return suites


def applicable(
    suites: Sequence[Suite], loaded: Collection[str], datasets_dir: Path = DATASETS_DIR
) -> list[Suite]:
    """The suites for a build that has the datasets ``loaded``.

    A suite whose name has staging SQL, or that a dataset brings, is a dataset's: without the
    dataset there is nothing to check. Any other (a layer's, a misspelt one) stays, and fails if
    what it is about is missing.
    """
    datasets = {path.stem for path in (SQL_DIR / "staging").glob("*.sql")}
    datasets |= {suite_name(path) for path in suites_beside(datasets_dir)}
    return [s for s in suites if s.suite in loaded or s.suite not in datasets]


def _names(suite: Suite, file: YamlFile) -> list[Problem]:
    """A suite is named after its file, a check after its suite, a key after a table checked."""
    problems = []
    name = suite_name(file.path)
    if suite.suite != name:
        of = "dataset" if name != file.path.stem else "file"
        problems.append(file.problem(("suite",), f'is "{suite.suite}", not the name of the {of}'))
    tables = sorted({check.table for check in suite.checks})
    problems += [
        file.problem(("keys", table), "is not a table of a check", near=nearest(table, tables))
        for table in suite.keys
        if table not in tables
    ]
    problems += [
        file.problem(("checks", i, "id"), f'"{check.id}" does not begin with "{suite.suite}."')
        for i, check in enumerate(suite.checks)
        if not check.id.startswith(f"{suite.suite}.")
    ]
    return problems


def _repeated(suite: Suite, file: YamlFile, seen: dict[str, str]) -> list[Problem]:
    problems = []
    for i, check in enumerate(suite.checks):
        if check.id in seen:
            message = f'"{check.id}" is there twice (also in {seen[check.id]})'
            problems.append(file.problem(("checks", i, "id"), message))
        seen[check.id] = file.path.name
    return problems
