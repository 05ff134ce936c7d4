"""What a fetch leaves in the archive, when it leaves nothing, and what a build makes of it."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from datasets.ages import stale
from datasets.archive import list_snapshots, standing, verify_bytes, verify_parts
from datasets.build import plan_build
from datasets.catalog import load_catalog
from datasets.errors import InputError, SourceWrong
from datasets.fetch import Fetched, Unchanged
from datasets.keep import CHECKED
from datasets.settings import Settings
from datasets.warehouse import writer
from tests.emulators.files import FileHost
from tests.emulators.server import Loopback, serving
from tests.emulators.socrata import Portal
from tests.faults.conftest import fill
from tests.support_live import (
    NOW,
    UPDATED,
    bundled_homicides,
    crime_portal,
    declare,
    files_below,
    get,
)
from tests.support_snapshots import make_settings

CHICAGO = "chicago_homicides"
HOUR, DAY = 3600, 86_400


@dataclass
class City:
    """Chicago's portal with a few thousand homicides, and an archive with one bundled export."""

    settings: Settings
    portal: Portal
    server: Loopback

    def fetch(self, **more: Any) -> Fetched | Unchanged:
        return get(self.settings, CHICAGO, **more)

    def snapshots(self) -> list[str]:
        home = self.settings.archive_dir / CHICAGO
        return sorted(path.name for path in home.iterdir() if path.is_dir())


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    settings = make_settings(tmp_path, [CHICAGO], {CHICAGO: ("2018-03-04",)})
    portal = crime_portal(bundled_homicides(2000))
    with serving(portal) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_SOCRATA", server.url)
        yield City(settings, portal, server)


def fetched(found: Fetched | Unchanged) -> Fetched:
    assert isinstance(found, Fetched)
    return found


def test_a_snapshot_has_the_answers_it_was_made_from(city: City) -> None:
    snapshot = fetched(city.fetch()).snapshot
    verify_bytes(snapshot)
    verify_parts(snapshot)
    manifest = snapshot.manifest
    assert snapshot.folder.name == f"2026-11-18-{snapshot.file.sha256[:8]}"
    assert (manifest.vintage, manifest.published) == (dt.date(2026, 11, 18),) * 2
    assert (manifest.retrieved, snapshot.file.rows) == (NOW.date(), 2000)
    assert manifest.parts is not None
    names = {part.name for part in manifest.parts}
    assert names == {"page-00001.json", "metadata.json"}
    assert {path.name for path in (snapshot.folder / "parts").iterdir()} == names
    assert sum(part.bytes for part in manifest.parts) > snapshot.file.bytes
    assert manifest.retrieval is not None
    assert manifest.retrieval.requests == len(city.server.requests)
    assert list_snapshots(city.settings, load_catalog(city.settings.datasets_dir)[CHICAGO])[-1] == (
        snapshot
    )


def test_a_damaged_part_is_found(city: City) -> None:
    snapshot = fetched(city.fetch()).snapshot
    part = snapshot.folder / "parts" / "page-00001.json"
    part.write_bytes(part.read_bytes().replace(b"01A", b"01B", 1))
    with pytest.raises(InputError, match=r"page-00001\.json: has sha256"):
        verify_parts(snapshot)


def test_the_days_covered_end_where_the_whole_table_does(city: City) -> None:
    """The last row of any crime is of 10 November; seven days before the update is the 11th."""
    assert fetched(city.fetch()).snapshot.manifest.covers_end == dt.date(2026, 11, 10)


def test_the_days_covered_leave_out_what_the_portal_holds_back(city: City) -> None:
    city.portal.rows[-1]["date"] = "2026-11-17T12:00:00.000"  # a date that somebody mistyped
    assert fetched(city.fetch()).snapshot.manifest.covers_end == dt.date(2026, 11, 11)


def test_an_update_late_in_the_evening_is_of_that_day_in_chicago(city: City) -> None:
    city.portal.updated = int(dt.datetime(2026, 11, 19, 5, 30, tzinfo=dt.UTC).timestamp())
    assert fetched(city.fetch()).snapshot.manifest.vintage == dt.date(2026, 11, 18)


def test_an_update_in_the_future_is_refused(city: City) -> None:
    city.portal.updated = int((NOW + dt.timedelta(days=3)).timestamp())
    with pytest.raises(SourceWrong, match="says that it was updated"):
        city.fetch()


def test_nothing_changed_is_one_small_request(city: City) -> None:
    city.fetch()
    before = files_below(city.settings.archive_dir)
    city.server.requests.clear()
    city.server.bytes = 0
    later = NOW + dt.timedelta(days=1)
    assert city.fetch(now=later) == Unchanged("2026-11-18 16:00 CST", downloaded=False)
    assert [request.path for request in city.server.requests] == ["/api/views/ijzp-q8t2.json"]
    assert city.server.bytes < 1000
    after = files_below(city.settings.archive_dir)
    assert {k for k in after if after[k] != before.get(k)} == {f"{CHICAGO}/{CHECKED}"}


def test_an_update_that_changes_no_row_of_ours_writes_no_snapshot(city: City) -> None:
    city.fetch()
    city.portal.updated += DAY
    assert city.fetch(now=NOW + dt.timedelta(days=1)) == Unchanged("2026-11-18", downloaded=True)
    assert len(city.snapshots()) == 1


def test_a_change_makes_a_new_snapshot_and_leaves_the_old_one(city: City) -> None:
    city.fetch()
    before = files_below(city.settings.archive_dir)
    city.portal.rows[0]["arrest"] = True
    city.portal.updated += DAY
    city.fetch(now=NOW + dt.timedelta(days=1))
    after = files_below(city.settings.archive_dir)
    assert [name[:10] for name in city.snapshots()] == ["2026-11-18", "2026-11-19"]
    assert all(after[name] == sha for name, sha in before.items() if CHECKED not in name)


def test_of_two_snapshots_of_a_day_the_later_one_stands(city: City) -> None:
    """Both are kept; a build has the day's state once, or every figure would be there twice."""
    first = fetched(city.fetch()).snapshot
    city.portal.rows[0]["arrest"] = True
    city.portal.updated += HOUR
    second = fetched(city.fetch(now=NOW + dt.timedelta(hours=1))).snapshot
    assert first.manifest.vintage == second.manifest.vintage
    dataset = load_catalog(city.settings.datasets_dir)[CHICAGO]
    assert {s.id for s in list_snapshots(city.settings, dataset)} > {first.id, second.id}
    plan = plan_build(city.settings, [])
    assert [s.id for s in plan.snapshots[CHICAGO]][1:] == [second.id]
    with writer(city.settings, Path(":memory:")) as con:
        fill(con, city.settings)
        [(keys, rows)] = con.execute(
            "SELECT count(DISTINCT observation_key), count(*) FROM core.observation"
        ).fetchall()
        days = con.execute(
            "SELECT max(cumulative) FROM mart.daily "
            "WHERE vintage = '2026-11-18' AND definition = 'victims'"
        ).fetchall()
    assert keys == rows
    assert days == [(sum(row["fbi_code"] == "01A" for row in city.portal.rows),)]


def test_what_came_back_on_the_same_day_stands_again(city: City) -> None:
    first = fetched(city.fetch()).snapshot
    for hour, arrest in ((1, True), (2, False)):
        city.portal.rows[0]["arrest"] = arrest
        city.portal.updated += HOUR
        last = fetched(city.fetch(now=NOW + dt.timedelta(hours=hour))).snapshot
    assert last.id == first.id
    assert last.folder.name == f"{first.folder.name}-2"
    dataset = load_catalog(city.settings.datasets_dir)[CHICAGO]
    assert standing(list_snapshots(city.settings, dataset))[-1].folder == last.folder


def test_bundled_builds_do_not_look_into_the_archive(city: City) -> None:
    before = plan_build(city.settings, [], fetched=False)
    city.fetch()
    assert plan_build(city.settings, [], fetched=False) == before
    both = plan_build(city.settings, [])
    assert both.id != before.id
    assert both.snapshot_ids > before.snapshot_ids


@pytest.mark.parametrize("what", ["checked", "snapshot", "declaration"])
def test_not_changed_is_believed_only_of_what_is_there(city: City, what: str) -> None:
    """A lost record, a pruned snapshot or another question: the source is read again."""
    snapshot = fetched(city.fetch()).snapshot
    if what == "checked":
        (city.settings.archive_dir / CHICAGO / CHECKED).write_text("{")
    elif what == "snapshot":
        shutil.rmtree(snapshot.folder)
    else:
        path = city.settings.datasets_dir / CHICAGO / "dataset.yml"
        path.write_text(path.read_text().replace("page_rows: 5000", "page_rows: 700"))
        load_catalog.cache_clear()
    city.server.requests.clear()
    again = city.fetch()
    assert len(city.server.requests) > 3
    assert isinstance(again, Fetched) == (what == "snapshot")
    assert len(city.snapshots()) == 1


def test_what_a_killed_fetch_left_is_removed(city: City) -> None:
    left = city.settings.archive_dir / ".making" / f"{CHICAGO}-0000"
    left.mkdir(parents=True)
    (left / "manifest.json").write_text("{")
    city.fetch()
    assert not left.exists()
    assert plan_build(city.settings, []).snapshot_ids


def test_a_dataset_is_fetched_by_one_process_at_a_time(city: City) -> None:
    making = city.settings.archive_dir / ".making"
    making.mkdir(parents=True)
    with (
        FileLock(making / f"{CHICAGO}.lock"),
        pytest.raises(InputError, match="is being fetched by another process"),
    ):
        city.fetch()


def test_a_new_field_is_said_and_not_used(city: City) -> None:
    city.portal.fields["beat_name"] = "text"
    for row in city.portal.rows:
        row["beat_name"] = "x"
    found = fetched(city.fetch())
    assert found.new_fields == ("beat_name",)
    assert found.snapshot.manifest.retrieval is not None
    assert found.snapshot.manifest.retrieval.new_fields == ("beat_name",)


def test_a_dataset_that_restates_all_takes_no_since(city: City) -> None:
    with pytest.raises(InputError, match="takes no --since"):
        city.fetch(since=dt.date(2020, 1, 1))
    assert not city.server.requests


def test_the_whole_export_is_the_bundled_one_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns, order, dates and flags are those of the export that was bundled by hand."""
    settings = make_settings(tmp_path, [CHICAGO], {CHICAGO: ("2024-05-03",)})
    with serving(crime_portal(bundled_homicides())) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_SOCRATA", server.url)
        assert get(settings, CHICAGO) == Unchanged("2024-05-03", downloaded=True)


# A source of files, with a parser of its own.


@dataclass
class Files:
    settings: Settings
    host: FileHost
    server: Loopback

    def parse_with(self, code: str) -> None:
        (self.settings.datasets_dir / "made_up" / "parse.py").write_text(code)


PARSE = """
from __future__ import annotations

from dataclasses import dataclass

@dataclass
class Loadable:
    a: int

def parse(parts):
    for path in parts:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            yield {"id": str(number), "day": None, "what": line, "size": None, "good": None}
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Files]:
    file = {"path": "a/list.txt", "kind": "text"}
    source = {"protocol": "file", "base_url": "https://nowhere.invalid", "files": [file]}
    source |= {"max_age_days": 30, "on_stale": "close"}
    declare(tmp_path / "datasets", "made_up", source=source)
    host = FileHost({"a/list.txt": (b"one\ntwo\n", UPDATED)})
    settings = Settings(var=tmp_path / "var", datasets_dir=tmp_path / "datasets")
    with serving(host) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_FILE", server.url)
        there = Files(settings, host, server)
        there.parse_with(PARSE)
        yield there


def test_an_odd_format_is_read_by_the_datasets_own_parser(files: Files) -> None:
    snapshot = fetched(get(files.settings, "made_up")).snapshot
    assert snapshot.path.read_text() == "id,day,what,size,good\n1,,one,,\n2,,two,,\n"
    assert (snapshot.folder / "parts" / "list.txt").read_bytes() == b"one\ntwo\n"
    assert snapshot.manifest.vintage == dt.date(2026, 11, 18)
    assert get(files.settings, "made_up") == Unchanged("2026-11-18", downloaded=False)
    assert files.server.requests[-1].headers["if-none-match"]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (PARSE.replace('"good": None', '"god": None'), "column good is missing"),
        (PARSE.replace("str(number)", "'x'"), "'x' is not a integer"),
        (PARSE.replace("parts:", "parts[1:]:"), "has no rows"),
        (PARSE.replace("    for path", "    raise KeyError('sheet 3')\n    for path"), "sheet 3"),
        (
            PARSE.replace("    for path", "    raise ValueError(f'{parts[0]}: x')\n    for path"),
            "ValueError: list.txt: x",  # and not the folder, which is gone
        ),
    ],
)
def test_what_a_parser_makes_is_checked(files: Files, code: str, says: str) -> None:
    files.parse_with(code)
    with pytest.raises(SourceWrong, match="made_up: ") as caught:
        get(files.settings, "made_up")
    assert says in str(caught.value)
    assert not files_below(files.settings.archive_dir)


def test_an_odd_format_without_a_parser_is_refused(files: Files) -> None:
    (files.settings.datasets_dir / "made_up" / "parse.py").unlink()
    with pytest.raises(InputError, match=r"parse\.py: is missing"):
        get(files.settings, "made_up")


def test_a_host_that_says_no_day_is_dated_by_its_retrieval(files: Files) -> None:
    app = files.server.app

    def silent(request: Any) -> Any:
        from dataclasses import replace

        return replace(app(request), headers={})

    files.server.app = silent
    manifest = fetched(get(files.settings, "made_up")).snapshot.manifest
    assert manifest.vintage == NOW.date()
    assert "the day of retrieval" in manifest.vintage_basis


def test_data_are_as_old_as_the_last_good_look(files: Files) -> None:
    """A file that is looked at every night is not stale because it is from last year."""
    catalog = load_catalog(files.settings.datasets_dir)
    assert stale(files.settings, catalog, NOW.date()) == []  # nothing there has no age
    get(files.settings, "made_up")
    month_later = NOW + dt.timedelta(days=31)
    [old] = stale(files.settings, catalog, month_later.date())
    assert (old.days, old.max_days, old.closes) == (31, 30, True)
    get(files.settings, "made_up", now=month_later)
    assert stale(files.settings, catalog, month_later.date()) == []


def test_a_table_can_be_fetched_since_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where the dataset declares it; the snapshot then says from which day on it is."""
    fields = {"id": "number", "day": "calendar_date", "label": "text"}
    fields |= {"size": "number", "good": "checkbox"}
    rows = [
        {"id": n, "day": f"2026-10-{n:02}T00:00:00.000", "label": None, "size": n, "good": True}
        for n in range(1, 21)
    ]
    source = {"protocol": "socrata", "base_url": "https://nowhere.invalid", "order": "id"}
    source |= {"resource": "abcd-1234", "since_field": "day"}
    declare(tmp_path / "datasets", "made_up", revision="append", source=source)
    settings = Settings(var=tmp_path / "var", datasets_dir=tmp_path / "datasets")
    with serving(Portal("abcd-1234", fields, rows, UPDATED)) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_MADE_UP", server.url)
        part = fetched(get(settings, "made_up", since=dt.date(2026, 10, 15))).snapshot
        whole = fetched(get(settings, "made_up", now=NOW + dt.timedelta(hours=1))).snapshot
    assert (part.file.rows, part.since) == (6, dt.date(2026, 10, 15))
    assert (whole.file.rows, whole.since) == (20, None)


def test_bundled_manifests_are_as_they_were(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, [CHICAGO])
    for path in settings.datasets_dir.rglob("manifest.json"):
        assert set(json.loads(path.read_text())) & {"parts", "retrieval"} == set()
