"""A dataset that is declared and was never fetched: left out of a build, and said so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from checks.validation.gate import checks_file, validate
from checks.validation.suites import Suite, load_suites
from datasets.build import plan_build
from datasets.errors import GateClosed, InputError
from datasets.load import create_schemas, load_dataset, load_reference
from datasets.settings import DATASETS_DIR, SQL_DIR, Settings
from datasets.transform import transform
from datasets.warehouse import current_build, reader, writer
from flows import doctor, listings, steps
from tests.faults.cases import CENSUS, CITED, RELEASE
from tests.support_snapshots import make_settings

AWAY = "fbi_cius_city"


def declare(settings: Settings, name: str, *, bundled: bool) -> None:
    """Declare a dataset of ours in a test's folder, without its snapshots."""
    text = (DATASETS_DIR / name / "dataset.yml").read_text(encoding="utf-8")
    folder = settings.datasets_dir / name
    folder.mkdir(parents=True)
    flag = "" if bundled else "bundled: false\n"
    (folder / "dataset.yml").write_text(text + flag, encoding="utf-8")


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A published build of three datasets beside one that was never fetched."""
    settings = make_settings(tmp_path_factory.mktemp("without"), (RELEASE, CENSUS, CITED))
    declare(settings, AWAY, bundled=False)
    steps.build(settings)
    return settings


def test_it_is_left_out_of_the_plan_and_of_the_build(without: Settings) -> None:
    plan = plan_build(without, [])
    assert plan.left_out == (AWAY,)
    assert set(plan.catalog) == set(plan.snapshots) == {RELEASE, CENSUS, CITED}
    with reader(without, current_build(without).path) as con:
        loaded = {row[0] for row in con.execute("SELECT dataset FROM meta.dataset").fetchall()}
        tables = {
            row[0] for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        }
    assert loaded == {RELEASE, CENSUS, CITED}
    assert AWAY not in tables


def test_it_is_no_part_of_the_identity_of_a_build(without: Settings, tmp_path: Path) -> None:
    alone = make_settings(tmp_path, (RELEASE, CENSUS, CITED))
    assert plan_build(alone, []).id == plan_build(without, []).id


def test_its_checks_do_not_run_and_all_others_do(without: Settings) -> None:
    report = checks_file(without, current_build(without).id)
    ran = {r["suite"] for r in json.loads(report.read_text(encoding="utf-8"))["results"]}
    assert ran == {RELEASE, CENSUS, CITED, "core", "mart"}


def test_a_suite_of_nothing_that_is_declared_is_not_passed_over(
    without: Settings, tmp_path: Path
) -> None:
    suites = {suite.suite: suite for suite in load_suites()}
    suite, core = suites[AWAY], suites["core"]
    misspelt = Suite.model_validate(suite.model_dump() | {"suite": "fbi_cuis_city"})
    path = tmp_path / "unpublished.duckdb"
    path.write_bytes(current_build(without).path.read_bytes())
    settings = Settings(var=tmp_path / "var")
    assert {r.suite for r in validate(path, "own", settings, [suite, core]).results} == {"core"}
    with pytest.raises(GateClosed, match="could not run"):
        validate(path, "misspelt", settings, [misspelt, core])


def test_people_are_told_how_to_get_it(without: Settings) -> None:
    says = f"no snapshot: fetch it with: crimeclaims fetch {AWAY}"
    columns, rows = listings.datasets(without, brief=True)
    (row,) = (dict(zip(columns, row, strict=True)) for row in rows if row[0] == AWAY)
    assert (row["snapshots"], row["newest"]) == (0, None)
    assert says in str(row["title"])
    found = [finding for finding in doctor.examine(without) if finding.what == AWAY]
    assert [(finding.state, finding.found) for finding in found] == [("ok", says)]


def test_a_bundled_dataset_without_its_snapshots_is_refused(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, (CITED,))
    declare(settings, AWAY, bundled=True)
    with pytest.raises(InputError, match=f"{AWAY} has no snapshot"):
        plan_build(settings, [])


def test_no_snapshot_at_all_is_no_build(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, ())
    declare(settings, AWAY, bundled=False)
    with pytest.raises(InputError, match="nothing to build from") as refused:
        plan_build(settings, [])
    assert refused.value.next_step == f"fetch it with: crimeclaims fetch {AWAY}"


def test_staging_sql_that_creates_no_observations_is_named(tmp_path: Path) -> None:
    sql = tmp_path / "sql"
    shutil.copytree(SQL_DIR, sql)
    settings = make_settings(tmp_path, ["fbi_return_a"], {})
    path = sql / "staging" / "fbi_return_a.sql"
    path.write_text(path.read_text().replace("fbi_return_a__observation", "fbi_return_a__long"))
    plan = plan_build(settings, [])
    with writer(settings, Path(":memory:")) as con:
        create_schemas(con)
        load_reference(con)
        load_dataset(con, plan.catalog["fbi_return_a"], plan.snapshots["fbi_return_a"])
        with pytest.raises(InputError, match=r"staging/fbi_return_a\.sql does not create stg\."):
            transform(con, plan.catalog, sql)
