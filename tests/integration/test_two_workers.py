"""Two workers that share only a lake and a server; one is killed, the database is restarted."""

from __future__ import annotations

import datetime as dt
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.flow_engine import MINIMUM_HEARTBEAT_INTERVAL

from checks import verify as engine
from datasets import shared
from datasets.archive import read_snapshot, verify_bytes, verify_parts
from datasets.catalog import load_catalog
from datasets.fetch import Fetched
from datasets.lake_builds import publish
from datasets.lake_setting import lake_of
from datasets.settings import Settings
from datasets.warehouse import current_build
from flows import runs
from flows.verdicts import verdicts_json
from tests.emulators.server import Loopback, serving
from tests.support_live import get
from tests.support_postgres import Postgres
from tests.support_slices import CRIMES, city_portal, declare_slices
from tests.support_team import ROOT, Team, team, write_claims

AUTOMATIONS = ROOT / "flows" / "automations_workers.yaml"
NOW = dt.datetime.now(dt.UTC)
YEARS = range(NOW.year - 11, NOW.year + 1)
EACH = 30
CLAIMS, SHARD = 10_000, 3_400
KINDS = ("value", "threshold")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def portal() -> Iterator[Loopback]:
    updated = int((NOW - dt.timedelta(hours=1)).timestamp())
    with serving(city_portal(YEARS, EACH, updated)) as there:
        yield there


@dataclass(frozen=True)
class Shop:
    """``local``: of one machine with a build of its own. ``lake``: with the same in the lake."""

    team: Team
    local: Settings
    lake: Settings


@pytest.fixture(scope="module")
def shop(
    built: Settings,
    pg: Postgres,
    portal: Loopback,
    environment: Callable[..., dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("team")
    declare_slices(folder / "datasets", YEARS[0], 10)
    data = folder / "lake"
    data.mkdir()
    where = {
        "CRIMECLAIMS_WAREHOUSE": f"ducklake:postgres:{pg.database()}",
        "CRIMECLAIMS_LAKE_DATA": str(data),
    }
    local = replace(
        write_claims(built, folder / "claims", CLAIMS, KINDS),
        datasets_dir=folder / "datasets",
    )
    lake = replace(local, var=folder / "publisher", lake=lake_of(where))
    publish(lake, current_build(built))
    env = environment(
        local, **where, CRIMECLAIMS_BASE_URL_SOCRATA=portal.url, CRIMECLAIMS_HTTP_PAUSE_SECONDS="0"
    )
    with team(pg, folder, env) as there:
        # The second has no claim files: it must get them from the first.
        (folder / "none").mkdir()
        there.worker("second", 1, "default", CRIMECLAIMS_CLAIMS=str(folder / "none"))
        yield Shop(there, local, lake)


def test_a_backfill_on_two_workers_is_the_fetch_of_one_though_the_database_restarts(
    shop: Shop, portal: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = shop.team
    flow_run = there.begin("backfill", dataset=CRIMES, years_a_run=6, slice_seconds=15)
    there.until(lambda: any("$order" in request.params for request in portal.requests))
    there.pg.stop(signal.SIGKILL)
    time.sleep(1)
    there.pg.start()
    state = there.end(flow_run)
    assert state["type"] == "COMPLETED", f"{state['message']}\n{there.said()}"
    monkeypatch.setenv("CRIMECLAIMS_BASE_URL_SOCRATA", portal.url)
    alone = replace(shop.local, var=tmp_path / "var")
    expected = get(alone, CRIMES, now=dt.datetime.now(dt.UTC))
    assert isinstance(expected, Fetched)
    dataset = load_catalog(shop.local.datasets_dir)[CRIMES]
    [folder] = (there.folder / "first" / "var" / "archive" / CRIMES).glob("*/")
    found = read_snapshot(folder, dataset)
    assert found.file == expected.snapshot.file
    assert found.file.rows == EACH * len(YEARS)
    verify_bytes(found)
    verify_parts(found)
    parts = [{p.name: p.sha256 for p in s.manifest.parts or ()} for s in (found, expected.snapshot)]
    assert parts[0] == parts[1]
    assert shared.names(shop.lake, "slices") == []
    assert not (there.folder / "second" / "var" / "archive").exists()


def test_ten_thousand_claims_in_shards_are_those_of_one_machine_though_a_worker_is_killed(
    shop: Shop,
) -> None:
    there = shop.team
    flow_run = there.begin("verify-all", shard_claims=SHARD, shard_seconds=60, write_report=False)

    def second_works() -> Any:
        return any(
            run["state"]["type"] == "RUNNING" and there.has("second", run)
            for run in there.runs_of("verify-shard")
        )

    there.until(second_works)
    there.kill("second")
    expected = verdicts_json(engine.verify(shop.local, full=True))
    state = there.end(flow_run)
    assert state["type"] == "COMPLETED", f"{state['message']}\n{there.said()}"
    [record] = [
        run
        for run in runs.all_runs(replace(shop.local, var=there.folder / "first" / "var"))
        if run.outcome == "verified"
    ]
    text = (there.folder / "first" / "var" / "runs" / record.run / runs.VERDICTS).read_text()
    # That machine reads a file; these read the lake, and say which commit of it.
    assert record.lake_snapshot is not None
    here = f'"lake_snapshot": {record.lake_snapshot}'
    assert text == expected.replace('"lake_snapshot": null', here)
    # The run of the worker that was killed, and on a slow machine perhaps others.
    started = [run["state"]["type"] for run in there.runs_of("verify-shard")]
    assert "CRASHED" in started
    assert len(started) > -(-CLAIMS // SHARD)
    assert shared.names(shop.lake, f"runs/{record.run}") == []


def test_the_automation_ends_a_run_whose_heartbeats_stop_and_no_other(shop: Shop) -> None:
    """With a shorter time than the file has: two minutes are too long for a test."""
    there = shop.team
    [declared] = yaml.safe_load(AUTOMATIONS.read_text(encoding="utf-8"))["automations"]
    assert declared["trigger"]["within"] >= 3 * MINIMUM_HEARTBEAT_INTERVAL
    declared["trigger"]["within"] = 10
    there.post("automations/", declared)
    flow = there.post("flows/", {"name": "made-up"})["id"]
    running = {"state": {"type": "RUNNING"}}
    lost, alive = (there.post("flow_runs/", {"flow_id": flow, **running})["id"] for _ in "ab")

    def beat(flow_run: str) -> None:
        now = dt.datetime.now(dt.UTC).isoformat()
        resource = {"prefect.resource.id": f"prefect.flow-run.{flow_run}"}
        event = {"event": "prefect.flow-run.heartbeat", "resource": resource, "occurred": now}
        there.post("events", [event | {"id": str(uuid.uuid4())}])

    told = 0.0
    # The server takes a moment until a new automation hears of events.
    silent_from = time.monotonic() + 8

    def ended() -> Any:
        nonlocal told
        if time.monotonic() - told > 2:
            told = time.monotonic()
            beat(alive)
            if told < silent_from:
                beat(lost)
        state = there.get(f"flow_runs/{lost}")["state"]
        return state if state["type"] != "RUNNING" else None

    state = there.until(ended)
    assert (state["type"], state["message"]) == ("CRASHED", declared["actions"][0]["message"])
    assert there.get(f"flow_runs/{alive}")["state"]["type"] == "RUNNING"
