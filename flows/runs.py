"""The record of a run: a folder ``var/runs/<id>`` whose ``run.json`` is true at every moment."""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from datasets.settings import Settings
from datasets.warehouse import write_atomically

RECORD = "run.json"
VERDICTS = "verdicts.json"
CHECKS = "checks.json"
#: The front page of the report, which is a folder.
REPORT = "report/index.html"
DATA_DOCS = "data-docs"
SOURCES = "sources.json"
#: What the verdicts were made from, and what is different from the run before.
INPUTS = "inputs.json"
VINTAGES = "vintages.json"
#: The claim files as they were, so that a run can be replayed.
CLAIMS = "claims"

#: Where figures come from: only what is bundled; also what was fetched, after asking for more; the
#: same, but a publisher that cannot be asked makes the run fail at its end.
Source = Literal["bundled", "auto", "live"]

#: ``published``: a new build. ``unchanged``: the current build was still right, nothing was built.
Outcome = Literal["running", "published", "unchanged", "gate_closed", "failed"]


@dataclass
class Run:
    """One execution. Times are UTC; ``seconds`` is how long each phase took."""

    run: str
    started: str
    source: str
    as_of: str | None
    ended: str | None = None
    outcome: Outcome = "running"
    build: str | None = None
    error: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def begin(settings: Settings, source: str, as_of: dt.date | None) -> Run:
    """Make the folder of a new run."""
    now = dt.datetime.now(dt.UTC)
    run = Run(
        run=f"{now:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}",
        started=now.isoformat(timespec="seconds"),
        source=source,
        as_of=as_of.isoformat() if as_of else None,
    )
    save(settings, run)
    return run


def end(settings: Settings, run: Run, outcome: Outcome, error: str | None = None) -> None:
    run.ended = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    run.outcome, run.error = outcome, error
    save(settings, run)


def folder(settings: Settings, run: Run) -> Path:
    return settings.runs_dir / run.run


def save(settings: Settings, run: Run) -> None:
    text = json.dumps(asdict(run), indent=2, ensure_ascii=False) + "\n"
    write_atomically(folder(settings, run) / RECORD, text)


@contextmanager
def phase(run: Run, name: str) -> Iterator[None]:
    """Add the seconds spent inside to the record, also when it fails."""
    start = time.perf_counter()
    try:
        yield
    finally:
        run.seconds[name] = round(time.perf_counter() - start, 3)


def read(path: Path) -> Run:
    """The record at ``path``. Raises OSError, ValueError or TypeError if it is none."""
    return Run(**json.loads(path.read_text(encoding="utf-8")))


def all_runs(settings: Settings) -> Iterator[Run]:
    """The runs whose records can be read, newest first."""
    for path in sorted(settings.runs_dir.glob(f"*/{RECORD}"), reverse=True):
        try:
            yield read(path)
        except (OSError, ValueError, TypeError):
            continue


def last_run(settings: Settings) -> Run | None:
    """The newest run whose record can be read."""
    return next(all_runs(settings), None)
