"""Who may import what, where import-linter cannot say it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(p for top in ("flows", "checks", "datasets") for p in (ROOT / top).rglob("*.py"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def users_of(package: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        for name in imported(ast.parse(path.read_text(encoding="utf-8")))
        if name.split(".")[0] == package
    }


@pytest.mark.parametrize("package", ["great_expectations", "duckdb_engine", "sqlalchemy"])
def test_only_the_gate_imports_what_takes_seconds(package: str) -> None:
    assert users_of(package) <= {"checks/validation/gx_duckdb.py"}


def test_only_flows_import_prefect() -> None:
    assert {path.split("/")[0] for path in users_of("prefect")} == {"flows"}


def test_only_the_warehouse_connects_to_duckdb() -> None:
    connecting = {
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "connect"
        and isinstance(node.value, ast.Name)
        and node.value.id == "duckdb"
    }
    assert connecting == {"datasets/warehouse.py"}
