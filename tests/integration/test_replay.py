"""An old run replayed: the same verdicts to the byte, or what is not as it was."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from datasets.catalog import load_catalog
from datasets.lake_setting import LAKE_DATA, WAREHOUSE
from datasets.settings import CHECKS_DIR, DATASETS_DIR, Settings
from datasets.warehouse import current_build
from flows import comparing, runs, steps
from tests.conftest import Cli
from tests.support_lake import machine
from tests.support_live import files_below
from tests.support_snapshots import make_settings

CHICAGO = "chicago_homicides"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A run on one dataset and one document, as the flow makes it."""
    root = tmp_path_factory.mktemp("replay")
    settings = make_settings(root, [CHICAGO], {CHICAGO: ("2018-03-04", "2019-10-12")})
    settings = replace(settings, claims_dir=root / "claims")
    settings.claims_dir.mkdir()
    shutil.copy(CHECKS_DIR / "claims" / "dcnf-2017-08-16.yml", settings.claims_dir)
    run = runs.begin(settings, "bundled", None)
    built = steps.build(settings, fetched=False)
    run.build = built.build.id
    steps.verify(settings, runs.folder(settings, run), built.build, None)
    runs.end(settings, run, "published")
    return settings


@pytest.fixture
def settings(made: Settings, tmp_path: Path) -> Iterator[Settings]:
    shutil.copytree(made.var.parent, tmp_path / "own")
    own = tmp_path / "own"
    yield replace(made, var=own / "var", datasets_dir=own / "datasets", claims_dir=own / "claims")
    load_catalog.cache_clear()


def the_run(settings: Settings) -> str:
    run = runs.last_run(settings)
    assert run is not None
    return run.run


def test_a_run_is_the_same_to_the_byte_from_its_build_and_from_the_archive(
    cli: Cli, settings: Settings
) -> None:
    before = files_below(settings.var)
    kept = cli(settings, "replay", the_run(settings)[:8])
    assert kept.returncode == 0, kept.stderr
    assert "7 verdicts, the same to the byte" in kept.stdout
    assert "as it is kept" in kept.stdout
    anew = cli(settings, "replay", the_run(settings), "--rebuild")
    assert anew.returncode == 0, anew.stderr
    assert "made anew from the archive" in anew.stdout
    assert "not as it was" not in anew.stdout
    assert files_below(settings.var) == before


def test_a_pruned_build_is_made_again_of_its_own_snapshots_only(
    cli: Cli, settings: Settings
) -> None:
    """A newer vintage that came since is not read."""
    for path in settings.builds_dir.glob("*"):
        path.unlink()
    newer = "chicago_homicides/snapshots/2024-05-03"
    shutil.copytree(DATASETS_DIR / newer, settings.datasets_dir / newer)
    result = cli(settings, "replay", the_run(settings))
    assert result.returncode == 0, result.stderr
    assert "made anew from the archive" in result.stdout
    assert not (settings.builds_dir / "current.json").exists()


def test_claims_that_changed_since_are_replayed_as_they_were(cli: Cli, settings: Settings) -> None:
    [path] = settings.claims_dir.glob("*.yml")
    shutil.copy(CHECKS_DIR / "claims" / "twins.yml", path)
    assert cli(settings, "replay", the_run(settings)).returncode == 0
    # without the copies only the files of today are there, and it is said what changed
    shutil.rmtree(settings.runs_dir / the_run(settings) / runs.CLAIMS)
    result = cli(settings, "replay", the_run(settings))
    assert result.returncode == 2
    assert "what is not as it was then" in result.stderr
    assert "claims: a1, a2" in result.stderr


def test_a_snapshot_that_is_gone_is_named(cli: Cli, settings: Settings) -> None:
    shutil.rmtree(settings.datasets_dir / CHICAGO / "snapshots" / "2018-03-04")
    assert cli(settings, "replay", the_run(settings)).returncode == 0
    result = cli(settings, "replay", the_run(settings), "--rebuild")
    assert result.returncode == 2
    assert "not in the archive any more: chicago_homicides@2018-03-04#" in result.stderr


def test_a_damaged_snapshot_is_named(cli: Cli, settings: Settings) -> None:
    path = settings.datasets_dir / CHICAGO / "snapshots" / "2018-03-04" / "homicides.csv"
    path.write_bytes(path.read_bytes().replace(b"true", b"tru3", 1))
    result = cli(settings, "replay", the_run(settings), "--rebuild")
    assert result.returncode == 2
    assert str(path) in result.stderr
    assert "its manifest says" in result.stderr


def test_another_method_is_named_with_its_files(cli: Cli, settings: Settings) -> None:
    folder = settings.runs_dir / the_run(settings)
    inputs = comparing.read_inputs(folder)
    assert inputs is not None
    parts = {**inputs.parts, "readings/record.sql": "0123", "duckdb": "1.4.0"}
    other = inputs.model_copy(update={"method": "other", "parts": parts})
    (folder / runs.INPUTS).write_text(other.model_dump_json())
    same = cli(settings, "replay", the_run(settings))
    assert same.returncode == 0
    assert "not as it was then, but without effect: duckdb was 1.4.0, is " in same.stdout
    path = folder / runs.VERDICTS
    text = path.read_text()
    path.write_text(
        text.replace('"label": "', '"label": "refuted", "x": "', 1).replace(
            '"refuted", "x": "not_enough_evidence"', '"refuted"', 1
        )
    )
    result = cli(settings, "replay", the_run(settings))
    assert result.returncode == 2
    assert "gives other verdicts now: a1" in result.stderr
    assert "the method: readings/record.sql" in result.stderr


def test_other_verdicts_of_the_same_inputs_are_a_fault(cli: Cli, settings: Settings) -> None:
    path = settings.runs_dir / the_run(settings) / runs.VERDICTS
    path.write_text(path.read_text().replace("not_enough_evidence", "refuted", 1))
    result = cli(settings, "replay", the_run(settings))
    assert result.returncode == 4
    assert "nothing that is recorded differs" in result.stderr


def test_a_run_of_some_claims_is_replayed_with_these_only(cli: Cli, settings: Settings) -> None:
    run = runs.begin(settings, "bundled", None, ["a5", "a1"])
    build = current_build(settings)
    run.build = build.id
    steps.verify(settings, runs.folder(settings, run), build, None, ["a5", "a1"])
    runs.end(settings, run, "verified")
    result = cli(settings, "replay", run.run)
    assert result.returncode == 0, result.stderr
    assert "2 verdicts, the same to the byte" in result.stdout


def test_a_run_on_a_lake_names_its_commit_again(cli: Cli, settings: Settings) -> None:
    folder = settings.var.parent
    lake = machine(folder, "none", str(folder / "all.ducklake")).lake
    settings = replace(settings, lake=lake)
    run = runs.begin(settings, "bundled", None)
    build = steps.build(settings, fetched=False).build
    run.build, run.lake_snapshot = build.id, build.lake_snapshot
    assert run.lake_snapshot is not None
    steps.verify(settings, runs.folder(settings, run), build, None)
    runs.end(settings, run, "unchanged")
    env = {WAREHOUSE: f"ducklake:{folder / 'all.ducklake'}", LAKE_DATA: str(folder / "data")}
    for more in ([], ["--rebuild"]):
        result = cli(settings, "replay", run.run, *more, env=env)
        assert result.returncode == 0, result.stderr
        assert "7 verdicts, the same to the byte" in result.stdout


def test_prune_keeps_what_a_replay_needs(cli: Cli, settings: Settings) -> None:
    result = cli(settings, "prune", "--keep-builds", "1", "--keep-vintages", "1", "--yes")
    assert result.returncode == 0, result.stderr
    assert cli(settings, "replay", the_run(settings), "--rebuild").returncode == 0
