"""Verdicts and readings as flat rows: the columns, with what each means, for every table of them.

``crimeclaims verify --format csv`` prints the columns of verdicts; a report has both tables as CSV
and Parquet. Where a model says what a field means, it is said there only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal, get_args

from checks.models import Label, Model, Outcome, Reading, TestResult, Verdict, Way

Cell = str | bool | int | float | dt.date | None
Datatype = Literal["string", "boolean", "integer", "number", "date"]

SHARE = "share, from 0 to 1"
_LIKE_VALUE = "as the column unit says"

#: With what a spreadsheet begins a formula, full-width forms too; and the mark that prevents it.
_FORMULA = tuple("=+-@＝＋－＠\t\r'")
_MARK = "'"


@dataclass(frozen=True)
class Column:
    """A column and how its cell is found in an item (a verdict, or a verdict and its reading).

    ``required``: never without a value. ``unit``: of its numbers. ``words``: if only these stand
    in it.
    """

    name: str
    datatype: Datatype
    description: str
    value: Callable[[Any], Cell]
    required: bool = False
    unit: str | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class OfVerdict:
    """A reading with the verdict it belongs to."""

    verdict: Verdict
    reading: Reading


def readings_of(verdicts: Sequence[Verdict]) -> Iterator[OfVerdict]:
    return (OfVerdict(verdict, reading) for verdict in verdicts for reading in verdict.readings)


def _meaning(model: type[Model], field: str) -> str:
    said = model.model_fields[field].description
    assert said is not None, f"{model.__name__}.{field} has no description"
    return said


def _verdict(name: str, datatype: Datatype, description: str, **more: Any) -> Column:
    return Column(name, datatype, description, attrgetter(name), **more)


def _reading(name: str, datatype: Datatype, description: str = "", **more: Any) -> Column:
    said = description or _meaning(Reading, name)
    return Column(name, datatype, said, attrgetter(f"reading.{name}"), **more)


VERDICTS: tuple[Column, ...] = (
    _verdict("claim", "string", "Name of the claim", required=True),
    _verdict("document", "string", "Name of the document it is from", required=True),
    _verdict("said", "string", "The words that are checked; [ours in brackets]", required=True),
    _verdict(
        *("label", "string", "What came of it, by the rules on the page on the method"),
        required=True,
        words=get_args(Label),
    ),
    _verdict("holds_share", "number", _meaning(Verdict, "holds_share"), unit=SHARE),
    _verdict(
        *("nearby_support", "number", "Weighted share of nearby readings that hold"), unit=SHARE
    ),
    _verdict(
        *("undetermined_share", "number", "Weighted share of stated readings left undecided"),
        required=True,
        unit=SHARE,
    ),
    Column(
        *("caveats", "string", "Names of its caveats, with spaces between them"),
        value=lambda verdict: " ".join(verdict.caveats) or None,
    ),
    _verdict("closest_true", "string", "The closest true statement, if another than this"),
    _verdict("sentence", "string", _meaning(Verdict, "sentence"), required=True),
    Column(
        *("readings", "integer", "Number of its readings"),
        value=lambda verdict: len(verdict.readings),
        required=True,
    ),
    _verdict("fairness", "number", _meaning(TestResult, "fairness")),
    _verdict("robustness", "number", _meaning(TestResult, "robustness")),
    _verdict("uniqueness", "number", _meaning(TestResult, "uniqueness"), unit=SHARE),
    _verdict("counter_reading", "string", _meaning(TestResult, "counter_reading")),
    _verdict(
        "build", "string", "Id of the build: a hash of all that it was made of", required=True
    ),
    _verdict("as_of", "date", "Only what was public on that day was used; none: everything"),
)

READINGS: tuple[Column, ...] = (
    Column(
        *("claim", "string", "Name of the claim"),
        value=attrgetter("verdict.claim"),
        required=True,
    ),
    Column(
        *("reading", "string", _meaning(Reading, "id")),
        value=attrgetter("reading.id"),
        required=True,
    ),
    _reading("test", "integer", required=True),
    _reading("kind", "string", "The kind of test", required=True),
    _reading("stated", "boolean", required=True),
    _reading("dataset", "string", "Dataset of its figures; two: one set against another"),
    _reading("vintage", "date", "The date as of which the dataset states the world", required=True),
    _reading("contemporaneous", "boolean", required=True),
    _reading("definition", "string", "How it is counted"),
    _reading("place", "string", "Place or agency; two: one set against another"),
    _reading("fit", "string"),
    _reading("variant", "string"),
    _reading("window_start", "date"),
    _reading("window_end", "date"),
    _reading("steps", "integer"),
    _reading("way", "string", words=get_args(Way)),
    _reading("peer_group", "string"),
    _reading("n_peers", "integer"),
    _reading(
        "weight", "number", "Its weight among the stated, or the nearby, readings of its test"
    ),
    _reading("outcome", "string", "What came of it", required=True, words=get_args(Outcome)),
    _reading("value", "number", unit=_LIKE_VALUE),
    _reading("low", "number", unit=_LIKE_VALUE),
    _reading("high", "number", unit=_LIKE_VALUE),
    _reading("unit", "string", "Unit of value, low and high"),
    _reading("margin", "number", unit="share of the bound"),
    _reading("comparison", "string"),
    _reading("why", "string"),
)


def cells(columns: Sequence[Column], item: Any) -> list[Cell]:
    """The row of an item; an empty text is no value, as a CSV file cannot tell them apart."""
    return [None if (cell := column.value(item)) == "" else cell for column in columns]


def csv_cells(columns: Sequence[Column], item: Any) -> list[Any]:
    """The row as a CSV file has it, each cell by ``for_csv``."""
    return [for_csv(cell) for cell in cells(columns, item)]


def for_csv(cell: Any) -> Any:
    """A cell of a CSV file in which no text is a formula to a spreadsheet.

    A text that begins as one, or with an apostrophe, gets an apostrophe before it. Numbers are
    written as they are. Who reads the file takes one apostrophe off the beginning of a text.

    >>> for_csv("=1+1"), for_csv("'tis"), for_csv(-1.5), for_csv(True)
    ("'=1+1", "''tis", -1.5, 'true')
    """
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return _MARK + cell
    return cell
