"""The method in brief, read from the tables that verdicts are made with: it cannot go stale."""

from __future__ import annotations

from dataclasses import dataclass

from checks.attribution_bars import Bar, bars
from checks.quantity import (
    ChangeWord,
    Frequency,
    Hedge,
    change_words,
    frequencies,
    hedges,
    quantifiers,
)
from checks.verdicts import LABEL_RULES
from checks.weights import weights


@dataclass(frozen=True)
class LabelRule:
    label: str
    rule: str
    reason: str


@dataclass(frozen=True)
class WeightRule:
    """A factor of a stated reading's weight."""

    aspect: str
    word: str
    weight: float
    reason: str


@dataclass(frozen=True)
class Method:
    labels: tuple[LabelRule, ...]
    weights: tuple[WeightRule, ...]
    hedges: tuple[Hedge, ...]
    frequencies: tuple[Frequency, ...]
    quantifiers: tuple[Hedge, ...]
    changes: tuple[ChangeWord, ...]
    attribution: tuple[Bar, ...]


def method() -> Method:
    """Labels with their rules, weights, words and bars of attributions, as the code uses them."""
    return Method(
        labels=tuple(LabelRule(rule.label, rule.rule, rule.reason) for rule in LABEL_RULES),
        weights=tuple(
            WeightRule(aspect, word, row.weight, row.reason)
            for (aspect, word), row in weights().items()
        ),
        hedges=tuple(hedges().values()),
        frequencies=tuple(frequencies().values()),
        quantifiers=tuple(quantifiers().values()),
        changes=tuple(change_words().values()),
        attribution=tuple(bars().values()),
    )
