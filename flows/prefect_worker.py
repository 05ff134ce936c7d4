"""Prefect's worker, as ``prefect worker start`` has it, that ends when whoever started it is gone.

Run as a module, with the name of a work pool.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from flows.prefect_server import at_end_of_input

#: How long runs may take to tell the server that they were stopped, before they are killed.
RUNS_SECONDS = 20.0


def main() -> None:
    """Work for a pool until standard input ends; then no run of it is left."""
    at_end_of_input(_stop)
    # A shell's background job ignores it, and so would what Prefect makes of it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["prefect", "worker", "start", "--pool", sys.argv[1], "--type", "process"]

    from prefect.cli import app

    app()


def _stop() -> None:
    """End the runs, then the worker: ended by it they would be killed, and say nothing of it."""
    told: set[int] = set()
    deadline = time.monotonic() + RUNS_SECONDS
    while (going := descendants(os.getpid())) and time.monotonic() < deadline:
        for pid in going - told:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        told |= going
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)


def descendants(pid: int) -> set[int]:
    """The processes that come from ``pid``; none where the system has no ``/proc``."""
    found: set[int] = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, children.read_text().split()):
                found |= {child} | descendants(child)
    return found


if __name__ == "__main__":
    main()
