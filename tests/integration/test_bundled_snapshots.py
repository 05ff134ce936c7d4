"""Bundled snapshots: what their manifests say, and that they can be made again from the sources."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from datasets.archive import list_snapshots, verify_bytes
from datasets.catalog import load_catalog
from datasets.settings import DATASETS_DIR, PROJECT_DIR, Settings

MAX_MEGABYTES = 15


BUNDLED = [name for name, dataset in load_catalog(DATASETS_DIR).items() if dataset.bundled]


@pytest.mark.parametrize("name", BUNDLED)
def test_bytes_are_those_of_the_manifest(tmp_path: Path, name: str) -> None:
    for snapshot in list_snapshots(Settings(var=tmp_path), load_catalog(DATASETS_DIR)[name]):
        verify_bytes(snapshot)
        manifest = snapshot.manifest
        assert manifest.vintage <= manifest.retrieved
        assert manifest.published <= manifest.retrieved
        assert len(manifest.origin) > 40
        assert len(manifest.vintage_basis) > 10


def test_chicago_homicides_have_three_vintages(tmp_path: Path) -> None:
    dataset = load_catalog(DATASETS_DIR)["chicago_homicides"]
    assert len(list_snapshots(Settings(var=tmp_path), dataset)) == 3


def test_the_bundled_data_stay_small() -> None:
    size = sum(path.stat().st_size for path in DATASETS_DIR.rglob("*") if path.is_file())
    assert size < MAX_MEGABYTES * 10**6


def test_no_victim_can_be_found_by_address_or_coordinates() -> None:
    forbidden = {
        "block",
        "address",
        "latitude",
        "longitude",
        "location",
        "victim_age",
        "victim_sex",
    }
    for dataset in load_catalog(DATASETS_DIR).values():
        assert not forbidden & {column.name for column in dataset.columns}


@pytest.mark.skipif(
    not os.environ.get("CRIMECLAIMS_REFERENCE_DATA"),
    reason="CRIMECLAIMS_REFERENCE_DATA does not name a folder with the publishers' files",
)
def test_the_sources_give_the_bundled_bytes_again(tmp_path: Path) -> None:
    from tests.reference import build_city, build_fbi

    build_fbi.main(tmp_path)
    build_city.build(tmp_path)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("snapshots/*/*"))
    bundled = sorted(
        path.relative_to(DATASETS_DIR) for path in DATASETS_DIR.glob("*/snapshots/*/*")
    )
    assert made == bundled
    for path in made:
        same = (tmp_path / path).read_bytes() == (DATASETS_DIR / path).read_bytes()
        assert same, (
            f"{path} differs; remake it with python -m tests.reference (see {PROJECT_DIR.name})"
        )
