"""The method in brief, read from the tables that verdicts are made with: it cannot go stale."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from checks import statistics, statistics_spans
from checks.adjacent_definitions import AdjacentDefinitions, adjacent_definitions
from checks.attribution_bars import Bar, bars
from checks.caveats import Caveat, caveats
from checks.claim_keys import Kind, kinds
from checks.definition_breaks import DefinitionBreak, definition_breaks
from checks.models import Reading, TestResult
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
class Explained:
    """A number that verdicts carry, or a function that makes one: what it is, and its source."""

    name: str
    meaning: str
    source: str = ""


@dataclass(frozen=True)
class Method:
    labels: tuple[LabelRule, ...]
    kinds: tuple[Kind, ...]
    numbers: tuple[Explained, ...]
    chance: tuple[Explained, ...]
    caveats: tuple[Caveat, ...]
    breaks: tuple[DefinitionBreak, ...]
    adjacent: tuple[AdjacentDefinitions, ...]
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
        kinds=tuple(kinds().values()),
        numbers=tuple(_numbers()),
        chance=tuple(_functions(statistics, statistics_spans)),
        caveats=tuple(caveats().values()),
        breaks=tuple(definition_breaks()),
        adjacent=adjacent_definitions(),
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


def _numbers() -> Iterator[Explained]:
    """The numbers of a test and of a reading, as the schema of the verdicts describes them."""
    for model in (TestResult, Reading):
        for name, field in model.model_fields.items():
            if field.description and field.annotation in (float, float | None):
                yield Explained(name, field.description)


def _functions(*modules: ModuleType) -> Iterator[Explained]:
    """The public functions of some modules, by their documentation: what, and after whom."""
    for module in modules:
        for name, function in vars(module).items():
            ours = inspect.isfunction(function) and function.__module__ == module.__name__
            if ours and not name.startswith("_"):
                text = (inspect.getdoc(function) or "").replace("``", "")
                first, rest = (" ".join(t.split()) for t in text.partition("\n\n")[::2])
                yield Explained(name.replace("_", " "), first, rest)
