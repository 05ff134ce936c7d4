"""Fetching from the Crime Data Explorer: what is asked, in which order, and of one refresh only."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from datasets import access
from datasets.catalog import load_catalog
from datasets.errors import InputError, SourceUnreachable, SourceWrong
from datasets.fetch import Fetched, Unchanged
from datasets.settings import DATASETS_DIR, Settings
from datasets.sources import CdeSource
from tests.emulators.cde import Explorer
from tests.emulators.server import Loopback, Reply, Request, serving
from tests.support_live import NOW, declare, files_below, get

DAY = dt.timedelta(days=1)
SAMPLES = Path(os.environ.get("CRIMECLAIMS_REFERENCE_DATA", "")).parent / "contracts" / "samples"


@dataclass
class Fbi:
    settings: Settings
    explorer: Explorer
    server: Loopback

    def fetch(self, **more: Any) -> Fetched | Unchanged:
        self.server.requests.clear()
        return get(self.settings, "made_up", **more)

    def paths(self) -> list[str]:
        return [request.path.removeprefix("/summarized/") for request in self.server.requests]


@pytest.fixture
def fbi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fbi]:
    """Two offenses of the nation, a state and an agency."""
    names = {"national": "United States", "state/FL": "Florida", "agency/FL0130600": "Miami PD"}
    usual = {f"{m:02}-2025": (m, m // 2) for m in range(1, 13)}
    explorer = Explorer(names, usual=dict.fromkeys(("HOM", "ROB"), usual), refreshed="10/15/2026")
    dataset = load_catalog(DATASETS_DIR)["fbi_cde"]
    series = {"offenses": ["HOM", "ROB"], "national": True}
    series |= {"states": ["FL"], "agencies": ["FL0130600"]}
    source = {"protocol": "cde", "base_url": "https://nowhere.invalid", "first_month": "2025-03"}
    declare(
        tmp_path / "datasets",
        "made_up",
        source=source | {"series": [series]},
        key=list(dataset.key),
        columns=[column.model_dump(exclude_none=True) for column in dataset.columns],
    )
    parser = (DATASETS_DIR / "fbi_cde" / "parse.py").read_text(encoding="utf-8")
    (tmp_path / "datasets" / "made_up" / "parse.py").write_text(parser, encoding="utf-8")
    settings = Settings(var=tmp_path / "var", datasets_dir=tmp_path / "datasets")
    with serving(explorer) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_CDE", f"{server.url}/")
        yield Fbi(settings, explorer, server)


def test_every_series_is_one_answer_and_all_places_come_with_the_first_offense(fbi: Fbi) -> None:
    found = fbi.fetch()
    assert isinstance(found, Fetched)
    manifest = found.snapshot.manifest
    assert (manifest.vintage, manifest.published) == (dt.date(2026, 10, 15),) * 2
    assert manifest.files[0].rows == 6 * 10  # from March on
    assert manifest.parts is not None
    assert [part.name for part in manifest.parts] == [
        *("national_HOM.json", "state_FL_HOM.json", "agency_FL0130600_HOM.json"),
        *("national_ROB.json", "state_FL_ROB.json", "agency_FL0130600_ROB.json"),
    ]
    probe, *answers = fbi.server.requests
    assert probe.params == {"from": "03-2025", "to": "03-2025"}
    assert {(r.params["from"], r.params["to"]) for r in answers} == {("03-2025", "11-2026")}
    assert fbi.paths()[1:4] == ["national/HOM", "state/FL/HOM", "agency/FL0130600/HOM"]


def test_no_refresh_is_one_small_request(fbi: Fbi) -> None:
    fbi.fetch()
    before = files_below(fbi.settings.archive_dir)
    again = fbi.fetch(now=NOW + 30 * DAY)
    assert again == Unchanged("the refresh of 2026-10-15", downloaded=False)
    assert fbi.paths() == ["national/HOM"]
    after = files_below(fbi.settings.archive_dir)
    assert {name for name in after if after[name] != before[name]} == {"made_up/checked.json"}


def test_a_refresh_that_restates_makes_a_new_snapshot(fbi: Fbi) -> None:
    fbi.fetch()
    fbi.explorer.refreshed = "11/16/2026"
    fbi.explorer.counts["agency/FL0130600/HOM"] = {"03-2025": (9, None)}
    found = fbi.fetch()
    assert isinstance(found, Fetched)
    assert found.snapshot.manifest.vintage == dt.date(2026, 11, 16)
    rows = found.snapshot.path.read_text().splitlines()
    assert "agency,FL0130600,Miami PD,HOM,2025-03-01,9,,100000,100000,2026-11-16" in rows


def test_answers_of_the_refresh_before_are_asked_for_again(fbi: Fbi) -> None:
    def refresh(request: Request, reply: Reply) -> Reply:
        if request.path == "/summarized/national/ROB":  # the fourth of six
            fbi.explorer.refreshed = "11/16/2026"
        return reply

    fbi.server.fault = refresh
    found = fbi.fetch()
    assert isinstance(found, Fetched)
    assert found.snapshot.manifest.vintage == dt.date(2026, 11, 16)
    assert "2026-10-15" not in found.snapshot.path.read_text()
    again = ["national/HOM", "state/FL/HOM", "agency/FL0130600/HOM", "national/ROB"]
    assert fbi.paths()[-4:] == again  # that of ROB was on its way when the refresh came
    assert len(fbi.paths()) == 1 + 6 + 4


def test_all_places_that_are_not_known_are_named_at_once(fbi: Fbi) -> None:
    del fbi.explorer.names["agency/FL0130600"]
    del fbi.explorer.names["state/FL"]
    with pytest.raises(SourceWrong) as caught:
        fbi.fetch()
    assert "no series of state/FL/HOM, agency/FL0130600/HOM" in str(caught.value)
    assert "out of series:" in str(caught.value.next_step)
    assert len(fbi.server.requests) == 4  # and not one of the next offense


def test_a_rate_limit_of_hours_is_not_waited_for(fbi: Fbi) -> None:
    said = {"error": {"code": "OVER_RATE_LIMIT", "message": "You have exceeded your rate limit."}}
    refusal = Reply(429, json.dumps(said).encode(), headers={"Retry-After": "57263"})
    fbi.server.fault = lambda _, __: refusal
    with pytest.raises(
        SourceUnreachable, match=r"OVER_RATE_LIMIT.* in 57,263 s, which is too long"
    ):
        fbi.fetch()
    assert len(fbi.server.requests) == 1


@pytest.mark.parametrize("given", ["", "wrong-key-1234"])
def test_a_key_that_is_refused_is_said_and_not_shown(
    fbi: Fbi, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    fbi.explorer.key = "right"
    monkeypatch.setenv("CRIMECLAIMS_KEY_CDE", given)
    code = "API_KEY_INVALID" if given else "API_KEY_MISSING"
    with pytest.raises(SourceWrong, match=f"403: {code}") as caught:
        fbi.fetch()
    assert "wrong-key" not in str(caught.value)
    assert len(fbi.server.requests) == 1


def test_a_key_is_sent_as_a_header(fbi: Fbi, monkeypatch: pytest.MonkeyPatch) -> None:
    fbi.explorer.key = "right-key-1234"
    monkeypatch.setenv("CRIMECLAIMS_KEY_CDE", fbi.explorer.key)
    assert isinstance(fbi.fetch(), Fetched)
    assert not any("right-key" in str(request.params) for request in fbi.server.requests)


def test_those_who_have_a_key_ask_at_another_address() -> None:
    source = load_catalog(DATASETS_DIR)["fbi_cde"].source
    assert isinstance(source, CdeSource)
    key = {"CRIMECLAIMS_KEY_CDE": "k"}
    own = {"CRIMECLAIMS_BASE_URL_CDE": "http://127.0.0.1:1"}
    for environ, base in (
        ({}, source.base_url),
        (key, source.key_base_url),
        (key | own, own["CRIMECLAIMS_BASE_URL_CDE"]),
    ):
        assert base == access.base_url(
            source.base_url, "fbi_cde", "cde", environ, with_key=source.key_base_url
        )


def test_what_is_declared_is_fetched_within_an_hours_requests() -> None:
    """api.data.gov allows 1,000 an hour; with the first one, and some that fail."""
    source = load_catalog(DATASETS_DIR)["fbi_cde"].source
    assert isinstance(source, CdeSource)
    assert sum(1 for series in source.series for _ in series.asked()) == 888


def test_a_series_is_declared_once(tmp_path: Path) -> None:
    series = [{"offenses": ["HOM"], "national": True}, {"offenses": ["HOM"], "national": True}]
    source = {"protocol": "cde", "base_url": "https://x.org", "first_month": "2025-01"}
    declare(tmp_path, "made_up", source=source | {"series": series})
    with pytest.raises(InputError, match="asks for national/HOM 2 times"):
        load_catalog(tmp_path)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no captured answers beside the reference data")
def test_captured_answers_are_archived_and_read(fbi: Fbi) -> None:
    """The nation and a sheriff in Wisconsin, January to June 2023, to the byte."""
    captured = {
        "/summarized/national/HOM": "cde_summarized_national_HOM.200.json",
        "/summarized/agency/WI0130000/HOM": "cde_summarized_agency_WI0130000_HOM.200.json",
    }
    path = fbi.settings.datasets_dir / "made_up" / "dataset.yml"
    text = path.read_text().replace("FL0130600", "WI0130000").replace("    states:\n    - FL\n", "")
    path.write_text(text.replace("    - ROB\n", ""))
    load_catalog.cache_clear()
    fbi.server.app = lambda request: Reply(body=(SAMPLES / captured[request.path]).read_bytes())
    found = fbi.fetch()
    assert isinstance(found, Fetched)
    assert found.snapshot.manifest.vintage == dt.date(2026, 9, 15)
    rows = found.snapshot.path.read_text().splitlines()
    assert rows[1].startswith("national,US,United States,HOM,2023-01-01,1660,1007,338357687,")
    april = "agency,WI0130000,Dane County Sheriff's Office,HOM,2023-04-01,1,1,"
    assert any(row.startswith(april) for row in rows)
    assert len(rows) == 13
    part = found.snapshot.folder / "parts" / "national_HOM.json"
    assert part.read_bytes() == (SAMPLES / captured["/summarized/national/HOM"]).read_bytes()
