"""Pages of a portal: ordered by the server, each after the last key, reconciled with a count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from datasets.errors import SourceWrong
from datasets.fetch import Fetched
from datasets.settings import Settings
from tests.emulators.server import Loopback, Reply, Request, serving
from tests.emulators.socrata import Portal
from tests.faults.source_site import made_up_rows
from tests.support_live import UPDATED, declare, files_below, get

FIELDS = {"id": "number", "day": "calendar_date", "label": "text", "size": "number"}


@dataclass(frozen=True)
class Place:
    settings: Settings
    portal: Portal
    server: Loopback

    @property
    def pages(self) -> list[dict[str, str]]:
        return [r.params for r in self.server.requests if "$limit" in r.params]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A table of 20 rows, in pages of 10."""
    portal = Portal("abcd-1234", FIELDS | {"good": "checkbox"}, made_up_rows(20), UPDATED)
    source = {"protocol": "socrata", "base_url": "https://nowhere.invalid", "order": "id"}
    source |= {"resource": "abcd-1234", "page_rows": 10}
    declare(tmp_path / "datasets", "made_up", source=source)
    with serving(portal) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_MADE_UP", server.url)
        yield Place(Settings(tmp_path / "var", datasets_dir=tmp_path / "datasets"), portal, server)


def test_the_emulator_answers_in_another_order_unless_one_is_asked_for(place: Place) -> None:
    def ids(**more: str) -> list[str]:
        return [row["id"] for row in place.portal.query({"$select": "id"} | more)]

    assert ids() != ids()
    assert sorted(ids()) == sorted(ids())
    ordered = {"$order": "id"}
    assert ids(**ordered) == ids(**ordered) == [str(n) for n in range(1, 21)]


def test_every_page_is_ordered_by_the_server_and_begins_after_the_last_key(place: Place) -> None:
    found = get(place.settings, "made_up")
    assert isinstance(found, Fetched)
    assert found.snapshot.file.rows == 20
    assert [page.get("$where") for page in place.pages] == [None, "(id > 10)", "(id > 20)"]
    assert {(page["$order"], page["$limit"]) for page in place.pages} == {("id", "10")}
    assert {page["$select"] for page in place.pages} == {"id,day,label,size,good"}
    assert not any("$offset" in page for page in place.pages)
    names = {Path(name).name for name in files_below(found.snapshot.folder / "parts")}
    assert names == {"page-00001.json", "page-00002.json", "metadata.json"}


def test_a_portal_that_does_not_order_is_refused(place: Place) -> None:
    def unordered(request: Request, reply: Reply) -> Reply:
        if "$limit" not in request.params:
            return reply
        params = {k: v for k, v in request.params.items() if k != "$order"}
        return replace(reply, body=json.dumps(place.portal.query(params)).encode())

    place.server.fault = unordered
    with pytest.raises(SourceWrong, match=r"a row twice, or unordered|sent .* rows and counts 20"):
        get(place.settings, "made_up")


@pytest.mark.parametrize("there", [21, 25, 30])
def test_a_count_of_full_pages_does_not_end_a_table_that_goes_on(place: Place, there: int) -> None:
    """The count is of an older state, before and after, and the portal says nothing of that."""
    place.portal.rows = made_up_rows(there)

    def old_count(request: Request, reply: Reply) -> Reply:
        counts = "count" in request.params.get("$select", "")
        return replace(reply, body=b'[{"n": "20"}]') if counts else reply

    place.server.fault = old_count
    with pytest.raises(SourceWrong, match=rf"sent {there} rows and counts 20"):
        get(place.settings, "made_up")
