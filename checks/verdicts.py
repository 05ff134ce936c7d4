"""From readings to labels. Pure functions and the one table of thresholds, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checks.models import Label
from checks.readings import ReadingRow

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

#: Kinds in which the window is itself a meaning of the words ("in 20 years").
WINDOW_IS_MEANING = frozenset({"record"})


@dataclass(frozen=True)
class Tally:
    """Weights of the readings of one test.

    ``open``: weight of meanings of the words for which no reading could be decided.
    """

    holds: float
    fails: float
    open: float
    nearby_holds: float
    nearby_fails: float

    @property
    def holds_share(self) -> float | None:
        """Weighted share of decided stated readings that hold; None if there is none."""
        decided = self.holds + self.fails
        return self.holds / decided if decided else None

    @property
    def undetermined_share(self) -> float:
        """Share of the weight of all meanings that is open; 1 if nothing could be decided."""
        total = self.holds + self.fails + self.open
        return self.open / total if total else 1.0

    @property
    def nearby_support(self) -> float | None:
        total = self.nearby_holds + self.nearby_fails
        return self.nearby_holds / total if total else None


def tally(kind: str, readings: Sequence[ReadingRow]) -> Tally:
    """Sum up the readings of one test.

    A source that lacks a figure does not count against a claim as long as another source decides
    the same meaning; a meaning that no source decides stays open.
    """
    meanings: dict[tuple[int, str], list[ReadingRow]] = {}
    for reading in readings:
        if reading.stated:
            window = reading.variant if kind in WINDOW_IS_MEANING else ""
            meanings.setdefault((reading.meaning, window), []).append(reading)
    open_weight = sum(
        max(reading.weight for reading in group)
        for group in meanings.values()
        if all(reading.outcome in ("undetermined", "missing") for reading in group)
    )

    def weight(stated: bool, outcome: str) -> float:
        return sum(r.weight for r in readings if r.stated is stated and r.outcome == outcome)

    return Tally(
        holds=weight(True, "holds"),
        fails=weight(True, "fails"),
        open=open_weight,
        nearby_holds=weight(False, "holds"),
        nearby_fails=weight(False, "fails"),
    )


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
