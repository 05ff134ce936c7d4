"""Replaying a run: its verdicts made again from what it kept, and compared to the byte.

Nothing is published and nothing of the run is changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from checks import verify as engine
from checks.claims_file import load_claims
from checks.run_diff import Inputs, claim_digests, method_digest, method_parts
from checks.validation.gate import suites_of
from datasets.build import load_and_transform, plan_again
from datasets.errors import CrimeclaimsError, InputError
from datasets.settings import Settings
from datasets.warehouse import Build
from flows import comparing, runs
from flows.verdicts import verdicts_json

SHOWN = 8


@dataclass(frozen=True)
class Replay:
    """What came of it. ``differing``: claims with another verdict; ``changed``: what is not as it
    was when the run was made, in words. ``rebuilt``: the build was made anew from the archive.
    """

    run: str
    build: str
    verdicts: int
    same: bool
    differing: tuple[str, ...]
    changed: tuple[str, ...]
    rebuilt: bool


def replay(settings: Settings, name: str, *, rebuild: bool = False) -> Replay:
    """Verify again what the run ``name`` verified, from its claims and its snapshots.

    ``rebuild``: make its build anew from the archive also where it is still there. Raises
    InputError if the run did not keep what is needed, or a snapshot is missing or damaged.
    """
    record = comparing.record_of(settings, name)
    earlier = comparing.read_run(settings, record)
    inputs, folder = earlier.inputs, runs.folder(settings, record)
    if inputs is None:
        raise InputError(
            f"run {record.run} did not record what its verdicts were made from",
            next_step="replay a later one",
        )
    copies = folder / runs.CLAIMS
    files = load_claims(copies if copies.is_dir() else settings.claims_dir)
    changed = [*_other_claims(inputs, claim_digests(files)), *_other_method(settings, inputs)]
    with _build_of(settings, inputs, rebuild, changed) as (build, rebuilt):
        as_of = dt.date.fromisoformat(inputs.as_of) if inputs.as_of else None
        made = engine.verify(settings, record.claims or (), as_of, build, files, full=True)
    # The build is read as a file here, wherever the run read it: the verdicts name the commit.
    lake = {"lake_snapshot": inputs.lake_snapshot}
    found = [verdict.model_copy(update=lake) for verdict in made]
    same = verdicts_json(found).encode() == (folder / runs.VERDICTS).read_bytes()
    before = {verdict.claim: verdict for verdict in earlier.verdicts}
    after = {verdict.claim: verdict for verdict in found}
    names = dict.fromkeys([*before, *after])
    return Replay(
        run=record.run,
        build=inputs.build,
        verdicts=len(earlier.verdicts),
        same=same,
        differing=tuple(each for each in names if before.get(each) != after.get(each)),
        changed=tuple(changed),
        rebuilt=rebuilt,
    )


def failure(found: Replay) -> CrimeclaimsError | None:
    """The error of a replay with other verdicts: bad input if something else is different too."""
    if found.same:
        return None
    listed = ", ".join(found.differing[:SHOWN])
    more = len(found.differing) - SHOWN
    listed += f" and {more} more" if more > 0 else ""
    said = f"run {found.run} gives other verdicts now: {listed or 'the same, written otherwise'}"
    if found.changed:
        lines = [said, "what is not as it was then:", *found.changed]
        return InputError(
            "\n  ".join(lines), next_step="replay it with the version of the program that made it"
        )
    return CrimeclaimsError(
        f"{said}; nothing that is recorded differs", next_step="this is a fault: report it"
    )


@contextmanager
def _build_of(
    settings: Settings, inputs: Inputs, rebuild: bool, changed: list[str]
) -> Iterator[tuple[Build, bool]]:
    """The run's build: as it is kept, or made anew beside the others and gone afterwards."""
    kept = settings.builds_dir / f"{inputs.build}.duckdb"
    if kept.is_file() and not rebuild:
        yield Build(inputs.build, kept, "", inputs.snapshots), False
        return
    try:
        plan = plan_again(settings, suites_of(settings), inputs.snapshots)
    except InputError as error:
        lines = [f"build {inputs.build} cannot be made again: {error}", *changed]
        raise InputError("\n  ".join(lines), next_step=error.next_step) from error
    if plan.id != inputs.build:
        said = "declarations, reference tables, SQL, checks, manifests or DuckDB"
        changed.append(f"the same snapshots make build {plan.id}, not {inputs.build}: other {said}")
    settings.temp_dir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="replay-", dir=settings.temp_dir) as folder:
        path = Path(folder) / "build.duckdb"
        load_and_transform(settings, plan, path)
        # under the id it had: the verdicts name it
        yield Build(inputs.build, path, "", inputs.snapshots), True


def _other_claims(inputs: Inputs, now: Mapping[str, str]) -> Iterator[str]:
    different = sorted(c for c in {*inputs.claims, *now} if inputs.claims.get(c) != now.get(c))
    if different:
        yield f"claims: {', '.join(different[:SHOWN])}" + _more(different)


def _other_method(settings: Settings, inputs: Inputs) -> Iterator[str]:
    now = method_parts(settings.datasets_dir)
    if inputs.method == method_digest(now):
        return
    names = sorted(n for n in {*inputs.parts, *now} if inputs.parts.get(n) != now.get(n))
    if not inputs.parts:
        yield "the method: SQL, tables of words and weights, declarations or code"
        return
    for name in [name for name in names if "/" not in name]:
        yield f"{name} was {inputs.parts.get(name, 'not there')}, is {now.get(name, 'not there')}"
    files = [name for name in names if "/" in name]
    if files:
        yield f"the method: {', '.join(files[:SHOWN])}" + _more(files)


def _more(names: list[str]) -> str:
    return f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
