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
from checks.models import Document, Figure, Reading, Verdict
from checks.readings import sql_files
from checks.report import format as words
from checks.report.sources import Snapshot, Source, Warehouse
from datasets.settings import SQL_DIR, Settings
from datasets.warehouse import current_build, reader
from flows.output import clean, paragraph
from flows.verdicts import percent


@dataclass(frozen=True)
class Explanation:
    """A verdict with everything it rests on. ``sql``: the files that compute its readings."""

    document: Document
    claim: Claim
    verdict: Verdict
    sql: tuple[Path, ...]
    sources: tuple[Source, ...]

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
            "sql": [_sql_name(path) for path in self.sql],
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
        sources = Warehouse(con, [verdict]).sources([verdict])
    sql = dict.fromkeys(path for test in claim.tests for path in sql_files(test.kind))
    used = tuple(source for source in sources if source.used)
    return Explanation(file.document, claim, verdict, tuple(sql), used)


def to_text(found: Explanation, *, with_sql: bool) -> str:
    v, document = found.verdict, found.document
    said = f"{found.claim.speaker or document.speaker}, {document.outlet}, {document.published}"
    lines = [
        f"{v.claim}: {v.label.replace('_', ' ')}",
        paragraph(f"“{v.said}”", "  "),
        paragraph(f"{said}: {document.title} ({document.id})", "  "),
        *([paragraph(document.url, "  ")] if document.url else []),
        "",
        paragraph(v.sentence),
    ]
    facts = [
        ("readings that hold", percent(v.holds_share)),
        ("nearby wordings that hold", percent(v.nearby_support)),
        ("closest true statement", v.closest_true),
        ("chance", v.chance and v.chance.sentence),
        ("caveats", ", ".join(v.caveats) or None),
        ("note", found.claim.note),
        ("as of", v.as_of),
        ("build", v.build),
    ]
    facts += [(f"a test of kind {kind} is true if", text) for kind, text in found.formulas.items()]
    lines += [paragraph(f"{name}: {value}") for name, value in facts if value is not None]
    for stated, title in ((True, "Stated readings"), (False, "Nearby readings")):
        readings = [r for r in v.readings if r.stated is stated]
        lines += ["", f"{title} ({len(readings)})" if readings else f"{title}: none"]
        for reading in readings:
            lines += _reading(reading)
    lines += ["", "SQL", *(f"  {_sql_name(path)}" for path in found.sql or ())]
    if with_sql:
        for path in found.sql:
            lines += ["", f"-- {_sql_name(path)}", path.read_text(encoding="utf-8").rstrip()]
    lines += ["", "Sources" if found.sources else "Sources: none"]
    for source in found.sources:
        lines += _source(source)
    return "\n".join(lines) + "\n"


def _reading(r: Reading) -> list[str]:
    outcome = r.outcome.upper() if r.outcome != "missing" else "NO FIGURE"
    then = "public then" if r.contemporaneous else "published later"
    place = f"{r.place} ({r.fit})"
    head = f"{r.id} {outcome}  {r.kind}, {r.dataset} {r.vintage} ({then}), {r.definition}, {place}"
    texts = [r.variant, r.comparison, r.why]
    return [
        paragraph(head, "  "),
        *(paragraph(text, "      ") for text in texts if text),
        *(
            paragraph(_figure(figure), "      - ").replace("\n      - ", "\n        ")
            for figure in r.figures
        ),
    ]


def _figure(f: Figure) -> str:
    when = words.period(f.period_start, f.period_end)
    value = words.number(f.value, f.unit)
    return f"{f.role}: {value} ({f.measure}, {f.definition}, {f.place}, {when})"


def _source(source: Source) -> list[str]:
    return [
        "",
        paragraph(f"{source.dataset}: {source.publisher}, {source.table}", "  "),
        paragraph(f"{source.evidence} evidence; licence: {source.licence}", "    "),
        *(line for snapshot in source.used for line in _snapshot(snapshot)),
    ]


def _snapshot(s: Snapshot) -> list[str]:
    return [
        f"    vintage {s.vintage}, published {s.published}, retrieved {s.retrieved}",
        f"      sha256 {s.sha256}",
        f"      {clean(s.source_url)}",
    ]


def _sql_name(path: Path) -> str:
    return f"sql/{path.relative_to(SQL_DIR).as_posix()}"
