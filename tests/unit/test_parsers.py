"""Every parse.py can be loaded by its path alone, as fetching loads it, and has one function."""

from __future__ import annotations

import inspect
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from datasets.catalog import load_catalog
from datasets.settings import DATASETS_DIR

PARSERS = sorted(DATASETS_DIR.glob("*/parse.py"))


def test_there_are_parsers() -> None:
    assert len(PARSERS) >= 3
    assert {path.parent.name for path in PARSERS} <= load_catalog(DATASETS_DIR).keys()


@pytest.mark.parametrize("path", PARSERS, ids=lambda path: path.parent.name)
def test_a_parser_is_loaded_by_its_path(path: Path) -> None:
    spec = spec_from_file_location(f"loaded_by_path_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert list(inspect.signature(module.parse).parameters) == ["parts"]
    assert list(module.parse([])) == []
