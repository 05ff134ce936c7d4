"""A team on one machine: a Prefect server on PostgreSQL, workers in own folders, a lake."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import requests

from datasets.settings import Settings
from datasets.warehouse import current_build, reader
from flows.prefect_worker import descendants
from tests.support_postgres import Postgres
from tests.support_processes import kill_all

ROOT = Path(__file__).resolve().parents[1]
PREFECT = str(Path(sys.executable).parent / "prefect")
POOL = "crimeclaims"
#: A queue that only the first worker serves: who waits for the others is not killed with them.
HERE = "here"
#: Generous: a flow run's process takes ten seconds to start on a busy machine.
SECONDS = 500.0
#: Claims that are not the same but for their ids: making one takes as long as verifying it.
DIFFERENT = 1_000
FINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@dataclass
class Team:
    """``folder``: of everything. ``env``: what server and workers have in common."""

    folder: Path
    env: dict[str, str]
    api: str
    pg: Postgres
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: list[str], **more: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                env={**self.env, **more},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def worker(self, name: str, limit: int, *queues: str, **more: str) -> None:
        """A worker with its own folders for everything, as on a machine of its own."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        command = [PREFECT, "worker", "start", "--pool", POOL, "--type", "process"]
        command += ["--name", name, "--limit", str(limit)]
        for queue in queues:
            command += ["--work-queue", queue]
        own = {"CRIMECLAIMS_VAR": str(home / "var"), "PREFECT_HOME": str(home / "prefect")}
        self.workers[name] = self.start(name, command, **own, **more)

    def kill(self, name: str) -> None:
        """SIGKILL a worker and everything that it started, as if its machine lost power."""
        worker = self.workers.pop(name)
        kill_all(worker.pid)
        worker.wait(30)

    def post(self, path: str, value: Any) -> Any:
        response = requests.post(f"{self.api}/{path}", json=value, timeout=30)
        assert response.ok, response.text
        return response.json() if response.content else None

    def get(self, path: str) -> Any:
        response = requests.get(f"{self.api}/{path}", timeout=30)
        response.raise_for_status()
        return response.json()

    def begin(self, deployment: str, **parameters: Any) -> str:
        """A run of a deployment, for the first worker; its id."""
        found = self.get(f"deployments/name/{deployment}/{deployment}")
        asked = {"parameters": parameters, "work_queue_name": HERE}
        id_: str = self.post(f"deployments/{found['id']}/create_flow_run", asked)["id"]
        return id_

    def end(self, flow_run: str) -> dict[str, Any]:
        """The last state of a run."""

        def final() -> Any:
            state = self.get(f"flow_runs/{flow_run}")["state"]
            return state if state["type"] in FINAL else None

        state: dict[str, Any] = self.until(final)
        return state

    def runs_of(self, flow: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.post(
            "flow_runs/filter", {"flows": {"name": {"any_": [flow]}}, "sort": "START_TIME_ASC"}
        )
        return found

    def has(self, worker: str, flow_run: dict[str, Any]) -> bool:
        """Whether the process of a run is one of a worker's."""
        pid = str(flow_run["infrastructure_pid"] or "").rpartition(":")[2]
        there = self.workers.get(worker)
        return pid.isdigit() and there is not None and int(pid) in descendants(there.pid)

    def until(self, look: Callable[[], Any]) -> Any:
        """The first true value of ``look``; a server that does not answer is asked again."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with suppress(requests.RequestException):
                if found := look():
                    return found
            time.sleep(0.2)
        raise AssertionError(f"it did not happen in {SECONDS:.0f} s\n{self.said()}")

    def said(self) -> str:
        """The ends of all logs, for the message of a failure."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"== {p.name}\n{p.read_text()[-4000:]}" for p in logs)


@contextmanager
def team(pg: Postgres, folder: Path, env: dict[str, str]) -> Iterator[Team]:
    """Server, pool, and the first worker; deployed is what ``prefect.yaml`` says."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    api = f"http://127.0.0.1:{port}/api"
    database = pg.database().replace("postgresql://", "postgresql+asyncpg://")
    common = {
        **env,
        "PREFECT_API_URL": api,
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "DO_NOT_TRACK": "1",
        "PWD": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    there = Team(folder, common, api, pg)
    with ExitStack() as stack:
        server = [PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        process = there.start("server", server)
        stack.callback(_stop, process)
        there.until(lambda: requests.get(f"{api}/health", timeout=30).ok)
        stack.callback(lambda: [there.kill(name) for name in list(there.workers)])
        there.worker("first", 2, "default", HERE)
        there.until(lambda: there.get(f"work_pools/{POOL}"))
        done = subprocess.run(
            [PREFECT, "--no-prompt", "deploy", "--all"],
            env=common,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        yield there


def _stop(process: subprocess.Popen[bytes]) -> None:
    kill_all(process.pid)
    process.wait(30)


def write_claims(built: Settings, folder: Path, number: int, kinds: tuple[str, ...]) -> Settings:
    """Claims of the benchmark's generator as claim files of a thousand; settings that have them.

    Of ``kinds`` only: a trend has hundreds of readings, a threshold has tens.
    """
    sys.path.append(str(ROOT / "tests" / "benchmarks"))
    try:
        import claims_maker as benchmark
    finally:
        sys.path.pop()
    with (
        reader(built, current_build(built).path, sandboxed=False) as con,
        mock.patch.object(benchmark, "SQL_OF_KIND", dict.fromkeys(kinds)),
    ):
        maker = benchmark.Maker(con)
        maker.valid = SimpleNamespace(validate_python=lambda value: value)  # as it is written
        some = maker.claims(DIFFERENT * 5 // 4)
    different = [
        (date, test)
        for _, date, test in some
        # what a file may not ask: the benchmark's claims do not go through files
        if "_change_pct" not in json.dumps(test, default=str)
    ]
    made = [different[n % DIFFERENT] for n in range(number)]
    folder.mkdir()
    for at in range(0, number, 1000):
        document = {
            "id": f"document-{at:06}",
            "title": "Made up",
            "speaker": "nobody",
            "published": str(made[at][0]),
            "outlet": "a test",
            "kind": "speech",
        }
        claims = [
            {"id": f"claim-{n:06}", "said": f"claim number {n}", "tests": [test]}
            for n, (_, test) in enumerate(made[at : at + 1000], start=at)
        ]
        text = json.dumps({"document": document, "claims": claims}, default=str)  # JSON is YAML
        (folder / f"{at:06}.yml").write_text(text)
    return replace(built, claims_dir=folder)
