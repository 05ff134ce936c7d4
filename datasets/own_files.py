"""Where the SQL and the checks of a dataset are: among the project's, or beside its dataset.yml.

A folder of datasets outside the project (``CRIMECLAIMS_DATASETS``) cannot add to ``sql/staging``
and ``checks/validation/suites`` of an installed package. It brings ``staging.sql`` and
``suite.yml`` instead, next to ``dataset.yml``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from datasets.errors import InputError, Problem
from datasets.settings import SQL_DIR

STAGING, SUITE = "staging.sql", "suite.yml"


def staging_file(datasets_dir: Path, name: str, sql_dir: Path = SQL_DIR) -> Path:
    """The staging SQL of a dataset: its own before the project's. It need not exist."""
    own = datasets_dir / name / STAGING
    return own if own.is_file() else sql_dir / "staging" / f"{name}.sql"


def suites_beside(datasets_dir: Path) -> list[Path]:
    """The suites that datasets bring with them."""
    return sorted(datasets_dir.glob(f"*/{SUITE}"))


def suite_name(path: Path) -> str:
    """What the suite in a file is called: as the file, or as the dataset that brings it."""
    return path.parent.name if path.name == SUITE else path.stem


def require_suites(names: Iterable[str], check_files: Collection[Path]) -> None:
    """Raise InputError naming all datasets without a suite: nothing would be checked of them."""
    suites = {suite_name(path) for path in check_files}
    problems = [
        Problem(
            f"checks/validation/suites/{name}.yml",
            f"is missing, and so is {SUITE} beside the dataset.yml of {name}: nothing would be "
            "checked of it",
        )
        for name in names
        if name not in suites
    ]
    if problems:
        raise InputError(
            "every dataset needs an expectation suite:",
            problems=problems,
            next_step="write it like that of another dataset, each check with its reason",
        )
