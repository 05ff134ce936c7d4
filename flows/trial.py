"""``crimeclaims try``: one test made of options instead of a claim file."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from checks.claim_amounts import Operand
from checks.claim_keys import models_by_kind
from checks.claim_models import ClaimFile
from checks.claims_file import check_claim_file
from datasets.errors import InputError, Problem
from datasets.yamlfile import YamlFile

Path_ = tuple[str, ...]

#: The id of the claim that is tried.
TRIED = "tried"
#: Keys that have a shorter name as an option, which is given once for each item of a list.
_SHORT = {
    "also_groups": "also-group",
    "also_measures": "also-measure",
    "definitions": "definition",
    "peer_groups": "peer-group",
    "places": "place",
    "stand_in_periods": "stand-in-period",
    "year": "period",
    "years": "window",
}
_TEST = ("claims", 0, "tests", 0)


def options_of(kind: str) -> dict[str, Path_]:
    """The options that make up a test of ``kind``, with the key of the test that each sets."""
    found: dict[str, Path_] = {}
    for name in models_by_kind()[kind].model_fields:
        if name in ("of", "to"):
            start = "" if name == "of" else "than-"
            for own in Operand.model_fields:
                if (name, own) != ("of", "period"):  # the period of the test serves this side
                    found |= _options(own, start, (name,))
        elif kind in ("change", "places") and name in ("start", "end"):
            found["from" if name == "start" else "to"] = (name,)
        elif name not in ("kind", "says"):
            found |= _options(name, "", ())
    return found


def _options(name: str, start: str, path: Path_) -> dict[str, Path_]:
    if name == "window":
        return {
            f"{start}from": (*path, name, "start"),
            f"{start}to": (*path, name, "end"),
            f"{start}window": (*path, name),
        }
    return {start + _SHORT.get(name, name.replace("_", "-")): (*path, name)}


def claim_file(
    kind: str, options: Mapping[str, Any], date: dt.date, said: str | None = None
) -> ClaimFile:
    """The claim that ``options`` (by name, without dashes) make up, said on ``date``.

    Raises InputError that names each option that is wrong, missing or does not go with ``kind``.
    """
    paths = options_of(kind)
    given = {name: value for name, value in options.items() if value not in (None, (), False)}
    strange = [f"--{name}" for name in given if name not in paths]
    if strange:
        raise InputError(
            f"{', '.join(strange)}: does not go with --kind {kind}, which takes: "
            + ", ".join(f"--{name}" for name in paths)
        )
    test: dict[str, Any] = {}
    lines: dict[tuple[Any, ...], int] = {_TEST[:n]: 0 for n in range(1, 5)}
    for number, (name, value) in enumerate(given.items(), start=1):
        for path, part in _parts(paths[name], _plain(paths[name][-1], value)):
            _set(test, path, part)
            lines[(*_TEST, *path)] = number
            lines.setdefault((*_TEST, *path[:1]), 0 if path[0] in ("of", "to") else number)
    if kind == "ratio":
        for name in _complete_ratio(test):
            lines[(*_TEST, "to", name)] = lines[(*_TEST, "of", name)]
    words = " ".join(f"{name} {_words(value)}" for name, value in given.items())
    said = said or f"{kind}: {words}"
    value = {
        "document": {
            "id": TRIED,
            "title": "A claim tried on the command line",
            "speaker": "somebody",
            "published": date,
            "outlet": "crimeclaims try",
            "kind": "speech",
        },
        "claims": [
            {
                "id": TRIED,
                "said": said,
                "tests": [{"kind": kind, "says": said[:300], **test}],
            }
        ],
    }
    try:
        return check_claim_file(YamlFile(Path(TRIED), value, lines))
    except InputError as error:
        names = ["", *given]
        told = [_told(p, names[p.line or 0], paths) for p in error.problems]
        raise InputError(
            "\n  ".join(dict.fromkeys(told)), next_step=f"see: crimeclaims new-claim {kind}"
        ) from error


def _plain(key: str, value: Any) -> Any:
    """What was typed, as a claim file would have it."""
    if isinstance(value, tuple):
        names = [_plain(key, item) for item in value]
        return names[0] if len(names) == 1 and key in ("place", "peer_group") else names
    if key in ("place", "places", "also_read_as"):  # "Chicago, IL" is chicago-il
        return re.sub(r"[^a-z0-9]+", "-", str(value).lower()).strip("-")
    return value


def _parts(path: Path_, value: Any) -> Iterator[tuple[Path_, Any]]:
    """A window given as 2013..2016 has two parts."""
    years = re.fullmatch(r"(\d{4})(?:\.\.|-)(\d{4})", str(value)) if path[-1] == "window" else None
    if years is None:
        yield path, value
    else:
        yield from (((*path, "start"), int(years[1])), ((*path, "end"), int(years[2])))


def _set(test: dict[str, Any], path: Path_, value: Any) -> None:
    *parents, last = path
    for parent in parents:
        inner = test.setdefault(parent, {})
        test = inner if isinstance(inner, dict) else {}
    test[last] = value


def _complete_ratio(test: dict[str, Any]) -> list[str]:
    """What is not said of the other side is as on this side; returns the keys of which it is so."""
    one, other = test.setdefault("of", {}), test.setdefault("to", {})
    copied = [name for name in ("places", "measure") if name in one and name not in other]
    same = "measure" in copied or one.get("measure") == other.get("measure")
    if same and "definitions" in one and "definitions" not in other:
        copied.append("definitions")
    other |= {name: one[name] for name in copied}
    test["same_measure"] = same
    return copied


def _told(problem: Problem, option: str, paths: Mapping[str, Path_]) -> str:
    """A problem of the claim as one of the options it was made of."""
    missing = next((name for name, path in paths.items() if path[-1] == problem.field), "")
    option = missing if problem.message == "is required" else option
    message = problem.message
    if message.startswith("Input should be a valid string"):
        message = "is to be given once"
    if "is not a window of years" in message:  # checks/periods.py says how a file has it
        message = "is not a span of years, such as 2013..2016"
    for name, path in paths.items():
        message = message.replace(f'"{path[-1]}"', f"--{name}")
    hint = f' (did you mean "{problem.nearest}"?)' if problem.nearest else ""
    return f"{f'--{option}: ' if option else ''}{message}{hint}"


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
