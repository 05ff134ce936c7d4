"""The deployment: a real Prefect server, a work pool, a worker, and a run that it carries out."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests

from datasets.settings import Settings
from tests.conftest import Cli
from tests.emulators.server import Loopback, serving
from tests.support_live import bundled_homicides, crime_portal, victims_portal
from tests.support_published import World, publishers

ROOT = Path(__file__).resolve().parents[2]
PREFECT = str(Path(sys.executable).parent / "prefect")

#: Generous: on a busy machine a server takes most of a minute, and so does a flow run's process.
SECONDS = 240.0

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Deployed:
    """A server that has the deployment and a worker that serves it."""

    api: str
    settings: Settings
    env: dict[str, str]
    logs: Path

    def get(self, path: str) -> Any:
        response = requests.get(f"{self.api}/{path}", timeout=30)
        response.raise_for_status()
        return response.json()

    def post(self, path: str, value: dict[str, Any]) -> Any:
        response = requests.post(f"{self.api}/{path}", json=value, timeout=30)
        response.raise_for_status()
        return response.json()

    def said(self) -> str:
        """The ends of all logs, for the message of a failure."""
        return "\n".join(f"== {p.name}\n{p.read_text()[-3000:]}" for p in self.logs.iterdir())


@contextmanager
def running(command: list[str], env: dict[str, str], log: Path) -> Iterator[None]:
    """A process and whatever it starts, all of which end with the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=env, cwd=ROOT, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield
    finally:
        for how in (signal.SIGINT, signal.SIGKILL):
            try:
                os.killpg(process.pid, how)
                process.wait(30)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        process.wait()


def until(look: Callable[[], Any], deployed_said: Callable[[], str]) -> Any:
    """The first true value of ``look``, which may fail to connect at first."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            if found := look():
                return found
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    pytest.fail(f"it did not happen in {SECONDS:.0f} s\n{deployed_said()}")


@pytest.fixture(scope="module")
def portal() -> Iterator[Loopback]:
    """A city's portal, so that no run asks the real one."""
    with serving(crime_portal(bundled_homicides(50))) as there:
        yield there


@pytest.fixture(scope="module")
def victims() -> Iterator[Loopback]:
    """The same city's table of victims."""
    with serving(victims_portal()) as there:
        yield there


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """All other publishers."""
    with publishers(tmp_path_factory.mktemp("publishers")) as there:
        yield there


@pytest.fixture(scope="module")
def deployed(
    built: Settings,
    portal: Loopback,
    victims: Loopback,
    others: World,
    environment: Callable[..., dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployed]:
    """What prefect.yaml says, carried out with the commands that stand at its top."""
    folder = tmp_path_factory.mktemp("deployed")
    logs = folder / "logs"
    logs.mkdir()
    settings = replace(built, var=folder / "var")
    shutil.copytree(built.builds_dir, settings.builds_dir)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    api = f"http://127.0.0.1:{port}/api"
    env = environment(
        settings,
        PREFECT_API_URL=api,
        PREFECT_HOME=str(folder / "prefect"),
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        PREFECT_API_BLOCKS_REGISTER_ON_START="false",
        DO_NOT_TRACK="1",
        PWD=str(ROOT),  # as a shell in that folder has it
        CRIMECLAIMS_BASE_URL_SOCRATA=portal.url,
        CRIMECLAIMS_BASE_URL_CHICAGO_SHOOTING_VICTIMS=victims.url,
        CRIMECLAIMS_HTTP_PAUSE_SECONDS="0",
        **{f"CRIMECLAIMS_BASE_URL_{n.upper()}": host.url for n, host in others.hosts.items()},
        PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    )
    there = Deployed(api, settings, env, logs)
    with ExitStack() as stack:
        server = [PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        stack.enter_context(running(server, env, logs / "server"))
        until(lambda: requests.get(f"{api}/health", timeout=30).ok, there.said)
        for command in (
            ["--no-prompt", "work-pool", "create", "crimeclaims", "--type", "process"],
            ["--no-prompt", "deploy", "--all"],
        ):
            done = subprocess.run(
                [PREFECT, *command],
                env=env,
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        worker = [PREFECT, "worker", "start", "--pool", "crimeclaims", "--name", "test"]
        stack.enter_context(running(worker, env, logs / "worker"))
        yield there


@pytest.fixture(scope="module")
def deployment(deployed: Deployed) -> dict[str, Any]:
    found: dict[str, Any] = deployed.get("deployments/name/nightly/nightly")
    return found


def test_deployment_runs_every_night_one_at_a_time(deployment: dict[str, Any]) -> None:
    [schedule] = deployment["schedules"]
    assert schedule["slug"] == "every-night"
    assert schedule["active"] is True
    assert schedule["schedule"]["cron"] == "30 3 * * *"
    assert schedule["schedule"]["timezone"] == "America/Chicago"
    assert deployment["global_concurrency_limit"]["limit"] == 1
    assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert deployment["work_pool_name"] == "crimeclaims"


def carry_out(deployed: Deployed, deployment: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    """Have a worker run the deployment, to a good end; the run as the server then knows it."""
    flow_run = deployed.post(
        f"deployments/{deployment['id']}/create_flow_run", {"parameters": parameters}
    )

    def ended() -> Any:
        state = deployed.get(f"flow_runs/{flow_run['id']}")["state"]
        return state if state["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED") else None

    state = until(ended, deployed.said)
    assert state["type"] == "COMPLETED", f"{state['message']}\n{deployed.said()}"
    found: dict[str, Any] = deployed.get(f"flow_runs/{flow_run['id']}")
    return found


def test_the_nightly_deployment_asks_the_publishers(deployment: dict[str, Any]) -> None:
    """With bundled, what the other deployment fetches would never be used."""
    assert deployment["parameters"] == {"source": "auto"}


def test_a_worker_refreshes_the_archive(deployed: Deployed, portal: Loopback) -> None:
    found = deployed.get("deployments/name/refresh/refresh")
    assert [schedule["slug"] for schedule in found["schedules"]] == ["every-noon"]
    carry_out(deployed, found)
    assert portal.requests
    [folder] = (deployed.settings.archive_dir / "chicago_homicides").glob("*/")
    assert json.loads((folder / "manifest.json").read_text())["files"][0]["rows"] == 50
    artifacts = {a["key"]: a for a in deployed.post("artifacts/filter", {})}
    rows = json.loads(artifacts["refresh-sources"]["data"])
    assert artifacts["refresh-progress"]["data"] == 100
    assert {row["outcome"] for row in rows} == {"fetched"}
    assert [row["dataset"] for row in rows] == [
        *("census_population", "chicago_homicides", "chicago_shooting_victims", "fbi_cde"),
        *("fbi_estimated_crimes", "fdle_fibrs"),
    ]
    until(lambda: "chicago_homicides: fetched: 50 rows" in logged(deployed), deployed.said)


def test_a_worker_carries_out_a_run(deployed: Deployed, deployment: dict[str, Any]) -> None:
    flow_run = carry_out(deployed, deployment, source="bundled", as_of="2017-08-16")
    [folder] = deployed.settings.runs_dir.iterdir()
    record = json.loads((folder / "run.json").read_text())
    assert (record["outcome"], record["as_of"]) == ("unchanged", "2017-08-16")
    verdicts = json.loads((folder / "verdicts.json").read_text())
    assert {verdict["as_of"] for verdict in verdicts} == {"2017-08-16"}
    assert (folder / "report" / "index.html").is_file()
    # What a person sees of it in Prefect's pages.
    artifacts = {a["key"]: a for a in deployed.post("artifacts/filter", {})}
    assert set(artifacts) >= {"nightly-summary", "nightly-verdicts", "run-metrics"}
    assert artifacts["nightly-progress"]["data"] == 100
    assert (folder / "report").as_uri() in artifacts["nightly-report"]["data"]
    newest = max(id_.partition("@")[2][:10] for id_ in snapshots_of(deployed.settings))
    assert flow_run["name"] == (
        f"vintage {newest}, {len(verdicts)} claims, as of 2017-08-16 ({record['run']})"
    )
    rows = json.loads(artifacts["nightly-verdicts"]["data"])
    assert [row["claim"] for row in rows] == [verdict["claim"] for verdict in verdicts]
    until(lambda: "nothing changed, nothing built" in logged(deployed), deployed.said)


def snapshots_of(settings: Settings) -> list[str]:
    found: list[str] = json.loads((settings.builds_dir / "current.json").read_text())["snapshots"]
    return found


def logged(deployed: Deployed) -> str:
    """All log lines that the server has been sent."""
    return "\n".join(line["message"] for line in deployed.post("logs/filter", {"limit": 200}))


def test_doctor_finds_the_server_its_worker_and_what_is_deployed(
    cli: Cli, deployed: Deployed
) -> None:
    env = {"PREFECT_API_URL": deployed.api}
    result = cli(deployed.settings, "doctor", env=env)
    lines = result.stdout.splitlines()
    said = [line for line in lines if line.split(None, 1)[1].startswith(("work", "deploy"))]
    assert [line.split()[0] for line in said] == ["ok"] * len(said), result.stdout
    assert "test online" in result.stdout
    assert "nightly/nightly, at 30 3 * * *, as declared" in result.stdout
    deployment = deployed.get("deployments/name/nightly/nightly")
    schedule = f"deployments/{deployment['id']}/schedules/{deployment['schedules'][0]['id']}"

    def at_work(yes: bool) -> None:
        for path, key, value in (
            (schedule, "active", yes),
            ("work_pools/crimeclaims", "is_paused", not yes),
        ):
            answer = requests.patch(f"{deployed.api}/{path}", json={key: value}, timeout=30)
            answer.raise_for_status()

    at_work(False)
    try:
        result = cli(deployed.settings, "doctor", env=env)
    finally:
        at_work(True)
    assert result.returncode == 2
    assert "crimeclaims is paused: nothing is run" in result.stdout
    assert "schedule every-night is not active" in result.stdout
