"""The command line and live sources: fetch, run --source, exit codes, and no key anywhere."""

from __future__ import annotations

import datetime as dt
import json
import os
import pty
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from datasets.catalog import load_catalog
from datasets.errors import GateClosed
from datasets.keep import Checked, record_checked
from datasets.settings import Settings
from flows import steps
from tests.conftest import COMMAND_SECONDS, CRIMECLAIMS, Cli
from tests.emulators.files import FileHost
from tests.emulators.server import Loopback, Reply, serving
from tests.emulators.socrata import Portal
from tests.support_grep import files_with
from tests.support_live import UPDATED, bundled_homicides, crime_portal, declare
from tests.support_site import Site, read_folder
from tests.support_snapshots import make_settings

CHICAGO = "chicago_homicides"
KEY = "planted-key-4711/+="
QUICK = {
    "CRIMECLAIMS_HTTP_PAUSE_SECONDS": "0",
    "CRIMECLAIMS_HTTP_BACKOFF_SECONDS": "0.01",
    "CRIMECLAIMS_HTTP_ATTEMPTS": "2",
}


@pytest.fixture
def portal() -> Portal:
    """The portal with one homicide more than the newest bundled export."""
    rows = bundled_homicides()
    new = {"id": "13900000", "case_number": "JZ111111", "occurred_at": "2026-11-09 10:00:00"}
    new |= {"iucr": "0110", "fbi_code": "01A", "year": "2026", "updated_at": "2026-11-18 15:40:00"}
    return crime_portal([*rows, {**rows[-1], **new}])


@pytest.fixture
def server(portal: Portal) -> Iterator[Loopback]:
    with serving(portal) as there:
        yield there


@pytest.fixture
def env(server: Loopback) -> dict[str, str]:
    """Of all publishers only the portal is there."""
    away = {f"CRIMECLAIMS_BASE_URL_{name}": "http://127.0.0.1:9" for name in ("CDE", "FILE")}
    return {**QUICK, **away, "CRIMECLAIMS_BASE_URL_SOCRATA": server.url}


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    """An archive of Chicago's homicides only."""
    return make_settings(tmp_path, [CHICAGO], {CHICAGO: ("2024-05-03",)})


def test_fetch_prints_what_came_and_then_that_nothing_changed(
    cli: Cli, small: Settings, env: dict[str, str]
) -> None:
    first = cli(small, "fetch", env=env)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[2].split()[:3] == [CHICAGO, "fetched", "2026-11-18"]
    assert f"{CHICAGO}: fetched: 13,175 rows of 2026-11-18" in first.stderr
    again = cli(small, "fetch", CHICAGO, "--format", "json", env=env)
    [found] = json.loads(again.stdout)
    assert (found["outcome"], found["said"]) == (
        "unchanged",
        "unchanged since 2026-11-18 16:00 CST",
    )
    assert found["requests"] == 1


def test_one_source_that_fails_does_not_stop_the_others(
    cli: Cli, small: Settings, env: dict[str, str], server: Loopback
) -> None:
    file = {"path": "t.csv", "kind": "csv"}
    source = {"protocol": "file", "base_url": "https://nowhere.invalid", "files": [file]}
    for name in ("a_file", "z_file"):
        declare(small.datasets_dir, name, source=source)
    server.fault = lambda _, __: Reply(503)
    host = FileHost({"t.csv": (b"id,day,label,size,good\n1,,,,\n", UPDATED)})
    with serving(host) as there:
        env["CRIMECLAIMS_BASE_URL_FILE"] = there.url
        result = cli(small, "fetch", "--format", "json", env=env)
    assert result.returncode == 3
    assert "1 of 3 sources failed: chicago_homicides" in result.stderr
    assert "next: " in result.stderr
    assert "Traceback" not in result.stderr
    outcomes = [(r["dataset"], r["outcome"]) for r in json.loads(result.stdout)]
    assert outcomes == [("a_file", "fetched"), (CHICAGO, "failed"), ("z_file", "fetched")]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fetch", "chicago_homicide"], 'did you mean "chicago_homicides"?'),
        (["fetch", "fbi_return_a"], "name one of: chicago_homicides"),
        (["fetch", "--since", "2020-01-01"], "takes no --since"),
        (["fetch", "--since", "yesterday"], "yesterday"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    cli: Cli, small: Settings, env: dict[str, str], arguments: list[str], says: str
) -> None:
    result = cli(small, *arguments, env=env)
    assert result.returncode == 2
    assert says in " ".join((result.stdout + result.stderr).split())


def test_a_terminal_sees_rows_and_bytes(
    small: Settings, env: dict[str, str], environment: Callable[..., dict[str, str]]
) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [CRIMECLAIMS, "fetch"],
        env=environment(small, TERM="xterm", COLUMNS="120", **env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    try:
        while block := os.read(ours, 4096):
            seen += block
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    process.communicate(timeout=COMMAND_SECONDS)
    assert process.returncode == 0
    assert b"13,175 of 13,175 rows" in seen
    assert b"chicago_homicides: fetched" in seen


#: The key as it is, in an address, and the part that no encoding changes.
FORMS = [KEY, "planted-key-4711%2F%2B%3D", "planted-key"]


@pytest.mark.parametrize("wrong", [False, True], ids=["accepted", "refused"])
@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["", "debug"])
def test_a_key_is_sent_and_never_shown(
    cli: Cli, small: Settings, env: dict[str, str], portal: Portal, server: Loopback,
    wrong: bool, debug: list[str],
) -> None:  # fmt: skip
    """A refusal of the portal quotes the key that it was given."""
    portal.token = "another" if wrong else KEY
    env["CRIMECLAIMS_KEY_SOCRATA"] = KEY
    result = cli(small, *debug, "fetch", env=env)
    assert result.returncode == (3 if wrong else 0), result.stderr
    assert all(request.headers["x-app-token"] == KEY for request in server.requests)
    said = result.stdout + result.stderr
    assert ("Invalid app_token specified: ***" in " ".join(said.split())) == wrong
    assert not [form for form in FORMS if form in said]
    assert files_with(small.var, FORMS) == []


def test_a_key_in_an_address_of_the_publisher_is_never_shown(
    cli: Cli, small: Settings, env: dict[str, str], server: Loopback
) -> None:
    """It redirects to an address that carries a key, which then fails."""
    asked: list[str] = []

    def redirect(request: Any, _: Reply) -> Reply:
        asked.append(str(request))
        if "api_key" in request.params:
            return Reply(500)
        return Reply(302, headers={"Location": f"/elsewhere?api_key={FORMS[1]}"})

    server.fault = redirect
    result = cli(small, "--debug", "fetch", env=env)
    assert result.returncode == 3
    assert any(KEY in request for request in asked)
    assert not [form for form in FORMS if form in result.stdout + result.stderr]
    assert files_with(small.var, FORMS) == []


def test_a_signed_address_is_never_shown(cli: Cli, small: Settings, env: dict[str, str]) -> None:
    file = {"path": "t.csv", "kind": "csv"}
    source = {"protocol": "file", "base_url": "https://nowhere.invalid", "files": [file]}
    declare(small.datasets_dir, "signed", source=source | {"signed_by": "sign"})
    content = b"id,day,label,size,good\n1,,,,\n"
    host = FileHost({"t.csv": (content, UPDATED)}, signer="sign")
    with serving(host) as there:
        host.url = there.url
        env |= {"CRIMECLAIMS_BASE_URL_FILE": there.url, "CRIMECLAIMS_KEY_FILE": KEY}
        result = cli(small, "fetch", "signed", env=env)
        assert result.returncode == 0, result.stderr
        [signed] = [request for request in there.requests if request.path == "/t.csv"]
        signature = signed.params["X-Amz-Signature"]
        assert "x-api-key" not in signed.headers  # it has a key of its own
        host.files["t.csv"] = (content + b"2,,,,\n", UPDATED + 9)
        there.fault = lambda request, reply: reply if request.path == "/sign" else Reply(500)
        failed = cli(small, "fetch", "signed", env=env)
    assert failed.returncode == 3
    assert not [w for w in (signature, *FORMS) if w in failed.stdout + failed.stderr]
    assert files_with(small.var, [signature, *FORMS]) == []


@pytest.fixture
def after_build(built: Settings, few_claims: Path, tmp_path: Path) -> Settings:
    """All bundled data, and a build of them that is current."""
    settings = replace(built, var=tmp_path / "var", claims_dir=few_claims)
    shutil.copytree(built.builds_dir, settings.builds_dir)
    return settings


@pytest.fixture
def small_build(small: Settings, few_claims: Path) -> Settings:
    """One dataset, and a build of it that is current: making another takes two seconds."""
    settings = replace(small, claims_dir=few_claims)
    steps.build(settings)
    return settings


#: What a run leaves in its folder, and beside it where it is told to; the key is in none of it.
ARTIFACTS = (
    *("run.json", "inputs.json", "sources.json", "checks.json", "verdicts.json", "vintages.json"),
    *("log.jsonl", "metrics.json", "metrics.prom", "report/index.html", "report/feed.atom"),
    *("report/datasets.html", "report/data/readings.parquet", "report/data/verdicts.json"),
)


def test_auto_builds_from_what_was_fetched_and_bundled_does_not(
    cli: Cli, small_build: Settings, env: dict[str, str], portal: Portal, server: Loopback,
    prefect_database: Path, tmp_path: Path,
) -> None:  # fmt: skip
    """The portal refuses the key at first, quoting it, and then takes it."""
    (tmp_path / "prefect").mkdir()
    shutil.copy(prefect_database, tmp_path / "prefect")
    portal.token, busy = KEY, [True]

    def refuse_once(_: Any, reply: Reply) -> Reply:
        said = {"code": "busy", "error": True, "message": f"Invalid app_token specified: {KEY}"}
        body = json.dumps(said).encode()
        return Reply(429, body, headers={"Retry-After": "0"}) if busy and busy.pop() else reply

    server.fault = refuse_once
    env |= {"CRIMECLAIMS_KEY_SOCRATA": KEY, "PREFECT_HOME": str(tmp_path / "prefect")}
    env |= {"CRIMECLAIMS_METRICS_FILE": str(tmp_path / "collected.prom")}
    env |= {"OPENLINEAGE__TRANSPORT__TYPE": "file", "OPENLINEAGE__TRANSPORT__APPEND": "true"}
    env |= {"OPENLINEAGE__TRANSPORT__LOG_FILE_PATH": str(tmp_path / "lineage.jsonl")}
    run = cli(small_build, "run", "--source", "auto", env=env)
    assert run.returncode == 0, run.stderr
    assert "is new: validated and published" in run.stdout
    [folder] = small_build.runs_dir.iterdir()
    sources = json.loads((folder / "sources.json").read_text())
    assert [source["dataset"] for source in sources if source["outcome"] == "fetched"] == [CHICAGO]
    query = f"SELECT vintage FROM meta.snapshot WHERE dataset = '{CHICAGO}' ORDER BY 1 DESC LIMIT 1"
    found = cli(small_build, "sql", query, "--format", "csv")
    assert found.stdout.splitlines() == ["vintage", "2026-11-18"]
    # Nothing that a run writes has the key: records, report, build, Prefect's own database.
    assert "Invalid app_token specified: ***" in (folder / "log.jsonl").read_text()
    assert [name for name in ARTIFACTS if not (folder / name).is_file()] == []
    assert len(list(small_build.builds_dir.glob("*.duckdb"))) == 2
    for pattern in ("collected.prom", "lineage.jsonl", "prefect/*.db"):
        assert list(tmp_path.glob(pattern)), pattern
    assert files_with(tmp_path, FORMS) == []
    assert files_with(small_build.builds_dir, ["JZ111111"])  # it looks into the columns of a build
    assert not [form for form in FORMS if form in run.stdout + run.stderr]
    assert "all is well" in cli(small_build, "doctor", env=env).stdout

    bundled = cli(small_build, "run", env=env)
    assert bundled.returncode == 0, bundled.stderr
    found = cli(small_build, "sql", query, "--format", "csv")
    assert found.stdout.splitlines() == ["vintage", "2024-05-03"]


@pytest.mark.parametrize("source", ["auto", "live"])
def test_a_publisher_that_is_away(
    cli: Cli, after_build: Settings, env: dict[str, str], server: Loopback, source: str
) -> None:
    """The last good snapshots give a report; live says with its exit code that they are not new."""
    server.fault = lambda _, __: Reply(503)
    run = cli(after_build, "run", "--source", source, env=env)
    assert run.returncode == (3 if source == "live" else 0), run.stderr
    assert f"{CHICAGO}: failed" in run.stderr
    [folder] = after_build.runs_dir.iterdir()
    assert (folder / "report" / "index.html").is_file()
    record = json.loads((folder / "run.json").read_text())
    assert (record["outcome"], record["source"]) == ("unchanged", source)
    assert "6 of 6 sources failed" in record["error"]
    if source == "live":
        assert str(folder / "report" / "index.html") in run.stderr
    else:
        assert "nothing changed, nothing built" in run.stdout


def test_data_that_are_too_old_close_the_gate_if_the_dataset_says_so(
    small: Settings,
) -> None:
    path = small.datasets_dir / CHICAGO / "dataset.yml"
    path.write_text(path.read_text().replace("on_stale: warn", "on_stale: close"))
    load_catalog.cache_clear()
    dataset = load_catalog(small.datasets_dir)[CHICAGO]
    now = dt.datetime.now(dt.UTC)
    for days in (1, 15):
        at = now - dt.timedelta(days=days)
        record_checked(small, dataset, Checked(at=at, asked="", state={}, snapshot=""))
        if days == 1:
            steps.check_ages(small)
    with pytest.raises(GateClosed, match="was last checked 15 days ago; 14 are allowed") as caught:
        steps.check_ages(small)
    assert caught.value.next_step == "crimeclaims fetch chicago_homicides"


def last_checked_days_ago(settings: Settings, days: int) -> None:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    dataset = load_catalog(settings.datasets_dir)[CHICAGO]
    record_checked(settings, dataset, Checked(at=at, asked="", state={}, snapshot=""))


def report_of(settings: Settings) -> Site:
    [folder] = settings.runs_dir.glob("*/report")
    return read_folder(folder)


def test_a_run_on_data_that_are_too_old_warns_and_its_report_says_so(
    cli: Cli, after_build: Settings, env: dict[str, str], server: Loopback
) -> None:
    last_checked_days_ago(after_build, 15)
    server.fault = lambda _, __: Reply(503)
    run = cli(after_build, "run", "--source", "auto", env=env)
    assert run.returncode == 0, run.stderr
    assert f"{CHICAGO} was last checked 15 days ago; 14 are allowed" in run.stderr
    site = report_of(after_build)
    page = site["datasets.html"]
    assert (
        "last checked 15 days before this run; 14 are allowed" in (page.text_of[f"stale-{CHICAGO}"])
    )
    ages = " ".join(page.text_of["ages"].split())
    assert "15 days, too old14 daysfailed: " in ages
    assert "answered with status 503" in ages
    assert "1 dataset older than allowed" in site["index.html"].text


def test_a_dataset_that_says_so_closes_the_gate_of_a_run_when_it_is_too_old(
    cli: Cli, small_build: Settings, env: dict[str, str], server: Loopback
) -> None:
    settings = small_build
    path = settings.datasets_dir / CHICAGO / "dataset.yml"
    path.write_text(path.read_text().replace("on_stale: warn", "on_stale: close"))
    last_checked_days_ago(settings, 15)
    current = (settings.builds_dir / "current.json").read_text()
    server.fault = lambda _, __: Reply(503)
    run = cli(settings, "run", "--source", "auto", env=env)
    assert run.returncode == 1
    assert f"{CHICAGO} was last checked 15 days ago" in run.stderr
    assert f"next: crimeclaims fetch {CHICAGO}" in run.stderr
    [folder] = settings.runs_dir.iterdir()
    assert json.loads((folder / "run.json").read_text())["outcome"] == "gate_closed"
    assert not (folder / "report").exists()
    assert (settings.builds_dir / "current.json").read_text() == current
    # What is bundled may be of any age: a run on it asks nobody.
    assert cli(settings, "run", env=env).returncode == 0
    bundled = " ".join(report_of(settings)["datasets.html"].text_of["ages"].split())
    assert "too old" not in bundled
    assert "(when it came here; not asked since)" in bundled
