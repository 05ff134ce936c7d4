"""``crimeclaims explain``: one claim, from its words to the publishers' files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from checks import verify as engine
from checks.claim_keys import kinds
from checks.claim_models import Claim, ClaimFile
from checks.claims_file import select_claims
from checks.models import Document, Verdict
from checks.readings import sql_files, sql_name
from checks.report.sources import Source, Warehouse
from datasets.settings import Settings
from datasets.warehouse import current_build, reader


@dataclass(frozen=True)
class Explanation:
    """A verdict with everything it rests on. ``sql``: the files that compute its readings."""

    document: Document
    claim: Claim
    verdict: Verdict
    sql: tuple[Path, ...]
    sources: tuple[Source, ...]
    warehouse: Warehouse

    @property
    def formulas(self) -> dict[str, str]:
        """When a test is true, in words, for each kind that the claim has."""
        return {test.kind: kinds()[test.kind].formula for test in self.claim.tests}

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it; sources without the snapshots that this claim does not use."""
        sources = [asdict(source) for source in self.sources]
        return {
            "document": self.document.model_dump(mode="json"),
            "verdict": self.verdict.model_dump(mode="json"),
            "formulas": self.formulas,
            "sql": [sql_name(path) for path in self.sql],
            "sources": [{k: v for k, v in s.items() if k != "unused"} for s in sources],
        }


def explanation(
    settings: Settings,
    claim_id: str,
    as_of: dt.date | None,
    files: Sequence[ClaimFile] | None = None,
) -> Explanation:
    """Verify one claim on the current build and look up its sources. Raises InputError.

    ``files``: where the claim is; those of the settings if None.
    """
    known = engine.claim_files(settings) if files is None else files
    [(file, claim)] = select_claims(known, [claim_id])
    build = current_build(settings)
    [verdict] = engine.verify(settings, [claim_id], as_of, build, known, full=True)
    with reader(settings, build.path) as con:
        warehouse = Warehouse(con, [verdict])
    sql = dict.fromkeys(path for test in claim.tests for path in sql_files(test.kind))
    used = tuple(source for source in warehouse.sources if source.used)
    return Explanation(file.document, claim, verdict, tuple(sql), used, warehouse)
