"""Prefect's worker, as ``prefect worker start`` has it, that ends when whoever started it is gone.

Run as a module, with the name of a work pool.
"""

from __future__ import annotations

import signal
import sys

from flows.prefect_server import stop_at_end_of_input


def main() -> None:
    """Work for a pool until standard input ends; then no run of it is left."""
    # A shell's background job ignores it, and so would what Prefect makes of it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    stop_at_end_of_input(signal.SIGINT)
    sys.argv = ["prefect", "worker", "start", "--pool", sys.argv[1], "--type", "process"]

    from prefect.cli import app

    app()


if __name__ == "__main__":
    main()
