"""``crimeclaims sql``: it reads the current build, and nothing else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from datasets.settings import Settings
from tests.conftest import CRIMECLAIMS, Cli


def test_sql_reads_the_current_build(cli: Cli, built: Settings) -> None:
    query = "SELECT dataset, count(*) AS n FROM meta.snapshot GROUP BY ALL ORDER BY ALL"
    rows = json.loads(cli(built, "sql", query, "--format", "json").stdout)
    assert {row["dataset"] for row in rows} >= {"chicago_homicides", "fbi_return_a"}
    assert rows == json.loads(cli(built, "sql", "-", "--format", "json", stdin=query).stdout)


def test_sql_says_when_it_leaves_rows_out(cli: Cli, built: Settings) -> None:
    result = cli(built, "sql", "FROM range(30)", "--format", "csv", "--limit", "10")
    assert result.stdout.split() == ["range", *map(str, range(10))]
    assert "only the first 10 rows" in result.stderr
    everything = cli(built, "sql", "FROM range(3000)", "--format", "csv", "--limit", "0")
    assert (len(everything.stdout.split()), everything.stderr) == (3001, "")


@pytest.mark.parametrize(
    "query",
    [
        "SELEC 1",
        "SELECT * FROM nowhere",
        "CREATE TABLE core.mine AS SELECT 1",
        "DELETE FROM core.observation",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "EXPORT DATABASE '{folder}/out'",
        "ATTACH '{folder}/out.duckdb' AS other",
        "SELECT * FROM read_csv('{folder}/secret.csv')",
        "SELECT * FROM '{folder}/secret.csv'",
        "SELECT * FROM read_text('{folder}/secret.csv')",
        "SELECT * FROM glob('{folder}/*')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SELECT 1; SET lock_configuration = false",
        "",
    ],
)
def test_sql_can_only_read_the_build(cli: Cli, built: Settings, tmp_path: Path, query: str) -> None:
    (tmp_path / "secret.csv").write_text("a\nsecret\n", encoding="utf-8")
    result = cli(built, "sql", query.replace("{folder}", str(tmp_path)))
    assert result.returncode == 2
    assert result.stderr.startswith("error: ")
    assert "secret\n" not in result.stdout
    assert "Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]


def test_a_reader_that_leaves_early_hears_no_complaint(
    environment: Callable[..., dict[str, str]], built: Settings
) -> None:
    process = subprocess.Popen(
        [CRIMECLAIMS, "sql", "FROM range(200000)", "--limit", "0", "--format", "csv"],
        env=environment(built),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "range\n"
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait(30)
