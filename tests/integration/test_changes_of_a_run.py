"""A run after new vintages came: which figures moved, which verdicts flipped, and why."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from checks.run_changes import markdown
from datasets.settings import CHECKS_DIR, DATASETS_DIR, Settings
from flows import comparing, runs, steps
from tests.conftest import Cli
from tests.support_site import read_folder
from tests.support_snapshots import make_settings

#: What the second run has and the first has not.
LATER = {"chicago_homicides": "2024-05-03", "fbi_estimated_crimes": "2023-10-16"}


@dataclass(frozen=True)
class Two:
    """A run on older vintages, and one on all of them, with another claim changed."""

    settings: Settings
    first: runs.Run
    second: runs.Run

    def read(self, run: runs.Run, name: str) -> Any:
        return json.loads((runs.folder(self.settings, run) / name).read_text(encoding="utf-8"))


def run_steps(settings: Settings, id_: str) -> runs.Run:
    """What the flow does, without Prefect."""
    run = runs.Run(run=id_, started="2026-11-24T02:00:00+00:00", source="bundled", as_of=None)
    folder = runs.folder(settings, run)
    built = steps.build(settings, fetched=False)
    run.build = built.build.id
    runs.save(settings, run)
    steps.verify(settings, folder, built.build, None)
    steps.report(settings, run, built.build)
    runs.end(settings, run, "published")
    return run


def twins_about_states() -> str:
    """The claim file of the twins with these two alone."""
    text = (CHECKS_DIR / "claims" / "twins.yml").read_text(encoding="utf-8")
    head, *claims = re.split(r"(?m)^(?=  - id: )", text)
    return head + "".join(each for each in claims if each.startswith("  - id: twin-states-"))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Two:
    root = tmp_path_factory.mktemp("two")
    earlier = {
        name: [p.name for p in (DATASETS_DIR / name / "snapshots").iterdir() if p.name != vintage]
        for name, vintage in LATER.items()
    }
    settings = replace(make_settings(root, LATER, earlier), claims_dir=root / "claims")
    settings.claims_dir.mkdir()
    shutil.copy(CHECKS_DIR / "claims" / "dcnf-2017-08-16.yml", settings.claims_dir)
    path = settings.claims_dir / "twins.yml"
    text = twins_about_states()
    path.write_text(text, encoding="utf-8")
    first = run_steps(settings, "20261124T020000Z-aaaaaa")
    for dataset, vintage in LATER.items():
        place = Path(dataset) / "snapshots" / vintage
        shutil.copytree(DATASETS_DIR / place, settings.datasets_dir / place)
    start = text.index("- id: twin-states-false")
    changed = text[start:].replace("said: ", "said: so ", 1).replace('so "', '"so ')
    path.write_text(text[:start] + changed, encoding="utf-8")
    return Two(settings, first, run_steps(settings, "20261125T020000Z-bbbbbb"))


def test_a_first_run_has_nothing_to_compare_with(two: Two) -> None:
    value = two.read(two.first, "vintages.json")
    assert value == {"previous": None, "diff": None, "moved": [], "notes": []}
    front = read_folder(runs.folder(two.settings, two.first) / "report")["index.html"]
    assert "There is no earlier run to compare with" in front.text_of["changes"]


def test_the_figures_that_moved_are_in_the_run(two: Two) -> None:
    value = two.read(two.second, "vintages.json")
    assert value["previous"] == two.first.run
    moved = {each["dataset"]: each for each in value["moved"]}
    assert set(moved) == set(LATER)
    homicides = moved["chicago_homicides"]
    assert (homicides["from_vintage"], homicides["to_vintage"]) == ("2019-10-12", "2024-05-03")
    assert homicides["counts"] == {"revised": 53, "status": 4, "new": 20}
    assert len(homicides["figures"]) == 25


def test_flips_are_those_of_the_two_lists_of_verdicts(two: Two) -> None:
    before, after = (
        {v["claim"]: v["label"] for v in two.read(run, "verdicts.json")}
        for run in (two.first, two.second)
    )
    expected = {c: (before[c], after[c]) for c in before if before[c] != after[c]}
    assert expected
    flips = two.read(two.second, "vintages.json")["diff"]["flips"]
    assert {f["claim"]: (f["before"], f["after"]) for f in flips} == expected


def test_each_flip_has_its_reason(two: Two) -> None:
    flips = two.read(two.second, "vintages.json")["diff"]["flips"]
    reasons = {flip["claim"]: flip["reasons"] for flip in flips}
    assert reasons["twin-states-false"] == [
        "the claim itself was changed: its file says something else now"
    ]
    assert reasons["twin-states-true"] == [
        "fbi_estimated_crimes: vintage 2023-10-16 is new (of its stated readings: 1 true)"
    ]
    assert all(len(each) == 1 for each in reasons.values())


def test_the_report_links_a_flip_to_its_claim_and_to_the_figures(two: Two) -> None:
    site = read_folder(runs.folder(two.settings, two.second) / "report")
    page = site["changes.html"]
    said = " ".join(page.text.split())
    flips = two.read(two.second, "vintages.json")["diff"]["flips"]
    for flip in flips:
        assert " ".join(flip["reasons"]) in said
        assert flip["sentence_before"] in said
    assert "of 96 published figures 53 revised, 4 with another status, 20 new" in said
    assert "crimeclaims vintages chicago_homicides --from 2019-10-12 --to 2024-05-03" in said
    front = site["index.html"].links()
    assert {"changes.html#changes-chicago_homicides", "claims/twin-states-true.html"} <= set(front)
    assert list(site.broken_links()) == []
    moved = two.read(two.second, "vintages.json")["moved"][0]["figures"]
    numbers = page.numbers["changes-chicago_homicides"]
    assert numbers == [n for f in moved for n in (f["before"], f["after"]) if n is not None]


def test_prefect_is_told_the_same(two: Two) -> None:
    value = two.read(two.second, "vintages.json")
    built = steps.build(two.settings, fetched=False)
    assert not built.made
    verdicts = comparing.read_run(two.settings, two.second).verdicts
    text = markdown(comparing.changes(two.settings, two.second, built.build, verdicts))
    assert f"What changed since run `{two.first.run}`" in text
    assert "53 revised" in text
    for flip in value["diff"]["flips"]:
        assert f"- `{flip['claim']}`: " in text
    assert two.read(two.second, "vintages.json") == value


def test_a_run_of_another_day_or_without_verdicts_is_not_the_one_before(two: Two) -> None:
    later = replace(two.second, run="20261126T020000Z-cccccc")
    for id_, changes in (
        ("20261125T030000Z-dddddd", {"as_of": "2017-08-16"}),
        ("20261125T040000Z-eeeeee", {"outcome": "failed"}),
        ("20261125T050000Z-ffffff", {}),  # its verdicts are gone
    ):
        runs.save(two.settings, replace(two.second, run=id_, **changes))  # type: ignore[arg-type]
    try:
        found = comparing.previous(two.settings, later)
        assert found is not None
        assert found.run == two.second.run
        as_of = comparing.previous(two.settings, replace(later, as_of="2020-01-01"))
        assert as_of is None
    finally:
        for path in two.settings.runs_dir.glob("*-[def][def][def][def][def][def]"):
            shutil.rmtree(path)


def test_diff_prints_the_flips_of_two_runs(cli: Cli, two: Two) -> None:
    result = cli(two.settings, "diff", "20261124", two.second.run)
    assert result.returncode == 0, result.stderr
    assert max(map(len, result.stdout.splitlines())) <= 80
    said = " ".join(result.stdout.split())
    flips = two.read(two.second, "vintages.json")["diff"]["flips"]
    for flip in flips:
        before, after = (flip[at].replace("_", " ") for at in ("before", "after"))
        assert f"{flip['claim']}: {after}, was {before} said “{flip['said']}”" in said
        assert f"before {flip['sentence_before']} now {flip['sentence_after']} why " in said
        assert flip["reasons"][0] in said
    value = json.loads(cli(two.settings, "diff", "20261124", "20261125", "--format", "json").stdout)
    assert value["flips"] == flips
    back = json.loads(cli(two.settings, "diff", "20261125", "20261124", "--format", "json").stdout)
    assert [(f["claim"], f["after"], f["before"]) for f in back["flips"]] == [
        (f["claim"], f["before"], f["after"]) for f in flips
    ]
    assert back["data"][0]["gone"] == ["2024-05-03"]
    csv = cli(two.settings, "diff", "20261124", "20261125", "--format", "csv").stdout
    assert csv.startswith("claim,before,after,why,said,sentence_before,sentence_after\n")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("2026", 'the names of 2 runs begin with "2026"'),
        ("../x", 'no run is named "../x"'),
        ("20261124T020000Z-aaaaab", 'did you mean "20261124T020000Z-aaaaaa"?'),
        ("", 'runs begin with ""'),
    ],
)
def test_a_run_that_is_not_there_is_said(cli: Cli, two: Two, name: str, says: str) -> None:
    result = cli(two.settings, "diff", name, two.second.run)
    assert result.returncode == 2
    assert says in result.stderr
    assert two.second.run in result.stderr
