"""Log lines as JSON: each names the run, phase, dataset, snapshot and claim that it is about.

``ids`` says what the lines inside a block are about; a line can name more with ``extra=``. A key is
taken out of every line, whoever logged it.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from datasets import access

#: What a line can be about, in the order in which it says so.
IDS = ("run", "phase", "dataset", "snapshot", "claim")

_IDS: ContextVar[Mapping[str, str]] = ContextVar("crimeclaims_ids")
#: The run that this process carries out, and its phase: known in every thread.
_PROCESS: dict[str, str] = {}


@contextmanager
def ids(**more: str | None) -> Iterator[None]:
    """Lines inside are about these (names of ``IDS``), and what the lines outside are about."""
    there = {name: value for name, value in more.items() if value is not None}
    token = _IDS.set({**_IDS.get({}), **there})
    try:
        yield
    finally:
        _IDS.reset(token)


def process_is(**values: str | None) -> None:
    """From now on every line of this process has these ids; None takes one back."""
    for name, value in values.items():
        if value is None:
            _PROCESS.pop(name, None)
        else:
            _PROCESS[name] = value


class AddIds(logging.Filter):
    """Gives a record the ids that hold where it was logged, unless it has its own."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in {**_PROCESS, **_IDS.get({})}.items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


class JsonLines(logging.Formatter):
    """A record as one line of JSON: ``time`` (UTC), ``level``, ids, ``message``, ``exception``."""

    def format(self, record: logging.LogRecord) -> str:
        at = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            **{name: str(getattr(record, name)) for name in IDS if hasattr(record, name)},
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        known = access.secrets()
        return json.dumps(
            {name: access.redact(value, known) for name, value in line.items()}, ensure_ascii=False
        )


def as_json(handler: logging.Handler) -> logging.Handler:
    """The same handler, writing JSON lines with ids."""
    handler.setFormatter(JsonLines())
    handler.addFilter(AddIds())
    return handler
