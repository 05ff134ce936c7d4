"""A real PostgreSQL for tests: in a temporary folder, on loopback, with a password; then gone.

``with postgres() as server: server.database()`` gives the address of a new, empty database. Tests
share one server of a module or session, and take a database each.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

START_SECONDS = 60.0

#: What the server may lose when the machine itself stops, which no test does.
FAST = ("fsync=off", "full_page_writes=off", "max_connections=200")


@dataclass
class Postgres:
    """A running server. ``folder``: everything it has; ``user`` may make databases."""

    bin: Path
    folder: Path
    port: int
    user: str = "crime"
    password: str = field(default_factory=lambda: f"pw-{secrets.token_hex(8)}")
    process: subprocess.Popen[bytes] | None = None

    def uri(self, database: str, password: str | None = None) -> str:
        """The address of a database, with its password."""
        word = self.password if password is None else password
        return f"postgresql://{self.user}:{word}@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """The address of a new database."""
        name = f"d{secrets.token_hex(6)}"
        self.psql("postgres", f"CREATE DATABASE {name}")
        return self.uri(name)

    def psql(self, database: str, statement: str) -> str:
        """What ``psql`` prints of a statement, without headers."""
        address = database if "://" in database else self.uri(database)
        ran = subprocess.run(
            [self.bin / "psql", "-X", "-q", "-A", "-t", "-d", address, "-c", statement],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return ran.stdout.strip()

    def start(self) -> None:
        """Start it, and wait until it answers; also while what a kill left still ends."""
        settings = [
            *FAST,
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self.folder}",
        ]
        options = [part for setting in settings for part in ("-c", setting)]
        ready = [self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        deadline = time.monotonic() + START_SECONDS
        while True:
            if self.process is None or self.process.poll() is not None:
                with (self.folder / "log").open("ab") as log:
                    self.process = subprocess.Popen(
                        [self.bin / "postgres", "-D", self.folder / "data", *options],
                        stdout=log,
                        stderr=log,
                        start_new_session=True,  # no Ctrl-C of a terminal reaches it
                        **_owner(),
                    )
            if subprocess.run(ready, timeout=30, check=False).returncode == 0:
                return
            if time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it at once; with SIGINT in good order, with SIGKILL as by a power cut."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)
            self.process = None


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server of its own, started. Skips the test, and says why, where none is installed."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    try:
        server = Postgres(_binaries(), folder, _free_port())
        _make(server)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make(server: Postgres) -> None:
    word = server.folder / "password"
    word.write_text(server.password)
    for path in (server.folder, word):
        _give_away(path)
    subprocess.run(
        [
            *(server.bin / "initdb", "-D", server.folder / "data", "-U", server.user),
            *("--auth=scram-sha-256", "--pwfile", word),
            *("--encoding=UTF8", "--no-locale", "--no-sync"),
        ],
        capture_output=True,
        timeout=120,
        check=True,
        **_owner(),
    )


def _binaries() -> Path:
    """Where the server's programs are: newest version first, then what ``pg_config`` says."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if config := shutil.which("pg_config"):
        said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        found.append(Path(said.stdout.strip()))
    for path in found:
        if all((path / name).is_file() for name in ("initdb", "postgres", "psql", "pg_isready")):
            if os.geteuid() == 0 and _servant() is None:
                pytest.skip("PostgreSQL refuses to run as root, and there is no user postgres")
            return path
    pytest.skip("no PostgreSQL server is installed (apt-get install postgresql)")


def _version(path: Path) -> float:
    try:
        return float(path.parent.name)
    except ValueError:
        return 0.0


def _servant() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


def _owner() -> dict[str, object]:
    """As whom the server runs: it refuses root."""
    servant = _servant() if os.geteuid() == 0 else None
    if servant is None:
        return {}
    return {"user": servant.pw_uid, "group": servant.pw_gid, "extra_groups": [], "cwd": "/tmp"}


def _give_away(path: Path) -> None:
    servant = _servant() if os.geteuid() == 0 else None
    if servant is not None:
        os.chown(path, servant.pw_uid, servant.pw_gid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
