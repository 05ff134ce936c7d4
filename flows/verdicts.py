"""Verdicts on their way out: JSON, CSV and the rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from checks.columns import VERDICTS, csv_cells
from checks.models import Verdict
from datasets.errors import InputError
from flows.output import Row

_LIST = TypeAdapter(list[Verdict])

TABLE_COLUMNS = ("claim", "label", "holds", "nearby", "why")
CSV_COLUMNS = tuple(column.name for column in VERDICTS)


def verdicts_json(verdicts: Sequence[Verdict]) -> str:
    """The JSON array whose schema ``crimeclaims schema`` prints."""
    return _LIST.dump_json(list(verdicts), indent=2).decode() + "\n"


def read_verdicts(path: Path) -> list[Verdict]:
    """The verdicts in a run's folder. Raises InputError if the file is not what we wrote."""
    try:
        return _LIST.validate_json(path.read_bytes())
    except OSError as error:
        raise InputError.at(path, f"cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise InputError.at(
            path, f"is not a list of verdicts: {error.errors()[0]['msg']}"
        ) from error


def table_rows(verdicts: Sequence[Verdict]) -> list[Row]:
    return [
        (v.claim, v.label, percent(v.holds_share), percent(v.nearby_support), v.sentence)
        for v in verdicts
    ]


def csv_rows(verdicts: Sequence[Verdict]) -> list[Row]:
    """One row a claim, as ``verdicts.csv`` has it; all readings are in the JSON."""
    return [csv_cells(VERDICTS, verdict) for verdict in verdicts]


def percent(share: float | None) -> str:
    """A share as whole percent; one that is not quite all or nothing never reads as if it were.

    >>> percent(0.5), percent(0.999), percent(0.001), percent(None)
    ('50%', '>99%', '<1%', '-')
    """
    if share is None:
        return "-"
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{100 * share:.0f}%"
