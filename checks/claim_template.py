"""Skeletons of claim files, made from the models: every key with its meaning and its words."""

from __future__ import annotations

import inspect
import re
import textwrap
import types
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel

from checks.claim_keys import Key, key, kinds, models_by_kind, words_of
from checks.claim_models import Claim
from checks.models import Document
from checks.periods import Period
from datasets.errors import InputError

_WIDTH = 100
_ID = re.compile(r"^[a-z0-9][a-z0-9-]*$")
_HEAD = """\
# yaml-language-server: $schema=../schema/claims.schema.json
# A document and what was said in it. Put your own words in place of the examples; to use a key
# that stands behind a #, take the # away. Check the file with: crimeclaims check-claims FILE
"""
#: Tables too long to be listed in a comment.
_FILES = {
    "place": "datasets/reference/places.csv",
    "definition": "datasets/reference/definitions.csv",
}


def skeleton(kind: str, document: str | None = None) -> str:
    """A claim file with one claim that has one test of ``kind``; valid as it is.

    ``document``: the id of the document. Raises InputError for one that cannot be an id.
    """
    if document is not None and not _ID.match(document):
        raise InputError(
            f'--document: "{document}" is not a name of lower-case letters, digits and hyphens'
        )
    example = kinds()[kind]
    model = models_by_kind()[kind]
    chosen = {"id": document} if document else {}
    name = document or key("Document", "id").example
    lines = ["document:", *_block(Document, _required(Document) | chosen, 2), "", "claims:"]
    claim = {"id": f"{name}-1", "said": example.said}
    block = list(_block(Claim, claim, 4, leave_out=("tests",)))
    # The first key of a list item stands behind its dash.
    first = next(n for n, line in enumerate(block) if not line.lstrip().startswith("#"))
    lines += [line[2:] for line in block[:first]]
    lines += [f"  - {block[first][4:]}", *block[first + 1 :]]
    lines += [*_comment(key("Claim", "tests").meaning, 4), "    tests:"]
    about = (inspect.getdoc(model) or "").replace("``", "")
    lines += _comment(" ".join(about.split()), 6)
    lines += _comment(f"True if {example.formula}.", 6)
    lines.append(f"      - kind: {kind}")
    says = example.said.replace("[", "").replace("]", "")
    lines += _block(model, {"says": says, **example.test}, 8, leave_out=("kind",))
    return _HEAD + "\n".join(lines) + "\n"


def _required(model: type[BaseModel]) -> dict[str, Any]:
    fields = model.model_fields.items()
    return {name: key(model.__name__, name).example for name, f in fields if f.is_required()}


def _block(
    model: type[BaseModel],
    values: Mapping[str, Any],
    indent: int,
    *,
    leave_out: tuple[str, ...] = (),
    told: set[str] | None = None,
) -> Iterator[str]:
    """The keys of a model: those of ``values`` filled in, the others behind a #.

    ``told``: keys and tables that need no words any more, because they stand above.
    """
    told = set() if told is None else told
    for name, field in model.model_fields.items():
        if name in leave_out:
            continue
        row = key(model.__name__, name)
        if name not in told:
            yield from _comment(row.meaning + _allowed(field.annotation, row, told), indent)
        told |= {name, row.names or ""}
        inner = _model_in(field.annotation)
        if name in values and inner is not None and row.example is None:
            yield f"{' ' * indent}{name}:"
            yield from _block(inner, values[name], indent + 2, told=told)
            continue
        value = values.get(name, row.example)
        yield f"{' ' * indent}{'' if name in values else '#'}{name}: {_yaml(value)}"


def _comment(text: str, indent: int) -> list[str]:
    start = " " * indent + "# "
    return [start + line for line in textwrap.wrap(text, _WIDTH - len(start))]


def _allowed(annotation: Any, row: Key, told: set[str]) -> str:
    """What values a key takes, if its meaning does not say it."""
    words = [
        word
        for kind in _members(annotation)
        if get_origin(kind) is Literal
        for word in get_args(kind)
    ]
    if row.names in told:
        return " (names as above)"
    if row.names in _FILES:
        return f" (names: {_FILES[row.names]})"
    if row.names is not None:
        words = list(words_of(row.names))
    if words:
        return f" (one of: {', '.join(words)})"
    return (
        " (2016, a month: 2016-08, or days: 2017-01-01..2017-08-15)"
        if Period in _members(annotation)
        else ""
    )


def _members(annotation: Any) -> list[Any]:
    """The types that an annotation allows, also within lists."""
    if get_origin(annotation) in (Union, types.UnionType, tuple):
        return [m for arg in get_args(annotation) for m in _members(arg)]
    if hasattr(annotation, "__metadata__"):
        return _members(annotation.__origin__)
    return [annotation]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel) and member is not Period:
            return member
    return None


def _yaml(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)
    return text.removesuffix("...\n").strip()
