"""Fetching a layer of an ArcGIS server: what is asked, when nothing changed, whose day it is."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from datasets.catalog import load_catalog
from datasets.errors import InputError, SourceUnreachable, SourceWrong
from datasets.features import feature_rows, features
from datasets.fetch import Fetched, Unchanged
from datasets.session import retry_after_in
from datasets.settings import Settings
from tests.emulators.arcgis import FeatureLayer
from tests.emulators.server import Loopback, Reply, Request, serving
from tests.faults.source_rigs_arcgis import COLUMNS, FIELDS, LAYER, layer_rows
from tests.support_live import NOW, UPDATED, declare, get

SAMPLES = Path(os.environ.get("CRIMECLAIMS_REFERENCE_DATA", "")).parent / "contracts" / "samples"
captured = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no captured answers beside the data")


@dataclass
class County:
    settings: Settings
    layer: FeatureLayer
    server: Loopback

    def fetch(self, **more: Any) -> Fetched | Unchanged:
        self.server.requests.clear()
        return get(self.settings, "made_up", **more)

    def declare(self, **changes: Any) -> None:
        source = {"protocol": "arcgis", "base_url": "https://nowhere.invalid", "layer": LAYER}
        source |= {"time_zone": "America/New_York", "unused_fields": ["unused"]}
        declare(
            self.settings.datasets_dir, "made_up", source={**source, **changes}, columns=COLUMNS
        )


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[County]:
    """25 rows, of which the server sends 10 at most."""
    layer = FeatureLayer(LAYER, dict(FIELDS), layer_rows(25), UPDATED * 1000)
    settings = Settings(var=tmp_path / "var", datasets_dir=tmp_path / "datasets")
    with serving(layer) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_ARCGIS", server.url)
        there = County(settings, layer, server)
        there.declare()
        yield there


def test_pages_follow_the_object_id_and_not_what_was_asked_for(county: County) -> None:
    found = county.fetch()
    assert isinstance(found, Fetched)
    manifest = found.snapshot.manifest
    assert (manifest.vintage, manifest.files[0].rows) == (dt.date(2026, 11, 18), 25)
    pages = [r.params for r in county.server.requests if "outFields" in r.params]
    assert [page["where"] for page in pages] == [
        "1=1",
        "(1=1) AND (OBJECTID > 10)",
        "(1=1) AND (OBJECTID > 20)",
    ]
    assert {(p["resultRecordCount"], p["orderByFields"]) for p in pages} == {("10", "OBJECTID ASC")}
    assert all(request.params["f"] == "json" for request in county.server.requests)
    assert found.new_fields == ()


def test_no_edit_is_one_small_request(county: County) -> None:
    county.fetch()
    again = county.fetch(now=NOW + dt.timedelta(days=1))
    assert again == Unchanged("2026-11-18 17:00 EST", downloaded=False)
    assert [request.path for request in county.server.requests] == [f"/{LAYER}"]


def test_a_layer_that_does_not_say_is_read_each_time_and_of_that_day(county: County) -> None:
    county.layer.edited = None
    found = county.fetch()
    assert isinstance(found, Fetched)
    assert found.snapshot.manifest.vintage == NOW.date()
    assert "the day of retrieval" in found.snapshot.manifest.vintage_basis
    assert county.fetch() == Unchanged(str(NOW.date()), downloaded=True)


def test_a_condition_is_of_the_count_and_of_every_page(county: County) -> None:
    county.declare(where="label = 'café 3'", page_rows=2)
    found = county.fetch()
    assert isinstance(found, Fetched)
    assert found.snapshot.path.read_text("utf-8").splitlines()[1:] == ["3,2026-10-04,café 3,0.75"]


def test_an_error_400_is_asked_for_once_more_and_no_other(county: County) -> None:
    for code, times in ((400, 2), (498, 1)):
        said = {"error": {"code": code, "message": "Invalid", "details": []}}
        reply = Reply(body=json.dumps(said).encode())
        county.server.fault = lambda _, __, reply=reply: reply
        with pytest.raises(SourceWrong, match=f"an error, {code}: Invalid"):
            county.fetch()
        assert len(county.server.requests) == times


def test_a_wait_that_is_asked_for_in_words_is_respected(county: County) -> None:
    """Of a minute, which is longer than a test waits; and of none."""
    for seconds, times in ((60, 1), (0, 3)):
        message = f"Too many requests. Retry after {seconds} sec."
        said = {"error": {"code": 429, "message": message, "details": []}}
        reply = Reply(body=json.dumps(said).encode())
        county.server.fault = lambda _, __, reply=reply: reply
        with pytest.raises(SourceUnreachable, match="429: Too many requests") as caught:
            county.fetch()
        assert len(county.server.requests) == times
        assert ("in 60 s, which is too long" in str(caught.value)) == (seconds == 60)
    assert retry_after_in("429: later") is None


def test_a_token_is_sent_as_a_header_and_in_no_address(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    county.layer.token = "token-of-mine-1234"
    monkeypatch.setenv("CRIMECLAIMS_KEY_ARCGIS", county.layer.token)
    found = county.fetch()
    assert isinstance(found, Fetched)
    assert not any("token-of" in str(request.params) for request in county.server.requests)
    manifest = (found.snapshot.folder / "manifest.json").read_text()
    assert "token-of" not in manifest


@pytest.mark.parametrize(
    ("given", "says"), [("", "499: Token Required"), ("wrong-one-77", "498: Invalid token: ")]
)
def test_a_token_that_is_refused_is_said_and_not_shown(
    county: County,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    given: str,
    says: str,
) -> None:
    """The server quotes the token, in an error with status 200; it is not asked again."""
    county.layer.token = "right"
    monkeypatch.setenv("CRIMECLAIMS_KEY_MADE_UP", given)
    with caplog.at_level("DEBUG"), pytest.raises(SourceWrong, match=says) as caught:
        county.fetch()
    assert caught.value.fault == "refused"
    assert "key" in str(caught.value.next_step)
    assert "wrong-one" not in str(caught.value) + caplog.text
    assert len(county.server.requests) == 1


def test_an_id_of_another_spelling_is_found_by_its_type(county: County) -> None:
    """The field of a column must be named as it is; that by which pages are asked for need not."""
    county.layer.own = "ObjectId"
    county.layer.fields = {"ObjectId": "OID", **{n: t for n, t in FIELDS.items() if t != "OID"}}
    county.layer.rows = [
        {"ObjectId": row.pop("OBJECTID"), **row} for row in map(dict, county.layer.rows)
    ]
    with pytest.raises(SourceWrong, match="no longer has the field OBJECTID"):
        county.fetch()

    def silent(_: Request, reply: Reply) -> Reply:
        value = json.loads(reply.body)
        value.pop("objectIdField", None)
        return Reply(body=json.dumps(value).encode())

    path = county.settings.datasets_dir / "made_up" / "dataset.yml"
    path.write_text(path.read_text().replace("field: OBJECTID", "field: ObjectId"))
    load_catalog.cache_clear()
    county.server.fault = silent
    found = county.fetch()
    assert isinstance(found, Fetched)
    assert found.snapshot.file.rows == 25


def test_a_layer_edited_in_the_future_is_refused(county: County) -> None:
    county.layer.edited = int((NOW + dt.timedelta(days=3)).timestamp()) * 1000
    with pytest.raises(SourceWrong, match="says that it was edited at 2026-11-23"):
        county.fetch()


def test_it_takes_no_since(county: County) -> None:
    with pytest.raises(InputError, match="takes no --since"):
        county.fetch(since=dt.date(2020, 1, 1))


@captured
def test_a_captured_page_is_read(tmp_path: Path) -> None:
    path = SAMPLES / "arcgis_query_exceededTransferLimit.200.json"
    published = json.loads(path.read_bytes())["features"]
    rows = features(path)
    assert [row["OBJECTID"] for row in rows] == [
        str(feature["attributes"]["OBJECTID"]) for feature in published
    ]
    columns = [
        {"name": "id", "type": "integer", "field": "OBJECTID", "description": "row"},
        {"name": "at", "type": "timestamp", "field": "REQUEST_DATE", "description": "moment"},
        {"name": "ward", "type": "text", "field": "WARD", "description": "ward"},
    ]
    declare(tmp_path, "made_up", columns=columns)
    first, *_ = feature_rows([path], load_catalog(tmp_path)["made_up"])
    milliseconds = published[0]["attributes"]["REQUEST_DATE"]
    at = dt.datetime.fromtimestamp(milliseconds // 1000, dt.UTC)
    assert first["at"] == f"{at:%Y-%m-%d %H:%M:%S}"
    assert first["ward"] == published[0]["attributes"]["WARD"]


@captured
def test_the_captured_error_with_status_200_is_one(county: County) -> None:
    body = (SAMPLES / "arcgis_error_in_http200_400.json").read_bytes()
    county.server.fault = lambda _, __: Reply(body=body)
    with pytest.raises(SourceWrong, match="400: Cannot perform query"):
        county.fetch()
