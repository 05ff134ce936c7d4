"""What Prefect makes a flow end with, said so that a user can act on it: its server is away or does
not let us in, or the flow reached its limit of time.

Prefect's own client asks again some times (``flows.prefect_settings``), then raises an error of its
HTTP library; what else it sends in the background, log lines and events, it complains about on
standard error and waits for when Python exits.
"""

from __future__ import annotations

import logging
import os
from asyncio import CancelledError
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import contextmanager

import httpx
from prefect.task_engine import TaskRunTimeoutError

from datasets.access import redact_url
from datasets.disk import disk_trouble
from datasets.errors import CrimeclaimsError, GateClosed, InputError
from datasets.settings import Settings
from flows import runs
from flows.prefect_settings import own_server

#: What a proxy answers for a server that is not there, and a server that cannot answer now.
AWAY = (502, 503, 504)
#: So long what is queued for a server may take to be sent, or to be let go of.
SEND_SECONDS = 10.0


class PrefectUnreachable(CrimeclaimsError):  # noqa: N818
    """The Prefect server does not answer, though it was asked again."""

    exit_code = 3


class OutOfTime(CrimeclaimsError):  # noqa: N818
    """A flow, or a step of it, took longer than ``flows.limits`` has it."""


def trouble(error: BaseException, settings: Settings) -> CrimeclaimsError | None:
    """The error for the user if a person can act on ``error``; None if it is a fault of ours."""
    if isinstance(error, CrimeclaimsError):
        return error
    return server_trouble(error) or _out_of_time(error) or disk_trouble(error, settings.var)


def server_trouble(error: BaseException) -> CrimeclaimsError | None:
    """The error for the user if ``error``, or what caused it, is of the Prefect server.

    Nothing but Prefect's client uses httpx in our processes. Its own words can hold a password.
    """
    for cause in _causes(error):
        if isinstance(cause, httpx.HTTPStatusError):
            return _of_status(cause.response.status_code)
        if isinstance(cause, httpx.TransportError):
            return _away(type(cause).__name__)
    return None


def _of_status(status: int) -> CrimeclaimsError:
    if status in AWAY:
        return _away(f"status {status}")
    if status == 401:
        return InputError(
            "the Prefect server does not take the password",
            next_step="export PREFECT_API_AUTH_STRING='<name>:<password>', as the server has it",
        )
    return CrimeclaimsError(f"the Prefect server answered with status {status}")


def _away(why: str) -> PrefectUnreachable:
    return PrefectUnreachable(
        f"the Prefect server at {redact_url(own_server() or '')} cannot be reached ({why})",
        next_step="see that it is up and that PREFECT_API_URL is its address, then run this "
        "again; with PREFECT_API_URL unset a run has a server of its own",
    )


def _out_of_time(error: BaseException) -> OutOfTime | None:
    """Prefect ends a flow at its limit by an error that is no Exception, a step by another one.

    In the middle of a query either is the cause of DuckDB's own.
    """
    if not any(isinstance(cause, CancelledError | TaskRunTimeoutError) for cause in _causes(error)):
        return None
    return OutOfTime(
        "ran out of time: the flow, or a step of it, took longer than it may",
        next_step="see in its log what took so long; flows/limits.py has the limits",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """``error`` and what it was raised from."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


@contextmanager
def asking_server() -> Iterator[None]:
    """Around a flow on a server of the user's: what is raised for its being away is for the user.

    Raises PrefectUnreachable, GateClosed for a run that ended so and could not say it, or
    InputError. What Prefect writes to standard error by itself is not heard.
    """
    before, debug = logging.raiseExceptions, os.environ.get("CRIMECLAIMS_DEBUG")
    logging.raiseExceptions = bool(debug)  # Prefect's sender of log lines goes by it
    try:
        yield
        send_what_is_queued()
    except Exception as error:
        found = server_trouble(error)
        if isinstance(found, PrefectUnreachable):
            _let_go()
            raise _with_run(found) from error
        if found is not None:
            raise found from error
        raise
    finally:
        logging.raiseExceptions = before


def _with_run(away: PrefectUnreachable) -> CrimeclaimsError:
    """``away``, and how the run of this process ended as far as it is concerned."""
    run = runs.begun_here()
    if run is None:
        return away
    if run.outcome == "gate_closed":
        see = f"see {runs.CHECKS} in the folder of run {run.run}"
        return GateClosed(f"{run.error}\n  and {away}", next_step=f"{see}; {away.next_step}")
    if run.outcome == "failed":
        why = (run.error or "").partition("\n")[0]
        said = "is recorded as failed" if why == str(away) else f"had failed before: {why}"
    else:
        said = "was complete by then: its verdicts and report are in its folder"
    away.args = (f"{away}; run {run.run} {said}",)
    return away


def send_what_is_queued() -> None:
    """Hand Prefect's queued logs and events to the server while it is there.

    Prefect would do it when Python exits: it would then try for a minute to reach a server that is
    gone, and complain on the terminal.
    """
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    APILogWorker.drain_all(timeout=SEND_SECONDS)
    EventsWorker.drain_all(timeout=SEND_SECONDS)


def _let_go() -> None:
    """Drop what is queued for a server that is gone, so that nothing waits for it at the exit.

    Prefect has no function for that. All of its queues are in one dictionary.
    """
    from prefect.events.worker import EventsWorker

    ends = []
    for queue in list(EventsWorker._instances.values()):  # type: ignore[misc]
        task, loop = queue._task, queue._loop
        if task is not None and loop is not None:
            loop.call_soon_threadsafe(task.cancel)
            ends.append(queue._drain(at_exit=True))
    wait(ends, timeout=SEND_SECONDS)
