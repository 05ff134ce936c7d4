"""A run that was killed is known to be: the next one records it, prune and doctor see it."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest

from datasets.settings import Settings
from flows import doctor_data, runs
from flows.retention import old_runs
from tests.conftest import Cli
from tests.support_processes import children_of, wait_for

#: Begins a run, tells its id, and goes on until it is killed.
AT_WORK = """
import sys, time
from datasets.settings import load_settings
from flows import runs
print(runs.begin(load_settings(), "bundled", None).run, flush=True)
time.sleep(600)
"""


@contextmanager
def at_work(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process with a run that has begun, and the id of that."""
    process = subprocess.Popen(
        [sys.executable, "-c", AT_WORK], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close() if process.stdout else None


def read(settings: Settings, run: str) -> runs.Run:
    return runs.read(settings.runs_dir / run / runs.RECORD)


def finished(settings: Settings) -> runs.Run:
    run = runs.begin(settings, "bundled", None)
    runs.end(settings, run, "unchanged")
    return run


def last_run(settings: Settings) -> tuple[str, str, str]:
    [each] = doctor_data.last_run(settings)
    return each.state, each.found, str(each.mend)


def test_a_killed_run_is_recorded_as_failed_by_the_next_and_not_before_it_is_dead(
    environment: Callable[..., dict[str, str]],
    cli: Cli,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = Settings(var=tmp_path)
    with at_work(environment(settings)) as (process, name):
        finished(settings)
        assert read(settings, name).outcome == "running"
        assert [each.kept_for for each in old_runs(settings, 1)] == ["it has not ended"]
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    # To look at it changes nothing.
    assert [each.kept_for for each in old_runs(settings, 1)] == [None]
    assert read(settings, name).outcome == "running"
    with caplog.at_level(logging.WARNING):
        finished(settings)
    assert f"run {name} was cut off" in caplog.text
    killed = read(settings, name)
    assert (killed.outcome, killed.error, killed.ended) == ("failed", runs.CUT_OFF, None)
    caplog.clear()
    finished(settings)
    assert "cut off" not in caplog.text
    pruned = cli(settings, "prune", "--keep-runs", "1", "--yes")
    assert pruned.returncode == 0, pruned.stderr
    assert not (settings.runs_dir / name).exists()


def test_prune_deletes_a_killed_run_that_no_other_followed(
    environment: Callable[..., dict[str, str]], cli: Cli, tmp_path: Path
) -> None:
    settings = Settings(var=tmp_path)
    finished(settings)
    with at_work(environment(settings)) as (_, name):
        state, found, mend = last_run(settings)
        assert (state, mend) == ("warning", "wait for it to end")
        assert f"{name}: running since" in found
    state, found, mend = last_run(settings)
    assert (state, found) == ("warning", f"{name} {runs.CUT_OFF}")
    assert "crimeclaims run" in mend
    later = runs.Run("99990101T000000Z-aaaaaa", "2026-11-25T02:00:00+00:00", "auto", None)
    runs.save(settings, later)
    said = json.loads(
        cli(settings, "prune", "--keep-runs", "1", "--yes", "--format", "json").stdout
    )
    assert {row["name"]: row["what"] for row in said}[name] == "deleted"
    assert not (settings.runs_dir / name).exists()


def test_of_a_run_of_an_earlier_version_it_is_not_known_whether_it_lives(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    old = runs.Run("20250101T000000Z-aaaaaa", "2025-01-01T00:00:00+00:00", "auto", None)
    runs.save(settings, old)
    path = settings.runs_dir / old.run / runs.RECORD
    value = asdict(old)
    del value["locked"]
    path.write_text(json.dumps(value))
    finished(settings)
    assert runs.read(path) == old
    assert [each.kept_for for each in old_runs(settings, 1)] == ["it has not ended"]


def test_a_run_that_ends_between_two_looks_is_not_called_cut_off(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    run = runs.begin(settings, "bundled", None)
    seen = read(settings, run.run)
    assert not runs.is_cut_off(settings, seen)
    runs.end(settings, run, "published")
    assert seen.outcome == "running"
    assert not runs.is_cut_off(settings, seen)


def test_a_run_is_alive_while_a_child_of_it_works_on(
    environment: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    settings = Settings(var=tmp_path)
    forking = AT_WORK.replace("time.sleep(600)", "import os; os.fork(); sys.stdin.read()")
    assert forking != AT_WORK
    process = subprocess.Popen(
        [sys.executable, "-c", forking],
        env=environment(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    name = process.stdout.readline().strip()
    wait_for(lambda: children_of(process.pid))
    process.kill()
    process.wait(30)
    assert not runs.is_cut_off(settings, read(settings, name))
    process.stdin.close()  # at which the child ends
    assert process.stdout.read() == ""
    process.stdout.close()
    assert runs.is_cut_off(settings, read(settings, name))
