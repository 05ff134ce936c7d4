"""Claim files: read, and checked against models and reference tables, all problems at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from checks.claim_models import Claim, ClaimFile, Test
from checks.quantity import parse_quantity
from checks.same_places import overlapping
from datasets.errors import InputError, Problem, nearest
from datasets.reference_tables import named
from datasets.yamlfile import YamlFile, problems_of, read_yaml

#: Keys of a claim file whose values are names from a reference table.
_NAME_KEYS = {
    "place": "place",
    "places": "place",
    "also_read_as": "place",
    "measure": "measure",
    "also_measures": "measure",
    "peer_group": "peer_group",
    "peer_groups": "peer_group",
    "also_groups": "peer_group",
    "definitions": "definition",
}
_TABLES = {
    "place": "places",
    "measure": "measures",
    "peer_group": "peer_group_list",
    "definition": "definitions",
}


def known_names(kind: str) -> dict[str, dict[str, str]]:
    """The rows of a reference table (``place``, ``measure``, ``peer_group``) by name."""
    return named(_TABLES[kind], kind)


def read_claim_file(path: Path) -> ClaimFile:
    """One claim file. Raises InputError listing every problem with file, line and nearest word."""
    return check_claim_file(read_yaml(path))


def check_claim_file(file: YamlFile) -> ClaimFile:
    """What was read, as a claim file; else InputError with all problems."""
    problems: list[Problem] = list(_unknown_names(file, file.value, ()))
    claim_file: ClaimFile | None = None
    try:
        claim_file = ClaimFile.model_validate(file.value)
    except ValidationError as error:
        problems += problems_of(ClaimFile, file, error)
    if claim_file is not None:
        problems += _share_problems(file, claim_file)
        problems += _percent_problems(file, claim_file)
        problems += _sum_problems(file, claim_file)
        problems += _overlap_problems(file, claim_file)
    if problems or claim_file is None:
        problems.sort(key=lambda p: (p.line or 0, p.field or ""))
        raise InputError(f"{file.path} is not a valid claim file:", problems=problems)
    return claim_file


def read_claim_files(paths: Iterable[Path]) -> list[ClaimFile]:
    """Several claim files; a claim id or a document id used twice is an error."""
    files: list[ClaimFile] = []
    problems: list[Problem] = []
    seen: dict[tuple[str, str], Path] = {}
    read = lru_cache(maxsize=1)(read_yaml)  # once for all that is used twice in a file
    for path in paths:
        try:
            claim_file = read_claim_file(path)
        except InputError as error:
            problems += error.problems
            continue
        names = [
            ("document", claim_file.document.id),
            *(("claim", c.id) for c in claim_file.claims),
        ]
        for kind, name in names:
            if (kind, name) in seen:
                where = "in this file" if seen[kind, name] == path else f"in {seen[kind, name]}"
                problems.append(_duplicate(read(path), kind, name, where))
            seen[kind, name] = path
        files.append(claim_file)
    if problems:
        raise InputError("claim files are not valid:", problems=problems)
    return files


def load_claims(claims_dir: Path) -> list[ClaimFile]:
    """All claim files (``*.yml``) of a folder, in order of document date and id."""
    paths = sorted(claims_dir.glob("*.yml"))
    if not paths:
        raise InputError(f"there is no claim file (*.yml) in {claims_dir}")
    files = read_claim_files(paths)
    return sorted(files, key=lambda f: (f.document.published, f.document.id))


def select_claims(
    files: Sequence[ClaimFile], claim_ids: Sequence[str]
) -> list[tuple[ClaimFile, Claim]]:
    """The claims named, or all. Raises InputError with the nearest id for an unknown one."""
    claims = {claim.id: (file, claim) for file in files for claim in file.claims}
    unknown = [name for name in claim_ids if name not in claims]
    if unknown:
        hints = [(name, nearest(name, claims)) for name in unknown]
        words = [f'"{n}"' + (f' (did you mean "{near}"?)' if near else "") for n, near in hints]
        raise InputError(
            f"there is no claim {', '.join(words)}", next_step="list them with: crimeclaims claims"
        )
    return [claims[name] for name in claim_ids] if claim_ids else list(claims.values())


def _duplicate(file: YamlFile, kind: str, name: str, where: str) -> Problem:
    if kind == "document":
        return file.problem(("document", "id"), f'document "{name}" is also {where}')
    positions = [n for n, claim in enumerate(file.value["claims"]) if claim.get("id") == name]
    return file.problem(("claims", positions[-1], "id"), f'claim "{name}" is also {where}')


def _unknown_names(file: YamlFile, value: Any, loc: tuple[Any, ...]) -> Iterator[Problem]:
    """Walk a file for places, measures and peer groups that no reference table has."""
    if isinstance(value, dict):
        for key, inner in value.items():
            kind = _NAME_KEYS.get(key)
            if kind is None:
                yield from _unknown_names(file, inner, (*loc, key))
                continue
            listed = isinstance(inner, list)
            for position, name in enumerate(inner if listed else [inner]):
                where = (*loc, key, position) if listed else (*loc, key)
                if isinstance(name, str) and name not in known_names(kind):
                    yield _unknown(file, where, kind, name)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _unknown_names(file, inner, (*loc, position))


def _unknown(file: YamlFile, loc: tuple[Any, ...], kind: str, name: str) -> Problem:
    names = known_names(kind)
    same_start = sorted(n for n in names if n.startswith(f"{name}-"))
    message = f'"{name}" is not a known {kind.replace("_", " ")}'
    if kind == "place" and len(same_start) > 1:
        return file.problem(loc, f"{message}; which is meant: {', '.join(same_start)}?")
    near = same_start[0] if same_start else _nearest_name(kind, name)
    return file.problem(loc, message, near=near)


@lru_cache(maxsize=10_000)
def _nearest_name(kind: str, name: str) -> str | None:
    """Remembered: one wrong name can stand in ten thousand claims."""
    return nearest(name, known_names(kind))


def _tests(claim_file: ClaimFile) -> Iterator[tuple[tuple[Any, ...], Test]]:
    """The tests of a file, each with where it stands."""
    for c, claim in enumerate(claim_file.claims):
        for t, test in enumerate(claim.tests):
            yield ("claims", c, "tests", t), test


def _share_problems(file: YamlFile, claim_file: ClaimFile) -> Iterator[Problem]:
    for at, test in _tests(claim_file):
        if test.kind != "share":
            continue
        measure = test.measure
        if known_names("measure").get(measure, {}).get("kind", "share") != "share":
            yield file.problem((*at, "measure"), f'"{measure}" is not a share of a whole')


def _percent_problems(file: YamlFile, claim_file: ClaimFile) -> Iterator[Problem]:
    """A number in percent is of a measure in percent: "60%" is not 60 murders."""
    for at, test in _tests(claim_file):
        if test.kind not in ("value", "threshold"):
            continue
        unit = known_names("measure").get(test.measure, {}).get("unit", "percent")
        if unit != "percent" and parse_quantity(test.value, test.precision).percent:
            message = f'"{test.value}" is in percent, but "{test.measure}" in {unit}'
            yield file.problem((*at, "value"), message)


def _sum_problems(file: YamlFile, claim_file: ClaimFile) -> Iterator[Problem]:
    """Places taken together need a measure that adds up, or that divides sums which do."""
    for at, test in _tests(claim_file):
        grouped = getattr(test, "peer_groups", ()) or getattr(test, "peer_group", None)
        listed = getattr(test, "place", None)
        several = isinstance(listed, tuple) and len(listed) > 1
        if test.kind == "rank" or not (grouped or several):
            continue
        measure = str(getattr(test, "measure", ""))
        if known_names("measure").get(measure, {}).get("kind") == "change":
            message = f'"{measure}" is a change in percent, which places do not add up to'
            yield file.problem((*at, "measure"), message)


def _overlap_problems(file: YamlFile, claim_file: ClaimFile) -> Iterator[Problem]:
    """Places taken together must have nothing in common: it would be counted twice."""
    for at, test in _tests(claim_file):
        lists: dict[tuple[str, ...], Any] = {("place",): getattr(test, "place", ())}
        for name in ("of", "to"):
            lists[name, "places"] = getattr(getattr(test, name, None), "places", ())
        for loc, places in lists.items():
            for one, other in overlapping(places) if isinstance(places, tuple) else ():
                same = f'"{one}" is listed twice'
                message = f'"{one}" and "{other}" overlap: what they share would count twice'
                yield file.problem((*at, *loc), same if one == other else message)
