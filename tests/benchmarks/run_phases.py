"""How much of `crimeclaims run` is ours, and how much is importing and starting what it stands on.

    python tests/benchmarks/run_phases.py

Makes a new build and then runs again unchanged, in a folder of its own whose Prefect database is
there already. Each run is taken apart in its own process: Prefect imported while its server starts,
Great Expectations imported, the steps, what Prefect adds around them, the end. Nothing is asserted;
the last line is JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SERVER = "importing Prefect, starting its server"
GX = "importing Great Expectations"
AROUND = "Prefect around the steps"
END = "stopping the server"
NOT_OURS = (SERVER, GX)


def inside(*, builds: bool) -> dict[str, float]:
    """Seconds of each phase of a run in this process."""
    clock = time.perf_counter
    start = clock()
    from datasets.settings import load_settings
    from flows import run_command, runs
    from flows.prefect_settings import for_command_line

    settings = load_settings()
    os.environ.update(for_command_line(settings))
    seconds: dict[str, float] = {}
    with run_command.prefect_ready(settings):
        from flows.nightly import nightly

        seconds[SERVER] = clock() - start
        start = clock()
        if builds:
            import checks.validation.gx_duckdb  # noqa: F401

            seconds[GX] = clock() - start
        start = clock()
        nightly()
        whole = clock() - start
        end = clock()
    seconds[END] = clock() - end
    record = runs.last_run(settings)
    assert record is not None
    assert record.outcome == ("published" if builds else "unchanged")
    seconds |= {f"step: {name}": value for name, value in record.seconds.items()}
    seconds[AROUND] = whole - sum(record.seconds.values())
    return seconds


def main() -> None:
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        env = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
        env["CRIMECLAIMS_VAR"] = folder
        command = [sys.executable, __file__]
        for name in ("first on a machine", "new build", "unchanged"):
            if name == "new build":  # once more, now that Prefect's database is there
                shutil.rmtree(Path(folder) / "builds")
            kind = "unchanged" if name == "unchanged" else "builds"
            begin = time.perf_counter()
            seconds = json.loads(subprocess.check_output([*command, kind], env=env))
            whole = time.perf_counter() - begin
            print(f"\nrun, {name}: {whole:.1f} s")
            for phase, value in sorted(seconds.items(), key=lambda item: -item[1]):
                print(f"  {value / whole:6.1%} {value:6.2f} s  {phase}")
            ours = 1 - sum(seconds.get(phase, 0.0) for phase in NOT_OURS) / whole
            print(f"  {ours:6.1%}          beyond importing Prefect and GX and starting the server")
            result[name] = {"seconds": round(whole, 1), "beyond": round(ours, 3)}
    print(json.dumps(result))


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(inside(builds=sys.argv[1] == "builds")))
    else:
        main()
