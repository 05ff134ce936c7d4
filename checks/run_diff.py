"""What two runs say differently about the same claims, and why: pure functions of what they left.

A verdict is a function of the claim, of the snapshots, of the day as of which they are read and of
the method (SQL, tables of weights and words, reference tables, code). ``Inputs`` names all four, so
that the reason of a flip is found by comparing them and not guessed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pydantic import Field

from checks.claim_models import ClaimFile
from checks.models import JOINED, Label, Model, Outcome, Verdict
from datasets.own_files import STAGING
from datasets.settings import CHECKS_DIR, REFERENCE_DIR, SQL_DIR

#: Folders of SQL that is asked when the verdicts are there.
_NOT_OF_VERDICTS = ("report", "lineage")

_OUTCOMES: dict[Outcome, str] = {
    "holds": "true",
    "fails": "not true",
    "undetermined": "undecided",
    "missing": "without a figure",
}


class Inputs(Model):
    """What the verdicts of a run were made from.

    ``snapshots``: ids. ``claims``: a hash of each claim as written, with the day it was made.
    ``method``: a hash of what else a verdict depends on; ``parts``: of each part of it, by name,
    empty for a run that did not record them. ``lake_snapshot``: the commit of the lake that has the
    build, if it is in one.
    """

    build: str
    lake_snapshot: int | None = None
    as_of: str | None
    snapshots: tuple[str, ...]
    claims: dict[str, str]
    method: str
    parts: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Data:
    """The snapshots of a dataset that only one of two builds has, as vintages (ISO dates)."""

    dataset: str
    added: tuple[str, ...]
    gone: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"vintage {day} is new" for day in self.added if day not in self.gone]
        parts += [f"vintage {day} has other bytes" for day in self.added if day in self.gone]
        parts += [f"vintage {day} is gone" for day in self.gone if day not in self.added]
        return f"{self.dataset}: {', '.join(parts)}"


@dataclass(frozen=True)
class Flip:
    """A claim with another label. ``reasons``: all that differs and can have made it."""

    claim: str
    said: str
    before: Label
    after: Label
    sentence_before: str
    sentence_after: str
    reasons: tuple[str, ...]
    datasets: tuple[str, ...]


@dataclass(frozen=True)
class RunDiff:
    """What differs between an earlier and a later run.

    ``data``: snapshots; ``other``: the remaining differences, in words. ``reworded``: claims that
    kept their label and have another sentence. ``compared``: how many claims both runs have.
    """

    data: tuple[Data, ...]
    other: tuple[str, ...]
    flips: tuple[Flip, ...]
    reworded: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    compared: int


def claim_digests(files: Iterable[ClaimFile]) -> dict[str, str]:
    """A hash of every claim: its words, tests and day. Left out is what no verdict needs."""
    unneeded = {"note", "speaker_is"}
    return {
        claim.id: _digest(
            str(file.document.published).encode(), claim.model_dump_json(exclude=unneeded).encode()
        )
        for file in files
        for claim in file.claims
    }


def method_parts(datasets_dir: Path) -> dict[str, str]:
    """What a verdict depends on beside data and claims, by name: versions of packages, and a hash
    of each file.
    """
    files = {name: _digest(path.read_bytes()) for name, path in _method_files(datasets_dir)}
    return {**{name: version(name) for name in ("crimeclaims", "duckdb")}, **files}


def method_digest(parts: Mapping[str, str]) -> str:
    """One hash of all parts of the method."""
    return _digest(*(f"{name} {said}".encode() for name, said in parts.items()))


def _method_files(datasets_dir: Path) -> list[tuple[str, Path]]:
    paths = [path for path in SQL_DIR.rglob("*.sql") if path.parent.name not in _NOT_OF_VERDICTS]
    paths += [*CHECKS_DIR.glob("*.py"), *CHECKS_DIR.glob("*.yml"), *REFERENCE_DIR.glob("*.csv")]
    paths += [*datasets_dir.glob("*/dataset.yml"), *datasets_dir.glob(f"*/{STAGING}")]
    return sorted((f"{path.parent.name}/{path.name}", path) for path in paths)


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)} ".encode() + part)
    return digest.hexdigest()[:16]


def changed_data(before: Inputs, after: Inputs) -> tuple[Data, ...]:
    """The datasets whose snapshots differ, by name."""
    added = sorted(set(after.snapshots) - set(before.snapshots))
    gone = sorted(set(before.snapshots) - set(after.snapshots))
    names = sorted({_dataset(id_) for id_ in (*added, *gone)})
    return tuple(
        Data(
            name,
            tuple(vintage_of(id_) for id_ in added if _dataset(id_) == name),
            tuple(vintage_of(id_) for id_ in gone if _dataset(id_) == name),
        )
        for name in names
    )


def _dataset(snapshot_id: str) -> str:
    return snapshot_id.partition("@")[0]


def vintage_of(snapshot_id: str) -> str:
    """The vintage in a snapshot's id, ``<dataset>@<vintage>#<digits>``."""
    return snapshot_id.partition("@")[2].partition("#")[0]


def compare_runs(
    before: Sequence[Verdict],
    after: Sequence[Verdict],
    made_from: tuple[Inputs | None, Inputs | None],
) -> RunDiff:
    """What the later verdicts say differently. ``made_from``: of the earlier and the later run;
    None for a run that did not record it: the reason of a flip is then said not to be known.
    """
    old, new = ({v.claim: v for v in verdicts} for verdicts in (before, after))
    both = [(old[claim], verdict) for claim, verdict in new.items() if claim in old]
    first, second = made_from
    data = changed_data(first, second) if first and second else ()
    other = _other(first, second)
    return RunDiff(
        data=data,
        other=other,
        flips=tuple(_flip(a, b, made_from, data, other) for a, b in both if a.label != b.label),
        reworded=tuple(b.claim for a, b in both if a.label == b.label and a.sentence != b.sentence),
        added=tuple(claim for claim in new if claim not in old),
        removed=tuple(claim for claim in old if claim not in new),
        compared=len(both),
    )


def _other(before: Inputs | None, after: Inputs | None) -> tuple[str, ...]:
    if before is None or after is None:
        return ("what one of the runs was made from is not known: it did not record it",)
    found = []
    if before.as_of != after.as_of:
        days = [inputs.as_of or "everything in the build" for inputs in (before, after)]
        found.append(f"read as of {days[0]} before, as of {days[1]} now")
    if before.method != after.method:
        found.append("the method changed: SQL, tables of words and weights, declarations or code")
    return tuple(found)


def _flip(
    before: Verdict,
    after: Verdict,
    made_from: tuple[Inputs | None, Inputs | None],
    data: Sequence[Data],
    other: Sequence[str],
) -> Flip:
    first, second = made_from
    used = _datasets(before) | _datasets(after)
    behind = [each for each in data if each.dataset in used]
    reasons = [*(_because(each, after) for each in behind), *other]
    datasets = tuple(each.dataset for each in behind)
    if first and second and first.claims.get(after.claim) != second.claims.get(after.claim):
        reasons, datasets = ["the claim itself was changed: its file says something else now"], ()
    return Flip(
        claim=after.claim,
        said=after.said,
        before=before.label,
        after=after.label,
        sentence_before=before.sentence,
        sentence_after=after.sentence,
        reasons=tuple(reasons or ["nothing that is recorded differs"]),
        datasets=datasets,
    )


def _because(data: Data, after: Verdict) -> str:
    """A change of data, and what came of the stated readings of what is new in it."""
    outcomes = Counter(
        reading.outcome
        for reading in after.readings
        if reading.stated
        and data.dataset in JOINED.split(reading.dataset)
        and str(reading.vintage) in data.added
    )
    said = ", ".join(f"{outcomes[o]} {words}" for o, words in _OUTCOMES.items() if outcomes[o])
    return f"{data} (of its stated readings: {said})" if said else str(data)


def _datasets(verdict: Verdict) -> set[str]:
    """Every dataset whose figures a verdict uses, also as what others were divided by."""
    found = {part for reading in verdict.readings for part in JOINED.split(reading.dataset)[::2]}
    return found | {
        key.partition("|")[0]
        for reading in verdict.readings
        for figure in reading.figures
        for key in figure.observation_keys
    }
