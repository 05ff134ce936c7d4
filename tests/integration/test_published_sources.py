"""Every source of ours, end to end: fetched from loopback, archived, built, and the gate opens."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from datasets.archive import list_snapshots, verify_parts
from datasets.catalog import load_catalog
from datasets.errors import InputError, SourceWrong
from datasets.fetch import Fetched, Unchanged
from datasets.settings import DATASETS_DIR, Settings
from datasets.warehouse import current_build, reader
from flows import fetching, steps
from tests.support_live import FAST, UPDATED, get
from tests.support_published import CITIES, COUNTIES, ESTIMATED, World, publishers

REFERENCE = Path(os.environ.get("CRIMECLAIMS_REFERENCE_DATA", ""))
real = pytest.mark.skipif(
    not os.environ.get("CRIMECLAIMS_REFERENCE_DATA"),
    reason="CRIMECLAIMS_REFERENCE_DATA does not name a folder with the publishers' files",
)
EDITION = dt.date(2026, 11, 17)
#: The Explorer is asked 1,143 times: on a busy machine that takes half a minute.
PATIENT = replace(FAST, deadline_seconds=600)
#: What is asked for of sources that by themselves give the newest years only.
SINCE = {"fbi_return_a_months": dt.date(2016, 1, 1), "fbi_cius_city": dt.date(2013, 1, 1)}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with (
        publishers(tmp_path_factory.mktemp("publishers")) as there,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, server in there.hosts.items():
            patch.setenv(f"CRIMECLAIMS_BASE_URL_{name.upper()}", server.url)
        yield there


@pytest.fixture(scope="module")
def fetched(world: World, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """All that there is, fetched; nothing built yet."""
    settings = Settings(var=tmp_path_factory.mktemp("fetched") / "var")
    for name in world.hosts:
        found = get(settings, name, since=SINCE.get(name), network=PATIENT)
        assert isinstance(found, Fetched), name
    return settings


@pytest.fixture(scope="module")
def built(fetched: Settings) -> Settings:
    """What was fetched beside what is bundled, through the real gate."""
    steps.build(fetched)
    return fetched


def figures(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with reader(settings, current_build(settings).path) as con:
        return con.execute(sql).fetchall()


def test_all_are_archived_with_what_they_were_made_from(fetched: Settings, world: World) -> None:
    catalog = load_catalog(DATASETS_DIR)
    for name in world.hosts:
        snapshot = list_snapshots(fetched, catalog[name])[-1]
        assert snapshot.manifest.retrieval is not None
        assert snapshot.manifest.retrieval.new_fields == ()  # their parsers know what they leave
        assert snapshot.manifest.parts
        verify_parts(snapshot)
        vintage = dt.date(2026, 9, 15) if name == "fbi_cde" else EDITION
        assert snapshot.manifest.vintage == vintage


def test_the_gate_opens_for_all_of_them_together(built: Settings, world: World) -> None:
    found = figures(
        built,
        "SELECT DISTINCT o.dataset FROM core.observation AS o "
        "JOIN meta.snapshot AS s ON s.snapshot_id = o.snapshot_id WHERE s.vintage >= '2026-09-15'",
    )
    assert {row[0] for row in found} == set(world.hosts)


def test_the_figures_are_those_that_were_published(built: Settings) -> None:
    def of(dataset: str, measure: str, place: str, year: int) -> list[Any]:
        return [
            row[0]
            for row in figures(
                built,
                "SELECT DISTINCT value FROM core.observation AS o "
                "JOIN meta.snapshot AS s ON s.snapshot_id = o.snapshot_id "
                f"WHERE o.dataset = '{dataset}' AND measure = '{measure}' AND place = '{place}' "
                f"AND period_start = '{year}-01-01' AND period_end = '{year}-12-31' "
                "AND s.vintage >= '2026-09-15'",
            )
        ]

    assert of("fbi_cde", "robbery", "chicago-pd", 2025) == [60]
    assert of("fbi_return_a_months", "murder", "miami-dade-pd", 2016) == [84]
    assert of("fbi_estimated_crimes", "murder", "united-states", 2016) == [17413]
    assert of("fbi_cde", "murder_cleared", "miami-pd", 2025) == [12]


def test_a_second_look_moves_no_file(fetched: Settings, world: World) -> None:
    for name, server in world.hosts.items():
        server.requests.clear()
        server.bytes = 0
        again = get(fetched, name, since=SINCE.get(name))
        assert isinstance(again, Unchanged), name
        assert not again.downloaded, name
        assert server.bytes < 3000, name


def test_years_are_those_from_since_on(fetched: Settings, world: World) -> None:
    server = world.hosts["fbi_return_a_months"]
    server.requests.clear()
    settings = Settings(var=fetched.var / "other")
    get(settings, "fbi_return_a_months")
    asked = [r.path.rpartition("-")[2] for r in server.requests if r.path.endswith(".zip")]
    assert asked == ["2022.zip", "2023.zip", "2024.zip"]
    with pytest.raises(InputError, match="nothing since 2030-01-01: it ends with 2024"):
        get(settings, "fbi_return_a_months", since=dt.date(2030, 1, 1))


def test_an_edition_that_is_gone_is_refused(fetched: Settings, world: World) -> None:
    """The catalogue has the next one: no address is signed for the old."""
    files = world.files["fbi_estimated_crimes"].files
    kept = dict(files)
    files["additional-datasets/srs/estimated_crimes_1979_2025.csv"] = files.pop(ESTIMATED)
    try:
        with pytest.raises(SourceWrong, match=r"gives no address for .*1979_2024") as caught:
            get(fetched, "fbi_estimated_crimes")
    finally:
        files.clear()
        files.update(kept)
    assert caught.value.fault == "refused"


def test_the_workbook_is_found_wherever_the_page_links_to(fetched: Settings, world: World) -> None:
    host = world.files["fdle_fibrs"]
    [(old, served)] = host.files.items()
    new = "media/0b7e/fibrs_offense_detail (final).xlsx"
    host.files = {new: served}
    try:
        settings = Settings(var=fetched.var / "moved")
        found = get(settings, "fdle_fibrs")
    finally:
        host.files = {old: served}
    assert isinstance(found, Fetched)
    assert found.snapshot.manifest.parts is not None
    [part] = found.snapshot.manifest.parts
    assert part.name == "FIBRS_Offense_Detail.xlsx"
    assert part.url.endswith("fibrs_offense_detail%20(final).xlsx")
    assert found.snapshot.manifest.source_url.endswith("/cjab/fibrs")


def test_third_parties_and_large_files_are_fetched_only_by_name() -> None:
    settings = Settings(var=Path("unused"))
    usual = {dataset.name for dataset in fetching.chosen(settings)}
    assert usual == {
        *("census_population", "chicago_homicides", "chicago_shooting_victims", "fbi_cde"),
        *("fbi_estimated_crimes", "fdle_fibrs"),
    }
    with pytest.raises(InputError, match="only with --full"):
        fetching.chosen(settings, ["chicago_crimes"])
    assert "chicago_crimes" in {dataset.name for dataset in fetching.chosen(settings, full=True)}
    for name in ("rtci", "wapo_homicides", "fbi_return_a_months", "fbi_cius_city"):
        assert [dataset.name for dataset in fetching.chosen(settings, [name])] == [name]


@real
def test_the_publishers_own_files_become_the_bundled_tables(world: World, tmp_path: Path) -> None:
    """The FBI's estimates of 1979-2022 and the Census Bureau's of 2019, through the whole fetch.

    The bundled tables were made from the same bytes, so only the order of rows may differ.
    """
    census = REFERENCE / "census"
    estimated = REFERENCE / "fbi_national" / "estimated_crimes_1979_2022.csv"
    files = {
        "fbi_estimated_crimes": {ESTIMATED: estimated},
        "census_population": {
            COUNTIES: census / "co-est2019-alldata.csv",
            CITIES: census / "sub-est2019_all.csv",
        },
    }
    kept = {name: dict(world.files[name].files) for name in files}
    settings = Settings(var=tmp_path / "var")
    try:
        for name, paths in files.items():
            served = {path: (file.read_bytes(), UPDATED) for path, file in paths.items()}
            world.files[name].files = served
            newest = list_snapshots(settings, load_catalog(DATASETS_DIR)[name])[-1]
            found = get(settings, name)
            assert found.new_fields == (), name
            snapshot = found.snapshot if isinstance(found, Fetched) else newest
            lines = [set(s.path.read_text("utf-8").splitlines()) for s in (snapshot, newest)]
            assert lines[0] == lines[1], name
    finally:
        for name, before in kept.items():
            world.files[name].files = before
    steps.build(settings)
