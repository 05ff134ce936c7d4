"""``crimeclaims verify``, and the lists of claims and datasets, as a user meets them."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from checks import verify as engine
from checks.caveats import caveats
from datasets.settings import Settings
from tests.conftest import CRIMECLAIMS, Cli

REQUIRED_OF_VERDICT = {
    *("claim", "document", "said", "label", "holds_share", "nearby_support", "caveats"),
    *("closest_true", "readings", "build"),
}
REQUIRED_OF_READING = {
    *("dataset", "vintage", "definition", "place", "stated", "figures", "holds"),
}


@pytest.fixture(scope="module")
def as_json(cli: Cli, built: Settings) -> str:
    """What is printed of all claims, with every detail."""
    return cli(built, "verify", "--format", "json").stdout


def test_verify_json_is_what_its_schema_says(cli: Cli, built: Settings, as_json: str) -> None:
    verdicts = json.loads(as_json)
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


def test_verify_is_the_same_twice(cli: Cli, built: Settings, as_json: str) -> None:
    assert cli(built, "verify", "--format", "json").stdout == as_json


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


def test_verify_says_what_an_editor_asks(cli: Cli, built: Settings, as_json: str) -> None:
    said = {v["claim"]: v for v in json.loads(as_json)}
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


def test_check_claims_needs_no_build(cli: Cli, built: Settings, tmp_path: Path) -> None:
    files = [str(path) for path in sorted(built.claims_dir.glob("*.yml"))]
    result = cli(replace(built, var=tmp_path / "var"), "check-claims", *files)
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
