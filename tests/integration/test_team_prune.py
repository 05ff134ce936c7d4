"""What one machine of a team prunes: it does not come back, and nothing that is needed is lost."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from checks.run_diff import Inputs
from datasets import lake_prune, shared
from datasets.archive import MANIFEST, Snapshot, list_snapshots
from datasets.archive_sync import PRUNED, ROOT, sync
from datasets.build import plan_again, plan_build
from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.lake_builds import publish
from datasets.lake_setting import LAKE_DATA, WAREHOUSE
from datasets.set_aside import set_aside
from datasets.settings import DATASETS_DIR, Settings
from flows import runs
from flows.prune_command import prune
from tests.support_fetched import RTCI, rtci_rows, write_rows
from tests.support_lake import machine, small_build

DAYS = ("2026-02-24", "2026-03-24", "2026-04-24")
RUN = "20261125T020000Z-aaaaaa"


@dataclass
class Team:
    """Machines with one lake, whose catalog is a file. All have RTCI's vintages of ``DAYS``."""

    folder: Path

    def machine(self, name: str) -> Settings:
        return machine(self.folder, name, f"{self.folder}/c.ducklake")

    def fetch(self, settings: Settings, day: str) -> None:
        """Put a generated vintage into the archive of a machine; each time with another origin."""
        made = write_rows(self.folder / "made", RTCI, day, list(rtci_rows(self.folder)))
        manifest = json.loads((made / MANIFEST).read_text())
        at = len(list(settings.archive_dir.rglob(MANIFEST)))
        text = json.dumps(manifest | {"origin": f"{settings.var.name}, after {at} others"})
        (made / MANIFEST).write_text(text)
        home = settings.archive_dir / RTCI
        home.mkdir(parents=True, exist_ok=True)
        shutil.move(made, home / made.name)

    def prune(self, settings: Settings, *options: str) -> dict[str, str]:
        """What is said of the snapshots of each vintage but the newest."""
        env = {
            "CRIMECLAIMS_VAR": str(settings.var),
            WAREHOUSE: f"ducklake:{self.folder}/c.ducklake",
            LAKE_DATA: str(self.folder / "data"),
        }
        arguments = (RTCI, "--keep-vintages", "1", "--format", "json", *options)
        ran = CliRunner().invoke(prune, arguments, env=env, catch_exceptions=False)
        assert ran.exit_code == 0, ran.stderr
        return {row["name"].split("#")[0][-10:]: row["what"] for row in json.loads(ran.stdout)}


@pytest.fixture
def team(tmp_path: Path) -> Team:
    team = Team(tmp_path)
    (tmp_path / "made").mkdir()
    one, two = team.machine("one"), team.machine("two")
    for day in DAYS:
        team.fetch(one, day)
    sync(one)
    assert len(sync(two).got) == len(DAYS)
    return team


def days(snapshots: list[Snapshot]) -> list[str]:
    return [str(snapshot.manifest.vintage) for snapshot in snapshots]


def archived(settings: Settings) -> list[str]:
    return days(list_snapshots(settings, load_catalog(DATASETS_DIR)[RTCI]))


def aside(settings: Settings) -> list[Snapshot]:
    return set_aside(settings, load_catalog(DATASETS_DIR)[RTCI])


def test_what_is_pruned_on_one_machine_comes_back_from_no_other(team: Team) -> None:
    one, two, three = (team.machine(name) for name in ("one", "two", "three"))
    said = team.prune(one, "--yes")
    assert said == {DAYS[0]: "deleted", DAYS[1]: "deleted"}
    assert archived(one) == list(DAYS[2:])
    assert plan_build(one, []).id != plan_build(two, []).id
    assert days(sync(two).aside) == list(DAYS[:2])
    assert plan_build(one, []).id == plan_build(two, []).id
    for _ in range(2):
        for each in (one, two):
            assert sync(each) == ([], [])
            assert archived(each) == list(DAYS[2:])
    assert days(sync(three).got) == list(DAYS[2:])  # a new one
    # Fetched anew it is another snapshot, which nobody pruned.
    team.fetch(one, DAYS[0])
    sync(one)
    assert days(sync(two).got) == [DAYS[0]]
    assert archived(two) == [DAYS[0], DAYS[2]]
    # A prune that is cut off after its first word in the lake: the files are there, nobody's.
    name = next(n for n in shared.names(one, ROOT) if DAYS[0] in n and n.endswith(MANIFEST))
    shared.put(one, name.removesuffix(f"/{MANIFEST}") + PRUNED, b"")
    assert days(sync(one).aside) == days(sync(two).aside) == [DAYS[0]]
    assert sync(three) == ([], [])
    assert days(aside(two)) == [DAYS[0], DAYS[0], DAYS[1]]  # side by side


def test_what_a_run_of_another_machine_was_made_from_stays_everywhere(team: Team) -> None:
    one, two = team.machine("one"), team.machine("two")
    ids = [each.id for each in list_snapshots(two, load_catalog(DATASETS_DIR)[RTCI])]
    old = publish(two, replace(small_build(two, "old", 10), snapshots=(ids[0],)))
    lake_prune.remember(two, RUN, old.lake_snapshot)
    publish(two, replace(small_build(two, "new", 10), snapshots=(ids[2],)))
    expected = {DAYS[0]: f"kept for run {RUN}", DAYS[1]: "would be deleted"}
    assert team.prune(one) == expected
    assert team.prune(one, "--yes") == expected | {DAYS[1]: "deleted"}
    assert days(sync(two).aside) == [DAYS[1]]
    assert archived(one) == archived(two) == [DAYS[0], DAYS[2]]
    assert sync(team.machine("three")).got[0].id == ids[0]
    lake_prune.forget(two, RUN)
    assert team.prune(one) == {DAYS[0]: "would be deleted"}


def test_what_only_this_machine_knows_to_be_needed_is_set_aside_until_it_is_not(
    team: Team,
) -> None:
    """A run from before there was a lake: no other machine can know of it."""
    one, two = team.machine("one"), team.machine("two")
    [first, second, _] = list_snapshots(two, load_catalog(DATASETS_DIR)[RTCI])
    record = runs.Run(
        RUN, "2026-11-25T02:00:00+00:00", "auto", None, build="0123", outcome="published"
    )
    runs.save(two, record)
    inputs = Inputs(build="0123", as_of=None, snapshots=(first.id,), claims={}, method="")
    (runs.folder(two, record) / runs.INPUTS).write_text(inputs.model_dump_json())
    assert set(team.prune(one, "--yes").values()) == {"deleted"}
    sync(two)
    assert [each.id for each in aside(two)] == [first.id, second.id]
    assert archived(two) == list(DAYS[2:])
    # It can be replayed there, and only there.
    assert plan_again(two, [], [first.id]).snapshot_ids == (first.id,)
    with pytest.raises(InputError, match="not in the archive any more"):
        plan_again(one, [], [first.id])
    assert team.prune(two, "--yes") == {DAYS[0]: f"kept for run {RUN}", DAYS[1]: "deleted"}
    assert [each.id for each in aside(two)] == [first.id]
    shutil.rmtree(runs.folder(two, record))
    assert team.prune(two, "--yes") == {DAYS[0]: "deleted"}
    assert aside(two) == []
    assert sync(two) == sync(one) == ([], [])
