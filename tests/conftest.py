"""Fixtures for all tests: one published build, and the real command in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from filelock import FileLock

from datasets.settings import CHECKS_DIR, Settings
from flows import steps
from tests.support_postgres import Postgres, postgres

Cli = Callable[..., subprocess.CompletedProcess[str]]

#: Longer than anything takes, so that a hang fails a test with its output instead of the whole run.
COMMAND_SECONDS = 300

#: The console script of the environment that runs the tests.
CRIMECLAIMS = str(Path(sys.executable).parent / "crimeclaims")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a folder with one build, made of the bundled data and passed by the real gate.

    All tests share it, in whatever process they run: read it, do not run anything that writes to
    it.
    """
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    settings = Settings(var=folder / "built" / "var")
    with FileLock(folder / "built.lock"):
        if not (settings.builds_dir / "current.json").exists():
            steps.build(settings)
    return settings


@pytest.fixture(scope="session")
def few_claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one document of claims, for runs whose verdicts and report are not the matter.

    Verifying and drawing all that are bundled is two thirds of a run.
    """
    folder = tmp_path_factory.mktemp("claims")
    shutil.copy(CHECKS_DIR / "claims" / "dcnf-2017-08-16.yml", folder)
    return folder


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One Prefect folder for all runs of the tests: making its database takes ten seconds."""
    return tmp_path_factory.mktemp("prefect")


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
def cli(
    environment: Callable[..., dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Cli:
    """``cli(settings, "verify", "a1")`` runs the real command, from a folder that is not ours."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")

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
