"""Builds, runs and unfinished fetches that prune deletes, and those that it must not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.leftovers import delete, old_builds
from datasets.settings import Settings
from datasets.warehouse import Build, point_to
from flows import runs
from flows.retention import old_runs
from tests.conftest import Cli
from tests.support_live import files_below
from tests.support_snapshots import make_settings

CHICAGO = "chicago_homicides"
RUNS = [f"2026112{n}T020000Z-aaaaaa" for n in range(1, 6)]


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Builds b1 to b4, made in this order; b2 is current. Of each build a run, and b4 has two."""
    settings = make_settings(tmp_path, [CHICAGO], {CHICAGO: ("2018-03-04",)})
    (settings.builds_dir / "rejected").mkdir(parents=True)
    (settings.builds_dir / "rejected" / "b0.checks.json").write_text("{}")
    for n in range(4, 0, -1):
        path = settings.builds_dir / f"b{n}.duckdb"
        path.write_bytes(b"x" * 1000 * n)
        os.utime(path, (1_800_000_000 + n, 1_800_000_000 + n))
        path.with_name(f"b{n}.checks.json").write_text("[]")
    point_to(settings, Build("b2", settings.builds_dir / "b2.duckdb", "2026-11-25", ()))
    for run, build in zip(RUNS, ("b1", "b2", "b3", "b4", "b4"), strict=True):
        record(settings, run, build)
    yield settings
    load_catalog.cache_clear()


def record(
    settings: Settings, run: str, build: str | None, outcome: runs.Outcome = "published"
) -> None:
    saved = runs.Run(run, "2026-11-25T02:00:00+00:00", "auto", None, build=build, outcome=outcome)
    runs.save(settings, saved)
    folder = runs.folder(settings, saved)
    (folder / runs.REPORT).parent.mkdir(exist_ok=True)
    (folder / runs.REPORT).write_text("<html>")
    (folder / "more").mkdir(exist_ok=True)
    (folder / "more" / "file").write_text("1234")


def bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def pruned(cli: Cli, settings: Settings, *arguments: str) -> dict[str, str]:
    """Name -> what is said of it by a dry run and then by a real one, which must agree.

    What is said to be freed must be what is freed.
    """
    files, size = files_below(settings.var), bytes_below(settings.var)
    dry = cli(settings, "prune", *arguments, "--dry-run", "--format", "json")
    assert files_below(settings.var) == files
    real = cli(settings, "prune", *arguments, "--yes", "--format", "json")
    assert (dry.returncode, real.returncode) == (0, 0), real.stderr
    said: list[dict[str, Any]] = json.loads(real.stdout)
    assert json.loads(dry.stdout.replace("would be deleted", "deleted")) == said
    freed = sum(row["bytes"] for row in said if row["what"] == "deleted")
    assert size - bytes_below(settings.var) == freed
    return {row["name"]: row["what"] for row in said}


def there(settings: Settings) -> list[str]:
    return sorted(path.stem for path in settings.builds_dir.glob("*.duckdb"))


def test_a_build_stays_that_is_current_or_new_or_that_a_run_was_made_from(
    cli: Cli, settings: Settings
) -> None:
    for run in (RUNS[1], RUNS[2]):
        record(settings, run, None)
    making = settings.builds_dir / ".making-b9-0000.duckdb"
    making.write_bytes(b"being made")
    assert pruned(cli, settings, "--keep-builds", "1") == {
        "b1": f"kept for run {RUNS[0]}",
        "b2": "kept for the current build",
        "b3": "deleted",
    }
    assert there(settings) == [".making-b9-0000", "b1", "b2", "b4"]
    assert not (settings.builds_dir / "b3.checks.json").exists()
    assert (settings.builds_dir / "b4.checks.json").exists()
    assert (settings.builds_dir / "rejected" / "b0.checks.json").exists()


def test_what_a_closed_gate_left_stays_while_it_is_new_or_a_run_ended_by_it(
    cli: Cli, settings: Settings
) -> None:
    home = settings.builds_dir / "rejected"
    for n in range(1, 4):
        path = home / f"r{n}.checks.json"
        path.write_text("{}" * n)
        os.utime(path, (1_900_000_000 + n, 1_900_000_000 + n))
    os.utime(home / "b0.checks.json", (1_800_000_000, 1_800_000_000))
    record(settings, RUNS[0], None, "gate_closed")
    (settings.runs_dir / RUNS[0] / runs.CHECKS).write_text('{"build": "r1"}')
    said = pruned(cli, settings, "--keep-builds", "1")
    assert {name: what for name, what in said.items() if name[0] == "r" or name == "b0"} == {
        "b0": "deleted", "r1": f"kept for run {RUNS[0]}", "r2": "deleted",
    }  # fmt: skip
    assert sorted(path.name for path in home.iterdir()) == ["r1.checks.json", "r3.checks.json"]
    said = pruned(cli, settings, "--keep-builds", "1", "--keep-runs", "1")
    assert said["r1"] == "deleted"
    assert [path.name for path in home.iterdir()] == ["r3.checks.json"]


def test_a_run_that_does_not_say_which_build_it_was_closed_by_stops_it(
    cli: Cli, settings: Settings
) -> None:
    record(settings, RUNS[0], None, "gate_closed")
    path = settings.runs_dir / RUNS[0] / runs.CHECKS
    path.write_text("[]")
    files = files_below(settings.var)
    result = cli(settings, "prune", "--keep-builds", "1", "--yes")
    assert result.returncode == 2
    assert f"{path}: cannot be read" in result.stderr
    assert files_below(settings.var) == files


def test_builds_of_runs_that_go_go_with_them(cli: Cli, settings: Settings) -> None:
    said = pruned(cli, settings, "--keep-runs", "2", "--keep-builds", "1")
    assert said == {
        RUNS[0]: "deleted", RUNS[1]: "deleted", RUNS[2]: "deleted",
        "b1": "deleted", "b2": "kept for the current build", "b3": "deleted",
    }  # fmt: skip
    assert there(settings) == ["b2", "b4"]
    assert sorted(path.name for path in settings.runs_dir.iterdir()) == RUNS[3:]


def test_without_a_word_of_builds_none_goes(cli: Cli, settings: Settings) -> None:
    pruned(cli, settings, "--keep-runs", "1")
    assert there(settings) == ["b1", "b2", "b3", "b4"]


def test_the_run_that_the_next_one_is_compared_with_stays(cli: Cli, settings: Settings) -> None:
    record(settings, RUNS[0], None, "running")
    for run in RUNS[2:]:
        record(settings, run, None, "failed")
    assert pruned(cli, settings, "--keep-runs", "1") == {
        RUNS[0]: "kept for it has not ended",
        RUNS[1]: "kept for the next run, which is compared with it",
        RUNS[2]: "deleted",
        RUNS[3]: "deleted",
    }


def test_a_folder_without_a_record_is_not_a_run(cli: Cli, settings: Settings) -> None:
    (settings.runs_dir / "20260101T000000Z-notes").mkdir()
    pruned(cli, settings, "--keep-runs", "5")
    assert (settings.runs_dir / "20260101T000000Z-notes").is_dir()


def test_a_run_of_which_a_deletion_was_interrupted_is_found_again(settings: Settings) -> None:
    """Its record goes last, as the file of a build does."""
    [first] = old_runs(settings, 4)
    assert first.paths[-1] == settings.runs_dir / RUNS[0]
    assert settings.runs_dir / RUNS[0] / runs.RECORD not in first.paths
    [build] = old_builds(settings, 3, {})
    assert [path.name for path in build.paths] == ["b1.checks.json", "b1.duckdb"]


def test_what_something_refers_to_is_refused(settings: Settings) -> None:
    [build] = old_builds(settings, 3, {"b1": "a run"})
    with pytest.raises(InputError, match="build b1 may not be deleted"):
        delete(settings, [build])
    assert there(settings) == ["b1", "b2", "b3", "b4"]


def test_an_unfinished_fetch_goes_only_if_asked_for_and_not_while_it_runs(
    cli: Cli, settings: Settings
) -> None:
    making = settings.archive_dir / ".making"
    half = making / f"{CHICAGO}-0000" / "parts" / "page.json"
    whole = settings.archive_dir / ".partial" / CHICAGO / "abcd" / "17" / "2001" / "slice.json"
    other = settings.archive_dir / ".partial" / "chicago_crimes" / "abcd" / "slice.json"
    for path in (half, whole, other):
        path.parent.mkdir(parents=True)
        path.write_text("12345")
    pruned(cli, settings, "--keep-builds", "1")
    with FileLock(making / f"{CHICAGO}.lock"):
        said = pruned(cli, settings, "--unfinished")
    assert said == {CHICAGO: "kept for a fetch that is running"}
    assert half.is_file()
    result = cli(settings, "prune", CHICAGO, "--unfinished")
    said_in_short = "1 unfinished fetch with 10 bytes would be deleted; to delete them: --yes\n"
    assert result.stdout.endswith(said_in_short)
    assert pruned(cli, settings, CHICAGO, "--unfinished") == {CHICAGO: "deleted"}
    assert not half.exists()
    assert not whole.parents[2].exists()
    assert other.is_file()
