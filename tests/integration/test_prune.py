"""What prune deletes, and that it deletes nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from filelock import FileLock

from checks.run_diff import Inputs
from datasets.build import load_and_transform, plan_build
from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.fetch import Fetched
from datasets.leftovers import delete
from datasets.prune import candidates
from datasets.run_lock import run_lock
from datasets.settings import Settings
from datasets.warehouse import Build, point_to
from flows import runs
from flows.retention import snapshots_in_use
from tests.conftest import Cli
from tests.emulators.server import serving
from tests.support_live import UPDATED, bundled_homicides, crime_portal, files_below, get
from tests.support_snapshots import make_settings

CHICAGO = "chicago_homicides"
DAY = 86_400


@dataclass
class Archive:
    """Chicago's homicides: one bundled vintage, and five fetched ones on five days."""

    settings: Settings
    folders: list[Path]

    @property
    def there(self) -> list[int]:
        """Which of the five are left, 0 the oldest."""
        return [n for n, folder in enumerate(self.folders) if (folder / "manifest.json").is_file()]

    def build(self, upto: int, run: str | None = None, *, current: bool = False) -> Path:
        """A build of the bundled vintage and the first ``upto`` fetched ones, and a run of it."""
        hidden = self.settings.var / "hidden"
        hidden.mkdir(parents=True)
        for folder in self.folders[upto:]:
            folder.rename(hidden / folder.name)
        plan = plan_build(self.settings, [])
        path = self.settings.builds_dir / f"{plan.id}.duckdb"
        load_and_transform(self.settings, plan, path)
        for folder in self.folders[upto:]:
            (hidden / folder.name).rename(folder)
        hidden.rmdir()
        if current:
            point_to(self.settings, Build(plan.id, path, "2026-11-25", plan.snapshot_ids))
        if run:
            record = runs.Run(run, "2026-11-25T02:00:00+00:00", "auto", None, build=plan.id)
            runs.save(self.settings, record)
        return path

    def run(self, run: str, snapshots: Sequence[str]) -> None:
        """A run that says of which snapshots it was made; its build is gone."""
        record = runs.Run(
            run, "2026-11-25T02:00:00+00:00", "auto", None, build="0123", outcome="published"
        )
        runs.save(self.settings, record)
        inputs = Inputs(build="0123", as_of=None, snapshots=tuple(snapshots), claims={}, method="")
        path = runs.folder(self.settings, record) / runs.INPUTS
        path.write_text(inputs.model_dump_json())


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    root = tmp_path_factory.mktemp("prune")
    settings = make_settings(root, [CHICAGO], {CHICAGO: ("2018-03-04",)})
    rows = bundled_homicides(60)
    folders = []
    with serving(crime_portal(rows)) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRIMECLAIMS_BASE_URL_SOCRATA", server.url)
        for n in range(5):
            server.app = crime_portal(rows[: 50 + n], UPDATED + (n - 4) * DAY)
            found = get(settings, CHICAGO)
            assert isinstance(found, Fetched)
            folders.append(found.snapshot.folder)
    return Archive(settings, folders)


@pytest.fixture
def archive(fetched: Archive, tmp_path: Path) -> Iterator[Archive]:
    settings = Settings(var=tmp_path / "var", datasets_dir=tmp_path / "datasets")
    shutil.copytree(fetched.settings.var, settings.var)
    shutil.copytree(fetched.settings.datasets_dir, settings.datasets_dir)
    home = settings.archive_dir / CHICAGO
    load_catalog.cache_clear()
    yield Archive(settings, [home / folder.name for folder in fetched.folders])
    load_catalog.cache_clear()


def test_a_dry_run_is_the_default_and_deletes_nothing(cli: Cli, archive: Archive) -> None:
    before = files_below(archive.settings.var)
    for arguments in ([], ["--dry-run"]):
        result = cli(archive.settings, "prune", "--keep-vintages", "2", *arguments)
        assert result.returncode == 0, result.stderr
        assert files_below(archive.settings.var) == before
    size = sum(
        path.stat().st_size for folder in archive.folders[:3] for path in folder.rglob("*.*")
    )
    assert result.stdout.endswith(
        f"3 snapshots with {size:,} bytes would be deleted; to delete them: --yes\n"
    )
    assert result.stdout.count("would be deleted") == 4


def test_yes_deletes_what_was_announced_and_nothing_else(cli: Cli, archive: Archive) -> None:
    home = archive.settings.archive_dir / CHICAGO
    stray = home / "notes"
    stray.mkdir()
    (stray / "mine.txt").write_text("not a snapshot")
    outside = files_below(archive.settings.datasets_dir)
    before = files_below(archive.settings.var)
    dry = cli(archive.settings, "prune", "--keep-vintages", "2", "--format", "json")
    result = cli(archive.settings, "prune", "--keep-vintages", "2", "--yes", "--format", "json")
    assert result.returncode == 0, result.stderr
    ids = [(r["name"], r["bytes"]) for r in json.loads(result.stdout)]
    assert ids == [(r["name"], r["bytes"]) for r in json.loads(dry.stdout)]
    assert archive.there == [3, 4]
    after = files_below(archive.settings.var)
    gone = {f"archive/{CHICAGO}/{folder.name}/" for folder in archive.folders[:3]}
    assert after == {
        path: digest
        for path, digest in before.items()
        if not any(path.startswith(folder) for folder in gone)
    }
    assert files_below(archive.settings.datasets_dir) == outside
    assert [p for p in (archive.settings.archive_dir / ".making").iterdir() if p.is_dir()] == []


def test_bundled_vintages_count_and_stay(cli: Cli, archive: Archive) -> None:
    """Six vintages, the oldest is bundled: of the newest five all fetched ones are kept."""
    result = cli(archive.settings, "prune", CHICAGO, "--keep-vintages", "5", "--yes")
    assert (result.returncode, result.stdout) == (0, "nothing with 0 bytes deleted\n")
    assert archive.there == [0, 1, 2, 3, 4]
    assert cli(archive.settings, "prune", "--keep-vintages", "1", "--yes").returncode == 0
    assert archive.there == [4]
    assert (archive.settings.datasets_dir / CHICAGO / "snapshots" / "2018-03-04").is_dir()


def test_what_the_current_build_was_made_from_is_kept(cli: Cli, archive: Archive) -> None:
    archive.build(2, current=True)
    result = cli(archive.settings, "prune", "--keep-vintages", "1", "--yes")
    assert result.returncode == 0, result.stderr
    assert archive.there == [0, 1, 4]
    assert result.stdout.count("kept for the current build") == 2
    assert plan_build(archive.settings, []).snapshot_ids  # and it can still be planned


def test_what_a_run_was_made_from_is_kept_as_long_as_its_build_is_there(
    cli: Cli, archive: Archive
) -> None:
    path = archive.build(1, run="20261124T020000Z-aaaaaa")
    archive.build(2)  # of no run, and not current: nothing needs it
    result = cli(archive.settings, "prune", "--keep-vintages", "1", "--yes")
    assert "kept for run 20261124T020000Z-aaaaaa" in " ".join(result.stdout.split())
    assert archive.there == [0, 4]
    path.unlink()
    assert cli(archive.settings, "prune", "--keep-vintages", "1", "--yes").returncode == 0
    assert archive.there == [4]


def test_what_a_run_says_it_was_made_from_is_kept_until_the_run_goes(
    cli: Cli, archive: Archive
) -> None:
    """Also where its build is gone; and what goes with a run goes in the same call."""
    old, new = "20261124T020000Z-aaaaaa", "20261125T020000Z-aaaaaa"
    snapshots = [s for s in plan_build(archive.settings, []).snapshot_ids if "#" in s]
    archive.run(old, snapshots[1:3])
    archive.run(new, snapshots[2:3])
    assert cli(archive.settings, "prune", "--keep-vintages", "1", "--yes").returncode == 0
    assert archive.there == [0, 1, 4]
    both = ("--keep-vintages", "1", "--keep-runs", "1", "--yes")
    result = cli(archive.settings, "prune", *both)
    assert result.returncode == 0, result.stderr
    assert archive.there == [1, 4]
    assert f"kept for run {new}" in " ".join(result.stdout.split())


def test_tables_remade_for_other_columns_go_when_nothing_needs_them(
    cli: Cli, archive: Archive
) -> None:
    """A run that read a remade table refers to it, and to the snapshot it was made from."""
    path = archive.settings.datasets_dir / CHICAGO / "dataset.yml"
    declared = path.read_text()
    fewer = "".join(line for line in declared.splitlines(True) if "name: arrest," not in line)
    assert fewer != declared
    path.write_text(fewer)
    load_catalog.cache_clear()
    ids = plan_build(archive.settings, []).snapshot_ids
    home = archive.settings.var / "remade" / CHICAGO
    folders = sorted(home.iterdir())
    assert len(folders) == 5
    keep_all = ("--keep-vintages", "9", "--yes")
    assert cli(archive.settings, "prune", *keep_all).returncode == 0
    assert sorted(home.iterdir()) == folders  # they are of the columns declared
    path.write_text(declared)
    archive.run("20261124T020000Z-aaaaaa", ids[1:2])
    result = cli(archive.settings, "prune", "--keep-vintages", "1", "--yes")
    assert result.returncode == 0, result.stderr
    assert sorted(home.iterdir()) == folders[:1]
    assert archive.there == [0, 4]
    assert "3 snapshots, 4 remade tables" in result.stdout


def test_a_record_that_cannot_be_read_stops_it(cli: Cli, archive: Archive) -> None:
    path = archive.settings.runs_dir / "20261124T020000Z-aaaaaa" / "run.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    result = cli(archive.settings, "prune", "--keep-vintages", "1", "--yes")
    assert result.returncode == 2
    assert f"{path}: cannot be read" in result.stderr
    assert archive.there == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("damage", ["not a build", ""])
def test_a_build_that_cannot_be_read_stops_it(archive: Archive, damage: str) -> None:
    path = archive.build(1, run="20261124T020000Z-aaaaaa", current=not damage)
    if damage:
        path.write_text(damage)
    else:
        path.unlink()
    with pytest.raises(InputError, match=r"cannot be opened|is missing"):
        snapshots_in_use(archive.settings)


def test_it_waits_for_a_run_and_not_for_ever(cli: Cli, archive: Archive) -> None:
    with run_lock(archive.settings):
        result = cli(archive.settings, "prune", "--keep-vintages", "1", "--yes",
                     env={"CRIMECLAIMS_LOCK_WAIT": "0"})  # fmt: skip
    assert result.returncode == 2
    assert "another run is in progress" in result.stderr
    assert archive.there == [0, 1, 2, 3, 4]


def test_a_dataset_that_is_being_fetched_is_left_alone(cli: Cli, archive: Archive) -> None:
    with FileLock(archive.settings.archive_dir / ".making" / f"{CHICAGO}.lock"):
        result = cli(archive.settings, "prune", "--keep-vintages", "1", "--yes")
    assert result.returncode == 2
    assert "is being fetched by another process" in result.stderr
    assert archive.there == [0, 1, 2, 3, 4]


def test_a_link_into_another_folder_is_not_followed(archive: Archive, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    archive.folders[0].rename(elsewhere)
    archive.folders[0].symlink_to(elsewhere, target_is_directory=True)
    dataset = load_catalog(archive.settings.datasets_dir)[CHICAGO]
    found = candidates(archive.settings, [dataset], 1, {})
    assert [path for c in found for path in c.paths] == archive.folders[1:4]
    delete(archive.settings, found)
    assert archive.there == [0, 4]
    assert (elsewhere / "manifest.json").is_file()


def test_what_is_needed_or_elsewhere_is_refused(archive: Archive) -> None:
    dataset = load_catalog(archive.settings.datasets_dir)[CHICAGO]
    found = candidates(archive.settings, [dataset], 1, {})
    used = candidates(archive.settings, [dataset], 1, {found[0].name: "a run"})
    assert [c.kept_for for c in used] == ["a run", None, None, None]
    bundled = archive.settings.datasets_dir / CHICAGO / "snapshots" / "2018-03-04"
    inside = replace(found[0], paths=(bundled,))
    for wrong in (used[0], inside):
        with pytest.raises(InputError, match="may not be deleted"):
            delete(archive.settings, [found[1], wrong])
    assert archive.there == [0, 1, 2, 3, 4]
    with pytest.raises(InputError, match="at least one"):
        candidates(archive.settings, [dataset], 0, {})


def test_a_fetch_after_it_still_sees_that_nothing_changed(
    archive: Archive,
) -> None:
    """The source went back to an old vintage: what it was last compared with is kept."""
    home = archive.settings.archive_dir / CHICAGO
    path = home / "checked.json"
    value = json.loads(path.read_text())
    manifest = json.loads((archive.folders[1] / "manifest.json").read_text())
    snapshot = f"{CHICAGO}@{manifest['vintage']}#{manifest['files'][0]['sha256'][:8]}"
    path.write_text(json.dumps(value | {"snapshot": snapshot}))
    dataset = load_catalog(archive.settings.datasets_dir)[CHICAGO]
    found = candidates(archive.settings, [dataset], 1, {})
    assert [c.kept_for for c in found] == [None, "the last check of its source", None, None]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--keep-vintages", "0"], "0 is not in the range x>=1"),
        ([], "nothing to prune is named"),
        (["--keep-builds", "0"], "0 is not in the range x>=1"),
        (["chicago_homicides", "--keep-builds", "1"], "neither --keep-vintages nor --unfinished"),
        (["chicago_homicide", "--keep-vintages", "1"], 'did you mean "chicago_homicides"?'),
    ],
)
def test_a_wrong_call_deletes_nothing(
    cli: Cli, archive: Archive, arguments: list[str], says: str
) -> None:
    result = cli(archive.settings, "prune", *arguments, "--yes")
    assert result.returncode == 2
    assert says in result.stderr
    assert archive.there == [0, 1, 2, 3, 4]
