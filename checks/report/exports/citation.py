"""How to cite: a run as a citation file (Citation File Format 1.2), a claim as a line or BibTeX.

https://citation-file-format.github.io/. There is no DOI: what identifies a run is its id, and what
identifies its data the id of the build and the sha256 of each snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import yaml

from checks.models import Document
from checks.report.exports.links import address, claim_page
from checks.report.format import day, visible, web_address
from checks.report.sources import Snapshot, Source
from checks.report.view import LABELS, ClaimView
from datasets.settings import Publication

if TYPE_CHECKING:
    from checks.report import RunInfo

#: Who stands where a format demands an author and nobody signs: the program itself.
PROGRAM = "crimeclaims"


def citation_file(run: RunInfo, sources: Sequence[Source], publication: Publication) -> str:
    """``CITATION.cff`` of a run; its references are the snapshots that its verdicts used."""
    versions = ", ".join(f"{name} {version}" for name, version in sorted(run.versions.items()))
    as_of = f"as of {run.as_of.isoformat()}" if run.as_of else "as of everything in the build"
    value: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "Cite the run, as verdicts can change with the data, and the data behind it.",
        "type": "dataset",
        "title": "Claims about crime, checked against public data",
        "abstract": f"Verdicts of run {run.run_id}, {as_of}. Made by {versions or PROGRAM}.",
        "authors": [_entity(publication.publisher or PROGRAM, publication.publisher_url)],
        "version": run.run_id,
        "date-released": run.started.date().isoformat(),
        "identifiers": [
            {"type": "other", "value": run.run_id, "description": "Id of the run"},
            {
                "type": "other",
                "value": run.build,
                "description": "Id of the build: a hash of the data, declarations and SQL in it",
            },
        ],
        "license": "Apache-2.0",
        "url": publication.site_url,
        "references": [
            _reference(source, snapshot) for source in sources for snapshot in source.used
        ],
    }
    kept = {key: said for key, said in value.items() if said}
    return yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=100)


def _entity(name: str, url: str | None) -> dict[str, str]:
    website = web_address(url)
    return {"name": name, **({"website": website} if website else {})}


def _reference(source: Source, snapshot: Snapshot) -> dict[str, Any]:
    value = {
        "type": "data",
        "title": f"{source.title}: {source.table}" if source.table else source.title,
        "authors": [_entity(source.publisher, source.publisher_url)],
        "version": snapshot.vintage.isoformat(),
        "date-published": snapshot.published.isoformat(),
        "date-accessed": snapshot.retrieved.isoformat(),
        "url": web_address(snapshot.source_url),
        "license-url": web_address(source.licence_url),
        "notes": f"{snapshot.snapshot_id}, sha256 {snapshot.sha256}; licence: {source.licence}",
    }
    return {key: said for key, said in value.items() if said}


def cite_claim(view: ClaimView, document: Document, run: RunInfo, publication: Publication) -> str:
    """One line that names who checked what, with which outcome, when, and on which data."""
    verdict = view.verdict
    said_by = f"{view.claim.speaker or document.speaker}, {day(document.published)}"
    parts = [
        f"{publication.publisher or PROGRAM} ({run.started.year}).",
        f"“{verdict.said}” ({said_by}): {LABELS[verdict.label].lower()}.",
        f"Claim {verdict.claim}, run {run.run_id} of {day(run.started.date())},",
        f"build {run.build}.",
        address(publication.site_url, claim_page(verdict.claim)),
    ]
    return str(visible(" ".join(part for part in parts if part)))


def bibtex(view: ClaimView, document: Document, run: RunInfo, publication: Publication) -> str:
    """The same as an entry of BibTeX; what would be a command to TeX is spelt as text."""
    verdict = view.verdict
    said_by = view.claim.speaker or document.speaker
    fields = {
        "author": f"{{{_tex(publication.publisher or PROGRAM)}}}",
        "title": f"{{``{_tex(verdict.said)}''}}",
        "year": str(run.started.year),
        "month": str(run.started.month),
        "note": _tex(
            f"{LABELS[verdict.label]}. Said by {said_by}, {day(document.published)}. "
            f"Claim {verdict.claim}, run {run.run_id}, build {run.build}"
        ),
        "url": address(publication.site_url, claim_page(verdict.claim)),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{PROGRAM}-{verdict.claim}-{run.build},", *lines, "}", ""])


#: No escaped braces: BibTeX counts them like any others.
_TEX = {
    **{char: f"\\{char}" for char in "$&#_%"},
    "{": "\\textbraceleft{}",
    "}": "\\textbraceright{}",
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
}


def _tex(text: str) -> str:
    return "".join(_TEX.get(char, char) for char in " ".join(str(visible(text)).split()))
