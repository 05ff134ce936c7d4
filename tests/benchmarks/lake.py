"""Publish, verify, copy: a build as a file, in a lake in a folder, and in a lake in S3.

    python -m tests.benchmarks.lake --var var

needs a published build of files in ``--var``, a PostgreSQL server's programs, and moto. Of each it
prints CPU seconds of this process and seconds of the clock, and how many times those of the file
they are. Publish: of a file, to bring its bytes to the disk and point to it; of a lake, the commit.
Verify: all claims in brief, the build looked up too. Copy: the file, or a file of the lake's tables
for ``crimeclaims sql``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from checks import verify as engine
from datasets.atomic import replacing
from datasets.lake_builds import local_copy, publish
from datasets.settings import Settings
from datasets.warehouse import Build, InLake, current_build, point_to
from tests.support_lake import machine
from tests.support_postgres import postgres
from tests.support_s3 import s3

Seconds = dict[str, dict[str, float]]


def measured(work: Callable[[], object]) -> dict[str, float]:
    """Seconds of one run of ``work``: of the clock, and of this process's CPU."""
    start, before = time.perf_counter(), _cpu()
    work()
    return {"wall": round(time.perf_counter() - start, 2), "cpu": round(_cpu() - before, 2)}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def file(build: Build, folder: Path) -> Seconds:
    """A build as a file, of a machine of its own."""
    assert isinstance(build.path, Path)
    alone, source = Settings(var=folder / "alone"), build.path
    target = alone.builds_dir / source.name
    alone.builds_dir.mkdir(parents=True)

    def copy(to: Path) -> None:
        with source.open("rb") as given, replacing(to) as made:
            shutil.copyfileobj(given, made)

    def publish_file() -> None:
        with target.open("rb") as made:
            os.fsync(made.fileno())
        point_to(alone, replace(build, path=target))

    shutil.copyfile(source, target)
    return {
        "publish": measured(publish_file),
        "verify": measured(lambda: engine.verify(alone)),
        "copy": measured(lambda: copy(folder / "copy.duckdb")),
    }


def lake(name: str, catalog: str, data: str, build: Build, folder: Path) -> Seconds:
    one = machine(folder, name, catalog, data)
    found = {"publish": measured(lambda: publish(one, build))}
    place = current_build(one).path
    assert isinstance(place, InLake)
    found["verify"] = measured(lambda: engine.verify(one))
    found["copy"] = measured(lambda: local_copy(one, place))
    return found


def times(found: Seconds, of: Seconds) -> Seconds:
    """How many times as long as ``of``; of what took no time at all, as a hundredth of a second."""
    return {
        step: {kind: round(took / max(of[step][kind], 0.01), 1) for kind, took in seconds.items()}
        for step, seconds in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--var", type=Path, required=True, help="folder with a published build")
    settings = Settings(var=parser.parse_args().var.resolve())
    build = current_build(settings)
    engine.verify(settings, build=build)  # imports, caches
    with tempfile.TemporaryDirectory() as made, postgres() as server, s3() as bucket:
        folder = Path(made)
        data = folder / "data"
        data.mkdir()
        rows = {"file": file(build, folder)}
        for name, place in (("lake, folder", str(data)), ("lake, S3", bucket)):
            rows[name] = lake(
                name.replace(", ", "-"), f"postgres:{server.database()}", place, build, folder
            )
    alone = rows["file"]
    ratios = {name: times(row, alone) for name, row in rows.items() if row is not alone}
    print(json.dumps({"seconds": rows, "times the file": ratios}, indent=2))


if __name__ == "__main__":
    main()
