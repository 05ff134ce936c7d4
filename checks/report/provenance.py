"""The way back from a claim's figures: which rows of which files they were read from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from checks.models import Verdict
from checks.report.sources import Snapshot, Source, Warehouse, figures

#: More ranges of rows than this are counted, not listed: each figure still names its own row.
MAX_RANGES = 12


@dataclass(frozen=True)
class Provenance:
    """A snapshot that a claim's figures were read from. ``figures``: how many of them.

    ``rows``: which data rows of its file, in words.
    """

    source: Source
    snapshot: Snapshot
    rows: str
    figures: int


def provenance(verdict: Verdict, warehouse: Warehouse) -> tuple[Provenance, ...]:
    """Every snapshot behind the figures of a verdict, the most used first."""
    known = {source.dataset: source for source in warehouse.sources}
    used: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    rows: dict[str, set[int]] = defaultdict(set)
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    for figure in figures(verdict.readings):
        for snapshot in warehouse.snapshots_of(figure):
            used[snapshot.snapshot_id].add(figure.observation_keys)
        for origin in warehouse.origins_of(figure):
            if origin.source_row:
                rows[origin.snapshot_id].add(origin.source_row)
            else:
                counted[origin.snapshot_id][origin.observation_key] = origin.n_rows
    found = [
        Provenance(
            source=known[warehouse.snapshots[id_].dataset],
            snapshot=warehouse.snapshots[id_],
            rows=_rows(rows[id_], counted[id_].values()),
            figures=len(keys),
        )
        for id_, keys in used.items()
    ]
    return tuple(sorted(found, key=lambda p: (-p.figures, p.snapshot.snapshot_id)))


def _rows(numbers: Iterable[int], counted: Iterable[int]) -> str:
    """``data rows 3, 7–9; and counts of rows that fit``, as far as both are there."""
    listed, counts = ranges(numbers), list(counted)
    said = []
    if len(listed) > MAX_RANGES:
        total = sum(last - first + 1 for first, last in listed)
        said.append(f"{total:,} data rows between {listed[0][0]:,} and {listed[-1][1]:,}")
    elif listed:
        texts = [f"{a:,}" if a == b else f"{a:,}–{b:,}" for a, b in listed]
        several = len(listed) > 1 or listed[0][0] != listed[0][1]
        said.append(f"data row{'s' if several else ''} {', '.join(texts)}")
    if counts:
        least, most = min(counts), max(counts)
        of = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        said.append(f"counted from {of} row{'' if most == 1 else 's'} each")
    return "; ".join(said) or "counted by day from all rows that fit"


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Whole numbers as ranges, first and last included.

    >>> ranges([3, 9, 8, 7, 3])
    [(3, 3), (7, 9)]
    """
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
