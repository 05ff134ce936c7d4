"""``crimeclaims replay``: the verdicts of an old run made again, and compared to the byte."""

from __future__ import annotations

import click

from datasets.settings import load_settings
from flows.options import epilog


@click.command(
    "replay", epilog=epilog("replay 20261124T020000Z-1a2b3c", "replay 20261124 --rebuild")
)
@click.argument("run", metavar="RUN")
@click.option(
    "--rebuild",
    is_flag=True,
    help="Make its build anew from the archive, also if the build is still there.",
)
def replay(run: str, rebuild: bool) -> None:
    """Verify again what an old RUN verified, and say whether its verdicts are the same to the byte.

    Read are the claim files and snapshots that the run was made from, whatever came since; nothing
    is published. If they are not the same, what differs is named and it ends with 2; with 4 if
    nothing does.

    A RUN is the name of a folder in var/runs, or as much of its beginning as only one run has.
    """
    from flows import output
    from flows.replay import failure
    from flows.replay import replay as replayed

    found = replayed(load_settings(), run, rebuild=rebuild)
    if error := failure(found):
        raise error
    how = "made anew from the archive" if found.rebuilt else "as it is kept"
    output.write(
        f"run {found.run}: {found.verdicts} verdicts, the same to the byte; "
        f"build {found.build}, {how}"
    )
    for each in found.changed:
        output.write(f"  not as it was then, but without effect: {each}")
