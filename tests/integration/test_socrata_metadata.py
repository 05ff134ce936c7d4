"""What is archived of a portal's metadata: no values of columns, no people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from datasets.archive import Part, verify_parts
from datasets.errors import SourceWrong
from datasets.fetch import Fetched
from datasets.settings import Settings
from tests.emulators.server import Loopback, Reply, Request, serving
from tests.emulators.socrata import Portal
from tests.support_live import UPDATED, declare, get

FIELDS = {"id": "number", "day": "calendar_date", "label": "text", "size": "number"}
FIELDS |= {"good": "checkbox", "victim_last_name": "text"}
ROW = {"id": 1, "day": "2026-10-01T00:00:00.000", "label": "x", "size": 1, "good": True}


@dataclass
class Table:
    """``change``: what is done to the metadata before they are sent; ``sent``: the last ones."""

    settings: Settings
    server: Loopback
    sent: list[bytes] = field(default_factory=list)

    def change(self, how: Any) -> None:
        def fault(request: Request, reply: Reply) -> Reply:
            if not request.path.startswith("/api/views/"):
                return reply
            value = json.loads(reply.body)
            how(value)
            self.sent.append(json.dumps(value).encode())
            return replace(reply, body=self.sent[-1])

        self.server.fault = fault

    def archived(self) -> tuple[Part, bytes]:
        found = get(self.settings, "made_up")
        assert isinstance(found, Fetched)
        verify_parts(found.snapshot)
        [part] = [p for p in found.snapshot.manifest.parts or () if p.name == "metadata.json"]
        return part, (found.snapshot.folder / "parts" / part.name).read_bytes()


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    source = {"protocol": "socrata", "base_url": "https://nowhere.invalid", "order": "id"}
    source |= {"resource": "abcd-1234", "unused_fields": ["victim_last_name"]}
    declare(tmp_path / "datasets", "made_up", source=source)
    settings = Settings(var=tmp_path / "var", datasets_dir=tmp_path / "datasets")
    with serving(Portal("abcd-1234", FIELDS, [ROW | {"victim_last_name": "DOE"}], UPDATED)) as it:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_MADE_UP", it.url)
        there = Table(settings, it)
        there.change(lambda value: value.update(name="Victims"))
        yield there


def test_values_of_columns_and_people_are_left_out_and_the_manifest_says_so(table: Table) -> None:
    part, content = table.archived()
    assert b"DOE" in table.sent[-1]
    assert b"Jo Keeper" in table.sent[-1]
    assert b"DOE" not in content
    assert b"Jo Keeper" not in content
    assert part.left_out == ("columns.cachedContents", "owner")
    assert part.served_sha256 == hashlib.sha256(table.sent[-1]).hexdigest() != part.sha256
    kept = json.loads(content)
    assert (kept["rowsUpdatedAt"], kept["name"]) == (UPDATED, "Victims")
    types = {column["fieldName"]: column["dataTypeName"] for column in kept["columns"]}
    assert types == FIELDS
    pages = list(table.settings.archive_dir.rglob("page-*.json"))
    assert len(pages) == 1
    assert b"DOE" not in pages[0].read_bytes()


def test_metadata_with_nothing_else_are_archived_as_they_were_served(table: Table) -> None:
    def without(value: Any) -> None:
        del value["owner"]
        for column in value["columns"]:
            del column["cachedContents"]

    table.change(without)
    part, content = table.archived()
    assert content == table.sent[-1]
    assert (part.left_out, part.served_sha256) == ((), None)


@pytest.mark.parametrize(
    "columns", [None, "x", [None], [["id"]], {}], ids=["none", "text", "null", "list", "object"]
)
def test_metadata_of_another_shape_are_refused(table: Table, columns: object) -> None:
    table.change(lambda value: value.update(columns=columns))
    with pytest.raises(SourceWrong) as caught:
        get(table.settings, "made_up")
    assert caught.value.fault == "schema"
    assert not list(table.settings.archive_dir.glob("made_up/*"))
