"""Doctor's looks at data: snapshots, claims, the build, the last run."""

from __future__ import annotations

from collections.abc import Iterator

from checks import verify as engine
from checks.validation.gate import suites_of
from datasets.archive import how_to_get, list_snapshots, verify_bytes, verify_parts
from datasets.build import plan_build
from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.settings import Settings
from datasets.warehouse import current_build, reader
from flows import runs
from flows.doctor_findings import Finding


def datasets(settings: Settings) -> Iterator[Finding]:
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


def claims(settings: Settings) -> Iterator[Finding]:
    files = engine.claim_files(settings)
    number = sum(len(file.claims) for file in files)
    yield Finding("ok", "claims", f"{number} in {len(files)} documents in {settings.claims_dir}")


def build(settings: Settings) -> Iterator[Finding]:
    current = current_build(settings)
    with reader(settings, current.path):
        pass  # it opens
    text = f"{current.id}, published {current.published_at}, {len(current.snapshots)} snapshots"
    last = runs.last_run(settings)
    fetched = last is None or last.source != "bundled"
    if plan_build(settings, suites_of(settings), fetched=fetched).id != current.id:
        text += "; made from other data, SQL or checks than those that are here now"
        yield Finding("warning", "build", text, "bring it up to date with: crimeclaims run")
    else:
        yield Finding("ok", "build", text)


def last_run(settings: Settings) -> Iterator[Finding]:
    run = runs.last_run(settings)
    if run is None:
        yield Finding("warning", "last run", "there was none", "run: crimeclaims run")
        return
    text = f"{run.run}: {run.outcome}"
    if runs.is_cut_off(settings, run):
        mend = "nothing is lost, the last good build is current: crimeclaims run"
        yield Finding("warning", "last run", f"{run.run} {runs.CUT_OFF}", mend)
    elif run.outcome == "running":
        mend = "wait for it to end"
        if not run.locked:
            mend += "; if nothing is running it was cut off: crimeclaims run"
        yield Finding("warning", "last run", f"{text} since {run.started}", mend)
    elif run.outcome in ("failed", "gate_closed"):
        folder = runs.folder(settings, run)
        mend = f"mend the cause, see {folder}, then: crimeclaims run"
        reason = (run.error or "").partition("\n")[0]
        yield Finding("problem", "last run", f"{text}: {reason}", mend)
    else:
        seconds = sum(run.seconds.values())
        yield Finding("ok", "last run", f"{text}, ended {run.ended} ({seconds:.1f} s in its steps)")
