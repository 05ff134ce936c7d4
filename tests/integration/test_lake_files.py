"""Files that machines hand to each other in a lake: in little memory, whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from datasets import lake_files, shared
from datasets.errors import InputError
from datasets.lake import attached
from datasets.settings import Settings
from tests.support_lake import machine

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def one(tmp_path: Path) -> Settings:
    """A machine with a lake whose catalog is a file."""
    return machine(tmp_path, "one", f"{tmp_path}/c.ducklake")


BEGIN = """
import filecmp, os, re, signal, sys
from pathlib import Path
from datasets import lake_files, shared
from datasets.settings import Settings
from tests.support_lake import machine
folder, word = Path(sys.argv[1]), sys.argv[2]
one = machine(folder, "one", f"{folder}/c.ducklake")
"""


def python(code: str, folder: Path, word: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, where ``folder``, ``word`` and machine ``one`` are."""
    return subprocess.run(
        [sys.executable, "-c", BEGIN + code, str(folder), word],
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def snapshots(settings: Settings) -> int:
    with attached(settings) as con:
        return len(con.execute("FROM ducklake_snapshots('lake')").fetchall())


MEMORY = """
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024
def through(settings, megabytes):
    with (folder / "given").open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1 << 20))
    shared.put_files(settings, {"a/large": folder / "given"})
    with shared.getting(settings) as get:
        get("a/large", folder / "got")
    assert filecmp.cmp(folder / "given", folder / "got", shallow=False)
    return peak()
settings = one if word == "lake" else Settings(var=folder / "two")
# Not on standard output: there DuckDB shows the progress of what takes long.
(folder / "peaks").write_text(f"{through(settings, 16)} {through(settings, 128)}")
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks are told by Linux")
@pytest.mark.parametrize("where", ["lake", "folder"])
def test_a_large_file_takes_no_more_memory_than_a_small_one(tmp_path: Path, where: str) -> None:
    """A file of 128 MB needs not even a third of itself more than one of 16 MB."""
    ran = python(MEMORY, tmp_path, where)
    assert ran.returncode == 0, ran.stderr
    small, large = map(int, (tmp_path / "peaks").read_text().split())
    assert large - small < 40


KILLED = """
lake_files.PIECE = 1000
insert = lake_files._insert_rows
def killed(con, table, rows):
    insert(con, table, rows)
    if table == word:
        os.kill(os.getpid(), signal.SIGKILL)
lake_files._insert_rows = killed
(folder / "new").write_bytes(os.urandom(4500))
shared.put_files(one, {"a/old": folder / "new", "a/other": folder / "new"})
"""


@pytest.mark.parametrize("at", ["pieces", "files"])
def test_what_is_half_put_is_not_there_and_what_was_there_stays(
    tmp_path: Path, one: Settings, at: str
) -> None:
    shared.put(one, "a/old", b"as it was")
    ran = python(KILLED, tmp_path, at)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert shared.names(one, "a") == ["a/old"]
    assert shared.get(one, "a/old") == b"as it was"
    with pytest.raises(InputError, match="nothing is shared under the name a/other"):
        shared.get(one, "a/other")
    shared.put_files(one, {"a/old": tmp_path / "new"})
    assert shared.get(one, "a/old") == (tmp_path / "new").read_bytes()


def test_the_same_bytes_again_change_nothing(one: Settings, tmp_path: Path) -> None:
    paths = {f"a/{n}": tmp_path / f"{n}" for n in range(3)}
    for n, path in enumerate(paths.values()):
        path.write_bytes(b"x" * n)  # the first is empty
    shared.put_files(one, paths)
    before = snapshots(one)
    shared.put_files(one, paths)
    shared.put(one, "a/1", b"x")
    assert snapshots(one) == before
    shared.put(one, "a/1", b"y")
    assert snapshots(one) == before + 1
    assert [shared.get(one, name) for name in paths] == [b"", b"y", b"xx"]


def test_pieces_are_put_together_in_their_order(
    one: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More pieces than ten, and small files between them: no order by chance or by their names."""
    monkeypatch.setattr(lake_files, "PIECE", 100)
    given = {f"a/{n}": os.urandom(size) for n, size in enumerate((1234, 1, 99, 100, 0, 101))}
    paths = {}
    for name, data in given.items():
        paths[name] = tmp_path / name.replace("/", "-")
        paths[name].write_bytes(data)
    shared.put_files(one, paths)
    got = {name: tmp_path / f"got-{path.name}" for name, path in paths.items()}
    with shared.getting(one) as get:
        for name, path in got.items():
            get(name, path)
    assert {name: path.read_bytes() for name, path in got.items()} == given


def test_what_is_not_as_it_was_put_is_refused_and_leaves_no_file(
    one: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_files, "PIECE", 2)
    names = ("lacks", "other", "turned", "twice")
    for name in names:
        (tmp_path / name).write_bytes(f"aabbcc of {name}".encode())
    shared.put_files(one, {f"a/{name}": tmp_path / name for name in names})
    with attached(one, write=True) as con:
        con.execute("""
            DELETE FROM lake.shared.pieces WHERE name = 'a/lacks' AND piece = 2;
            UPDATE lake.shared.pieces SET data = 'zz' WHERE name = 'a/other' AND piece = 2;
            UPDATE lake.shared.pieces SET piece = 4 - piece WHERE name = 'a/turned' AND piece < 4;
            INSERT INTO lake.shared.pieces FROM lake.shared.pieces
                WHERE name = 'a/twice' AND piece = 2;
        """)
    there = tmp_path / "got" / "file"
    there.parent.mkdir()
    there.write_bytes(b"before")
    for name in names:
        with (
            pytest.raises(InputError, match=f"a/{name} in the lake .* has not the bytes"),
            shared.getting(one) as get,
        ):
            get(f"a/{name}", there)
    assert [path.name for path in there.parent.iterdir()] == ["file"]
    assert there.read_bytes() == b"before"


def test_a_file_that_changes_while_it_is_put_is_refused(
    one: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "growing").write_bytes(b"later")
    monkeypatch.setattr(lake_files, "_sha256", lambda _: "0" * 64)
    with pytest.raises(InputError, match="growing was changed while it was read"):
        shared.put_files(one, {"a/b": tmp_path / "growing"})
    assert shared.names(one, "a") == []
