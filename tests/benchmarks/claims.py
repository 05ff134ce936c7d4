"""How many readings a second the engine computes, and how that compares with the plain ways.

    python tests/benchmarks/claims.py --claims 10000
    python tests/benchmarks/claims.py --curve [--all]

Makes N valid claims of all eleven kinds about real series (always the same ones), a build of the
bundled data unless ``--build`` names one, and computes all readings and labels. Then a sample of
the readings is worked out again by a query each and by loops in pandas, which must agree. Nothing
is asserted about seconds; the last line is JSON (ratios: how many times faster the engine is, a
reading). ``--curve`` shows how the cost grows with the claims, each size in its own process.

The yardstick changed in November 2026. Before, three claims in ten had no reading that decides
anything, as places, years and partners were drawn without regard to figures; now the claims are
about figures that exist (``claims_maker.py``). The old one gave, at 10,000 claims on an idle
machine, 462,102 readings in 4.99 s, query_per_reading_ratio 90.6, pandas_ratio 370.2 (indexed
22.2), and 821 MB at most.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from unittest import mock

import claims_baselines as baselines
from claims_maker import SEED, Maker, Numbered

from checks import readings
from checks.reading_rows import fetch_readings
from checks.readings import Tally, evaluate
from checks.verdicts import label_of
from datasets.build import load_and_transform, plan_build
from datasets.settings import Settings
from datasets.warehouse import Connection, reader, run_sql_file

CURVE = (100, 1_000, 10_000)


def make_build(path: Path) -> None:
    """A build of the bundled data, without its gate."""
    settings = Settings(var=path.parent / "var")
    load_and_transform(settings, plan_build(settings, []), path)


def timed_evaluate(
    con: Connection, claims: list[Numbered]
) -> tuple[float, dict[str, float], Counter[str]]:
    """Seconds from claims to labels, seconds of each SQL file, and the labels counted."""
    phases: dict[str, float] = {}

    def timed(con: Connection, path: Path) -> None:
        begin = time.perf_counter()
        run_sql_file(con, path)
        # a query that is run in slices is timed as one
        phases[path.name] = phases.get(path.name, 0.0) + time.perf_counter() - begin

    begin = time.perf_counter()
    with mock.patch.object(readings, "run_sql_file", timed):
        tallies = evaluate(con, claims, None)
    labels = Counter[str](label_of(test.kind, tallies.get(n, Tally())) for n, _, test in claims)
    whole = time.perf_counter() - begin
    phases["rows in, tallies out, labels"] = whole - sum(phases.values())
    return whole, phases, labels


def measure(build: Path, n_claims: int, n_sampled: int) -> dict[str, Any]:
    """Print everything about ``n_claims``; without a sample only the engine is measured."""
    result: dict[str, Any] = {"claims": n_claims}
    with (
        tempfile.TemporaryDirectory() as folder,
        reader(Settings(var=Path(folder)), build, sandboxed=False) as con,
    ):
        claims = Maker(con).claims(n_claims)
        seconds, phases, labels = timed_evaluate(con, claims)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        kinds = con.execute("""
            SELECT kind, count(*), count(*) FILTER (WHERE is_own) FROM (
                SELECT test_id, true AS is_own FROM weighed
                UNION ALL SELECT test_id, false FROM peer_reading)
            JOIN test USING (test_id) GROUP BY kind ORDER BY kind""").fetchall()
        found = sum(row[1] for row in kinds)
        speed = f"{found / seconds:,.0f} a second, {peak:,.0f} MB at most"
        print(f"{n_claims:,} claims: {found:,} readings in {seconds:.2f} s = {speed}")
        result |= {"readings": found, "seconds": round(seconds, 3)}
        result |= {"query_per_reading_ratio": None, "pandas_ratio": None, "peak_mb": round(peak)}
        if not n_sampled:
            return result
        print(
            "labels of the tests:",
            ", ".join(f"{count} {label}" for label, count in labels.most_common()),
        )
        print("readings (of the claims themselves, the others of their peers):")
        for kind, count, own in kinds:
            print(f"  {kind:<12} {count:>10,} ({own:,})")
        print("phases:")
        for name, value in sorted(phases.items(), key=lambda item: -item[1]):
            print(f"  {value / seconds:6.1%} {value:7.2f} s  {name}")
        sampled = baselines.sample(con, n_sampled, SEED)
        print(f"a reading at a time, on {len(sampled)} of them, with the same outcomes:")
        for name, prepare in (
            ("query_per_reading", baselines.query_a_reading),
            ("pandas", baselines.pandas_filters),
            ("pandas, indexed beforehand", baselines.pandas_index),
        ):
            each = baselines.readings_per_second(sampled, prepare(con))
            ratio = found / seconds / each
            print(f"  {each:10,.0f} a second: the engine is {ratio:,.1f} times as fast  {name}")
            if f"{name}_ratio" in result:
                result[f"{name}_ratio"] = round(ratio, 1)
        begin = time.perf_counter()
        rows = len(fetch_readings(con))
        fetching = time.perf_counter() - begin
        print(f"fetching the {rows:,} readings of the claims: {fetching:.2f} s, not counted above")
    return result


def curve(build: Path, sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    """Each size in a process of its own, so that none finds the memory of another."""
    found = []
    for size in sizes:
        command = [sys.executable, __file__, "--build", str(build), "--claims", str(size)]
        lines = subprocess.check_output([*command, "--sample", "0"], text=True).splitlines()
        print(lines[0], flush=True)
        found.append(json.loads(lines[-1]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="readings per second")
    parser.add_argument("--claims", type=int, default=1_000)
    parser.add_argument("--build", type=Path, help="a build's file; made if not given")
    parser.add_argument("--sample", type=int, default=300, help="readings the baselines repeat")
    parser.add_argument("--curve", action="store_true", help="100 to 10,000 claims")
    parser.add_argument("--all", action="store_true", help="the curve to 100,000")
    parser.add_argument("--make-build", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make_build:
        make_build(options.make_build)
        return
    with tempfile.TemporaryDirectory() as folder:
        build = options.build
        if build is None:
            build = Path(folder) / "bundled.duckdb"
            # in a process of its own: its memory is not the engine's
            subprocess.run([sys.executable, __file__, "--make-build", str(build)], check=True)
        if options.curve:
            sizes = (*CURVE, 100_000) if options.all else CURVE
            result: Any = curve(build, sizes)
        else:
            result = measure(build, options.claims, options.sample)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
