"""Which parts are started again, and which are not, by what their runs say: no server, no waiting.

With a real server and workers that are killed: ``tests/integration/test_two_workers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Cancelled, Completed, Crashed, Failed, Pending, Running, State

from datasets import shared
from datasets.errors import CrimeclaimsError, InputError
from datasets.settings import Settings
from flows import fan_out as module
from flows.fan_out import fan_out
from flows.refusals import refusal, refusing

HOME = "runs/a"


@dataclass
class Server:
    """Answers as Prefect's client does. ``script``: what each attempt at a part comes to."""

    settings: Settings
    script: Callable[[str, int], State[Any] | None]
    started: list[tuple[str, int]] = field(default_factory=list)
    set: dict[UUID, State[Any]] = field(default_factory=dict)
    runs: dict[UUID, tuple[str, int]] = field(default_factory=dict)
    away: int = 0

    def run_deployment(self, _: str, *, idempotency_key: str, **__: Any) -> FlowRun:
        name, _, attempt = idempotency_key.removeprefix(f"{HOME}/").partition("#")
        self.started.append((name, int(attempt)))
        run = FlowRun(id=uuid4(), flow_id=uuid4())
        self.runs[run.id] = (name, int(attempt))
        return run

    def read_flow_runs(self, flow_run_filter: Any) -> list[FlowRun]:
        if self.away:
            self.away -= 1
            raise httpx.ConnectError("nobody is there")
        found = []
        for id_ in flow_run_filter.id.any_:
            state = self.set.get(id_) or self.script(*self.runs[id_])
            found.append(FlowRun(id=id_, flow_id=uuid4(), state=state))
        return found

    def set_flow_run_state(self, id_: UUID, state: State[Any], **_: Any) -> None:
        self.set[id_] = state


@dataclass(frozen=True)
class Parts:
    settings: Settings
    names: Collection[str] = ("one", "two")

    def of(self, name: str) -> dict[str, Any]:
        return {"part": name}

    def done(self) -> Collection[str]:
        return [name.rpartition("/")[2] for name in shared.names(self.settings, f"{HOME}/found")]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path)


def put(settings: Settings, name: str) -> State[Any]:
    shared.put(settings, f"{HOME}/found/{name}", b"result")
    return Completed()


def run(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, script: Any, **more: Any
) -> tuple[dict[str, CrimeclaimsError], Server]:
    server = Server(settings, script, away=more.pop("away", 0))

    @contextmanager
    def client(**_: Any) -> Iterator[Server]:
        yield server

    monkeypatch.setattr(module, "get_client", client)
    monkeypatch.setattr(module, "run_deployment", server.run_deployment)
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.0)
    options = {"seconds": 60.0, "poll": 0.0} | more
    return fan_out(settings, "d/d", HOME, Parts(settings), **options), server


@pytest.mark.parametrize("end", [Crashed(message="killed"), Failed(message="boom"), Completed()])
def test_a_run_that_ends_without_a_result_is_started_again(
    end: State[Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(name: str, attempt: int) -> State[Any]:
        return end if (name, attempt) == ("two", 1) else put(settings, name)

    failed, server = run(monkeypatch, settings, script)
    assert failed == {}
    assert sorted(server.started) == [("one", 1), ("two", 1), ("two", 2)]


def test_after_three_attempts_the_reason_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(name: str, _: int) -> State[Any]:
        return put(settings, name) if name == "one" else Failed(message="boom")

    failed, server = run(monkeypatch, settings, script)
    assert {name: str(error) for name, error in failed.items()} == {
        "two": "two failed: boom, attempt 3 of 3"
    }
    assert [attempt for name, attempt in server.started if name == "two"] == [1, 2, 3]


def test_bad_input_is_not_tried_again_and_ends_the_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(name: str, _: int) -> State[Any]:
        if name == "one":
            return Pending()
        with pytest.raises(InputError), refusing(settings, HOME, "two"):
            raise InputError("no such build", next_step="mount it")
        return Failed(message="InputError")

    failed, server = run(monkeypatch, settings, script, stop_at_first=True)
    [(name, error)] = failed.items()
    assert (name, str(error), error.next_step) == ("two", "no such build", "mount it")
    assert isinstance(error, InputError)
    assert server.started == [("one", 1), ("two", 1)]
    assert {server.runs[id_]: state.name for id_, state in server.set.items()} == {
        ("one", 1): "Cancelled"
    }
    assert shared.names(settings, HOME) == [refusal(HOME, "two")]


def test_a_run_without_an_end_is_marked_as_crashed_and_started_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(name: str, attempt: int) -> State[Any]:
        return Running() if (name, attempt) == ("two", 1) else put(settings, name)

    failed, server = run(monkeypatch, settings, script, seconds=0.0)
    assert failed == {}
    [(id_, state)] = server.set.items()
    assert server.runs[id_] == ("two", 1)
    assert state.message == "The run left no result within 0 s of being taken by a worker."


def test_a_result_counts_though_its_run_never_said_that_it_ended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(name: str, _: int) -> State[Any]:
        put(settings, name)
        return Running()

    failed, server = run(monkeypatch, settings, script)
    assert (failed, len(server.started)) == ({}, 2)


def test_what_a_person_cancelled_is_not_started_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed, server = run(monkeypatch, settings, lambda *_: Cancelled())
    assert {str(error) for error in failed.values()} == {
        f"{name} was cancelled, attempt 1 of 3" for name in ("one", "two")
    }
    assert len(server.started) == 2


def test_a_server_that_is_away_for_a_while_is_asked_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(name: str, _: int) -> State[Any]:
        return put(settings, name)

    failed, server = run(monkeypatch, settings, script, away=3)
    assert (failed, len(server.started)) == ({}, 2)
    with pytest.raises(CrimeclaimsError, match="no answer from the server or the lake"):
        run(monkeypatch, settings, script, away=3, patience=-1.0)
