"""Commands for those who write claims: ``new-claim`` and ``try``."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from datasets.settings import load_settings
from flows.options import AS_OF, day, epilog

KINDS = click.Choice(
    [
        *("value", "threshold", "share", "ratio", "change"),
        *("record", "rank", "trend", "contrast", "attribution", "places"),
    ]
)

_NEW = epilog("new-claim record > draft.yml", "new-claim ratio --document mayor-2016-10-08")
_CHICAGO = "--place chicago-il --measure murder --period 2016"
_TRY = epilog(
    f"try --kind record {_CHICAGO} --window 20 --direction highest",
    f"try --kind value {_CHICAGO} --value 768 --date 2017-08-16",
    f'try --kind ratio {_CHICAGO} --than-place new-york-ny --hedge "more than" --value 2',
    "try --kind change --place united-states --measure murder --from 2014 --to 2015 --word soared",
    "try --kind trend --peer-group cities-over-1m --measure murder --window 2013..2016 "
    "--direction rising",
    "try --kind places --peer-group cities-over-500k --measure murder --from 2014 --to 2015 "
    "--direction up --how-many most",
)

#: Options of ``try`` whose value is a text, with their help.
_TEXTS = {
    "measure": "What is counted.",
    "period": "A year, a month as 2016-08, or days as 2017-01-01..2017-08-15.",
    "window": "Years as 2013..2016; of a record, how many (20).",
    "from": "First year of the window, or what a change starts from.",
    "to": "Last year of the window, or what a change ends with.",
    "above": "Of places: the number that each of so many is above.",
    "below": "Of places: the number that each of so many is below.",
    "how-many": "Of places: the word for how many of them, most.",
    "out-of": "Of places: how many there are by the words.",
    "since": "Of a record: the year since which.",
    "part-of-year": "Of records, trends, ranks, contrasts: the same days of a year, 01-01..08-15.",
    "every": "Of a record or trend: month, or 12 months, instead of years.",
    "months": "Of a trend: with --every, its months (2016-01..2016-12).",
    "month": "Of a record: with --every, the month (8).",
    "value": 'The number as it was said: 433, "10.8%", 1/4.',
    "hedge": 'The word before the number: about, "more than".',
    "precision": "The unit the number was rounded to.",
    "direction": "highest, lowest; rising, falling; up, down.",
    "word": "Instead of a number: soared, doubled.",
    "how-often": "In how many years of the window: regularly.",
    "nth": "Of a rank: its place in the order.",
    "within": "Of a rank: the share of the group, 1/4.",
    "cause": "What is said to have caused it.",
    "cause-date": "The day on which that happened.",
    "years-before": "How many years before it are looked at.",
    "years-after": "Up to how many years after it are looked at.",
    "than-measure": "Of a ratio: the other side, if not the same.",
    "than-period": "Of a ratio: the other side, if not the same.",
    "than-window": "Of a ratio: the other side's years.",
    "than-from": "Of a ratio: the other side's first year.",
    "than-to": "Of a ratio: the other side's last year.",
}
#: Those that can be given more than once.
_LISTS = {
    "place": "A place; several are summed.",
    "also-read-as": "Another place that the words can mean.",
    "also-measure": "Another measure that they can mean.",
    "definition": "Only this way of counting.",
    "stand-in-period": "Another period that they can mean.",
    "peer-group": "The places it is compared with, or instead of a place: taken together.",
    "also-group": "Another group that the words can mean.",
    "than-place": "Of a ratio: the other side, if not the same.",
    "than-also-read-as": "Of a ratio: another place of the other side.",
    "than-also-measure": "Of a ratio: another measure of it.",
    "than-definition": "Of a ratio: only this way of counting it.",
}
_FLAGS = {
    "every-year": "The words say that it moved so each single year.",
    "years-named": "The words themselves name both periods.",
}


def _test_options(command: Any) -> Any:
    """The options that make up a test, in the order of the tables."""
    for name, text in reversed(_FLAGS.items()):
        command = click.option(f"--{name}", is_flag=True, help=text)(command)
    for name, text in reversed(_TEXTS.items()):
        command = click.option(f"--{name}", help=text)(command)
    for name, text in reversed(_LISTS.items()):
        command = click.option(f"--{name}", multiple=True, help=text)(command)
    return command


@click.command("new-claim", epilog=_NEW)
@click.argument("kind", type=KINDS)
@click.option("--document", metavar="ID", help="Name of the document that the claim is in.")
def new_claim(kind: str, document: str | None) -> None:
    """Print a claim file to start from: every key of KIND with what it means.

    It is valid as it is; check-claims says so of what you make of it.
    """
    from checks.claim_template import skeleton
    from flows import output

    output.write(skeleton(kind, document))


@click.command("try", epilog=_TRY)
@click.option("--kind", type=KINDS, required=True, help="The kind of test.")
@_test_options
@click.option("--said", help="The words of the claim.")
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day on which it was said; today if not given.",
)
@AS_OF
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def try_claim(
    kind: str,
    said: str | None,
    date: dt.datetime | None,
    as_of: dt.datetime | None,
    format_: str,
    **options: Any,
) -> None:
    """Verify one claim given by options, without a claim file; shown as by explain.

    Which options a kind takes is said if one does not go with it; names are those of claim files.
    """
    from flows import output
    from flows.explain import explanation
    from flows.explain_text import to_text
    from flows.trial import TRIED, claim_file

    today = dt.datetime.now(dt.UTC).date()
    given = {name.replace("_", "-"): value for name, value in options.items()}
    file = claim_file(kind, given, day(date) or today, said)
    found = explanation(load_settings(), TRIED, day(as_of), [file])
    if format_ == "json":
        output.write(output.to_json(found.to_dict()))
    else:
        output.write(to_text(found, with_sql=False))
