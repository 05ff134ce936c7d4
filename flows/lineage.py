"""OpenLineage: a lineage server, or a file, is told which run read and wrote what.

Where to and with which key is the library's own configuration: ``OPENLINEAGE_URL`` and
``OPENLINEAGE_API_KEY``, ``OPENLINEAGE_CONFIG`` (a file), or ``OPENLINEAGE__TRANSPORT__TYPE`` and
what belongs to it; ``OPENLINEAGE_NAMESPACE`` names our jobs, ``OPENLINEAGE_DISABLED=true`` is
silence. The library is the extra ``lineage``; without configuration it is not even imported.

What is sent is made in ``flows.lineage_events``. A server that does not take an event is a warning,
and is asked for nothing more in this run: lineage is worth no night.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from datasets import access
from datasets.catalog import Dataset
from datasets.settings import Settings
from flows.progress import LOGGER

if TYPE_CHECKING:
    from flows import runs
    from flows.fetching import Result

log = logging.getLogger(LOGGER)

EXTRA = "openlineage-python is not installed: pip install 'crimeclaims[lineage]'"

#: Phases that are jobs of their own. Fetches are one for each dataset, and told by themselves.
PHASES = ("build", "verify")


class Sender:
    """Sends events until one is not taken. ``run``: the run that they belong to, if any."""

    def __init__(self, client: Any, settings: Settings | None, run: runs.Run | None) -> None:
        self.client: Any = client
        self.settings, self.run = settings, run

    def send(self, make: Callable[[], Any]) -> None:
        """Make the events (a list of them) and send each; what fails is a warning."""
        if self.client is None:
            return
        try:
            for event in make():
                self.client.emit(event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run goes on
            self.client = None
            said = access.redact(f"{type(error).__name__}: {error}", access.secrets())
            log.warning("lineage is not told of any more in this run: %.300s", said)

    def close(self) -> None:
        if self.client is not None:
            self.client.close(timeout=5.0)


#: Of the run that this process carries out.
_CURRENT: Sender | None = None


def configured(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the library's own variables say where events go."""
    if environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return False
    names = ("URL", "CONFIG", "_TRANSPORT", "_TRANSPORT__TYPE")
    return any(environ.get(f"OPENLINEAGE_{name}") for name in names)


def _open(settings: Settings | None = None, run: runs.Run | None = None) -> Sender:
    client = None
    if configured():
        before = set(os.environ)
        try:
            from openlineage.client import OpenLineageClient

            client = OpenLineageClient()
        except ImportError:
            log.warning("no lineage: %s", EXTRA)
        except Exception as error:  # noqa: BLE001 - the library's errors have no common base
            said = access.redact(f"{type(error).__name__}: {error}", access.secrets())
            log.warning("no lineage: OPENLINEAGE_* is not right: %.300s", said)
        finally:
            # The library copies its settings, the key among them, into variables of other names.
            for name in set(os.environ) - before:
                if name.startswith("OPENLINEAGE_"):
                    del os.environ[name]
    return Sender(client, settings, run)


def began(settings: Settings, run: runs.Run) -> None:
    """Tell that a run began."""
    global _CURRENT  # noqa: PLW0603 - a process carries out one run at a time
    _CURRENT = sender = _open(settings, run)

    def make() -> Any:
        from flows import lineage_events as events

        return [events.started(run)]

    sender.send(make)


def beginning(run: runs.Run, phase: str) -> None:
    """Tell of a phase that begins."""
    if _CURRENT is None or phase not in PHASES:
        return

    def make() -> Any:
        from flows import lineage_events as events

        return [events.started(run, phase)]

    _CURRENT.send(make)


def passed(run: runs.Run, phase: str, error: BaseException | None) -> None:
    """Tell how a phase ended; ``error``: what it failed with."""
    sender = _CURRENT
    if sender is None or sender.settings is None or phase not in PHASES:
        return
    settings = sender.settings

    def make() -> Any:
        from flows import lineage_events as events

        return [events.passed(settings, run, phase, error)]

    sender.send(make)


def ended(settings: Settings, run: runs.Run) -> None:
    """Tell what the gate found and how the run ended."""
    global _CURRENT
    sender, _CURRENT = _CURRENT, None
    if sender is None:
        return

    def make() -> Any:
        from flows import lineage_events as events

        return [*events.validated(settings, run), events.ended(settings, run)]

    sender.send(make)
    sender.close()


@contextmanager
def fetching() -> Iterator[Callable[[Dataset], Any]]:
    """For fetches, in a run or not: gives, for a dataset, a context that is told its Result."""
    sender = _CURRENT or _open()

    @contextmanager
    def telling(dataset: Dataset) -> Iterator[Callable[[Result], None]]:
        results: list[Result] = []

        def began() -> Any:
            from flows import lineage_events as events

            return [events.started(sender.run, f"fetch.{dataset.name}")]

        sender.send(began)
        yield results.append

        def done() -> Any:
            from flows import lineage_events as events

            return [events.fetched(sender.run, dataset, result) for result in results]

        sender.send(done)

    yield telling
    if sender is not _CURRENT:
        sender.close()
