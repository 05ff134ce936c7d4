"""All settings, in one place. Every one can be set by an environment variable ``CRIMECLAIMS_*``."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from datasets.errors import InputError
from datasets.lake_setting import Lake, lake_of

PROJECT_DIR = Path(__file__).resolve().parent.parent
DATASETS_DIR = PROJECT_DIR / "datasets"
REFERENCE_DIR = DATASETS_DIR / "reference"
SQL_DIR = PROJECT_DIR / "sql"
CHECKS_DIR = PROJECT_DIR / "checks"


@dataclass(frozen=True)
class Network:
    """How publishers are asked. Each is a variable ``CRIMECLAIMS_HTTP_<NAME>``; seconds, megabytes.

    ``contact``: an address put into the user agent, so that a publisher can write to somebody.
    ``connect_seconds``, ``read_seconds``: timeouts of one connection and of silence on it.
    ``attempts``: how often one request is made before the source counts as unreachable.
    ``backoff_seconds``: wait after a first failure, doubled after each further one.
    ``max_wait_seconds``: cap of any single wait, also of one that a publisher asks for.
    ``deadline_seconds``: for everything that one dataset asks; a source may declare more than the
    usual hour, which counts if this is not set to another number.
    ``pause_seconds``: between two requests to one host.
    ``per_host``: requests to one host at the same time.
    ``max_redirects``, ``max_mb``: of one request; megabytes are those after decompression.
    ``restarts``: how often a table that changes while it is read is read anew.
    """

    contact: str = ""
    connect_seconds: float = 10.0
    read_seconds: float = 180.0
    attempts: int = 5
    backoff_seconds: float = 2.0
    max_wait_seconds: float = 120.0
    deadline_seconds: float = 3600.0
    pause_seconds: float = 0.5
    per_host: int = 1
    max_redirects: int = 5
    max_mb: float = 4096.0
    restarts: int = 3

    @property
    def max_bytes(self) -> int:
        return int(self.max_mb * 1_000_000)


@dataclass(frozen=True)
class Publication:
    """Who publishes the reports and where: what machines are told of them. None: nobody, nowhere.

    ``site_url``: the address at which the folder of the newest report is served, with a slash at
    its end (``CRIMECLAIMS_SITE_URL``). ``publisher``, ``publisher_url``: who signs the verdicts
    (``CRIMECLAIMS_PUBLISHER``, ``CRIMECLAIMS_PUBLISHER_URL``).
    """

    site_url: str | None = None
    publisher: str | None = None
    publisher_url: str | None = None


#: The numbers of ``Network`` that must be at least 1; the others at least 0.
_AT_LEAST_ONE = ("attempts", "per_host")


@dataclass(frozen=True)
class Settings:
    """Where things are written and how much of the machine may be used.

    ``var``: folder of everything a run makes (``CRIMECLAIMS_VAR``).
    ``memory_limit``: DuckDB's notation, e.g. ``2GB`` (``CRIMECLAIMS_MEMORY_LIMIT``).
    ``threads``: DuckDB's threads (``CRIMECLAIMS_THREADS``).
    ``lock_wait_seconds``: how long a second run waits for a first (``CRIMECLAIMS_LOCK_WAIT``).
    ``datasets_dir``, ``claims_dir``: the declared datasets and claims (``CRIMECLAIMS_DATASETS``,
    ``CRIMECLAIMS_CLAIMS``), for those who keep their own beside an installed package.
    ``network``: how publishers are asked. Their keys and addresses are ``datasets.access``'s.
    ``publication``: who publishes the reports, and where.
    ``lake``: the warehouse that several machines share (``CRIMECLAIMS_WAREHOUSE``,
    ``CRIMECLAIMS_LAKE_DATA``); None: builds are files of this machine.
    ``log_json``: log lines on standard error are JSON (``CRIMECLAIMS_LOG=json``).
    ``metrics_file``: where the metrics of each run are also written, for node_exporter's textfile
    collector (``CRIMECLAIMS_METRICS_FILE``).
    ``sql_seconds``, ``sql_spill``: how long a query of ``crimeclaims sql`` may take, and how much
    it may write to ``temp_dir``, in DuckDB's notation (``CRIMECLAIMS_SQL_SECONDS``,
    ``CRIMECLAIMS_SQL_SPILL``).
    """

    var: Path
    memory_limit: str = "2GB"
    threads: int = 2
    lock_wait_seconds: float = 600.0
    datasets_dir: Path = DATASETS_DIR
    claims_dir: Path = CHECKS_DIR / "claims"
    network: Network = field(default_factory=Network)
    publication: Publication = field(default_factory=Publication)
    lake: Lake | None = None
    log_json: bool = False
    metrics_file: Path | None = None
    sql_seconds: float = 300.0
    sql_spill: str = "4GB"

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
    def shared_dir(self) -> Path:
        return self.var / "shared"

    @property
    def temp_dir(self) -> Path:
        return self.var / "tmp"


def default_var() -> Path:
    """``var/`` of a checkout; a folder of the user's own for an installed package."""
    if (PROJECT_DIR / "pyproject.toml").is_file():
        return PROJECT_DIR / "var"
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "crimeclaims"


def var_folder() -> Path:
    """``var`` as the environment has it."""
    return Path(os.environ.get("CRIMECLAIMS_VAR") or default_var()).expanduser().resolve()


def load_settings() -> Settings:
    """Settings from the environment. Raises InputError for a number that is not one."""
    return Settings(
        var=var_folder(),
        memory_limit=os.environ.get("CRIMECLAIMS_MEMORY_LIMIT", "2GB"),
        threads=int(_number("CRIMECLAIMS_THREADS", 2, minimum=1)),
        lock_wait_seconds=_number("CRIMECLAIMS_LOCK_WAIT", 600.0, minimum=0),
        datasets_dir=Path(os.environ.get("CRIMECLAIMS_DATASETS") or DATASETS_DIR).resolve(),
        claims_dir=Path(os.environ.get("CRIMECLAIMS_CLAIMS") or CHECKS_DIR / "claims").resolve(),
        network=_network(),
        publication=_publication(),
        lake=lake_of(os.environ),
        log_json=_choice("CRIMECLAIMS_LOG", ("text", "json")) == "json",
        metrics_file=_file("CRIMECLAIMS_METRICS_FILE"),
        sql_seconds=_number("CRIMECLAIMS_SQL_SECONDS", 300.0, minimum=0),
        sql_spill=os.environ.get("CRIMECLAIMS_SQL_SPILL") or "4GB",
    )


def _choice(name: str, words: tuple[str, ...]) -> str:
    """The value of a variable that is one of some words; the first of them if it is not set."""
    text = os.environ.get(name, "").strip() or words[0]
    if text not in words:
        raise InputError(
            f"{name}={text!r} is none of: {', '.join(words)}",
            next_step=f"set {name} to one of them, or unset it",
        )
    return text


def _file(name: str) -> Path | None:
    text = os.environ.get(name, "").strip()
    return Path(text).expanduser().resolve() if text else None


def _publication() -> Publication:
    """Raises InputError for an address that is none."""
    site = _address("CRIMECLAIMS_SITE_URL")
    return Publication(
        site_url=site and f"{site.rstrip('/')}/",
        publisher=os.environ.get("CRIMECLAIMS_PUBLISHER", "").strip() or None,
        publisher_url=_address("CRIMECLAIMS_PUBLISHER_URL"),
    )


def _address(name: str) -> str | None:
    text = os.environ.get(name, "").strip()
    if not text:
        return None
    if not re.fullmatch(r"https?://[^/\s?#@]+(/[^\s?#]*)?", text):
        raise InputError(
            f"{name}={text!r} is not an address such as https://example.org/reports/",
            next_step=f"set {name} to an http(s) address without ? and #, or unset it",
        )
    return text


def _network() -> Network:
    """``Network`` with what ``CRIMECLAIMS_HTTP_*`` sets."""
    values: dict[str, Any] = asdict(Network())
    for name, default in values.items():
        variable = f"CRIMECLAIMS_HTTP_{name.upper()}"
        if isinstance(default, str):
            values[name] = os.environ.get(variable, default).strip()
        else:
            least = 1 if name in _AT_LEAST_ONE else 0
            values[name] = type(default)(_number(variable, default, minimum=least))
    return Network(**values)


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
