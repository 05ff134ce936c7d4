"""Work divided over several workers: one run of a deployment a part, watched until each has left
its result.

Who runs what, and when, is Prefect's business. Kept here is only which parts there are, which of
them have a result, and which is to be started again. A part counts as done when its result is in
``datasets.shared``, whatever became of its run: a worker that finishes late, or one whose server
was away when it had finished, did the work; twice done is done, as the same bytes are put.

A worker that is killed leaves its run RUNNING. Two things notice. Here: a run that leaves no result
within ``seconds`` since a worker took it is marked as crashed, which frees its slot, and its part
is started again. On the server, at any time and for all flows: the automation of
``automations_workers.yaml``, which needs heartbeats.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.states import Cancelled, Crashed

from datasets.errors import CrimeclaimsError, InputError, LakeUnreachable
from datasets.settings import Settings
from flows.progress import LOGGER
from flows.refusals import refusals

log = logging.getLogger(LOGGER)

#: Between two looks at the server.
POLL_SECONDS = 1.0
#: Between two looks at what is shared while no run is over: for one that is but could not say so.
LOOK_SECONDS = 20.0
CANCELLED = "was cancelled"
#: So long the server may be away before a fan-out gives up; the parts go on meanwhile.
PATIENCE_SECONDS = 600.0


class Parts(Protocol):
    """The work: ``of(name)`` gives the parameters of a part's run, ``done()`` who has a result."""

    @property
    def names(self) -> Collection[str]: ...

    def of(self, name: str) -> dict[str, Any]: ...

    def done(self) -> Collection[str]: ...


@dataclass
class _Started:
    """A run of a part. ``taken``: when a worker was first seen to have it, on our clock."""

    id: UUID
    attempt: int
    taken: float | None = None


def fan_out(
    settings: Settings,
    deployment: str,
    home: str,
    parts: Parts,
    *,
    seconds: float,
    attempts: int = 3,
    stop_at_first: bool = False,
    told: Callable[[int], None] = lambda _: None,
    poll: float = POLL_SECONDS,
    patience: float = PATIENCE_SECONDS,
) -> dict[str, CrimeclaimsError]:
    """Have every part done by a run of ``deployment``; those that failed, with the reason.

    ``home``: a name in what is shared, of this fan-out only; refusals are below it. ``seconds``:
    from the moment a worker takes a run to its result. ``attempts``: how often a part is started.
    ``stop_at_first``: the first part that fails for good ends it, and the others are cancelled.
    ``told``: how many parts are done. Raises CrimeclaimsError if the server is away for longer
    than ``patience``.
    """
    look_at = time.monotonic() + LOOK_SECONDS
    left: dict[str, _Started | None] = dict.fromkeys(parts.names)
    failed: dict[str, CrimeclaimsError] = {}
    away_since: float | None = None
    with get_client(sync_client=True) as client:
        while left:
            try:
                _start(deployment, home, parts, left)
                runs = _runs(client, _ids(left))
                lost = _lost_of(client, runs, left, seconds)
                if lost or time.monotonic() >= look_at:
                    look_at = time.monotonic() + LOOK_SECONDS
                    _take(client, runs, settings, home, parts, left, failed)
                for name, why in lost.items():
                    if (started := left.get(name)) is None:
                        continue
                    again = started.attempt < attempts and why != CANCELLED
                    log.warning("%s %s%s", name, why, "; starting it again" if again else "")
                    if again:
                        left[name] = _one(deployment, home, parts, name, started.attempt + 1)
                    else:
                        reason = f"{name} {why}, attempt {started.attempt} of {attempts}"
                        failed[name] = CrimeclaimsError(reason)
                        del left[name]
                away_since = None
            except (httpx.HTTPError, PrefectHTTPStatusError, LakeUnreachable) as error:
                if isinstance(error, PrefectHTTPStatusError) and error.response.status_code < 500:
                    raise  # it answered: we asked wrongly
                away_since = away_since or time.monotonic()
                away = time.monotonic() - away_since
                log.warning("the server or the lake does not answer: %s", _short(error))
                if away > patience:
                    raise CrimeclaimsError(
                        f"no answer from the server or the lake for {away:.0f} s: {_short(error)}",
                        next_step="start it, then run this again",
                    ) from error
            told(len(parts.names) - len(left) - len(failed))
            if failed and stop_at_first:
                _cancel(client, _runs(client, _ids(left)), left.values())
                break
            if left:
                time.sleep(poll)
    return failed


def _start(deployment: str, home: str, parts: Parts, left: dict[str, _Started | None]) -> None:
    """A first run of each part that has none."""
    for name, started in left.items():
        if started is None:
            left[name] = _one(deployment, home, parts, name, 1)


def _one(deployment: str, home: str, parts: Parts, name: str, attempt: int) -> _Started:
    """Asked twice for the same attempt, the server gives the same run."""
    try:
        run = run_deployment(
            deployment,
            parameters=parts.of(name),
            timeout=0,
            flow_run_name=f"{name} of {home}" + (f", attempt {attempt}" if attempt > 1 else ""),
            idempotency_key=f"{home}/{name}#{attempt}",
        )
    except ObjectNotFound:
        raise InputError(
            f"the Prefect server has no deployment {deployment}",
            next_step="deploy it, from the project's folder: prefect deploy --all",
        ) from None
    assert isinstance(run, FlowRun)  # outside of a coroutine it is no other
    return _Started(run.id, attempt)


def _runs(client: SyncPrefectClient, ids: list[UUID]) -> dict[UUID, FlowRun]:
    if not ids:
        return {}
    found: dict[UUID, FlowRun] = {}
    for start in range(0, len(ids), 200):  # the server's page
        some = FlowRunFilter(id=FlowRunFilterId(any_=ids[start : start + 200]))
        found |= {run.id: run for run in client.read_flow_runs(flow_run_filter=some)}
    return found


def _take(
    client: SyncPrefectClient,
    runs: Mapping[UUID, FlowRun],
    settings: Settings,
    home: str,
    parts: Parts,
    left: dict[str, _Started | None],
    failed: dict[str, CrimeclaimsError],
) -> None:
    """Take the parts that have a result or a refusal out of those left.

    Asked after the states of the runs: a result is there before its run ends. Not at each poll: in
    a lake it costs a third of a second.
    """
    for name in parts.done():
        started = left.pop(name, None)
        if started is not None and started.attempt > 1:  # an earlier one may have done it
            _cancel(client, runs, [started])
    for name, error in refusals(settings, home, left).items():
        failed[name] = error
        del left[name]


def _lost_of(
    client: SyncPrefectClient,
    runs: Mapping[UUID, FlowRun],
    left: Mapping[str, _Started | None],
    seconds: float,
) -> dict[str, str]:
    """The parts whose runs are over, and why they have no result, if they have none."""
    found = {}
    for name, started in left.items():
        if started and (why := _lost(client, runs.get(started.id), started, seconds)):
            found[name] = why
    return found


def _lost(
    client: SyncPrefectClient, run: FlowRun | None, started: _Started, seconds: float
) -> str | None:
    """Why a run without a result will not have one; None while it may."""
    if run is None or run.state is None:
        return "was deleted on the server"
    state = run.state
    if state.type in (StateType.CANCELLED, StateType.CANCELLING):
        return CANCELLED
    if state.type == StateType.COMPLETED:
        return "ended without a result"
    if state.is_final():
        said = (state.message or "no reason was given").strip()[:500]
        return f"{(state.name or state.type.value).lower()}: {said}"
    if state.type not in (StateType.PENDING, StateType.RUNNING):
        return None  # no worker has it: waiting is Prefect's
    if started.taken is None:
        started.taken = time.monotonic()
    if time.monotonic() - started.taken <= seconds:
        return None
    why = f"left no result within {seconds:g} s of being taken by a worker"
    client.set_flow_run_state(run.id, Crashed(message=f"The run {why}."), force=True)
    return why


def _cancel(
    client: SyncPrefectClient, runs: Mapping[UUID, FlowRun], which: Iterable[_Started | None]
) -> None:
    """What no worker has is not begun; what runs goes on to its end, which counts for nothing."""
    for started in which:
        run = runs.get(started.id) if started else None
        if run is not None and run.state is not None and not run.state.is_final():
            client.set_flow_run_state(run.id, Cancelled(message="It is no longer needed."))


def _ids(left: Mapping[str, _Started | None]) -> list[UUID]:
    return [started.id for started in left.values() if started]


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
