"""What a run did, in numbers: read from what it left in its folder, when it ends.

What did not happen is not zero: a run that asked no publisher has no number of requests.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets.errors import InputError
from datasets.settings import SQL_DIR, Settings
from datasets.warehouse import current_build, reader
from flows import runs

METRICS = "metrics.json"


@dataclass(frozen=True)
class Metrics:
    """The numbers of one run. None, or nothing in it: the run did not come to that.

    ``phase_seconds``: how long each phase took. ``build_reused``: the current build was still
    right. ``rows_loaded``: of each dataset, into a new build. ``sources``: how many datasets were
    fetched, unchanged (asked, and what is archived is still right) and failed; ``requests`` and
    ``fetched_bytes`` are what asking took, ``archived_bytes`` what was new: tables and answers.
    ``claims``: by label. ``readings``: by outcome. ``checks``: of the gate, by outcome. ``flips``:
    claims with another label than in the run before. ``peak_memory_bytes``: of this process.
    """

    run: str
    outcome: str
    started: str
    ended: str | None
    build: str | None
    phase_seconds: dict[str, float]
    peak_memory_bytes: int
    build_reused: bool | None = None
    rows_loaded: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    requests: int | None = None
    fetched_bytes: int | None = None
    archived_bytes: int | None = None
    claims: dict[str, int] = field(default_factory=dict)
    readings: dict[str, int] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)
    flips: int | None = None

    @property
    def duration_seconds(self) -> float | None:
        """From the beginning of the run to its end, by the clock; None if it went back."""
        if self.ended is None:
            return None
        seconds = (
            dt.datetime.fromisoformat(self.ended) - dt.datetime.fromisoformat(self.started)
        ).total_seconds()
        return seconds if seconds >= 0 else None


def of_run(settings: Settings, run: runs.Run) -> Metrics:
    """Collect the numbers of a run that has ended. Raises OSError or ValueError for files of its
    folder that cannot be read.
    """
    folder = runs.folder(settings, run)
    asked = _read(folder / runs.SOURCES)
    verdicts = _read(folder / runs.VERDICTS)
    checks = _read(folder / runs.CHECKS)
    changes = _read(folder / runs.VINTAGES)
    built = run.outcome in ("published", "unchanged")
    return Metrics(
        run=run.run,
        outcome=run.outcome,
        started=run.started,
        ended=run.ended,
        build=run.build,
        phase_seconds=dict(run.seconds),
        peak_memory_bytes=peak_memory(),
        build_reused=run.outcome == "unchanged" if built else None,
        rows_loaded=_rows(settings, run) if run.outcome == "published" else {},
        sources=_counted(each["outcome"] for each in asked or ()),
        requests=_sum(asked, "requests"),
        fetched_bytes=_sum(asked, "bytes"),
        archived_bytes=_sum(asked, "archived_bytes"),
        claims=_counted(each["label"] for each in verdicts or ()),
        readings=_counted(r["outcome"] for each in verdicts or () for r in each["readings"]),
        checks=_counted(each["outcome"] for each in (checks or {"results": ()})["results"]),
        flips=len(changes["diff"]["flips"]) if changes and changes["diff"] else None,
    )


def peak_memory() -> int:
    """The most memory that this process has had, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _rows(settings: Settings, run: runs.Run) -> dict[str, int]:
    """Rows of each dataset in the build that the run published."""
    try:
        build = current_build(settings)
    except InputError:
        return {}
    if build.id != run.build:
        return {}
    with reader(settings, build.path) as con:
        found = con.execute(
            (SQL_DIR / "lineage" / "rows.sql").read_text(encoding="utf-8")
        ).fetchall()
    return dict(found)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _counted(words: Any) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def _sum(rows: list[dict[str, Any]] | None, name: str) -> int | None:
    return None if rows is None else sum(row[name] for row in rows)


def table(metrics: Metrics) -> list[dict[str, str]]:
    """Every number in a row of its own: what, of which, how many, in words for people."""
    rows: list[tuple[str, str, str]] = [("outcome", "", metrics.outcome)]
    rows += [("seconds", name, f"{value:.3f}") for name, value in metrics.phase_seconds.items()]
    single = {
        "peak memory, bytes": metrics.peak_memory_bytes,
        "requests": metrics.requests,
        "bytes fetched": metrics.fetched_bytes,
        "bytes archived": metrics.archived_bytes,
        "verdicts that flipped": metrics.flips,
    }
    rows += [(name, "", f"{value:,}") for name, value in single.items() if value is not None]
    if metrics.build_reused is not None:
        rows.append(("build", "", "reused" if metrics.build_reused else "new"))
    for name, counts in (
        ("sources", metrics.sources),
        ("rows loaded", metrics.rows_loaded),
        ("claims", metrics.claims),
        ("readings", metrics.readings),
        ("checks", metrics.checks),
    ):
        rows += [(name, of, f"{n:,}") for of, n in counts.items()]
    return [{"metric": name, "of": of, "value": value} for name, of, value in rows]
