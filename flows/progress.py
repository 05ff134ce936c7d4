"""What a run is doing, on standard error: a moving line on a terminal, else only what matters."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

LOGGER = "crimeclaims"


class _Lines(logging.Handler):
    """Hands each message to ``show``; not what is only a detail, for the log of a run."""

    def __init__(self, show: Callable[[str], None], level: int) -> None:
        super().__init__(level)
        self.show = show

    def emit(self, record: logging.LogRecord) -> None:
        if not getattr(record, "detail", False):
            self.show(record.getMessage())


@contextmanager
def progress(first: str) -> Iterator[None]:
    """Show what the logger ``crimeclaims`` is told, beginning with ``first``.

    Without a terminal only warnings are printed: that a run waits for another one. With
    ``CRIMECLAIMS_LOG=json`` every line is, as JSON.
    """
    from flows.run_log import json_on_stderr

    logger = logging.getLogger(LOGGER)
    with json_on_stderr() as for_machines:
        if for_machines:
            yield
            return
    if sys.stderr.isatty():
        from rich.console import Console

        with (
            Console(stderr=True, highlight=False).status(first) as status,
            _attach(logger, _Lines(_mover(status), logging.INFO)),
        ):
            yield
    else:
        with _attach(logger, _Lines(_print, logging.WARNING)):
            yield


@contextmanager
def _attach(logger: logging.Logger, handler: logging.Handler) -> Iterator[None]:
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _mover(status: Any) -> Callable[[str], None]:
    """Each message stays as a line above, and says what goes on below."""
    from rich.markup import escape

    def show(message: str) -> None:
        status.console.print(escape(message), style="dim")
        status.update(escape(message))

    return show


def _print(message: str) -> None:
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


@contextmanager
def fetch_progress() -> Iterator[Callable[[str], Any]]:
    """Show fetches: on a terminal a bar with rows, bytes and rate for each, else a line a step.

    Yields a function that gives, for the name of a dataset, a context with the Meter to be told.
    """
    from flows.run_log import json_on_stderr

    logger = logging.getLogger(LOGGER)
    logger.setLevel(logging.INFO)
    with json_on_stderr() as for_machines:
        if for_machines:
            yield lambda _: nullcontext(None)
            return
    if not sys.stderr.isatty():
        with _attach(logger, _Lines(_print, logging.INFO)):
            yield lambda _: nullcontext(None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[rows]} rows"),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True, highlight=False)) as bars:

        @contextmanager
        def watch(name: str) -> Iterator[Any]:
            from datasets.session import Meter

            bar = bars.add_task(name, total=None, rows="0")

            def show(meter: Meter) -> None:
                of = "" if meter.of_rows is None else f" of {meter.of_rows:,}"
                bars.update(bar, completed=meter.bytes, rows=f"{meter.rows:,}{of}")

            yield Meter(changed=show)
            bars.update(bar, total=bars.tasks[bar].completed)

        with _attach(logger, _Lines(_above(bars), logging.INFO)):
            yield watch


def _above(bars: Any) -> Callable[[str], None]:
    from rich.markup import escape

    return lambda message: bars.console.print(escape(message), style="dim")
