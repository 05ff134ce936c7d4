"""How far a flow has come, as Prefect is told: never more than is done, and never in its way."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from datasets.session import Meter
from flows import artifacts


class Prefect:
    """Keeps what it is told; ``down``: and then fails, as an API that is gone."""

    def __init__(self) -> None:
        self.told: list[tuple[float, str]] = []
        self.down = False

    def create(self, progress: float, *, key: str, description: str) -> UUID:
        assert key == "a"
        self.told.append((progress, description))
        return uuid4()

    def update(self, _: UUID, progress: float, *, description: str) -> None:
        if self.down:
            raise ConnectionError("the server is gone")
        self.told.append((round(progress, 6), description))


@pytest.fixture
def prefect(monkeypatch: pytest.MonkeyPatch) -> Prefect:
    there = Prefect()
    monkeypatch.setattr(artifacts, "create_progress_artifact", there.create)
    monkeypatch.setattr(artifacts, "update_progress_artifact", there.update)
    return there


def test_only_what_ended_well_is_at_100(prefect: Prefect) -> None:
    with artifacts.progress("a", 4, "a run") as step:
        step(1, "build")
    assert prefect.told == [(0, "a run"), (25, "build"), (100, "a run: done")]


def test_what_failed_stays_where_it_was_and_says_at_what(prefect: Prefect) -> None:
    def fails() -> None:
        with artifacts.progress("a", 4, "a run") as step:
            step(2, "verify")
            raise ValueError("no figures")

    with pytest.raises(ValueError, match="no figures"):
        fails()
    assert prefect.told[-1] == (50, "stopped at: verify")


def test_prefect_that_is_gone_stops_nothing(prefect: Prefect) -> None:
    with artifacts.progress("a", 2, "a run") as step:
        prefect.down = True
        step(1, "build")
    assert prefect.told == [(0, "a run")]
    artifacts.name_run("a name")  # there is no run: nothing to name, nothing raised


def test_fetches_count_datasets_and_their_rows_now_and_then(
    prefect: Prefect, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1.0, 6.0, 6.0, 20.0])
    monkeypatch.setattr(artifacts.time, "monotonic", lambda: next(clock))
    with artifacts.progress("a", 2, "asking") as step:
        watch: Any = artifacts.watching(step)
        with watch("first") as meter:  # at 0
            assert isinstance(meter, Meter)
            meter.of_rows = 200
            meter.count(rows=10)  # at 1: too soon
            meter.count(rows=40)  # at 6, which it is asked twice
        with watch("second") as meter:  # at 20
            meter.count(rows=1_000)  # of how many is not known
    assert prefect.told[1:] == [
        (0, "asking for first"),
        (12.5, "first: 50 of 200 rows"),
        (50, "asking for second"),
        (100, "asking: done"),
    ]
