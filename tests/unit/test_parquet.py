"""Tables too large for CSV: what is written, what is refused, and what loading them notices."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.archive import Snapshot, read_manifest
from datasets.build import plan_build
from datasets.catalog import ColumnType, Dataset, load_catalog
from datasets.errors import InputError, SourceWrong
from datasets.load import create_schemas, load_dataset
from datasets.parquet import write_parquet
from datasets.settings import DATASETS_DIR, Settings
from datasets.table import is_of_type
from datasets.warehouse import Connection, reader, writer
from tests.support_fetched import CRIMES
from tests.support_parquet import copy, read_typed
from tests.support_snapshots import (
    damage_rows,
    data_file,
    make_settings,
    remanifest_rows,
    snapshot_folder,
)

ROW: dict[str, Any] = {
    "id": "3", "date": "2016-05-01T23:10:00.000", "iucr": "0820", "primary_type": "THEFT",
    "fbi_code": "06", "arrest": False, "domestic": True, "district": "001", "year": "2016",
    "updated_on": "2018-02-10T15:50:01.000",
}  # fmt: skip


def crimes() -> Dataset:
    return load_catalog(DATASETS_DIR)[CRIMES]


def made(
    folder: Path, *pages: list[dict[str, Any]], name: str = "table.parquet", threads: int = 2
) -> Path:
    """The table of pages of JSON, packed as the archive keeps them."""
    paths = []
    for n, rows in enumerate(pages):
        path = folder / f"page-{n}.json.gz"
        path.write_bytes(gzip.compress(json.dumps(rows).encode()))
        paths.append(path)
    to = folder / name
    write_parquet(
        Settings(var=folder / "var", threads=threads), paths, "json", crimes(), to, folder
    )
    return to


def test_a_page_becomes_typed_rows_in_the_order_of_the_key(tmp_path: Path) -> None:
    second = ROW | {"id": "10", "district": "", "community_area": "8"}
    rows = read_typed(made(tmp_path, [second], [ROW | {"id": "9"}, ROW]))
    assert [row["id"] for row in rows] == ["3", "9", "10"]
    assert (rows[0]["occurred_at"], rows[0]["arrest"]) == ("2016-05-01 23:10:00", "false")
    assert (rows[0]["district"], rows[0]["community_area"]) == ("001", "")
    assert (rows[2]["district"], rows[2]["community_area"]) == ("", "8")


def test_the_same_rows_are_the_same_bytes_however_they_were_paged(tmp_path: Path) -> None:
    """Also of more rows than a row group has, and by other numbers of threads."""
    rows = [ROW | {"id": str(n), "district": f"{n % 25:03}"} for n in range(1, 130_001)]
    one = made(tmp_path, rows, name="one.parquet").read_bytes()
    for threads in (1, 2, 4):
        other = made(tmp_path, rows[80_000:], rows[:80_000], name="other.parquet", threads=threads)
        assert other.read_bytes() == one


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("year", "2016.5", "row 2: year: '2016.5' is not a integer"),
        ("year", "twenty", "row 2: year: 'twenty' is not a integer"),
        ("date", "2016-02-30T00:00:00.000", "'2016-02-30T00:00:00.000' is not a timestamp"),
        ("date", "05/01/2016 11:10:00 PM", "row 2: date: "),
        ("arrest", "Y", "row 2: arrest: 'Y' is not a boolean"),
        ("iucr", None, "row 2: iucr is missing"),
        ("iucr", "", "row 2: iucr is missing"),
        ("id", "3", "the key 3 is there twice"),
    ],
)
def test_what_cannot_stand_is_refused(
    tmp_path: Path, field: str, value: str | None, said: str
) -> None:
    with pytest.raises(SourceWrong) as refused:
        made(tmp_path, [ROW, ROW | {"id": "4"} | {field: value}])
    assert said in str(refused.value)


@given(st.lists(st.tuples(st.sampled_from(["", "001", "1"]), st.integers(-3, 12)), min_size=1))
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_key_of_two_columns_is_refused_just_if_it_is_there_twice(
    tmp_path: Path, keys: list[tuple[str, int]]
) -> None:
    """Wherever it stands in the answer, and where one of the columns is missing."""
    dataset = crimes().model_copy(update={"key": ("district", "id")})
    path = tmp_path / "page.json"
    path.write_text(json.dumps([ROW | {"district": d, "id": str(n)} for d, n in keys]))
    to = tmp_path / "t.parquet"

    def write() -> int:
        scratch = Settings(var=tmp_path / "var")
        return write_parquet(scratch, [path], "json", dataset, to, tmp_path).rows

    twice = {f"the key {d or None}, {n} is there twice" for d, n in keys if keys.count((d, n)) > 1}
    if not twice:
        assert write() == len(keys)
        return
    with pytest.raises(SourceWrong) as refused:
        write()
    assert str(refused.value) in twice


def test_no_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceWrong, match="has no rows"):
        made(tmp_path, [])


@pytest.mark.parametrize("value", ["1", "-5", "01", "1.0", " 1", "x", "9" * 18, "9" * 19])
def test_an_integer_is_what_it_is_in_a_csv_table(tmp_path: Path, value: str) -> None:
    """But for round numbers of statistical programs (5e+05), which no portal serves."""
    try:
        made(tmp_path, [ROW | {"year": value}])
        accepted = True
    except SourceWrong:
        accepted = False
    assert accepted == is_of_type(value, "integer")


MOMENT = r"\d{4}-[01]\d-[0-3]\d[ Tt]?([012]\d:[0-6]\d:[0-6]\d)?(\.\d{0,7})?Z?"
#: Texts near to what a column may hold, and texts that DuckDB's own casts would take for it.
NEARLY = st.one_of(
    st.from_regex(r"-?\d{1,20}", fullmatch=True),
    st.from_regex(r" ?-?\d{0,3}\.?\d{0,2}([eE]-?\d)? ?", fullmatch=True),
    st.from_regex(MOMENT, fullmatch=True),
    st.sampled_from(["true", "false", "True", "t", "yes", "infinity", "nan", "epoch", "today"]),
    st.sampled_from(["2016-05-01T24:00:00.000", "0000-05-01T00:00:00", "2016-05-01T23:59:60"]),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "Cc")), max_size=12),
)
PORTAL: dict[str, ColumnType] = {
    "year": "integer", "date": "timestamp", "arrest": "boolean", "iucr": "text",
}  # fmt: skip


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(field=st.sampled_from(sorted(PORTAL)), value=NEARLY)
def test_a_cell_is_what_it_is_in_a_csv_table_or_it_is_named(
    tmp_path: Path, field: str, value: str
) -> None:
    """The same value that a dataset kept as CSV would have, or a refusal with row and value."""
    kind = PORTAL[field]
    text = re.sub(r"\.0+$", "", value.replace("T", " ")) if kind == "timestamp" else value
    rows = [ROW, ROW | {"id": "4"} | {field: value}]
    if text == "" or not is_of_type(text, kind) or (kind == "integer" and "e" in text):
        said = f"{field} is missing" if value == "" else f"{field}: {value[:60]!r} is not a {kind}"
        with pytest.raises(SourceWrong) as refused:
            made(tmp_path, rows)
        assert str(refused.value) == f"row 2: {said} (1 such rows)"
        return
    cell = read_typed(made(tmp_path, rows))[1]["occurred_at" if field == "date" else field]
    if kind == "integer":
        assert int(cell) == int(text)
    elif kind == "timestamp":
        assert dt.datetime.fromisoformat(cell) == dt.datetime.fromisoformat(text)
    else:
        assert cell == text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("value", ["1.5", "-2e3", ".5", "1e400", "nan", "1,5", "0x1F"])
def test_a_number_is_what_it_is_in_a_csv_table(tmp_path: Path, value: str) -> None:
    """Not infinity, to which DuckDB casts what is too large."""
    path = tmp_path / "page.json"
    path.write_text(json.dumps([ROW | {"district": value}]))
    columns = tuple(
        column.model_copy(update={"type": "number"}) if column.name == "district" else column
        for column in crimes().columns
    )
    dataset = crimes().model_copy(update={"columns": columns})
    to = tmp_path / "t.parquet"
    try:
        write_parquet(Settings(var=tmp_path / "var"), [path], "json", dataset, to, tmp_path)
        accepted = True
    except SourceWrong as error:
        accepted = False
        said = str(error)
    assert accepted == is_of_type(value, "number")
    assert accepted or f"district: {value!r} is not a number" in said


def test_an_answer_that_is_cut_off_is_refused_as_such(tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    path.write_text(json.dumps([ROW, ROW])[:-40])
    with pytest.raises(SourceWrong, match=r"cannot be read as json: .*Malformed JSON"):
        write_parquet(
            Settings(var=tmp_path / "var"),
            [path], "json", crimes(), tmp_path / "t.parquet", tmp_path,
        )  # fmt: skip


def test_a_csv_export_makes_the_same_table(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    fields = [column.source_field for column in crimes().columns]
    with path.open("w", newline="") as file:
        out = csv.DictWriter(file, [*fields, "block"], quoting=csv.QUOTE_ALL)
        out.writeheader()
        out.writerow(ROW | {"arrest": "false", "domestic": "true", "block": "0XX\nW 63RD ST"})
    to = tmp_path / "csv.parquet"
    write_parquet(Settings(var=tmp_path / "var"), [path], "csv", crimes(), to, tmp_path)
    assert to.read_bytes() == made(tmp_path, [ROW]).read_bytes()


# Loading.


@pytest.fixture
def archived(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, [CRIMES])


def load(settings: Settings) -> tuple[Connection, Path]:
    folder = snapshot_folder(settings, CRIMES)
    snapshot = Snapshot(folder, read_manifest(folder / "manifest.json", crimes()))
    with writer(settings, Path(":memory:")) as con:
        create_schemas(con)
        load_dataset(con, crimes(), [snapshot])
        table = con.execute(f"FROM raw.{CRIMES} ORDER BY _row").fetchall()
    return table, folder  # type: ignore[return-value]


def test_row_is_the_number_in_the_file(archived: Settings) -> None:
    table, folder = load(archived)
    rows = read_typed(data_file(folder))
    assert [(str(row[0]), row[-1]) for row in table] == [  # type: ignore[attr-defined]
        (row["id"], n) for n, row in enumerate(rows, 1)
    ]


def test_texts_that_no_dictionary_shortens_load_as_they_are(archived: Settings) -> None:
    """More than a row group of them: those are compressed while the rows are inserted."""
    folder = snapshot_folder(archived, CRIMES)
    path = data_file(folder)
    rows = 130_000
    copy(
        f"WITH t AS MATERIALIZED (FROM read_parquet('{path}') LIMIT 1) "
        "SELECT t.* REPLACE (n AS id, CASE WHEN n % 7 > 0 THEN md5(n::VARCHAR) END AS district, "
        "CASE WHEN n % 10000 = 1 THEN repeat(n::VARCHAR, 2000) ELSE '8' END AS community_area) "
        f"FROM t, range({rows}) AS r(n)",
        path,
    )
    remanifest_rows(folder, rows)
    snapshot = Snapshot(folder, read_manifest(folder / "manifest.json", crimes()))
    build = archived.var / "build.duckdb"
    with writer(archived, build) as con:
        create_schemas(con)
        load_dataset(con, crimes(), [snapshot])
    with reader(archived, build, sandboxed=False) as con:
        different = con.execute(
            f"FROM raw.{CRIMES} AS a FULL JOIN read_parquet(?) AS b USING (id) "
            "SELECT count(*), count(*) FILTER (WHERE a._row IS DISTINCT FROM b.id + 1 "
            "OR a.district IS DISTINCT FROM b.district "
            "OR a.community_area IS DISTINCT FROM b.community_area)",
            [str(path)],
        ).fetchall()
    assert different == [(rows, 0)]


def test_a_missing_value_that_is_required_is_named(archived: Settings) -> None:
    def lose(rows: list[dict[str, str]]) -> None:
        rows[4]["iucr"] = ""

    damage_rows(snapshot_folder(archived, CRIMES), lose)
    with pytest.raises(InputError, match=r"crimes\.parquet:5: iucr: is required"):
        load(archived)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * EXCLUDE (iucr) FROM t", "iucr: column is missing"),
        ("SELECT * RENAME (iucr AS iucrs) FROM t", 'iucr: column is missing (did you mean "iucrs"'),
        ("SELECT *, 1 AS beat FROM t", "beat: column is not declared"),
        ("SELECT * REPLACE (id::VARCHAR AS id) FROM t", "id: column is VARCHAR, not BIGINT"),
        ("SELECT * FROM t LIMIT 10", "has 10 rows, its manifest says"),
    ],
)
def test_another_table_than_declared_is_refused(archived: Settings, sql: str, said: str) -> None:
    folder = snapshot_folder(archived, CRIMES)
    path = data_file(folder)
    rows = len(read_typed(path))
    copy(f"WITH t AS MATERIALIZED (FROM read_parquet('{path}')) {sql}", path)
    remanifest_rows(folder, rows)
    with pytest.raises(InputError) as refused:
        load(archived)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "rot", [lambda b: b"PAR1" + b[4:-40], lambda _: b"id,iucr\n1,2\n", lambda b: b[:-1]]
)
def test_a_file_that_is_no_parquet_is_refused(
    archived: Settings, rot: Callable[[bytes], bytes]
) -> None:
    folder = snapshot_folder(archived, CRIMES)
    path = data_file(folder)
    path.write_bytes(rot(path.read_bytes()))
    with pytest.raises(InputError, match="has sha256"):
        plan_build(archived, [])
    remanifest_rows(folder, 1)
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        load(archived)
