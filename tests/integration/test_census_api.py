"""The Census Bureau's API, on loopback: only with a key, which is written nowhere."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from datasets.archive import list_snapshots, verify_parts
from datasets.catalog import load_catalog
from datasets.errors import InputError, SourceFailed, SourceWrong
from datasets.fetch import Fetched, Unchanged
from datasets.settings import DATASETS_DIR, Settings
from datasets.warehouse import current_build, reader
from flows import fetching, steps
from tests.emulators.census import CensusApi
from tests.emulators.server import Fault, Loopback, Reply, Request, serving
from tests.support_census import acs_rows
from tests.support_live import FAST, files_below, get

ACS = "census_acs5"
KEY = "planted-key-4711"


@dataclass
class Bureau:
    settings: Settings
    api: CensusApi
    server: Loopback


@pytest.fixture
def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bureau]:
    """It serves the survey of 2019, which the dataset.yml here asks for."""
    settings = Settings(var=tmp_path / "var", datasets_dir=tmp_path / "datasets")
    for name in (ACS, "census_population", "chicago_homicide_clearances"):
        shutil.copytree(DATASETS_DIR / name, settings.datasets_dir / name)
    path = settings.datasets_dir / ACS / "dataset.yml"
    text = path.read_text().replace("data/2024/acs/acs5", "data/2019/acs/acs5")
    path.write_text(text)
    load_catalog.cache_clear()
    api = CensusApi("data/2019/acs/acs5", KEY, acs_rows())
    with serving(api) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_CENSUS", server.url)
        monkeypatch.setenv("CRIMECLAIMS_KEY_CENSUS", KEY)
        yield Bureau(settings, api, server)
    load_catalog.cache_clear()


def test_all_levels_are_archived_and_the_gate_opens(bureau: Bureau) -> None:
    found = get(bureau.settings, ACS)
    assert isinstance(found, Fetched)
    verify_parts(found.snapshot)
    assert [part.name for part in found.snapshot.manifest.parts or ()] == [
        f"2019-acs-acs5-{level}.json" for level in ("us", "state", "county", "place")
    ]
    assert len(bureau.server.requests) == 4
    steps.build(bureau.settings)
    with reader(bureau.settings, current_build(bureau.settings).path) as con:
        rows = con.execute(
            "SELECT o.period_start, o.period_end, o.status, s.year FROM core.observation AS o "
            "JOIN mart.series AS s ON list_contains(s.observation_keys, o.observation_key) "
            f"WHERE o.dataset = '{ACS}' AND o.place = 'chicago-il'"
        ).fetchall()
        rates = con.execute(
            f"SELECT count(*) FROM mart.series WHERE dataset = '{ACS}' AND measure <> 'population'"
        ).fetchall()
    assert [(str(start), str(end), *rest) for start, end, *rest in rows] == [
        ("2015-01-01", "2019-12-31", "estimated", None)
    ], "an average of five years is no year's population"
    assert rates == [(0,)]


RATES = """
SELECT dataset, vintage, measure, place, year, value, denominator FROM mart.series
WHERE unit = 'per_100k' ORDER BY ALL
"""


def _rates(settings: Settings) -> list[Any]:
    load_catalog.cache_clear()
    steps.build(settings)
    with reader(settings, current_build(settings).path) as con:
        return con.execute(RATES).fetchall()


def test_no_rate_stands_on_the_survey_also_where_there_is_no_other_population(
    bureau: Bureau,
) -> None:
    """A rate by the survey would pass for one by the Bureau's estimate of the year."""
    without = _rates(bureau.settings)
    assert any(year == 2017 for *_, year, _, _ in without)
    assert isinstance(get(bureau.settings, ACS), Fetched)
    assert _rates(bureau.settings) == without
    shutil.rmtree(bureau.settings.datasets_dir / "census_population")
    assert _rates(bureau.settings) == []


def test_the_same_figures_are_nothing_new(bureau: Bureau) -> None:
    assert isinstance(get(bureau.settings, ACS), Fetched)
    assert isinstance(get(bureau.settings, ACS), Unchanged)
    bureau.api.rows["us"][0]["B01003_001E"] = "1"
    assert isinstance(get(bureau.settings, ACS), Fetched)
    assert (
        len(list_snapshots(bureau.settings, load_catalog(bureau.settings.datasets_dir)[ACS])) == 2
    )


def test_without_a_key_nothing_is_asked(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRIMECLAIMS_KEY_CENSUS")
    with pytest.raises(InputError, match="answers only those who have a key") as refused:
        get(bureau.settings, ACS)
    assert "key_signup.html" in str(refused.value.next_step)
    assert bureau.server.requests == []


def test_a_key_that_is_not_valid_is_an_error_and_no_data(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The redirect is not followed to its page in HTML."""
    monkeypatch.setenv("CRIMECLAIMS_KEY_CENSUS", "another-key-0815")
    with pytest.raises(SourceWrong, match="the key is missing or not valid") as refused:
        get(bureau.settings, ACS)
    assert refused.value.fault == "refused"
    assert "another-key-0815" not in str(refused.value)
    assert [request.path for request in bureau.server.requests] == ["/data/2019/acs/acs5"]


def test_a_redirect_that_does_not_say_why_is_an_error_as_well(bureau: Bureau) -> None:
    def silent(request: Request, reply: Reply) -> Reply:
        if request.path.endswith(".html"):
            return reply
        return Reply(302, headers={"Location": "/data/missing_key.html"})

    bureau.server.fault = silent
    with pytest.raises(SourceWrong, match="as it does to a key that is not valid") as refused:
        get(bureau.settings, ACS, network=replace(FAST, attempts=2))
    assert refused.value.fault == "refused"
    assert "key_signup.html" in str(refused.value.next_step)


def body(text: str) -> Fault:
    return lambda _, reply: replace(reply, body=text.encode())


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (body('[["NAME","B01003_001E","us"]]'), "values", "has no rows"),
        (body("[]"), "schema", "has 0 columns NAME"),
        (body('[["NAME","B01003_001E"],["x","1"]]'), "schema", "has 0 columns us"),
        (body('[["NAME","B01003_001E","us"],["x","1"]]'), "type", "rows of another length"),
        (body('{"us": 1}'), "type", "something other than a list of rows"),
        (body('[{"NAME": "x"}]'), "type", "something other than a list of rows"),
        (body('[["NAME","B01003_001E","us"],["x"'), "truncated", "cut off or broken"),
        (lambda _, reply: replace(reply, status=204, body=b""), "type", "status 204"),
        (lambda _, reply: replace(reply, how="cut"), None, "broke the connection off"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_whole_changes_nothing(
    bureau: Bureau, fault: Fault, kind: str | None, says: str
) -> None:
    assert isinstance(get(bureau.settings, ACS), Fetched)
    before = files_below(bureau.settings.archive_dir)
    bureau.server.fault = fault
    with pytest.raises(SourceFailed, match=says) as refused:
        get(bureau.settings, ACS, network=replace(FAST, attempts=2))
    if kind is not None:
        assert isinstance(refused.value, SourceWrong)
        assert refused.value.fault == kind
    assert files_below(bureau.settings.archive_dir) == before


def test_a_variable_that_is_gone_is_named(bureau: Bureau) -> None:
    bureau.api.variables.remove("B01003_001E")
    with pytest.raises(SourceWrong, match="unknown variable 'B01003_001E'"):
        get(bureau.settings, ACS)


def test_the_key_is_in_nothing_that_is_written(
    bureau: Bureau, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    troubles = iter([503, 503, 400])

    def trouble(_: Request, reply: Reply) -> Reply:
        status = next(troubles, None)
        return replace(reply, status=status, body=b"error: error: no") if status else reply

    bureau.server.fault = trouble
    with pytest.raises(SourceWrong) as refused:
        get(bureau.settings, ACS)
    assert isinstance(get(bureau.settings, ACS), Fetched)
    assert all(request.params["key"] == KEY for request in bureau.server.requests)
    ours = [record.getMessage() for record in caplog.records if record.name == "crimeclaims"]
    assert len(ours) == 2
    assert KEY not in f"{refused.value} {ours}"
    for path in bureau.settings.var.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def test_it_is_asked_by_name_only() -> None:
    settings = Settings(var=Path("unused"))
    assert ACS not in {dataset.name for dataset in fetching.chosen(settings)}
    assert [dataset.name for dataset in fetching.chosen(settings, [ACS])] == [ACS]
