"""What a run leaves for those who watch it: its log, its numbers, its lineage; no key in any."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from openlineage.client import event_v2
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as parse_for_collector

from datasets.catalog import load_catalog
from datasets.errors import GateClosed
from datasets.logs import ids
from datasets.settings import DATASETS_DIR, Settings
from datasets.warehouse import current_build
from flows import lineage, runs, steps
from tests.conftest import Cli
from tests.emulators.server import serving
from tests.support_live import bundled_homicides, crime_portal

CHICAGO = "chicago_homicides"
KEY = "planted-key-4711/+="


@dataclass(frozen=True)
class Watched:
    """A run with all that watches it."""

    settings: Settings
    run: runs.Run
    events: list[dict[str, Any]]
    collected: Path

    @property
    def folder(self) -> Path:
        return runs.folder(self.settings, self.run)

    @property
    def lines(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in (self.folder / "log.jsonl").read_text().splitlines()]

    @property
    def metrics(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "metrics.json").read_text())
        return found

    def of(self, job: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["job"]["name"] == job]


def settings_in(folder: Path, built: Settings) -> Settings:
    """The bundled data and their build, and two documents of claims, for one test to write to."""
    claims = folder / "claims"
    claims.mkdir(parents=True)
    for name in ("dcnf-2017-08-16.yml", "sessions-2017-12-18.yml"):
        shutil.copy(built.claims_dir / name, claims)
    var = folder / "var"
    shutil.copytree(built.builds_dir, var / "builds", copy_function=os.link)
    return Settings(var=var, claims_dir=claims, metrics_file=folder / "collected.prom")


def to_file(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__TYPE", "file")
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__LOG_FILE_PATH", str(path))
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__APPEND", "true")


def read_events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, built: Settings) -> Watched:
    """Asks a portal that refuses the key and quotes it, asks again, builds, verifies."""
    folder = tmp_path_factory.mktemp("watched")
    settings = settings_in(folder, built)
    portal = crime_portal(bundled_homicides(50))
    with serving(portal) as server, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("OPENLINEAGE")]:
            patch.delenv(name)
        to_file(patch, folder / "lineage.jsonl")
        patch.setenv("CRIMECLAIMS_BASE_URL_SOCRATA", server.url)
        patch.setenv("CRIMECLAIMS_KEY_SOCRATA", KEY)
        patch.setenv("CRIMECLAIMS_HTTP_PAUSE_SECONDS", "0")
        chicago = load_catalog(settings.datasets_dir)[CHICAGO]
        patch.setattr(steps.fetching, "chosen", lambda *_: [chicago])
        run = runs.begin(settings, "auto", None)
        into = runs.folder(settings, run)
        portal.token = "another"
        steps.refresh(settings, into)
        portal.token = KEY
        with runs.phase(run, "refresh"):
            steps.refresh(settings, into)
        with runs.phase(run, "build"):
            built_now = steps.build(settings, fetched=False)
        run.build = built_now.build.id
        steps.keep_checks(settings, into, run.build, rejected=False)
        with runs.phase(run, "verify"):
            steps.verify(settings, into, built_now.build, None)
        steps.comparing.changes(
            settings, run, built_now.build, steps.read_verdicts(into / runs.VERDICTS)
        )
        with ids(claim="b8"):
            logging.getLogger("crimeclaims").warning("a careless line: %s\nand another", KEY)
        runs.end(settings, run, "published")
        logging.getLogger("crimeclaims").warning("not of the run any more")
    return Watched(settings, run, read_events(folder / "lineage.jsonl"), folder / "collected.prom")


def test_every_line_of_the_log_says_what_it_is_about(watched: Watched) -> None:
    lines = watched.lines
    assert {line["run"] for line in lines} == {watched.run.run}
    assert all(set(line) >= {"time", "level", "message"} for line in lines)
    asking = [line for line in lines if "asking http" in line["message"]]
    assert [line["dataset"] for line in asking] == [CHICAGO] * 2
    [fetched] = [line for line in lines if ": fetched: 50 rows" in line["message"]]
    assert fetched["snapshot"].startswith(f"{CHICAGO}@2026-11-18#")
    assert fetched["phase"] == "refresh"
    [careless] = [line for line in lines if "careless" in line["message"]]
    assert careless["claim"] == "b8"
    assert careless["message"] == "a careless line: ***\nand another"  # one line of the file
    assert lines[-1]["message"] == f"run {watched.run.run}: published"


def test_the_numbers_are_those_of_the_run(watched: Watched) -> None:
    found = watched.metrics
    verdicts = json.loads((watched.folder / "verdicts.json").read_text())
    assert sum(found["claims"].values()) == len(verdicts)
    assert sum(found["readings"].values()) == sum(len(each["readings"]) for each in verdicts)
    assert set(found["phase_seconds"]) == {"refresh", "build", "verify"}
    assert found["sources"] == {"fetched": 1}
    manifest = json.loads(
        next((watched.settings.archive_dir / CHICAGO).glob("*/manifest.json")).read_text()
    )
    archived = [*manifest["files"], *manifest["parts"]]
    assert found["archived_bytes"] == sum(each["bytes"] for each in archived)
    assert found["requests"] == manifest["retrieval"]["requests"]
    assert found["fetched_bytes"] == manifest["retrieval"]["bytes"]
    snapshots = DATASETS_DIR / "fbi_return_a" / "snapshots"
    rows = sum(
        json.loads(path.read_text())["files"][0]["rows"] for path in snapshots.glob("*/manifest*")
    )
    assert found["rows_loaded"]["fbi_return_a"] == rows
    checks = json.loads((watched.folder / "checks.json").read_text())["results"]
    assert found["checks"]["pass"] == sum(each["outcome"] == "pass" for each in checks)
    assert found["flips"] is None  # there was no run before to compare with
    assert 50_000_000 < found["peak_memory_bytes"] < 50_000_000_000


def test_the_text_for_prometheus_is_read_by_both_of_its_parsers(watched: Watched) -> None:
    """OpenMetrics, and the older format, which node_exporter's textfile collector reads."""
    text = (watched.folder / "metrics.prom").read_text(encoding="utf-8")
    assert watched.collected.read_text(encoding="utf-8") == text
    families = list(text_string_to_metric_families(text))
    assert {family.type for family in families} == {"gauge"}
    assert all(family.documentation for family in families)
    samples = {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}
    older = {
        (s.name, *s.labels.values()): s.value
        for family in parse_for_collector(text)
        for s in family.samples
    }
    assert samples == older
    found = watched.metrics
    assert samples["crimeclaims_run_requests",] == found["requests"]
    assert samples["crimeclaims_run_claims", "conflicting"] == found["claims"]["conflicting"]
    assert samples["crimeclaims_run_phase_seconds", "build"] == found["phase_seconds"]["build"]
    assert samples["crimeclaims_run_outcome", "published"] == 1
    assert ("crimeclaims_run_flips",) not in samples  # missing is not zero


def test_lineage_tells_what_was_read_and_written(watched: Watched) -> None:
    states = [(event["job"]["name"], event["eventType"]) for event in watched.events]
    fetch = f"fetch.{CHICAGO}"
    assert states == [
        *(("run", "START"), (fetch, "START"), (fetch, "FAIL"), (fetch, "START")),
        *((fetch, "COMPLETE"), ("build", "START"), ("build", "COMPLETE")),
        *(("verify", "START"), ("verify", "COMPLETE")),
        *(("validate", "START"), ("validate", "COMPLETE"), ("run", "COMPLETE")),
    ]
    build = watched.of("build")[-1]
    versions = {each["facets"]["version"]["datasetVersion"] for each in build["inputs"]}
    short = {f"{id_.partition('#')[0]}#{id_.partition('#')[2][:8]}" for id_ in versions}
    assert short == set(current_build(watched.settings).snapshots)
    assert all(len(id_.partition("#")[2]) == 64 for id_ in versions)
    tables = {each["name"]: each for each in build["outputs"]}
    series = tables["mart.series"]
    columns = [field["name"] for field in series["facets"]["schema"]["fields"]]
    assert {"place", "measure", "value"} <= set(columns)
    assert series["outputFacets"]["outputStatistics"]["rowCount"] > 10_000
    [verdicts] = watched.of("verify")[-1]["outputs"]
    claims = sum(watched.metrics["claims"].values())
    assert verdicts["outputFacets"]["outputStatistics"]["rowCount"] == claims
    facets = [each["inputFacets"] for each in watched.of("validate")[-1]["inputs"]]
    asserted = [a for each in facets for a in each["dataQualityAssertions"]["assertions"]]
    assert len(asserted) == sum(watched.metrics["checks"].values())
    parents = {event["run"]["facets"]["parent"]["run"]["runId"] for event in watched.events[1:-1]}
    assert parents == {watched.events[0]["run"]["runId"]} == {watched.events[-1]["run"]["runId"]}


def test_events_are_what_the_library_itself_accepts(watched: Watched) -> None:
    """Its classes check identifiers, times and addresses when they are made."""
    for event in watched.events:
        kinds = {"inputs": event_v2.InputDataset, "outputs": event_v2.OutputDataset}
        made = event_v2.RunEvent(
            eventTime=event["eventTime"],
            producer=event["producer"],
            eventType=event_v2.RunState(event["eventType"]),
            run=event_v2.Run(event["run"]["runId"]),
            job=event_v2.Job(event["job"]["namespace"], event["job"]["name"]),
            **{
                side: [kind(each["namespace"], each["name"]) for each in event[side]]
                for side, kind in kinds.items()
            },
        )
        assert made.schemaURL == event["schemaURL"]


def test_no_key_is_in_anything_that_watching_leaves(watched: Watched) -> None:
    files = [path for path in watched.settings.var.rglob("*") if path.suffix != ".duckdb"]
    texts = {str(path): path.read_bytes() for path in files if path.is_file()}
    texts["lineage"] = json.dumps(watched.events).encode()
    assert any(b"Invalid app_token specified: ***" in text for text in texts.values())
    assert [name for name, text in texts.items() if b"planted-key" in text] == []


class Told(BaseHTTPRequestHandler):
    """A lineage server: ``status`` is what it answers."""

    status = 200
    seen: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append({"path": self.path, **json.loads(body)})
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, type[Told]]]:
    class Handler(Told):
        seen: list[dict[str, Any]] = []  # noqa: RUF012 - one for each test

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as there:
        thread = threading.Thread(target=there.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{there.server_address[1]}", Handler
        there.shutdown()
        thread.join()


def failing_run(settings: Settings) -> runs.Run:
    """A run whose gate closes."""
    run = runs.begin(settings, "bundled", None)
    with pytest.raises(GateClosed), runs.phase(run, "build"):
        raise GateClosed(f"data are too old; the key is {KEY}")
    runs.end(settings, run, "gate_closed", "data are too old")
    return run


def test_a_lineage_server_is_told_that_a_gate_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: tuple[str, type[Told]]
) -> None:
    url, there = server
    monkeypatch.setenv("OPENLINEAGE_URL", url)
    monkeypatch.setenv("OPENLINEAGE_API_KEY", KEY[::-1])
    monkeypatch.setenv("CRIMECLAIMS_KEY_SOCRATA", KEY)
    before = dict(os.environ)
    failing_run(Settings(var=tmp_path))
    assert dict(os.environ) == before  # in which the library would leave its key
    assert {event["path"] for event in there.seen} == {"/api/v1/lineage"}
    states = [(event["job"]["name"], event["eventType"]) for event in there.seen]
    assert states == [
        *(("run", "START"), ("build", "START"), ("build", "FAIL"), ("run", "FAIL")),
    ]
    said = there.seen[2]["run"]["facets"]["errorMessage"]["message"]
    assert said == "data are too old; the key is ***"


@pytest.mark.parametrize("trouble", ["refuses", "away", "nonsense"])
def test_a_dead_lineage_server_is_a_warning_and_no_failed_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: tuple[str, type[Told]], trouble: str
) -> None:
    url, there = server
    there.status = 403
    if trouble == "nonsense":
        monkeypatch.setenv("OPENLINEAGE__TRANSPORT__TYPE", "pigeon")
    else:
        monkeypatch.setenv("OPENLINEAGE__TRANSPORT__TYPE", "http")
        monkeypatch.setenv("OPENLINEAGE__TRANSPORT__RETRY", '{"total": 0}')
        address = url if trouble == "refuses" else "http://127.0.0.1:9"
        monkeypatch.setenv("OPENLINEAGE__TRANSPORT__URL", address)
    settings = Settings(var=tmp_path)
    run = failing_run(settings)
    lines = (runs.folder(settings, run) / "log.jsonl").read_text().splitlines()
    warned = [line for line in lines if "lineage" in line]
    assert len(warned) == 1, lines
    assert json.loads(warned[0])["level"] == "warning"
    assert len(there.seen) == (trouble == "refuses")  # and is not asked again


def test_without_configuration_nothing_of_openlineage_is_imported(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from datasets.settings import Settings
from flows import runs
settings = Settings(var=Path({str(tmp_path)!r}))
run = runs.begin(settings, "bundled", None)
with runs.phase(run, "verify"): pass
runs.end(settings, run, "unchanged")
print([name for name in sys.modules if name.startswith("openlineage")])
"""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("OPENLINEAGE", "CRIMECLAIMS"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert (
        lineage.configured({"OPENLINEAGE_URL": "http://x", "OPENLINEAGE_DISABLED": "True"}) is False
    )


def test_metrics_that_cannot_be_written_fail_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(var=tmp_path / "var", metrics_file=tmp_path / "file" / "metrics.prom")
    run = runs.begin(settings, "bundled", None)
    runs.end(settings, run, "unchanged")
    assert runs.read(runs.folder(settings, run) / runs.RECORD).outcome == "unchanged"
    assert "no metrics of this run" in (runs.folder(settings, run) / "log.jsonl").read_text()


def test_lines_for_machines_replace_those_for_people(cli: Cli, built: Settings) -> None:
    nowhere = {"CRIMECLAIMS_BASE_URL_SOCRATA": "http://127.0.0.1:9"}
    env = {"CRIMECLAIMS_LOG": "json", "CRIMECLAIMS_HTTP_ATTEMPTS": "1", **nowhere}
    result = cli(built, "fetch", CHICAGO, env=env)
    assert result.returncode == 3
    *lines, error = [line for line in result.stderr.splitlines() if not line.startswith("next:")]
    assert error.startswith("error: 1 of 1 sources failed")
    found = [json.loads(line) for line in lines]
    assert [line["level"] for line in found] == ["info", "warning"]
    assert {line["dataset"] for line in found} == {CHICAGO}
    wrong = cli(built, "claims", env={"CRIMECLAIMS_LOG": "xml"})
    assert (wrong.returncode, "text, json" in wrong.stderr) == (2, True)
