"""A temporary Prefect server for a run from the command line.

Prefect can start one by itself, but that one shares our terminal, to which it can write a
``CancelledError`` trace when it is stopped, and it outlives us if we are killed. This one writes to
a log file, starts while we import, and ends when the pipe to us closes, however we end.

Run as a module it is the server itself: it serves on the socket it inherits until its input ends.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from datasets.errors import CrimeclaimsError
from flows.prefect_settings import private

#: The first start on a machine makes Prefect's database and takes 12 to 20 seconds.
START_SECONDS = 120.0
STOP_SECONDS = 10.0
GRACE_SECONDS = 3
#: How often one that dies (killed, out of memory) is started again.
RESTARTS = 3
HOST = "127.0.0.1"


class TemporaryServer:
    """A server that is starting, or up: its URL is known at once, ``wait`` until it answers.

    One that dies once it was up is started again: we keep the socket, where questions wait
    meanwhile, and all that it was told is in its database.
    """

    def __init__(self, home: Path) -> None:
        private(home)
        self.log = home / "server.log"
        # Two servers that make the same database at once would trip over each other.
        self._starting = FileLock(home / "server-start.lock", thread_local=False)
        self._starting.acquire(timeout=START_SECONDS)
        self._listening = socket.create_server((HOST, 0))
        self.url = f"http://{HOST}:{self._listening.getsockname()[1]}/api"
        self._changing, self._stopping = threading.Lock(), False
        self.log.write_bytes(b"")
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        handle = self._listening.fileno()
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "flows.prefect_server", str(handle)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[handle],
                start_new_session=True,  # Ctrl-C is ours to handle; we then stop it in order
            )

    def _restart(self) -> None:
        """Wait for its end, and start it again unless we wanted that."""
        for _ in range(RESTARTS):
            self._process.wait()
            with self._changing:
                if self._stopping:
                    return
                if self._process.stdin is not None:
                    self._process.stdin.close()
                self._process = self._started()
        self._process.wait()
        with self._changing:
            self._listening.close()  # nobody will answer: who asks is to know it

    def wait(self) -> None:
        """Return when the API answers. Raises CrimeclaimsError if it does not."""
        try:
            up = comes_up(self._process, f"{self.url}/health")
        finally:
            self._starting.release()
        if not up:
            raise CrimeclaimsError(
                "the temporary Prefect server did not start", next_step=f"its log is {self.log}"
            )
        threading.Thread(target=self._restart, daemon=True).start()

    def stop(self) -> None:
        """End the server and wait until it is gone."""
        self._starting.release()
        with self._changing:
            self._stopping = True
            self._listening.close()
        end(self._process, STOP_SECONDS)


@contextmanager
def temporary_server(home: Path) -> Iterator[TemporaryServer]:
    """Start a server with its files in ``home`` and stop it at the end."""
    server = TemporaryServer(home)
    try:
        yield server
    finally:
        server.stop()


def comes_up(process: subprocess.Popen[bytes], health: str) -> bool:
    """Wait until a server that was started answers there; whether it does."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(health):
            return True
        time.sleep(0.05)
    return False


def end(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Close the pipe to a process, at which it ends; kill it if it has not after ``seconds``."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    """Whether a server says there that it is well."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def at_end_of_input(stop: Callable[[], None]) -> None:
    """Call ``stop`` in a thread when whoever started us has closed the pipe, or is gone."""

    def wait() -> None:
        os.read(0, 1)
        stop()

    threading.Thread(target=wait, daemon=True).start()


def main() -> None:
    """Serve on the listening socket whose file descriptor is given, for a run or ``lasting``.

    One that lasts has pages, schedules and automations; a run needs none of it.
    """
    at_end_of_input(lambda: os.kill(os.getpid(), signal.SIGTERM))
    listening = socket.socket(fileno=int(sys.argv[1]))
    lasting = sys.argv[2:] == ["lasting"]

    import uvicorn
    from prefect.server.api.server import create_app

    app = create_app(ephemeral=not lasting, final=True)
    # A page that is open in a browser holds its connection for ever.
    config = uvicorn.Config(
        app, log_level="error", lifespan="on", timeout_graceful_shutdown=GRACE_SECONDS
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
