"""The validation gate: runs all checks on an unpublished build, says whether it may be published.

A build whose checks failed, or could not be run, is not published; the last good one stays.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from checks.validation.data_docs import Page, write_data_docs
from checks.validation.results import CheckResult, GateResult
from checks.validation.suites import Suite, applicable, load_suites, suite_files
from datasets.errors import GateClosed
from datasets.leftovers import CHECKS_SUFFIX, REJECTED
from datasets.settings import Settings
from datasets.warehouse import Build, Connection, reader, write_atomically, writer

SHOWN_ROWS = 3
SHOWN_CHECKS = 10


def suites_of(settings: Settings) -> list[Path]:
    """The files of all suites, the project's and those that datasets bring."""
    return suite_files(datasets_dir=settings.datasets_dir)


def checks_file(settings: Settings, build_id: str, *, rejected: bool = False) -> Path:
    """Where the outcomes of a build's checks are kept, as JSON."""
    folder = settings.builds_dir / REJECTED if rejected else settings.builds_dir
    return folder / f"{build_id}{CHECKS_SUFFIX}"


def validate(
    path: Path,
    build_id: str,
    settings: Settings,
    suites: Sequence[Suite] | None = None,
    docs: Path | None = None,
) -> GateResult:
    """Run the suites on the build at ``path``, which nobody else may have open.

    A dataset that the build was made without is not checked. Writes ``meta.check_result`` into that
    file, and everything to a JSON file. Raises GateClosed if a critical check fails or any check
    cannot run; InputError if a suite is not valid. ``docs``: a folder for Great Expectations' Data
    Docs, which are then written also if the gate closes.
    """
    own = settings.datasets_dir
    declared = load_suites(datasets_dir=own) if suites is None else list(suites)
    # Slow to import: only where something is validated, never on the way to a verdict.
    from checks.validation.gx_duckdb import VERSION, run_suites

    pages: list[Page] | None = None if docs is None else []
    with writer(settings, path) as con:
        results = run_suites(con, _applicable(con, declared, own), pages)
        _write(con, results)
    if docs is not None and pages is not None:
        write_data_docs(docs, build_id, pages, results)
    gate = GateResult(build=build_id, great_expectations=VERSION, results=tuple(results))
    closed = bool(gate.closed_by)
    report = checks_file(settings, build_id, rejected=closed)
    write_atomically(report, json.dumps(_document(gate), indent=1, ensure_ascii=False) + "\n")
    if closed:
        raise GateClosed(
            _message(gate),
            datasets=list(dict.fromkeys(result.suite for result in gate.closed_by)),
            reasons=[_reason(result) for result in gate.closed_by],
            next_step=f"see all checks and offending rows in {report}",
        )
    return gate


def document(settings: Settings, build: Build, docs: Path) -> Path:
    """Run the suites again on a published build, and only write its Data Docs; give their index."""
    from checks.validation.gx_duckdb import run_suites

    pages: list[Page] = []
    with reader(settings, build.path, sandboxed=False) as con:
        suites = load_suites(datasets_dir=settings.datasets_dir)
        results = run_suites(con, _applicable(con, suites, settings.datasets_dir), pages)
    return write_data_docs(docs, build.id, pages, results)


def _applicable(con: Connection, suites: Sequence[Suite], datasets_dir: Path) -> list[Suite]:
    """The suites for what was loaded into the build that ``con`` sees."""
    loaded = {row[0] for row in con.execute("SELECT dataset FROM meta.dataset").fetchall()}
    return applicable(suites, loaded, datasets_dir)


def _document(gate: GateResult) -> dict[str, Any]:
    value = gate.model_dump(mode="json")
    return {
        "build": gate.build,
        "gate": "closed" if gate.closed_by else "open",
        "counts": gate.counts,
        "closed_by": [result.check_id for result in gate.closed_by],
        "great_expectations": gate.great_expectations,
        "results": value["results"],
    }


def _write(con: Connection, results: Sequence[CheckResult]) -> None:
    con.begin()  # else each row is brought to the disk by itself
    con.execute("DELETE FROM meta.check_result")
    con.executemany(
        "INSERT INTO meta.check_result VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [
                *(r.suite, r.check_id, r.severity, r.outcome, r.reason, r.observed, r.n_offending),
                json.dumps(r.offending, ensure_ascii=False),
            ]
            for r in results
        ],
    )
    con.commit()


def _message(gate: GateResult) -> str:
    """Which checks closed the gate, why they are there, and the first rows that offend."""
    lines = [f"validation closed the gate: build {gate.build} is not published"]
    for result in gate.closed_by[:SHOWN_CHECKS]:
        lines.append(f"  {_reason(result)}")
        lines.append(f"    why it is checked: {' '.join(result.reason.split())}")
        lines += [f"    {_row(row)}" for row in result.offending[:SHOWN_ROWS]]
    if len(gate.closed_by) > SHOWN_CHECKS:
        lines.append(f"  and {len(gate.closed_by) - SHOWN_CHECKS} more")
    return "\n".join(lines)


def _reason(result: CheckResult) -> str:
    word = "could not run" if result.outcome == "error" else "failed"
    return f"{result.check_id} {word} on {result.table}: {result.observed}"


def _row(row: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.items())
