"""The threats of docs/security.md that no other test is about; the page names the test of each."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.claim_models import ClaimFile
from checks.claims_file import check_claim_file
from checks.verify import verify
from datasets.archive import Manifest, TableInput
from datasets.errors import InputError, SourceWrong
from datasets.settings import PROJECT_DIR, Settings
from datasets.sources import FileSource
from datasets.unpack import unpack_member
from datasets.yamlfile import YamlFile, read_yaml
from flows import retention, runs
from flows.prefect_server import temporary_server
from tests.conftest import CRIMECLAIMS, Cli

INJECTION = "x'); DROP TABLE mart.series; COPY (SELECT 1) TO '/tmp/planted'; -- \" $$ ; ${x} %s {}"
#: All kinds of tests.
DOCUMENTS = ("dcnf-2017-08-16.yml", "sessions-2017-08-16.yml", "sessions-2017-12-18.yml")


def leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the texts in a file are."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*at, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from leaves(inner, (*at, position))
    elif isinstance(value, str):
        yield at


def with_text(value: Any, at: tuple[Any, ...], text: str) -> Any:
    if not at:
        return text
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = with_text(value[at[0]], at[1:], text)
    return copy


def test_sql_in_every_text_of_a_claim_changes_no_reading(built: Settings) -> None:
    """A text either must be a word that is known, and is refused, or is data and nothing else."""
    for name in DOCUMENTS:
        file = read_yaml(built.claims_dir / name)
        poisoned, taken, refused = file.value, set(), set()
        for at in leaves(file.value):
            tried = with_text(poisoned, at, INJECTION)
            try:
                check_claim_file(YamlFile(file.path, tried, file.lines))
            except InputError:
                refused.add(at[-1] if isinstance(at[-1], str) else at[-2])
            else:
                poisoned = tried
                taken.add(at[-1])
        assert {"said", "says", "title", "outlet"} <= taken
        assert {"id", "kind", "place", "measure"} <= refused
        assert not taken & refused
        plain = verify(built, files=[check_claim_file(file)])
        hostile = verify(built, files=[ClaimFile.model_validate(poisoned)])
        assert [v.readings for v in hostile] == [v.readings for v in plain]
        assert [v.label for v in hostile] == [v.label for v in plain]
        assert {v.said for v in hostile} == {INJECTION}
    assert not Path("/tmp/planted").exists()


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/passwd", "a/../b", "..", "a\\b", "a\n", "A b", ""]
)
def test_a_name_that_leads_elsewhere_is_none(built: Settings, cli: Cli, name: str) -> None:
    file = read_yaml(built.claims_dir / DOCUMENTS[0])
    for at in (("document", "id"), ("claims", 0, "id")):
        with pytest.raises(InputError, match="id: String should"):
            check_claim_file(YamlFile(file.path, with_text(file.value, at, name), file.lines))
    if name in ("../../x", ".."):
        for command in (["report", name], ["diff", name, name], ["explain", name],
                        ["fetch", name], ["vintages", name]):  # fmt: skip
            result = cli(built, *command)
            assert (result.returncode, "Traceback" in result.stderr) == (2, False), command


def test_files_of_a_source_and_parts_of_a_snapshot_have_names_of_their_own_folder() -> None:
    source = {"protocol": "file", "base_url": "https://example.org"}
    for path in ("a/..", "..", "a/.hidden"):
        with pytest.raises(ValueError, match="can be no file's name in the archive"):
            FileSource.model_validate({**source, "files": [{"path": path, "kind": "csv"}]})
    for part in ("../manifest.json", "/etc/passwd", ".."):
        with pytest.raises(ValueError, match="pattern"):
            TableInput(part=part)
        field = Manifest.model_json_schema()["$defs"]["Part"]["properties"]["name"]
        assert not re.fullmatch(field["pattern"], part)


def test_a_record_that_names_another_folder_has_nothing_deleted(tmp_path: Path) -> None:
    """It is what ``prune`` would delete."""
    settings = Settings(var=tmp_path / "var")
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "precious").write_text("")
    for number in range(2):
        run = runs.begin(settings, "bundled", None)
        runs.end(settings, run, "failed", str(number))
    path = min(settings.runs_dir.glob("*/run.json"))
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "run": "../../victim"}))
    with pytest.raises(InputError, match=r"it is of run '\.\./\.\./victim'"):
        retention.old_runs(settings, 1)
    assert "../../victim" not in {run.run for run in runs.all_runs(settings)}


def packed(path: Path, *names: str, mode: int = 0o100644) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, "/etc/passwd" if stat.S_ISLNK(mode) else "a\n1\n")
    return path


@pytest.mark.parametrize(
    "name", ["../x.csv", "a/../../x.csv", "/x.csv", "\\x.csv", "..\\x.csv", "C:\\x.csv", "C:x.csv"]
)
def test_a_path_out_of_an_archive_is_refused_even_beside_a_good_one(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(SourceWrong, match="path out of it"):
        unpack_member(packed(tmp_path / "z.zip", "good.csv", name), "good.csv", tmp_path, 1000)
    assert [path.name for path in tmp_path.rglob("*")] == ["z.zip"]


def test_a_link_in_an_archive_is_a_file_with_its_text(tmp_path: Path) -> None:
    """Nothing is followed: what the link points to is not read, and no link is made."""
    path = packed(tmp_path / "z.zip", "link.csv", mode=0o120777)
    found = unpack_member(path, "*.csv", tmp_path, 1000)
    assert not found.is_symlink()
    assert found.read_text() == "/etc/passwd"


def test_a_temporary_server_listens_on_loopback_only(prefect_home: Path) -> None:
    """And its folder, in which Prefect keeps blocks with keys, is its owner's."""
    home = prefect_home / "of-security-test"
    with temporary_server(home) as server:
        address, _, port = server.url.removeprefix("http://").partition("/")[0].partition(":")
        assert address == "127.0.0.1"
        wanted = f"{int(port):04X}"
        for table in ("tcp", "tcp6"):
            listening = [
                line.split()[1]
                for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
                if line.split()[3] == "0A" and line.split()[1].endswith(f":{wanted}")
            ]
            assert listening == (["0100007F:" + wanted] if table == "tcp" else [])
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("query", "env", "words"),
    [
        (
            "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b",
            {"CRIMECLAIMS_SQL_SECONDS": "0.3"},
            "took longer than 0.3 s",
        ),
        (
            "SELECT * FROM (SELECT hash(range) AS h, repeat('x', 50) || range AS s "
            "FROM range(3000000)) ORDER BY h LIMIT 3 OFFSET 1500000",
            {"CRIMECLAIMS_SQL_SPILL": "10MB", "CRIMECLAIMS_MEMORY_LIMIT": "100MB"},
            "max_temp_directory_size",
        ),
    ],
    ids=["time", "disk"],
)
def test_a_query_has_limits(
    cli: Cli, built: Settings, query: str, env: dict[str, str], words: str
) -> None:
    result = cli(built, "sql", query, env=env)
    assert result.returncode == 2
    assert words in result.stderr


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "1 of 1 packages looked up, 0 with"),
        (
            [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}],
            1,
            "a 1: PYSEC-1, mended in 2",
        ),
        ([{"name": "a", "skip_reason": "not found on PyPI"}], 2, "NOT all good: 1 packages could"),
        ([], 2, "NOT all good"),
        (None, 2, "nothing was audited"),
    ],
)
def test_an_audit_that_looked_nothing_up_is_not_all_good(
    answer: Any, code: int, words: str
) -> None:
    done = subprocess.run(
        [sys.executable, str(PROJECT_DIR / ".ci" / "audit")],
        input="" if answer is None else json.dumps({"dependencies": answer}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert words in done.stdout + done.stderr


def test_every_test_that_the_threat_list_names_exists() -> None:
    """A list that promises a test that is gone promises nothing."""
    text = (PROJECT_DIR / "docs" / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", text)
    assert len(named) > 20
    for file, test in named:
        assert re.search(rf"^def {test}\(", (PROJECT_DIR / file).read_text(), re.M), (file, test)


def test_nobody_else_can_write_to_what_is_made_whatever_the_umask(
    environment: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    settings = Settings(var=tmp_path / "var")
    env = environment(
        settings, CRIMECLAIMS_BASE_URL_SOCRATA="http://127.0.0.1:9", CRIMECLAIMS_HTTP_ATTEMPTS="1"
    )
    command = [CRIMECLAIMS, "fetch", "chicago_homicides"]
    done = subprocess.run(command, env=env, umask=0, capture_output=True, check=False)
    assert done.returncode == 3
    made = list(settings.var.rglob("*"))
    assert made
    assert [path for path in made if path.stat().st_mode & (stat.S_IWOTH | stat.S_IWGRP)] == []
