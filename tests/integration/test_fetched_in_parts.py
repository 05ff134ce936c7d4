"""--since: a part of the data never stands for the whole, nor for a larger part."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.archive import (
    ArchivedFile,
    Manifest,
    Retrieval,
    Snapshot,
    list_snapshots,
    standing,
)
from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.fetch import Fetched, Unchanged
from datasets.prune import candidates
from datasets.settings import DATASETS_DIR, Settings
from datasets.warehouse import writer
from tests.conftest import Cli
from tests.emulators.files import FileHost
from tests.emulators.server import Loopback, serving
from tests.emulators.socrata import Portal
from tests.faults.conftest import fill
from tests.support_fetched import year_of_months
from tests.support_live import DAY, NOW, UPDATED, declare, get
from tests.support_published import return_a_zips
from tests.support_return_a import Record, encode, write_zip

HEADER = "id,day,label,size,good\n"
YEARS = {"first": 2020, "usual": 2023, "last": 2024}
HOUR = 3600


def since(year: int) -> dt.date:
    return dt.date(year, 1, 1)


@dataclass
class Yearly:
    """A host with a file a year, each of one row."""

    settings: Settings
    host: FileHost
    server: Loopback
    hours: int = 0

    def publish(self, year: int, size: int, at: int = UPDATED) -> None:
        text = f"{HEADER}{year},{year}-12-31,,{size},\n"
        self.host.files[f"t-{year}.csv"] = (text.encode(), at)

    def fetch(self, first: int | None = None) -> Fetched | Unchanged:
        """Of ``first`` and the years after it, an hour after the fetch before."""
        self.server.requests.clear()
        self.hours += 1
        now = NOW + dt.timedelta(hours=self.hours)
        return get(self.settings, "yearly", now=now, since=since(first) if first else None)

    def built(self) -> list[Snapshot]:
        """The snapshots that a build is made from."""
        dataset = load_catalog(self.settings.datasets_dir)["yearly"]
        return standing(list_snapshots(self.settings, dataset))


@pytest.fixture
def yearly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yearly]:
    file = {"path": "t-{year}.csv", "kind": "csv", "years": YEARS}
    source = {"protocol": "file", "base_url": "https://nowhere.invalid", "files": [file]}
    declare(tmp_path / "datasets", "yearly", revision="append", source=source)
    settings = Settings(var=tmp_path / "var", datasets_dir=tmp_path / "datasets")
    host = FileHost({})
    with serving(host) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_YEARLY", server.url)
        there = Yearly(settings, host, server)
        for year in range(2020, 2025):
            there.publish(year, 1)
        yield there


def fetched(found: Fetched | Unchanged) -> Fetched:
    assert isinstance(found, Fetched)
    return found


def test_a_snapshot_says_from_which_day_on_it_is(yearly: Yearly) -> None:
    usual, more = fetched(yearly.fetch()).snapshot, fetched(yearly.fetch(2021)).snapshot
    assert (usual.since, usual.file.rows) == (since(2023), 2)
    assert (more.since, more.file.rows) == (since(2021), 4)
    assert fetched(yearly.fetch(1990)).snapshot.since == since(2020)  # there is no more


def test_a_later_part_of_the_same_day_does_not_stand_for_more_years(yearly: Yearly) -> None:
    whole = fetched(yearly.fetch(2020))
    assert whole.behind is None
    yearly.publish(2024, 2, UPDATED + HOUR)  # the same day
    part = fetched(yearly.fetch())
    assert part.snapshot.manifest.vintage == whole.snapshot.manifest.vintage
    assert part.behind is not None
    assert part.behind.folder == whole.snapshot.folder
    assert [s.folder for s in yearly.built()] == [whole.snapshot.folder]
    again = fetched(yearly.fetch(2020))  # and that brings it up to date
    assert [s.folder for s in yearly.built()] == [again.snapshot.folder]


def test_a_part_that_has_nothing_new_is_not_fetched(yearly: Yearly) -> None:
    yearly.fetch(2020)
    moved = yearly.server.bytes
    for first in (None, 2022, 2024):
        found = yearly.fetch(first)
        assert isinstance(found, Unchanged)
        assert not found.downloaded
    assert yearly.server.bytes == moved
    assert len(yearly.built()) == 1


def test_more_than_there_is_is_fetched_though_nothing_changed(yearly: Yearly) -> None:
    yearly.fetch()
    more = fetched(yearly.fetch(2021))
    assert [s.folder for s in yearly.built()] == [more.snapshot.folder]
    assert isinstance(yearly.fetch(2021), Unchanged)


def test_a_part_of_a_newer_day_is_a_vintage_beside_the_older_one(yearly: Yearly) -> None:
    whole = fetched(yearly.fetch(2020)).snapshot
    yearly.publish(2024, 2, UPDATED + DAY)
    part = fetched(yearly.fetch())
    assert part.behind is None
    assert [s.folder for s in yearly.built()] == [whole.folder, part.snapshot.folder]


def test_prune_keeps_the_only_snapshot_with_the_older_years(yearly: Yearly) -> None:
    folders = []
    for number, first in enumerate((2020, 2020, None, None)):
        yearly.publish(2024, number, UPDATED + (number - 4) * DAY)
        yearly.publish(2023, number, UPDATED + (number - 4) * DAY)
        for year in (2020, 2021, 2022):
            yearly.publish(year, 1, UPDATED - 9 * DAY)
        folders.append(fetched(yearly.fetch(first)).snapshot.folder)
    dataset = load_catalog(yearly.settings.datasets_dir)["yearly"]
    found = candidates(yearly.settings, [dataset], 1, {})
    assert [(*c.paths, c.kept_for) for c in found] == [
        (folders[0], None),
        (folders[1], "what it has of years before those of newer ones"),
        (folders[2], None),
    ]


def test_the_command_says_which_one_builds_use(cli: Cli, yearly: Yearly) -> None:
    env = {"CRIMECLAIMS_BASE_URL_YEARLY": yearly.server.url, "CRIMECLAIMS_HTTP_PAUSE_SECONDS": "0"}
    assert cli(yearly.settings, "fetch", "--since", "2021-05-01", env=env).returncode == 0
    yearly.publish(2024, 2, UPDATED + HOUR)
    result = cli(yearly.settings, "fetch", env=env)
    assert result.returncode == 0
    said = " ".join(result.stderr.split())
    assert "2 rows of 2026-11-18, from 2023-01-01 on; builds use the one of the same" in said
    assert "from 2021-01-01 on, which is brought up to date by: crimeclaims fetch yearly" in said
    assert "--since 2021-01-01" in said
    assert "a part never stands for the whole" in " ".join(
        cli(yearly.settings, "fetch", "--help").stdout.split()
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"revision": "whole"}, "revision: must be append"),
        ({"revision": "append", "grain": "incident"}, "grain: must be figure"),
    ],
)
@pytest.mark.parametrize("protocol", ["file", "socrata"])
def test_only_what_can_be_put_together_can_be_fetched_in_parts(
    tmp_path: Path, changes: dict[str, Any], says: str, protocol: str
) -> None:
    """Of a dataset that restates all, or of incidents by day, a part would be taken for it."""
    source: dict[str, Any] = {"protocol": protocol, "base_url": "https://x.org"}
    file = {"path": "t-{year}.csv", "kind": "csv", "years": YEARS}
    portal = {"resource": "abcd-1234", "order": "id", "since_field": "day"}
    source |= {"files": [file]} if protocol == "file" else portal
    declare(tmp_path, "yearly", source=source, **changes)
    with pytest.raises(InputError, match=says):
        load_catalog(tmp_path)


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Settings, Portal]]:
    """A table of one row that can be asked for since a day."""
    fields = {"id": "number", "day": "calendar_date", "label": "text"}
    fields |= {"size": "number", "good": "checkbox"}
    row = {"id": 1, "day": "2026-10-01T00:00:00.000", "label": None, "size": 1, "good": True}
    source = {"protocol": "socrata", "base_url": "https://nowhere.invalid", "order": "id"}
    source |= {"resource": "abcd-1234", "since_field": "day"}
    declare(tmp_path / "datasets", "made_up", revision="append", source=source)
    table = Portal("abcd-1234", fields, [row], UPDATED)
    with serving(table) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_MADE_UP", server.url)
        yield Settings(var=tmp_path / "var", datasets_dir=tmp_path / "datasets"), table


def test_a_portal_that_did_not_change_is_not_asked_for_a_part(
    portal: tuple[Settings, Portal],
) -> None:
    settings, table = portal
    assert fetched(get(settings, "made_up")).snapshot.since is None
    assert isinstance(get(settings, "made_up", since=since(2026)), Unchanged)
    table.updated += HOUR
    table.rows[0]["size"] = 2
    part = fetched(get(settings, "made_up", since=since(2026)))
    assert part.behind is not None
    assert part.behind.since is None


def snapshot(vintage: int, retrieved: int, first: int | None, sha: str) -> Snapshot:
    at = dt.datetime(2026, 3, 1, retrieved, tzinfo=dt.UTC)
    manifest = Manifest(
        dataset="yearly", vintage=dt.date(2026, 1, vintage), vintage_basis="", origin="",
        published=dt.date(2026, 1, vintage), retrieved=at.date(), source_url="https://x.org",
        covers_start=None, covers_end=None,
        files=(ArchivedFile(name="t.csv", bytes=0, sha256=sha * 64, rows=0),),
        retrieval=Retrieval(
            at=at, protocol="file", client="", asked="", state={}, requests=0, bytes=0,
            since=None if first is None else since(first),
        ),
    )  # fmt: skip
    return Snapshot(Path(str(retrieved)), manifest)


SNAPSHOTS = st.lists(
    st.tuples(st.integers(1, 3), st.one_of(st.none(), st.integers(2000, 2003))),
    min_size=1,
    max_size=12,
)


@given(SNAPSHOTS)
def test_of_each_vintage_the_last_that_goes_back_furthest_stands(
    asked: list[tuple[int, int | None]],
) -> None:
    all_ = [snapshot(v, hour, first, "abcdef"[hour % 6]) for hour, (v, first) in enumerate(asked)]
    all_.sort(key=lambda each: each.order)
    stand = standing(all_)
    days = [each.manifest.vintage for each in stand]
    assert days == sorted({each.manifest.vintage for each in all_})
    for one in stand:
        for other in all_:
            if other.manifest.vintage == one.manifest.vintage:
                assert one.reaches(other.since)
                assert other is one or not other.reaches(one.since) or other.order < one.order


def test_of_two_with_the_same_bytes_the_one_that_goes_back_further_is_listed(
    portal: tuple[Settings, Portal],
) -> None:
    """The table begins in October: since January it is the same one, and goes less far back."""
    settings, table = portal
    whole = fetched(get(settings, "made_up")).snapshot
    table.updated += HOUR
    get(settings, "made_up", since=since(2026), now=NOW + dt.timedelta(hours=1))
    listed = list_snapshots(settings, load_catalog(settings.datasets_dir)["made_up"])
    assert [(s.id, s.since) for s in listed] == [(whole.id, None)]


def test_the_years_of_return_a_stay_in_a_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real dataset: fetched from 2016 on, then only what is usual, the same day and later."""
    name = "fbi_return_a_months"
    settings = Settings(var=tmp_path / "var", datasets_dir=tmp_path / "datasets")
    shutil.copytree(DATASETS_DIR / name, settings.datasets_dir / name)
    files = {path: (file, UPDATED - DAY) for path, file in return_a_zips(tmp_path).items()}
    host = FileHost(files, signer="s3/signedurl")

    def years() -> dict[dt.date, list[int]]:
        """Vintage -> years of which it has the murders of Miami-Dade's police."""
        with writer(settings, Path(":memory:")) as con:
            fill(con, settings)
            rows = con.execute(
                "SELECT vintage, list_sort(list(DISTINCT year)) FROM mart.series "
                f"WHERE dataset = '{name}' AND measure = 'murder' AND place = 'miami-dade-pd' "
                "AND value IS NOT NULL AND year IS NOT NULL GROUP BY ALL ORDER BY 1"
            ).fetchall()
        return dict(rows)

    def publish(murders: int, later: int) -> None:
        """A newer file of 2024."""
        record = Record("FL01300", 2024, year_of_months(murder=murders), "MIAMI-DADE")
        path = write_zip(tmp_path / "reta-2024.zip", [encode(record)])
        at = UPDATED - DAY + later
        host.files["master_files/reta/reta-2024.zip"] = (path.read_bytes(), at)

    with serving(host) as server:
        host.url = server.url
        monkeypatch.setenv(f"CRIMECLAIMS_BASE_URL_{name.upper()}", server.url)
        publish(60, 0)
        whole = fetched(get(settings, name, since=since(2016))).snapshot
        day = whole.manifest.vintage
        publish(62, HOUR)
        part = fetched(get(settings, name, now=NOW + dt.timedelta(hours=1)))
        assert (part.snapshot.manifest.vintage, part.snapshot.since) == (day, since(2022))
        assert years() == {day: [2016, 2024]}
        publish(64, DAY)
        part = fetched(get(settings, name, now=NOW + dt.timedelta(hours=2)))
        assert years() == {day: [2016, 2024], part.snapshot.manifest.vintage: [2016, 2024]}
