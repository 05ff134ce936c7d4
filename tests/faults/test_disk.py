"""A disk that is full, or closed, at each step: a clear error, and the last good build stays.

On a tmpfs of a few megabytes, which needs root and the right to mount; skipped without.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from datasets.catalog import load_catalog
from datasets.disk import disk_trouble
from datasets.settings import Settings
from datasets.warehouse import Build, current_build, point_to, reader
from flows import fetching, runs, steps
from tests.conftest import Cli
from tests.emulators.server import serving
from tests.support_live import FAST, bundled_homicides, crime_portal
from tests.support_snapshots import make_settings

CHICAGO = "chicago_homicides"


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="module")
def settings(disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A world on the small disk, whose data changed since its last build."""
    root = tmp_path_factory.mktemp("world")
    made = make_settings(root, [CHICAGO], {CHICAGO: ("2018-03-04",)})
    claims = root / "claims"
    claims.mkdir()
    source = made.claims_dir / "dcnf-2017-08-16.yml"
    (claims / source.name).write_bytes(source.read_bytes())
    made = replace(made, var=disk / "var", claims_dir=claims, threads=1, network=FAST)
    steps.build(made)
    suite = made.datasets_dir / CHICAGO / "dataset.yml"
    suite.write_text(suite.read_text().replace("Chicago homicides", "Homicides in Chicago"))
    load_catalog.cache_clear()
    yield made
    load_catalog.cache_clear()


@pytest.fixture
def full(disk: Path) -> Iterator[Callable[[], None]]:
    """Fills the disk to its last byte; it is free again afterwards."""
    ballast = disk / "ballast"

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass

    yield fill
    ballast.unlink(missing_ok=True)


def said_of(work: Callable[[], object]) -> str:
    with pytest.raises(Exception) as caught:
        work()
    known = disk_trouble(caught.value, Path("var"))
    assert known is not None, repr(caught.value)
    assert known.exit_code == 2
    assert "next run removes what this one half wrote" in str(known.next_step)
    return str(known)


def test_a_full_disk_at_each_step_leaves_the_last_build_and_says_where(
    settings: Settings, full: Callable[[], None], disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = current_build(settings)
    run = runs.begin(settings, "auto", None)
    folder = runs.folder(settings, run)

    def published() -> Build:
        build = current_build(settings)
        with reader(settings, build.path) as con:
            assert con.execute("SELECT build_id FROM meta.build").fetchall() == [(build.id,)]
        return build

    def free() -> None:
        (disk / "ballast").unlink()

    full()
    with serving(crime_portal(bundled_homicides(50))) as there:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_SOCRATA", there.url)
        [result] = fetching.fetch_all(settings, fetching.chosen(settings, [CHICAGO]))
    assert (result.outcome, result.exit_code) == ("failed", 2)
    assert f"the disk is full: a file below {settings.var}" in result.said
    assert not list((settings.archive_dir / CHICAGO).glob("*"))
    assert "the disk is full" in said_of(lambda: steps.build(settings))  # load
    free()

    gate = steps._gate

    def late(*arguments: object, **named: object) -> None:
        full()
        gate(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(steps, "_gate", late)  # validate
    with pytest.raises(Exception, match=r"full|No space|could not run"):
        steps.build(settings)
    assert published() == last
    free()

    def later(*arguments: object, **named: object) -> None:
        gate(*arguments, **named)  # type: ignore[arg-type]
        full()

    monkeypatch.setattr(steps, "_gate", later)  # publish
    assert "the disk is full" in said_of(lambda: steps.build(settings))
    assert published() == last
    free()

    monkeypatch.setattr(steps, "_gate", gate)
    built = steps.build(settings).build
    assert built.id != last.id
    assert [path.name for path in settings.builds_dir.glob(".*")] == []
    full()
    assert "the disk is full" in said_of(lambda: steps.verify(settings, folder, built, None))
    assert not (folder / runs.VERDICTS).exists()
    free()
    steps.verify(settings, folder, built, None)
    full()
    assert "the disk is full" in said_of(lambda: steps.report(settings, run, built))
    assert not (folder / runs.REPORT).exists()
    free()
    assert steps.report(settings, run, built)[0].is_file()
    runs.end(settings, run, "published")  # which closes its log


def test_a_folder_that_cannot_be_written_to_is_named(
    cli: Cli, settings: Settings, disk: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        for command in (["run"], ["prune", "--keep-builds", "1"]):
            result = cli(settings, *command, env={"PREFECT_HOME": ""})
            assert result.returncode == 2, result.stderr
            assert f"error: {disk}" in result.stderr
            assert "cannot be written to: Read-only file system" in result.stderr
            assert "next: make it writable" in result.stderr
            assert "Traceback" not in result.stderr
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


def test_a_reader_of_the_old_build_goes_on_while_a_new_one_is_published(settings: Settings) -> None:
    old = current_build(settings)
    with reader(settings, old.path) as con:
        copy = old.path.with_name("another.duckdb")
        copy.write_bytes(old.path.read_bytes())
        point_to(settings, replace(old, id="another", path=copy))
        assert con.execute("SELECT count(*) > 0 FROM mart.series").fetchall() == [(True,)]
        assert current_build(settings).id == "another"
    point_to(settings, old)
    copy.unlink()
