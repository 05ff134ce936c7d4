"""What we ask of Prefect, as environment variables: they must be set before it is imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from datasets.settings import Settings

#: Nothing is sent home; the worker of a deployment and the temporary server both inherit this.
NO_TELEMETRY = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}


def prefect_home(settings: Settings, environ: Mapping[str, str] = os.environ) -> Path:
    """Prefect's folder: ours, so that nothing is written to a user's home unless they say so."""
    return Path(environ.get("PREFECT_HOME") or settings.var / "prefect")


def private(folder: Path) -> Path:
    """``folder``, made so that nobody else can look into it: Prefect keeps blocks with keys there.

    One that is there already stays as its owner wants it.
    """
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def own_server(environ: Mapping[str, str] = os.environ) -> str | None:
    """The URL of the Prefect server that the user has set, if any."""
    return environ.get("PREFECT_API_URL") or None


def for_command_line(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Variables for a flow that is run from a terminal. What the user has set is not among them."""
    wanted = {
        **NO_TELEMETRY,
        "PREFECT_HOME": str(prefect_home(settings, environ)),
        # Our own lines say what happens, once; Prefect's go to its API only.
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "crimeclaims",
        # The temporary server has no use for blocks; registering them takes seconds.
        "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    }
    return {name: value for name, value in wanted.items() if not environ.get(name)}
