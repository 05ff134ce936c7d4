"""All settings, in one place. Every one can be set by an environment variable ``CRIMECLAIMS_*``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from datasets.errors import InputError

PROJECT_DIR = Path(__file__).resolve().parent.parent
DATASETS_DIR = PROJECT_DIR / "datasets"
REFERENCE_DIR = DATASETS_DIR / "reference"
SQL_DIR = PROJECT_DIR / "sql"
CHECKS_DIR = PROJECT_DIR / "checks"


@dataclass(frozen=True)
class Settings:
    """Where things are written and how much of the machine may be used.

    ``var``: folder of everything a run makes (``CRIMECLAIMS_VAR``).
    ``memory_limit``: DuckDB's notation, e.g. ``2GB`` (``CRIMECLAIMS_MEMORY_LIMIT``).
    ``threads``: DuckDB's threads (``CRIMECLAIMS_THREADS``).
    ``lock_wait_seconds``: how long a second run waits for a first (``CRIMECLAIMS_LOCK_WAIT``).
    ``datasets_dir``, ``claims_dir``: the declared datasets and claims (``CRIMECLAIMS_DATASETS``,
    ``CRIMECLAIMS_CLAIMS``), for those who keep their own beside an installed package.
    """

    var: Path
    memory_limit: str = "2GB"
    threads: int = 2
    lock_wait_seconds: float = 600.0
    datasets_dir: Path = DATASETS_DIR
    claims_dir: Path = CHECKS_DIR / "claims"

    @property
    def archive_dir(self) -> Path:
        return self.var / "archive"

    @property
    def builds_dir(self) -> Path:
        return self.var / "builds"

    @property
    def runs_dir(self) -> Path:
        return self.var / "runs"

    @property
    def temp_dir(self) -> Path:
        return self.var / "tmp"


def default_var() -> Path:
    """``var/`` of a checkout; a folder of the user's own for an installed package."""
    if (PROJECT_DIR / "pyproject.toml").is_file():
        return PROJECT_DIR / "var"
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "crimeclaims"


def load_settings() -> Settings:
    """Settings from the environment. Raises InputError for a number that is not one."""
    return Settings(
        var=Path(os.environ.get("CRIMECLAIMS_VAR") or default_var()).expanduser().resolve(),
        memory_limit=os.environ.get("CRIMECLAIMS_MEMORY_LIMIT", "2GB"),
        threads=int(_number("CRIMECLAIMS_THREADS", 2, minimum=1)),
        lock_wait_seconds=_number("CRIMECLAIMS_LOCK_WAIT", 600.0, minimum=0),
        datasets_dir=Path(os.environ.get("CRIMECLAIMS_DATASETS") or DATASETS_DIR).resolve(),
        claims_dir=Path(os.environ.get("CRIMECLAIMS_CLAIMS") or CHECKS_DIR / "claims").resolve(),
    )


def _number(name: str, default: float, *, minimum: float) -> float:
    text = os.environ.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = minimum - 1
    if value < minimum:
        raise InputError(
            f"{name}={text!r} is not a number of at least {minimum:g}",
            next_step=f"set {name} to a number, or unset it",
        )
    return value
