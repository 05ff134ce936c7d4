"""``crimeclaims serve``: a Prefect server, its deployments and a worker, that start and end as one.

Each is a process whose standard input is a pipe from here: when this process ends, in whatever way,
the pipe closes and they end too. The worker first, as its runs tell the server how they ended.
"""

from __future__ import annotations

import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from datasets.errors import CrimeclaimsError, InputError
from datasets.settings import Settings
from flows.prefect_server import STOP_SECONDS, comes_up, end
from flows.prefect_settings import DEPLOYMENTS, SERVER_AUTH, WORK_POOL, for_serving, private

#: A worker stops the runs it started, each of which then says so to the server.
STOP_WORKER_SECONDS = 45.0
SETUP_SECONDS = 300.0
LOOK_SECONDS = 0.2


class Stopped(BaseException):
    """Somebody asked us to end: Ctrl-C or SIGTERM."""


@dataclass(frozen=True)
class Served:
    """What is up. ``there``: deployments and automations, as ``flows.prefect_setup`` has them."""

    url: str
    home: Path
    there: dict[str, Any]
    with_password: bool


def serve(
    settings: Settings,
    host: str,
    port: int,
    up: Callable[[Served], None],
    starting: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until Ctrl-C or SIGTERM; ``up`` is told when all is there, ``starting`` each step.

    Raises InputError if the port is taken, another one serves from the same folder, or ``host`` is
    for other machines and no password is set; CrimeclaimsError if a part ends by itself.
    """
    auth = _auth(host)
    with _stoppable(), _listening(host, port) as listening:
        port = listening.getsockname()[1]
        url = f"http://{_reached_at(host)}:{port}"
        env = for_serving(settings, url)
        home = Path(env["PREFECT_HOME"])
        private(home.parent)
        private(home)
        with _alone(home):
            starting("starting the server")
            fd = listening.fileno()
            command = ["flows.prefect_server", str(fd), "lasting"]
            with _part("server", command, env, home, STOP_SECONDS, fd) as server:
                listening.close()  # only the server holds it now: when it is gone the port is free
                if not comes_up(server, f"{url}/api/health"):
                    raise _ended("server", "did not start", home)
                starting("deploying the flows")
                there = _set_up(env, home)
                starting("starting the worker")
                work = ["flows.prefect_worker", WORK_POOL]
                with _part("worker", work, env, home, STOP_WORKER_SECONDS) as worker:
                    up(Served(url, home, there, bool(auth)))
                    _watch({"server": server, "worker": worker}, home)


def _auth(host: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """The password of the server, if there is one. Raises InputError if it is missing or wrong."""
    auth = environ.get(SERVER_AUTH) or None
    if auth is not None and not all(auth.partition(":")[::2]):
        raise InputError(
            f"{SERVER_AUTH} is not of the form name:password",
            next_step=f"export {SERVER_AUTH}='<name>:<password>'",
        )
    if auth is None and not _is_loopback(host):
        raise InputError(
            f"other machines could reach {host}, and no password is set: nothing is started",
            next_step=f"export {SERVER_AUTH}='<name>:<password>', or leave --host out",
        )
    return auth


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name: who knows what it stands for tomorrow
        return False


def _reached_at(host: str) -> str:
    """How a process of this machine writes the address of ``host``."""
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            return "127.0.0.1" if address.version == 4 else "[::1]"
        return f"[{host}]" if address.version == 6 else host
    return host


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens there. Raises InputError if it cannot."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        found = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"cannot serve on {host}, port {port}: {said.lower()}",
            next_step="name another port with --port, or 0 for any that is free",
        ) from None
    with found:
        yield found


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Two servers on one database would each start every scheduled run."""
    lock = FileLock(home / "serve.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(
            f"another crimeclaims serve uses {home}",
            next_step="stop that one, or set CRIMECLAIMS_VAR or PREFECT_HOME to another folder",
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise Stopped inside, once: what is stopping is left to stop."""

    def stop(*_: object) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    for each in before:
        signal.signal(each, stop)
    try:
        yield
    except Stopped:
        return
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def _part(
    name: str,
    module: list[str],
    env: Mapping[str, str],
    home: Path,
    seconds: float,
    *fds: int,
) -> Iterator[subprocess.Popen[bytes]]:
    """A process, with a log in ``home``, that has ended when the block has."""
    with (home / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            env=dict(env),
            cwd=DEPLOYMENTS.parents[1],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=fds,
            start_new_session=True,  # Ctrl-C in a terminal is ours to handle, in order
        )
    try:
        yield process
    finally:
        end(process, seconds)


def _set_up(env: Mapping[str, str], home: Path) -> dict[str, Any]:
    target = home / "there.json"
    with _part("setup", ["flows.prefect_setup", str(target)], env, home, 0) as process:
        try:
            code = process.wait(SETUP_SECONDS)
        except subprocess.TimeoutExpired:
            code = 1
    if code != 0:
        raise _ended("setup", "could not deploy the flows", home)
    value: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return value


def _watch(parts: Mapping[str, subprocess.Popen[bytes]], home: Path) -> None:
    """Until somebody stops us. Raises CrimeclaimsError if a part ends by itself."""
    while True:
        for name, process in parts.items():
            if process.poll() is not None:
                raise _ended(name, "ended by itself", home)
        time.sleep(LOOK_SECONDS)


def _ended(name: str, what: str, home: Path) -> CrimeclaimsError:
    log = home / f"{name}.log"
    return CrimeclaimsError(f"the {name} {what}", next_step=f"its log is {log}")
