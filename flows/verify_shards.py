"""Verify many claims on several workers: ``verify-all`` divides them, ``verify-shard`` does a part.

Every shard is verified against the build that the first flow names, from the claim files that it
had: the verdicts are, to the byte, those of one machine. Nothing is shared but the warehouse, what
is in ``datasets.shared``, and the Prefect server.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from datasets import shared
from datasets.errors import CrimeclaimsError
from datasets.named_builds import named_build
from datasets.settings import Settings, load_settings
from datasets.warehouse import current_build, write_atomically
from flows import comparing, limits, notices, runs, shards, steps
from flows.artifacts import name_run, progress, show_metrics
from flows.fan_out import fan_out
from flows.nightly import ended_badly, tell_flips
from flows.prefect_trouble import trouble
from flows.progress import LOGGER
from flows.refusals import refusing

logging.getLogger(LOGGER).setLevel(logging.INFO)

DEPLOYMENT = "verify-shard/verify-shard"


@dataclass(frozen=True)
class _Parts:
    settings: Settings
    home: str
    shards: Sequence[shards.Shard]
    build: str
    as_of: dt.date | None

    @property
    def names(self) -> Collection[str]:
        return [shard.name for shard in self.shards]

    def of(self, name: str) -> dict[str, Any]:
        as_of = self.as_of.isoformat() if self.as_of else None
        return {"home": self.home, "shard": name, "build": self.build, "as_of": as_of}

    def done(self) -> Collection[str]:
        there = set(shared.names(self.settings, f"{self.home}/found"))
        return [name for name in self.names if shards.found_name(self.home, name) in there]


@flow(name="verify-shard", retries=0, timeout_seconds=limits.VERIFY)
def verify_shard(home: str, shard: str, build: str, as_of: dt.date | None = None) -> int:
    """Verify one shard of the claims; started by verify-all. Returns how many verdicts there are.

    Args:
        home: Under which name verify-all shared the claims.
        shard: Which part of them.
        build: Id of the build to verify against; refused if this machine cannot read it.
        as_of: Use only what was public on that day; none: all that is in the build.
    """
    settings = load_settings()
    with refusing(settings, home, shard):
        return shards.verify(settings, home, shard, named_build(settings, build), as_of)


@flow(name="verify-all", retries=0, timeout_seconds=limits.DIVIDED)
def verify_all(
    as_of: dt.date | None = None,
    shard_claims: Annotated[int, Field(ge=1, le=100_000)] = 1_000,
    shard_seconds: Annotated[float, Field(gt=0)] = 600,
    write_report: bool = True,
) -> str | State[Any]:
    """Verify all claims against the current build, on all workers. Returns the run's folder.

    An error that a person can act on ends it in a failed state that says what to do; called as a
    function, it raises the error.

    Args:
        as_of: Use only what was public on that day; none: all that is in the build.
        shard_claims: How many claims a worker verifies at a time.
        shard_seconds: A shard that has no verdicts so long after a worker took it is started again.
        write_report: Also write the report, a folder of pages.
    """
    settings = load_settings()
    build = current_build(settings)
    run = runs.begin(settings, runs.source_of(settings, build.id), as_of)
    run.build, run.lake_snapshot = build.id, build.lake_snapshot
    runs.save(settings, run)
    folder, home = runs.folder(settings, run), f"runs/{run.run}"
    try:
        with runs.phase(run, "verify"):
            found = shards.split(settings, home, shard_claims)
            claims = sum(len(shard.claims) for shard in found)
            name_run(f"{claims:,} claims in {len(found)} shards ({run.run})")
            parts = _Parts(settings, home, found, build.id, as_of)
            with progress("verify-all-progress", len(found), f"run {run.run}") as step:
                failed = fan_out(
                    settings,
                    DEPLOYMENT,
                    home,
                    parts,
                    seconds=shard_seconds,
                    stop_at_first=True,
                    told=lambda done: step(done, f"{done} of {len(found)} shards"),
                )
            for error in failed.values():
                raise error
            text, labels = shards.gather(settings, home, found, build.id)
            write_atomically(folder / runs.VERDICTS, text)
            comparing.record_inputs(settings, folder, build, as_of)
        with runs.phase(run, "report"):
            if write_report:
                _, changes = steps.report(settings, run, build)
            else:
                changes = steps.compare(settings, run, build)
    except BaseException as error:
        known = trouble(error, settings)
        ended_badly(settings, run, build.id, known or error)
        if known is None:
            raise
        return notices.failed(known)
    finally:
        _forget(settings, home)
    logging.getLogger(LOGGER).info("%s", labels)
    runs.end(settings, run, "verified")
    tell_flips(run, changes)
    show_metrics(folder)
    return str(folder)


def _forget(settings: Settings, home: str) -> None:
    """What the shards were given and found is in the run's folder now, or of no use."""
    try:
        shared.remove(settings, home)
    except (OSError, CrimeclaimsError) as error:
        logging.getLogger(LOGGER).warning("not removed from what is shared: %s: %s", home, error)
