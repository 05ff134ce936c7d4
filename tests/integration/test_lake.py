"""A warehouse that several machines share: what they see, and what they cannot break."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from checks import verify as engine
from datasets import lake, lake_prune, shared
from datasets.build import plan_build
from datasets.errors import InputError, LakeUnreachable, NothingPublished
from datasets.lake import extension_file
from datasets.lake_builds import publish, tables
from datasets.lake_lock import lake_lock
from datasets.settings import Settings
from datasets.warehouse import InLake, current_build, opened, reader
from flows import steps
from flows.verdicts import verdicts_json
from tests.support_lake import machine, small_build
from tests.support_postgres import Postgres


def figures(settings: Settings) -> set[tuple[str, str, int]]:
    """Which build each table of the current build says it is of, with its number of rows."""
    with reader(settings, current_build(settings).path, sandboxed=False) as con:
        found = [
            ("meta.build", *row)
            for row in con.execute(
                "SELECT build_id, count(*) FROM meta.build GROUP BY ALL"
            ).fetchall()
        ]
        for schema, table in tables(con, "lake"):
            if schema != "meta":
                found += [
                    (f"{schema}.{table}", *row)
                    for row in con.execute(
                        f"SELECT build, count(*) FROM {schema}.{table} GROUP BY ALL"
                    ).fetchall()
                ]
    return set(found)


def test_all_bundled_claims_have_the_same_verdicts_from_a_lake(
    built: Settings, pg: Postgres, tmp_path: Path
) -> None:
    one = machine(tmp_path, "one", f"postgres:{pg.database()}")
    two = machine(tmp_path, "two", one.lake.catalog if one.lake else "")
    file = current_build(built)
    assert isinstance(file.path, Path)
    one.builds_dir.mkdir(parents=True)
    shutil.copy(file.path, one.builds_dir / file.path.name)
    made = steps.build(one, fetched=False)
    assert made.made
    assert made.build.lake_snapshot is not None
    # The other machine has nothing, builds nothing, and reads the lake.
    assert not steps.build(two, fetched=False).made
    assert not two.builds_dir.exists()
    from_lake = engine.verify(two)
    from_file = engine.verify(built)
    assert {verdict.lake_snapshot for verdict in from_lake} == {made.build.lake_snapshot}
    bare = [verdict.model_copy(update={"lake_snapshot": None}) for verdict in from_lake]
    assert verdicts_json(bare) == verdicts_json(from_file)


def test_a_reader_keeps_its_build_while_another_is_published(pg: Postgres, tmp_path: Path) -> None:
    one = machine(tmp_path, "one", f"postgres:{pg.database()}")
    with pytest.raises(NothingPublished):
        current_build(one)
    old = publish(one, small_build(one, "old", 1000))
    with reader(one, old.path, sandboxed=False) as con:
        query = "SELECT build, count(*) FROM mart.series GROUP BY ALL"
        assert con.execute(query).fetchall() == [("old", 1000)]
        new = publish(one, small_build(one, "new", 2000, extra=True))
        assert con.execute(query).fetchall() == [("old", 1000)]
        con.execute("CREATE TEMP TABLE mine AS FROM mart.series")
    assert current_build(one) == new
    assert publish(one, small_build(one, "new2", 1)).id == "new2"
    with reader(one, old.path, sandboxed=False) as con:
        assert con.execute(query).fetchall() == [("old", 1000)]
    with reader(one, new.path, sandboxed=False) as con:
        assert con.execute("SELECT count(*) FROM stg.more").fetchall() == [(2000,)]
    with reader(one, current_build(one).path, sandboxed=False) as con:
        assert ("stg", "more") not in tables(con, "lake")  # a table that the newest has not


def test_the_newest_build_and_its_tables_are_of_one_state_whatever_is_published_meanwhile(
    pg: Postgres, tmp_path: Path
) -> None:
    one = machine(tmp_path, "one", f"postgres:{pg.database()}")
    with pytest.raises(NothingPublished), opened(one, None):
        pass
    old = publish(one, small_build(one, "old", 1000))
    shared.put(one, "a/b", b"a commit that is no build")
    query = "SELECT build, count(*) FROM mart.series GROUP BY ALL"
    with opened(one, None) as (build, con):
        new = publish(one, small_build(one, "new", 2000, extra=True))
        assert build == old
        assert con.execute(query).fetchall() == [("old", 1000)]
        con.execute("CREATE TEMP TABLE mine AS FROM mart.series")
        assert con.execute("SELECT count(*) FROM mine").fetchall() == [(1000,)]
    with opened(one, None) as (build, con):
        assert (build, con.execute(query).fetchall()) == (new, [("new", 2000)])
    with opened(one, old) as (build, con):
        assert (build, con.execute(query).fetchall()) == (old, [("old", 1000)])


def test_verify_loads_the_extensions_of_a_lake_once(
    pg: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = machine(tmp_path, "one", f"postgres:{pg.database()}")
    publish(one, small_build(one, "b", 5))
    loaded: list[str] = []
    load = lake.load_extensions
    monkeypatch.setattr(lake, "load_extensions", lambda *a: (loaded.append("once"), load(*a)))
    with pytest.raises(duckdb.Error):  # its tables are not those of a real build
        engine.verify(one)
    assert loaded == ["once"]


def test_the_same_build_is_not_published_twice(pg: Postgres, tmp_path: Path) -> None:
    one = machine(tmp_path, "one", f"postgres:{pg.database()}")
    build = small_build(one, "same", 3)
    first = publish(one, build)
    assert publish(one, build) == first


def test_what_a_user_asks_can_reach_neither_the_catalog_nor_its_password(
    pg: Postgres, tmp_path: Path
) -> None:
    one = machine(tmp_path, "one", f"postgres:{pg.database()}")
    two = machine(tmp_path, "two", one.lake.catalog if one.lake else "")
    build = publish(one, small_build(one, "b", 5))
    with reader(two, build.path) as con:
        assert con.execute("SELECT count(*) FROM mart.series").fetchall() == [(5,)]
        seen = str(con.execute("FROM duckdb_databases()").fetchall())
        assert pg.password not in seen
        assert "postgres" not in seen
        with pytest.raises(duckdb.Error, match="postgres_query"):
            con.execute("FROM postgres_query('__ducklake_metadata_lake', 'SELECT 1')")
        with pytest.raises(duckdb.Error, match="disabled by configuration"):
            con.execute("FROM read_text('/etc/hostname')")


KILLED = """
import os, signal, sys
from pathlib import Path
from datasets.lake_builds import publish
from tests.support_lake import machine, small_build
one = machine(Path(sys.argv[1]), "killed", sys.argv[2])
build = small_build(one, "half", 4000)
publish(one, build, before_commit=lambda: os.kill(os.getpid(), signal.SIGKILL))
"""


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    root = str(Path(__file__).resolve().parents[2])
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("kind", ["postgres", "file"])
def test_a_publish_that_is_killed_before_its_commit_changes_nothing(
    pg: Postgres, tmp_path: Path, kind: str
) -> None:
    catalog = f"postgres:{pg.database()}" if kind == "postgres" else f"{tmp_path}/c.ducklake"
    one = machine(tmp_path, "one", catalog)
    good = publish(one, small_build(one, "good", 100))
    process = python(KILLED, str(tmp_path), catalog)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert current_build(one) == good
    assert {build for _, build, _ in figures(one)} == {"good"}
    assert publish(one, small_build(one, "half", 4000)).id == "half"
    assert {build for _, build, _ in figures(one)} == {"half"}


PUBLISHES = """
import sys
from pathlib import Path
from datasets.lake_builds import publish
from tests.support_lake import machine, small_build
name = sys.argv[3]
one = machine(Path(sys.argv[1]), name, sys.argv[2])
build = small_build(one, name, 3000, extra=name == "a")
print("ready", flush=True)
sys.stdin.readline()
for _ in range(3):
    publish(one, build)
"""


def test_two_that_publish_at_once_do_so_one_after_the_other(pg: Postgres, tmp_path: Path) -> None:
    """Without the lock, so that it is the commit itself that is tried."""
    catalog = f"postgres:{pg.database()}"
    one = machine(tmp_path, "one", catalog)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", PUBLISHES, str(tmp_path), catalog, name],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in "ab"
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    said = []
    threads = [
        threading.Thread(target=lambda p=process: said.append(p.communicate("go\n", timeout=120)))
        for process in both
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.returncode for process in both] == [0, 0], said
    last = current_build(one).id
    more = {("stg.more", "a", 3000)} if last == "a" else set()
    rows = {(table, last, 3000) for table in ("mart.series", "core.observation")}
    assert figures(one) == rows | more | {("meta.build", last, 1)}


def test_one_machine_at_a_time_holds_the_lock_and_a_second_is_told_who(
    pg: Postgres, tmp_path: Path
) -> None:
    one = machine(tmp_path, "one", f"postgres:{pg.database()}")
    told: list[str] = []
    with lake_lock(one) as held:
        held()
        impatient = replace(one, lock_wait_seconds=0)
        with (
            pytest.raises(InputError, match=f"publishing to the lake: process {os.getpid()} on "),
            lake_lock(impatient, waiting=told.append),
        ):
            pass
    with lake_lock(impatient):
        pass


def test_a_server_that_goes_away_stops_a_publish_and_not_the_process(tmp_path: Path) -> None:
    from tests.support_postgres import postgres

    with postgres() as server:
        one = machine(tmp_path, "one", f"postgres:{server.database()}")
        good = publish(one, small_build(one, "good", 10))

        def stopped(*, back: bool) -> None:
            with lake_lock(one) as held:
                server.stop()
                if back:
                    server.start()
                publish(one, small_build(one, f"new-{back}", 10), before_commit=held)

        with pytest.raises(LakeUnreachable) as lost:
            stopped(back=False)
        assert server.password not in str(lost.value)
        server.start()
        with pytest.raises(LakeUnreachable, match="held the lock"):
            stopped(back=True)
        assert current_build(one) == good
        assert publish(one, small_build(one, "newest", 10)).id == "newest"


def test_what_is_wrong_with_a_lake_is_said_without_its_password(
    pg: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = pg.database()
    good = machine(tmp_path, "one", f"postgres:{uri}")
    publish(good, small_build(good, "b", 1))

    def said(settings: Settings, kind: type[Exception]) -> str:
        with pytest.raises(kind) as error:
            publish(settings, small_build(settings, "c", 1))
        text = f"{error.value} -> {getattr(error.value, 'next_step', None)} {settings!r}"
        assert pg.password not in text
        assert "wrong-word" not in text
        return text

    port = f":{pg.port}/"
    wrong = machine(tmp_path, "w", f"postgres:{pg.uri(uri.rsplit('/', 1)[1], 'wrong-word')}")
    assert "set PGPASSWORD" in said(wrong, InputError)
    words = f"host=127.0.0.1 port={pg.port} user=crime password='wrong-word' dbname=postgres"
    assert "set PGPASSWORD" in said(machine(tmp_path, "w", f"postgres:{words}"), InputError)
    down = machine(tmp_path, "d", f"postgres:{uri.replace(port, ':1/')}")
    assert "start PostgreSQL" in said(down, LakeUnreachable)
    none = machine(tmp_path, "n", f"postgres:{pg.uri('nothing')}")
    assert "createdb" in said(none, InputError)
    elsewhere = machine(tmp_path, "e", f"postgres:{uri}", tmp_path)
    assert "the data path that the lake was made with" in said(elsewhere, InputError)
    unmounted = machine(tmp_path, "u", f"postgres:{uri}", tmp_path / "no")
    assert "mkdir -p" in said(unmounted, InputError)
    pg.psql(uri, "UPDATE ducklake_metadata SET value = '0.2' WHERE key = 'version'")
    assert "AUTOMATIC_MIGRATION" in said(good, InputError)
    pg.psql(uri, "UPDATE ducklake_metadata SET value = '1.0' WHERE key = 'version'")
    (tmp_path / "data").rename(tmp_path / "away")
    with (
        pytest.raises(InputError, match=r"files of the lake are missing|No such file") as gone,
        reader(good, current_build(good).path, sandboxed=False) as con,
    ):
        con.execute("FROM mart.series")
    assert pg.password not in str(gone.value)
    monkeypatch.setattr("datasets.lake.find_spec", lambda _: None)
    assert "pip install 'crimeclaims[lake]'" in said(good, InputError)
    with pytest.raises(InputError, match="extension httpfs"):
        extension_file("httpfs")


def test_a_build_that_no_kept_run_needs_is_pruned_with_its_files(
    pg: Postgres, tmp_path: Path
) -> None:
    one = machine(tmp_path, "one", f"postgres:{pg.database()}")
    builds = [publish(one, small_build(one, name, 5000)) for name in ("b1", "b2", "b3", "b4")]
    lake_prune.remember(one, "run-of-another-machine", builds[0].lake_snapshot)
    shared.put(one, "a/b", b"kept")
    old = lake_prune.old_builds(one, keep=1)
    kept = "run run-of-another-machine"
    assert [(b.name.partition("@")[0], b.kept_for) for b in old] == [
        ("b1", kept),
        ("b2", None),
        ("b3", None),
    ]
    before = len(list((tmp_path / "data").rglob("*.parquet")))
    lake_prune.expire(one, old)
    assert len(list((tmp_path / "data").rglob("*.parquet"))) < before
    for build, there in zip(builds, (True, False, False, True), strict=True):
        if there:
            with reader(one, build.path, sandboxed=False) as con:
                assert con.execute("SELECT count(*) FROM mart.series").fetchone() == (5000,)
        else:
            with (
                pytest.raises(InputError, match="No snapshot found"),
                reader(one, build.path, sandboxed=False),
            ):
                pass
    assert current_build(one).id == "b4"
    assert shared.get(one, "a/b") == b"kept"
    lake_prune.forget(one, "run-of-another-machine")
    assert [b.kept_for for b in lake_prune.old_builds(one, keep=1)] == [None]


PUTS = """
import sys
from pathlib import Path
from datasets import shared
from tests.support_lake import machine
one = machine(Path(sys.argv[1]), "w" + sys.argv[3], sys.argv[2])
for number in range(4):
    shared.put(one, f"shards/{sys.argv[3]}-{number}", sys.argv[3].encode() * 1000)
    shared.put(one, "shards/same", sys.argv[3].encode())
"""


@pytest.mark.parametrize("kind", ["postgres", "file"])
def test_several_processes_hand_files_to_each_other(
    pg: Postgres, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = f"postgres:{pg.database()}" if kind == "postgres" else f"{tmp_path}/c.ducklake"
    one = machine(tmp_path, "one", catalog)
    shared.put(one, "shards/0-0", b"first")
    processes = [python(PUTS, str(tmp_path), catalog, name) for name in "123"]
    said = [process.communicate(timeout=240) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    names = [f"shards/{writer}-{n}" for writer in "123" for n in range(4)]
    assert shared.names(one, "shards") == ["shards/0-0", *names, "shards/same"]
    assert shared.get(one, "shards/2-3") == b"2" * 1000
    assert shared.get(one, "shards/same") in (b"1", b"2", b"3")
    monkeypatch.setattr("datasets.lake_files.PIECE", 1000)
    large = bytes(range(256)) * 10
    shared.put(one, "large", large)
    assert shared.get(one, "large") == large
    shared.remove(one, "shards")
    assert shared.names(one, "shards") == []
    with pytest.raises(InputError, match="nothing is shared under the name shards/1-1"):
        shared.get(one, "shards/1-1")


def test_a_plan_is_the_same_on_both_machines(built: Settings, pg: Postgres, tmp_path: Path) -> None:
    one = machine(tmp_path, "one", f"postgres:{pg.database()}")
    assert plan_build(one, [], fetched=False).id == plan_build(built, [], fetched=False).id
    assert InLake(1, "a") != InLake(2, "a")
