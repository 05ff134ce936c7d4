"""Years from which something else is counted by the same name: ``definition_breaks.yml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from checks.claims_file import known_names
from datasets.settings import CHECKS_DIR
from datasets.yamlfile import read_rows


class DefinitionBreak(BaseModel):
    """A row of the table: from ``first_year`` on something else is counted.

    ``before`` and ``after`` are the definitions that count one thing throughout. With them,
    ``sql/readings/7_breaks.sql`` finds what each figure counts, and the readings that compare what
    does not compare; they weigh less beside one that compares what does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    measures: frozenset[str]
    definitions: frozenset[str]
    datasets: frozenset[str]
    first_year: int
    before: str | None = None
    after: str | None = None
    reason: str

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.before is None) != (self.after is None):
            raise ValueError('"before" and "after" go together')
        return self

    def parts(self, figures: Iterable[Mapping[str, Any]]) -> bool:
        """Whether figures stand on both sides of the year."""
        years = [
            figure[end].year
            for figure in figures
            for end in ("period_start", "period_end")
            if figure["dataset"] in self.datasets
            and figure["definition"] in self.definitions
            and self.measures & _made_from(figure["measure"])
        ]
        return bool(years) and min(years) < self.first_year <= max(years)


def _made_from(measure: str) -> set[str]:
    """A measure and the measures it is derived from."""
    row = known_names("measure").get(measure, {})
    return {measure}.union(
        *(_made_from(row[side]) for side in ("numerator", "denominator") if row.get(side))
    )


@lru_cache
def definition_breaks(
    path: Path = CHECKS_DIR / "definition_breaks.yml",
) -> tuple[DefinitionBreak, ...]:
    """All breaks there are."""
    return tuple(read_rows(DefinitionBreak, path))


def break_rows() -> list[dict[str, Any]]:
    """Rows of the table ``definition_break`` of ``sql/readings``: one a measure, source and name.

    Only of breaks that say what is counted on either side.
    """
    return [
        {
            "id": known.id,
            "measure": measure,
            "total_measure": total,
            "dataset": dataset,
            "definition": definition,
            "first_year": known.first_year,
            "before": known.before,
            "after": known.after,
            # a change on the year before is made from that year too
            "years_before": int(row["kind"] == "change"),
        }
        for known in definition_breaks()
        if known.before is not None
        for measure, row in known_names("measure").items()
        for total in sorted(known.measures & _made_from(measure))
        for dataset in sorted(known.datasets)
        for definition in sorted(known.definitions)
    ]
