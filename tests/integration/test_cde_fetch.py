"""Fetching from the Crime Data Explorer: what is asked, in which order, and of one refresh only."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets import access
from datasets.archive import list_snapshots, verify_parts
from datasets.catalog import load_catalog
from datasets.errors import InputError, SourceFailed, SourceUnreachable, SourceWrong
from datasets.fetch import Fetched, Unchanged, patience
from datasets.settings import DATASETS_DIR, Network, Settings
from datasets.sources import CdeSource
from tests.emulators.cde import OFFENSES, Explorer
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


def test_all_nine_offenses_are_asked_of_every_place() -> None:
    source = load_catalog(DATASETS_DIR)["fbi_cde"].source
    assert isinstance(source, CdeSource)
    [series] = source.series
    assert set(series.offenses) == set(OFFENSES)
    places = 1 + len(series.states) + len(series.agencies)
    assert (len(series.states), places * 9) == (51, 1143)
    # More than an hour's 1,000: the deadline leaves time for a second hour.
    assert source.allowance_minutes == 60
    assert source.deadline_minutes is not None
    assert source.deadline_minutes > 60 + 1143 * 0.5 / 60


def test_a_series_is_declared_once(tmp_path: Path) -> None:
    series = [{"offenses": ["HOM"], "national": True}, {"offenses": ["HOM"], "national": True}]
    source = {"protocol": "cde", "base_url": "https://x.org", "first_month": "2025-01"}
    declare(tmp_path, "made_up", source=source | {"series": series})
    with pytest.raises(InputError, match="asks for national/HOM 2 times"):
        load_catalog(tmp_path)


def fails_at(fbi: Fbi, path: str, status: int = 503) -> str:
    """Fetch while the Explorer does not answer one path; what is said."""

    def refuse(request: Request, reply: Reply) -> Reply:
        return Reply(status) if request.path == f"/summarized/{path}" else reply

    fbi.server.fault = refuse
    with pytest.raises(SourceFailed) as caught:
        fbi.fetch()
    fbi.server.fault = None
    assert not list(fbi.settings.archive_dir.glob("made_up/*"))
    return str(caught.value)


def kept(fbi: Fbi) -> list[Path]:
    return sorted((fbi.settings.archive_dir / ".partial" / "made_up").rglob("*.json"))


def test_an_interrupted_fetch_asks_only_for_what_it_has_not(fbi: Fbi) -> None:
    said = fails_at(fbi, "state/FL/ROB")
    assert "4 of 6 answers are kept for the next attempt, good until there is another" in said
    resumed = fbi.fetch(now=NOW + dt.timedelta(hours=5))
    assert fbi.paths() == ["national/HOM", "state/FL/ROB", "agency/FL0130600/ROB"]
    assert isinstance(resumed, Fetched)
    verify_parts(resumed.snapshot)
    assert kept(fbi) == []
    shutil.rmtree(fbi.settings.archive_dir)
    whole = fbi.fetch()
    assert isinstance(whole, Fetched)
    assert whole.snapshot.file == resumed.snapshot.file
    names = [part.name for part in whole.snapshot.manifest.parts or ()]
    assert [part.name for part in resumed.snapshot.manifest.parts or ()] == names


def test_what_was_answered_is_good_until_the_next_refresh(fbi: Fbi) -> None:
    """History is restated: an answer of the refresh before must not be mixed in."""
    fails_at(fbi, "agency/FL0130600/ROB")
    assert len(kept(fbi)) == 5
    fbi.explorer.refreshed = "11/16/2026"
    fbi.explorer.counts["national/HOM"] = {"03-2025": (99, 1)}
    found = fbi.fetch()
    assert isinstance(found, Fetched)
    assert len(fbi.paths()) == 1 + 6
    text = found.snapshot.path.read_text()
    assert "2026-10-15" not in text
    assert "national,US,United States,HOM,2025-03-01,99,1," in text


def test_what_was_answered_for_other_months_is_asked_for_again(fbi: Fbi) -> None:
    fails_at(fbi, "agency/FL0130600/ROB")
    fbi.fetch(now=dt.datetime(2026, 12, 1, tzinfo=dt.UTC))
    assert len(fbi.paths()) == 1 + 6


@pytest.mark.parametrize(
    ("damage", "again"),
    [("answer", "national/HOM"), ("list", "state/FL/ROB"), ("name", "national/HOM")],
)
def test_what_was_kept_and_is_damaged_is_asked_for_again(fbi: Fbi, damage: str, again: str) -> None:
    fails_at(fbi, "agency/FL0130600/ROB")
    first = next(path for path in kept(fbi) if path.name == "national_HOM.json")
    lines = first.with_name("answers.jsonl")
    if damage == "answer":
        first.write_bytes(first.read_bytes().replace(b"United", b"Untied"))
    elif damage == "list":  # killed while it was written
        lines.write_text(lines.read_text()[:-20] + "\n[1]\nnull\n")
    else:
        lines.write_text(lines.read_text().replace("national_HOM.json", "state_FL_HOM.json"))
    found = fbi.fetch()
    assert isinstance(found, Fetched)
    assert fbi.paths()[1:] == [again, "agency/FL0130600/ROB"]
    assert "Untied" not in found.snapshot.path.read_text()
    assert found.snapshot.file.rows == 6 * 10
    verify_parts(found.snapshot)


def test_a_refresh_while_it_resumes_is_noticed(fbi: Fbi) -> None:
    fails_at(fbi, "agency/FL0130600/ROB")

    def refresh(request: Request, reply: Reply) -> Reply:
        if request.params["to"] == "03-2025":  # the probe: the next answer is of another one
            fbi.explorer.refreshed = "11/16/2026"
        return reply

    fbi.server.fault = refresh
    found = fbi.fetch()
    assert isinstance(found, Fetched)
    assert found.snapshot.manifest.vintage == dt.date(2026, 11, 16)
    assert "2026-10-15" not in found.snapshot.path.read_text()
    verify_parts(found.snapshot)


STEP = st.tuples(st.integers(0, 7), st.booleans())


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, min_size=1, max_size=4), last=st.booleans())
def test_no_order_of_interruptions_and_refreshes_mixes_anything(
    fbi: Fbi, steps: list[tuple[int, bool]], last: bool
) -> None:
    """Each attempt breaks off after some requests; before some of them everything is restated."""
    shutil.rmtree(fbi.settings.archive_dir, ignore_errors=True)
    month = 1

    def restate() -> None:
        nonlocal month
        month += 1
        fbi.explorer.refreshed = f"{month:02}/15/2026"
        fbi.explorer.usual = {key: {"03-2025": (month, None)} for key in ("HOM", "ROB")}

    restate()
    for requests, restated in steps:
        if restated:
            restate()
        fbi.server.fault = lambda _, reply, most=requests: (
            reply if len(fbi.server.requests) <= most else Reply(503)
        )
        with contextlib.suppress(SourceFailed):
            fbi.fetch()
    fbi.server.fault = None
    if last:
        restate()
    fbi.fetch()
    listed = list_snapshots(fbi.settings, load_catalog(fbi.settings.datasets_dir)["made_up"])
    verify_parts(listed[-1])
    rows = listed[-1].path.read_text().splitlines()[1:]
    assert len(rows) == 6
    assert all(f",2025-03-01,{month},,100000,100000,2026-{month:02}-15" in row for row in rows)
    assert kept(fbi) == []


def limited(fbi: Fbi, limit: int, span: float) -> None:
    """The Explorer answers so many requests in so many seconds, and the source says so."""
    fbi.explorer.limit, fbi.explorer.span = limit, span
    path = fbi.settings.datasets_dir / "made_up" / "dataset.yml"
    path.write_text(
        path.read_text().replace("source:\n", f"source:\n  allowance_minutes: {span / 60}\n")
    )
    load_catalog.cache_clear()


def test_an_hours_allowance_is_waited_for_where_the_deadline_allows_it(fbi: Fbi) -> None:
    limited(fbi, 3, 0.3)
    assert isinstance(fbi.fetch(), Fetched)
    assert len(fbi.server.requests) == 1 + 6
    assert fbi.explorer.refused == 0  # it waited before it was told to


def test_an_hours_allowance_that_ends_after_the_deadline_stops_the_fetch(fbi: Fbi) -> None:
    limited(fbi, 5, 3600)
    with pytest.raises(SourceUnreachable) as caught:
        fbi.fetch()
    said = " ".join(str(caught.value).split())
    assert "has answered the 5 requests that it allows in 60 minutes, and the next one" in said
    assert "4 of 6 answers are kept for the next attempt" in said
    assert "fetch it again after " in str(caught.value.next_step)
    assert (len(fbi.server.requests), fbi.explorer.refused) == (5, 0)
    fbi.explorer.times.clear()  # an hour later
    assert isinstance(fbi.fetch(now=NOW + dt.timedelta(hours=1)), Fetched)
    assert fbi.paths() == ["national/HOM", "state/FL/ROB", "agency/FL0130600/ROB"]


def test_a_source_can_take_longer_than_the_usual_hour_unless_the_user_sets_one() -> None:
    source = load_catalog(DATASETS_DIR)["fbi_cde"].source
    other = load_catalog(DATASETS_DIR)["chicago_homicides"].source
    assert source is not None
    assert other is not None
    assert patience(Network(), source).deadline_seconds == 150 * 60
    assert patience(Network(deadline_seconds=60), source).deadline_seconds == 60
    assert patience(Network(), other) == Network()


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
