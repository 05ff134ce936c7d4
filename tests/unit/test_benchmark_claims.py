"""The benchmark of readings runs, and its plain ways come to the engine's outcomes."""

from __future__ import annotations

import json
import subprocess
import sys

from datasets.settings import PROJECT_DIR, Settings
from datasets.warehouse import current_build

BENCHMARK = PROJECT_DIR / "tests" / "benchmarks" / "claims.py"


def test_forty_claims_are_measured_and_worked_out_again(built: Settings) -> None:
    build = str(current_build(built).path)
    command = [sys.executable, str(BENCHMARK), "--claims", "40", "--build", build]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert list(result) == [
        "claims",
        "readings",
        "seconds",
        "query_per_reading_ratio",
        "pandas_ratio",
        "peak_mb",
    ]
    assert result["claims"] == 40
    assert result["readings"] > 400
    assert "with the same outcomes" in done.stdout
