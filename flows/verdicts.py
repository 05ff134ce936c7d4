"""Verdicts on their way out: JSON, CSV and the rows of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from pydantic import TypeAdapter, ValidationError

from checks.caveats import caveats
from checks.columns import VERDICTS, cells
from checks.models import Label, Verdict
from datasets.errors import InputError
from flows.output import Row, coloured, paragraph

LABELS: tuple[Label, ...] = get_args(Label)

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
    return [cells(VERDICTS, verdict) for verdict in verdicts]


def verdicts_text(verdicts: Sequence[Verdict]) -> str:
    """For reading in a terminal: of each claim its label, words, reason and caveats; the count."""
    width = max((len(v.claim) for v in verdicts), default=0)
    blocks = [_block(v, width) for v in verdicts]
    counts = Counter(v.label for v in verdicts)
    said = [f"{counts[label]} {label.replace('_', ' ')}" for label in LABELS if counts[label]]
    plural = "claim" if len(verdicts) == 1 else "claims"
    total = f"{len(verdicts):,} {plural}: {', '.join(said)}" if said else "no claims"
    return "\n\n".join([*blocks, total])


def _block(v: Verdict, width: int) -> str:
    said = [caveats()[id_].title for id_ in v.caveats if id_ != "uncheckable"]
    titles = ", ".join(title[0].lower() + title[1:] for title in said)
    shares = f"{percent(v.holds_share)} of readings hold" if v.holds_share is not None else None
    if shares and v.nearby_support is not None:
        shares += f", {percent(v.nearby_support)} of those near"
    facts = [
        f"“{v.said}”",
        v.sentence,
        v.closest_true and f"Closest true: {v.closest_true}.",
        "; ".join(part for part in (shares, titles) if part),
    ]
    head = f"{v.claim:<{width}}  {coloured(words_of_label(v), v.label)}"
    return "\n".join([head, *(paragraph(fact, "    ") for fact in facts if fact)])


def words_of_label(verdict: Verdict) -> str:
    """The label as people say it; of a sentence that nothing can settle, that too."""
    said = verdict.label.replace("_", " ")
    return f"{said} (no data can settle it)" if "uncheckable" in verdict.caveats else said


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
