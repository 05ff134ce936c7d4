"""Processes that a test starts: what they start themselves, and waiting for them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from flows.prefect_worker import descendants


def children_of(pid: int) -> list[int]:
    """The children of all its threads: the kernel lists those of each. None if it is gone."""
    found: list[int] = []
    for path in Path("/proc").glob(f"{pid}/task/*/children"):
        with suppress(OSError):
            found += map(int, path.read_text().split())
    return found


def kill_all(pid: int) -> None:
    """SIGKILL a process and everything that comes from it, as if its machine lost power."""
    for each in [pid, *descendants(pid)]:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def wait_for(look: Callable[[], Any], seconds: float = 60) -> Any:
    """The first true value of ``look``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")
