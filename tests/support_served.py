"""``crimeclaims serve`` for tests: started once, asked through its API, stopped at the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from datasets.settings import Settings
from tests.conftest import CRIMECLAIMS

#: Generous: on a busy machine a server takes most of a minute, and so does a flow run's process.
SECONDS = 240.0
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@dataclass(frozen=True)
class Served:
    """A server with deployments and a worker. ``auth``: name and password."""

    url: str
    settings: Settings
    env: dict[str, str]
    process: subprocess.Popen[bytes]
    folder: Path
    auth: tuple[str, str]

    def ask(self, method: str, path: str, value: Any = None) -> requests.Response:
        """The answer of Prefect's API; asked again while its database is busy (503)."""
        return patient().request(
            method, f"{self.url}/api/{path}", json=value, auth=self.auth, timeout=30
        )

    def get(self, path: str) -> Any:
        response = self.ask("GET", path)
        response.raise_for_status()
        return response.json()

    def post(self, path: str, value: Any) -> Any:
        response = self.ask("POST", path, value)
        assert response.ok, response.text
        return response.json()

    def deployment(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"deployments/name/{name}/{name}")
        return found

    def start(self, name: str, env: dict[str, str] | None = None, **parameters: Any) -> str:
        """Trigger a deployment; the id of its run. ``env``: variables of this run only."""
        value: dict[str, Any] = {"parameters": parameters}
        if env:
            value["job_variables"] = {"env": env}
        run = self.post(f"deployments/{self.deployment(name)['id']}/create_flow_run", value)
        return str(run["id"])

    def state(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"flow_runs/{run}")["state"]
        return found

    def ended(self, run: str) -> dict[str, Any]:
        """The state in which a run ended, waiting for it."""
        return self.until(lambda: (s := self.state(run))["type"] in ENDED and s)  # type: ignore[no-any-return]

    def carry_out(
        self, name: str, env: dict[str, str] | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """Trigger a deployment and wait for its end."""
        return self.ended(self.start(name, env, **parameters))

    def artifacts(self, run: str) -> dict[str, Any]:
        """What a run shows in Prefect's pages, by key."""
        only = {"flow_runs": {"id": {"any_": [run]}}}
        return {each["key"]: each["data"] for each in self.post("artifacts/filter", only)}

    def logged(self) -> str:
        """All log lines that the server has been sent."""
        sort = {"limit": 200, "sort": "TIMESTAMP_DESC"}
        return "\n".join(line["message"] for line in self.post("logs/filter", sort))

    def records(self) -> list[dict[str, Any]]:
        """The records of the runs in the folder, oldest first."""
        return [
            json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(self.settings.runs_dir.glob("*/run.json"))
        ]

    def until(self, look: Callable[[], Any]) -> Any:
        """The first true value of ``look``."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(0.1)
        pytest.fail(f"it did not happen in {SECONDS:.0f} s\n{self.said()}")

    def said(self) -> str:
        """The ends of all logs, for the message of a failure."""
        logs = [*self.folder.glob("std*"), *(self.settings.var / "prefect" / "serve").glob("*.log")]
        return "\n".join(f"== {p.name}\n{p.read_text()[-3000:]}" for p in logs)

    def printed(self) -> str:
        return (self.folder / "stdout").read_text()


@cache
def patient() -> requests.Session:
    """A session that does what Prefect's clients do when the server is busy."""
    again = Retry(total=8, status_forcelist=[503], allowed_methods=None, backoff_factor=0.1)
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=again))
    return session


@contextmanager
def serving_flows(
    settings: Settings, env: dict[str, str], folder: Path, auth: tuple[str, str]
) -> Iterator[Served]:
    """The command, up; killed at the end if it has not ended by then."""
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(
            [CRIMECLAIMS, "serve", "--port", "0"],
            env=env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    there = Served("", settings, env, process, folder, auth)
    try:
        there.until(lambda: "stop with Ctrl-C" in there.printed() or process.poll() is not None)
        assert process.poll() is None, there.said()
        url = there.printed().split()[3].rstrip(",")
        yield Served(url, settings, env, process, folder, auth)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(90)
