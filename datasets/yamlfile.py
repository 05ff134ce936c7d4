"""YAML files of ours, read so that every value knows its line.

Aliases are refused (a file of a hundred bytes can otherwise unfold to gigabytes), and so are
duplicate keys (YAML would silently keep the last one) and absurd nesting.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from datasets.errors import InputError, Problem, nearest

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 50
MAX_DIGITS = 100
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Loc = tuple[Hashable, ...]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class YamlFile:
    """The plain value of a file and the line each part of it starts on (1-based)."""

    path: Path
    value: Any
    lines: dict[Loc, int]

    def line(self, loc: Iterable[Hashable]) -> int | None:
        """Line of the value at ``loc`` (keys and list positions), or of its nearest parent."""
        loc = tuple(loc)
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc)

    def problem(self, loc: Iterable[Hashable], message: str, *, near: str | None = None) -> Problem:
        loc = tuple(loc)
        field = next((str(k) for k in reversed(loc) if isinstance(k, str)), None)
        return Problem(str(self.path), message, self.line(loc), field, near)


def read_yaml(path: Path) -> YamlFile:
    """Parse ``path``. Raises InputError that names the file and the line of what is wrong."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError.at(path, f"cannot be read: {error.strerror}") from error
    if len(raw) > MAX_BYTES:
        raise InputError.at(path, f"is larger than {MAX_BYTES // 2**20} MB")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError.at(path, "is not UTF-8", line=line) from error
    lines: dict[Loc, int] = {}
    try:
        _refuse_depth(path, text)
        loader = Loader(text)
        try:
            value = _compose(loader, path, lines)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", None) or str(error).splitlines()[0]
        at = mark.line + 1 if mark else None
        raise InputError.at(path, f"is not valid YAML: {message}", line=at) from error
    return YamlFile(path, value, lines)


def _compose(loader: Any, path: Path, lines: dict[Loc, int]) -> Any:
    node = loader.get_single_node()
    return None if node is None else _construct(loader, node, path, (), lines, set())


def _refuse_depth(path: Path, text: str) -> None:
    """Refuse nesting on which the parser, which recurses in C, would overrun its stack and die."""
    brackets = text.count("[") + text.count("{")
    if max(brackets, 0, *map(len, text.splitlines())) <= 200:
        return  # nesting costs a bracket or a column, so it cannot be deep
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else None
            raise InputError.at(path, "is nested too deeply", line=line)


def _refuse_alias(path: Path) -> None:
    for event in yaml.parse(path.read_text(encoding="utf-8"), Loader=Loader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else None
            raise InputError.at(
                path, "aliases (*name) are not allowed: write the value out", line=line
            )


def _construct(
    loader: Any, node: yaml.Node, path: Path, loc: Loc, lines: dict[Loc, int], seen: set[int]
) -> Any:
    if id(node) in seen:  # the same node a second time: an alias
        _refuse_alias(path)
    seen.add(id(node))
    lines[loc] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = _scalar(loader, key_node, path, line, None)
            if not isinstance(key, str):
                raise InputError.at(path, f"key {key!r} is not a word", line=line)
            if key in mapping:
                raise InputError.at(path, "key is given twice", line=line, field=key)
            mapping[key] = _construct(loader, value_node, path, (*loc, key), lines, seen)
            lines[(*loc, key)] = line
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [
            _construct(loader, item, path, (*loc, position), lines, seen)
            for position, item in enumerate(node.value)
        ]
    return _scalar(loader, node, path, lines[loc], str(loc[-1]) if loc else None)


def _scalar(loader: Any, node: yaml.Node, path: Path, line: int, field: str | None) -> Any:
    """The value of a scalar. Raises InputError for one that its type cannot have.

    PyYAML's constructors raise whatever they stumble over: an unknown word of ``!!bool`` is a
    KeyError. A number of a thousand digits is none that anybody wrote, and slow to work with.
    """
    text = getattr(node, "value", "")
    if node.tag in _NUMBERS and len(text) > MAX_DIGITS:
        raise InputError.at(path, f"a number of {len(text):,} digits", line=line, field=field)
    try:
        return loader.construct_object(node)
    except (ValueError, ArithmeticError, LookupError, AttributeError, TypeError) as error:
        raise InputError.at(
            path, f"{text!r} is not possible: {error}", line=line, field=field
        ) from error


def validate(model: type[M], file: YamlFile, value: Any, loc: Loc = ()) -> M:
    """``value``, found at ``loc`` of ``file``, as a ``model``; else InputError with all faults."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise InputError(
            f"{file.path.name} is not valid:", problems=problems_of(model, file, error, loc)
        ) from error


def read_rows(model: type[M], path: Path) -> list[M]:
    """A file that is a list of ``model``: one of our published tables. Raises InputError."""
    file = read_yaml(path)
    if not isinstance(file.value, list):
        raise InputError.at(path, "is not a list of rows", line=1)
    return [validate(model, file, row, (number,)) for number, row in enumerate(file.value)]


def problems_of(
    model: type[BaseModel], file: YamlFile, error: ValidationError, loc: Loc = ()
) -> list[Problem]:
    """Pydantic's errors in a user's words, each with line and nearest valid word."""
    found = []
    for item in error.errors():
        if item["type"] == "too_short" and len(item["input"]) >= item["ctx"]["min_length"]:
            continue  # pydantic leaves out the faulty items, which have problems of their own
        where = _without_tags(file, (*loc, *item["loc"]), missing=item["type"] == "missing")
        words: list[str] = []
        message = item["msg"]
        if item["type"] == "extra_forbidden":
            words = sorted(_field_names(model, item["loc"][:-1]))
            message = f'unknown key "{item["loc"][-1]}"'
        elif item["type"] in ("literal_error", "enum"):
            words = [
                w.strip(" '\"") for w in item["ctx"]["expected"].replace(" or ", ",").split(",")
            ]
            message = f'"{item["input"]}" is not one of: {", ".join(words)}'
        elif item["type"] == "int_parsing":
            message = f'"{item["input"]}" is not a whole number'
        elif item["type"] == "date_from_datetime_inexact":  # a year is taken for seconds
            message = f'"{item["input"]}" is not a day: 2017-08-16'
        elif item["type"] == "missing":
            message = "is required"
        elif item["type"] == "value_error":
            message = str(item["ctx"]["error"])
        target = item["loc"][-1] if item["type"] == "extra_forbidden" else item["input"]
        near = nearest(str(target), words) if words else None
        found.append(file.problem(where, message, near=near))
    return found


def _without_tags(file: YamlFile, where: Loc, *, missing: bool) -> Loc:
    """Pydantic puts the name of a chosen union member into a location; the file has no such key.

    ``missing``: the last key is one that the file should have.
    """
    kept: Loc = ()
    for position, key in enumerate(where):
        rest = where[position + 1 : position + 2]
        known = (*kept, key) in file.lines
        if known and (*kept, *rest) in file.lines and (*kept, key, *rest) not in file.lines:
            known = not rest  # the tag "value" beside a key "value"
        if not isinstance(key, str) or known or (not rest and missing):
            kept = (*kept, key)
    return kept


def _field_names(model: type[BaseModel], loc: tuple[int | str, ...]) -> set[str]:
    """Field names of the model at ``loc`` below ``model`` (all members of a union together)."""
    models: set[type[BaseModel]] = {model}
    for key in loc:
        if isinstance(key, str):
            step = {
                m
                for current in models
                if key in current.model_fields
                for m in _models_in(current.model_fields[key].annotation)
            }
            models = step or models
    return {name for m in models for name in m.model_fields}


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {m for arg in get_args(annotation) for m in _models_in(arg)}
