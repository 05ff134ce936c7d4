"""Publish and verify: builds as files against a lake in a folder and in S3, CPU and wall seconds.

    python -m tests.benchmarks.lake --var var

needs a published build of files in ``--var``, a PostgreSQL server's programs, and moto.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from checks import verify as engine
from datasets.lake_builds import local_copy, publish
from datasets.settings import Settings
from datasets.warehouse import Build, InLake, current_build
from tests.support_lake import machine
from tests.support_postgres import postgres
from tests.support_s3 import s3


def measured(work: Callable[[], object]) -> dict[str, float]:
    """Seconds of one run of ``work``: of the clock, and of this process's CPU."""
    start, before = time.perf_counter(), _cpu()
    work()
    return {"wall": round(time.perf_counter() - start, 2), "cpu": round(_cpu() - before, 2)}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def lake(name: str, catalog: str, data: str, build: Build, folder: Path) -> dict[str, object]:
    one = machine(folder, name, catalog, data)
    found: dict[str, object] = {"publish": measured(lambda: publish(one, build))}
    there = current_build(one)
    assert isinstance(there.path, InLake)
    place = there.path
    found["verify"] = measured(lambda: engine.verify(one, build=there))
    found["copy"] = measured(lambda: local_copy(one, place))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--var", type=Path, required=True, help="folder with a published build")
    settings = replace(Settings(var=parser.parse_args().var.resolve()))
    build = current_build(settings)
    engine.verify(settings, build=build)  # imports, caches
    found: dict[str, object] = {"files": {"verify": measured(lambda: engine.verify(settings))}}
    with tempfile.TemporaryDirectory() as made, postgres() as server, s3() as bucket:
        folder = Path(made)
        (folder / "data").mkdir()
        data = str(folder / "data")
        found["lake, folder"] = lake("a", f"postgres:{server.database()}", data, build, folder)
        found["lake, S3"] = lake("b", f"postgres:{server.database()}", bucket, build, folder)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
