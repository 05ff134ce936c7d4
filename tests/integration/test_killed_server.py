"""A run whose Prefect server is killed while it builds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from datasets.warehouse import current_build
from flows import runs
from tests.conftest import COMMAND_SECONDS, CRIMECLAIMS
from tests.support_processes import children_of, wait_for
from tests.support_snapshots import make_settings

CHICAGO = "chicago_homicides"


def test_a_run_goes_on_when_its_temporary_server_is_killed_and_leaves_none_behind(
    environment: Callable[..., dict[str, str]], few_claims: Path, tmp_path: Path
) -> None:
    settings = make_settings(tmp_path, [CHICAGO], {CHICAGO: ("2018-03-04",)})
    settings = replace(settings, claims_dir=few_claims)
    process = subprocess.Popen(
        [CRIMECLAIMS, "run"],
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: list(settings.builds_dir.glob(".making-*")))
    [first] = children_of(process.pid)
    os.kill(first, signal.SIGKILL)
    again = wait_for(lambda: [each for each in children_of(process.pid) if each != first])
    [record] = settings.runs_dir.glob(f"*/{runs.RECORD}")
    assert json.loads(record.read_text())["outcome"] == "running"
    stdout, stderr = process.communicate(timeout=COMMAND_SECONDS)
    assert (process.returncode, stderr) == (0, "")
    assert "is new: validated and published" in stdout
    run = runs.read(record)
    assert (run.outcome, run.build) == ("published", current_build(settings).id)
    assert (record.parent / runs.REPORT).is_file()
    wait_for(lambda: not any(Path(f"/proc/{each}").exists() for each in again))
