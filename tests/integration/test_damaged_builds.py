"""A build that is damaged, or of another format, is named with what to do; a run makes it anew."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from datasets.catalog import load_catalog
from datasets.settings import Settings
from datasets.warehouse import FORMAT, current_build, writer
from flows import steps
from tests.conftest import Cli
from tests.support_snapshots import make_settings

CHICAGO = "chicago_homicides"
SQL = "SELECT count(*) FROM mart.series"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    root = tmp_path_factory.mktemp("damaged")
    settings = make_settings(root, [CHICAGO], {CHICAGO: ("2018-03-04",)})
    steps.build(settings)
    return settings


@pytest.fixture
def settings(made: Settings, tmp_path: Path) -> Iterator[Settings]:
    shutil.copytree(made.var, tmp_path / "var")
    yield replace(made, var=tmp_path / "var")
    load_catalog.cache_clear()


def test_a_build_whose_head_is_damaged_is_named_and_made_anew(cli: Cli, settings: Settings) -> None:
    path = current_build(settings).path
    good = path.stat().st_size
    path.write_bytes(path.read_bytes()[: good // 2])
    result = cli(settings, "sql", SQL)
    assert result.returncode == 2
    assert f"build {path} " in result.stderr
    assert "crimeclaims run" in result.stderr
    assert steps.build(settings, fetched=False).made
    assert cli(settings, "sql", SQL).returncode == 0


def test_a_build_whose_blocks_are_damaged_is_named_with_the_next_step(
    cli: Cli, settings: Settings
) -> None:
    path = current_build(settings).path
    content = bytearray(path.read_bytes())
    content[3 * 4096 :] = bytes(~b & 0xFF for b in content[3 * 4096 :])
    path.write_bytes(content)
    result = cli(settings, "verify")
    assert result.returncode == 2, result.stderr
    assert f"build {path} " in result.stderr
    assert "crimeclaims run" in result.stderr
    path.unlink()  # the next step, for one that opens
    assert steps.build(settings, fetched=False).made


def test_a_build_of_another_format_is_refused_with_both_named(cli: Cli, settings: Settings) -> None:
    path = current_build(settings).path
    with writer(settings, path) as con:
        con.execute("UPDATE meta.build SET format = 1")
    result = cli(settings, "sql", SQL)
    assert result.returncode == 2
    assert f"is of format 1, this version of crimeclaims reads {FORMAT}" in result.stderr
    assert "next: make it anew with: crimeclaims run" in result.stderr
    assert steps.build(settings, fetched=False).made
    assert cli(settings, "sql", SQL).returncode == 0
