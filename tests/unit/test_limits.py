"""Every step of every flow has a limit of time, and says how often it is retried."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from dataclasses import replace
from pathlib import Path

import pytest

import flows
from datasets.catalog import load_catalog
from datasets.settings import DATASETS_DIR, Network, Settings
from flows import limits

FOLDER = Path(flows.__file__).parent
DECORATORS = ("task", "flow")


def decorated() -> list[tuple[str, str, set[str]]]:
    """Module, function and keywords of everything that is decorated as a task or flow."""
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for each in node.decorator_list:
                called = each.func if isinstance(each, ast.Call) else each
                if isinstance(called, ast.Name) and called.id in DECORATORS:
                    words = each.keywords if isinstance(each, ast.Call) else []
                    found.append((path.stem, node.name, {word.arg or "" for word in words}))
    return found


@pytest.mark.parametrize("step", decorated(), ids=lambda step: f"{step[0]}.{step[1]}")
def test_every_step_says_how_long_it_may_take_and_how_often(
    step: tuple[str, str, set[str]],
) -> None:
    module, name, words = step
    assert {"timeout_seconds", "retries"} <= words
    found = getattr(importlib.import_module(f"flows.{module}"), name)
    assert 0 < found.timeout_seconds <= limits.NIGHT
    assert found.retries == 0 or found.retry_condition_fn is not None


def test_no_step_is_missed() -> None:
    """A task that is made in another way than by a decorator would not be looked at above."""
    from prefect import Flow, Task

    names = [each.name for each in pkgutil.iter_modules([str(FOLDER)]) if each.name != "__main__"]
    modules = [importlib.import_module(f"flows.{name}") for name in names]
    steps = {
        (value.fn.__module__.rpartition(".")[2], value.fn.__name__)
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Flow | Task)
    }
    assert {(module, name) for module, name, _ in decorated()} == steps
    assert {"nightly", "refresh", "verify"} <= {name for _, name in steps}


def test_a_night_ends_before_the_next_begins() -> None:
    """All datasets that are asked by every night, each to its deadline, and the steps after it."""
    settings = Settings(var=Path("unused"))
    asked = [d for d in load_catalog(DATASETS_DIR).values() if d.source and not d.source.on_request]
    total = limits.fetch(settings, asked) + limits.CHECK_INPUTS + limits.build(settings)
    assert total + limits.VERIFY + limits.REPORT < limits.NIGHT < 24 * limits.HOUR
    assert limits.fetch(settings, asked) < limits.REFRESH


def test_a_fetch_has_more_than_its_deadline_for_asking() -> None:
    catalog = load_catalog(DATASETS_DIR)
    settings = Settings(var=Path("unused"))
    declared = catalog["fbi_cde"].source
    assert declared is not None
    assert declared.deadline_minutes
    assert limits.fetch(settings, [catalog["fbi_cde"]]) > declared.deadline_minutes * limits.MINUTE
    patient = replace(settings, network=replace(Network(), deadline_seconds=5 * limits.HOUR))
    assert limits.fetch(patient, [catalog["fbi_cde"]]) > 5 * limits.HOUR
    longer = replace(settings, lock_wait_seconds=9000.0)
    assert limits.build(longer) - limits.build(settings) == pytest.approx(9000 - 600)
