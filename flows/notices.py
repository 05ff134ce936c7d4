"""Who is told when something needs a person: Prefect by an event of our own, a webhook by a POST.

Events are ``crimeclaims.gate.closed``, ``crimeclaims.verdict.flipped`` and
``crimeclaims.run.failed``; ``automations.yaml`` says what Prefect does about them. Nothing of it
can fail a run: what could not be told is a warning.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.events import emit_event
from prefect.states import Failed
from prefect.tasks import Task

from checks.run_changes import Changes
from checks.run_diff import Flip
from datasets.errors import CrimeclaimsError, GateClosed
from datasets.settings import load_settings
from flows import limits, runs, webhook
from flows.prefect_trouble import OutOfTime
from flows.progress import LOGGER

log = logging.getLogger(LOGGER)

GATE_CLOSED = "crimeclaims.gate.closed"
VERDICT_FLIPPED = "crimeclaims.verdict.flipped"
RUN_FAILED = "crimeclaims.run.failed"

#: What Prefect calls the state of a run whose gate closed; it is of type FAILED. Its own event is
#: named after the state: who is told of failed runs is not told of a closed gate a second time.
GATE_STATE = "GateClosed"

#: An event is limited in size; all of them are in the run's ``vintages.json``.
MOST = 100
#: Prefect takes up to a hundred resources that an event is related to, and adds its own.
MOST_RELATED = 60


@dataclass(frozen=True)
class Notice:
    """One thing to tell. ``summary``: a sentence; ``count``: of flips or reasons, told or not.

    ``flips``: for each claim its label before and after, and why. ``id``: the same for all who are
    told.
    """

    event: str
    run: str
    build: str | None
    summary: str
    reasons: tuple[str, ...]
    datasets: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    flips: tuple[dict[str, Any], ...] = ()
    count: int = 0
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    occurred: str = field(
        default_factory=lambda: dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    )


def of_error(run: runs.Run, build: str | None, error: Exception) -> Notice:
    """That the gate closed, or that a run failed otherwise."""
    first = str(error).partition("\n")[0] or type(error).__name__
    if not isinstance(error, GateClosed):
        said = f"Run {run.run} failed: {first}"
        return Notice(RUN_FAILED, run.run, build, said, (first,), count=1)
    reasons = error.reasons or (first,)
    more = f" and {len(reasons) - 1} more" if len(reasons) > 1 else ""
    return Notice(
        GATE_CLOSED,
        run.run,
        build,
        f"The gate closed in run {run.run}, the last good build stays: {reasons[0]}{more}",
        reasons[:MOST],
        datasets=error.datasets,
        count=len(reasons),
    )


def of_flips(run: runs.Run, changes: Changes) -> Notice | None:
    """The verdicts that have another label than in the run before; None if none has."""
    flips: Sequence[Flip] = changes.diff.flips if changes.diff else ()
    if not flips:
        return None
    told = flips[:MOST]
    words = [f"{f.claim}: {_words(f.before)} → {_words(f.after)}" for f in told]
    more = f" and {len(flips) - 3:,} more" if len(flips) > 3 else ""
    plural = "verdict" if len(flips) == 1 else "verdicts"
    said = f"{len(flips):,} {plural} flipped since run {changes.previous}"
    return Notice(
        VERDICT_FLIPPED,
        run.run,
        run.build,
        f"{said}: {'; '.join(words[:3])}{more}",
        tuple(dict.fromkeys(reason for flip in told for reason in flip.reasons)),
        datasets=tuple(dict.fromkeys(name for flip in told for name in flip.datasets)),
        claims=tuple(flip.claim for flip in told),
        flips=tuple(
            {"claim": f.claim, "before": f.before, "after": f.after, "reasons": list(f.reasons)}
            for f in told
        ),
        count=len(flips),
    )


def _words(label: str) -> str:
    return label.replace("_", " ")


def tell(notice: Notice) -> None:
    """Emit the event, and POST it if a webhook is set. Warns of what could not be told."""
    value = asdict(notice)
    try:
        _emit(notice, value)
    except Exception as error:  # noqa: BLE001 - telling of a run must not fail it
        log.warning("Prefect was not told of %s: %s", notice.event, type(error).__name__)
    if not webhook.configured():
        return
    state = tell_webhook(notice, return_state=True)
    if not state.is_completed():
        failed = state.result(raise_on_failure=False)
        known = isinstance(failed, webhook.WebhookFailed)
        log.warning("%s was not told: %s", notice.event, failed if known else state.name)


def _emit(notice: Notice, value: dict[str, Any]) -> None:
    related = [
        {"prefect.resource.id": f"crimeclaims.{role}.{name}", "prefect.resource.role": role}
        for role, names in (("dataset", notice.datasets), ("claim", notice.claims))
        for name in names
    ]
    emit_event(
        event=notice.event,
        resource={
            "prefect.resource.id": f"crimeclaims.run.{notice.run}",
            "prefect.resource.name": notice.run,
        },
        related=related[:MOST_RELATED],
        payload=value,
        id=uuid.UUID(notice.id),
    )


def _may_pass(_: Task[Any, Any], __: TaskRun, state: State[Any]) -> bool:
    failed = state.result(raise_on_failure=False)
    return isinstance(failed, webhook.WebhookFailed) and failed.transient


@task(
    name="tell the webhook",
    cache_policy=NO_CACHE,
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=_may_pass,
    timeout_seconds=limits.WEBHOOK,
)
def tell_webhook(notice: Notice) -> None:
    webhook.post(load_settings().network, notice.event, notice.id, asdict(notice))


def failed(error: CrimeclaimsError) -> State[Any]:
    """The state of a flow run that ended with an error which a person can act on."""
    name = "TimedOut" if isinstance(error, OutOfTime) else "Failed"
    if isinstance(error, GateClosed):
        name = GATE_STATE
    return Failed(message=reason(error), data=error, name=name)


def reason(error: CrimeclaimsError) -> str:
    """An error as the message of a run's state: what happened, then details, then what to do.

    Prefect's pages show its first sixty characters until somebody asks for more, so what a person
    looks for is at its beginning: which check closed the gate, not that one did.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    first = lines[0].rstrip(".:") if lines else type(error).__name__
    if isinstance(error, GateClosed):
        more = f" and {len(error.reasons) - 1} more" if len(error.reasons) > 1 else ""
        why = f"{error.reasons[0]}{more}" if error.reasons else first
        first = f"Gate closed: {why}. Nothing was published, the last good build stays in use"
    details = "".join(f"\n- {line}" for line in lines[1:])
    next_step = f"\nNext: {error.next_step}" if error.next_step else ""
    return f"{first}.{details}{next_step}"
