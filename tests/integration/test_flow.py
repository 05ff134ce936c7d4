"""The nightly flow from the command line: what it leaves behind, whether it works or not."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from datasets.settings import Settings
from datasets.warehouse import current_build
from flows import steps
from tests.conftest import CRIMECLAIMS, Cli
from tests.support_processes import children_of, wait_for
from tests.support_site import read_folder
from tests.support_snapshots import make_settings

CHICAGO = "chicago_homicides"

NOISE = re.compile(r"Traceback|Error|CancelledError|Exception|Warning|prefect|telemetry", re.I)


@dataclass(frozen=True)
class Finished:
    """A run that has ended: what it printed, and the folder it wrote."""

    settings: Settings
    result: subprocess.CompletedProcess[str]

    @property
    def folder(self) -> Path:
        return sorted(self.settings.runs_dir.iterdir())[-1]

    @property
    def record(self) -> dict[str, object]:
        value: dict[str, object] = json.loads((self.folder / "run.json").read_text())
        return value


@pytest.fixture(scope="module")
def first(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A run where nothing was before, with a home folder and a Prefect of its own."""
    home = tmp_path_factory.mktemp("first")
    settings = Settings(var=home / "project data" / "var")
    # Prefect's folder is not set: ours is the default.
    env = {"HOME": str(home / "home"), "PREFECT_HOME": ""}
    (home / "home").mkdir()
    return Finished(settings, cli(settings, "run", env=env))


@pytest.fixture(scope="module")
def small(few_claims: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A world of two exports of Chicago's homicides, and the build of it."""
    vintages = {CHICAGO: ("2018-03-04", "2019-10-12")}
    settings = make_settings(tmp_path_factory.mktemp("small"), [CHICAGO], vintages)
    settings = replace(settings, claims_dir=few_claims)
    steps.build(settings, fetched=False)
    return settings


@pytest.fixture
def after_build(small: Settings, tmp_path: Path) -> Settings:
    """Settings of a folder with that build, for tests that write."""
    settings = replace(small, var=tmp_path / "var")
    shutil.copytree(small.builds_dir, settings.builds_dir)
    return settings


def test_run_prints_verdicts_and_the_report(first: Finished) -> None:
    assert first.result.returncode == 0, first.result.stderr
    lines = first.result.stdout.splitlines()
    assert re.fullmatch(r"\d+ claims: (\d+ [a-z ]+(, )?)+", lines[-4]), lines[-4]
    assert max(len(line) for line in lines if not line.startswith("report: ")) <= 80
    assert lines[-1] == f"report: {first.folder / 'report' / 'index.html'}"
    assert "is new: validated and published" in lines[-2]


def test_run_makes_no_noise(first: Finished) -> None:
    assert first.result.stderr == ""
    assert NOISE.findall(first.result.stdout) == []


def test_run_leaves_a_record(first: Finished) -> None:
    names = {path.name for path in first.folder.iterdir()}
    assert names == {
        *("run.json", "verdicts.json", "checks.json", "report"),
        *("inputs.json", "vintages.json", "claims", "log.jsonl", "metrics.json", "metrics.prom"),
    }
    record = first.record
    current = json.loads((first.settings.builds_dir / "current.json").read_text())
    assert record["run"] == first.folder.name
    assert record["outcome"] == "published"
    assert record["build"] == current["build"]
    assert record["error"] is None
    assert set(record["seconds"]) == {"check inputs", "build", "verify", "report"}  # type: ignore[call-overload]
    assert str(record["started"]) <= str(record["ended"])
    assert json.loads((first.folder / "checks.json").read_text())["gate"] == "open"


def test_report_is_a_folder_whose_links_lead_somewhere(first: Finished) -> None:
    site = read_folder(first.folder / "report")
    assert len(site) > 150
    assert list(site.broken_links()) == []
    assert not list(first.folder.glob(".report*"))


def test_the_report_of_the_newest_run_is_found_and_zipped(
    cli: Cli, first: Finished, tmp_path: Path
) -> None:
    front = str(first.folder / "report" / "index.html")
    for name in ([], [first.folder.name], [first.folder.name[:9]]):
        assert cli(first.settings, "report", *name).stdout.strip() == front
    target = tmp_path / "claims.zip"
    assert cli(first.settings, "report", "--zip", str(target)).stdout.strip() == str(target)
    assert zipfile.ZipFile(target).testzip() is None
    again = cli(first.settings, "report", "--zip", str(target))
    assert again.returncode == 2
    assert "is there already" in again.stderr
    wrong = cli(first.settings, "report", "1999")
    assert wrong.returncode == 2
    assert 'no run is named "1999"' in wrong.stderr


def test_verdicts_of_a_run_are_those_of_verify(cli: Cli, first: Finished) -> None:
    verdicts = (first.folder / "verdicts.json").read_text(encoding="utf-8")
    assert cli(first.settings, "verify", "--format", "json").stdout == verdicts


def test_nothing_is_written_to_the_home_folder(first: Finished) -> None:
    home = first.settings.var.parents[1] / "home"
    assert [path for path in home.rglob("*") if path.is_file()] == []
    assert (first.settings.var / "prefect" / "prefect.db").is_file()


def test_an_unchanged_second_run_builds_nothing_and_says_so(
    cli: Cli, after_build: Settings
) -> None:
    build = current_build(after_build).id
    before = {path: path.stat().st_mtime_ns for path in after_build.builds_dir.iterdir()}
    ran = cli(after_build, "run", "--as-of", "2017-08-16", "--data-docs")
    second = Finished(after_build, ran)
    assert second.result.returncode == 0, second.result.stderr
    assert "nothing changed, nothing built" in second.result.stdout
    assert second.record["outcome"] == "unchanged"
    assert second.record["build"] == build
    assert second.record["as_of"] == "2017-08-16"
    assert (second.folder / "report" / "index.html").is_file()
    assert {p: p.stat().st_mtime_ns for p in after_build.builds_dir.iterdir()} == before
    # They are asked for, and made from the build that is there.
    docs = second.folder / "data-docs" / "index.html"
    assert f"data docs: {docs}\n" in second.result.stdout
    assert build in docs.read_text(encoding="utf-8")


def with_a_homicide_twice(settings: Settings, folder: Path) -> Settings:
    """Settings whose newest export of Chicago's homicides has a row twice, manifest and all."""
    changed = replace(settings, datasets_dir=folder / "datasets")
    shutil.copytree(settings.datasets_dir, changed.datasets_dir)
    path = sorted(changed.datasets_dir.glob("chicago_homicides/snapshots/*/manifest.json"))[-1]
    manifest = json.loads(path.read_text(encoding="utf-8"))
    data = path.parent / manifest["files"][0]["name"]
    content = data.read_bytes()
    content += content.splitlines(keepends=True)[1]
    data.write_bytes(content)
    manifest["files"][0] |= {
        "bytes": len(content),
        "rows": manifest["files"][0]["rows"] + 1,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    path.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return changed


def test_a_closed_gate_publishes_nothing_and_says_why(
    cli: Cli, after_build: Settings, tmp_path: Path, prefect_home: Path
) -> None:
    current = (after_build.builds_dir / "current.json").read_text()
    damaged = with_a_homicide_twice(after_build, tmp_path)
    closed = Finished(damaged, cli(damaged, "run"))
    assert closed.result.returncode == 1
    assert closed.result.stdout == ""
    assert closed.result.stderr.startswith("error: validation closed the gate")
    assert "chicago_homicides." in closed.result.stderr
    assert "Traceback" not in closed.result.stderr
    assert closed.record["outcome"] == "gate_closed"
    assert json.loads((closed.folder / "checks.json").read_text())["gate"] == "closed"
    assert (after_build.builds_dir / "current.json").read_text() == current
    assert list(after_build.builds_dir.glob(".making*")) == []
    assert cli(after_build, "verify", "a1").returncode == 0
    doctor = cli(damaged, "doctor")
    assert doctor.returncode == 2
    assert "gate_closed: validation closed the gate" in doctor.stdout
    # Prefect knows the reason too.
    with sqlite3.connect(f"file:{prefect_home / 'prefect.db'}?mode=ro", uri=True) as db:
        messages = [m for (m,) in db.execute("SELECT message FROM flow_run_state") if m]
    assert any(message.startswith("Gate closed: chicago_homicides.") for message in messages)


def test_a_damaged_snapshot_is_bad_input_and_publishes_nothing(
    cli: Cli, after_build: Settings, tmp_path: Path
) -> None:
    damaged = with_a_homicide_twice(after_build, tmp_path)
    path = sorted(damaged.datasets_dir.glob("chicago_homicides/snapshots/*/*.csv"))[-1]
    path.write_bytes(path.read_bytes()[:-100])
    current = (after_build.builds_dir / "current.json").read_text()
    result = cli(damaged, "run")
    assert result.returncode == 2
    assert str(path) in result.stderr
    assert "its manifest says" in result.stderr
    assert "next: restore the file" in result.stderr
    assert (after_build.builds_dir / "current.json").read_text() == current


def test_a_wrong_claim_file_stops_a_run_before_it_builds(
    cli: Cli, first: Finished, tmp_path: Path
) -> None:
    settings = replace(first.settings, var=tmp_path / "var", claims_dir=tmp_path / "claims")
    shutil.copytree(first.settings.claims_dir, settings.claims_dir)
    path = next(iter(sorted(settings.claims_dir.glob("*.yml"))))
    path.write_text(path.read_text(encoding="utf-8") + "\nsurprise: 1\n", encoding="utf-8")
    result = cli(settings, "run")
    assert result.returncode == 2
    assert 'unknown key "surprise"' in result.stderr
    assert not settings.builds_dir.exists()


def test_a_killed_run_leaves_no_server_behind(
    environment: Callable[..., dict[str, str]], after_build: Settings
) -> None:
    process = subprocess.Popen(
        [CRIMECLAIMS, "run"],
        env=environment(after_build),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    children = wait_for(lambda: children_of(process.pid))
    process.kill()
    process.wait(30)
    wait_for(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


def test_ctrl_c_ends_a_run_with_130_and_no_trace(
    environment: Callable[..., dict[str, str]], after_build: Settings
) -> None:
    process = subprocess.Popen(
        [CRIMECLAIMS, "run"],
        env=environment(after_build),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    children = wait_for(lambda: children_of(process.pid))
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout, stderr.strip()) == (130, "", "error: interrupted")
    wait_for(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
