"""The label rules, as a pure function of weights."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.readings import Tally
from checks.verdicts import LABEL_RULES, WEAKEST_FIRST, label_of, weakest


def tally(
    holds: float, fails: float, open_: float = 0, near: tuple[float, float] = (0, 0)
) -> Tally:
    return Tally(holds, fails, open_, *near)


@pytest.mark.parametrize(
    ("t", "label"),
    [
        (tally(9, 1), "supported"),
        (tally(8, 2), "conflicting"),
        (tally(1, 9), "refuted"),
        (tally(2, 8), "conflicting"),
        (tally(0, 0), "not_enough_evidence"),
        (tally(0, 0, 3), "not_enough_evidence"),
        (tally(1, 0, near=(1, 1)), "supported"),
        (tally(1, 0, near=(1, 2)), "conflicting"),  # cherry-picked
        (tally(0, 1, 1), "not_enough_evidence"),  # the open meaning may be true
        (tally(1, 0, 1), "not_enough_evidence"),  # or false
        (tally(1, 1, 1), "conflicting"),  # whatever the open meaning is
        (tally(0, 1, near=(9, 0)), "refuted"),  # what is false as said stays false
    ],
)
def test_labels_follow_the_published_rules(t: Tally, label: str) -> None:
    assert label_of("value", t) == label


def test_an_attribution_is_never_supported() -> None:
    assert label_of("attribution", tally(10, 0)) == "not_enough_evidence"


weights = st.floats(0, 100, allow_nan=False)


@given(weights, weights, weights, weights, weights)
def test_more_support_never_weakens_a_label(
    holds: float, fails: float, open_: float, near: float, far: float
) -> None:
    order = ["refuted", "conflicting", "supported"]
    before = label_of("value", tally(holds, fails, open_, (near, far)))
    after = label_of("value", tally(holds + fails, 0, open_, (near + far, 0)))
    if "not_enough_evidence" not in (before, after):
        assert order.index(after) >= order.index(before)


def test_a_claim_takes_the_label_of_its_weakest_test() -> None:
    assert weakest(["supported", "conflicting", "supported"]) == 1
    assert weakest(["conflicting", "not_enough_evidence"]) == 1
    assert weakest(["not_enough_evidence", "refuted"]) == 1


def test_every_label_has_a_rule_and_a_rank() -> None:
    assert {rule.label for rule in LABEL_RULES} == set(WEAKEST_FIRST)
