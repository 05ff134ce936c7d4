"""A night in a small world, as the flow runs it, which tells its phases and can kill itself.

The world: Chicago's homicides, a bundled export and a portal on loopback that has a row more, and
the claims of one document. The clock stands still, so that two nights can be equal to the byte.
"""

from __future__ import annotations

import datetime as dt
import functools
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# All that a night imports, so that a forked child does not: a kill hits the work, not the imports.
import scipy.stats  # noqa: F401

import checks.report
import checks.validation.gx_duckdb  # noqa: F401
import datasets.build
import datasets.fetch
import flows.exporting  # noqa: F401
from datasets.settings import CHECKS_DIR, Settings
from flows import runs, steps
from tests.emulators.server import serving
from tests.support_live import FAST, UPDATED, bundled_homicides, crime_portal
from tests.support_snapshots import make_settings

CHICAGO = "chicago_homicides"
#: ``load`` includes the transformation; what follows publishing up to the verdicts is ``verify``.
PHASES = ("fetch", "load", "validate", "publish", "verify", "report")
NOW = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)
DAY = 86_400


class _Still(dt.datetime):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
        return NOW.astimezone(tz)


_STILL = SimpleNamespace(datetime=_Still, date=dt.date, timedelta=dt.timedelta, UTC=dt.UTC)


@contextmanager
def portals() -> Iterator[tuple[str, str]]:
    """Addresses of the portal as it was the night before, and as it is tonight."""
    rows = bundled_homicides()
    new = {"id": "13900000", "case_number": "JZ111111", "occurred_at": "2026-11-09 10:00:00"}
    new |= {"iucr": "0110", "fbi_code": "01A", "year": "2026", "updated_at": "2026-11-18 15:40:00"}
    tonight = crime_portal([*rows, {**rows[-1], **new}])
    with serving(crime_portal(rows, UPDATED - DAY)) as before, serving(tonight) as now:
        yield before.url, now.url


def world(folder: Path) -> Settings:
    """Settings of the small world below ``folder``."""
    settings = make_settings(folder, [CHICAGO], {CHICAGO: ("2018-03-04",)})
    claims = folder / "claims"
    claims.mkdir()
    shutil.copy(CHECKS_DIR / "claims" / "dcnf-2017-08-16.yml", claims)
    return replace(settings, claims_dir=claims, threads=1, network=FAST)


@dataclass
class Told:
    """Tells phases through ``pipe`` (a line each), and counts the file events of each.

    ``at``: phase and number of the file event at which the process kills itself, just before it:
    a rename, a file opened or removed, a folder made or listed, an fsync.
    """

    pipe: int
    at: tuple[str, int] | None = None
    phase: str = ""
    events: dict[str, int] = field(default_factory=dict)

    def __call__(self, phase: str) -> None:
        self.phase = phase
        os.write(self.pipe, f"{phase}\n".encode())

    def event(self, *_: Any) -> None:
        if self.phase in PHASES:
            number = self.events[self.phase] = self.events.get(self.phase, 0) + 1
            if self.at == (self.phase, number):
                os.kill(os.getpid(), signal.SIGKILL)


_AUDITED = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"}
_AUDITED |= {"shutil.copyfile", "os.truncate", "os.listdir", "os.scandir"}


def watch_files(told: Told, folder: Path) -> None:
    """Count the events of files in ``folder``, until the process ends."""
    prefix = str(folder)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _AUDITED and arguments and str(arguments[0]).startswith(prefix):
            told.event()

    sync = os.fsync

    def counted(handle: int) -> None:
        told.event()  # its file is written, and perhaps not on the disk
        sync(handle)
        told.event()

    os.fsync = counted  # type: ignore[assignment]
    sys.addaudithook(hook)


def stand_still(run: str, url: str) -> None:
    """In a forked child: no clock, a run that is named ``run``, and the portal at ``url``."""
    runs.dt = datasets.build.dt = steps.dt = _STILL  # type: ignore[attr-defined,assignment]
    runs.uuid = SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=run))  # type: ignore[attr-defined,assignment]
    datasets.fetch.fetch = functools.partial(datasets.fetch.fetch, now=NOW)
    os.environ["CRIMECLAIMS_BASE_URL_SOCRATA"] = url


def night(settings: Settings, tell: Callable[[str], None]) -> runs.Run:
    """What ``flows.nightly`` does, step by step, without Prefect."""
    run = runs.begin(settings, "auto", None)
    folder = runs.folder(settings, run)
    tell("fetch")
    steps.refresh(settings, folder)
    tell("load")
    steps.check_ages(settings)
    steps.check_inputs(settings)
    gate = steps._gate

    def told_gate(*arguments: Any, **named: Any) -> None:
        tell("validate")
        gate(*arguments, **named)
        tell("publish")

    steps._gate = told_gate
    built = steps.build(settings)
    steps._gate = gate
    tell("verify")
    run.build = built.build.id
    runs.save(settings, run)
    steps.keep_checks(settings, folder, built.build.id, rejected=False)
    steps.verify(settings, folder, built.build, None)
    tell("report")
    steps.report(settings, run, built.build)
    runs.end(settings, run, "published" if built.made else "unchanged")
    tell("end")
    return run
