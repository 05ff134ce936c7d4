"""What a report needs of a build: names, the way back of every figure, and check results."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from checks.models import JOINED, Figure, Reading, Verdict
from datasets.errors import CrimeclaimsError
from datasets.settings import SQL_DIR
from datasets.warehouse import Connection, literal

_MAX_NOTES = 2

#: What the strength of a dataset's evidence is called on the page.
EVIDENCE = {
    "primary": "Primary source: the publisher’s own data",
    "compiled": "Compiled: the publisher’s figures, put together by somebody else",
    "secondary": "Secondary evidence: single figures as quoted by somebody",
}


@dataclass(frozen=True)
class Snapshot:
    """The exact bytes of a dataset. ``bytes`` and ``rows`` are counts."""

    snapshot_id: str
    dataset: str
    vintage: dt.date
    vintage_basis: str
    published: dt.date
    retrieved: dt.date
    source_url: str
    origin: str
    covers_start: dt.date | None
    covers_end: dt.date | None
    file: str
    bytes: int
    sha256: str
    rows: int


@dataclass(frozen=True)
class Origin:
    """One observation behind a figure: the snapshot and row(s) it was read from."""

    observation_key: str
    snapshot_id: str
    status: str
    source_row: int | None
    n_rows: int
    note: str | None


@dataclass(frozen=True)
class CheckResult:
    suite: str
    check_id: str
    severity: str
    outcome: str
    reason: str
    observed: str | None
    n_offending: int | None


@dataclass(frozen=True)
class Source:
    """A dataset with its snapshots, those that the verdicts used apart; ``claims`` used them."""

    dataset: str
    title: str
    publisher: str
    publisher_url: str
    table: str
    url: str
    licence: str
    licence_url: str
    description: str
    evidence: str
    used: tuple[Snapshot, ...]
    unused: tuple[Snapshot, ...]
    claims: tuple[str, ...]

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """All of them, newest vintage first."""
        return tuple(sorted((*self.used, *self.unused), key=lambda s: s.vintage, reverse=True))

    @property
    def newest(self) -> Snapshot:
        return self.snapshots[0]


class Warehouse:
    """What a build says about the figures of some verdicts, read once."""

    def __init__(self, con: Connection, verdicts: Sequence[Verdict]) -> None:
        self.verdicts = tuple(verdicts)
        self.names = {(kind, id_): name for kind, id_, name in ask(con, "names")}
        self.snapshots = {row[0]: Snapshot(*row) for row in ask(con, "snapshots")}
        self.checks = tuple(CheckResult(*row) for row in ask(con, "checks"))
        keys = {key for v in verdicts for f in figures(v.readings) for key in f.observation_keys}
        found = ask(con, "observations", sorted(keys))
        self.origins = {row[0]: Origin(*row) for row in found}
        self._datasets = ask(con, "datasets")

    def name(self, kind: str, id_: str) -> str:
        """The name for people of a place, measure, definition or dataset; else the id itself.

        A reading that sets one place or dataset against another carries both: ``a ÷ b``, ``a + b``;
        of ``a ÷ a`` the name stands once.
        """
        parts = JOINED.split(id_)
        if len(set(parts[::2])) == 1:
            parts = parts[:1]
        return "".join(self.names.get((kind, part)) or part for part in parts)

    def parts(self, id_: str) -> list[str]:
        """The ids in ``a ÷ b``; of an ordinary id, itself."""
        return list(dict.fromkeys(JOINED.split(id_)[::2]))

    def origins_of(self, figure: Figure) -> tuple[Origin, ...]:
        return tuple(self.origins[k] for k in figure.observation_keys if k in self.origins)

    def notes_of(self, figure: Figure) -> tuple[str, ...]:
        """What the source says of a figure: shown if it is about this figure and not about many."""
        notes = dict.fromkeys(o.note for o in self.origins_of(figure) if o.note)
        return tuple(notes) if len(notes) <= _MAX_NOTES else ()

    def snapshots_of(self, figure: Figure) -> tuple[Snapshot, ...]:
        """The snapshots a figure was read from, newest first.

        Raises CrimeclaimsError if the build has none: a figure without a source is not printed.
        """
        ids = {origin.snapshot_id for origin in self.origins_of(figure)}
        if not ids:  # a span of days is counted in the snapshot itself
            at = (figure.dataset, figure.vintage)
            ids = {s.snapshot_id for s in self.snapshots.values() if (s.dataset, s.vintage) == at}
        if not ids:
            raise CrimeclaimsError(
                f"a figure of {figure.dataset}, vintage {figure.vintage}, has no snapshot",
                next_step="verify the claims anew on this build: crimeclaims verify",
            )
        return tuple(s for s in self.snapshots.values() if s.snapshot_id in ids)

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """All datasets of the build, those that the verdicts used first."""
        used: set[str] = set()
        claims: dict[str, list[str]] = defaultdict(list)
        for verdict in self.verdicts:
            datasets = {d for r in verdict.readings for d in self.parts(r.dataset)}
            for figure in figures(verdict.readings):
                snapshots = self.snapshots_of(figure)
                used |= {s.snapshot_id for s in snapshots}
                datasets |= {s.dataset for s in snapshots}
            for dataset in datasets:
                claims[dataset].append(verdict.claim)
        sources = []
        for row in self._datasets:
            own = [s for s in self.snapshots.values() if s.dataset == row[0]]
            here = tuple(s for s in own if s.snapshot_id in used)
            rest = tuple(s for s in own if s.snapshot_id not in used)
            sources.append(_source(row, here, rest, claims[row[0]]))
        return tuple(sorted(sources, key=lambda source: (not source.claims, source.dataset)))


@dataclass(frozen=True)
class Suite:
    """Number of checks of a suite by what came of them. ``warned``: failed, but not critical."""

    name: str
    passed: int
    warned: int
    failed: int
    errors: int


def suites(checks: Iterable[CheckResult]) -> tuple[Suite, ...]:
    """Check results counted by suite, in alphabetical order."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for check in checks:
        outcome = check.outcome
        if outcome == "fail" and check.severity != "critical":
            outcome = "warned"
        counts[check.suite][outcome] += 1
    return tuple(
        Suite(name, n["pass"], n["warned"], n["fail"], n["error"])
        for name, n in sorted(counts.items())
    )


def _source(
    row: tuple[str, ...],
    used: tuple[Snapshot, ...],
    unused: tuple[Snapshot, ...],
    claims: Sequence[str],
) -> Source:
    names = [field.name for field in fields(Source)]
    values: dict[str, Any] = dict(zip(names, row, strict=False))
    return Source(**values, used=used, unused=unused, claims=tuple(claims))


def figures(readings: Iterable[Reading]) -> list[Figure]:
    """All figures of some readings that have a value."""
    return [f for reading in readings for f in reading.figures if f.value is not None]


def ask(con: Connection, name: str, asked: list[Any] | None = None) -> list[Any]:
    """The rows of ``sql/report/<name>.sql``.

    ``asked`` is handed over as JSON in the variable ``name``: for a query with a parameter DuckDB
    imports pandas, which takes longer than the whole report.
    """
    if asked is not None:
        value = json.dumps(asked, default=dt.date.isoformat)
        con.execute(f"SET VARIABLE {name} = {literal(value)}")
    sql = (SQL_DIR / "report" / f"{name}.sql").read_text(encoding="utf-8")
    return con.execute(sql).fetchall()
