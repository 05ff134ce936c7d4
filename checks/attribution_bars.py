"""The published table of what the readings of an attribution are held against."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from datasets.settings import CHECKS_DIR
from datasets.yamlfile import read_rows


class Bar(BaseModel):
    """A row of ``attribution.yml``: a number with its unit and its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    value: float = Field(gt=0)
    unit: str
    reason: str


@lru_cache
def bars(path: Path = CHECKS_DIR / "attribution.yml") -> dict[str, Bar]:
    """All bars, by name."""
    return {row.name: row for row in read_rows(Bar, path)}


def bar_rows() -> list[dict[str, Any]]:
    return [{"name": bar.name, "amount": bar.value} for bar in bars().values()]
