"""``crimeclaims report``: where the report of a run is, opened in a browser or zipped to mail."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from datasets.errors import InputError
from datasets.settings import Settings, load_settings
from flows.options import epilog


@click.command(
    "report",
    epilog=epilog("report --open", "report 20261124 --open", "report --zip claims.zip"),
)
@click.argument("run", required=False, metavar="[RUN]")
@click.option("--open", "opened", is_flag=True, help="Open its front page in a browser.")
@click.option(
    "--zip",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write all of it into one zip file, to mail or to put on a server.",
)
def report(run: str | None, opened: bool, target: Path | None) -> None:
    """Say where the report of a run is; without a RUN, of the newest that has one.

    A RUN is the name of a folder in var/runs, or as much of its beginning as only one run has. The
    report is a folder of plain files: it needs no server and asks nothing of the network.
    """
    from flows import output
    from flows.report_files import zip_folder

    front = find(load_settings(), run)
    if target is not None:
        if target.exists():
            raise InputError(f"{target} is there already", next_step="name another file")
        zip_folder(front.parent, target)
        output.write(str(target))
    else:
        output.write(str(front))
    if opened and not webbrowser.open(front.as_uri()):
        output.note(f"no browser could be started; open {front.as_uri()}")


def find(settings: Settings, name: str | None) -> Path:
    """The front page of a run's report. Raises InputError if there is none."""
    from flows import comparing, runs

    if name is None:
        known = (runs.folder(settings, run) / runs.REPORT for run in runs.all_runs(settings))
        found = next((page for page in known if page.is_file()), None)
        if found is None:
            raise InputError(
                f"no run in {settings.runs_dir} has a report",
                next_step="make one with: crimeclaims run",
            )
        return found
    run = comparing.record_of(settings, name)
    page = runs.folder(settings, run) / runs.REPORT
    if not page.is_file():
        raise InputError(
            f"run {run.run} has no report: {run.outcome.replace('_', ' ')}",
            next_step="name a run that ended with a report",
        )
    return page
