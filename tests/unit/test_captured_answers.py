"""What publishers really answered, read by the code that reads it in a fetch: value by value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from datasets.answers import error_text, read_json
from datasets.body import Known
from datasets.catalog import load_catalog
from datasets.census_acs5 import parse as acs
from datasets.census_population import parse as estimates
from datasets.errors import SourceWrong
from datasets.protocols.socrata import _FRESH
from datasets.settings import DATASETS_DIR
from datasets.table import json_rows, missing_in
from tests.unit.test_answers import SAMPLES, needs_samples

pytestmark = needs_samples


def test_every_captured_answer_is_read_by_a_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parents[1].rglob("*.py"))
    assert [path.name for path in SAMPLES.iterdir() if path.name not in tests] == []


def known(monkeypatch: pytest.MonkeyPatch, module: Any, fips: str, place: str) -> None:
    """The captured answers are of places that the project does not follow."""
    row = {"kind": "city", "fips": fips, "place": place}
    monkeypatch.setattr(module, "reference", lambda _: [row])


def test_a_crime_of_2017_with_regions_computed_by_the_portal() -> None:
    dataset = load_catalog(DATASETS_DIR)["chicago_crimes"]
    [row] = json_rows([SAMPLES / "chicago_crimes_row_2017_computed_regions.json"], dataset)
    assert row == {
        "id": "11160347", "occurred_at": "2017-11-26 23:53:00",
        "iucr": "0460", "primary_type": "BATTERY", "fbi_code": "08B", "arrest": "true",
        "domestic": "false", "district": "015", "community_area": "25", "year": "2017",
        "updated_at": "2017-12-03 15:49:45",
    }  # fmt: skip


def test_the_catalog_has_every_field_that_is_asked_of_shooting_victims() -> None:
    found = read_json(SAMPLES / "socrata_catalog_gumc-mgzr_2022.json", "object")["resource"]
    dataset = load_catalog(DATASETS_DIR)["chicago_shooting_victims"]
    missing_in(found["columns_field_name"], dataset)
    types = dict(zip(found["columns_field_name"], found["columns_datatype"], strict=True))
    assert {types[c.source_field] for c in dataset.columns if c.type == "timestamp"} == {
        "Calendar date"
    }


def test_a_city_of_the_population_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, estimates, "0100124", "abbeville-al")
    rows = list(estimates.parse([SAMPLES / "census_pep_sub-est2025_excerpt.csv"]))
    assert {row["year"]: row["population"] for row in rows} == {
        "2020": "2355", "2021": "2340", "2022": "2338", "2023": "2351", "2024": "2391",
        "2025": "2378",
    }  # fmt: skip
    assert {(row["sumlev"], row["name"]) for row in rows} == {("162", "Abbeville city")}


def test_a_city_of_the_survey(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It was asked for without names, which we ask for too."""
    header, *rows = read_json(SAMPLES / "census_acs5_2023_place_10.200.json", "json")
    assert rows[3][2] == "-666666666"
    named = [[*header, "NAME"], *([*row, "x"] for row in rows)]
    path = tmp_path / "2023-acs-acs5-place.json"
    path.write_text(json.dumps(named))
    known(monkeypatch, acs, "1077580", "wilmington-de")
    [row] = acs.parse([path])
    assert (row["population"], row["first_year"], row["last_year"]) == ("71124", "2019", "2023")


def test_agencies_of_a_state() -> None:
    found = read_json(SAMPLES / "cde_agency_byStateAbbr_WI.200.json", "object")
    assert {county: len(agencies) for county, agencies in found.items()} == {
        "BROWN": 1, "DANE": 2, "DANE, ROCK": 1, "NOT SPECIFIED": 2,
    }  # fmt: skip
    assert (found["BROWN"][0]["ori"], found["BROWN"][0]["latitude"]) == ("WI0050700", "44.473961")


@pytest.mark.parametrize(
    ("name", "etag"),
    [
        ("socrata_api_views.200.meta.json", False),
        ("socrata_resource_default_limit.200.meta.json", True),
        ("socrata_resource_limit1_offset0.200.meta.json", True),
    ],
)
def test_headers_of_the_portal(name: str, etag: bool) -> None:
    """Not from a stale replica; the body is recognised where there is a header to do it by."""
    value = json.loads((SAMPLES / name).read_text("utf-8"))["headers"]
    headers = {key: values[0] for key, values in value.items()}
    assert headers.get("X-SODA2-Data-Out-Of-Date", "") in _FRESH
    have = Known(headers.get("ETag"), headers.get("Last-Modified"))
    assert have.is_of(headers) == etag
    assert not Known('"another"').is_of(headers)


def test_a_table_that_is_not_there() -> None:
    value = json.loads((SAMPLES / "socrata_resource_missing.404.meta.json").read_text("utf-8"))
    assert value["status"]["code"] == 404
    path = SAMPLES / "socrata_resource_missing.404.body"
    assert error_text(path.read_bytes()).startswith("dataset.missing: ")
    with pytest.raises(SourceWrong, match=r"dataset\.missing"):
        read_json(path, "rows")
