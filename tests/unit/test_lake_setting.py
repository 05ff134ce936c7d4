"""The settings of a lake: what is one, and that no password of it is shown."""

from __future__ import annotations

import pytest

from datasets.errors import InputError
from datasets.lake_setting import LAKE_DATA, WAREHOUSE, lake_of


def test_without_a_setting_builds_are_files() -> None:
    assert lake_of({}) is None
    assert lake_of({WAREHOUSE: "files"}) is None


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:pass%20word@host:5432/lake",
        "postgresql://host/lake?user=me&password=pass%20word",
        "host=host user=me password='pass word' dbname=lake",
        "host=host password=pass%20word",
    ],
)
def test_a_password_is_used_and_never_shown(address: str) -> None:
    lake = lake_of({WAREHOUSE: f"ducklake:postgres:{address}", LAKE_DATA: "s3://bucket/a/"})
    assert lake is not None
    assert address in lake.catalog
    assert lake.data == "s3://bucket/a/"
    for text in (repr(lake), lake.shown, lake.redact(f'cannot connect to "{lake.catalog}"')):
        assert "pass%20word" not in text
        assert "pass word" not in text
    assert "host" in lake.shown


@pytest.mark.parametrize(
    ("warehouse", "data", "said"),
    [
        ("duck:postgres:postgresql://me:secret@host/x", "/data", "begins with 'duck'"),
        ("ducklake:postgresql://me:secret@host/x", "/data", "neither postgres:<address> nor"),
        ("ducklake:postgres:postgresql://me:secret@host/x", "", f"{LAKE_DATA} is not set"),
        ("ducklake:postgres:dbname=x", "http://host/x", "is not a folder and not s3"),
        ("ducklake:postgres:dbname=x", "s3://bucket/../x", "is not a folder and not s3"),
    ],
)
def test_what_is_no_lake_is_refused(warehouse: str, data: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        lake_of({WAREHOUSE: warehouse, LAKE_DATA: data})
    assert "secret" not in f"{error.value} {error.value.next_step}"
