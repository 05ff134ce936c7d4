"""The FBI's city tables of 2013-2019, fetched: they go together with the editions that ship."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datasets.archive import Snapshot, list_snapshots, standing
from datasets.catalog import load_catalog
from datasets.errors import SourceWrong
from datasets.fetch import Fetched, Unchanged
from datasets.settings import Settings
from datasets.vintages import compare
from datasets.warehouse import current_build, reader
from flows import steps
from tests.emulators.files import FileHost
from tests.emulators.server import Loopback, serving
from tests.support_cius import bundled, city_tables, made, made_rows, path_of
from tests.support_live import DAY, UPDATED, get

NAME = "fbi_cius_city"
ALL = dt.date(2013, 1, 1)
#: Before any of the editions: the host's clock tells less than the day of publication.
EARLY = int(dt.datetime(2013, 1, 1, tzinfo=dt.UTC).timestamp())


@pytest.fixture(scope="module")
def host() -> FileHost:
    return FileHost({path: (content, EARLY) for path, content in city_tables().items()})


@pytest.fixture(scope="module")
def server(host: FileHost) -> Iterator[Loopback]:
    with serving(host) as there, pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"CRIMECLAIMS_BASE_URL_{NAME.upper()}", there.url)
        yield there


@pytest.fixture(scope="module")
def fetched(server: Loopback, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """As asked for by name alone, then with all years."""
    settings = Settings(var=tmp_path_factory.mktemp("city") / "var")
    usual = get(settings, NAME)
    assert isinstance(usual, Fetched)
    assert [r.path.lstrip("/") for r in server.requests] == [path_of(y) for y in (2017, 2018, 2019)]
    everything = get(settings, NAME, since=ALL)
    assert isinstance(everything, Fetched)
    assert usual.snapshot.manifest.vintage == everything.snapshot.manifest.vintage
    return settings


def rows_of(snapshot: Snapshot) -> dict[str, dict[str, dict[str, str]]]:
    """Year -> place -> row."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    with snapshot.path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["year"], {})[row["place"]] = row
    return found


@pytest.fixture(scope="module")
def snapshot(fetched: Settings) -> Snapshot:
    """The one that builds use."""
    found = get(fetched, NAME, since=dt.date(2012, 1, 1))
    assert isinstance(found, Unchanged)  # the tables begin in 2013
    return standing(list_snapshots(fetched, load_catalog(fetched.datasets_dir)[NAME]))[-1]


def test_what_was_bundled_is_what_is_fetched(snapshot: Snapshot) -> None:
    """Of the county's police, which is in another table, nothing is fetched."""
    found = rows_of(snapshot)
    assert set(found) == {str(year) for year in range(2013, 2020)}
    for year in range(2013, 2017):
        ships = bundled(year)
        assert {place: found[str(year)].get(place) for place in ships} == {
            place: None if place == "miami-dade-pd" else row for place, row in ships.items()
        }


def test_the_vintage_is_the_day_on_which_the_newest_edition_was_published(
    snapshot: Snapshot,
) -> None:
    manifest = snapshot.manifest
    assert (manifest.vintage, manifest.published) == (dt.date(2020, 9, 28), dt.date(2020, 9, 28))
    assert "published the newest of its files" in manifest.vintage_basis
    assert {manifest.source_url + f"/{path_of(y)}" for y in range(2013, 2020)} == {
        part.url for part in manifest.parts or ()
    }
    assert [part.name for part in manifest.parts or ()][3:] == [
        "table-6_2016.xls", "table-8_2017.xls", "table-8_2018.xls", "table-8_2019.xls",
    ]  # fmt: skip


def test_all_editions_together_pass_the_gate_and_none_is_lost_or_doubled(fetched: Settings) -> None:
    steps.build(fetched)
    with reader(fetched, current_build(fetched).path) as con:

        def asked(sql: str) -> list[Any]:
            return [row[0] for row in con.execute(sql).fetchall()]

        series = f"FROM mart.series WHERE dataset = '{NAME}' AND measure = 'murder'"
        newest = f"{series} AND vintage = '2020-09-28'"
        known = [int(bundled(year)["chicago-il"]["murder"]) for year in range(2013, 2017)]
        later = [int(made_rows(year)["chicago-il"]["murder"]) for year in range(2017, 2020)]
        of_chicago = "AND place = 'chicago-il' ORDER BY year"
        assert asked(f"SELECT value {newest} {of_chicago}") == known + later
        assert asked(f"SELECT value {series} AND vintage = '2017-09-25' {of_chicago}") == known
        # the county is the sum of the bundled editions, where its police is
        county = "AND place = 'miami-dade-county-fl' ORDER BY year"
        assert asked(f"SELECT year {newest} {county}") == [2013, 2014, 2015, 2016]
        assert asked(f"SELECT value {newest} {county}")[0::3] == [229, 197]
        assert not asked(
            f"SELECT observation_key FROM core.observation WHERE dataset = '{NAME}' "
            "GROUP BY ALL HAVING count(*) > 1"
        )
        assert asked(f"SELECT vintage FROM mart.state WHERE dataset = '{NAME}' ORDER BY ALL") == [
            dt.date(2014, 11, 10), dt.date(2015, 9, 28), dt.date(2016, 9, 26),
            dt.date(2017, 9, 25), dt.date(2020, 9, 28),
        ]  # fmt: skip
        moved = compare(con, NAME, dt.date(2017, 9, 25), dt.date(2020, 9, 28))
        assert set(moved.counts) == {"new"}  # nothing is withdrawn, not even the county's police


@pytest.mark.usefixtures("server")
def test_a_table_that_was_corrected_is_known_from_then_on(host: FileHost, tmp_path: Path) -> None:
    kept = dict(host.files)
    host.files[path_of(2018)] = (kept[path_of(2018)][0], UPDATED - DAY)
    try:
        found = get(Settings(var=tmp_path / "var"), NAME)
    finally:
        host.files = kept
    assert isinstance(found, Fetched)
    assert found.snapshot.manifest.vintage == dt.date(2026, 11, 17)
    assert "last modified" in found.snapshot.manifest.vintage_basis


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("served", "says"),
    [
        (made(2018), "table-8_2017.xls:1: is the table of 2018, not of 2017"),
        (b"<!DOCTYPE html><html>moved</html>", "a page in HTML"),
        (made(2017)[:60_000], "table-8.xls is a workbook that cannot be read"),
    ],
)
def test_what_is_not_the_table_of_its_address_is_refused(
    host: FileHost, tmp_path: Path, served: bytes, says: str
) -> None:
    kept = dict(host.files)
    host.files[path_of(2017)] = (served, EARLY)
    try:
        with pytest.raises(SourceWrong) as refused:
            get(Settings(var=tmp_path / "var"), NAME)
    finally:
        host.files = kept
    assert says in str(refused.value)
