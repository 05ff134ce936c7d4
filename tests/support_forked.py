"""The real command in a process of its own, forked from one that has imported the program already.

Starting Python and importing is most of what a short command costs, and tests call hundreds. Each
still has its own process, arguments, environment, folder, standard streams and exit code, and
shares nothing with the tests or with the command before it.

Not for commands that need what Python does at its end, as those that start Prefect: a fork has none
of the threads that DuckDB's import has started, which would be waited for.

Run as a script this is the process that forks: a line of JSON for each command on the one pipe, a
line with its exit code on the other.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

#: What commands import when they run.
IMPORTED = (
    *("flows.cli", "flows.doctor", "flows.explain_text", "flows.fetching", "flows.listings"),
    *("flows.progress", "flows.replay", "flows.retention", "flows.sql_command", "flows.steps"),
    *("flows.trial", "checks.claim_schema", "datasets.prune", "scipy.stats"),
)


class Forks:
    """Starts commands; ``folder`` is for what they print."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, seconds: float) -> None:
        self._process, self._folder, self._seconds = process, folder, seconds

    def run(
        self, arguments: Sequence[str], env: Mapping[str, str], cwd: Path, stdin: str
    ) -> subprocess.CompletedProcess[str]:
        """What ``subprocess.run`` gives. One that takes longer than ``seconds`` is killed."""
        streams = [self._folder / name for name in ("stdin", "stdout", "stderr")]
        streams[0].write_text(stdin, encoding="utf-8")
        asked = {
            "arguments": [*arguments],
            "env": {**env},
            "cwd": str(cwd),
            "streams": [*map(str, streams)],
            "seconds": self._seconds,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        out, err = (path.read_text(encoding="utf-8") for path in streams[1:])
        return subprocess.CompletedProcess([*arguments], code, out, err)


@contextmanager
def forks(command: str, folder: Path, env: Mapping[str, str], seconds: float) -> Iterator[Forks]:
    """``command``: the console script, as which each process knows itself."""
    process = subprocess.Popen(
        [sys.executable, __file__, command],
        env={**env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Forks(process, folder, seconds)
    finally:
        process.communicate(timeout=60)  # it ends with its input


def _be(command: str, main: Callable[[], int], asked: Mapping[str, Any]) -> NoReturn:
    """In the child: to be the command, and end."""
    for number, path in enumerate(asked["streams"]):
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY
        handle = os.open(path, flags, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = [command, *asked["arguments"]]
    code = 1
    try:
        code = main()
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        os._exit(code)


def _waited_for(child: int, seconds: float) -> int:
    """The exit code of a child, negative if a signal ended it, as ``subprocess`` has it."""
    handle = os.pidfd_open(child)
    if not select.select([handle], [], [], seconds)[0]:
        os.kill(child, signal.SIGKILL)
    os.close(handle)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def serve(command: str) -> None:
    """Fork for each line, until there are no more."""
    asking, telling = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):  # a child that prints before it is the command may not answer for us
        os.dup2(nothing, number)
    sys.path[0] = str(Path(command).parent)  # as of the console script
    for name in IMPORTED:
        importlib.import_module(name)
    from flows.cli import main

    with os.fdopen(asking, encoding="utf-8") as lines:
        while line := lines.readline():
            asked = json.loads(line)
            child = os.fork()
            if child == 0:
                os.close(telling)
                _be(command, main, asked)
            os.write(telling, f"{_waited_for(child, asked['seconds'])}\n".encode())


if __name__ == "__main__":
    serve(sys.argv[1])
