"""The log of a run, ``log.jsonl`` in its folder; and the same lines on stderr for machines.

``CRIMECLAIMS_LOG=json`` puts JSON lines on standard error where people would see text. Prefect's
API gets the messages as they are, whatever is set.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datasets.logs import as_json
from datasets.settings import load_settings
from flows.progress import LOGGER

LOG = "log.jsonl"


class _RunFile(logging.FileHandler):
    """A log that cannot be written says so once, and the run goes on."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802
        logging.getLogger(LOGGER).removeHandler(self)
        sys.stderr.write(f"the log of the run cannot be written: {sys.exc_info()[1]}\n")


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]
    """JSON lines on whatever standard error is when a line comes."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def opened(folder: Path) -> logging.Handler:
    """A handler on our logger that writes to the log in ``folder``, until it is closed."""
    logger = logging.getLogger(LOGGER)
    if logger.getEffectiveLevel() > logging.INFO:
        logger.setLevel(logging.INFO)
    handler = as_json(_RunFile(folder / LOG, encoding="utf-8", delay=True))
    handler.setLevel(logging.INFO)
    logger.addHandler(handler)
    return handler


def close(handler: logging.Handler) -> None:
    logging.getLogger(LOGGER).removeHandler(handler)
    handler.close()


@contextmanager
def json_on_stderr() -> Iterator[bool]:
    """JSON lines on stderr while inside, if ``CRIMECLAIMS_LOG=json`` asks for them.

    Yields whether it does. Where they are there already, they are not doubled.
    """
    logger = logging.getLogger(LOGGER)
    wanted = load_settings().log_json
    if not wanted or any(isinstance(each, _Stderr) for each in logger.handlers):
        yield wanted
        return
    handler = as_json(_Stderr())
    handler.setLevel(logging.INFO)
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield True
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
