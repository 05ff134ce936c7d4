"""The command line, as a user meets it: the real command in a process of its own."""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest

from datasets.build import Plan
from datasets.errors import GateClosed, SourceUnreachable
from datasets.settings import Settings
from flows import cli as command_line
from flows import listings, output
from tests.conftest import CRIMECLAIMS, Cli

HEAVY = ("prefect", "great_expectations", "pandas", "rich", "sqlalchemy", "scipy")
COMMANDS = sorted(command_line.cli.commands)


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
