"""The published table of weights of readings."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from datasets.settings import CHECKS_DIR
from datasets.yamlfile import read_yaml, validate


class Weight(BaseModel):
    """A factor of the weight of a reading, with its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: float = Field(gt=0, le=1)
    reason: str


@lru_cache
def weights(path: Path = CHECKS_DIR / "weights.yml") -> dict[tuple[str, str], Weight]:
    """Factors by (aspect, word), e.g. ``("fit", "part")``."""
    file = read_yaml(path)
    return {
        (aspect, word): validate(Weight, file, row, (aspect, word))
        for aspect, rows in file.value.items()
        for word, row in rows.items()
    }


def weight_rows() -> list[dict[str, Any]]:
    return [
        {"aspect": aspect, "word": word, "weight": row.weight}
        for (aspect, word), row in weights().items()
    ]
