"""What changed between a run and the one before it: figures that moved, and verdicts that did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from checks.models import Verdict
from checks.run_diff import Data, Inputs, RunDiff, compare_runs
from datasets.vintages import Comparison, compare, vintages
from datasets.warehouse import Connection

#: How many of the figures that moved a run shows of each dataset.
FIGURES = 25


@dataclass(frozen=True)
class Earlier:
    """A run to compare with. ``inputs``: None if it did not record them."""

    run: str
    verdicts: tuple[Verdict, ...]
    inputs: Inputs | None


@dataclass(frozen=True)
class Changes:
    """What is different from run ``previous`` (None: there is none to compare with).

    ``moved``: for each dataset with a new vintage, the figures that moved. ``notes``: changes of
    data without two vintages to compare, in words.
    """

    previous: str | None
    diff: RunDiff | None
    moved: tuple[Comparison, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether the runs differ in nothing that is compared."""
        d = self.diff
        return d is not None and not (
            d.data or d.other or d.flips or d.reworded or d.added or d.removed
        )

    def to_dict(self) -> dict[str, Any]:
        """As ``vintages.json`` has it."""
        value = asdict(self)
        for of, comparison in zip(value["moved"], self.moved, strict=True):
            of["counts"] = comparison.counts
        return value


def changes_since(
    con: Connection, earlier: Earlier | None, verdicts: Sequence[Verdict], inputs: Inputs
) -> Changes:
    """What the ``verdicts`` of a run, made from ``inputs``, have that an ``earlier`` run had not.

    ``con``: the build they were made on. Figures are compared within it, as it has every vintage.
    """
    if earlier is None:
        return Changes(None, None)
    diff = compare_runs(earlier.verdicts, verdicts, (earlier.inputs, inputs))
    moved, notes = [], []
    in_build = {id_.partition("@")[0] for id_ in inputs.snapshots}
    for data in diff.data:
        known = vintages(con, data.dataset) if data.dataset in in_build else []
        two, note = _vintages_of(data, known)
        if two:
            moved.append(compare(con, data.dataset, *two, limit=FIGURES))
        if note:
            notes.append(note)
    return Changes(earlier.run, diff, tuple(moved), tuple(notes))


def _vintages_of(
    data: Data, known: Sequence[dt.date]
) -> tuple[tuple[dt.date, dt.date] | None, str | None]:
    """The newest vintage that was added and the newest before it that was there already.

    And what has to be said of that: why there are no two, or that they are not what they seem.
    """
    added = [dt.date.fromisoformat(day) for day in data.added]
    if not added:
        return None, str(data)
    later = max(added)
    earlier = max((day for day in known if day < later and day not in added), default=None)
    if earlier is None:
        return None, f"{data}: there is no vintage before it to compare with"
    if data.gone:
        return (earlier, later), f"{data}: what the build no longer has is not compared"
    return (earlier, later), None


def markdown(changes: Changes) -> str:
    """What changed as a few lines of Markdown; only words of this program and ids are in it."""
    if changes.diff is None:
        return "### What changed\n\nThere is no earlier run to compare with.\n"
    lines = [f"### What changed since run `{changes.previous}`", ""]
    if changes.nothing:
        return "\n".join([*lines, "Nothing: the same data, claims, method and verdicts.", ""])
    lines += [f"- {each.sentence}" for each in changes.moved]
    lines += [f"- {note}" for note in changes.notes]
    lines += [f"- {other}" for other in changes.diff.other]
    for name, claims in (("new", changes.diff.added), ("gone", changes.diff.removed)):
        if claims:
            lines.append(f"- claims that are {name}: {', '.join(claims)}")
    lines += ["", flips_sentence(changes.diff), ""]
    for flip in changes.diff.flips:
        labels = [label.replace("_", " ") for label in (flip.before, flip.after)]
        lines.append(f"- `{flip.claim}`: {labels[0]} → **{labels[1]}**: {'; '.join(flip.reasons)}")
    return "\n".join([*lines, ""])


def flips_sentence(diff: RunDiff) -> str:
    """How many labels flipped."""
    plural = "claim" if diff.compared == 1 else "claims"
    flips, reworded = len(diff.flips), len(diff.reworded)
    have, say = ("has" if flips == 1 else "have"), ("says" if reworded == 1 else "say")
    said = f"Of {diff.compared:,} {plural} in both runs {flips:,} {have} another label"
    if diff.reworded:
        said += f"; {reworded:,} with the same label {say} other figures or readings"
    return said + "."
