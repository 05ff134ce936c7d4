"""Fetching by a flow: keys in Secret blocks, sent and never shown; the parameters of its form."""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from datasets import access
from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.settings import Settings
from tests.emulators.server import serving
from tests.emulators.socrata import Portal
from tests.support_live import UPDATED, bundled_homicides, crime_portal, declare
from tests.support_snapshots import make_settings

pytestmark = pytest.mark.slow

CHICAGO = "chicago_homicides"
KEY = "planted-key-4711/+="


@pytest.fixture(scope="module")
def prefect() -> Iterator[None]:
    """A Prefect with an empty database of its own."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    found = make_settings(tmp_path, [CHICAGO, "fbi_return_a"], {CHICAGO: ("2018-03-04",)})
    monkeypatch.setenv("CRIMECLAIMS_VAR", str(found.var))
    monkeypatch.setenv("CRIMECLAIMS_DATASETS", str(found.datasets_dir))
    monkeypatch.setenv("CRIMECLAIMS_HTTP_PAUSE_SECONDS", "0")
    load_catalog.cache_clear()
    return found


@pytest.fixture(autouse=True)
def blocks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Removes the blocks that a test saves."""
    request.getfixturevalue("prefect")
    yield
    from prefect.blocks.system import Secret

    for name in ("crimeclaims-key-socrata", "crimeclaims-key-chicago-homicides"):
        try:
            Secret.delete(name)
        except ValueError:
            continue


def save(name: str, value: object) -> None:
    from prefect.blocks.system import Secret

    Secret(value=value).save(name, overwrite=True)


def key_inside(settings: Settings) -> str | None:
    """The key that a fetch would send."""
    from flows.keys import keys_from_blocks

    catalog = load_catalog(settings.datasets_dir)
    with keys_from_blocks(list(catalog.values())):
        found = access.key(CHICAGO, "socrata")
        assert found is None or found in access.secrets()
    return found


def test_without_a_block_there_is_no_key(settings: Settings) -> None:
    assert key_inside(settings) is None


def test_the_block_of_a_dataset_counts_before_that_of_its_protocol(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(os.environ)
    save("crimeclaims-key-socrata", f" {KEY}\n")
    assert key_inside(settings) == KEY
    save("crimeclaims-key-chicago-homicides", "12345678901234567890")
    assert key_inside(settings) == "12345678901234567890"  # and not a number
    assert dict(os.environ) == before
    monkeypatch.setenv("CRIMECLAIMS_KEY_CHICAGO_HOMICIDES", "from-the-environment")
    assert key_inside(settings) == "from-the-environment"
    assert os.environ["CRIMECLAIMS_KEY_CHICAGO_HOMICIDES"] == "from-the-environment"


def test_a_block_that_holds_no_text_is_named(settings: Settings) -> None:
    save("crimeclaims-key-socrata", {"token": KEY})
    with pytest.raises(InputError, match="secret/crimeclaims-key-socrata holds no text") as caught:
        key_inside(settings)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("accepted", [True, False])
def test_a_flow_sends_it_and_shows_it_nowhere(
    settings: Settings, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, accepted: bool,
) -> None:  # fmt: skip
    """A portal that refuses a key quotes it."""
    from prefect.client.orchestration import get_client

    from flows.refresh import refresh

    save("crimeclaims-key-socrata", KEY)
    portal = crime_portal(bundled_homicides(50))
    portal.token = KEY if accepted else "another"
    with serving(portal) as server, caplog.at_level(logging.DEBUG):
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_SOCRATA", server.url)
        state = refresh([CHICAGO], return_state=True)
    assert state.is_completed() == accepted
    assert server.requests
    assert {request.headers["x-app-token"] for request in server.requests} == {KEY}
    assert not [name for name in os.environ if name.startswith(access.KEY_PREFIX)]
    with get_client(sync_client=True) as client:
        runs = [run.model_dump_json() for run in client.read_flow_runs()]
        runs += [run.model_dump_json() for run in client.read_task_runs()]
        artifacts = client.request("POST", "/artifacts/filter", json={}).text
        logs = client.request("POST", "/logs/filter", json={"limit": 200}).text
    assert CHICAGO in artifacts
    written = [p.read_text("utf-8", "replace") for p in settings.var.rglob("*") if p.is_file()]
    seen = [*runs, artifacts, logs, caplog.text, str(state), *written]
    assert [text for text in seen if "planted-key" in text] == []
    assert accepted or "Invalid app_token specified: ***" in artifacts


def test_the_flow_takes_what_the_command_takes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``full`` and ``since`` reach the source; what cannot be done is refused unasked."""
    from flows.refresh import refresh

    source = {
        "protocol": "socrata",
        "base_url": "https://nowhere.invalid",
        "full_only": "a large table",
    }
    source |= {"resource": "abcd-1234", "order": "id"}
    declare(settings.datasets_dir, "made_up", source=source)
    fields = {"id": "number", "day": "calendar_date", "label": "text", "size": "number"}
    rows = [{"id": 1, "day": None, "label": "x", "size": 2, "good": True}]
    portal = Portal("abcd-1234", fields | {"good": "checkbox"}, rows, UPDATED)
    with serving(portal) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_MADE_UP", server.url)
        with pytest.raises(InputError, match="made_up is fetched only with --full: a large table"):
            refresh(["made_up"])
        with pytest.raises(InputError, match="1 of 1 sources failed: made_up"):
            refresh(["made_up"], full=True, since=dt.date(2020, 1, 1))
        assert server.requests == []
        [result] = refresh(["made_up"], full=True)
        assert (result.outcome, result.rows) == ("fetched", 1)


def test_the_form_of_the_flow_describes_every_parameter_of_the_command() -> None:
    from flows.fetch_command import fetch
    from flows.refresh import refresh

    described = {
        name: value.get("description", "") for name, value in refresh.parameters.properties.items()
    }
    asked = {{"names": "datasets"}.get(p.name or "", p.name) for p in fetch.params}
    assert set(described) == asked - {"format_"}
    assert min(len(text.split()) for text in described.values()) >= 10
    assert refresh.parameters.properties["since"]["anyOf"][0]["format"] == "date"
