"""The four steps of the README's "Add a dataset", done to the letter; what one forgets is named."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from checks import verify as engine
from checks.validation.gate import suites_of
from datasets.build import plan_build
from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.settings import PROJECT_DIR, Settings
from datasets.warehouse import current_build, reader
from flows import steps
from tests.conftest import COMMAND_SECONDS

NAME = "harbor_burglaries"

DATASET = f"""\
name: {NAME}
title: Burglaries that the harbor board counts
publisher: The Harbor Board (made up)
publisher_url: https://example.org
table: burglaries by year
url: https://example.org/burglaries
licence: public domain
licence_url: https://example.org/licence
description: A made-up table of three years.
evidence: primary
revision: whole
grain: figure
file: burglaries.csv
key: [place, year]
columns:
  - {{name: place, type: text, required: true, description: id of the place}}
  - {{name: year, type: integer, required: true, description: calendar year}}
  - {{name: n, type: integer, description: burglaries known to the police}}
"""
TABLE = "place,year,n\nboise-id,2022,410\nboise-id,2023,385\nboise-id,2024,\n"
STAGING = f"""\
CREATE OR REPLACE TABLE stg.{NAME} AS
SELECT
    place, CAST(year AS INTEGER) AS year, CAST(n AS BIGINT) AS n, _snapshot, _row
FROM raw.{NAME};

CREATE OR REPLACE TABLE stg.{NAME}__observation AS
SELECT
    _snapshot AS snapshot_id,
    'burglary' AS measure,
    'ucr' AS definition,
    place,
    make_date(year, 1, 1) AS period_start,
    make_date(year, 12, 31) AS period_end,
    CAST(n AS DOUBLE) AS value,
    CASE WHEN n IS NULL THEN 'not_reported' ELSE 'final' END AS status,
    CAST(_row AS INTEGER) AS source_row,
    1 AS n_rows,
    CAST(NULL AS VARCHAR) AS note
FROM stg.{NAME};
"""
SUITE = f"""\
suite: {NAME}
about: Burglaries by year, typed in from a made-up table.
checks:
  - id: {NAME}.most
    table: stg.{NAME}
    expectation: unexpected_rows
    sql: SELECT _snapshot, _row, n FROM stg.{NAME} WHERE n > 5000
    severity: critical
    reason: The city has a quarter of a million people; ten times its burglaries is a typing error.
"""
CLAIMS = """\
document:
  id: harbor-2025-03
  title: Made up
  speaker: Nobody
  published: 2025-03-01
  outlet: Nowhere
  kind: speech
  made_up: true
claims:
  - id: hb1
    said: "burglaries in Boise fell from 410 to 385"
    tests:
      - {kind: value, says: from 410, place: boise-id, measure: burglary, period: 2022, value: 410}
      - {kind: value, says: to 385, place: boise-id, measure: burglary, period: 2023, value: 385}
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def add(datasets: Path, staging: Path, suite: Path) -> None:
    """The four steps."""
    write(datasets / NAME / "dataset.yml", DATASET)
    snapshot = datasets / NAME / "snapshots" / "2025-02-01"
    write(snapshot / "burglaries.csv", TABLE)
    manifest = {
        "dataset": NAME,
        "vintage": "2025-02-01",
        "vintage_basis": "the day printed on it",
        "published": "2025-02-01",
        "retrieved": "2025-02-03",
        "source_url": "https://example.org/burglaries",
        "origin": "typed in by hand",
        "covers_start": None,
        "covers_end": None,
        "files": [
            {
                "name": "burglaries.csv",
                "bytes": len(TABLE.encode()),
                "sha256": hashlib.sha256(TABLE.encode()).hexdigest(),
                "rows": 3,
            }
        ],
    }
    write(snapshot / "manifest.json", json.dumps(manifest))
    write(staging, STAGING)
    write(suite, SUITE)


def test_the_four_steps_in_a_copy_of_the_project(tmp_path: Path) -> None:
    """The copy has one of the bundled datasets, so that a build of it takes a second."""
    copy = tmp_path / "copy"
    bundled = {path.parent.name for path in PROJECT_DIR.glob("datasets/*/dataset.yml")}
    for folder in ("datasets", "sql", "checks", "flows"):
        shutil.copytree(
            PROJECT_DIR / folder,
            copy / folder,
            ignore=lambda _, names: [
                n for n in names if n in {"__pycache__", *bundled - {"cited_figures"}}
            ],
        )
    for path in (copy / "checks" / "claims").iterdir():
        path.unlink()
    add(
        copy / "datasets",
        copy / "sql" / "staging" / f"{NAME}.sql",
        copy / "checks" / "validation" / "suites" / f"{NAME}.yml",
    )
    write(copy / "checks" / "claims" / "harbor.yml", CLAIMS)

    def python(*arguments: str) -> str:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CRIMECLAIMS_")}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=copy,  # which is where it imports from
            env={**kept, "CRIMECLAIMS_VAR": str(tmp_path / "var")},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    python(
        "-c",
        "from datasets.settings import load_settings; from flows import steps;"
        "print(steps.build(load_settings()).made)",
    )
    [verdict] = json.loads(python("-m", "flows", "verify", "--format", "json"))
    assert (verdict["claim"], verdict["label"]) == ("hb1", "supported")
    used = {figure["dataset"] for reading in verdict["readings"] for figure in reading["figures"]}
    assert used == {NAME}
    assert NAME in python("-m", "flows", "datasets")
    checks = json.loads(next((tmp_path / "var" / "builds").glob("*.checks.json")).read_text())
    assert f"{NAME}.most" in {result["check_id"] for result in checks["results"]}


@pytest.fixture
def outside(tmp_path: Path) -> Settings:
    """A folder of datasets of its own, which brings its SQL and its checks."""
    folder = tmp_path / "mine"
    add(folder, folder / NAME / "staging.sql", folder / NAME / "suite.yml")
    write(tmp_path / "claims" / "harbor.yml", CLAIMS)
    load_catalog.cache_clear()
    return Settings(var=tmp_path / "var", datasets_dir=folder, claims_dir=tmp_path / "claims")


def test_a_folder_of_datasets_outside_the_project_brings_all_it_needs(outside: Settings) -> None:
    steps.build(outside)
    [verdict] = engine.verify(outside)
    assert verdict.label == "supported"
    with reader(outside, current_build(outside).path) as con:
        ran = con.execute("SELECT check_id, outcome FROM meta.check_result").fetchall()
    assert (f"{NAME}.most", "pass") in ran


@pytest.mark.parametrize("file", ["staging.sql", "suite.yml"])
def test_what_it_brings_is_part_of_the_identity_of_a_build(
    outside: Settings, tmp_path: Path, file: str
) -> None:
    before = plan_build(outside, suites_of(outside)).id
    moved = replace(outside, datasets_dir=tmp_path / "zz" / "elsewhere")
    shutil.copytree(outside.datasets_dir, moved.datasets_dir)
    assert plan_build(moved, suites_of(moved)).id == before
    path = moved.datasets_dir / NAME / file
    path.write_text(path.read_text().replace("n > 5000", "n > 4000") + "\n")
    assert plan_build(moved, suites_of(moved)).id != before


def test_a_suite_that_a_dataset_brings_is_named_after_it(outside: Settings) -> None:
    path = outside.datasets_dir / NAME / "suite.yml"
    path.write_text(path.read_text().replace(f"suite: {NAME}", "suite: harbour_burglaries"))
    with pytest.raises(InputError, match=r'suite\.yml:1: suite: is "harbour_burglaries", not the'):
        steps.build(outside)


@pytest.mark.parametrize(
    ("forgotten", "says", "step"),
    [
        ("dataset.yml", r"harbor_burglaries/dataset\.yml: is missing", "write it like"),
        ("snapshots", "harbor_burglaries has no snapshot", "put burglaries.csv and a manifest"),
        ("snapshots/2025-02-01/manifest.json", r"manifest\.json: is missing", "write it like"),
        ("snapshots/2025-02-01/burglaries.csv", r"burglaries\.csv: cannot be read: No such", None),
        (
            "staging.sql",
            rf"sql/staging/{NAME}\.sql: cannot be read: No such file",
            rf"it creates stg.{NAME} and stg.{NAME}__observation",
        ),
        (
            "suite.yml",
            rf"checks/validation/suites/{NAME}\.yml: is missing, and so is suite\.yml",
            "each check with its reason",
        ),
    ],
)
def test_a_step_that_was_forgotten_is_named_before_anything_is_built(
    outside: Settings, forgotten: str, says: str, step: str | None
) -> None:
    path = outside.datasets_dir / NAME / forgotten
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    with pytest.raises(InputError, match=says) as refused:
        steps.check_inputs(outside)
    assert (step or "") in (refused.value.next_step or "")
    assert not outside.builds_dir.exists()
