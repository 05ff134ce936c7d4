"""The record of a run: a folder ``var/runs/<id>`` whose ``run.json`` is true at every moment."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Literal

from datasets import strict_json
from datasets.settings import Settings
from datasets.warehouse import write_atomically
from flows import alive
from flows.progress import LOGGER

log = logging.getLogger(LOGGER)

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

#: A clock that is so far ahead or behind is wrong, and people are told.
SKEW_SECONDS = 60.0
#: What is said of a run that ended without saying so: killed, or with its machine.
CUT_OFF = "was cut off: its process ended without a word (killed, or the machine went down)"

_SECOND = "%Y%m%dT%H%M%SZ"
_NAMED = re.compile(r"(\d{8}T\d{6}Z)-")

#: ``published``: a new build. ``unchanged``: the current build was still right, nothing was built.
#: ``verified``: the current build was read as it is, nothing else was asked for.
Outcome = Literal["running", "published", "unchanged", "verified", "gate_closed", "failed"]


@dataclass
class Run:
    """One execution. Times are UTC; ``seconds`` is how long each phase took.

    ``lake_snapshot``: the commit of the lake that has the build, if it is in one.
    ``claims``: those it was asked to verify, if not all. ``locked``: its process held its folder
    (``flows.alive``) from the beginning; a run of an earlier version did not.
    """

    run: str
    started: str
    source: str
    as_of: str | None
    ended: str | None = None
    outcome: Outcome = "running"
    build: str | None = None
    error: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    lake_snapshot: int | None = None
    claims: list[str] | None = None
    locked: bool = False


#: The run that began last in this process.
_BEGUN: list[Run] = []


def begin(
    settings: Settings, source: str, as_of: dt.date | None, claims: Sequence[str] = ()
) -> Run:
    """Make the folder of a new run; ``claims`` names those to verify, if not all.

    Its id sorts after those of all runs before it, also if the clock went back since. Runs that
    were cut off are recorded as failed.
    """
    now = dt.datetime.now(dt.UTC)
    named = (path.name for path in settings.runs_dir.glob("*"))
    newest = max(filter(_NAMED.match, named), default="")
    id_ = _new_id(now, newest)
    run = Run(
        run=id_,
        started=now.isoformat(timespec="seconds"),
        source=source,
        as_of=as_of.isoformat() if as_of else None,
        claims=list(claims) or None,
    )
    place = folder(settings, run)
    place.mkdir(parents=True, exist_ok=True)
    run.locked = alive.hold(place)
    save(settings, run)
    _BEGUN[:] = [run]
    _watch().began(settings, run)
    if _at(id_) > now + dt.timedelta(seconds=SKEW_SECONDS):
        log.warning(
            "it is %s by this machine's clock, but run %s is of later: the clock is or was wrong; "
            "so that it is the newest, this run is named %s",
            f"{now:%Y-%m-%d %H:%M:%S} UTC", newest, id_,
        )  # fmt: skip
    _mark_cut_off(settings)
    return run


def begun_here() -> Run | None:
    """The run that began last in this process, as its record is by now."""
    return _BEGUN[0] if _BEGUN else None


def _new_id(now: dt.datetime, newest: str) -> str:
    """An id that sorts after ``newest``: of this second, else of the one after the newest run's."""
    tail = uuid.uuid4().hex[:6]
    id_ = f"{now:{_SECOND}}-{tail}"
    if id_ > newest:
        return id_
    try:
        return f"{_at(newest) + dt.timedelta(seconds=1):{_SECOND}}-{tail}"
    except (ValueError, OverflowError):
        return id_  # no run of ours is named so


def _at(id_: str) -> dt.datetime:
    """The second in an id. Raises ValueError if there is none."""
    return dt.datetime.strptime(id_.partition("-")[0], _SECOND).replace(tzinfo=dt.UTC)


def is_cut_off(settings: Settings, run: Run) -> bool:
    """Whether a run certainly ended without saying so. ``run``: as its record was read."""
    if run.outcome != "running" or not run.locked:
        return False
    with alive.nobody_holds(folder(settings, run)) as gone:
        # it may have ended between the reading and now
        return gone and read(folder(settings, run) / RECORD).outcome == "running"


def _mark_cut_off(settings: Settings) -> None:
    """Record as failed what was cut off; when it ended is not known."""
    for run in list(all_runs(settings)):
        try:
            if not is_cut_off(settings, run):
                continue
            run.outcome, run.error = "failed", CUT_OFF
            save(settings, run)
        except (OSError, ValueError, TypeError):
            continue  # it is pruned just now, or may not be written to: it is not ours to fail for
        log.warning("run %s %s", run.run, CUT_OFF)


def end(settings: Settings, run: Run, outcome: Outcome, error: str | None = None) -> None:
    run.ended = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    run.outcome, run.error = outcome, error
    save(settings, run)
    alive.release(folder(settings, run))
    _watch().ended(settings, run)


def _watch() -> ModuleType:
    """What is told of every run; it reads what stands here."""
    from flows import watch

    return watch


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
        with _watch().phase(run, name):
            yield
    finally:
        run.seconds[name] = round(time.perf_counter() - start, 3)


def read(path: Path) -> Run:
    """The record at ``path``. Raises OSError, ValueError or TypeError if it is none.

    Nor is one that names another folder than its own: what is done to a run is done to that one.
    """
    run = Run(**strict_json.loads(path.read_bytes()))
    if run.run != path.parent.name:
        raise ValueError(f"it is of run {run.run!r}")
    return run


def all_runs(settings: Settings) -> Iterator[Run]:
    """The runs whose records can be read, newest first."""
    for path in sorted(settings.runs_dir.glob(f"*/{RECORD}"), reverse=True):
        try:
            yield read(path)
        except (OSError, ValueError, TypeError):
            continue


def source_of(settings: Settings, build: str) -> str:
    """Where the figures of a build came from, as the newest run that used it says."""
    return next((run.source for run in all_runs(settings) if run.build == build), "auto")


def last_run(settings: Settings) -> Run | None:
    """The newest run whose record can be read."""
    return next(all_runs(settings), None)
