"""``crimeclaims serve`` and ``crimeclaims automations``: Prefect on one machine, set up."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from datasets.errors import InputError
from datasets.settings import load_settings
from flows.options import FORMAT, epilog

if TYPE_CHECKING:
    from flows.output import Format
    from flows.serving import Served

DAILY = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* \*")


@click.command(
    "serve",
    epilog=epilog("serve", "serve --port 4300", "serve --host 0.0.0.0"),
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=4200,
    show_default=True,
    help="Where to serve; 0: any port that is free.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Who can reach it. Another address than one of this machine only needs "
    "PREFECT_SERVER_API_AUTH_STRING=name:password to be set.",
)
def serve(port: int, host: str) -> None:
    """Run the flows on schedule: Prefect's server, deployments, automations and a worker.

    Runs until Ctrl-C or SIGTERM, which stop runs that are going. Prefect's files and logs are in
    var/prefect/serve.
    """
    from flows import output, serving

    def up(served: Served) -> None:
        output.write("\n".join(_lines(served)))
        sys.stdout.flush()

    serving.serve(load_settings(), host, port, up, starting=lambda said: output.note(f"{said} …"))
    output.note("stopped")


def _lines(served: Served) -> Iterator[str]:
    password = ", with the password that is set" if served.with_password else ""
    yield f"Prefect is at {served.url}{password}"
    yield f"its files and logs are in {served.home}"
    yield ""
    yield "deployments"
    for each in served.there["deployments"]:
        yield f"  {each['name']:<14}{'; '.join(_when(each)) or 'on demand'}"
    yield ""
    tells = {each["tells"] for each in served.there["automations"]} - {None}
    yield "automations"
    for each in served.there["automations"]:
        yield f"  {each['name'].removeprefix('crimeclaims ')}"
    yield f"  tell {', '.join(sorted(tells)) or _NOBODY}"
    yield ""
    yield "stop with Ctrl-C"


_NOBODY = "nobody yet; save a notification block named crimeclaims-notify, then start again"


def _when(deployment: dict[str, Any]) -> Iterator[str]:
    """Each schedule in words: cron's own where it is not simply a time of day."""
    for schedule in deployment["schedules"]:
        daily = DAILY.fullmatch(schedule["cron"] or "")
        at = f"every day at {int(daily[2]):02}:{int(daily[1]):02}" if daily else schedule["cron"]
        off = "" if schedule["active"] else ", switched off"
        yield f"{at} {schedule['timezone'] or 'UTC'}{off}"


@click.command("automations", epilog=epilog("automations"))
@FORMAT
def automations(format_: Format) -> None:
    """Make Prefect's automations on the server of PREFECT_API_URL, or bring them up to date.

    They tell the notification block named crimeclaims-notify of a closed gate, of flipped verdicts
    and of failed or crashed runs.
    """
    from flows import output
    from flows.prefect_settings import for_command_line, own_server

    url = own_server()
    if url is None:
        raise InputError(
            "no Prefect server is named",
            next_step="export PREFECT_API_URL=http://127.0.0.1:4200/api, or start one with: "
            "crimeclaims serve",
        )
    os.environ.update(for_command_line(load_settings()))
    from flows.automations import BLOCK, apply
    from flows.prefect_trouble import server_trouble

    try:
        made = apply()
    except Exception as error:
        if (found := server_trouble(error)) is None:
            raise
        raise found from None
    rows = [
        (each.name, each.outcome, each.tells or ("-" if each.acts else f"nobody: no {BLOCK}"))
        for each in made
    ]
    output.emit(("automation", "outcome", "tells"), rows, format_)
