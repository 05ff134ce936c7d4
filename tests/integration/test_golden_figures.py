"""Every bundled dataset against figures taken from the publishers' files by hand."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from datasets.settings import Settings
from datasets.warehouse import current_build, reader

GOLDEN = Path(__file__).resolve().parent.parent / "golden"

Key = tuple[str, ...]


def golden() -> list[tuple[Key, str, str]]:
    """(key of an observation, value or empty, status) of all golden tables."""
    rows = []
    for path in sorted(GOLDEN.glob("*_figures.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                start = row.get("period_start") or f"{row['year']}-01-01"
                end = row.get("period_end") or f"{row['year']}-12-31"
                names = ("dataset", "vintage", "measure", "definition", "place")
                key = (*(row[name] for name in names), start, end)
                rows.append((key, row["value"], row["status"]))
    return rows


@pytest.fixture(scope="module")
def figures(built: Settings) -> dict[Key, tuple[Any, str]]:
    """Value and status by key: observations, and golden windows of days from the daily series."""
    with reader(built, current_build(built).path) as con:
        found = {
            tuple(row[0].split("|")): (row[1], row[2])
            for row in con.execute(
                "SELECT observation_key, value, status FROM core.observation"
            ).fetchall()
        }
        daily = {
            (str(row[0]), str(row[1]), *row[2:5], str(row[5])): row[6]
            for row in con.execute(
                "SELECT dataset, vintage, measure, definition, place, day, cumulative "
                "FROM mart.daily"
            ).fetchall()
        }
    for key, _, _ in golden():
        if key not in found and (*key[:5], key[6]) in daily:
            last_year = f"{int(key[5][:4]) - 1}-12-31"
            assert key[5].endswith("-01-01")
            total = daily[*key[:5], key[6]] - daily[*key[:5], last_year]
            found[key] = (float(total), "final")
    return found


def test_there_are_golden_figures_of_every_dataset(figures: dict[Key, tuple[Any, str]]) -> None:
    assert {key[0] for key, _, _ in golden()} == {key[0] for key in figures}
    assert len(golden()) > 120


@pytest.mark.parametrize(
    ("key", "value", "status"), [pytest.param(*row, id="|".join(row[0])) for row in golden()]
)
def test_figure(figures: dict[Key, tuple[Any, str]], key: Key, value: str, status: str) -> None:
    found = figures.get(key)
    assert found is not None, "there is no such observation"
    if value:
        assert found[0] == pytest.approx(float(value), rel=1e-9)
    else:
        assert found[0] is None
    assert found[1] == status
