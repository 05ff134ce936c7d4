"""``crimeclaims vintages``: which figures of a dataset moved between two of its vintages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import click

from datasets.settings import load_settings
from flows.options import FORMAT, day, epilog

if TYPE_CHECKING:
    from datasets.vintages import Comparison, Group, Moved
    from flows.output import Format, Row

GROUP_COLUMNS = ("change", "figures", "periods", "percent", "measure and definition")
FIGURE_COLUMNS = ("change", "before", "after", "by", "percent", "figure")


@click.command(
    "vintages",
    epilog=epilog(
        "vintages chicago_homicides",
        "vintages fbi_estimated_crimes --from 2020-09-28 --to 2023-10-16",
        "vintages chicago_homicides --format csv --limit 0",
    ),
)
@click.argument("dataset")
@click.option(
    *("--from", "from_"),
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="VINTAGE",
    help="The earlier vintage.  [default: the one before the later]",
)
@click.option(
    "--to",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="VINTAGE",
    help="The later vintage.  [default: the newest]",
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="List at most so many figures; 0: all.",
)
@FORMAT
def vintages(
    dataset: str,
    from_: dt.datetime | None,
    to: dt.datetime | None,
    limit: int,
    format_: Format,
) -> None:
    """Say which published figures of DATASET moved between two vintages in the current build.

    Of each vintage everything that was known then is compared. A figure is new, withdrawn, revised,
    or has another status; of a period that neither vintage has in full a number only went on.
    """
    from datasets.vintages import Moved, compare, pair
    from datasets.vintages import vintages as vintages_of
    from datasets.warehouse import current_build, reader
    from flows import output

    settings = load_settings()
    with reader(settings, current_build(settings).path) as con:
        known = vintages_of(con, dataset)
        found = compare(con, dataset, *pair(dataset, known, day(from_), day(to)), limit)
    more = found.moved - len(found.figures)
    if format_ == "json":
        output.write(output.to_json({**asdict(found), "counts": found.counts}))
        return
    if format_ == "csv":
        columns = [field.name for field in fields(Moved)]
        output.emit(columns, [list(asdict(f).values()) for f in found.figures], "csv")
    else:
        output.write("\n".join(output.paragraph(text) for text in _introduction(found, known)))
        if found.moved:
            output.write("")
            output.emit(GROUP_COLUMNS, [_group(group) for group in found.groups], "table")
            output.write("")
            output.emit(FIGURE_COLUMNS, [_figure(f) for f in found.figures], "table")
    if more:
        said = f"{more:,} more figures moved; for all of them: --limit 0"
        (output.note if format_ == "csv" else output.write)(said)


def _introduction(found: Comparison, known: Sequence[dt.date]) -> list[str]:
    others = ", ".join(str(v) for v in known if v not in (found.from_vintage, found.to_vintage))
    said = [
        found.sentence + ".",
        "Compared are the figures as published, not the rates and shares derived from them.",
    ]
    return [*said, f"Other vintages: {others}."] if others else said


def _group(group: Group) -> Row:
    years = str(group.period_start.year)
    if group.period_end.year != group.period_start.year:
        years += f"-{group.period_end.year}"
    ends = [_percent(end).strip("+%") for end in (group.least, group.most)]
    moved = " to ".join(dict.fromkeys(ends))
    what = f"{group.measure} {group.definition}"
    return group.change, f"{group.figures:,} of {group.compared:,}", years, moved, what


def _figure(f: Moved) -> Row:
    return (
        f.change,
        _state(f.before, f.status_before, f),
        _state(f.after, f.status_after, f),
        "" if f.difference is None else f"{f.difference:+,.10g}",
        _percent(f.percent),
        f"{f.place} {f.measure} {f.definition} {_period(f)}",
    )


def _period(f: Moved) -> str:
    from checks.report.format import period

    return period(f.period_start, f.period_end)


def _state(value: float | None, status: str | None, f: Moved) -> str:
    """A number, with its status where that is what changed."""
    if status is None:
        return "-"
    number = "no figure" if value is None else f"{value:,.10g}"
    return f"{number} ({status.replace('_', ' ')})" if f.change == "status" else number


def _percent(value: float | None) -> str:
    from checks.report.format import percent_change

    return percent_change(value).replace("−", "-")
