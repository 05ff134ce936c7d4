"""A repeated id among millions of crimes is found in blocks of ids, and none escapes that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checks.validation.suites import load_suites
from datasets.settings import Settings
from datasets.warehouse import Connection, writer

Row = tuple[str, int | None]


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    folder = tmp_path_factory.mktemp("var")
    with writer(Settings(var=folder), Path(":memory:")) as connection:
        connection.execute("CREATE SCHEMA stg")
        connection.execute("CREATE TABLE stg.chicago_crimes (_snapshot VARCHAR, id BIGINT)")
        yield connection


def key_unique() -> str:
    checks = (check for suite in load_suites() for check in suite.checks)
    [sql] = [check.sql for check in checks if check.id == "chicago_crimes.key_unique"]
    assert sql is not None
    return sql


SQL = key_unique()

#: Neighbours, so that blocks have many ids and some twice, and any number that a row can have.
IDS = st.integers(-70, 130) | st.integers(-(10**18), 10**18) | st.none()


@given(st.lists(st.tuples(st.sampled_from(["old", "new"]), IDS), max_size=120))
@example([("new", n) for n in range(64)])  # two whole blocks
@example([("new", 31), ("new", 31), ("new", 32)])
@example([("new", 7), ("old", 7)])  # once in each of two snapshots
@example([("new", 5), ("new", 5), ("new", 6), ("new", 6), ("new", 6)])
@example([("new", 2**63 - 1), ("new", 2**63 - 1), ("new", -(2**63)), ("new", -(2**63))])
@example([("new", None), ("new", None), ("new", 0)])
@settings(deadline=None)
def test_just_the_repeated_ids_are_named_with_how_often(con: Connection, rows: list[Row]) -> None:
    con.execute("TRUNCATE stg.chicago_crimes")
    snapshots, ids = [row[0] for row in rows], [row[1] for row in rows]
    con.execute("INSERT INTO stg.chicago_crimes SELECT unnest(?), unnest(?)", [snapshots, ids])
    times = Counter(rows)
    expected = {(*row, n) for row, n in times.items() if n > 1}
    assert set(con.execute(SQL).fetchall()) == expected


def test_at_most_a_thousand_are_shown_the_lowest_first(con: Connection) -> None:
    con.execute("TRUNCATE stg.chicago_crimes")
    con.execute("INSERT INTO stg.chicago_crimes SELECT 's', i // 2 FROM range(3000) AS t(i)")
    assert con.execute(SQL).fetchall() == [("s", n, 2) for n in range(1000)]
