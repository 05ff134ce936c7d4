"""The command line, as a user meets it: the real command in a process of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import click
import jsonschema
import pytest

from checks import verify as engine
from checks.caveats import caveats
from checks.claim_keys import kinds
from checks.models import Verdict
from datasets.build import Plan
from datasets.errors import GateClosed, SourceUnreachable
from datasets.settings import Settings
from flows import cli as command_line
from flows import listings, output
from tests.conftest import CRIMECLAIMS, Cli

HEAVY = ("prefect", "great_expectations", "pandas", "rich", "sqlalchemy", "scipy")
COMMANDS = sorted(command_line.cli.commands)

REQUIRED_OF_VERDICT = {
    *("claim", "document", "said", "label", "holds_share", "nearby_support", "caveats"),
    *("closest_true", "readings", "build"),
}
REQUIRED_OF_READING = {
    *("dataset", "vintage", "definition", "place", "stated", "figures", "holds"),
}


@pytest.fixture
def nothing_built(built: Settings, tmp_path: Path) -> Settings:
    return replace(built, var=tmp_path / "var")


# Help


@pytest.mark.parametrize("arguments", [[], *([name] for name in COMMANDS)], ids=str)
def test_help_has_examples_and_exit_codes(
    started: Cli, built: Settings, arguments: list[str]
) -> None:
    result = started(built, *arguments, "--help")
    assert result.returncode == 0
    assert "Examples:\n" in result.stdout
    codes = result.stdout.partition("Exit codes:\n")[2].split()
    assert [code for code in codes if code.isdigit()] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_in_help_are_valid(name: str) -> None:
    command = command_line.cli.commands[name]
    epilog = (command.epilog or "").partition("Exit codes")[0]
    examples = [line.strip() for line in epilog.splitlines() if line.startswith("  crimeclaims")]
    assert examples
    for example in examples:
        _, word, *arguments = shlex.split(example.partition(" < ")[0].partition(" > ")[0])
        assert word == name
        command.make_context(name, arguments)  # raises a UsageError for what does not parse


def test_python_dash_m_is_the_same_command(
    started: Cli, built: Settings, environment: Callable[..., dict[str, str]]
) -> None:
    module = subprocess.run(
        [sys.executable, "-m", "flows", "claims"],
        env=environment(built),
        capture_output=True,
        text=True,
        check=True,
    )
    assert module.stdout == started(built, "claims").stdout


# Verify


def test_verify_json_is_what_its_schema_says(cli: Cli, built: Settings) -> None:
    verdicts = json.loads(cli(built, "verify", "--format", "json").stdout)
    schema = json.loads(cli(built, "schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(verdicts)
    claims = [c.id for file in engine.claim_files(built) for c in file.claims]
    assert [verdict["claim"] for verdict in verdicts] == claims
    for verdict in verdicts:
        assert set(verdict) >= REQUIRED_OF_VERDICT
        for reading in verdict["readings"]:
            assert set(reading) >= REQUIRED_OF_READING
            assert isinstance(reading["stated"], bool)
            assert reading["holds"] in (True, False, None)


def test_schema_refuses_what_is_not_a_verdict(cli: Cli, built: Settings) -> None:
    schema = json.loads(cli(built, "schema").stdout)
    verdict = json.loads(cli(built, "verify", "a1", "--format", "json").stdout)[0]
    for wrong in ({"label": "true"}, {"caveats": "none"}, {"surprise": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate([verdict | wrong], schema)


def test_verify_is_the_same_twice(cli: Cli, built: Settings) -> None:
    first, second = (cli(built, "verify", "--format", "json").stdout for _ in range(2))
    assert first == second


def test_verify_takes_claims_in_the_order_given(cli: Cli, built: Settings) -> None:
    rows = list(
        csv.DictReader(io.StringIO(cli(built, "verify", "b2", "a1", "--format", "csv").stdout))
    )
    assert [row["claim"] for row in rows] == ["b2", "a1"]


def test_verify_as_of_uses_nothing_published_later(cli: Cli, built: Settings) -> None:
    result = cli(built, "verify", "--as-of", "2017-08-16", "--format", "json")
    verdicts = json.loads(result.stdout)
    assert {verdict["as_of"] for verdict in verdicts} == {"2017-08-16"}
    readings = [reading for verdict in verdicts for reading in verdict["readings"]]
    assert readings
    assert {
        reading["vintage"] for reading in readings if reading["vintage"] > "2017-08-16"
    } == set()


def test_piped_output_is_plain_and_80_columns_wide(cli: Cli, built: Settings) -> None:
    result = cli(built, "verify")
    assert result.stderr == ""
    assert re.search(r"^a1 +conflicting$", result.stdout, re.M)
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(("more", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_only_on_a_terminal_that_wants_them(
    environment: Callable[..., dict[str, str]],
    built: Settings,
    more: dict[str, str],
    coloured: bool,
) -> None:
    text = on_a_terminal(["verify"], environment(built, TERM="xterm-256color", **more))
    assert "a1" in text
    assert ("\x1b[3" in text) is coloured


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify"],
        ["verify", "--format", "json"],
        ["explain", "a1"],
        ["claims"],
        ["datasets"],
        ["sql", "SELECT 1"],
        ["doctor"],
        ["schema"],
        ["schema", "--of", "claims"],
        ["new-claim", "ratio"],
        shlex.split(
            "try --kind value --place chicago-il --measure murder --period 2016 --value 768"
        ),
    ],
    ids=" ".join,
)
def test_only_run_imports_what_is_heavy(
    environment: Callable[..., dict[str, str]], built: Settings, arguments: list[str]
) -> None:
    code = (
        "import sys; from flows.cli import main; main(sys.argv[1:]);"
        f"print(*(m for m in {HEAVY} if m in sys.modules), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment(built),
        capture_output=True,
        text=True,
        check=True,
    )
    # Tests of chance are for those who ask for every detail.
    # Chance, which JSON and the explanation of a claim have.
    allowed = {"scipy"} if arguments[0] in ("explain", "try") or "json" in arguments else set()
    assert set(result.stderr.split()) <= allowed


# Explain


def test_verify_says_what_an_editor_asks(cli: Cli, built: Settings) -> None:
    said = {v["claim"]: v for v in json.loads(cli(built, "verify", "--format", "json").stdout)}
    *blocks, total = cli(built, "verify").stdout.strip().split("\n\n")
    assert len(blocks) == len(said)
    for block in blocks:
        flat = " ".join(block.split())
        verdict = said[flat.split()[0]]
        assert verdict["label"].replace("_", " ") in flat
        assert f"“{verdict['said']}”" in flat
        assert verdict["sentence"] in flat
        assert (verdict["closest_true"] or "") in flat
        named = [caveats()[id_].title.lower() for id_ in verdict["caveats"]]
        assert all(title in flat.lower() for title in named)
    counts = Counter(v["label"].replace("_", " ") for v in said.values())
    assert total.startswith(f"{len(said)} claims: ")
    assert all(f"{n} {label}" in total for label, n in counts.items())


def test_explain_answers_first_and_is_short(cli: Cli, built: Settings) -> None:
    [verdict] = json.loads(cli(built, "verify", "a1", "--format", "json").stdout)
    text = cli(built, "explain", "a1").stdout
    lines = text.splitlines()
    assert lines[0] == "a1: conflicting"
    assert [lines.index(line) for line in lines if line.startswith("True in 1 of 2")] == [6]
    assert max(len(line) for line in lines if "http" not in line) <= 80
    flat = " ".join(text.split())
    for id_ in verdict["caveats"]:
        assert " ".join(caveats()[id_].text.split()) in flat
    for stated, heading in ((True, "What the words can mean"), (False, "Wordings near it")):
        counts = Counter(r["outcome"] for r in verdict["readings"] if r["stated"] is stated)
        numbers = [counts[outcome] for outcome in ("holds", "fails", "missing")]
        [line] = [line for line in lines if line.startswith(heading)]
        assert list(map(int, re.findall(r"\d+", line))) == numbers
    assert len(lines) < 200 < len(verdict["readings"]) * 4


def test_explain_tells_the_parts_of_a_claim_apart(cli: Cli, built: Settings) -> None:
    [verdict] = json.loads(cli(built, "verify", "b7", "--format", "json").stdout)
    flat = " ".join(cli(built, "explain", "b7").stdout.split())
    assert len(verdict["tests"]) > 1
    assert f"It says {len(verdict['tests'])} things" in flat
    for test in verdict["tests"]:
        label = test["label"].replace("_", " ")
        assert f"{test['test']}. {test['says']} ({test['kind']}): {label}" in flat


def test_explain_all_leads_from_the_words_to_the_files(cli: Cli, built: Settings) -> None:
    verdict = json.loads(cli(built, "verify", "a1", "--format", "json").stdout)[0]
    text = cli(built, "explain", "a1", "--all").stdout
    flat = " ".join(text.split())
    assert verdict["said"] in flat
    assert verdict["sentence"] in flat
    for reading in verdict["readings"]:
        assert f"\n  {reading['id']} " in text
    order = ["What the words can mean", "Wordings near it", "How it is decided", "Sources"]
    assert sorted(order, key=text.index) == order
    assert "  sql/readings/record.sql\n" in text
    found = json.loads(cli(built, "explain", "a1", "--format", "json").stdout)
    assert found["verdict"] == verdict
    for source in found["sources"]:
        for snapshot in source["used"]:
            assert snapshot["sha256"] in text
            assert snapshot["source_url"] in text


def test_explain_sources_are_the_bundled_files(cli: Cli, built: Settings) -> None:
    found = json.loads(cli(built, "explain", "b2", "--format", "json").stdout)
    used = [snapshot for source in found["sources"] for snapshot in source["used"]]
    assert used
    for snapshot in used:
        manifests = (built.datasets_dir / snapshot["dataset"]).glob("snapshots/*/manifest.json")
        assert any(snapshot["sha256"] in path.read_text(encoding="utf-8") for path in manifests)


def test_explain_can_print_the_sql(cli: Cli, built: Settings) -> None:
    text = cli(built, "explain", "a1", "--sql").stdout
    assert "-- sql/readings/record.sql\n" in text
    assert "SELECT" in text


def test_a_claim_of_every_kind_can_be_explained(
    built: Settings,
    judged: list[Verdict],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From the verdicts that there are: verifying each anew takes three seconds."""

    def known(_: Settings, claims: Sequence[str], *__: object, **___: object) -> list[Verdict]:
        return [verdict for verdict in judged if verdict.claim in claims]

    monkeypatch.setattr(engine, "verify", known)
    monkeypatch.setenv("CRIMECLAIMS_VAR", str(built.var))
    one_of: dict[str, str] = {}
    for file in engine.claim_files(built):
        for claim in file.claims:
            one_of |= dict.fromkeys({t.kind for t in claim.tests} or {"uncheckable"}, claim.id)
    assert set(one_of) == {*kinds(), "uncheckable"}
    for id_ in dict.fromkeys(one_of.values()):
        assert command_line.main(["explain", id_, "--all"]) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        assert captured.out.startswith(f"{id_}: ")


# Lists and claim files


def test_datasets_says_who_published_what_under_which_licence(cli: Cli, built: Settings) -> None:
    rows = json.loads(cli(built, "datasets", "--format", "json").stdout)
    folders = sorted(path.parent.name for path in built.datasets_dir.glob("*/dataset.yml"))
    assert [row["dataset"] for row in rows] == folders
    assert all(row["publisher"] and row["licence"] and row["table"] for row in rows)


def test_claims_lists_the_words(cli: Cli, built: Settings) -> None:
    rows = list(csv.DictReader(io.StringIO(cli(built, "claims", "--format", "csv").stdout)))
    said = {row["claim"]: row["said"] for row in rows}
    assert "murders have soared to their highest levels in 20 years" in said["a1"]


def test_check_claims_needs_no_build(cli: Cli, nothing_built: Settings) -> None:
    files = [str(path) for path in sorted(nothing_built.claims_dir.glob("*.yml"))]
    result = cli(nothing_built, "check-claims", *files)
    assert result.returncode == 0
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == files


def test_check_claims_names_line_and_nearest_word(
    cli: Cli, built: Settings, tmp_path: Path
) -> None:
    source = built.claims_dir / "dcnf-2017-08-16.yml"
    lines = source.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines) if "measure: murder" in line)
    lines[number] = lines[number].replace("measure: murder", "measure: muder")
    path = tmp_path / "draft.yml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = cli(built, "check-claims", str(path))
    assert result.returncode == 2
    assert f"{path}:{number + 1}:" in result.stderr
    assert 'did you mean "murder' in result.stderr
    assert "Traceback" not in result.stderr


# SQL


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


# Doctor


def test_doctor_finds_nothing_wrong_with_a_good_build(cli: Cli, built: Settings) -> None:
    result = cli(built, "doctor")
    assert result.returncode == 0, result.stdout
    assert result.stdout.rstrip().endswith("all is well")


def test_doctor_says_how_to_mend_a_damaged_snapshot(
    cli: Cli, built: Settings, tmp_path: Path
) -> None:
    damaged = replace(built, datasets_dir=tmp_path / "datasets")
    shutil.copytree(built.datasets_dir, damaged.datasets_dir)
    path = next(damaged.datasets_dir.glob("cited_figures/snapshots/*/figures.csv"))
    path.write_bytes(path.read_bytes()[:-5])
    result = cli(damaged, "doctor")
    assert result.returncode == 2
    assert str(path) in result.stdout
    assert "mend: restore the file" in result.stdout


def test_doctor_sends_a_newcomer_to_run(cli: Cli, nothing_built: Settings) -> None:
    result = cli(nothing_built, "doctor")
    assert result.returncode == 2
    assert "mend: run: crimeclaims run" in result.stdout


# What goes wrong


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verify", "a11"], ["a11", 'did you mean "a1"', "crimeclaims claims"]),
        (["explain", "nonsense"], ["nonsense", "crimeclaims claims"]),
        (["verify", "--as-of", "2017-02-30"], ["2017-02-30"]),
        (["verify", "--as-of", "yesterday"], ["yesterday"]),
        (["verify", "--format", "xml"], ["xml", "json"]),
        (["run", "--source", "moon"], ["moon", "bundled"]),
        (["verfy"], ["verfy"]),
        (["check-claims"], ["FILE"]),
        (["check-claims", "nowhere.yml"], ["nowhere.yml", "cannot be read"]),
    ],
    ids=str,
)
def test_bad_usage_ends_with_2_and_says_what_is_wrong(
    cli: Cli, built: Settings, arguments: list[str], words: list[str]
) -> None:
    result = cli(built, *arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert all(word in result.stderr for word in words), result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [["verify"], ["explain", "a1"], ["sql", "SELECT 1"]], ids=str)
def test_without_a_build_the_next_step_is_said(
    cli: Cli, nothing_built: Settings, arguments: list[str]
) -> None:
    result = cli(nothing_built, *arguments)
    assert result.returncode == 2
    assert "there is no build yet" in result.stderr
    assert "next: run: crimeclaims run" in result.stderr


def test_a_build_that_is_not_a_database_is_bad_input(
    cli: Cli, built: Settings, nothing_built: Settings
) -> None:
    shutil.copytree(built.builds_dir, nothing_built.builds_dir)
    next(nothing_built.builds_dir.glob("*.duckdb")).write_bytes(b"not a database" * 1000)
    result = cli(nothing_built, "verify")
    assert result.returncode == 2
    assert "cannot be opened" in result.stderr
    assert "next: make it anew with: crimeclaims run" in result.stderr


def test_a_setting_that_is_no_number_is_bad_input(cli: Cli, built: Settings) -> None:
    result = cli(built, "verify", env={"CRIMECLAIMS_THREADS": "many"})
    assert result.returncode == 2
    assert "CRIMECLAIMS_THREADS='many'" in result.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GateClosed("closed", next_step="look"), 1),
        (SourceUnreachable("gone", next_step="wait"), 3),
        (RuntimeError("a bug\nwith details"), 4),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else type(value).__name__,
)
def test_each_kind_of_error_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
) -> None:
    def fail(*_: object, **__: object) -> Plan:
        raise error

    monkeypatch.setattr(listings, "datasets", fail)
    monkeypatch.delenv("CRIMECLAIMS_DEBUG", raising=False)
    assert command_line.main(["datasets"]) == code
    stderr = capsys.readouterr().err.strip()
    assert stderr.startswith("error: ")
    assert "Traceback" not in stderr
    assert "with details" not in stderr


def test_debug_shows_where_it_went_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(listings, "datasets", None)
    monkeypatch.setenv("CRIMECLAIMS_DEBUG", "")
    assert command_line.main(["--debug", "datasets"]) == 4
    assert "TypeError" in capsys.readouterr().err.partition("Traceback")[2]


def test_ctrl_c_ends_with_130_and_one_line(
    environment: Callable[..., dict[str, str]], built: Settings
) -> None:
    process = subprocess.Popen(
        [CRIMECLAIMS, "sql", "-"],
        env=environment(built),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with pytest.raises(subprocess.TimeoutExpired):  # it waits for its input
        process.wait(3)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr.strip()) == (130, "error: interrupted")


def test_text_from_a_file_cannot_steer_a_terminal() -> None:
    table = output.plain_table(["said"], [["\x1b[2Jgone\x07\u202efdp.exe\x9b31m"]], 80)
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(table)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_takes_an_abbreviated_option(name: str) -> None:
    with pytest.raises(click.UsageError):
        command_line.cli.commands[name].make_context(name, ["--f=json"])


def on_a_terminal(arguments: list[str], env: dict[str, str]) -> str:
    """What the command prints on a (pseudo) terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [CRIMECLAIMS, *arguments], env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    chunks = []
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(ours)
    assert process.wait(60) == 0
    return b"".join(chunks).decode()
