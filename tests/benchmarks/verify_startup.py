"""Where the time of `crimeclaims verify` goes, from the start of the process to the printed table.

    python tests/benchmarks/verify_startup.py

Needs a current build (`crimeclaims run`). Prints each phase as a share of the whole, and the whole
as a ratio to `python -c pass` on the same machine, best of five; the last line is JSON. Nothing is
asserted: seconds differ between machines, so they are for looking at, not for passing or failing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPEATS = 5
COMMAND = [str(Path(sys.executable).parent / "crimeclaims"), "verify"]


def inside() -> dict[str, float]:
    """Seconds of each phase, measured in a process that has just started."""
    start = time.perf_counter()
    from checks import verify
    from datasets.settings import load_settings
    from flows import cli, output, verdicts  # noqa: F401

    seconds = {"imports": time.perf_counter() - start}

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            begin = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - begin

        return call

    verify.load_claims = timed("claim files", verify.load_claims)
    verify.evaluated = timed("SQL of the readings", verify.evaluated)
    begin = time.perf_counter()
    found = verify.verify(load_settings(), with_readings=False)
    whole = time.perf_counter() - begin
    rest = whole - seconds["claim files"] - seconds["SQL of the readings"]
    seconds["opening the build, verdicts"] = rest
    begin = time.perf_counter()
    output.plain_table(verdicts.TABLE_COLUMNS, verdicts.table_rows(found), output.PLAIN_WIDTH)
    seconds["table"] = time.perf_counter() - begin
    return seconds


def wall(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main() -> None:
    python = min(wall([sys.executable, "-c", "pass"]) for _ in range(REPEATS))
    total = min(wall(COMMAND) for _ in range(REPEATS))
    runs = [
        json.loads(subprocess.check_output([sys.executable, __file__, "inside"]))
        for _ in range(REPEATS)
    ]
    phases = {"start of Python": python, **min(runs, key=lambda run: sum(run.values()))}
    phases["end of Python and the rest"] = max(total - sum(phases.values()), 0.0)
    for name, seconds in phases.items():
        print(f"{name:<28} {seconds / total:6.1%}  {seconds:.3f} s")
    print(f"{'whole':<28} {1:6.1%}  {total:.3f} s = {total / python:.0f} times `python -c pass`")
    shares = {name: round(seconds / total, 3) for name, seconds in phases.items()}
    print(json.dumps({"shares": shares, "times_python": round(total / python, 1)}))


if __name__ == "__main__":
    if sys.argv[1:] == ["inside"]:
        print(json.dumps(inside()))
    else:
        main()
