"""Files that arrive broken: a message that names the place, nothing published, nothing lost."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from datasets.archive import MANIFEST
from datasets.errors import GateClosed, InputError
from datasets.settings import Settings
from datasets.warehouse import current_build, writer
from flows import steps
from tests.faults.cases import ALL, PORTAL, VINTAGES
from tests.faults.conftest import fill
from tests.support_snapshots import (
    change_manifest,
    damage_rows,
    data_file,
    make_settings,
    read_manifest,
    snapshot_folder,
    write_bytes,
)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Some vintages of all datasets, and a build of them that is current."""
    settings = make_settings(tmp_path_factory.mktemp("good"), ALL, VINTAGES)
    steps.build(settings)
    return settings


@pytest.fixture
def settings(good: Settings, tmp_path: Path) -> Settings:
    """The same archive, to be damaged, beside the same builds."""
    shutil.copytree(good.datasets_dir, tmp_path / "datasets")
    return replace(good, datasets_dir=tmp_path / "datasets")


def refused(settings: Settings, error: type[InputError] | type[GateClosed]) -> str:
    """The message of a build that fails; the last good one must be as it was."""
    builds = settings.builds_dir
    before = {path: path.stat().st_mtime_ns for path in builds.iterdir() if path.is_file()}
    with pytest.raises(error) as caught:
        steps.build(settings)
    after = {path: path.stat().st_mtime_ns for path in builds.iterdir() if path.is_file()}
    assert after == before
    assert current_build(settings).path.is_file()
    assert caught.value.exit_code == (2 if error is InputError else 1)
    return str(caught.value)


def refused_first(settings: Settings, tmp_path: Path) -> str:
    """The message of a first build: a run whose manifests are the current build's makes none."""
    settings = replace(settings, var=tmp_path / "var")
    with pytest.raises(InputError) as caught:
        steps.build(settings)
    assert not list(settings.builds_dir.glob("*"))
    return str(caught.value)


def lines_of(folder: Path) -> list[bytes]:
    return data_file(folder).read_bytes().splitlines(keepends=True)


def cut_in_a_row(folder: Path) -> bytes:
    return b"".join(lines_of(folder)[:5000])[:-20]


def wrong_encoding(folder: Path) -> bytes:
    lines = lines_of(folder)
    lines[41] = lines[41].replace(b"01A", "é1A".encode("latin-1"))
    return b"".join(lines)


def renamed_column(folder: Path) -> bytes:
    return data_file(folder).read_bytes().replace(b"fbi_code", b"fbi_cod", 1)


def extra_column(folder: Path) -> bytes:
    lines = [line.rstrip(b"\n") for line in lines_of(folder)]
    return b"\n".join([lines[0] + b",beat", *(line + b",1" for line in lines[1:])]) + b"\n"


def two_columns_alike(folder: Path) -> bytes:
    return data_file(folder).read_bytes().replace(b",domestic,", b",arrest,", 1)


def impossible_date(folder: Path) -> bytes:
    return data_file(folder).read_bytes().replace(b"2001-01-06 10:35:00", b"2001-02-30 10:35:00", 1)


def missing_value(folder: Path) -> bytes:
    return data_file(folder).read_bytes().replace(b"G005960", b"", 1)


BAD: dict[str, tuple[Callable[[Path], bytes], list[str]]] = {
    "cut off within a row": (cut_in_a_row, [":5000: updated_at: is required"]),
    "empty": (lambda _: b"", ["is empty"]),
    "of another encoding": (wrong_encoding, ["UTF-8", ":42:"]),
    "UTF-16": (lambda f: data_file(f).read_text().encode("utf-16"), ["UTF-8"]),
    "with a column renamed": (renamed_column, [":1: fbi_code: column is missing", '"fbi_cod"']),
    "with a column more": (extra_column, [":1: beat: column is not declared"]),
    "with a column twice": (two_columns_alike, [":1: arrest: column is there twice"]),
    "with a date that is none": (impossible_date, [":5: occurred_at:", "2001-02-30"]),
    "with a required value missing": (missing_value, [":5: case_number: is required"]),
}


@pytest.mark.parametrize(("damage", "says"), BAD.values(), ids=BAD)
def test_a_broken_file_is_refused_with_its_place(
    settings: Settings, damage: Callable[[Path], bytes], says: list[str]
) -> None:
    folder = snapshot_folder(settings, PORTAL)
    write_bytes(folder, damage(folder))
    message = refused(settings, InputError)
    for words in [str(data_file(folder)), *says]:
        assert words in message, message


@pytest.mark.parametrize("damage", [damage for damage, _ in BAD.values()], ids=BAD)
def test_bytes_that_are_not_those_archived_are_refused(
    settings: Settings, tmp_path: Path, damage: Callable[[Path], bytes]
) -> None:
    folder = snapshot_folder(settings, PORTAL)
    write_bytes(folder, damage(folder), remanifest=False)
    message = refused_first(settings, tmp_path)
    assert f"{data_file(folder)}: has sha256" in message
    assert "its manifest says" in message


@pytest.mark.parametrize("part", [0, 5000])
def test_a_file_cut_between_rows_does_not_pass_the_gate(settings: Settings, part: int) -> None:
    folder = snapshot_folder(settings, PORTAL)
    write_bytes(folder, b"".join(lines_of(folder)[: part + 1]))
    message = refused(settings, GateClosed)
    assert f"{PORTAL}.vintages_cover_the_earlier failed" in message or "no_orphan" in message
    assert "why it is checked: " in message


def test_duplicated_rows_do_not_pass_the_gate(settings: Settings) -> None:
    damage_rows(snapshot_folder(settings, PORTAL), lambda rows: rows + rows[:500])
    message = refused(settings, GateClosed)
    assert f"{PORTAL}.key_unique failed on stg.{PORTAL}: 500 offending rows" in message
    assert "id=634, times=2, rows=[1, 9932]" in message


def shuffled_columns(folder: Path) -> bytes:
    rows = list(csv.DictReader(io.StringIO(data_file(folder).read_text(encoding="utf-8"))))
    text = io.StringIO()
    writer_ = csv.DictWriter(text, sorted(rows[0], reverse=True), lineterminator="\n")
    writer_.writeheader()
    writer_.writerows(rows)
    return text.getvalue().encode()


def shuffled_rows(folder: Path) -> bytes:
    header, *rows = lines_of(folder)
    return b"".join([header, *reversed(rows)])


def figures(settings: Settings) -> list[tuple[object, ...]]:
    with writer(settings, Path(":memory:")) as con:
        fill(con, settings)
        return con.execute(
            "SELECT observation_key, value, status, n_rows FROM core.observation "
            "WHERE dataset = 'chicago_homicides' UNION ALL "
            "SELECT concat_ws('|', vintage, definition, place, day), n, NULL, cumulative "
            "FROM mart.daily WHERE dataset = 'chicago_homicides' ORDER BY ALL"
        ).fetchall()


@pytest.mark.parametrize("shuffle", [shuffled_columns, shuffled_rows])
def test_order_changes_no_figure(tmp_path: Path, shuffle: Callable[[Path], bytes]) -> None:
    """Columns go by name and rows by key: another order is not an error."""
    settings = make_settings(tmp_path, [PORTAL], {PORTAL: ("2018-03-04",)})
    expected = figures(settings)
    folder = snapshot_folder(settings, PORTAL)
    write_bytes(folder, shuffle(folder))
    assert figures(settings) == expected


FIELDS = (
    *("dataset", "vintage", "vintage_basis", "published", "retrieved", "source_url", "origin"),
    *("covers_start", "covers_end", "files"),
)


@pytest.mark.parametrize("field", FIELDS)
def test_a_manifest_without_a_field_is_refused(settings: Settings, field: str) -> None:
    folder = snapshot_folder(settings, PORTAL)
    change_manifest(folder, without=field)
    assert f"{folder / MANIFEST}:1: {field}: is required" in refused(settings, InputError)


def test_a_folder_without_a_manifest_is_not_passed_over(settings: Settings) -> None:
    """Somebody put a new vintage there: a build without it would be silently old."""
    folder = snapshot_folder(settings, PORTAL).parent / "2026-11-01"
    folder.mkdir()
    (folder / "homicides.csv").write_text("id\n")
    assert f"{folder / MANIFEST}: is missing" in refused(settings, InputError)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"vintage": "2019-02-30"}, "vintage:"),
        ({"source_url": "file:///etc/passwd"}, "source_url:"),
        ({"dataset": "chicago_homicide"}, 'is of dataset "chicago_homicide"'),
        ({"files": []}, "files:"),
        ({"file": "homicides.csv"}, "file:"),
    ],
)
def test_a_manifest_that_is_wrong_is_refused(
    settings: Settings, fields: dict[str, object], says: str
) -> None:
    folder = snapshot_folder(settings, PORTAL)
    change_manifest(folder, **fields)
    message = refused(settings, InputError)
    assert str(folder / MANIFEST) in message
    assert says in message


def test_a_manifest_cannot_name_a_file_outside_of_its_folder(settings: Settings) -> None:
    folder = snapshot_folder(settings, PORTAL)
    entry = {"name": "../../dataset.yml", "bytes": 1, "sha256": "0" * 64, "rows": 1}
    change_manifest(folder, files=[entry])
    message = refused(settings, InputError)
    assert f"{folder / MANIFEST}:" in message
    assert "name: String should match pattern" in message


def test_a_manifest_that_is_not_json_is_refused(settings: Settings) -> None:
    manifest = snapshot_folder(settings, PORTAL) / MANIFEST
    manifest.write_text("{", encoding="utf-8")
    assert f"{manifest}: is not a readable manifest" in refused(settings, InputError)


def test_a_missing_file_is_refused(settings: Settings, tmp_path: Path) -> None:
    path = data_file(snapshot_folder(settings, PORTAL))
    path.unlink()
    assert f"{path}: cannot be read" in refused_first(settings, tmp_path)


def test_a_wrong_number_of_rows_is_refused(settings: Settings) -> None:
    folder = snapshot_folder(settings, PORTAL)
    entry = {**read_manifest(folder)["files"][0], "rows": 9930}
    change_manifest(folder, files=[entry])
    message = refused(settings, InputError)
    assert "has 9,931 rows, its manifest says 9,930" in message
