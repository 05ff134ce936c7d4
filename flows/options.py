"""What the commands have in common: options, and how their help ends."""

from __future__ import annotations

import datetime as dt

import click

EXIT_CODES = """\b
Exit codes:
  0  done
  1  the validation gate closed: nothing was published
  2  bad input or usage
  3  a source, the shared warehouse or the Prefect server could not be reached
  4  internal error"""

AS_OF = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Use only what was public on that day, e.g. 2017-08-16.",
)
FORMAT = click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to print the result.",
)


def epilog(*examples: str) -> str:
    """The end of a command's help: examples and the exit codes."""
    lines = "\n".join(f"  crimeclaims {example}" for example in examples)
    return f"\b\nExamples:\n{lines}\n\n{EXIT_CODES}"


def day(value: dt.datetime | None) -> dt.date | None:
    """The day that an option gives."""
    return value.date() if value else None
