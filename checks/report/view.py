"""The claims of a report in the order and grouping in which the page shows them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checks.caveats import Caveat, caveats
from checks.claim_models import Claim, ClaimFile
from checks.models import Document, Label, Outcome, Reading, TestResult, Verdict
from checks.report.strip import Axis, Strip, axes, strip
from datasets.errors import CrimeclaimsError, InputError, nearest

#: Labels from good news to no news, as words.
LABELS: dict[Label, str] = {
    "supported": "Supported",
    "refuted": "Refuted",
    "conflicting": "Conflicting",
    "not_enough_evidence": "Not enough evidence",
}
OUTCOMES: dict[Outcome, str] = {
    "holds": "Holds",
    "fails": "Does not hold",
    "undetermined": "Cannot tell",
    "missing": "Figures missing",
}
FITS = {
    "exact": "the place itself",
    "coextensive": "the agency that polices it",
    "wider": "covers more than the place",
    "part": "covers only part of the place",
}


@dataclass(frozen=True)
class Row:
    """A reading and its strip (None: nothing to draw)."""

    reading: Reading
    strip: Strip | None


@dataclass(frozen=True)
class Table:
    """Readings whose strips share ``axes``; ``counts`` of outcomes, none of them zero.

    ``together``: all of them, being several, can be shown on one strip, with one band and unit.
    """

    rows: tuple[Row, ...]
    axes: tuple[Axis, ...]
    counts: tuple[tuple[Outcome, int], ...]
    together: bool


@dataclass(frozen=True)
class TestView:
    """A test of a claim with its stated and nearby readings.

    Those that lack a figure stand apart: there can be many, and they decide nothing.
    """

    __test__ = False

    result: TestResult
    stated: Table
    stated_missing: Table
    nearby: Table
    nearby_missing: Table


@dataclass(frozen=True)
class ClaimView:
    claim: Claim
    verdict: Verdict
    caveats: tuple[Caveat, ...]
    tests: tuple[TestView, ...]


@dataclass(frozen=True)
class DocumentView:
    document: Document
    claims: tuple[ClaimView, ...]


def documents(
    verdicts: Sequence[Verdict], claim_files: Sequence[ClaimFile]
) -> tuple[DocumentView, ...]:
    """The documents that have verdicts, their claims in the order of the claim files.

    Raises CrimeclaimsError for a verdict whose claim is in no file, or whose words are not those of
    the file: it would put words into somebody's mouth.
    """
    by_claim = {verdict.claim: verdict for verdict in verdicts}
    if len(by_claim) != len(verdicts):
        raise CrimeclaimsError("two verdicts are of the same claim")
    found = []
    for file in claim_files:
        claims = tuple(
            _claim(claim, by_claim.pop(claim.id)) for claim in file.claims if claim.id in by_claim
        )
        if claims:
            found.append(DocumentView(file.document, claims))
    if by_claim:
        raise CrimeclaimsError(
            f"verdicts without a claim: {', '.join(sorted(by_claim))}",
            next_step="verify the claims anew: crimeclaims verify",
        )
    return tuple(found)


def tally(views: Sequence[DocumentView]) -> Mapping[Label, int]:
    """Number of claims by label, labels without a claim included."""
    counts = Counter(claim.verdict.label for view in views for claim in view.claims)
    return {label: counts[label] for label in LABELS}


def _claim(claim: Claim, verdict: Verdict) -> ClaimView:
    if claim.said != verdict.said:
        raise CrimeclaimsError(
            f"the verdict of claim {claim.id} is of other words than the claim file has",
            next_step=f"verify it anew: crimeclaims verify {claim.id}",
        )
    tests = []
    for result in verdict.tests:
        parts: dict[tuple[bool, bool], list[Reading]] = defaultdict(list)
        for reading in verdict.readings:
            if reading.test == result.test:
                parts[reading.stated, reading.outcome == "missing"].append(reading)
        tests.append(
            TestView(
                result,
                stated=_table(parts[True, False]),
                stated_missing=_table(parts[True, True]),
                nearby=_table(parts[False, False]),
                nearby_missing=_table(parts[False, True]),
            )
        )
    return ClaimView(claim, verdict, explain(verdict.caveats), tuple(tests))


def explain(ids: Sequence[str]) -> tuple[Caveat, ...]:
    """The caveats of ``ids`` in plain words, in their order.

    Raises InputError for an id without words: a report without it would look safer than it is.
    """
    known = caveats()
    for id_ in ids:
        if id_ not in known:
            near = nearest(id_, known)
            raise InputError(
                f'checks/caveats.yml has no words for the caveat "{id_}"'
                + (f' (did you mean "{near}"?)' if near else ""),
                next_step="add its title and text there",
            )
    return tuple(known[id_] for id_ in ids)


def _table(readings: Sequence[Reading]) -> Table:
    scales = axes(readings)
    counts = Counter(reading.outcome for reading in readings)
    rows = tuple(Row(reading, strip(reading, scales)) for reading in readings)
    bands = {row.strip.band if row.strip else None for row in rows}
    return Table(
        rows=rows,
        axes=scales,
        counts=tuple((outcome, counts[outcome]) for outcome in OUTCOMES if counts[outcome]),
        together=len(rows) > 3 and len(scales) == 1 and len(bands) == 1 and None not in bands,
    )
