"""Tables, JSON and CSV on standard output: rich on a terminal, else plain and 80 columns wide."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import textwrap
from collections.abc import Sequence
from typing import Any, Literal

import click

Format = Literal["table", "json", "csv"]
Row = Sequence[Any]

PLAIN_WIDTH = 80
GAP = "  "
LABEL_WIDTH = 14

#: A text in a narrower column than this is hard to read.
READABLE = 36

#: Colour of the words that stand for an outcome, on a terminal.
COLOURS = {
    **{"supported": "green", "refuted": "red", "conflicting": "yellow"},
    **{"not_enough_evidence": "dim"},
    **{"ok": "green", "problem": "red", "warning": "yellow"},
}

#: Control characters that a text from a file could send to a terminal.
_CONTROLS = {
    n: "�" for n in [*range(32), *range(127, 160), *range(0x202A, 0x202F)] if n not in (9, 10)
}


def emit(
    columns: Sequence[str], rows: Sequence[Row], format_: Format, *, wrap: bool = True
) -> None:
    """Print rows. ``wrap``: break the last column's text instead of making the table wider.

    CSV is for spreadsheets too: none takes a text of it for a formula. The answer to a query,
    which does not ``wrap``, is as it is.
    """
    if format_ == "json":
        write(to_json([dict(zip(columns, row, strict=True)) for row in rows]))
    elif format_ == "csv":
        from checks.columns import for_csv

        shown = [[for_csv(cell) for cell in row] for row in rows] if wrap else rows
        write(to_csv(columns, shown))
    elif sys.stdout.isatty():
        _rich_table(columns, rows)
    else:
        write(plain_table(columns, rows, PLAIN_WIDTH if wrap else None))


def write(text: str) -> None:
    """To standard output, which ends with a line break afterwards."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def coloured(text: str, outcome: str) -> str:
    """``text`` in the colour of an outcome, on a terminal that wants colours; else as it is."""
    colour = COLOURS.get(outcome)
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if colour is None or plain or not sys.stdout.isatty():
        return text
    return click.style(text, dim=True) if colour == "dim" else click.style(text, fg=colour)


def note(text: str) -> None:
    """To standard error: what is not part of the result."""
    sys.stderr.write(text + "\n")


def to_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def to_csv(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """RFC 4180 with LF; an empty cell is a missing value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([columns, *rows])
    return text.getvalue()


def plain_table(columns: Sequence[str], rows: Sequence[Row], width: int | None) -> str:
    """Columns as wide as their texts; the last gets what is left of ``width`` (None: all).

    Where too little is left to read a text in, it is put below its row instead.
    """
    cells = [[clean(column) for column in columns], *([clean(cell) for cell in r] for r in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    right = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(columns))]
    if width is not None:
        left = width - sum(widths[:-1]) - len(GAP) * (len(widths) - 1)
        if left < min(READABLE, widths[-1]):
            short = [row[:-1] for row in cells[1:]]
            return _stacked(cells[0][:-1], short, [row[-1] for row in cells[1:]], width)
        widths[-1] = min(widths[-1], left)
    cells.insert(1, ["-" * w for w in widths])
    lines = []
    for row in cells:
        last = [row[-1]] if width is None else _lines(row[-1], widths[-1])
        for n, piece in enumerate(last):
            texts = [*(row[:-1] if n == 0 else [""] * (len(row) - 1)), piece]
            line = GAP.join(
                text.rjust(w) if r else text.ljust(w)
                for text, w, r in zip(texts, widths, right, strict=True)
            )
            lines.append(line.rstrip())
    return "\n".join(lines) + "\n"


def _stacked(columns: Sequence[str], rows: Sequence[Row], texts: Sequence[str], width: int) -> str:
    head, rule, *lines = plain_table(columns, rows, None).splitlines()
    below = [[GAP * 2 + line for line in _lines(text, width - 4)] for text in texts]
    blocks = ["\n".join([line, *under]) for line, under in zip(lines, below, strict=True)]
    return "\n".join([head, rule, *blocks]) + "\n"


def paragraph(text: str, indent: str = "") -> str:
    """``text`` wrapped for reading."""
    lines = _lines(clean(text), PLAIN_WIDTH - len(indent))
    return "\n".join(indent + line for line in lines)


def hanging(text: str, indent: str = "  ") -> str:
    """``text`` wrapped for reading, its further lines four columns further in."""
    first, *more = _lines(clean(text), PLAIN_WIDTH - len(indent) - 4)
    return "\n".join([indent + first, *(f"{indent}    {line}" for line in more)])


def labelled(label: str, text: str) -> str:
    """A word for what it is, and ``text`` in a column beside it."""
    lines = _lines(clean(text), PLAIN_WIDTH - LABEL_WIDTH)
    return "\n".join(
        f"{label if n == 0 else '':<{LABEL_WIDTH}}{line}" for n, line in enumerate(lines)
    )


def _lines(text: str, width: int) -> list[str]:
    """``text`` in lines; a date or a name with a hyphen stays whole."""
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def clean(value: Any) -> str:
    """A value as one line of text that cannot steer a terminal."""
    text = "" if value is None else str(value)
    return " ".join(text.translate(_CONTROLS).split("\n"))


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _rich_table(columns: Sequence[str], rows: Sequence[Row]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for i, column in enumerate(columns):
        numbers = bool(rows) and all(_is_number(row[i]) for row in rows)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        # Text, not str: what somebody said is never read as rich's own markup.
        table.add_row(*(Text(clean(cell), style=COLOURS.get(str(cell), "")) for cell in row))
    Console(highlight=False).print(table)
