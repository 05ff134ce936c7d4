"""Doctor's looks at the machine: versions, folders and who may write there, the lock, the clock."""

from __future__ import annotations

import datetime as dt
import os
import platform
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from datasets.archive import list_snapshots
from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.run_lock import lock_holder
from datasets.settings import PROJECT_DIR, Settings
from flows import runs
from flows.doctor_findings import Finding
from flows.prefect_settings import prefect_home

PACKAGES = ("crimeclaims", "prefect", "great-expectations", "duckdb", "pandas", "pydantic")
NEEDED_BYTES = 500 * 1000 * 1000


def versions(_: Settings) -> Iterator[Finding]:
    yield Finding("ok", "python", f"{platform.python_version()} on {platform.platform()}")
    for name in PACKAGES:
        try:
            yield Finding("ok", name, version(name))
        except PackageNotFoundError:
            yield Finding("problem", name, "is not installed", "set up anew: make clean run")


def folders(settings: Settings) -> Iterator[Finding]:
    """Whether they can be written to, and how much still fits."""
    yield Finding("ok", "project", str(PROJECT_DIR))
    places = [settings.archive_dir, settings.builds_dir, settings.runs_dir, settings.shared_dir]
    bad = [place for place in (*places, settings.temp_dir) if not _writable(place)]
    if not _writable(settings.var):
        bad = [settings.var]
    mend = "make it writable, or set CRIMECLAIMS_VAR to another folder"
    for place in bad:
        yield Finding("problem", "var", f"{place} cannot be written to", mend)
    if bad:
        return
    free = shutil.disk_usage(_existing(settings.var)).free
    yield _room("var", settings.var, free, "or set CRIMECLAIMS_VAR to another disk")
    temporary = {settings.temp_dir, Path(tempfile.gettempdir())}
    device = _existing(settings.var).stat().st_dev
    for place in sorted(temporary):
        if _existing(place).stat().st_dev != device:
            free = shutil.disk_usage(_existing(place)).free
            yield _room("temp", place, free, "or set TMPDIR to another disk")


def _room(what: str, place: Path, free: int, instead: str) -> Finding:
    text = f"{place} ({free / 1e9:,.1f} GB free)"
    if free < NEEDED_BYTES:
        return Finding("problem", what, text, f"free {NEEDED_BYTES / 1e6:,.0f} MB, {instead}")
    return Finding("ok", what, text)


def _existing(path: Path) -> Path:
    return next(p for p in (path, *path.parents) if p.exists())


def _writable(path: Path) -> bool:
    there = _existing(path)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def permissions(settings: Settings) -> Iterator[Finding]:
    """Who else may change the archive, and who may read what holds keys."""
    roots = (settings.archive_dir, settings.builds_dir, settings.claims_dir, settings.datasets_dir)
    open_ = next((path for root in roots for path in _open_to_all(root)), None)
    if open_ is not None:
        mend = f"chmod -R o-w {next(root for root in roots if open_.is_relative_to(root))}"
        yield Finding("problem", "permissions", f"everybody may write to {open_}", mend)
    home = prefect_home(settings)
    if home.is_dir() and home.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        text = f"others may read {home}, where Prefect keeps blocks with keys"
        yield Finding("warning", "permissions", text, f"chmod 700 {home}")
    elif open_ is None:
        yield Finding("ok", "permissions", "only you can change the archive or read Prefect's keys")


def _open_to_all(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        for path in (Path(folder), *(Path(folder, name) for name in (*names, *files))):
            if not path.is_symlink() and path.stat().st_mode & stat.S_IWOTH:
                yield path


def run_lock(settings: Settings) -> Iterator[Finding]:
    """Whether a run is making a build, and whether one was killed while it did."""
    held, holder = lock_holder(settings)
    if held:
        mend = "wait for it; a second run waits CRIMECLAIMS_LOCK_WAIT seconds"
        yield Finding("warning", "run lock", f"held by {holder}", mend)
    elif holder is not None:
        text = f"free, but {holder} was killed while it held it"
        mend = "nothing is lost, the last good build is current; see its log, then: crimeclaims run"
        yield Finding("warning", "run lock", text, mend)
    else:
        yield Finding("ok", "run lock", "free")


def clock(settings: Settings) -> Iterator[Finding]:
    """Whether anything that is here already is from the future."""
    now = dt.datetime.now(dt.UTC)
    late = now + dt.timedelta(seconds=runs.SKEW_SECONDS)
    mend = "set the clock (timedatectl set-ntp true); runs that follow are named as if later"
    found = False
    for run in runs.all_runs(settings):
        if dt.datetime.fromisoformat(run.started) > late:
            found = True
            text = f"it is {now:%Y-%m-%d %H:%M} UTC, but run {run.run} began {run.started}"
            yield Finding("problem", "clock", text, mend)
            break
    for dataset in load_catalog(settings.datasets_dir).values():
        try:
            snapshots = list_snapshots(settings, dataset)
        except InputError:
            continue  # told by the look at datasets
        for snapshot in snapshots:
            if snapshot.manifest.retrieved > late.date():
                found = True
                text = (
                    f"it is {now:%Y-%m-%d} UTC, but snapshot {snapshot.id} was retrieved "
                    f"{snapshot.manifest.retrieved}"
                )
                yield Finding("problem", "clock", text, mend)
    if not found:
        zone = time.tzname[time.localtime().tm_isdst > 0]
        text = f"{now:%Y-%m-%d %H:%M} UTC, here {dt.datetime.now().astimezone():%H:%M} {zone}"
        yield Finding("ok", "clock", text)
