"""Columns that change after a fetch: the table is remade from the publisher's archived answers."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from datasets.build import Plan, plan_build
from datasets.catalog import load_catalog
from datasets.errors import InputError, SourceWrong
from datasets.fetch import Fetched
from datasets.load import create_schemas, load_dataset
from datasets.remake import column_types
from datasets.settings import SQL_DIR, Settings
from datasets.warehouse import writer
from tests.emulators.files import FileHost
from tests.emulators.server import serving
from tests.emulators.socrata import Portal
from tests.support_live import NOW, UPDATED, declare, files_below, get
from tests.support_parquet import read_typed

FIELDS = {"id": "number", "day": "calendar_date", "label": "text", "size": "number"}
CSV = "id,day,label,size,good,extra\n1,2026-10-01,x,1.5,true,7\n2,,y,,,\n"
TEXT, NUMBER, DATE = "text", "number", "date"


def column(name: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, "description": "made up", **more}


OLD = [column("id", "integer", required=True), column("day", DATE), column("label", TEXT)]
NEW = [*OLD[:2], column("what", TEXT, field="label"), column("extra", "integer")]


@dataclass
class Made:
    """A dataset with the columns ``OLD``, fetched once; its publisher is gone."""

    settings: Settings
    source: dict[str, Any]
    fetched: Fetched
    file: str = "table.csv"

    def declare(self, columns: list[dict[str, Any]]) -> None:
        folder, source = self.settings.datasets_dir, self.source
        declare(folder, "made_up", source=source, columns=columns, file=self.file)

    def rows(self) -> list[dict[str, str]]:
        """Of a Parquet table."""
        [snapshot] = self.plan().snapshots["made_up"]
        return read_typed(snapshot.path)

    def plan(self) -> Plan:
        return plan_build(self.settings, [])

    def table(self) -> str:
        [snapshot] = self.plan().snapshots["made_up"]
        return snapshot.path.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up dataset has a staging SQL of its own."""
    sql = tmp_path / "sql"
    shutil.copytree(SQL_DIR, sql)
    (sql / "staging" / "made_up.sql").write_text("SELECT 1;\n")
    monkeypatch.setattr("datasets.build.SQL_DIR", sql)


def made(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    app: Any,
    source: dict[str, Any],
    file: str = "table.csv",
) -> Made:
    source = {"base_url": "https://nowhere.invalid", **source}
    settings = Settings(var=tmp_path / "var", datasets_dir=tmp_path / "datasets")
    declare(settings.datasets_dir, "made_up", source=source, columns=OLD, file=file)
    with serving(app) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_MADE_UP", server.url)
        found = get(settings, "made_up")
    assert isinstance(found, Fetched)
    return Made(settings, source, found, file)


@pytest.fixture
def zipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """A CSV in a zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("d/t.csv", CSV)
    host = FileHost({"t.zip": (file.getvalue(), UPDATED)})
    files = [{"path": "t.zip", "kind": "zip", "member": "*.csv"}]
    return made(tmp_path, monkeypatch, host, {"protocol": "file", "files": files})


@pytest.fixture
def paged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Three pages of a portal."""
    rows = [{"id": n, "day": None, "label": f"x{n}", "size": n} for n in range(1, 6)]
    source = {"protocol": "socrata", "resource": "abcd-1234", "order": "id", "page_rows": 2}
    return made(tmp_path, monkeypatch, Portal("abcd-1234", FIELDS, rows, UPDATED), source)


def test_a_table_of_the_declared_columns_is_not_touched(zipped: Made) -> None:
    [snapshot] = zipped.plan().snapshots["made_up"]
    assert snapshot == zipped.fetched.snapshot
    assert not (zipped.settings.var / "remade").exists()


def test_new_and_renamed_columns_are_filled_from_the_archived_file(zipped: Made) -> None:
    before = zipped.plan().id
    archived = files_below(zipped.settings.archive_dir)
    zipped.declare(NEW)
    assert zipped.table() == "id,day,what,extra\n1,2026-10-01,x,7\n2,,y,\n"
    assert files_below(zipped.settings.archive_dir) == archived
    plan = zipped.plan()
    assert plan.id != before
    [snapshot] = plan.snapshots["made_up"]
    assert snapshot.manifest.vintage == zipped.fetched.snapshot.manifest.vintage
    assert "remade from the same answers" in snapshot.manifest.origin
    assert snapshot.id != zipped.fetched.snapshot.id
    dataset = load_catalog(zipped.settings.datasets_dir)["made_up"]
    with writer(zipped.settings, Path(":memory:")) as con:
        create_schemas(con)
        load_dataset(con, dataset, plan.snapshots["made_up"])
        rows = con.execute("SELECT id, what, extra, _snapshot FROM raw.made_up").fetchall()
    assert rows == [("1", "x", "7", snapshot.id), ("2", "y", None, snapshot.id)]


def test_pages_are_read_again_for_fewer_and_renamed_columns(paged: Made) -> None:
    paged.declare([OLD[0], column("what", TEXT, field="label")])
    assert paged.table() == "id,what\n" + "".join(f"{n},x{n}\n" for n in range(1, 6))


def test_it_is_remade_once_and_again_if_it_is_damaged(zipped: Made) -> None:
    zipped.declare(NEW)
    [first] = zipped.plan().snapshots["made_up"]
    seen = first.path.stat().st_mtime_ns
    [again] = zipped.plan().snapshots["made_up"]
    assert (again, again.path.stat().st_mtime_ns) == (first, seen)
    first.path.write_text("id\n")
    assert zipped.table().startswith("id,day,what,extra\n1,")


def test_a_field_that_was_never_asked_for_is_not_taken_for_missing_values(paged: Made) -> None:
    """The portal has it, the archived answers do not: a column of nothing would be a lie."""
    paged.declare([*OLD, column("size", NUMBER)])
    with pytest.raises(InputError, match="no row of them has the field size") as caught:
        paged.plan()
    assert "cannot be remade" in str(caught.value)
    assert caught.value.next_step


def test_a_field_that_the_file_does_not_have_is_refused(zipped: Made) -> None:
    zipped.declare([*OLD, column("beat", TEXT)])
    with pytest.raises(InputError, match="no longer has the field beat"):
        zipped.plan()
    assert not [p for p in (zipped.settings.var / "remade").rglob("*") if p.is_file()]


def test_answers_that_are_not_those_archived_are_not_used(zipped: Made) -> None:
    part = zipped.fetched.snapshot.folder / "parts" / "t.zip"
    part.write_bytes(part.read_bytes().replace(b",x,", b",z,"))
    zipped.declare(NEW)
    with pytest.raises(InputError, match=r"t\.zip: has sha256"):
        zipped.plan()


def test_the_next_fetch_stands_in_for_what_was_remade(
    zipped: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks anew, for another declaration; its table is that which was remade."""
    zipped.declare(NEW)
    remade = zipped.table()
    content = (zipped.fetched.snapshot.folder / "parts" / "t.zip").read_bytes()
    with serving(FileHost({"t.zip": (content, UPDATED)})) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_MADE_UP", server.url)
        found = get(zipped.settings, "made_up", now=NOW + dt.timedelta(hours=1))
    assert isinstance(found, Fetched)
    assert zipped.plan().snapshot_ids == (found.snapshot.id,)
    assert found.snapshot.path.read_text() == remade


PARSE = """
def parse(parts):
    for path in parts:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            yield {"id": str(number), "day": None, LABEL: line, **MORE}
"""


def test_a_parser_reads_its_files_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parser and declaration change together; the parser of other columns is another table."""
    parser = tmp_path / "datasets" / "made_up" / "parse.py"
    parser.parent.mkdir(parents=True)
    parser.write_text(PARSE.replace("LABEL", '"label"').replace("MORE", "{}"))
    files = [{"path": "t.txt", "kind": "text"}]
    host = FileHost({"t.txt": (b"one\ntwo\n", UPDATED)})
    there = made(tmp_path, monkeypatch, host, {"protocol": "file", "files": files})
    there.declare(NEW)
    with pytest.raises(InputError, match="row 1: column what is missing"):
        there.plan()
    parser.write_text(PARSE.replace("LABEL", '"what"').replace("MORE", '{"extra": "3"}'))
    assert there.table() == "id,day,what,extra\n1,,one,3\n2,,two,3\n"


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Three pages of a portal, made into a Parquet table."""
    rows = [{"id": n, "day": None, "label": f"{n}", "size": n} for n in range(1, 6)]
    source = {"protocol": "socrata", "resource": "abcd-1234", "order": "id", "page_rows": 2}
    portal = Portal("abcd-1234", FIELDS, rows, UPDATED)
    return made(tmp_path, monkeypatch, portal, source, "table.parquet")


def test_a_parquet_table_is_remade_for_other_columns(typed: Made) -> None:
    assert typed.plan().snapshots["made_up"] == [typed.fetched.snapshot]
    archived = files_below(typed.settings.archive_dir)
    typed.declare([OLD[0], column("what", TEXT, field="label")])
    assert typed.rows() == [{"id": str(n), "what": str(n)} for n in range(1, 6)]
    assert files_below(typed.settings.archive_dir) == archived
    plan = typed.plan()
    dataset = load_catalog(typed.settings.datasets_dir)["made_up"]
    with writer(typed.settings, Path(":memory:")) as con:
        create_schemas(con)
        load_dataset(con, dataset, plan.snapshots["made_up"])
        rows = con.execute("SELECT id, what, _row FROM raw.made_up ORDER BY id").fetchall()
    assert rows == [(n, str(n), n) for n in range(1, 6)]


def test_a_parquet_table_is_remade_for_another_type(typed: Made) -> None:
    """A CSV is texts, whatever is declared; a Parquet table has types."""
    typed.declare([*OLD[:2], column("label", "integer")])
    [snapshot] = typed.plan().snapshots["made_up"]
    assert column_types(typed.settings, snapshot.path) == {
        "id": "BIGINT", "day": "DATE", "label": "BIGINT",
    }  # fmt: skip
    typed.declare([*OLD[:2], column("label", DATE)])
    with pytest.raises(InputError, match=r"row 1: label: '1' is not a date") as caught:
        typed.plan()
    assert "cannot be remade" in str(caught.value)
    assert not list((typed.settings.var / "remade" / "made_up").glob(".making-*"))


def test_a_field_never_asked_for_does_not_become_an_empty_parquet_column(typed: Made) -> None:
    typed.declare([*OLD, column("size", NUMBER)])
    with pytest.raises(InputError, match="no row of them has the field size"):
        typed.plan()


def test_a_parquet_table_is_remade_by_its_parser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = tmp_path / "datasets" / "made_up" / "parse.py"
    parser.parent.mkdir(parents=True)
    parser.write_text(PARSE.replace("LABEL", '"label"').replace("MORE", "{}"))
    files = [{"path": "t.txt", "kind": "text"}]
    host = FileHost({"t.txt": (b'one, "1"\ntwo\n', UPDATED)})
    source = {"protocol": "file", "files": files}
    there = made(tmp_path, monkeypatch, host, source, "table.parquet")
    assert [row["label"] for row in there.rows()] == ['one, "1"', "two"]
    there.declare(NEW)
    parser.write_text(PARSE.replace("LABEL", '"what"').replace("MORE", '{"extra": "3"}'))
    assert [(row["what"], row["extra"]) for row in there.rows()] == [
        ('one, "1"', "3"),
        ("two", "3"),
    ]


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (CSV.replace("label", "lable"), "schema", r'no longer has the field label .*"lable"'),
        ("id,day,label\n1,,x\n2,,y,z,z\n", "truncated", "lines differ from its header"),
        ('id,day,label\n1,,x\n2,,"y\n', "type", "cannot be read as csv"),
        ("id,day,label\n1,,x\none,,y\n", "values", "row 2: id: 'one' is not a integer"),
    ],
)
def test_a_csv_that_makes_no_parquet_table_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, kind: str, says: str
) -> None:
    """As for a table in CSV: the field, the line or the value; and nothing is archived."""
    host = FileHost({"t.csv": (CSV.encode(), UPDATED)})
    source = {"protocol": "file", "files": [{"path": "t.csv", "kind": "csv"}]}
    there = made(tmp_path, monkeypatch, host, source, "table.parquet")
    archived = files_below(there.settings.archive_dir)
    with serving(FileHost({"t.csv": (content.encode(), UPDATED + 5)})) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_MADE_UP", server.url)
        with pytest.raises(SourceWrong, match=says) as wrong:
            get(there.settings, "made_up")
    assert wrong.value.fault == kind
    assert str(tmp_path) not in str(wrong.value)
    assert files_below(there.settings.archive_dir) == archived
