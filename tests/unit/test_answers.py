"""A body is looked at before it is parsed: shapes that publishers really sent."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.answers import check_body, error_in, error_text, read_json
from datasets.errors import SourceLater, SourceWrong
from datasets.unpack import unpack_member

#: The captured answers, where they are at hand.
SAMPLES = Path(os.environ.get("CRIMECLAIMS_REFERENCE_DATA", "")).parent / "contracts" / "samples"
needs_samples = pytest.mark.skipif(
    not os.environ.get("CRIMECLAIMS_REFERENCE_DATA") or not SAMPLES.is_dir(),
    reason="CRIMECLAIMS_REFERENCE_DATA does not name a folder beside captured answers",
)


def body(folder: Path, text: str | bytes) -> Path:
    path = folder / "body"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


ERRORS = {
    "Socrata, one family": (
        '{"code": "dataset.missing", "error": true, "message": "Not found", "data": {}}',
        ("dataset.missing", "Not found"),
    ),
    "Socrata, the other": (
        '{"message": "No such column: taco", "errorCode": "query.soql.no-such-column"}',
        ("query.soql.no-such-column", "No such column: taco"),
    ),
    "Socrata, bare": ('{"error": true, "message": "Internal error"}', ("", "Internal error")),
    "ArcGIS": (
        '{"error": {"code": 400, "message": "Unable to perform query", "details": []}}',
        ("400", "Unable to perform query"),
    ),
    "api.data.gov": (
        '{"error": {"code": "OVER_RATE_LIMIT", "message": "Too many"}}',
        ("OVER_RATE_LIMIT", "Too many"),
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_recognised_whatever_it_comes_as(name: str, tmp_path: Path) -> None:
    text, expected = ERRORS[name]
    assert error_in(json.loads(text)) == expected
    for expect in ("rows", "object", "json", "csv", "zip"):
        with pytest.raises(SourceWrong, match=expected[1]) as caught:
            check_body(body(tmp_path, text), expect)  # type: ignore[arg-type]
        assert caught.value.fault == "error object"


@pytest.mark.parametrize(
    "value",
    [{}, {"message": "hello"}, {"error": False, "message": "x"}, {"errors": 3}, [], "error"],
)
def test_what_only_looks_like_an_error_is_none(value: object) -> None:
    assert error_in(value) is None


def test_an_error_of_a_moment_is_worth_asking_again(tmp_path: Path) -> None:
    """It is what it would be with the status of its code: too many requests are no wrong data."""
    socrata = '{"message": "Too many requests", "errorCode": "too-many-requests", "data": {}}'
    arcgis = '{"error": {"code": 504, "message": "Timeout", "details": []}}'
    for text, status in ((socrata, 429), (arcgis, 504)):
        with pytest.raises(SourceLater) as caught:
            check_body(body(tmp_path, text), "rows")
        assert (caught.value.transient, caught.value.status) == (True, status)


@pytest.mark.parametrize(
    "error",
    [
        '{"error": {"code": 499, "message": "Token Required", "details": []}}',
        '{"code": "permission_denied", "error": true, "message": "Invalid app_token"}',
    ],
)
def test_an_error_about_a_key_is_a_refusal(tmp_path: Path, error: str) -> None:
    with pytest.raises(SourceWrong) as caught:
        check_body(body(tmp_path, error), "rows")
    assert (caught.value.fault, caught.value.transient) == ("refused", False)


@pytest.mark.parametrize("text", ["<!doctype html>", "\n\n <html>", "\ufeff<html>", "<HTML><body>"])
def test_a_page_is_not_data(text: str, tmp_path: Path) -> None:
    for expect in ("rows", "csv", "zip", "text"):
        with pytest.raises(SourceWrong) as caught:
            check_body(body(tmp_path, text), expect)  # type: ignore[arg-type]
        assert caught.value.fault == "html"


def test_a_line_that_is_not_of_the_encoding_is_named(tmp_path: Path) -> None:
    path = body(tmp_path, "a,b\n1,é\n".encode() + "2,é\n".encode("latin-1"))
    with pytest.raises(SourceWrong, match="line 3 is not utf-8"):
        check_body(path, "csv")
    check_body(path, "csv", "latin-1")


@given(cut=st.integers(min_value=1, max_value=60))
def test_half_of_a_list_is_never_a_list(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    text = '[{"id":"1","name":"a"}\n,{"id":"2","name":"bé"}\n,{"id":"3"}]\n'.encode()
    path = body(tmp_path_factory.getbasetemp(), text[: len(text) - 1 - cut])
    with pytest.raises(SourceWrong):
        check_body(path, "rows")


def test_numbers_stay_as_they_were_sent(tmp_path: Path) -> None:
    path = body(tmp_path, '[{"a": 1.10, "b": 12345678901234567890, "c": "007", "d": true}]')
    expected = [{"a": "1.10", "b": "12345678901234567890", "c": "007", "d": True}]
    assert read_json(path, "rows") == expected


@pytest.mark.parametrize("text", ["[NaN]", "[" * 100_000, '[{"a": 1}, 2]', "nothing"])
def test_what_is_not_a_list_of_rows_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(SourceWrong):
        read_json(body(tmp_path, text), "rows")


def test_the_text_of_a_refusal_is_one_short_line() -> None:
    assert error_text(b"<html>") == ""
    assert error_text(b'{"error": {"code": "API_KEY_MISSING", "message": "Get one\\nhere"}}') == (
        "API_KEY_MISSING: Get one here"
    )
    assert len(error_text(b"x" * 5000)) == 200


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    import io
    import zipfile

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("t.csv", "a\n1\n")
    content = bytearray(file.getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path = body(tmp_path, bytes(content))
    with pytest.raises(SourceWrong, match="encrypted"):
        unpack_member(path, "*.csv", tmp_path, 1000)


@needs_samples
def test_captured_errors_are_recognised() -> None:
    for name in (
        *("apidatagov_403_API_KEY_MISSING.json", "arcgis_error_in_http200_400.json"),
        *("socrata_400_no_such_column_errorCode_family.json", "socrata_resource_missing.404.body"),
        "socrata_429_too_many_requests_full.constructed.json",
    ):
        value = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
        assert error_in(value) is not None, name


@needs_samples
def test_captured_rows_are_rows() -> None:
    [row] = read_json(SAMPLES / "socrata_resource_limit1_offset0.200.body", "rows")
    assert (row["countid"], row["date"]) == ("19831896", "2023-06-03T00:00:00.000")
    first, second = read_json(SAMPLES / "chicago_crimes_rows_2022_pointgeom.json", "rows")
    assert (first["id"], first["arrest"]) == ("12647725", True)
    assert second["location"]["coordinates"][0] == "-87.626649232"
    meta = read_json(SAMPLES / "socrata_api_views.200.body", "object")
    assert meta["rowsUpdatedAt"] == "1745766729"
    for other in (
        "cde_summarized_national_HOM.200.json",
        "arcgis_query_exceededTransferLimit.200.json",
    ):
        read_json(SAMPLES / other, "object")
    with pytest.raises(SourceWrong, match="cut off or broken"):
        check_body(SAMPLES / "census_400_unknown_variable.txt", "rows")
