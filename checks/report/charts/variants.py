"""How the readings of a test differ from each other: by years, and by source or meaning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from checks.models import Reading, Way
from checks.report import format as formats
from checks.report.charts.model import Names, key_of, period, place_name
from checks.windows import window_ends

State = Literal["holds", "fails", "mixed", "open"]
#: Rows at most of a picture, by one difference and by several; with more, readings are put together
#: by fewer of their differences.
_MOST_ROWS = (20, 12)
#: What columns and rows are, by the name of the difference.
AXES = {
    "from": "first year",
    "to": "last year",
    "period": "year",
    "moved": "years more or fewer",
    "source": "source",
}
#: The steps of an argument about a cause, as rows.
_STEPS: dict[Way | None, str] = {
    "trend": "already before the cause",
    "change": "before and after the cause",
    "dates": "compared with other dates",
    "peers": "compared with peers",
    "places": "each of the peers as if it had had the cause",
}
_AS_SAID = "as said"
#: What tells readings of one window apart, the most telling first.
_SOURCE = ("step", "measure", "definition", "place", "group", "dataset", "vintage")


@dataclass
class Cell:
    """The readings of one column and row. ``stated``: one of them is what the words mean."""

    holds: int = 0
    fails: int = 0
    open: int = 0
    stated: bool = False

    @property
    def state(self) -> State:
        if self.holds and self.fails:
            return "mixed"
        return "holds" if self.holds else "fails" if self.fails else "open"


@dataclass(frozen=True)
class Grid:
    """Cells by (column, row); columns and rows in their order.

    ``across``, ``down``: keys of ``AXES``; ``down`` is None for a strip of one row, ``across`` for
    a list. ``left_out``: rows none of whose readings could be decided.
    """

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    across: str | None
    down: str | None
    cells: Mapping[tuple[str, str], Cell] = field(default_factory=dict)
    left_out: int = 0


def grid_of(readings: Sequence[Reading], names: Names) -> Grid | None:
    """The picture's columns and rows; None if readings differ in nothing that it could show."""
    spots = [(reading, _spot(reading, names)) for reading in readings]
    if all(_of_two_years(reading) for reading in readings):
        # else columns of years would leave out those of other periods
        spots = [(r, s | _years(r) | {"step": ""}) for r, s in spots]
    axes = ("from", "to", "period", "moved")
    varying = [n for n in axes if len({s.get(n, "") for _, s in spots}) > 1]
    if len(varying) > 1:
        across, down = varying[0], varying[1]
        placed = [(s[across], s[down], r) for r, s in spots if s[across] and s[down]]
    else:
        across, down = (varying or [""])[0], "source"
        source = _sources([s for _, s in spots])
        placed = [(s.get(across, ""), row, r) for (r, s), row in zip(spots, source, strict=True)]
    return _filled(placed, across or None, down)


def _filled(
    placed: Sequence[tuple[str, str, Reading]], across: str | None, down: str
) -> Grid | None:
    cells: dict[tuple[str, str], Cell] = {}
    for column, row, reading in placed:
        cell = cells.setdefault((column, row), Cell())
        cell.holds += reading.outcome == "holds"
        cell.fails += reading.outcome == "fails"
        cell.open += reading.holds is None
        cell.stated |= reading.stated
    known = {at for at, cell in cells.items() if cell.state != "open"}
    rows = [row for row in dict.fromkeys(row for _, row in cells) if row in {r for _, r in known}]
    columns = sorted({c for c, row in cells if row in rows})
    if down != "source":
        rows.sort()
    if len(columns) * len(rows) < 2:
        return None
    kept = {at: cell for at, cell in cells.items() if at[0] in columns and at[1] in rows}
    return Grid(
        tuple(columns), tuple(rows), across if len(columns) > 1 else None,
        down if len(rows) > 1 else None, kept, len({r for _, r in cells}) - len(rows),
    )  # fmt: skip


def _spot(reading: Reading, names: Names) -> dict[str, str]:
    """What a reading is of, by the name of each difference."""
    figures = reading.figures
    found = {
        "definition": _both(reading.definition, "definition", names),
        "dataset": _both(reading.dataset, "dataset", names),
        "place": " ÷ ".join(place_name(names, part) for part in reading.place.split(" ÷ ")),
        "vintage": f"as of {formats.short_day(reading.vintage)}",
        "measure": names("measure", figures[0].measure) if figures else "",
        "group": names("place", reading.peer_group) if reading.peer_group else "",
    }
    kind = reading.kind
    ends = window_ends(reading) if kind in ("record", "trend") else None
    if ends is not None:
        by_month = "month" in key_of(figures[0]).grain
        # what begins with a year is called after it
        first, last = (
            f"{day:%Y-%m}" if by_month and day.month > 1 else str(day.year) for day in ends
        )
        # a record always ends with the figure spoken of
        return found | ({"from": first} if kind == "record" else {"from": first, "to": last})
    if kind in ("change", "contrast") and len(figures) > 1:
        start, end = figures[0], figures[1]
        return found | {
            "from": period(start.period_start, start.period_end),
            "to": period(end.period_start, end.period_end),
        }
    if kind == "places" and figures:
        years = (figures[0].period_start.year, figures[0].period_end.year)
        moves = years[0] < years[1]
        return found | dict(
            zip(("from", "to") if moves else ("period",), map(str, years), strict=False)
        )
    if kind == "attribution":
        n = reading.steps or 0
        moved = f"±{n} year{'s' * (n > 1)}" if n else _AS_SAID
        return found | {"step": _STEPS.get(reading.way, reading.variant), "moved": moved}
    if kind == "ratio" and len(figures) > 1:
        found["step"] = reading.variant
        own = {(f.period_start, f.period_end) for f in figures}
        return found | ({"period": period(*own.pop()), "step": ""} if len(own) == 1 else {})
    if kind in ("value", "share", "rank", "threshold") and reading.unit != "years" and figures:
        return found | {"period": period(figures[0].period_start, figures[0].period_end)}
    return found


def _of_two_years(reading: Reading) -> bool:
    """Whether it is the ratio of one calendar year to another."""
    years = {(f.period_start, f.period_end) for f in reading.figures}
    return (
        reading.kind == "ratio"
        and len(years) == 2
        and all(
            (start, end) == (dt.date(start.year, 1, 1), dt.date(start.year, 12, 31))
            for start, end in years
        )
    )


def _years(reading: Reading) -> dict[str, str]:
    """The earlier and the later year, whichever is said to be so many times the other."""
    first, last = sorted(f.period_start.year for f in reading.figures)
    return {"from": str(first), "to": str(last)}


def _both(id_: str, kind: str, names: Names) -> str:
    """Of a quotient the names of both sides."""
    return " ÷ ".join(names(kind, part) for part in id_.split(" ÷ "))


def _sources(spots: Sequence[Mapping[str, str]]) -> list[str]:
    """The row of each reading: what tells its source and meaning from those of others."""
    kept: list[str] = []
    for name in _SOURCE:
        before = len({tuple(s.get(k, "") for k in kept) for s in spots})
        after = len({tuple(s.get(k, "") for k in (*kept, name)) for s in spots})
        if before < after <= _MOST_ROWS[bool(kept)]:
            kept.append(name)
    return ["; ".join(s[k] for k in kept if s.get(k)) for s in spots]
