"""Claims in shards: every claim once, put together to the byte, and nothing taken on trust."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from checks import verify as engine
from datasets import shared
from datasets.errors import CrimeclaimsError, InputError
from datasets.named_builds import named_build
from datasets.settings import Settings
from datasets.warehouse import current_build
from flows import shards
from flows.verdicts import verdicts_json

HOME = "runs/a-run"


@pytest.fixture
def here(built: Settings, tmp_path: Path) -> Settings:
    """Some bundled claims, the build, and a folder of its own for what is shared."""
    folder = tmp_path / "claims"
    folder.mkdir()
    for path in sorted(built.claims_dir.glob("sessions*.yml")):
        (folder / path.name).write_bytes(path.read_bytes())
    settings = replace(built, var=tmp_path / "var", claims_dir=folder)
    settings.var.mkdir()
    settings.builds_dir.symlink_to(built.builds_dir)
    return settings


def found_in(settings: Settings, size: int) -> tuple[list[shards.Shard], str, dict[str, int]]:
    build = current_build(settings)
    parts = shards.split(settings, HOME, size)
    elsewhere = replace(settings, claims_dir=settings.var / "no claims here")
    for part in parts:
        assert shards.verify(elsewhere, HOME, part.name, build, None) == len(part.claims)
    return parts, *shards.gather(settings, HOME, parts, build.id)


@pytest.mark.parametrize("size", [3, 1_000])
def test_shards_make_what_one_machine_makes(here: Settings, size: int) -> None:
    expected = engine.verify(here, full=True)
    parts, text, labels = found_in(here, size)
    assert len(parts) == -(-len(expected) // size)
    assert text == verdicts_json(expected)
    assert sum(labels.values()) == len(expected)


def test_a_shard_done_twice_is_the_same_bytes(here: Settings) -> None:
    [part] = shards.split(here, HOME, 1_000)
    build, name = current_build(here), shards.found_name(HOME, part.name)
    shards.verify(here, HOME, part.name, build, None)
    first = shared.get(here, name)
    shards.verify(here, HOME, part.name, build, None)
    assert shared.get(here, name) == first


def test_verdicts_of_other_claims_or_of_another_build_are_refused(here: Settings) -> None:
    parts, _, _ = found_in(here, 3)
    with pytest.raises(CrimeclaimsError, match="shard-0001 are not all of build other"):
        shards.gather(here, HOME, parts, "other")
    name = shards.found_name(HOME, parts[1].name)
    verdicts = json.loads(gzip.decompress(shared.get(here, name)))
    shared.put(here, name, gzip.compress(json.dumps(verdicts[1:]).encode()))
    with pytest.raises(CrimeclaimsError, match="shard-0002 are not of its claims"):
        shards.gather(here, HOME, parts, current_build(here).id)


def test_a_claim_file_that_is_wrong_is_told_before_any_worker_is_asked(here: Settings) -> None:
    (here.claims_dir / "wrong.yml").write_text("document: {id: x}\nclaims: []\n")
    with pytest.raises(InputError, match=r"wrong\.yml"):
        shards.split(here, HOME, 3)
    assert shared.names(here, HOME) == []


def test_a_build_that_is_not_there_is_refused_and_an_earlier_one_is_read(here: Settings) -> None:
    current = current_build(here)
    assert named_build(here, current.id) == current
    with pytest.raises(InputError, match=r"build nowhere is not in .* current build is"):
        named_build(here, "nowhere")
