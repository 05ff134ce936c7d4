"""What machines hand to each other: whole or not at all, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets import shared
from datasets.errors import InputError
from datasets.settings import Settings


def test_what_is_put_is_there_until_it_is_removed(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    shared.put(settings, "runs/1/a.json", b"old")
    shared.put(settings, "runs/1/a.json", b"\x00new")
    shared.put(settings, "runs/10/b", b"")
    assert shared.names(settings, "runs") == ["runs/1/a.json", "runs/10/b"]
    assert shared.get(settings, "runs/1/a.json") == b"\x00new"
    shared.remove(settings, "runs/1")
    assert shared.names(settings, "runs") == ["runs/10/b"]
    with pytest.raises(InputError, match="nothing is shared under the name runs/1/a"):
        shared.get(settings, "runs/1/a.json")


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/.b", "a\n", "ä"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="is not a name"):
        shared.put(Settings(var=tmp_path), name, b"")
