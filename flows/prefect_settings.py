"""What we ask of Prefect, as environment variables: they must be set before it is imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from datasets.settings import Settings

#: Nothing is sent home; the worker of a deployment and the temporary server both inherit this.
NO_TELEMETRY = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}


#: The pool that the deployments are for, and the file they are in: in a checkout the one at its
#: top, in an installed package a copy.
WORK_POOL = "crimeclaims"
DEPLOYMENTS = Path(__file__).with_name("prefect.yaml")

#: How often Prefect's client asks a server again that does not answer: after 2, 4 and 8 s, so that
#: a question takes 20 s at most. Long enough for a server that is restarted, short enough for who
#: waits at a terminal: a run asks about three times before it ends because the server is gone.
CLIENT_RETRIES = 3

#: Who holds which of the places that ``concurrency_limit`` gives, kept in files.
LEASES = "prefect.server.concurrency.lease_storage.filesystem"

#: ``user:password`` that a server asks for, and that a client sends.
SERVER_AUTH = "PREFECT_SERVER_API_AUTH_STRING"
CLIENT_AUTH = "PREFECT_API_AUTH_STRING"


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
        # What its queues say of a server that is gone goes to standard error by a way of its own.
        "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",
        "PREFECT_CLIENT_MAX_RETRIES": str(CLIENT_RETRIES),
        # The temporary server has no use for blocks; registering them takes seconds.
        "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    }
    return {name: value for name, value in wanted.items() if not environ.get(name)}


def for_serving(
    settings: Settings, url: str, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The environment of a lasting server at ``url`` (without a slash at its end), its worker, and
    the runs that one starts.

    It has a folder of its own, as runs from a terminal have servers of theirs.
    """
    home = environ.get("PREFECT_HOME") or str(settings.var / "prefect" / "serve")
    auth = environ.get(SERVER_AUTH)
    usual = {
        **NO_TELEMETRY,
        "PREFECT_UI_STATIC_DIRECTORY": str(Path(home) / "ui"),
        # Pages ask where they came from, by whatever name a browser reached it.
        "PREFECT_UI_API_URL": "/api",
        # On one machine a question a few seconds costs nothing, and nobody waits for a run.
        "PREFECT_WORKER_QUERY_SECONDS": "3",
        # In memory, as is usual, a server that is killed while a night goes on would forget that
        # its place is to be given back, and every later night would be cancelled.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES,
    }
    return {
        **usual,
        **{name: value for name, value in environ.items() if name != "PREFECT_API_KEY"},
        "PREFECT_HOME": home,
        "PREFECT_API_URL": f"{url}/api",
        # Pages of other sites may not ask it with a visitor's browser.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": url,
        "CRIMECLAIMS_VAR": str(settings.var),
        "PWD": str(
            DEPLOYMENTS.parents[1]
        ),  # what prefect.yaml calls the folder it is deployed from
        **({CLIENT_AUTH: auth} if auth else {}),
    }
