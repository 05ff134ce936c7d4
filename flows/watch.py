"""What watches a run: its log, its numbers, its lineage. ``flows.runs`` tells it what happens.

Watching never makes a run fail: what cannot be written or sent is a warning.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from datasets.logs import process_is
from datasets.settings import Settings
from datasets.warehouse import write_atomically
from flows import lineage, metrics, run_log, runs
from flows.progress import LOGGER

log = logging.getLogger(LOGGER)

#: The open log of each run that has begun in this process and not ended.
_LOGS: dict[str, logging.Handler] = {}


def began(settings: Settings, run: runs.Run) -> None:
    """From now on what is logged is in the run's folder too."""
    process_is(run=run.run)
    _LOGS[run.run] = run_log.opened(runs.folder(settings, run))
    with _harmless("lineage"):
        lineage.began(settings, run)


@contextmanager
def phase(run: runs.Run, name: str) -> Iterator[None]:
    """Lines inside are of that phase. Raises nothing of its own."""
    process_is(phase=name)
    with _harmless("lineage"):
        lineage.beginning(run, name)
    failed: BaseException | None = None
    try:
        yield
    except BaseException as error:
        failed = error
        raise
    finally:
        with _harmless("lineage"):
            lineage.passed(run, name, failed)
        process_is(phase=None)


def ended(settings: Settings, run: runs.Run) -> None:
    """Write the numbers, tell the lineage, say how it ended, close the log."""
    with _harmless("metrics"):
        write_metrics(settings, run)
    with _harmless("lineage"):
        lineage.ended(settings, run)
    error = (run.error or "").partition("\n")[0]
    # A detail: people are told by the command itself, and need not be told twice.
    detail = {"detail": True}
    if run.outcome in ("failed", "gate_closed"):
        outcome = run.outcome.replace("_", " ")
        log.error("run %s: %s: %s", run.run, outcome, error, extra=detail)
    else:
        log.info("run %s: %s", run.run, run.outcome, extra=detail)
    if (handler := _LOGS.pop(run.run, None)) is not None:
        run_log.close(handler)
    process_is(run=None)


def write_metrics(settings: Settings, run: runs.Run) -> None:
    """``metrics.json`` and ``metrics.prom`` in the run's folder, and the file that is set."""
    from flows.openmetrics import METRICS_TEXT, to_text

    found = metrics.of_run(settings, run)
    folder = runs.folder(settings, run)
    value = {**asdict(found), "duration_seconds": found.duration_seconds}
    write_atomically(folder / metrics.METRICS, json.dumps(value, indent=2) + "\n")
    text = to_text(found)
    write_atomically(folder / METRICS_TEXT, text)
    if settings.metrics_file is not None:
        write_atomically(settings.metrics_file, text)


@contextmanager
def _harmless(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - watching must not stop what is watched
        log.warning("no %s of this run: %s: %s", what, type(error).__name__, error)
