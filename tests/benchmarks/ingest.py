"""What a table of millions of rows takes from its archive to a validated build: time and memory.

    python tests/benchmarks/ingest.py --rows 200000
    python tests/benchmarks/ingest.py --rows 8600000    # some minutes, 4 GB of disk

Makes a CSV file like the city portal's export of Chicago's crimes (22 columns, all quoted, widths
and missing values of the real one, always the same rows) and then, each in a process of its own:
archives it as the dataset's typed Parquet, makes a validated build of that snapshot, reads the CSV
into a table of a DuckDB file with nothing else, and reads a part of it with pandas into SQLite.
Nothing is asserted about seconds; the last line is JSON. ``bare_ratio``: the build over DuckDB's
bare read of the CSV; ``bare_ratio_with_archiving``: archiving and build over it. ``pandas_ratio``:
how many times longer pandas takes a row than the build, into SQLite; ``pandas_duckdb_ratio``: into
DuckDB through SQLAlchemy, on a smaller part; ``pandas_ratio_with_archiving``: into SQLite, than
archiving and build. ``gx_share``: of the build's time, its import left out, which
``gx_import_seconds`` says.

What is fair about pandas: ``pandas_ratio`` is the usual way, ``read_csv`` and ``to_sql``, into the
database that ``to_sql`` is quickest with, one without a server; it is the one to quote.
``pandas_duckdb_ratio`` has the same target as the build, but SQLAlchemy sends it row by row, for
which a database of columns is not made: it says more of that pair than of pandas. Both are of a
part of the rows, taken to cost the same each, as nothing is sorted or indexed; neither checks
anything, which the build does. What ends in ``_cpu`` is the same of the processors' seconds, which
other work on the machine stretches less.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datasets.archive import Manifest
from datasets.build import make_build, plan_build
from datasets.catalog import load_catalog
from datasets.keep import keep, making
from datasets.parquet import write_parquet
from datasets.settings import DATASETS_DIR, Settings
from datasets.warehouse import writer

NAME = "chicago_crimes"
FIRST, LAST = dt.date(2001, 1, 1), dt.date(2026, 8, 25)
VINTAGE = dt.date(2026, 9, 2)
PANDAS_ROWS = 300_000
PANDAS_DUCKDB_ROWS = 5_000

#: The rows: offenses in about their real proportions, the real shares of missing values.
ROWS = """
WITH offense AS (
    SELECT *, sum(weight) OVER w AS upto, sum(weight) OVER w - weight AS above
    FROM (VALUES
        ('0110', 'HOMICIDE', 'FIRST DEGREE MURDER', '01A', 2),
        ('0281', 'CRIMINAL SEXUAL ASSAULT', 'NON-AGGRAVATED', '02', 4),
        ('031A', 'ROBBERY', 'ARMED - HANDGUN', '03', 37),
        ('0430', 'BATTERY', 'AGGRAVATED - OTHER DANGEROUS WEAPON', '04B', 30),
        ('0460', 'BATTERY', 'SIMPLE', '08B', 90),
        ('0486', 'BATTERY', 'DOMESTIC BATTERY SIMPLE', '08B', 95),
        ('051A', 'ASSAULT', 'AGGRAVATED - HANDGUN', '04A', 20),
        ('0560', 'ASSAULT', 'SIMPLE', '08A', 52),
        ('0610', 'BURGLARY', 'FORCIBLE ENTRY', '05', 52),
        ('0820', 'THEFT', '$500 AND UNDER', '06', 110),
        ('0810', 'THEFT', 'OVER $500', '06', 70),
        ('0860', 'THEFT', 'RETAIL THEFT', '06', 40),
        ('0910', 'MOTOR VEHICLE THEFT', 'AUTOMOBILE', '07', 48),
        ('1310', 'CRIMINAL DAMAGE', 'TO PROPERTY', '14', 60),
        ('1320', 'CRIMINAL DAMAGE', 'TO VEHICLE', '14', 55),
        ('1811', 'NARCOTICS', 'POSSESS - CANNABIS 30 GRAMS OR LESS', '18', 90),
        ('2825', 'OTHER OFFENSE', 'HARASSMENT BY TELEPHONE', '26', 65),
        ('1330', 'CRIMINAL TRESPASS', 'TO LAND', '26', 80)
    ) AS t(iucr, primary_type, description, fbi_code, weight)
    WINDOW w AS (ORDER BY iucr)
), drawn AS (
    SELECT
        i,
        (hash(i) % 1000)::BIGINT AS offense,
        (hash(i, 2) >> 2)::BIGINT AS h2, (hash(i, 3) >> 2)::BIGINT AS h3,
        (hash(i, 4) >> 2)::BIGINT AS h4, (hash(i, 5) >> 2)::BIGINT AS h5,
        TIMESTAMP '{first} 00:00:00'
            + to_seconds(((i * {seconds}) // {rows} // 60 * 60)::BIGINT) AS at
    FROM range({rows}) AS r(i)
)
SELECT
    1310000 + d.i AS id,
    'H' || chr((65 + d.h2 % 26)::INTEGER) || lpad((d.i % 1000000)::VARCHAR, 6, '0') AS case_number,
    strftime(d.at, '%Y-%m-%dT%H:%M:%S.000') AS date,
    lpad((d.h3 % 130)::VARCHAR, 3, '0') || 'XX ' || ['N', 'S', 'W', 'E'][1 + d.h3 % 4] || ' '
        || ['MICHIGAN AVE', 'DR MARTIN LUTHER KING JR DR', 'STATE ST', 'PULASKI RD', '63RD ST']
            [1 + d.h4 % 5] AS block,
    o.iucr,
    o.primary_type,
    o.description,
    CASE WHEN d.h2 % 520 <> 0 THEN
        ['STREET', 'RESIDENCE', 'APARTMENT', 'SIDEWALK', 'PARKING LOT / GARAGE (NON RESIDENTIAL)']
            [1 + d.h5 % 5]
    END AS location_description,
    (d.h4 % 4 = 0)::VARCHAR AS arrest,
    (d.h5 % 6 = 0)::VARCHAR AS domestic,
    lpad((111 + d.h3 % 2424)::VARCHAR, 4, '0') AS beat,
    CASE WHEN d.h2 % 183568 <> 0 THEN lpad((1 + d.h3 % 25)::VARCHAR, 3, '0') END AS district,
    CASE WHEN d.i >= {rows} * 0.0713 THEN (1 + d.h3 % 50)::VARCHAR END AS ward,
    CASE WHEN d.i >= {rows} * 0.0711 THEN (1 + d.h4 % 77)::VARCHAR END AS community_area,
    o.fbi_code,
    CASE WHEN d.h5 % 87 <> 0 THEN (1100000 + d.h2 % 105000)::VARCHAR END AS x_coordinate,
    CASE WHEN d.h5 % 87 <> 0 THEN (1814000 + d.h3 % 138000)::VARCHAR END AS y_coordinate,
    year(d.at) AS year,
    strftime(least(d.at + to_days((7 + d.h4 % 3000)::INTEGER), TIMESTAMP '{last} 15:41:00'),
        '%Y-%m-%dT%H:%M:%S.000') AS updated_on,
    CASE WHEN d.h5 % 87 <> 0 THEN printf('41.%09d', 644600000 + d.h2 % 378000000) END AS latitude,
    CASE WHEN d.h5 % 87 <> 0 THEN printf('-87.%09d', 524500000 + d.h3 % 415000000) END AS longitude,
    CASE WHEN d.h5 % 87 <> 0 THEN
        printf('(41.%09d, -87.%09d)', 644600000 + d.h2 % 378000000, 524500000 + d.h3 % 415000000)
    END AS location
FROM drawn AS d
JOIN offense AS o ON d.offense >= o.above AND d.offense < o.upto
"""


def settings_of(folder: Path) -> Settings:
    """The dataset alone, with an archive of its own; memory and threads as a user has them."""
    return Settings(var=folder / "var", datasets_dir=folder / "datasets")


def generate(folder: Path, rows: int) -> dict[str, Any]:
    seconds = ((LAST - FIRST).days + 1) * 86_400
    sql = ROWS.format(rows=rows, first=FIRST, last=LAST, seconds=seconds)
    with writer(settings_of(folder), Path(":memory:")) as con:
        con.execute(
            f"COPY ({sql}) TO '{folder / 'crimes.csv'}' (HEADER, FORMAT csv, FORCE_QUOTE *)"
        )
    (folder / "datasets" / NAME).mkdir(parents=True)
    shutil.copy(DATASETS_DIR / NAME / "dataset.yml", folder / "datasets" / NAME)
    return {"bytes": (folder / "crimes.csv").stat().st_size}


def archive(folder: Path, _: int) -> dict[str, Any]:
    """What a fetch does once the publisher's bytes are there."""
    settings = settings_of(folder)
    dataset = load_catalog(settings.datasets_dir)[NAME]
    with making(settings, dataset) as made:
        scratch = made / "scratch"
        scratch.mkdir()
        csv = [folder / "crimes.csv"]
        table = write_parquet(settings, csv, "csv", dataset, made / dataset.file, scratch)
        scratch.rmdir()
        manifest = Manifest(
            dataset=NAME,
            vintage=VINTAGE,
            vintage_basis="made by a benchmark",
            published=VINTAGE,
            retrieved=VINTAGE,
            source_url=dataset.url,
            origin="made by a benchmark",
            covers_start=FIRST,
            covers_end=LAST,
            files=(table,),
        )
        keep(settings, made, manifest)
    return {"bytes": table.bytes, "rows": table.rows}


def build(folder: Path, _: int) -> dict[str, Any]:
    """The whole of a run's step: hash, load, transform, validate, publish."""
    settings = settings_of(folder)
    from checks.validation.gate import suites_of, validate

    begin = time.perf_counter()
    import checks.validation.gx_duckdb  # noqa: F401

    imported = time.perf_counter() - begin
    spent: dict[str, float] = {}

    def gate(path: Path, build_id: str) -> None:
        began = clocks()
        result = validate(path, build_id, settings)
        spent.update({f"gx_{name}": value for name, value in since(began).items()})
        assert not result.closed_by

    began = clocks()
    made = make_build(settings, plan_build(settings, suites_of(settings)), gate)
    return (
        since(began)
        | spent
        | {
            "gx_import_seconds": imported,
            "bytes": made.path.stat().st_size,
        }
    )


def bare(folder: Path, rows: int) -> dict[str, Any]:
    """The same DuckDB, memory and threads: the file into a table, and nothing else."""
    with writer(settings_of(folder), folder / "bare.duckdb") as con:
        con.execute(f"CREATE TABLE crimes AS FROM read_csv('{folder / 'crimes.csv'}')")
        assert con.execute("SELECT count(*) FROM crimes").fetchall() == [(rows,)]
    return {"bytes": (folder / "bare.duckdb").stat().st_size}


def pandas(folder: Path, rows: int) -> dict[str, Any]:
    import pandas as pd

    sample = min(rows, PANDAS_ROWS)
    began = clocks()
    frame = pd.read_csv(folder / "crimes.csv", nrows=sample)
    with sqlite3.connect(folder / "pandas.sqlite") as con:
        frame.to_sql("crimes", con, index=False)
    assert len(frame) == sample
    return since(began) | {"rows": sample}


def pandas_duckdb(folder: Path, rows: int) -> dict[str, Any]:
    """The same into the same kind of warehouse."""
    import pandas as pd
    import sqlalchemy as sa

    sample = min(rows, PANDAS_DUCKDB_ROWS)
    engine = sa.create_engine(f"duckdb:///{folder / 'pandas.duckdb'}")
    began = clocks()
    frame = pd.read_csv(folder / "crimes.csv", nrows=sample)
    with engine.begin() as con:
        frame.to_sql("crimes", con, index=False)
    assert len(frame) == sample
    return since(began) | {"rows": sample}


PARTS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "generate": generate,
    "archive": archive,
    "build": build,
    "bare": bare,
    "pandas": pandas,
    "pandas_duckdb": pandas_duckdb,
}


def inside(part: str, folder: Path, rows: int) -> dict[str, Any]:
    """One part in this process: its seconds and the most memory it had at once."""
    began = clocks()
    found = PARTS[part](folder, rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return since(began) | {"peak_mb": round(peak)} | found


def clocks() -> tuple[float, float]:
    """Seconds by the clock, and of the processors for this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def since(began: tuple[float, float]) -> dict[str, float]:
    seconds, cpu = (now - then for now, then in zip(clocks(), began, strict=True))
    return {"seconds": seconds, "cpu": cpu}


def measure(folder: Path, rows: int) -> dict[str, Any]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("CRIMECLAIMS_")}
    found: dict[str, dict[str, Any]] = {}
    for part in PARTS:
        command = [sys.executable, __file__, "--rows", str(rows), "--part", part]
        output = subprocess.check_output([*command, "--folder", str(folder)], env=env, text=True)
        found[part] = json.loads(output.splitlines()[-1])
        size = f", {found[part]['bytes'] / 1e6:,.0f} MB" if "bytes" in found[part] else ""
        seconds, peak = found[part]["seconds"], found[part]["peak_mb"]
        cpu = f"{found[part]['cpu']:8.2f} s of processors"
        print(f"{part:14} {seconds:8.2f} s {cpu} {peak:8,} MB of memory{size} on disk", flush=True)
    built, archived, plain = found["build"], found["archive"], found["bare"]
    ours = archived["seconds"] + built["seconds"]
    ours_cpu = archived["cpu"] + built["cpu"]
    each, each_duckdb = (
        found[part]["seconds"] / found[part]["rows"] for part in ("pandas", "pandas_duckdb")
    )
    each_cpu = found["pandas"]["cpu"] / found["pandas"]["rows"]
    return {
        "rows": rows,
        "seconds": round(built["seconds"], 2),
        "bare_ratio": round(built["seconds"] / plain["seconds"], 2),
        "pandas_ratio": round(each * rows / built["seconds"], 1),
        "gx_share": round(built["gx_seconds"] / built["seconds"], 3),
        "peak_mb": max(built["peak_mb"], archived["peak_mb"]),
        "archive_seconds": round(archived["seconds"], 2),
        "bare_seconds": round(plain["seconds"], 2),
        "bare_ratio_with_archiving": round(ours / plain["seconds"], 2),
        "pandas_ratio_with_archiving": round(each * rows / ours, 1),
        "pandas_duckdb_ratio": round(each_duckdb * rows / built["seconds"], 1),
        "gx_import_seconds": round(built["gx_import_seconds"], 1),
        "seconds_cpu": round(built["cpu"], 2),
        "bare_ratio_cpu": round(built["cpu"] / plain["cpu"], 2),
        "bare_ratio_with_archiving_cpu": round(ours_cpu / plain["cpu"], 2),
        "pandas_ratio_cpu": round(each_cpu * rows / built["cpu"], 1),
        "gx_share_cpu": round(built["gx_cpu"] / built["cpu"], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="archive to validated build, at full size")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(inside(options.part, options.folder, options.rows)))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), options.rows)))


if __name__ == "__main__":
    main()
