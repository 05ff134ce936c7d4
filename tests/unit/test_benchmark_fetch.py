"""The benchmark of fetches runs; what an unchanged refresh moves is test_published_sources's."""

from __future__ import annotations

import json
import subprocess
import sys

from datasets.settings import PROJECT_DIR

BENCHMARK = PROJECT_DIR / "tests" / "benchmarks" / "fetch.py"


def test_both_ways_of_a_small_fetch_are_measured() -> None:
    command = [sys.executable, str(BENCHMARK), "--rows", "500", "--rows-only"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    figures = ("rows_per_second", "rows_per_cpu_second", "our_share", "cpu_over_bare")
    assert list(result) == ["rows", *figures, *(f"csv_{figure}" for figure in figures)]
    assert result["rows"] == 500
    assert all(value > 0 for value in result.values())
