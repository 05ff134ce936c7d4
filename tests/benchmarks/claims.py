"""How many readings a second the engine computes, and how that compares with the plain ways.

    python tests/benchmarks/claims.py --claims 10000
    python tests/benchmarks/claims.py --curve [--all]

Makes N valid claims of all eleven kinds about real series (always the same ones), a build of the
bundled data unless ``--build`` names one, and computes all readings and labels. Then a sample of
the readings is worked out again by a query each and by loops in pandas, which must agree. Nothing
is asserted about seconds; the last line is JSON (ratios: how many times faster the engine is, a
reading). ``--curve`` shows how the cost grows with the claims, each size in its own process.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
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
from pydantic import TypeAdapter

from checks import readings
from checks.claim_models import Test
from checks.quantity import change_words, frequencies, hedges, quantifiers
from checks.readings import SQL_OF_KIND, Tally, evaluate, fetch_readings
from checks.verdicts import label_of
from datasets.build import load_and_transform, plan_build
from datasets.settings import Settings
from datasets.warehouse import Connection, reader, run_sql_file

SEED = 20170816
#: Claims of a document, which share its date.
CLAIMS_A_DOCUMENT = 10
CURVE = (100, 1_000, 10_000)
FIRST_DATE, LAST_DATE = dt.date(2012, 1, 1), dt.date(2024, 6, 30)

Numbered = tuple[int, dt.date, Test]


class Maker:
    """Makes valid claims about places, measures and years that have figures."""

    def __init__(self, con: Connection) -> None:
        self.random = random.Random(SEED)
        self.valid: TypeAdapter[Test] = TypeAdapter(Test)
        # place meant -> measure -> year -> figure; of several datasets any one will do
        self.figures: dict[tuple[str, str], dict[int, float]] = {}
        for place, measure, year, value in con.execute("""
            SELECT p.place, s.measure, s.year,
                any_value(s.value ORDER BY s.dataset, s.vintage, s.definition, s.place)
            FROM mart.series AS s
            JOIN (SELECT place, place AS source FROM core.place
                UNION ALL SELECT place, stands_in FROM core.place_fit) AS p ON p.source = s.place
            WHERE s.year IS NOT NULL AND s.value > 0
            GROUP BY ALL ORDER BY ALL""").fetchall():
            self.figures.setdefault((place, measure), {})[year] = value
        self.series = [key for key, years in self.figures.items() if len(years) > 3]
        # as people do: of the place with the n-th most sources, one n-th as often as of the first
        sources = dict(
            con.execute("""
                SELECT p.place, count(DISTINCT (s.dataset, s.vintage, s.definition))
                FROM mart.series AS s
                JOIN (SELECT place, place AS source FROM core.place
                    UNION ALL SELECT place, stands_in FROM core.place_fit) AS p
                    ON p.source = s.place
                GROUP BY p.place""").fetchall()
        )
        ranked = sorted(sources, key=lambda place: (-sources[place], place))
        self.often = {place: 1 / n for n, place in enumerate(ranked, start=1)}
        self.shares = [key for key in self.series if key[1] == "murder_clearance_rate"]
        self.groups: dict[str, list[str]] = {}
        for group, place in con.execute(
            "SELECT peer_group, place FROM core.peer_group ORDER BY ALL"
        ).fetchall():
            self.groups.setdefault(group, []).append(place)

    def claims(self, n: int) -> list[Numbered]:
        """``n`` claims of one test each: (number, date of the document, test)."""
        days = (LAST_DATE - FIRST_DATE).days
        made: list[Numbered] = []
        while len(made) < n:
            date = FIRST_DATE + dt.timedelta(days=self.random.randint(0, days))
            for _ in range(min(CLAIMS_A_DOCUMENT, n - len(made))):
                kind = list(SQL_OF_KIND)[len(made) % len(SQL_OF_KIND)]
                test = {"kind": kind, "says": f"claim {len(made)}", **self._fields(kind, date)}
                made.append((len(made), date, self.valid.validate_python(test)))
        return made

    def _fields(self, kind: str, date: dt.date) -> dict[str, Any]:
        pick, between = self.random.choice, self.random.randint
        group = pick(list(self.groups))
        if kind in ("rank", "contrast", "places"):
            members = set(self.groups[group])
            place, measure = self._subject([key for key in self.series if key[0] in members])
        else:
            place, measure = self._subject(self.shares if kind == "share" else self.series)
        figures = self.figures[place, measure]
        # mostly recent years, as people speak of them
        known = [year for year in figures if year < date.year] or list(figures)
        year = known[-min(int(self.random.expovariate(0.2)) + 1, len(known))]
        about: dict[str, Any] = {"place": place, "measure": measure}
        span = {"start": year - between(1, 9), "end": year}
        moved = {"direction": pick(["rising", "falling"])}
        if kind in ("value", "share") or (kind == "threshold" and between(0, 2)):
            return about | {"period": year} | self._quantity(figures[year])
        if kind == "threshold":
            often = {"window": span, "how_often": pick(list(frequencies()))}
            return about | often | self._quantity(figures[year])
        if kind == "ratio":
            other = pick([key[0] for key in self.series if key[1] == measure])
            to = self.figures[other, measure].get(year, figures[year])
            of, other_side = ({"places": [p], "measure": measure} for p in (place, other))
            sides = {"of": of, "to": other_side, "period": year}
            return sides | self._quantity(figures[year] / to)
        if kind == "change":
            periods = {"start": span["start"], "end": year}
            if between(0, 1):
                return about | periods | {"word": pick(list(change_words()))}
            percent = {"value": between(1, 60), "direction": pick(["up", "down"])}
            return about | periods | percent | {"hedge": pick(list(hedges()))}
        if kind == "record":
            window = pick([{"years": between(3, 40)}, {"since": year - between(2, 40)}])
            return about | window | {"year": year, "direction": pick(["highest", "lowest"])}
        if kind == "rank":
            bar: dict[str, Any] = pick([{"nth": between(1, 10)}, {"within": "1/4"}])
            where = {"period": year, "peer_group": group, "direction": pick(["highest", "lowest"])}
            return about | where | bar
        if kind == "contrast":
            return about | moved | {"peer_groups": [group], "window": span}
        if kind == "trend":
            whose = {"peer_groups": [group]} if not between(0, 4) else {"place": place}
            every = {"every_year": not between(0, 3)}
            return {"measure": measure, "window": span} | whose | moved | every
        if kind == "places":
            return {"measure": measure, "peer_group": group} | self._of_each(figures[year], year)
        cause = {"cause": "a new law", "cause_date": f"{year - between(0, 5)}-02-01"}
        others = {"peer_groups": [group]} if place in self.groups[group] else {}
        return about | moved | cause | others

    def _subject(self, series: list[tuple[str, str]]) -> tuple[str, str]:
        """A place, and one of the measures that it has."""
        places = sorted({place for place, _ in series})
        (chosen,) = self.random.choices(places, [self.often[place] for place in places])
        return self.random.choice([key for key in series if key[0] == chosen])

    def _of_each(self, figure: float, year: int) -> dict[str, Any]:
        """What is true of so many places: a movement to ``year``, or a level near ``figure``."""
        pick, between = self.random.choice, self.random.randint
        each: dict[str, Any] = {"period": year, pick(["above", "below"]): f"{figure:.3f}"}
        if between(0, 2):
            moved = pick(
                [{"direction": pick(["up", "down"])}, {"word": pick(list(change_words()))}]
            )
            each = {"start": year - between(1, 9), "end": year, **moved}
        if between(0, 1):
            return each | {"how_many": pick(list(quantifiers()))}
        said = pick([between(1, 40), f"{between(1, 99)}%", "1/3"])
        return each | {"value": said, "hedge": pick(list(hedges()))}

    def _quantity(self, figure: float) -> dict[str, Any]:
        """A number near the figure, at three digits, with a hedge."""
        near = figure * self.random.uniform(0.7, 1.3)
        digits = 0 if near >= 100 else 3
        return {"value": f"{near:.{digits}f}", "hedge": self.random.choice(list(hedges()))}


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
        print("labels:", ", ".join(f"{count} {label}" for label, count in labels.most_common()))
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
