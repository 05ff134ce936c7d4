"""The gate: what it runs and keeps, and that a check that cannot run never counts as passed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checks.validation.gate import checks_file, validate
from checks.validation.gx_duckdb import DuckDBExecutionEngine, run_suites
from checks.validation.results import CheckResult, normalise
from checks.validation.suites import SUITES_DIR, Check, Suite, load_suites, suite_files
from datasets.catalog import load_catalog
from datasets.errors import GateClosed, InputError
from datasets.settings import Settings
from datasets.warehouse import connection_config, current_build, reader, writer

REASON = "a reason that is long enough to be one, with its source and date"
CHECKS = """\
suite: core
about: made up
keys:
  core.place: [place]
checks:
  - id: core.made_up
    table: core.place
    expectation: expect_column_values_to_be_in_set
    kwargs: {column: kind, value_set: [nation]}
    severity: critical
    reason: a reason that is long enough to be one
  - id: core.another
    table: core.place
    expectation: unexpected_rows
    sql: SELECT place FROM core.place
    severity: warning
    reason: a reason that is long enough to be one
"""


def check(name: str, sql: str | None = None, **more: Any) -> Check:
    fields = {"table": "core.place", "severity": "critical", "reason": REASON} | more
    if sql is not None:
        fields |= {"expectation": "unexpected_rows", "sql": sql}
    return Check.model_validate({"id": f"made.{name}"} | fields)


def suite(*checks: Check, **keys: tuple[str, ...]) -> Suite:
    named = {name.replace("__", "."): value for name, value in keys.items()}
    return Suite(suite="made", about="up", keys=named, checks=checks)


@pytest.fixture
def build(built: Settings, tmp_path: Path) -> Path:
    """A file that is like a build not yet published."""
    path = tmp_path / "unpublished.duckdb"
    shutil.copyfile(current_build(built).path, path)
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var")


def bundled_checks() -> list[str]:
    """Ids of all checks but those of datasets that have to be fetched."""
    away = {
        name for name, d in load_catalog(Settings(Path()).datasets_dir).items() if not d.bundled
    }
    return [c.id for suite in load_suites() if suite.suite not in away for c in suite.checks]


def results_of(settings: Settings, build: Path, *suites: Suite) -> dict[str, CheckResult]:
    with writer(settings, build) as con:
        return {r.check_id.partition(".")[2]: r for r in run_suites(con, suites)}


# The bundled data


def test_the_bundled_data_pass_every_check(built: Settings) -> None:
    build = current_build(built)
    document = json.loads(checks_file(built, build.id).read_text(encoding="utf-8"))
    assert document["gate"] == "open"
    assert [r for r in document["results"] if r["outcome"] != "pass"] == []
    assert [r["check_id"] for r in document["results"]] == bundled_checks()


def test_the_outcomes_are_in_the_build(built: Settings) -> None:
    with reader(built, current_build(built).path) as con:
        rows = con.execute(
            "SELECT outcome, count(*), count(DISTINCT check_id), min(length(reason)) "
            "FROM meta.check_result GROUP BY outcome"
        ).fetchall()
    number = len(bundled_checks())
    assert [row[:3] for row in rows] == [("pass", number, number)]
    assert rows[0][3] >= 30


def test_every_dataset_has_a_suite_and_every_suite_belongs_to_a_build(built: Settings) -> None:
    with reader(built, current_build(built).path) as con:
        datasets = {row[0] for row in con.execute("FROM meta.dataset").fetchall()}
    declared = load_catalog(built.datasets_dir)
    assert datasets == {name for name, dataset in declared.items() if dataset.bundled}
    assert {path.stem for path in suite_files()} == {*declared, "core", "mart"}


# Outcomes


def test_a_failed_check_names_rows_and_keys(settings: Settings, build: Path) -> None:
    checks = (
        check("query", "SELECT place, kind FROM core.place WHERE kind = 'county' ORDER BY place"),
        check(
            "column",
            expectation="expect_column_values_to_be_in_set",
            kwargs={"column": "kind", "value_set": ["nation", "state", "city", "agency"]},
        ),
        check("size", expectation="expect_table_row_count_to_be_between", kwargs={"max_value": 5}),
    )
    found = results_of(settings, build, suite(*checks, core__place=("place",)))
    assert {r.outcome for r in found.values()} == {"fail"}
    assert found["query"].n_offending == found["column"].n_offending
    assert found["query"].offending[0] == {"place": "baltimore-county-md", "kind": "county"}
    assert {"place": "baltimore-county-md", "kind": "county"} in found["column"].offending
    assert found["size"].n_offending is None
    assert int(str(found["size"].observed)) > 400


def test_at_most_twenty_rows_are_kept(settings: Settings, build: Path) -> None:
    found = results_of(
        settings,
        build,
        suite(
            check("query", "SELECT place FROM core.place"),
            check(
                "column",
                expectation="expect_column_values_to_be_null",
                kwargs={"column": "place"},
            ),
        ),
    )
    for result in found.values():
        assert len(result.offending) == 20
        assert (result.n_offending or 0) > 400


def test_a_query_is_asked_once_and_counted_only_where_rows_are_left_out(
    settings: Settings, build: Path
) -> None:
    """Great Expectations asks each query twice: twice the time on a table of millions."""
    with writer(settings, build) as con:
        con.execute("CREATE SEQUENCE made_once; CREATE SEQUENCE made_many")
        once = "SELECT place FROM core.place WHERE kind = 'nation' AND nextval('made_once') > 0"
        many = (
            "SELECT {'a': place} AS s, '12:30' AS at FROM core.place WHERE nextval('made_many') > 0"
        )
        checks = suite(check("once", once), check("many", many))
        found = {r.check_id: r for r in run_suites(con, [checks])}
        places = con.execute("SELECT count(*) FROM core.place").fetchone()
        asked = con.execute("SELECT nextval('made_once'), nextval('made_many')").fetchone()
    assert found["made.once"].n_offending == 1
    assert found["made.once"].offending == ({"place": "united-states"},)
    assert places is not None
    assert found["made.many"].n_offending == places[0] > 400
    assert asked == (2, 2 * places[0] + 1)


def test_a_check_that_cannot_run_is_an_error_and_spoils_no_other(
    settings: Settings, build: Path
) -> None:
    in_set = "expect_column_values_to_be_in_set"
    found = results_of(
        settings,
        build,
        suite(
            check("good", "SELECT 1 WHERE false"),
            check("syntax", "SELEKT 1"),
            check("column", "SELECT nothing FROM core.place"),
            check("cast", "SELECT CAST(place AS INTEGER) FROM core.place"),
            check("table", "SELECT 1 WHERE false", table="core.nothing"),
            check("no_column", expectation=in_set, kwargs={"column": "x", "value_set": ["y"]}),
            check("kwargs", expectation=in_set, kwargs={"column": "kind", "values": ["y"]}),
            check(
                "also_good",
                expectation="expect_column_values_to_not_be_null",
                kwargs={"column": "place"},
            ),
        ),
    )
    outcomes = {name: result.outcome for name, result in found.items()}
    bad = ("syntax", "column", "cast", "table", "no_column", "kwargs")
    assert outcomes == {"good": "pass", "also_good": "pass"} | dict.fromkeys(bad, "error")
    assert "nothing" in str(found["column"].observed)
    assert all(found[name].closes_gate and found[name].n_offending is None for name in bad)


@pytest.mark.parametrize(
    ("expectation", "passes", "fails"),
    [
        (
            "expect_column_distinct_values_to_contain_set",
            {"column": "kind", "value_set": ["city"]},
            {"column": "kind", "value_set": ["town"]},
        ),
        (
            "expect_column_pair_values_a_to_be_greater_than_b",
            {"column_A": "place", "column_B": "place", "or_equal": True},
            {"column_A": "place", "column_B": "place"},
        ),
        (
            "expect_compound_columns_to_be_unique",
            {"column_list": ["place", "kind"]},
            {"column_list": ["state", "kind"]},
        ),
        (
            "expect_table_row_count_to_be_between",
            {"min_value": 400},
            {"max_value": 400},
        ),
    ],
)
def test_an_expectation_that_no_suite_uses_yet_works_on_duckdb(
    settings: Settings,
    build: Path,
    expectation: str,
    passes: dict[str, Any],
    fails: dict[str, Any],
) -> None:
    found = results_of(
        settings,
        build,
        suite(
            check("passes", expectation=expectation, kwargs=passes),
            check("fails", expectation=expectation, kwargs=fails),
            core__place=("place",),
        ),
    )
    assert {name: result.outcome for name, result in found.items()} == {
        "passes": "pass",
        "fails": "fail",
    }


def test_sql_is_taken_as_it_is_written(settings: Settings, build: Path) -> None:
    """Braces, colons and percent signs mean something to the layers between us and DuckDB."""
    sql = """
        SELECT place -- a comment: with {braces} and 100 %
        FROM core.place
        WHERE regexp_matches(place, '^m.{2}mi-(?:fl|:x)$') AND place LIKE '%mi-%'
            AND {'a': 1}.a = 1 AND length(':name {batch} %s')::INTEGER = 16
        -- the end"""
    found = results_of(settings, build, suite(check("query", sql)))
    assert found["query"].offending == ({"place": "miami-fl"},)


@pytest.mark.parametrize(
    "info",
    [
        {"raised_exception": True, "exception_message": "boom", "exception_traceback": "…"},
        {"('a', (), ())": {"raised_exception": True, "exception_message": "boom\n  at"}},
        {"('a', (), ())": {"exception_message": "boom"}},
        "boom",
    ],
)
@pytest.mark.parametrize("success", [True, False])
def test_a_crash_is_an_error_in_whatever_shape_it_comes(info: object, success: bool) -> None:
    raw = {"success": success, "exception_info": info, "result": {"observed_value": 0}}
    result = normalise("made", check("x", "SELECT 1"), raw)
    assert (result.outcome, result.observed) == ("error", "boom")


@pytest.mark.parametrize("raw", [{}, {"success": None}, {"success": False, "result": {}}])
def test_a_result_that_says_nothing_is_an_error(raw: dict[str, Any]) -> None:
    assert normalise("made", check("x", "SELECT 1"), raw).outcome == "error"


# The gate


def test_a_closed_gate_says_what_why_and_which_rows(settings: Settings, build: Path) -> None:
    made = suite(
        check("towns", "SELECT place, kind FROM core.place WHERE kind = 'county' ORDER BY place"),
        check("odd", "SELECT 1 AS one", severity="warning"),
    )
    with pytest.raises(GateClosed) as closed:
        validate(build, "b1", settings, [made])
    message = str(closed.value)
    assert closed.value.exit_code == 1
    assert "made.towns failed on core.place: 14 offending rows" in message
    assert f"why it is checked: {REASON}" in message
    assert "place=baltimore-county-md, kind=county" in message
    assert message.count("kind=county") == 3
    assert "made.odd" not in message
    report = checks_file(settings, "b1", rejected=True)
    assert str(report) in str(closed.value.next_step)
    document = json.loads(report.read_text(encoding="utf-8"))
    assert (document["gate"], document["closed_by"]) == ("closed", ["made.towns"])
    assert document["counts"] == {"pass": 0, "fail": 2, "error": 0}
    with reader(settings, build) as con:
        rows = con.execute(
            "SELECT check_id, outcome, n_offending, json_array_length(offending) "
            "FROM meta.check_result ORDER BY ALL"
        ).fetchall()
    assert rows == [("made.odd", "fail", 1, 1), ("made.towns", "fail", 14, 14)]


def test_a_warning_is_reported_and_leaves_the_gate_open(settings: Settings, build: Path) -> None:
    gate = validate(
        build, "b2", settings, [suite(check("odd", "SELECT 1 AS one", severity="warning"))]
    )
    assert [result.check_id for result in gate.warnings] == ["made.odd"]
    assert checks_file(settings, "b2").is_file()


def test_a_warning_that_cannot_run_closes_the_gate(settings: Settings, build: Path) -> None:
    with pytest.raises(GateClosed, match=r"made\.odd could not run"):
        validate(build, "b3", settings, [suite(check("odd", "SELEKT", severity="warning"))])


def test_checks_run_on_a_connection_like_all_others(
    settings: Settings, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else DuckDB refuses the second one; and one connection is kept, or GX fails."""
    seen = []
    original = DuckDBExecutionEngine.get_connection

    def spy(self: DuckDBExecutionEngine) -> Any:
        seen.append(id(self._connection))
        return original(self)

    monkeypatch.setattr(DuckDBExecutionEngine, "get_connection", spy)
    threads = check(
        "threads",
        "SELECT current_setting('threads') AS t, current_setting('temp_directory') AS d",
    )
    with writer(settings, build) as con, writer(settings, build) as other:
        result = run_suites(con, [suite(threads)])[0]
        assert other.execute("SELECT 1").fetchone() == (1,)
    config = connection_config(settings)
    assert result.offending == ({"t": config["threads"], "d": config["temp_directory"]},)
    assert seen


def test_great_expectations_is_not_imported_before_it_is_needed() -> None:
    code = (
        "import sys, checks.validation.gate, checks.verify\n"
        "print('great_expectations' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


# Suites as data


def test_suites_say_why() -> None:
    for suite_ in load_suites():
        for check_ in suite_.checks:
            assert check_.reason.rstrip().endswith("."), check_.id


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("severity: critical", "severity: fatal", 10, 'severity: "fatal" is not one of'),
        ("severity: critical", "severty: critical", 10, 'did you mean "severity"'),
        ("values_to_be_in_set", "values_to_be_in_sets", 8, "expect_column_values_to_be_in_set"),
        ("id: core.another", "id: core.made_up", 12, '"core.made_up" is there twice'),
        ("id: core.another", "id: mart.another", 12, 'does not begin with "core."'),
        ("suite: core", "suite: mart", 1, "not the name of the file"),
        ("  core.place: [place]", "  core.plac: [place]", 4, 'did you mean "core.place"'),
        ("    sql: SELECT place FROM core.place\n", "", 12, "sql belongs to"),
        ("    reason: a reason that is long enough to be one\n  - id", "  - id", 6, "is required"),
        ("a reason that is long enough to be one\n  - id", "because\n  - id", 11, "at least 30"),
        ("table: core.place", "table: place", 7, "table: String should match"),
    ],
)
def test_a_wrong_suite_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    path = tmp_path / "core.yml"
    assert old in CHECKS
    path.write_text(CHECKS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_suites(tmp_path)
    assert f"{path}:{line}:" in str(refused.value)
    assert says in str(refused.value)


def test_no_suite_is_no_pass(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing could be validated"):
        load_suites(tmp_path)


def test_suites_are_part_of_a_builds_identity() -> None:
    assert suite_files() == sorted(SUITES_DIR.glob("*.yml"))
