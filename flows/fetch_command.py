"""``crimeclaims fetch``: bring the archive up to date with the publishers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from datasets.settings import load_settings
from flows.options import FORMAT, day, epilog

if TYPE_CHECKING:
    from flows.output import Format


@click.command(
    "fetch",
    epilog=epilog("fetch", "fetch chicago_homicides", "fetch --format json"),
)
@click.argument("names", nargs=-1, metavar="[DATASET]...")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only what is from that day on, or more than usual, of a dataset that can be fetched in "
    "parts (fbi_return_a_months, fbi_cius_city).",
)
@click.option(
    "--full", is_flag=True, help="Also datasets of millions of rows, which take long to fetch."
)
@FORMAT
def fetch(names: tuple[str, ...], since: dt.datetime | None, full: bool, format_: Format) -> None:
    """Ask publishers whether anything changed and archive what did; without a name, all of them.

    Snapshots go to var/archive and are never overwritten; `run --source auto` uses them. One source
    that fails does not keep the others from being fetched. Third parties' data and large files come
    only by name.

    Of what was fetched in parts, a build takes each figure from the newest vintage that has it, and
    of two fetches of one vintage the one that goes back further: a part never stands for the whole.

    Keys and addresses are set by CRIMECLAIMS_KEY_<DATASET or PROTOCOL> and
    CRIMECLAIMS_BASE_URL_<DATASET or PROTOCOL>.
    """
    from flows import fetching, output
    from flows.progress import fetch_progress

    settings = load_settings()
    datasets = fetching.chosen(settings, names, full=full)
    with fetch_progress() as watch:
        results = fetching.fetch_all(settings, datasets, day(since), watch)
    columns = ("dataset", "outcome", "vintage", "said") if format_ == "table" else fetching.COLUMNS
    positions = [fetching.COLUMNS.index(column) for column in columns]
    output.emit(columns, [[r.row()[i] for i in positions] for r in results], format_)
    if error := fetching.failure(results):
        raise error
