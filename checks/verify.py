"""Verify claims against a build: the way from claim files to verdicts.

Imports neither Prefect nor Great Expectations nor pandas: it runs in about a second.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from checks.caveats import TestEvidence, caveats_of
from checks.claim_models import Claim, ClaimFile
from checks.claims_file import load_claims, select_claims
from checks.closest import closest_true
from checks.describe import claim_sentence, comparison
from checks.evaluation import evaluated
from checks.models import Chance, Figure, Label, Reading, TestResult, Verdict
from checks.reading_rows import ReadingRow
from checks.readings import Tally, Uniqueness
from checks.verdicts import label_of, weakest
from datasets.settings import Settings
from datasets.warehouse import Build, opened

if TYPE_CHECKING:
    from checks.chance_figures import Background


def claim_files(settings: Settings) -> list[ClaimFile]:
    """All claim files of the settings' folder."""
    return load_claims(settings.claims_dir)


def verify(
    settings: Settings,
    claim_ids: Sequence[str] = (),
    as_of: dt.date | None = None,
    build: Build | None = None,
    files: Sequence[ClaimFile] | None = None,
    *,
    full: bool = False,
    with_readings: bool = True,
) -> list[Verdict]:
    """Verdicts of the claims named (or of all), in the order of their documents.

    ``as_of``: only data published by that day is used. ``build``: the current one if None.
    ``full``: also the chance checks, which import scipy, and uniqueness, which asks all peers.
    ``with_readings``: False leaves out the readings of the verdicts, for who shows none of them;
    ``full`` needs them.
    Raises InputError if there is no build, or a claim or claim file is not valid.
    """
    with_readings = with_readings or full
    selected = select_claims(claim_files(settings) if files is None else files, claim_ids)
    tests = [
        (number, file.document.published, test)
        for number, (file, test) in enumerate(
            (file, test) for file, claim in selected for test in claim.tests
        )
    ]
    with opened(settings, build) as (read, con):
        # a second connection would not have the lake attached
        threads = settings.threads if isinstance(read.path, Path) else 1
        found = evaluated(con, tests, as_of, full=full, to_show=with_readings, threads=threads)
    numbers = iter(range(len(tests)))
    return [
        judge(
            file,
            claim,
            [
                TestEvidence(test, found.rows[number], found.tallies.get(number, Tally()))
                for test, number in zip(claim.tests, numbers, strict=False)
            ],
            read,
            as_of,
            found.background,
            with_readings=with_readings,
        )
        for file, claim in selected
    ]


def judge(
    file: ClaimFile,
    claim: Claim,
    evidence: Sequence[TestEvidence],
    build: Build,
    as_of: dt.date | None,
    background: Background | None,
    *,
    with_readings: bool,
) -> Verdict:
    """The verdict of one claim from the readings of each of its tests.

    ``background``: what the chance check needs, with the readings; None: it is not made.
    """
    labels = [label_of(e.test.kind, e.tally) for e in evidence]
    deciding = weakest(labels) if labels else None
    own = None if deciding is None else evidence[deciding]
    label = "not_enough_evidence" if deciding is None else labels[deciding]
    readings = [
        [_reading(number, position, e, row) for position, row in enumerate(e.readings, start=1)]
        if with_readings
        else []
        for number, e in enumerate(evidence, start=1)
    ]
    results = tuple(
        TestResult(
            test=number,
            kind=e.test.kind,
            says=e.test.says,
            label=test_label,
            holds_share=_rounded(e.tally.holds_share),
            undetermined_share=round(e.tally.undetermined_share, 6),
            nearby_support=_rounded(e.tally.nearby_support),
            fairness=_rounded(e.tally.fairness),
            robustness=_rounded(e.tally.robustness),
            uniqueness=_rounded(e.tally.uniqueness.share if e.tally.uniqueness else None),
            peers=_peers(e.tally.uniqueness),
            peer_group=e.tally.uniqueness and e.tally.uniqueness.peer_group,
            closest_true=closest_true(e),
            counter_reading=_counter_reading(number, e, test_label),
            chance=background and _chance(e, readings[number - 1], background),
        )
        for number, (e, test_label) in enumerate(zip(evidence, labels, strict=True), start=1)
    )
    result = None if deciding is None else results[deciding]
    return Verdict(
        claim=claim.id,
        document=file.document.id,
        said=" ".join(claim.said.split()),
        label=label,
        sentence=claim_sentence(claim, own, label),
        holds_share=result and result.holds_share,
        undetermined_share=1.0 if result is None else result.undetermined_share,
        nearby_support=result and result.nearby_support,
        fairness=result and result.fairness,
        robustness=result and result.robustness,
        uniqueness=result and result.uniqueness,
        peers=result and result.peers,
        caveats=caveats_of(claim, evidence),
        closest_true=result and result.closest_true,
        counter_reading=result and result.counter_reading,
        chance=result and result.chance,
        tests=results,
        readings=tuple(reading for of_test in readings for reading in of_test),
        build=build.id,
        lake_snapshot=build.lake_snapshot,
        as_of=as_of,
    )


def _chance(e: TestEvidence, readings: Sequence[Reading], background: Background) -> Chance | None:
    from checks.chance import chance_of  # imported only when it is asked for

    return chance_of(e.test, readings, background)


def _peers(found: Uniqueness | None) -> str | None:
    if found is None:
        return None
    group = found.group[0].lower() + found.group[1:]
    return f"{found.n_true} of {found.n_peers} others ({group})"


def _counter_reading(number: int, e: TestEvidence, label: Label) -> str | None:
    """The reading that speaks most strongly against a label: stated before nearby, then by weight.

    Against ``supported`` and ``conflicting`` it is one that fails, against ``refuted`` one that
    holds; None if there is no such reading, and for a label that says nothing.
    """
    if label == "not_enough_evidence":
        return None
    against = "holds" if label == "refuted" else "fails"
    found = [(p, r) for p, r in enumerate(e.readings, start=1) if r.outcome == against]
    if not found:
        return None
    position, _ = max(
        found, key=lambda item: (item[1].stated, item[1].weight, abs(item[1].margin or 0), -item[0])
    )
    return f"{number}.{position}"


def _reading(number: int, position: int, e: TestEvidence, row: ReadingRow) -> Reading:
    return Reading(
        id=f"{number}.{position}",
        test=number,
        kind=e.test.kind,
        stated=row.stated,
        dataset=row.dataset,
        vintage=row.vintage,
        contemporaneous=row.contemporaneous,
        definition=row.definition,
        place=row.place,
        fit=row.fit,
        variant=row.variant,
        weight=round(row.weight, 6),
        figures=tuple(Figure(**_figure(f)) for f in row.figures),
        value=_rounded(row.value),
        unit=row.unit,
        low=_rounded(row.low),
        high=_rounded(row.high),
        comparison=comparison(e.test, row),
        holds={"holds": True, "fails": False}.get(row.outcome),
        outcome=row.outcome,
        why=row.why,
        margin=_rounded(row.margin),
        definition_break=row.definition_break,
        window_start=row.window_start,
        window_end=row.window_end,
        steps=row.steps,
        way=row.way,
        peer_group=row.peer_group,
        n_peers=row.n_peers,
    )


def _figure(figure: dict[str, Any]) -> dict[str, Any]:
    return figure | {"value": _rounded(figure["value"])}


def _rounded(value: float | None) -> float | None:
    """To ten significant digits: sums in parallel may differ in the last ones from run to run."""
    return None if value is None else float(f"{value:.10g}")


def schema() -> dict[str, Any]:
    """JSON Schema of what ``crimeclaims verify --format json`` prints."""
    return TypeAdapter(list[Verdict]).json_schema() | {
        "title": "Verdicts of crimeclaims verify",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
    }
