"""The README is true: its commands run, and what it shows is what the program says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from checks.quantity import hedges
from checks.verdicts import LABEL_RULES
from checks.verify import schema, verify
from datasets.settings import CHECKS_DIR, PROJECT_DIR, Settings
from tests.conftest import Cli

README = (PROJECT_DIR / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("crimeclaims ")
]


def test_the_readme_leads_with_the_two_commands() -> None:
    first = README.index("```sh")
    assert README[first:].startswith("```sh\nmake run ")
    assert README.index("make test") < README.index("## ")


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != ["run"]], ids=" ".join)
def test_a_command_of_the_readme_works(started: Cli, built: Settings, command: list[str]) -> None:
    here = [str(PROJECT_DIR / word) if word.endswith(".yml") else word for word in command]
    result = started(built, *here)
    assert result.returncode == 0, result.stderr
    assert result.stdout
    assert not result.stderr


def test_the_sample_verdict_is_real(built: Settings) -> None:
    [verdict] = verify(built, ["a1"])
    shown = " ".join(README.split())
    assert f'a1 {verdict.label} "{verdict.said}"' in shown
    assert verdict.sentence in shown
    assert verdict.closest_true is not None
    assert verdict.closest_true in shown


def test_the_sample_claim_is_real() -> None:
    sample = README[README.index("  - id: b2") : README.index("```\n\nKinds:")]
    lines = [line.strip() for line in sample.splitlines()]
    text = (CHECKS_DIR / "claims" / "sessions-2017-08-16.yml").read_text(encoding="utf-8")
    real = [
        line.strip()
        for line in text[text.index("  - id: b2") : text.index("  - id: b3")].splitlines()
    ]
    assert [line for line in real if line and not line.startswith("note:")] == lines


def test_labels_and_hedges_of_the_readme_exist() -> None:
    for rule in LABEL_RULES:
        assert f"`{rule.label}`" in README
    for word in ("nearly", "barely", "more than"):
        assert word in hedges()


def test_every_file_and_folder_named_in_the_readme_exists() -> None:
    named = set(re.findall(r"`((?:checks|datasets|sql|flows)/[A-Za-z0-9_./-]*)`", README))
    assert named
    for name in named:
        assert (PROJECT_DIR / name).exists(), name


def test_the_published_schema_is_the_one_of_the_code() -> None:
    path: Path = CHECKS_DIR / "schema" / "verify.schema.json"
    committed = json.loads(path.read_text(encoding="utf-8"))
    assert committed == schema(), (
        "write it anew: crimeclaims schema > checks/schema/verify.schema.json"
    )
