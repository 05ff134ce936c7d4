"""The same claims verified by one worker and by two: wall time, processor time, efficiency.

    python tests/benchmarks/workers.py --claims 10000 --shard 2500

Starts a PostgreSQL, a Prefect server on it and workers in folders of their own, publishes the
bundled build to a lake, and runs the deployment ``verify-all`` with one worker, then with two, each
of which does one shard at a time. Nothing is asserted about seconds; that the verdicts are those of
one process is. Efficiency is the time of one worker over twice the time of two: on a machine with
two cores, which server, database and the waiting flow use as well, it cannot come near 1. The load
of the machine when it began is printed: above the number of its cores the figures say little. The
last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))

from checks import verify as engine  # noqa: E402
from datasets.lake_builds import publish  # noqa: E402
from datasets.lake_setting import lake_of  # noqa: E402
from datasets.settings import Settings  # noqa: E402
from datasets.warehouse import current_build  # noqa: E402
from flows import runs, steps  # noqa: E402
from flows.verdicts import verdicts_json  # noqa: E402
from tests.support_postgres import postgres  # noqa: E402
from tests.support_team import Team, team, write_claims  # noqa: E402


def timed(there: Team, options: argparse.Namespace) -> float:
    """Seconds of a run of verify-all, from its start by a worker to its end."""
    flow_run = there.begin(
        "verify-all", shard_claims=options.shard, shard_seconds=600, write_report=False
    )
    state = there.end(flow_run)
    if state["type"] != "COMPLETED":
        raise SystemExit(f"{state['message']}\n{there.said()}")
    seconds: float = there.get(f"flow_runs/{flow_run}")["total_run_time"]
    return seconds


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    built = Settings(var=folder / "built")
    steps.build(built)
    kinds = ("value", "threshold")
    local = write_claims(built, folder / "claims", options.claims, kinds)
    begin, cpu = time.perf_counter(), time.process_time()
    expected = verdicts_json(engine.verify(local, full=True))
    alone, alone_cpu = time.perf_counter() - begin, time.process_time() - cpu
    print(f"one process, no Prefect, a file: {alone:.1f} s, {alone_cpu:.1f} s of processor")
    (folder / "lake").mkdir()
    with postgres() as pg:
        where = {
            "CRIMECLAIMS_WAREHOUSE": f"ducklake:postgres:{pg.database()}",
            "CRIMECLAIMS_LAKE_DATA": str(folder / "lake"),
        }
        publish(replace(local, lake=lake_of(where)), current_build(built))
        env = {**os.environ, **where, "CRIMECLAIMS_CLAIMS": str(local.claims_dir)}
        with team(pg, folder, env) as there:
            one = timed(there, options)
            print(f"one worker: {one:.1f} s", flush=True)
            there.worker("second", 1, "default")
            there.until(lambda: len(there.post("work_pools/crimeclaims/workers/filter", {})) == 2)
            two = timed(there, options)
            print(f"two workers: {two:.1f} s", flush=True)
        first = replace(local, var=folder / "first" / "var")
        for record in runs.all_runs(first):
            text = (runs.folder(first, record) / runs.VERDICTS).read_text(encoding="utf-8")
            # One process read a file, which has no snapshot of a lake to name.
            here = f'"lake_snapshot": {record.lake_snapshot}'
            assert text == expected.replace('"lake_snapshot": null', here), record.run
    return {
        "claims": options.claims,
        "shard": options.shard,
        "cores": os.cpu_count(),
        "one_process_seconds": round(alone, 1),
        "one_process_cpu_seconds": round(alone_cpu, 1),
        "one_worker_seconds": round(one, 1),
        "two_workers_seconds": round(two, 1),
        "speedup": round(one / two, 2),
        "efficiency": round(one / two / 2, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="one worker and two, the same work")
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--shard", type=int, default=2_500)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"load {load:.1f} on {os.cpu_count()} cores when it began")
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), options)
    print(json.dumps(found | {"load": round(load, 1)}))


if __name__ == "__main__":
    main()
