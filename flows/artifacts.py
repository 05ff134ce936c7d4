"""What a flow shows of itself in Prefect while it runs: its name, and how far it has come.

None of it is needed: where Prefect cannot be told, the flow goes on.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import UUID

from prefect.artifacts import (
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from datasets.session import Meter
from flows.metrics import METRICS, Metrics, table
from flows.prefect_trouble import PrefectUnreachable, server_trouble
from flows.progress import LOGGER

log = logging.getLogger(LOGGER)

#: So often, at most, a step that counts rows tells how many: each time is a request.
SECONDS = 5.0

#: Told how many steps are done (a part of one counts too), and what goes on.
Step = Callable[[float, str], None]


@contextmanager
def progress(key: str, total: int, what: str) -> Iterator[Step]:
    """A progress artifact of ``total`` steps; it reads 100 only if the block ends well.

    A server that is away when it is told of a step is not told of the next ones, as each attempt
    takes its time; only of the end.
    """
    artifact = create_progress_artifact(0.0, key=key, description=what)
    assert isinstance(artifact, UUID)  # outside of a coroutine it is no other

    away = False

    def tell(done: float, said: str) -> None:
        nonlocal away
        try:
            update_progress_artifact(artifact, 100.0 * done / max(total, 1), description=said)
        except Exception as error:  # noqa: BLE001 - showing the work must not stop it
            found = server_trouble(error)
            away = isinstance(found, PrefectUnreachable)
            level = logging.WARNING if away else logging.DEBUG
            log.log(level, "Prefect could not be told of progress: %s", found or error)

    last = (0.0, what)

    def step(done: float, said: str) -> None:
        nonlocal last
        last = (done, said)
        if not away:
            tell(done, said)

    try:
        yield step
    except Exception:  # an interrupt does not wait for a server
        if not away:
            tell(last[0], f"stopped at: {last[1]}")
        raise
    tell(total, f"{what}: done")


def watching(step: Step) -> Callable[[str], AbstractContextManager[Meter]]:
    """For ``fetch_all``: a step a dataset, and in it the rows, where their number is known."""
    done = 0

    @contextmanager
    def watch(name: str) -> Iterator[Meter]:
        nonlocal done
        told = time.monotonic()

        def changed(meter: Meter) -> None:
            nonlocal told
            if meter.of_rows and time.monotonic() - told >= SECONDS:
                told = time.monotonic()
                part = min(meter.rows / meter.of_rows, 1.0)
                step(done + part, f"{name}: {meter.rows:,} of {meter.of_rows:,} rows")

        step(done, f"asking for {name}")
        yield Meter(changed=changed)
        done += 1

    return watch


def show_metrics(folder: Path) -> None:
    """The numbers of a run that has ended, as a table; without it, the run goes on."""
    try:
        value = json.loads((folder / METRICS).read_text(encoding="utf-8"))
        value.pop("duration_seconds")
        create_table_artifact(
            table(Metrics(**value)),
            key="run-metrics",
            description=f"Run {value['run']}: seconds, rows, bytes, readings, memory",
        )
    except Exception as error:  # noqa: BLE001 - showing the work must not stop it
        log.debug("Prefect could not be shown the metrics: %s", error)


def name_run(name: str) -> None:
    """Give the flow run that is running, if one is, another name."""
    running = flow_run.get_id()
    if running is None:
        return
    try:
        with get_client(sync_client=True) as client:
            client.update_flow_run(UUID(running), name=name)
    except Exception as error:  # noqa: BLE001 - a name must not stop a run
        log.debug("Prefect could not be told the run's name: %s", error)
