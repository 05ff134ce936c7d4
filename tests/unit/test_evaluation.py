"""Two groups of kinds side by side: the answers of one connection, and no error of either lost."""

from __future__ import annotations

import gc
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks import evaluation, reading_rows
from checks.readings import evaluate
from datasets.errors import InputError
from tests.support_world import Series, World, make_world, record

FIGURES = {year: float(500 + 17 * (year % 9) + year - 1990) for year in range(1990, 2017)}
ABOUT: dict[str, Any] = {"place": "chicago-pd", "measure": "murder"}
CLAIMS: list[list[dict[str, Any]]] = [
    [record(years=20)],
    [record(years=20, measure="murder_rate")],
    [{"kind": "trend", **ABOUT, "direction": "rising", "window": {"start": 2008, "end": 2016}}],
    [{"kind": "threshold", **ABOUT, "period": 2016, "value": 500, "hedge": "more than"}],
    [{"kind": "change", **ABOUT, "start": 2014, "end": 2016, "word": "soared"}],
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    people = Series(dict.fromkeys(FIGURES, 2e6), measure="population", definition="census")
    return make_world(tmp_path, [Series(FIGURES), people])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The kinds of each group that was evaluated."""
    found: list[set[str]] = []

    def noted(con: Any, tests: Any, *args: Any, **keys: Any) -> Any:
        found.append({test.kind for _, _, test in tests})
        return evaluate(con, tests, *args, **keys)

    monkeypatch.setattr(evaluation, "evaluate", noted)
    return found


def test_kinds_side_by_side_are_judged_as_on_one_connection(
    world: World, asked: list[set[str]]
) -> None:
    together = replace(world, settings=replace(world.settings, threads=1)).verify_all(
        CLAIMS, full=True
    )
    assert asked == [{"record", "trend", "threshold", "change"}]
    # of a count, a rate and a pair of counts: each by figures that only one of the sides has
    assert [bool(verdict.chance) for verdict in together] == [True, True, True, False, True]
    assert world.verify_all(CLAIMS, full=True) == together
    assert {frozenset(kinds) for kinds in asked[1:]} == {
        frozenset({"record", "trend"}),
        frozenset({"threshold", "change"}),
    }


def test_a_kind_alone_is_not_worth_a_second_connection(world: World, asked: list[set[str]]) -> None:
    world.verify_all(CLAIMS[:1] * 3 + CLAIMS[3:])
    assert asked == [{"record", "threshold", "change"}]


@pytest.mark.parametrize("broken", ["record", "change"])
def test_an_error_on_either_side_is_raised(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fails(con: Any, tests: Any, *args: Any, **keys: Any) -> Any:
        if broken in {test.kind for _, _, test in tests}:
            raise InputError(f"no {broken}")
        return evaluate(con, tests, *args, **keys)

    monkeypatch.setattr(evaluation, "evaluate", fails)
    with pytest.raises(InputError, match=f"no {broken}"):
        world.verify_all(CLAIMS)


@pytest.mark.parametrize("on", [True, False])
def test_the_garbage_collector_is_left_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch, on: bool
) -> None:
    during: list[bool] = []

    def fails(*_: Any, **__: Any) -> Any:
        during.append(gc.isenabled())
        raise InputError("no readings")

    monkeypatch.setattr(reading_rows, "_fetched", fails)
    (gc.enable if on else gc.disable)()
    try:
        with pytest.raises(InputError, match="no readings"):
            world.verify_all(CLAIMS[:1])
        assert (during, gc.isenabled()) == ([False], on)
    finally:
        gc.enable()


def test_a_side_that_fails_does_not_close_the_connection_of_the_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed, finished = threading.Event(), threading.Event()

    def fails(con: Any, tests: Any, *args: Any, **keys: Any) -> Any:
        if "record" in {test.kind for _, _, test in tests}:
            failed.set()
            raise InputError("no record")
        assert failed.wait(60)
        found = evaluate(con, tests, *args, **keys)
        finished.set()
        return found

    monkeypatch.setattr(evaluation, "evaluate", fails)
    with pytest.raises(InputError, match="no record"):
        world.verify_all(CLAIMS)
    assert finished.is_set()
