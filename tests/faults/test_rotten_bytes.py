"""Bytes that changed on disk are noticed even when the build they made is still current."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from datasets.build import make_build, plan_build, remove_half_written
from datasets.errors import GateClosed, InputError
from datasets.run_lock import run_lock
from datasets.settings import DATASETS_DIR, Settings


@pytest.mark.parametrize("damage", ["changed", "deleted", "shortened"])
def test_a_planned_build_reads_only_bytes_that_are_those_archived(
    tmp_path: Path, damage: str
) -> None:
    datasets = tmp_path / "datasets"
    shutil.copytree(DATASETS_DIR, datasets, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    settings = Settings(var=tmp_path / "var", datasets_dir=datasets)
    before = plan_build(settings, []).id
    assert plan_build(settings, []).id == before
    path = next((datasets / "cited_figures" / "snapshots").glob("*/figures.csv"))
    if damage == "deleted":
        path.unlink()
    else:
        text = path.read_text(encoding="utf-8")
        path.write_text(text[:-9] if damage == "shortened" else text.replace("1", "2", 1), "utf-8")
    with pytest.raises(InputError, match=r"figures\.csv: (has sha256|cannot be read)"):
        plan_build(settings, [])


def test_what_a_killed_run_left_half_made_is_removed_by_the_next(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    settings.builds_dir.mkdir(parents=True)
    left = settings.builds_dir / ".making-0123-4567.duckdb"
    left.write_bytes(b"half")
    plan = plan_build(settings, [])

    def closed(path: Path, build_id: str) -> None:
        raise GateClosed(f"{build_id} at {path.name} is not to be published")

    with run_lock(settings):
        remove_half_written(settings)
        with pytest.raises(GateClosed):
            make_build(settings, plan, closed)
    assert list(settings.builds_dir.iterdir()) == []
