"""What the keys of a claim file mean, and which words they take: from ``claim_keys.yml``."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

from checks.claim_models import ClaimFile, Test
from checks.claims_file import known_names
from checks.quantity import change_words, frequencies, hedges, quantifiers
from datasets.settings import CHECKS_DIR
from datasets.yamlfile import read_yaml, validate

Names = Literal[
    "place", "measure", "definition", "peer_group", "hedge", "frequency", "quantifier", "change"
]


class Key(BaseModel):
    """A key: its meaning, the table its words come from, and what a skeleton shows for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    meaning: str
    names: Names | None = None
    example: Any = None


class Kind(BaseModel):
    """A kind of test: its ``formula`` in words and an example, ``test``, of how it is ``said``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    formula: str
    said: str
    test: dict[str, Any]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: dict[str, tuple[Key, ...]]
    kinds: tuple[Kind, ...]


@lru_cache
def _table() -> _Table:
    file = read_yaml(CHECKS_DIR / "claim_keys.yml")
    return validate(_Table, file, file.value)


def models_by_kind() -> dict[str, type[BaseModel]]:
    """The model of each kind of test, in the order of ``claim_models.Test``."""
    models: tuple[type[BaseModel], ...] = get_args(get_args(Test)[0])
    return {get_args(model.model_fields["kind"].annotation)[0]: model for model in models}


def kinds() -> dict[str, Kind]:
    """The rows of the kinds, by name."""
    return {row.kind: row for row in _table().kinds}


def key(model: str, name: str) -> Key:
    """The row of a key of a model of ``claim_models``; keys of tests are shared by all kinds."""
    section = model if model in _table().keys else "Test"
    found = {row.key: row for row in _table().keys[section]}
    if name not in found:
        raise KeyError(f"checks/claim_keys.yml does not say what {section}.{name} means")
    return found[name]


def words_of(names: Names) -> dict[str, str]:
    """The words that a key may have, with what they stand for."""
    if names == "hedge":
        return {word: row.reason for word, row in hedges().items()}
    if names == "frequency":
        return {word: row.reason for word, row in frequencies().items()}
    if names == "quantifier":
        return {word: row.reason for word, row in quantifiers().items()}
    if names == "change":
        return {word: row.reason for word, row in change_words().items()}
    column = "name" if names == "place" else "title"
    return {name: row[column] for name, row in known_names(names).items()}


def models() -> list[type[BaseModel]]:
    """All models of a claim file that have keys: document, claim, tests and what is in them."""
    found: dict[str, type[BaseModel]] = {}
    waiting: list[Any] = [ClaimFile]
    while waiting:
        kind = waiting.pop(0)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if kind.__name__ not in found:
                found[kind.__name__] = kind
                waiting += [field.annotation for field in kind.model_fields.values()]
        else:
            waiting += get_args(kind)
    return list(found.values())
