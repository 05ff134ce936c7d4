"""From readings to labels. Pure functions and the one table of thresholds, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checks.models import Label
from checks.readings import Tally

SUPPORTED_AT = 0.9
REFUTED_AT = 0.1
NEARBY_AT = 0.5


@dataclass(frozen=True)
class LabelRule:
    """What a label means; shown in every report."""

    label: Label
    rule: str
    reason: str


LABEL_RULES: tuple[LabelRule, ...] = (
    LabelRule(
        "supported",
        f"at least {SUPPORTED_AT:.0%} of the weight of stated readings holds, and at least "
        f"{NEARBY_AT:.0%} of nearby readings",
        "one odd reading in ten must not spoil a sound claim; a claim that most fair changes of "
        "wording would undo is not sound",
    ),
    LabelRule(
        "refuted",
        f"at most {REFUTED_AT:.0%} of the weight of stated readings holds, even if every meaning "
        "that could not be decided did",
        "a claim is refuted only if hardly any meaning of its words is true or may be",
    ),
    LabelRule(
        "conflicting",
        "in between, or the stated readings hold but most nearby ones do not",
        "the words are true in one sense and false in another, so the label says neither",
    ),
    LabelRule(
        "not_enough_evidence",
        "no stated reading can be decided, or a meaning that is left open could turn the label "
        "around, or the claim is an attribution",
        "missing figures are named; figures before and after never prove a cause",
    ),
)

#: A claim with several tests takes the label that comes first here.
WEAKEST_FIRST: tuple[Label, ...] = ("refuted", "not_enough_evidence", "conflicting", "supported")


def label_of(kind: str, t: Tally) -> Label:
    """The label of one test, by ``LABEL_RULES``."""
    if kind == "attribution" or t.holds_share is None:
        return "not_enough_evidence"
    total = t.holds + t.fails + t.open
    least, most = t.holds / total, (t.holds + t.open) / total
    if most <= REFUTED_AT:
        return "refuted"
    if least >= SUPPORTED_AT:
        fragile = t.nearby_support is not None and t.nearby_support < NEARBY_AT
        return "conflicting" if fragile else "supported"
    one_sided = not REFUTED_AT < t.holds_share < SUPPORTED_AT
    return "not_enough_evidence" if one_sided else "conflicting"


def weakest(labels: Sequence[Label]) -> int:
    """Position of the label that a claim with these tests takes (the first of the weakest)."""
    return min(range(len(labels)), key=lambda n: (WEAKEST_FIRST.index(labels[n]), n))
