"""Fixtures for all tests: a published build, its verdicts and report, and the real command."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock

from checks import verify as engine
from checks.models import Verdict
from checks.report import RunInfo, pages
from checks.report.sources import Warehouse
from datasets.settings import CHECKS_DIR, Settings
from datasets.warehouse import current_build, reader
from flows import steps
from flows.prefect_server import temporary_server
from flows.prefect_settings import for_command_line
from flows.report_files import write_pages
from flows.verdicts import read_verdicts, verdicts_json
from tests.support_forked import forks
from tests.support_postgres import Postgres, postgres

Cli = Callable[..., subprocess.CompletedProcess[str]]
Once = Callable[[str, Callable[[Path], object]], Path]

#: Longer than anything takes, so that a hang fails a test with its output instead of the whole run.
COMMAND_SECONDS = 300

#: The console script of the environment that runs the tests.
CRIMECLAIMS = str(Path(sys.executable).parent / "crimeclaims")

WITH_PREFECT = {"run", "serve", "automations"}


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """``once("name", make)`` is a folder that the processes of one session share.

    ``make(folder)`` fills it, in whichever process asks first; the others wait. It is to be read.
    """
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def shared(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = base / name, base / f"{name}.done"
        with FileLock(base / f"{name}.lock"):
            if not done.exists():
                folder.mkdir(exist_ok=True)
                make(folder)
                done.touch()
        return folder

    return shared


@pytest.fixture(scope="session")
def built(once: Once) -> Settings:
    """Settings of a folder with one build, made of the bundled data and passed by the real gate.

    All tests share it, in whatever process they run: read it, do not run anything that writes to
    it.
    """
    return Settings(var=once("built", lambda at: steps.build(Settings(var=at / "var"))) / "var")


@pytest.fixture(scope="session")
def judged(built: Settings, once: Once) -> list[Verdict]:
    """The verdicts of all bundled claims on that build, with every detail."""

    def judge(folder: Path) -> None:
        text = verdicts_json(engine.verify(built, full=True))
        (folder / "verdicts.json").write_text(text, encoding="utf-8")

    return read_verdicts(once("judged", judge) / "verdicts.json")


@pytest.fixture(scope="session")
def bundled_report(built: Settings, judged: list[Verdict], once: Once) -> Path:
    """The folder of the report of these verdicts."""

    def draw(folder: Path) -> None:
        build = current_build(built)
        started = dt.datetime(2026, 11, 22, 7, 55, tzinfo=dt.UTC)
        run = RunInfo("20261122T075500Z-1f2e3d", started, build.id, build.published_at)
        with reader(built, build.path) as con:
            found = pages(con, Warehouse(con, judged), engine.claim_files(built), run)
            write_pages(folder / "report", found)

    return once("report", draw) / "report"


@pytest.fixture(scope="session")
def few_claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one document of claims, for runs whose verdicts and report are not the matter.

    Verifying and drawing all that are bundled is two thirds of a run.
    """
    folder = tmp_path_factory.mktemp("claims")
    shutil.copy(CHECKS_DIR / "claims" / "dcnf-2017-08-16.yml", folder)
    return folder


@pytest.fixture(scope="session")
def prefect_database(once: Once) -> Path:
    """The file of an empty Prefect database. Making one costs as much as a run on it."""

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("PREFECT_")]:
                patch.delenv(name)
            for name, value in for_command_line(Settings(var=folder)).items():
                patch.setenv(name, value)
            with temporary_server(folder / "prefect") as server:
                server.wait()
        # What is in the log of changes belongs to the file too.
        with closing(sqlite3.connect(folder / "prefect" / "prefect.db")) as db:
            db.execute("VACUUM INTO ?", [str(folder / "prefect.db")])

    return once("prefect", make) / "prefect.db"


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory, prefect_database: Path) -> Path:
    """One Prefect folder for all runs of a process of the tests, with a database."""
    home = tmp_path_factory.mktemp("prefect")
    shutil.copy(prefect_database, home)
    return home


@pytest.fixture(scope="session")
def environment(
    tmp_path_factory: pytest.TempPathFactory, prefect_home: Path
) -> Callable[..., dict[str, str]]:
    """The environment of a user who has set nothing but what is given, in a home of their own."""
    home = tmp_path_factory.mktemp("home")

    def make(settings: Settings, **more: str) -> dict[str, str]:
        ours = ("CRIMECLAIMS_", "PREFECT_", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "COV_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        return {
            **kept,
            "HOME": str(home),
            "CRIMECLAIMS_VAR": str(settings.var),
            "CRIMECLAIMS_DATASETS": str(settings.datasets_dir),
            "CRIMECLAIMS_CLAIMS": str(settings.claims_dir),
            "PREFECT_HOME": str(prefect_home),
            **more,
        }

    return make


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not ours, to run commands in."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="session")
def cli(
    started: Cli,
    environment: Callable[..., dict[str, str]],
    elsewhere: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cli]:
    """``cli(settings, "verify", "a1")`` runs the real command in a process of its own.

    Forked from one that has imported it (``tests.support_forked``), unless it starts Prefect.
    """
    folder = tmp_path_factory.mktemp("streams")
    nothing = environment(Settings(var=folder))
    with forks(CRIMECLAIMS, folder, nothing, COMMAND_SECONDS) as forked:

        def run(
            settings: Settings,
            *arguments: str,
            env: Mapping[str, str] | None = None,
            stdin: str | None = None,
        ) -> subprocess.CompletedProcess[str]:
            if WITH_PREFECT & {*arguments}:
                return started(settings, *arguments, env=env, stdin=stdin)
            own = environment(settings, **(env or {}))
            return forked.run(arguments, own, elsewhere, stdin or "")

        yield run


@pytest.fixture(scope="session")
def started(environment: Callable[..., dict[str, str]], elsewhere: Path) -> Cli:
    """The same, started as a user starts it: by its name, with nothing imported before."""

    def run(
        settings: Settings,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CRIMECLAIMS, *arguments],
            env=environment(settings, **(env or {})),
            cwd=elsewhere,
            input=stdin or "",
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def pg() -> Iterator[Postgres]:
    """A PostgreSQL of this test process; skips where none is installed. Take a database each."""
    with postgres() as server:
        yield server
