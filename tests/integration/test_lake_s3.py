"""A lake whose files are in S3: written, read on another machine, and what is said if it fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from datasets import shared
from datasets.errors import CrimeclaimsError, InputError
from datasets.lake_builds import publish
from datasets.warehouse import current_build, reader
from tests.support_lake import machine, small_build
from tests.support_postgres import Postgres
from tests.support_s3 import SECRET, s3


@pytest.fixture(scope="module", autouse=True)
def bucket() -> Iterator[str]:
    with s3() as address:
        yield address


def test_builds_and_files_in_s3_are_those_that_were_put_there(
    pg: Postgres, bucket: str, tmp_path: Path
) -> None:
    catalog = f"postgres:{pg.database()}"
    one, two = (machine(tmp_path, name, catalog, f"{bucket}/lake") for name in ("one", "two"))
    old = publish(one, small_build(one, "old", 30_000))
    publish(one, small_build(one, "new", 10))
    assert current_build(two).id == "new"
    for sandboxed in (False, True):
        with reader(two, old.path, sandboxed=sandboxed) as con:
            query = "SELECT build, count(*), sum(i) FROM mart.series GROUP BY ALL"
            assert con.execute(query).fetchall() == [("old", 30_000, 449_985_000)]
    data = bytes(range(256)) * 1000
    shared.put(one, "a/b", data)
    assert shared.get(two, "a/b") == data


def test_what_is_wrong_with_s3_is_said_without_its_key(
    pg: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = machine(tmp_path, "lost", f"postgres:{pg.database()}", "s3://no-such-bucket/lake")
    with pytest.raises(CrimeclaimsError, match="lake") as error:
        publish(lost, small_build(lost, "b", 10))
    assert SECRET not in f"{error.value} {error.value.next_step}"
    assert "AWS_" in str(error.value.next_step)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(InputError, match="AWS_SECRET_ACCESS_KEY is not set"):
        current_build(lost)
