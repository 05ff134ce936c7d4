"""A run whose Prefect server is killed while it builds, or is not there when it begins."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from datasets.settings import Settings
from datasets.warehouse import current_build, reader
from flows import comparing, runs, steps
from flows.prefect_server import comes_up, end
from tests.conftest import COMMAND_SECONDS, CRIMECLAIMS, Cli
from tests.support_hooks import receiving
from tests.support_processes import children_of, wait_for
from tests.support_snapshots import make_settings

CHICAGO = "chicago_homicides"
NEXT = (
    "next: see that it is up and that PREFECT_API_URL is its address, then run this again; "
    "with PREFECT_API_URL unset a run has a server of its own"
)


def chicago(folder: Path, claims: Path) -> Settings:
    settings = make_settings(folder, [CHICAGO], {CHICAGO: ("2018-03-04",)})
    return replace(settings, claims_dir=claims)


@contextmanager
def running(env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """``crimeclaims run``, building."""
    process = subprocess.Popen(
        [CRIMECLAIMS, "run"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        builds = Path(env["CRIMECLAIMS_VAR"]) / "builds"
        wait_for(lambda: list(builds.glob(".making-*")), 120)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@contextmanager
def lasting_server(env: dict[str, str], log: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A Prefect server of the user's, and its port on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listening, log.open("wb") as out:
        handle, port = listening.fileno(), listening.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.prefect_server", str(handle), "lasting"],
            env={**env, "PREFECT_API_BLOCKS_REGISTER_ON_START": "false"},
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            pass_fds=[handle],
        )
    try:
        assert comes_up(process, f"http://127.0.0.1:{port}/api/health"), log.read_text()
        yield process, port
    finally:
        end(process, 10)


def test_a_run_goes_on_when_its_temporary_server_is_killed_and_leaves_none_behind(
    environment: Callable[..., dict[str, str]], few_claims: Path, tmp_path: Path
) -> None:
    settings = chicago(tmp_path, few_claims)
    with running(environment(settings)) as process:
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


def test_a_run_whose_lasting_server_is_gone_ends_with_3_and_leaves_nothing_half_done(
    environment: Callable[..., dict[str, str]], few_claims: Path, tmp_path: Path
) -> None:
    settings = chicago(tmp_path, few_claims)
    env = environment(settings)
    with receiving() as desk, lasting_server(env, tmp_path / "server.log") as (server, port):
        more = {
            "CRIMECLAIMS_WEBHOOK_URL": f"{desk.url}/desk",
            "PREFECT_API_URL": f"http://desk:planted-pass@127.0.0.1:{port}/api",
            "PREFECT_CLIENT_MAX_RETRIES": "0",  # ours are waited for
        }
        with running(env | more) as process:
            server.send_signal(signal.SIGKILL)
            server.wait()
            stdout, stderr = process.communicate(timeout=COMMAND_SECONDS)
    gone = f"the Prefect server at http://127.0.0.1:{port}/api cannot be reached (ConnectError)"
    [record] = settings.runs_dir.glob(f"*/{runs.RECORD}")
    run = runs.read(record)
    assert (process.returncode, stdout) == (3, "")
    assert stderr.splitlines() == [
        f"Prefect could not be told of progress: {gone}",
        f"error: {gone}; run {run.run} is recorded as failed",
        NEXT,
    ]
    assert (run.outcome, run.error, run.ended is not None) == ("failed", gone, True)
    assert "planted" not in "".join(p.read_text() for p in record.parent.glob("*.json*"))
    [told] = desk.told("/desk")
    assert (told.value["event"], told.value["reasons"]) == ("crimeclaims.run.failed", [gone])
    # What passed the gate is the current build, and what was current before is no worse.
    build = current_build(settings)
    assert run.build == build.id
    with reader(settings, build.path) as con:
        assert con.sql("SELECT count(*) > 100 FROM mart.series").fetchone() == (True,)
    assert not list(settings.builds_dir.glob(".*"))
    # The next run goes on from there, and compares itself with no run that failed.
    assert not steps.build(settings, fetched=False).made
    assert comparing.previous(settings, replace(run, run=f"{run.run}-later")) is None


def test_a_run_whose_server_is_not_there_ends_with_3_before_it_begins(
    cli: Cli, few_claims: Path, tmp_path: Path
) -> None:
    settings = chicago(tmp_path, few_claims)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    result = cli(
        settings, "run", env={"PREFECT_API_URL": f"http://desk:planted-pass@127.0.0.1:{port}/api"}
    )
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.splitlines() == [
        f"error: the Prefect server at http://127.0.0.1:{port}/api cannot be reached "
        "(ConnectError)",
        NEXT,
    ]
    assert not settings.runs_dir.exists()
    assert not settings.builds_dir.exists()
