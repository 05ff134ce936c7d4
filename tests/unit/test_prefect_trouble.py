"""A Prefect server that is away or refuses: which error it is, and how the run is said to stand."""

from __future__ import annotations

import logging
from asyncio import CancelledError
from pathlib import Path

import httpx
import pytest
from prefect.task_engine import TaskRunTimeoutError

from datasets.errors import CrimeclaimsError, GateClosed, InputError
from datasets.settings import Settings
from flows import notices, runs
from flows.prefect_settings import CLIENT_RETRIES, for_command_line
from flows.prefect_trouble import (
    OutOfTime,
    PrefectUnreachable,
    asking_server,
    server_trouble,
    trouble,
)

URL = "http://desk:planted-pass@127.0.0.1:4200/api"
AWAY = "the Prefect server at http://127.0.0.1:4200/api cannot be reached (ConnectError)"
RETRIES = "PREFECT_CLIENT_MAX_RETRIES"


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", URL)
    monkeypatch.setattr(runs, "_BEGUN", [])


def answered(status: int) -> httpx.HTTPStatusError:
    request = httpx.Request("GET", f"{URL}/health")
    return httpx.HTTPStatusError(URL, request=request, response=httpx.Response(status))


def caused(error: Exception) -> RuntimeError:
    """As Prefect has it when its first question is not answered."""
    found = RuntimeError(f"Failed to reach API at {URL}")
    found.__cause__ = error
    return found


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (httpx.ConnectError("refused"), PrefectUnreachable, 3),
        (httpx.ReadTimeout("late"), PrefectUnreachable, 3),
        (caused(httpx.ConnectError("refused")), PrefectUnreachable, 3),
        (answered(502), PrefectUnreachable, 3),
        (answered(401), InputError, 2),
        (answered(422), CrimeclaimsError, 4),
    ],
)
def test_what_the_client_raises_is_an_error_for_the_user(
    error: Exception, kind: type[CrimeclaimsError], code: int
) -> None:
    found = server_trouble(error)
    assert type(found) is kind
    assert found.exit_code == code
    assert "planted" not in str(found)


def test_other_errors_are_not_of_the_server(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    assert server_trouble(ValueError("x")) is None
    assert trouble(ValueError("x"), settings) is None
    closed = GateClosed("closed")
    assert trouble(closed, settings) is closed
    full = trouble(OSError(28, "No space left on device", "/x"), settings)
    assert full is not None
    assert "/x could not be written" in str(full)


@pytest.mark.parametrize("inside", [CancelledError(), TaskRunTimeoutError("late")])
def test_a_limit_of_time_is_named_also_in_the_middle_of_a_query(
    tmp_path: Path, inside: BaseException
) -> None:
    query = RuntimeError("Query interrupted")
    query.__cause__ = inside
    for error in (inside, query):
        found = trouble(error, Settings(var=tmp_path))
        assert type(found) is OutOfTime
        assert notices.failed(found).name == "TimedOut"
    assert trouble(KeyboardInterrupt(), Settings(var=tmp_path)) is None


def stands(settings: Settings, outcome: runs.Outcome, error: str | None) -> CrimeclaimsError:
    """What is raised when the server goes after a run of ours ended so."""
    run = runs.begin(settings, "bundled", None)
    runs.end(settings, run, outcome, error)
    with pytest.raises(CrimeclaimsError) as raised, asking_server():
        raise httpx.ConnectError("refused")
    raised.value.args = (str(raised.value).replace(run.run, "R"),)
    return raised.value


@pytest.mark.parametrize(
    ("outcome", "error", "said"),
    [
        ("failed", AWAY, "run R is recorded as failed"),
        ("failed", "no such claim\n  a1", "run R had failed before: no such claim"),
        (
            "published",
            None,
            "run R was complete by then: its verdicts and report are in its folder",
        ),
    ],
)
def test_it_is_said_how_the_run_stands(
    tmp_path: Path, outcome: runs.Outcome, error: str | None, said: str
) -> None:
    raised = stands(Settings(var=tmp_path), outcome, error)
    assert (str(raised), raised.exit_code) == (f"{AWAY}; {said}", 3)
    assert raised.next_step is not None
    assert "PREFECT_API_URL" in raised.next_step


def test_a_closed_gate_comes_before_a_server_that_went_after_it(tmp_path: Path) -> None:
    raised = stands(Settings(var=tmp_path), "gate_closed", "closed: x failed")
    assert (str(raised), raised.exit_code) == (f"closed: x failed\n  and {AWAY}", 1)
    assert raised.next_step is not None
    assert raised.next_step.startswith("see checks.json in the folder of run ")


def test_without_a_run_only_the_server_is_named_and_logging_is_as_it_was() -> None:
    before = logging.raiseExceptions
    with pytest.raises(PrefectUnreachable) as raised, asking_server():
        raise caused(httpx.ConnectError("refused"))
    assert str(raised.value) == AWAY
    assert logging.raiseExceptions == before


def test_retries_are_bounded_unless_the_user_says_otherwise(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    assert for_command_line(settings, {})[RETRIES] == str(CLIENT_RETRIES)
    assert RETRIES not in for_command_line(settings, {RETRIES: "9"})
