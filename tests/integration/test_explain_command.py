"""``crimeclaims explain``: one claim, from its words to the files it rests on."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence

import pytest

from checks import verify as engine
from checks.caveats import caveats
from checks.claim_keys import kinds
from checks.models import Verdict
from datasets.settings import Settings
from flows import cli as command_line
from tests.conftest import Cli


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
