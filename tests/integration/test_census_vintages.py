"""A vintage of another decade adds its years, and takes none of those before from anybody."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from datasets.settings import Settings
from datasets.warehouse import current_build, reader
from flows import steps
from tests.faults.cases import CENSUS, RELEASE
from tests.support_fetched import write_rows
from tests.support_snapshots import data_file, make_settings, snapshot_folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The bundled vintage of 2019, and one of 2025 with the years 2020-2025."""
    settings = make_settings(tmp_path_factory.mktemp("vintages"), (CENSUS, RELEASE))
    with data_file(snapshot_folder(settings, CENSUS)).open(encoding="utf-8", newline="") as file:
        last = [row for row in csv.DictReader(file) if row["year"] == "2019"]
    rows: list[dict[str, str | None]] = [
        {**row, "year": str(year)} for row in last for year in range(2020, 2026)
    ]
    write_rows(settings.datasets_dir, CENSUS, "2026-05-14", rows)
    steps.build(settings)
    return settings


def figures(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with reader(settings, current_build(settings).path) as con:
        return con.execute(sql).fetchall()


def test_the_newest_state_has_the_years_of_both_decades(built: Settings) -> None:
    years = figures(
        built,
        "SELECT list(DISTINCT year ORDER BY year) FROM mart.series "
        "WHERE dataset = 'census_population' AND place = 'chicago-il' "
        "AND vintage = '2026-05-14' AND value IS NOT NULL",
    )
    assert years == [(list(range(2010, 2026)),)]


def test_rates_of_years_before_keep_their_population(built: Settings) -> None:
    rates = figures(
        built,
        "SELECT count(*) FROM mart.series WHERE dataset = 'chicago_homicide_clearances' "
        "AND measure = 'murder_rate' AND year = 2016 AND value > 0",
    )
    assert rates[0][0] > 0
