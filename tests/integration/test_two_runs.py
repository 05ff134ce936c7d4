"""Two runs at once: one builds, the other waits or says who is at it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from datasets.run_lock import run_lock
from datasets.settings import Settings
from tests.conftest import COMMAND_SECONDS, CRIMECLAIMS, Cli
from tests.support_snapshots import make_settings

CHICAGO = "chicago_homicides"


@pytest.fixture
def fresh(few_claims: Path, tmp_path: Path) -> Settings:
    settings = make_settings(tmp_path, [CHICAGO], {CHICAGO: ("2018-03-04",)})
    return replace(settings, claims_dir=few_claims)


def test_a_run_that_may_not_wait_says_who_holds_the_lock(cli: Cli, fresh: Settings) -> None:
    with run_lock(fresh):
        result = cli(fresh, "run", env={"CRIMECLAIMS_LOCK_WAIT": "0"})
    assert result.returncode == 2
    assert f"another run is in progress: process {os.getpid()} on " in result.stderr
    assert "next: wait for it to end" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (fresh.builds_dir / "current.json").exists()


def test_of_two_runs_one_builds_and_the_other_waits_for_it(
    environment: Callable[..., dict[str, str]], fresh: Settings
) -> None:
    processes = [
        subprocess.Popen(
            [CRIMECLAIMS, "run"],
            env=environment(fresh),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    ended = [process.communicate(timeout=COMMAND_SECONDS) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], ended
    records = [json.loads(p.read_text()) for p in fresh.runs_dir.glob("*/run.json")]
    assert sorted(record["outcome"] for record in records) == ["published", "unchanged"]
    assert len({record["build"] for record in records}) == 1
    assert len(list(fresh.builds_dir.glob("*.duckdb"))) == 1
    # The one that waited said so, and for whom.
    waited = [stderr for _, stderr in ended if stderr]
    pids = [process.pid for process in processes]
    assert all("waiting for another run to end" in stderr for stderr in waited)
    assert all(any(f"process {pid} " in stderr for pid in pids) for stderr in waited)
