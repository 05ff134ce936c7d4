"""What a run is doing, on standard error: a moving line on a terminal, else only what matters."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

LOGGER = "crimeclaims"


class _Lines(logging.Handler):
    """Hands each message to ``show``."""

    def __init__(self, show: Callable[[str], None], level: int) -> None:
        super().__init__(level)
        self.show = show

    def emit(self, record: logging.LogRecord) -> None:
        self.show(record.getMessage())


@contextmanager
def progress(first: str) -> Iterator[None]:
    """Show what the logger ``crimeclaims`` is told, beginning with ``first``.

    Without a terminal only warnings are printed: that a run waits for another one.
    """
    logger = logging.getLogger(LOGGER)
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True, highlight=False).status(first) as status:
            yield from _attached(logger, _Lines(_mover(status), logging.INFO))
    else:
        yield from _attached(logger, _Lines(_print, logging.WARNING))


def _attached(logger: logging.Logger, handler: logging.Handler) -> Iterator[None]:
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
