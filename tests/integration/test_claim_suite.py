"""The suite of claims against labels worked out by hand from the published figures.

``tests/golden/claim_labels.csv`` has the arithmetic of each. Where the engine is known to say
something else, ``engine_gap`` has the reason, and the test has to fail until the gap is closed.
The article and the speech have tests of their own (``test_bundled_claims.py``).
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from checks.claim_models import Claim, ClaimFile, Test
from checks.claims_file import load_claims, read_claim_file
from checks.models import Verdict
from datasets.settings import CHECKS_DIR

CLAIMS_DIR = CHECKS_DIR / "claims"
GOLDEN = Path(__file__).parents[1] / "golden" / "claim_labels.csv"
OWN_TESTS = {"dcnf-2017-08-16", "sessions-2017-08-16"}

with GOLDEN.open(encoding="utf-8", newline="") as golden_file:
    ROWS = {row["claim"]: row for row in csv.DictReader(golden_file)}
PAIRS = sorted(name.removesuffix("-true") for name in ROWS if name.endswith("-true"))


def cases() -> list[object]:
    return [
        pytest.param(
            name,
            marks=pytest.mark.xfail(strict=True, reason=row["engine_gap"])
            if row["engine_gap"]
            else (),
        )
        for name, row in ROWS.items()
    ]


@pytest.fixture(scope="module")
def files() -> list[ClaimFile]:
    return load_claims(CLAIMS_DIR)


@pytest.fixture(scope="module")
def claims(files: list[ClaimFile]) -> dict[str, Claim]:
    return {claim.id: claim for file in files for claim in file.claims}


@pytest.fixture(scope="module")
def verdicts(judged: list[Verdict]) -> dict[str, Verdict]:
    return {verdict.claim: verdict for verdict in judged}


@pytest.mark.parametrize("name", cases())
def test_the_label_is_the_one_worked_out_by_hand(name: str, verdicts: dict[str, Verdict]) -> None:
    assert verdicts[name].label == ROWS[name]["label"], ROWS[name]["arithmetic"]


@pytest.mark.parametrize("pair", PAIRS)
def test_a_true_claim_and_its_false_neighbour_differ(
    pair: str, verdicts: dict[str, Verdict]
) -> None:
    assert verdicts[f"{pair}-true"].label != verdicts[f"{pair}-false"].label
    assert verdicts[f"{pair}-false"].label == "refuted"


def test_every_claim_has_a_label_worked_out_by_hand(files: list[ClaimFile]) -> None:
    expected = {c.id for f in files if f.document.id not in OWN_TESTS for c in f.claims}
    assert set(ROWS) == expected
    assert all(row["arithmetic"] for row in ROWS.values())


@pytest.mark.parametrize("path", sorted(CLAIMS_DIR.glob("*.yml")), ids=lambda path: path.stem)
def test_a_claim_file_is_valid_and_named_after_its_document(path: Path) -> None:
    assert read_claim_file(path).document.id == path.stem


def test_the_suite_is_large_enough_and_has_every_kind(files: list[ClaimFile]) -> None:
    published = [c for f in files if f.document.speaker != "crimeclaims" for c in f.claims]
    twins = [c for f in files if f.document.speaker == "crimeclaims" for c in f.claims]
    assert len(published) >= 40
    assert len(twins) >= 20
    assert len(published) + len(twins) >= 80
    kinds = Counter(test.kind for claim in published + twins for test in claim.tests)
    assert set(kinds) == {get_args(m.model_fields["kind"].annotation)[0] for m in models()}
    twin_kinds = {test.kind for claim in twins for test in claim.tests}
    assert twin_kinds == set(kinds)


def models() -> tuple[type, ...]:
    union, _ = get_args(Test)
    return get_args(union)


def test_no_two_claims_are_the_same_sentence(claims: dict[str, Claim]) -> None:
    said = Counter(" ".join(claim.said.casefold().split()) for claim in claims.values())
    assert [sentence for sentence, n in said.items() if n > 1] == []


def test_a_sentence_that_no_data_can_settle_says_what_is_missing(
    claims: dict[str, Claim], verdicts: dict[str, Verdict]
) -> None:
    uncheckable = [claim for claim in claims.values() if claim.uncheckable]
    assert len(uncheckable) >= 10
    for claim in uncheckable:
        assert verdicts[claim.id].label == "not_enough_evidence"
        assert verdicts[claim.id].readings == ()
