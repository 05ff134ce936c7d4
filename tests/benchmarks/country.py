"""What every agency's months would weigh: a made-up year of Return A, measured, for a paper plan.

    python tests/benchmarks/country.py --agencies 18000 --years 1

Makes a table of the shape of ``fbi_return_a_months`` (one row an agency and month, 17 counts) and
the same long, as ``core.observation`` has it, each as Parquet and in a DuckDB file. The counts are
drawn: most agencies are small and most of their months zero, as Return A's are; real ones press
about as well. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from datasets.settings import Settings
from datasets.warehouse import writer

MEASURES = 17
WIDE = """
CREATE TABLE wide AS SELECT
    printf('XX%07d', a) AS ori, (2024 - y)::INTEGER AS year, m::INTEGER AS month,
    {counts}
FROM range({agencies}) AS _(a), range({years}) AS _(y), range(1, 13) AS _(m) ORDER BY ALL
"""
#: An agency's n-th measure: of size by rank of the agency, scattered by a hash, so always the same.
COUNT = (
    "(20000 / (1 + a) / (1 + {n}) * (0.5 + hash(a, y, m, {n}) % 1000 / 1000.0)"
    " + (hash(m, a, {n}, y) % 100 < 8)::INTEGER)::INTEGER AS m{n}"
)
LONG = """
CREATE TABLE long AS SELECT 'fbi_return_a_months' AS dataset, DATE '2024-09-23' AS vintage,
    ori AS place, measure, 'reported' AS definition, make_date(year, month, 1) AS period_start,
    last_day(make_date(year, month, 1)) AS period_end, value, 'final' AS status,
    row_number() OVER () AS row
FROM (UNPIVOT wide ON COLUMNS('^m\\d+$') INTO NAME measure VALUE value)
"""


def measure(agencies: int, years: int, folder: Path) -> dict[str, Any]:
    counts = ",\n    ".join(COUNT.format(n=n) for n in range(1, MEASURES + 1))
    found: dict[str, Any] = {"agencies": agencies, "years": years}
    database = folder / "country.duckdb"
    with writer(Settings(var=folder), database) as con:
        wide = WIDE.format(counts=counts, agencies=agencies, years=years)
        for name, statement in (("wide", wide), ("long", LONG)):
            begin = time.perf_counter()
            con.execute(statement)
            con.execute("CHECKPOINT")
            seconds = time.perf_counter() - begin
            rows = (con.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,))[0]
            path = folder / f"{name}.parquet"
            con.execute(f"COPY {name} TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
            size, file = path.stat().st_size, database.stat().st_size
            print(f"{name}: {rows:,} rows, {seconds:.1f} s, Parquet {size / rows:.2f} bytes a row")
            found[name] = {
                "rows": rows,
                "seconds": round(seconds, 2),
                "parquet_bytes": size,
                "parquet_bytes_a_row": round(size / rows, 2),
                "duckdb_file_bytes": file,
            }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="what every agency's months would weigh")
    parser.add_argument("--agencies", type=int, default=18_000)
    parser.add_argument("--years", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(options.agencies, options.years, Path(folder))))


if __name__ == "__main__":
    main()
