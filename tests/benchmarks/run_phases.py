"""How much of `crimeclaims run` is ours, and how much is importing and starting what it stands on.

    python tests/benchmarks/run_phases.py

Makes a new build and then an unchanged run, in a folder of its own. Importing Prefect, importing
Great Expectations and starting the server are measured by themselves; the run starts the server
while it imports. Nothing is asserted; the last line is JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
IMPORT = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
SERVER = """
import os, pathlib, time
from datasets.settings import load_settings
from flows.prefect_server import temporary_server
from flows.prefect_settings import for_command_line, prefect_home
settings = load_settings()
os.environ.update(for_command_line(settings))
begin = time.perf_counter()
with temporary_server(prefect_home(settings)) as server:
    server.wait()
    up = time.perf_counter() - begin
print(up)
"""


def seconds_of(code: str, env: dict[str, str]) -> float:
    return float(subprocess.check_output([sys.executable, "-c", code], env=env, text=True))


def run(env: dict[str, str]) -> tuple[float, dict[str, float], str]:
    """Seconds of a whole run, of its steps, and what came of it."""
    begin = time.perf_counter()
    subprocess.run([BIN / "crimeclaims", "run"], env=env, check=True, stdout=subprocess.DEVNULL)
    whole = time.perf_counter() - begin
    newest = max((Path(env["CRIMECLAIMS_VAR"]) / "runs").glob("*/run.json"))
    record = json.loads(newest.read_text(encoding="utf-8"))
    return whole, record["seconds"], record["outcome"]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
        env["CRIMECLAIMS_VAR"] = folder
        first_server = seconds_of(SERVER, env)
        server = seconds_of(SERVER, env)
        prefect = seconds_of(IMPORT.format("flows.nightly"), env)
        gx = seconds_of(IMPORT.format("checks.validation.gx_duckdb"), env)
        print(f"server, first start on a machine {first_server:6.1f} s")
        print(f"server, later starts             {server:6.1f} s")
        print(f"import of Prefect and the flow   {prefect:6.1f} s")
        print(f"import of Great Expectations     {gx:6.1f} s")
        result = {}
        for name in ("new build", "unchanged"):
            whole, steps, outcome = run(env)
            # The server starts while Prefect is imported: the longer of the two is waited for.
            base = max(server, prefect) + (gx if outcome == "published" else 0.0)
            ours = max(whole - base, 0.0)
            print(f"\nrun, {name}: {whole:.1f} s, of which beyond the above {ours / whole:.0%}")
            for step, seconds in steps.items():
                print(f"  {step:<14} {seconds:6.2f} s")
            result[name] = {"seconds": round(whole, 1), "ours": round(ours / whole, 3)}
        print(json.dumps(result))


if __name__ == "__main__":
    main()
