"""The table made from answers: what is written can be loaded, and is written as always."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.catalog import SQL_TYPES, Dataset, load_catalog
from datasets.errors import InputError, SourceWrong
from datasets.settings import DATASETS_DIR
from datasets.table import csv_rows, is_of_type, json_rows, write_table
from tests.support_live import declare

GOOD = {"id": "1", "day": "2026-10-02", "what": "a", "size": "1.5", "good": "true"}


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    declare(tmp_path, "made_up")
    return load_catalog(tmp_path)["made_up"]


def test_bundled_tables_are_written_again_to_the_byte(tmp_path: Path) -> None:
    """One writer: a fetched table with the same rows is the same snapshot."""
    for name, dataset in load_catalog(DATASETS_DIR).items():
        for path in sorted((DATASETS_DIR / name / "snapshots").glob(f"*/{dataset.file}")):
            with path.open(encoding="utf-8", newline="") as file:
                written = write_table(list(csv.DictReader(file)), dataset, tmp_path / "t.csv")
            assert (tmp_path / "t.csv").read_bytes() == path.read_bytes(), path
            assert written.bytes == path.stat().st_size


WRONG: dict[str, tuple[dict[str, str | None], str]] = {
    "a date that is none": ({"day": "2026-02-30"}, "row 2: day: '2026-02-30' is not a date"),
    "a number with a comma": ({"size": "1,5"}, "row 2: size: '1,5' is not a number"),
    "a truth that is none": ({"good": "yes"}, "row 2: good: 'yes' is not a boolean"),
    "a missing key": ({"id": ""}, "row 2: id is missing"),
    "an integer too long": ({"id": "1" * 40}, "is not a integer"),
    "a key twice": ({"id": "1"}, "row 2: the key 1 is there twice"),
    "a text with a NUL": ({"what": "a\0b"}, "is not a text"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_named_with_row_and_field(
    dataset: Dataset, tmp_path: Path, name: str
) -> None:
    change, says = WRONG[name]
    rows = [GOOD, {**GOOD, "id": "2", **change}]
    with pytest.raises(SourceWrong) as caught:
        write_table(rows, dataset, tmp_path / "t.csv")
    assert says in str(caught.value)


def test_columns_must_be_the_declared_ones(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(SourceWrong, match="column good is missing"):
        write_table([{k: v for k, v in GOOD.items() if k != "good"}], dataset, tmp_path / "t")
    with pytest.raises(SourceWrong, match="beat is not a declared column"):
        write_table([{**GOOD, "beat": "1"}], dataset, tmp_path / "t")


def test_no_rows_are_refused(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(SourceWrong, match="has no rows"):
        write_table([], dataset, tmp_path / "t")


@pytest.mark.parametrize("type_", SQL_TYPES)
@settings(deadline=None)
@given(data=st.data())
def test_what_is_accepted_casts_in_the_warehouse(type_: str, data: st.DataObject) -> None:
    """Else a fetched snapshot would break every later build."""
    shapes = {
        "integer": st.from_regex(r"\A-?[0-9]{1,20}(e\+?[0-9]{1,2})?\Z"),
        "number": st.from_regex(r"\A-?[0-9.]{1,8}([eE][+-]?[0-9]{1,3})?\Z"),
        "date": st.from_regex(r"\A[0-9]{4}-[01][0-9]-[0-3][0-9]\Z"),
        "timestamp": st.from_regex(
            r"\A[0-9]{4}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,7})?\Z"
        ),
        "boolean": st.sampled_from(["true", "false", "1", "t", "TRUE", "yes"]),
        "text": st.text(max_size=5),
    }
    value = data.draw(shapes[type_])
    if is_of_type(value, type_):  # type: ignore[arg-type]
        found = duckdb.execute(f"SELECT TRY_CAST(? AS {SQL_TYPES[type_]})", [value]).fetchone()
        assert found is not None
        assert found[0] is not None


def test_rows_of_json_become_texts(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    path.write_text(
        '[{"id":"7","day":"2026-10-02T00:00:00.000","label":"x","size":1.50,"good":false}'
        '\n,{"id":"8","extra":{"a":1}}]\n'
    )
    full, empty = json_rows([path], dataset)
    assert full == {"id": "7", "day": "2026-10-02", "what": "x", "size": "1.50", "good": "false"}
    assert empty == {"id": "8", "day": None, "what": None, "size": None, "good": None}


@pytest.mark.parametrize("value", ['{"a": 1}', "[1]", "true"])
def test_an_object_where_a_text_was_is_a_changed_schema(
    dataset: Dataset, tmp_path: Path, value: str
) -> None:
    path = tmp_path / "page.json"
    path.write_text(f'[{{"id":"7","label":{value}}}]')
    with pytest.raises(SourceWrong, match=r"label: .* is not a text") as caught:
        list(json_rows([path], dataset))
    assert caught.value.fault == "schema"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,day,lable,size,good\n1,,,,\n", 'the field label (there is "lable")'),
        ("id,day,label,size,good,id\n1,,,,,2\n", "two columns of one name"),
        ("id,day,label,size,good\n1,,,\n", "line 2 has 4 of 5 cells"),
        ('id,day,label,size,good\n1,,"a"b,,\n', "line 2 is not CSV"),
        ("id,day,label,size,good\n", "has a header and no rows"),
    ],
)
def test_a_csv_that_is_not_right_is_refused(
    dataset: Dataset, tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(SourceWrong) as caught:
        list(csv_rows([path], dataset))
    assert says in str(caught.value)


SOURCE = {
    "protocol": "socrata",
    "base_url": "https://example.org",
    "resource": "abcd-1234",
    "order": "id",
}
BAD_SOURCES: dict[str, tuple[Callable[[dict[str, object]], object], str]] = {
    "an unknown protocol": (lambda s: s.update(protocol="ftp"), "socrata"),
    "an unknown key": (lambda s: s.update(wher="x"), 'did you mean "where"?'),
    "an order that is no column": (lambda s: s.update(order="idd"), 'did you mean "id"?'),
    "an id that is none": (lambda s: s.update(resource="crimes"), "resource"),
    "a time zone that is none": (lambda s: s.update(time_zone="Chicago"), '"Chicago" is not'),
    "no address": (lambda s: s.pop("base_url"), "base_url: is required"),
}


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_a_source_that_is_declared_wrongly_is_refused(tmp_path: Path, name: str) -> None:
    damage, says = BAD_SOURCES[name]
    source: dict[str, object] = dict(SOURCE)
    damage(source)
    declare(tmp_path, "made_up", source=source)
    with pytest.raises(InputError) as caught:
        load_catalog(tmp_path)
    assert says in str(caught.value)
    assert "dataset.yml:" in str(caught.value)
