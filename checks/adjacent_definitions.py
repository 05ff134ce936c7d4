"""The published table of definitions that count the same thing: ``adjacent_definitions.yml``."""

from __future__ import annotations

from functools import lru_cache
from itertools import permutations
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from datasets.settings import CHECKS_DIR
from datasets.yamlfile import read_rows


class AdjacentDefinitions(BaseModel):
    """A row of the table: of these measures, each definition is a fair rewording of the others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    measures: frozenset[str]
    definitions: frozenset[str] = Field(min_length=2)
    reason: str


@lru_cache
def adjacent_definitions(
    path: Path = CHECKS_DIR / "adjacent_definitions.yml",
) -> tuple[AdjacentDefinitions, ...]:
    """All rows there are."""
    return tuple(read_rows(AdjacentDefinitions, path))


def adjacent_rows() -> list[dict[str, Any]]:
    """Rows of the table ``adjacent_definition`` of ``sql/readings``: one a measure and pair."""
    return [
        {"measure": measure, "definition": definition, "other": other}
        for row in adjacent_definitions()
        for measure in sorted(row.measures)
        for definition, other in permutations(sorted(row.definitions), 2)
    ]
