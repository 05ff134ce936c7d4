"""``crimeclaims doctor``: what is there, what is wrong with it, and how to mend it."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from checks import verify as engine
from checks.validation.gate import suite_files
from datasets.archive import how_to_get, list_snapshots, verify_bytes, verify_parts
from datasets.build import plan_build
from datasets.catalog import load_catalog
from datasets.errors import CrimeclaimsError, InputError
from datasets.lake_builds import described
from datasets.settings import PROJECT_DIR, Settings
from datasets.warehouse import current_build, reader
from flows import runs
from flows.output import clean
from flows.prefect_settings import own_server, prefect_home

PACKAGES = ("crimeclaims", "prefect", "great-expectations", "duckdb", "pandas", "pydantic")
NEEDED_BYTES = 500 * 1000 * 1000


@dataclass(frozen=True)
class Finding:
    """A thing looked at. ``mend``: what to do about a problem."""

    state: Literal["ok", "warning", "problem"]
    what: str
    found: str
    mend: str | None = None


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a look that fails is a finding itself."""
    looks: dict[str, Callable[[Settings], Iterator[Finding]]] = {
        "versions": _versions,
        "folders": _folders,
        "datasets": _datasets,
        "claims": _claims,
        "lake": _lake,
        "build": _build,
        "last run": _last_run,
        "Prefect": _prefect,
    }
    findings: list[Finding] = []
    for what, look in looks.items():
        try:
            findings += look(settings)
        except CrimeclaimsError as error:
            findings.append(Finding("problem", what, str(error), error.next_step))
        except OSError as error:
            findings.append(Finding("problem", what, f"{error.filename}: {error.strerror}"))
    return findings


def to_text(findings: list[Finding]) -> str:
    """One line a finding, with how to mend it below."""
    width = max(len(finding.what) for finding in findings)
    lines = []
    for f in findings:
        first, *rest = f.found.splitlines() or [""]
        lines.append(f"{f.state:<8} {f.what:<{width}}  {clean(first)}")
        lines += [f"{'':<8} {'':<{width}}  {clean(line)}" for line in rest]
        if f.mend:
            lines.append(f"{'':<8} {'':<{width}}  mend: {clean(f.mend)}")
    problems = sum(f.state == "problem" for f in findings)
    plural = "" if problems == 1 else "s"
    lines.append(f"{problems} problem{plural} found" if problems else "all is well")
    return "\n".join(lines)


def _versions(_: Settings) -> Iterator[Finding]:
    yield Finding("ok", "python", f"{platform.python_version()} on {platform.platform()}")
    for name in PACKAGES:
        try:
            yield Finding("ok", name, version(name))
        except PackageNotFoundError:
            yield Finding("problem", name, "is not installed", "set up anew: make clean run")


def _folders(settings: Settings) -> Iterator[Finding]:
    yield Finding("ok", "project", str(PROJECT_DIR))
    there = next(p for p in (settings.var, *settings.var.parents) if p.exists())
    if not os.access(there, os.W_OK | os.X_OK) or not there.is_dir():
        mend = "make it writable, or set CRIMECLAIMS_VAR to another folder"
        yield Finding("problem", "var", f"{settings.var} cannot be written to", mend)
        return
    free = shutil.disk_usage(there).free
    text = f"{settings.var} ({free / 1e9:,.1f} GB free)"
    if free < NEEDED_BYTES:
        mend = f"free {NEEDED_BYTES / 1e6:,.0f} MB, or set CRIMECLAIMS_VAR to another disk"
        yield Finding("problem", "var", text, mend)
    else:
        yield Finding("ok", "var", text)


def _datasets(settings: Settings) -> Iterator[Finding]:
    good = 0
    for name, dataset in load_catalog(settings.datasets_dir).items():
        try:
            snapshots = list_snapshots(settings, dataset)
            for snapshot in snapshots:
                verify_bytes(snapshot)
                verify_parts(snapshot)
                good += 1
            if not snapshots:
                yield Finding("ok", name, f"no snapshot: {how_to_get(dataset)}")
        except InputError as error:
            yield Finding("problem", name, str(error), error.next_step)
    yield Finding("ok", "snapshots", f"{good} whose bytes are those archived")


def _claims(settings: Settings) -> Iterator[Finding]:
    files = engine.claim_files(settings)
    claims = sum(len(file.claims) for file in files)
    yield Finding("ok", "claims", f"{claims} in {len(files)} documents in {settings.claims_dir}")


def _build(settings: Settings) -> Iterator[Finding]:
    build = current_build(settings)
    with reader(settings, build.path):
        pass  # it opens
    text = f"{build.id}, published {build.published_at}, {len(build.snapshots)} snapshots"
    last = runs.last_run(settings)
    fetched = last is None or last.source != "bundled"
    if plan_build(settings, suite_files(), fetched=fetched).id != build.id:
        text += "; made from other data, SQL or checks than those that are here now"
        yield Finding("warning", "build", text, "bring it up to date with: crimeclaims run")
    else:
        yield Finding("ok", "build", text)


def _lake(settings: Settings) -> Iterator[Finding]:
    if settings.lake is not None:
        for what, found in described(settings):
            yield Finding("ok", what, found)


def _last_run(settings: Settings) -> Iterator[Finding]:
    run = runs.last_run(settings)
    if run is None:
        yield Finding("warning", "last run", "there was none", "run: crimeclaims run")
        return
    text = f"{run.run}: {run.outcome}"
    if run.outcome == "running":
        mend = "wait for it to end; if nothing is running it was cut off: crimeclaims run"
        yield Finding("warning", "last run", f"{text} since {run.started}", mend)
    elif run.outcome in ("failed", "gate_closed"):
        folder = runs.folder(settings, run)
        mend = f"mend the cause, see {folder}, then: crimeclaims run"
        reason = (run.error or "").partition("\n")[0]
        yield Finding("problem", "last run", f"{text}: {reason}", mend)
    else:
        seconds = sum(run.seconds.values())
        yield Finding("ok", "last run", f"{text}, ended {run.ended} ({seconds:.1f} s in its steps)")


def _prefect(settings: Settings) -> Iterator[Finding]:
    url = own_server()
    if url:
        yield Finding("ok", "Prefect", f"runs go to the server at {_without_password(url)}")
        return
    home: Path = prefect_home(settings)
    yield Finding("ok", "Prefect", f"a temporary server a run, with its files in {home}")


def _without_password(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
