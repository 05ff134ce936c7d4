"""The deployments on a real Prefect server with a password: by the API, on schedule, and stopped.

``crimeclaims serve`` starts it once for all tests here, which run in the order they stand in: the
last one stops it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from datasets.settings import CHECKS_DIR, Settings
from flows.fetching import chosen
from flows.prefect_worker import descendants
from tests.conftest import Cli
from tests.emulators.server import Loopback, Reply, Request, serving
from tests.support_hooks import Receiver, receiving
from tests.support_live import bundled_homicides, crime_portal, victims_portal
from tests.support_published import publishers
from tests.support_served import Served, serving_flows
from tests.support_snapshots import damage_rows, make_settings, snapshot_folder

ROOT = Path(__file__).resolve().parents[2]
PREFECT = str(Path(sys.executable).parent / "prefect")
AUTH = ("desk", "planted-pass-4711")
SECRET = "planted-secret-0815"
TOKEN = "/hooks/planted-token-42"
#: All that a night asks; and those that have a publisher here, without the FBI's explorer, which is
#: asked more than a thousand times.
SOURCES = [dataset.name for dataset in chosen(Settings(var=Path("unused")))]
FEW = [
    *("census_population", "chicago_homicides", "chicago_shooting_victims"),
    *("fbi_estimated_crimes", "fdle_fibrs"),
]
ALL_FAILED = f"{len(SOURCES)} of {len(SOURCES)} sources failed"

pytestmark = pytest.mark.slow


@dataclass
class Down:
    """A publisher that is down; ``free`` is cleared to make it think before it says so."""

    free: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)

    def __call__(self, _: Request) -> Reply:
        self.asked.set()
        assert self.free.wait(200)
        return Reply(status=404, body=b"gone")


@pytest.fixture(scope="module")
def down(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Down, dict[str, str]]]:
    """Publishers that are all down; the variables that name them, and one document of claims."""
    claims = tmp_path_factory.mktemp("claims")
    shutil.copy(CHECKS_DIR / "claims" / "dcnf-2017-08-16.yml", claims)
    host = Down()
    host.free.set()
    with serving(host) as there:
        hosts = {f"CRIMECLAIMS_BASE_URL_{name.upper()}": there.url for name in SOURCES}
        yield host, {**hosts, "CRIMECLAIMS_CLAIMS": str(claims)}
        host.free.set()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as there:
        yield there


@pytest.fixture(scope="module")
def portal() -> Iterator[Loopback]:
    with serving(crime_portal(bundled_homicides(50))) as there:
        yield there


@pytest.fixture(scope="module")
def served(
    built: Settings,
    portal: Loopback,
    receiver: Receiver,
    environment: Callable[..., dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    settings = replace(built, var=folder / "var")
    shutil.copytree(built.builds_dir, settings.builds_dir)
    (folder / "publishers").mkdir()
    with serving(victims_portal()) as victims, publishers(folder / "publishers") as others:
        hosts = {f"CRIMECLAIMS_BASE_URL_{n.upper()}": h.url for n, h in others.hosts.items()}
        env = environment(
            settings,
            PREFECT_SERVER_API_AUTH_STRING=":".join(AUTH),
            PREFECT_HOME="",
            PREFECT_API_BLOCKS_REGISTER_ON_START="false",
            PREFECT_WORKER_QUERY_SECONDS="1",
            CRIMECLAIMS_BASE_URL_CHICAGO_HOMICIDES=portal.url,
            CRIMECLAIMS_BASE_URL_CHICAGO_SHOOTING_VICTIMS=victims.url,
            CRIMECLAIMS_HTTP_PAUSE_SECONDS="0",
            CRIMECLAIMS_WEBHOOK_URL=receiver.url + TOKEN,
            CRIMECLAIMS_WEBHOOK_SECRET=SECRET,
            **hosts,
        )
        with serving_flows(settings, env, folder, AUTH) as there:
            yield there


def test_serve_says_where_it_is_and_what_runs_when(served: Served) -> None:
    lines = served.printed().splitlines()
    assert lines[0] == f"Prefect is at {served.url}, with the password that is set"
    assert f"{served.settings.var / 'prefect' / 'serve'}" in lines[1]
    said = [" ".join(line.split()) for line in lines]
    assert "nightly every day at 03:30 America/Chicago" in said
    assert "refresh every day at 12:30 America/Chicago" in said
    assert "verify on demand" in said
    assert requests.get(served.url, timeout=30).headers["content-type"].startswith("text/html")
    settings = requests.get(f"{served.url}/ui-settings", timeout=30).json()
    assert (settings["api_url"], settings["auth"]) == ("/api", "BASIC")


def test_only_this_machine_reaches_it(served: Served) -> None:
    """An address of this machine that is not the one it was told: nobody listens there."""
    port = int(served.url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5).close()


@pytest.mark.parametrize("auth", [None, ("desk", "wrong")])
def test_without_the_password_nobody_gets_in(served: Served, auth: tuple[str, str] | None) -> None:
    asked = requests.post(f"{served.url}/api/deployments/filter", json={}, auth=auth, timeout=30)
    assert asked.status_code == 401
    assert "nightly" not in asked.text


def set_schedules(served: Served, active: bool) -> None:
    """Off, a run of these tests at half past three in Chicago has no night of its own."""
    for name in ("nightly", "refresh"):
        found = served.deployment(name)
        [schedule] = found["schedules"]
        path = f"deployments/{found['id']}/schedules/{schedule['id']}"
        served.ask("PATCH", path, {"active": active}).raise_for_status()


def test_deployments_are_those_of_the_file(served: Served) -> None:
    declared = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
    for each in declared:
        found = served.deployment(each["name"])
        assert found["description"] == each["description"]
        assert found["parameters"] == each.get("parameters", {})
        assert found["work_pool_name"] == "crimeclaims"
        schedules = [(s["slug"], s["active"], s["schedule"]["cron"]) for s in found["schedules"]]
        wanted = [(s["slug"], s["active"], s["cron"]) for s in each.get("schedules", [])]
        assert schedules == wanted
        limit = each.get("concurrency_limit")
        assert (found["global_concurrency_limit"] or {}).get("limit") == (limit and limit["limit"])
        assert (found["concurrency_options"] or {}).get("collision_strategy") == (
            limit and limit["collision_strategy"]
        )
    # Nights: with bundled, what the other deployment fetches would never be used.
    assert served.deployment("nightly")["parameters"] == {"source": "auto"}
    set_schedules(served, False)


def test_verify_is_a_form_with_words_for_each_field(served: Served) -> None:
    schema = served.deployment("verify")["parameter_openapi_schema"]
    assert list(schema["properties"]) == ["claims", "as_of", "write_report"]
    assert all(each["description"] for each in schema["properties"].values())
    formats = [each.get("format") for each in schema["properties"]["as_of"]["anyOf"]]
    assert formats == ["date", None]


@pytest.mark.parametrize("wrong", [{"claims": "a1"}, {"claims": ["a 1"]}, {"as_of": 2017}])
def test_a_wrong_form_is_refused_at_once(served: Served, wrong: dict[str, Any]) -> None:
    path = f"deployments/{served.deployment('verify')['id']}/create_flow_run"
    answer = served.ask("POST", path, {"parameters": wrong})
    assert answer.status_code in (409, 422), answer.text


def test_a_schedule_runs_verify_and_leaves_what_a_night_leaves(served: Served) -> None:
    """The schedule is made through the API, with parameters of its own."""
    id_ = served.deployment("verify")["id"]
    # Prefect looks for new schedules every five seconds; missed, the next time is soon too.
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=10)
    schedule = {"interval": 40, "anchor_date": soon.isoformat(), "timezone": "UTC"}
    parameters = {"claims": ["a1", "b8"], "as_of": "2017-08-16"}
    [made] = served.post(
        f"deployments/{id_}/schedules",
        [{"schedule": schedule, "active": True, "parameters": parameters}],
    )
    begun = {"state": {"type": {"any_": ["PENDING", "RUNNING", "COMPLETED"]}}}
    only = {"deployments": {"id": {"any_": [id_]}}, "flow_runs": begun}
    run = served.until(lambda: served.post("flow_runs/filter", only))[0]
    assert served.ask("DELETE", f"deployments/{id_}/schedules/{made['id']}").ok
    state = served.ended(run["id"])
    assert (state["type"], run["auto_scheduled"]) == ("COMPLETED", True), state["message"]
    named = served.get(f"flow_runs/{run['id']}")["name"]
    # On a slow machine the schedule comes round twice before it is deleted.
    [record] = [each for each in served.records() if each["run"] in named]
    assert (record["outcome"], record["as_of"]) == ("verified", "2017-08-16")
    assert record["claims"] == ["a1", "b8"]
    folder = served.settings.runs_dir / record["run"]
    verdicts = json.loads((folder / "verdicts.json").read_text("utf-8"))
    assert [(v["claim"], v["as_of"]) for v in verdicts] == [
        ("a1", "2017-08-16"),
        ("b8", "2017-08-16"),
    ]
    assert json.loads((folder / "inputs.json").read_text("utf-8"))["build"] == record["build"]
    pages = {path.name for path in (folder / "report" / "claims").glob("*.html")}
    assert pages == {"a1.html", "b8.html"}
    artifacts = served.artifacts(run["id"])
    kept = {f"verify-{n}" for n in ("progress", "report", "summary", "verdicts")}
    assert set(artifacts) == {*kept, "run-metrics"}
    assert [row["claim"] for row in json.loads(artifacts["verify-verdicts"])] == ["a1", "b8"]
    assert named == f"2 claims, as of 2017-08-16 ({record['run']})"


def test_a_claim_that_is_none_fails_with_the_nearest_name(served: Served) -> None:
    state = served.carry_out("verify", claims=["a1", "bb8"])
    assert state["type"] == "FAILED"
    assert state["message"].startswith('there is no claim "bb8" (did you mean "b8"?)')
    assert "Next: list them with: crimeclaims claims" in state["message"]


def verified(receiver: Receiver, event: str, *, attempts: int = 1, **values: Any) -> dict[str, Any]:
    """What the webhook was told of ``event``, with a signature that is right."""
    delivery, *more = receiver.told(TOKEN, event=event, **values)
    assert [each.body for each in more] == [delivery.body] * (attempts - 1)
    expected = hmac.new(SECRET.encode(), delivery.body, hashlib.sha256).hexdigest()
    assert delivery.headers["x-crimeclaims-signature"] == f"sha256={expected}"
    assert delivery.headers["x-crimeclaims-event"] == event
    assert delivery.headers["x-crimeclaims-delivery"] == delivery.value["id"]
    return delivery.value


def test_automations_are_made_once_and_tell_the_block(
    served: Served, receiver: Receiver, cli: Cli
) -> None:
    from prefect.blocks.notifications import CustomWebhookNotificationBlock
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

    env = {"PREFECT_API_URL": f"{served.url}/api", "PREFECT_API_AUTH_STRING": ":".join(AUTH)}
    settings = {
        PREFECT_API_URL: env["PREFECT_API_URL"],
        PREFECT_API_AUTH_STRING: env["PREFECT_API_AUTH_STRING"],
    }
    with temporary_settings(settings):
        CustomWebhookNotificationBlock(
            name="desk",
            url=f"{receiver.url}/automation",
            json_data={"subject": "{{subject}}", "body": "{{body}}"},
        ).save("crimeclaims-notify")
    before = served.post("automations/filter", {})
    made = cli(served.settings, "automations", "--format", "json", env=env)
    assert made.returncode == 0, made.stderr
    rows = json.loads(made.stdout)
    assert {row["outcome"] for row in rows} == {"updated"}
    assert {row["tells"] for row in rows} == {"Custom Webhook", "-"}  # -: it acts itself
    after = served.post("automations/filter", {})
    assert {each["id"] for each in before} == {each["id"] for each in after}
    acts = "change-flow-run-state"
    assert {a["type"] for each in before for a in each["actions"]} == {"do-nothing", acts}
    assert {a["type"] for each in after for a in each["actions"]} == {"send-notification", acts}
    refused = cli(served.settings, "automations", env={**env, "PREFECT_API_AUTH_STRING": "a:b"})
    assert refused.returncode == 2
    assert "the Prefect server does not take the password" in refused.stderr
    assert AUTH[1] not in made.stdout + made.stderr + refused.stdout + refused.stderr


def test_a_flipped_verdict_is_told_to_the_webhook_and_by_an_automation(
    served: Served, receiver: Receiver, tmp_path: Path
) -> None:
    shutil.copytree(served.settings.claims_dir, tmp_path / "claims")
    [path] = [
        each
        for each in (tmp_path / "claims").glob("*.yml")
        if any(c["id"] == "b8" for c in yaml.safe_load(each.read_text("utf-8"))["claims"])
    ]
    value = yaml.safe_load(path.read_text("utf-8"))
    [claim] = [claim for claim in value["claims"] if claim["id"] == "b8"]
    claim["tests"][0]["value"] = "3/4"
    path.write_text(yaml.safe_dump(value, sort_keys=False), encoding="utf-8")
    receiver.statuses[TOKEN] = [503]  # it is told again
    state = served.carry_out(
        "verify",
        env={"CRIMECLAIMS_CLAIMS": str(tmp_path / "claims")},
        claims=["a1", "b8"],
        as_of="2017-08-16",
        write_report=False,
    )
    assert state["type"] == "COMPLETED", state["message"]
    record = served.records()[-1]
    assert not (served.settings.runs_dir / record["run"] / "report").exists()
    told = verified(receiver, "crimeclaims.verdict.flipped", attempts=2)
    assert (told["run"], told["build"], told["claims"]) == (record["run"], record["build"], ["b8"])
    assert told["reasons"] == ["the claim itself was changed: its file says something else now"]
    [flip] = told["flips"]
    assert (flip["before"], flip["after"]) == ("supported", "refuted")
    [said] = served.until(lambda: receiver.told("/automation", subject="crimeclaims: 1 flipped"))
    assert told["summary"] in said.value["body"]


def test_a_closed_gate_fails_the_run_and_says_why(
    served: Served, receiver: Receiver, tmp_path: Path
) -> None:
    damaged = make_settings(
        tmp_path,
        ["chicago_homicides", "fbi_return_a"],
        {"chicago_homicides": ("2018-03-04",), "fbi_return_a": ("2024-09-23",)},
    )
    damage_rows(snapshot_folder(damaged, "chicago_homicides"), lambda rows: [*rows, rows[0]])
    env = {"CRIMECLAIMS_DATASETS": str(damaged.datasets_dir), "CRIMECLAIMS_VAR": str(damaged.var)}
    run = served.start("nightly", env, source="bundled")
    state = served.ended(run)
    message = state["message"]
    assert (state["type"], state["name"]) == ("FAILED", "GateClosed")
    # What a page shows before somebody asks for more.
    assert message.startswith("Gate closed: chicago_homicides.")
    first, *more = message.splitlines()
    assert first.endswith("Nothing was published, the last good build stays in use.")
    assert any("chicago_homicides.key_unique failed on" in line for line in more), message
    assert more[-1].startswith("Next: see all checks and offending rows in ")
    assert "Traceback" not in message
    told = verified(receiver, "crimeclaims.gate.closed")
    assert "chicago_homicides" in told["datasets"]
    assert any("chicago_homicides.key_unique failed" in reason for reason in told["reasons"])
    subject = "crimeclaims: the gate closed"
    [said] = served.until(lambda: receiver.told("/automation", subject=subject))
    assert "chicago_homicides.key_unique failed" in said.value["body"]


def test_a_run_that_crashes_is_told_and_the_gate_that_closed_before_was_told_once(
    served: Served, receiver: Receiver
) -> None:
    """As a worker says of a process that was killed; no worker takes this run, it is for later."""
    later = {"scheduled_time": "2099-01-01T00:00:00Z"}
    path = f"deployments/{served.deployment('refresh')['id']}/create_flow_run"
    run = served.post(path, {"state": {"type": "SCHEDULED", "state_details": later}})
    said = "Flow run process exited with non-zero status code -9."
    crashed = {"state": {"type": "CRASHED", "name": "Crashed", "message": said}, "force": True}
    served.post(f"flow_runs/{run['id']}/set_state", crashed)
    subject = "crimeclaims: a run of refresh crashed"
    [told] = served.until(lambda: receiver.told("/automation", subject=subject))
    assert told.value["body"].strip() == f"{run['name']}: {said}"
    # What happened before was told before: nothing more is to come of the night whose gate closed.
    everything = [each.value["subject"] for each in receiver.told("/automation")]
    assert [each for each in everything if "gate" in each or "nightly" in each] == [
        "crimeclaims: the gate closed"
    ]


def test_a_run_that_runs_out_of_time_is_told(
    served: Served, receiver: Receiver, tmp_path: Path
) -> None:
    """The verify flow as it is deployed, but for its limit: all claims and a report take longer."""
    late = tmp_path / "late.py"
    late.write_text(
        "from flows.verify_flow import verify\nlate = verify.with_options(timeout_seconds=2)\n"
    )
    usual = served.deployment("verify")
    kept = ("flow_id", "work_pool_name", "tags", "pull_steps", "job_variables")
    wanted = {key: usual[key] for key in kept}
    served.post("deployments/", {**wanted, "name": "late", "entrypoint": f"{late}:late"})
    before = len(served.records())
    run = served.post(
        f"deployments/{served.get('deployments/name/verify/late')['id']}/create_flow_run", {}
    )
    state = served.ended(run["id"])
    assert (state["type"], state["name"]) == ("FAILED", "TimedOut"), state["message"]
    subject = "crimeclaims: a run of verify ran out of time"
    [told] = served.until(lambda: receiver.told("/automation", subject=subject))
    assert "ran out of time: the flow, or a step of it" in told.value["body"]
    [record] = served.records()[before:]
    assert (record["outcome"], record["error"].partition(":")[0]) == ("failed", "ran out of time")
    told_too = verified(receiver, "crimeclaims.run.failed", run=record["run"])
    assert told_too["summary"] == f"Run {record['run']} failed: {record['error']}"


def test_a_second_night_is_cancelled_and_a_silent_source_is_a_warning(
    served: Served, down: tuple[Down, dict[str, str]]
) -> None:
    host, env = down
    host.free.clear()
    host.asked.clear()
    try:
        first = served.start("nightly", env, as_of="2017-08-16")
        served.until(host.asked.is_set)
        second = served.ended(served.start("nightly", env))
    finally:
        host.free.set()
    assert second["type"] == "CANCELLED"
    assert "concurrency limit" in second["message"].lower()
    state = served.ended(first)
    assert state["type"] == "COMPLETED", state["message"]
    record = served.records()[-1]
    assert (record["outcome"], record["as_of"], record["source"]) == (
        *("unchanged", "2017-08-16"),
        "auto",
    )
    folder = served.settings.runs_dir / record["run"]
    artifacts = served.artifacts(first)
    assert f"**Warning:** {ALL_FAILED}: " in artifacts["nightly-summary"]
    assert artifacts["nightly-progress"] == 100
    assert (folder / "report").as_uri() in artifacts["nightly-report"]
    verdicts = json.loads((folder / "verdicts.json").read_text("utf-8"))
    rows = json.loads(artifacts["nightly-verdicts"])
    assert [row["claim"] for row in rows] == [verdict["claim"] for verdict in verdicts]
    assert served.get(f"flow_runs/{first}")["name"].endswith(f"as of 2017-08-16 ({record['run']})")
    served.until(lambda: "chicago_homicides: failed: " in served.logged())


def test_a_silent_source_fails_a_live_night_at_its_end(
    served: Served, receiver: Receiver, down: tuple[Down, dict[str, str]]
) -> None:
    receiver.statuses[TOKEN] = [404]  # who refuses is not told again, and the run says so
    state = served.carry_out("nightly", down[1], source="live", as_of="2017-08-16")
    record = served.records()[-1]
    page = served.settings.runs_dir / record["run"] / "report" / "index.html"
    assert state["type"] == "FAILED"
    assert state["message"].startswith(f"{ALL_FAILED}: {SOURCES[0]}, ")
    assert f"the report is of the last good snapshots: {page}" in state["message"]
    assert page.is_file()
    told = verified(receiver, "crimeclaims.run.failed", run=record["run"])
    assert told["reasons"][0].startswith(ALL_FAILED)
    warned = "crimeclaims.run.failed was not told: the webhook answered with status 404"
    served.until(lambda: warned in served.logged())


def test_a_worker_refreshes_the_archive(served: Served, portal: Loopback) -> None:
    run = served.start("refresh", datasets=FEW)
    assert served.ended(run)["type"] == "COMPLETED"
    assert portal.requests
    [folder] = (served.settings.archive_dir / "chicago_homicides").glob("*/")
    assert json.loads((folder / "manifest.json").read_text())["files"][0]["rows"] == 50
    artifacts = served.artifacts(run)
    rows = json.loads(artifacts["refresh-sources"])
    assert artifacts["refresh-progress"] == 100
    assert {row["outcome"] for row in rows} == {"fetched"}
    assert [row["dataset"] for row in rows] == FEW
    served.until(lambda: "chicago_homicides: fetched: 50 rows" in served.logged())


def test_both_files_can_be_deployed_by_hand(served: Served) -> None:
    """Containers too: their pool and deployments are accepted, though no container runs here."""
    types = served.get("collections/views/aggregate-worker-metadata")
    template = types["prefect-docker"]["docker"]["default_base_job_configuration"]
    pool = {"name": "crimeclaims-docker", "type": "docker", "base_job_template": template}
    served.post("work_pools/", pool)
    env = {
        **served.env,
        "PREFECT_API_URL": f"{served.url}/api",
        "PREFECT_API_AUTH_STRING": ":".join(AUTH),
        "PREFECT_HOME": str(served.folder / "by-hand"),
        "PWD": str(ROOT),  # as a shell in that folder has it
    }
    before = {name: served.deployment(name) for name in ("nightly", "refresh", "verify")}
    for file, worker in (("prefect.docker.yaml", "docker"), ("prefect.yaml", "process")):
        done = subprocess.run(
            [PREFECT, "--no-prompt", "deploy", "--all", "--prefect-file", file],
            env=env,
            cwd=ROOT,
            timeout=240,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        for name, was in before.items():
            now = served.deployment(name)
            assert served.get(f"work_pools/{now['work_pool_name']}")["type"] == worker
            same = ("id", "parameters", "description", "tags", "concurrency_options")
            assert {key: now[key] for key in same} == {key: was[key] for key in same}
            assert [s["schedule"] for s in now["schedules"]] == [
                s["schedule"] for s in was["schedules"]
            ]
            if worker == "docker":
                assert now["job_variables"]["image"] == "crimeclaims"
                assert now["pull_steps"] in ([], None)


def test_doctor_finds_the_server_its_worker_and_what_is_deployed(cli: Cli, served: Served) -> None:
    env = {"PREFECT_API_URL": f"{served.url}/api", "PREFECT_API_AUTH_STRING": ":".join(AUTH)}
    set_schedules(served, True)
    result = cli(served.settings, "doctor", env=env)
    set_schedules(served, False)
    lines = result.stdout.splitlines()
    said = [line for line in lines if line.split(None, 1)[1].startswith(("work", "deploy"))]
    assert said
    assert [line.split()[0] for line in said] == ["ok"] * len(said), result.stdout
    assert "nightly/nightly, at 30 3 * * *, as declared" in result.stdout
    assert AUTH[1] not in result.stdout + result.stderr
    served.ask("PATCH", "work_pools/crimeclaims", {"is_paused": True}).raise_for_status()
    try:
        result = cli(served.settings, "doctor", env=env)
    finally:
        served.ask("PATCH", "work_pools/crimeclaims", {"is_paused": False}).raise_for_status()
    assert result.returncode == 2
    assert "crimeclaims is paused: nothing is run" in result.stdout
    assert "schedule every-night is not active" in result.stdout


def test_secrets_are_in_nothing_that_is_kept(served: Served) -> None:
    kept = [
        path.read_text("utf-8", "replace")
        for folder in (served.folder, served.settings.runs_dir)
        for path in folder.rglob("*")
        if path.is_file() and "ui" not in path.parts and path.suffix not in (".db", ".duckdb")
    ]
    runs = json.dumps(served.post("flow_runs/filter", {}))
    tasks = json.dumps(served.post("task_runs/filter", {}))
    events = json.dumps(served.post("events/filter", {}))
    for text in (*kept, served.logged(), runs, tasks, events):
        assert not [word for word in (AUTH[1], SECRET, TOKEN) if word in text]


def test_stopping_ends_the_run_that_is_going_and_leaves_no_process(
    served: Served, down: tuple[Down, dict[str, str]]
) -> None:
    host, env = down
    host.free.clear()
    host.asked.clear()
    served.start("nightly", env, as_of="2016-01-01")
    served.until(host.asked.is_set)
    processes = descendants(served.process.pid)
    assert len(processes) >= 3  # server, worker, run
    os.kill(served.process.pid, signal.SIGTERM)
    assert served.process.wait(90) == 0, served.said()
    host.free.set()
    alive = [pid for pid in processes if Path(f"/proc/{pid}").exists()]
    assert alive == []
    assert (served.folder / "stderr").read_text().splitlines() == [
        *("starting the server …", "deploying the flows …", "starting the worker …"),
        "stopped",
    ]
    record = served.records()[-1]
    assert (record["as_of"], record["outcome"]) == ("2016-01-01", "failed")
