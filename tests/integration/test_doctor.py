"""What doctor says of the machine and of a Prefect server, and how each trouble is mended.

A healthy server that is a real one is looked at in ``test_deploy``; here are answers of sick ones.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from datasets.run_lock import run_lock
from datasets.settings import PROJECT_DIR, Settings
from flows import doctor_machine, runs
from flows.doctor_findings import Finding, Look
from flows.doctor_prefect import prefect
from flows.prefect_settings import private

AUTH = "someone:planted-key-4711"


def found(look: Look, settings: Settings) -> dict[tuple[str, str], Finding]:
    return {(each.state, each.what): each for each in look(settings)}


def flow_of(deployment: dict[str, Any]) -> str:
    return str(deployment["entrypoint"]).partition(":")[2].replace("_", "-")


def healthy() -> dict[str, Any]:
    """What a server answers that has everything of prefect.yaml, by path."""
    declared = yaml.safe_load((PROJECT_DIR / "prefect.yaml").read_text())["deployments"]
    return {
        "admin/version": "3.8.8",
        "health": True,
        "work_pools/crimeclaims": {"is_paused": False, "type": "process"},
        "work_pools/crimeclaims/workers/filter": [
            {"name": "here", "status": "ONLINE"},
            {"name": "gone", "status": "OFFLINE"},
        ],
        **{
            f"deployments/name/{flow_of(each)}/{each['name']}": {
                "paused": False,
                "work_pool_name": "crimeclaims",
                "parameters": each.get("parameters", {}),
                "global_concurrency_limit": each.get("concurrency_limit"),
                "schedules": [
                    {"slug": s["slug"], "active": s["active"], "schedule": s}
                    for s in each.get("schedules", ())
                ],
            }
            for each in declared
        },
    }


@dataclass
class Server:
    """``answers`` by path; ``auth`` is the header that it wants; ``skew`` that of its clock."""

    url: str = ""
    answers: dict[str, Any] = field(default_factory=healthy)
    auth: str | None = None
    skew: float = 0.0


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    there = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            wanted = there.auth is None or self.headers.get("Authorization") == there.auth
            value = there.answers.get(self.path.removeprefix("/api/"))
            body = json.dumps(value).encode()
            self.send_response_only(401 if not wanted else 404 if value is None else 200)
            at = datetime.now(UTC) + timedelta(seconds=there.skew)
            self.send_header("Date", format_datetime(at, usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        there.url = f"http://127.0.0.1:{httpd.server_address[1]}/api"
        for name in ("PREFECT_API_KEY", "PREFECT_API_AUTH_STRING"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PREFECT_API_URL", there.url)
        yield there
        httpd.shutdown()
        thread.join()


@pytest.mark.usefixtures("server")
def test_a_healthy_server_has_no_finding_but_good_ones(tmp_path: Path) -> None:
    findings = list(prefect(Settings(var=tmp_path)))
    assert {each.state for each in findings} == {"ok"}
    assert [each.what for each in findings][:3] == ["Prefect", "work pool", "worker"]
    assert findings[2].found == "here online"
    assert sum(each.what == "deployment" for each in findings) >= 2


def no_pool(server: Server) -> None:
    del server.answers["work_pools/crimeclaims"]


def paused(server: Server) -> None:
    server.answers["work_pools/crimeclaims"]["is_paused"] = True


def no_worker(server: Server) -> None:
    del server.answers["work_pools/crimeclaims/workers/filter"][0]


def not_deployed(server: Server) -> None:
    del server.answers["deployments/name/nightly/nightly"]


def at_another_time(server: Server) -> None:
    [schedule] = server.answers["deployments/name/nightly/nightly"]["schedules"]
    schedule["schedule"]["cron"] = "0 0 * * *"
    schedule["active"] = False


def by_another_clock(server: Server) -> None:
    server.skew = -7200


def with_a_password(server: Server) -> None:
    server.auth = "Basic x"


def another_kind_of_server(server: Server) -> None:
    server.answers["admin/version"] = {"message": "hello"}


@pytest.mark.parametrize(
    ("trouble", "what", "words", "mend"),
    [
        (no_pool, "work pool", "there is no work pool", "work-pool create crimeclaims"),
        (paused, "work pool", "is paused", "work-pool resume crimeclaims"),
        (no_worker, "worker", "none of crimeclaims is online", "worker start --pool crimeclaims"),
        (not_deployed, "deployment", "nightly/nightly is not deployed", "prefect deploy --all"),
        (at_another_time, "deployment", "has cron 0 0 * * *", "prefect deploy --all"),
        (at_another_time, "deployment", "every-night is not active", "prefect deploy --all"),
        (by_another_clock, "clock", "s ahead of the Prefect server's", "NTP"),
        (with_a_password, "Prefect", "401: it wants a password", "PREFECT_API_AUTH_STRING"),
        (another_kind_of_server, "Prefect", "not answer as a Prefect server", "ends with /api"),
    ],
)
def test_a_trouble_of_the_server_is_told_with_how_to_mend_it(
    server: Server, tmp_path: Path, trouble: Callable[[Server], None], what: str, words: str,
    mend: str,
) -> None:  # fmt: skip
    server.answers = copy.deepcopy(server.answers)
    trouble(server)
    finding = found(prefect, Settings(var=tmp_path))["problem", what]
    assert words in finding.found
    assert mend in str(finding.mend)


def test_a_wrong_password_is_told_and_not_shown(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.auth = "Basic c29tZW9uZTpwbGFudGVkLWtleS00NzEx"  # AUTH
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", AUTH)
    assert {each.state for each in prefect(Settings(var=tmp_path))} == {"ok"}
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", f"{AUTH}-wrong")
    monkeypatch.setenv("PREFECT_API_URL", server.url.replace("//", f"//{AUTH}-wrong@"))
    finding = found(prefect, Settings(var=tmp_path))["problem", "Prefect"]
    assert "401: it refuses the password it is given" in finding.found
    assert "planted-key" not in f"{finding.found} {finding.mend}"


def test_a_server_that_is_away_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    finding = found(prefect, Settings(var=tmp_path))["problem", "Prefect"]
    assert "http://127.0.0.1:9/api cannot be reached" in finding.found


def test_the_lock_is_free_held_or_left_behind(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    assert ("ok", "run lock") in found(doctor_machine.run_lock, settings)
    with run_lock(settings):
        held = found(doctor_machine.run_lock, settings)["warning", "run lock"]
        holder = (tmp_path / "run.lock.holder.json").read_bytes()
    assert held.found.startswith("held by process ")
    (tmp_path / "run.lock.holder.json").write_bytes(holder)  # as a killed run leaves it
    left = found(doctor_machine.run_lock, settings)["warning", "run lock"]
    assert "was killed while it held it" in left.found


def test_what_is_from_the_future_shows_a_wrong_clock(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    assert ("ok", "clock") in found(doctor_machine.clock, settings)
    run = runs.begin(settings, "bundled", None)
    run.started = (datetime.now(UTC) + timedelta(hours=2)).isoformat(timespec="seconds")
    runs.end(settings, run, "unchanged")
    assert run.run in found(doctor_machine.clock, settings)["problem", "clock"].found


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    settings.runs_dir.write_text("")
    finding = found(doctor_machine.folders, settings)["problem", "var"]
    assert finding.found == f"{settings.runs_dir} cannot be written to"


def test_who_else_could_write_or_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    settings = Settings(var=tmp_path)
    home = private(settings.var / "prefect")
    assert ("ok", "permissions") in found(doctor_machine.permissions, settings)
    home.chmod(0o755)
    readable = found(doctor_machine.permissions, settings)["warning", "permissions"]
    assert readable.mend == f"chmod 700 {home}"
    file = settings.archive_dir / "x" / "table.csv"
    file.parent.mkdir(parents=True)
    file.write_text("")
    file.chmod(0o666)
    writable = found(doctor_machine.permissions, settings)["problem", "permissions"]
    assert str(file) in writable.found
    assert writable.mend == f"chmod -R o-w {settings.archive_dir}"
