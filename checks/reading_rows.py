"""The readings that ``evaluate`` left in a connection's tables, as rows of Python."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from checks.claims_file import known_names
from checks.readings import READINGS_DIR
from datasets.warehouse import Connection


class ReadingRow(NamedTuple):
    """A row of the ``reading`` table; figures as plain dicts.

    A tuple, as there are thousands: quicker to make than an object with so many fields.
    """

    test_id: int
    stated: bool
    meaning: int
    variant: str
    steps: int | None
    restated: str | None
    dataset: str
    vintage: dt.date
    contemporaneous: bool
    definition: str
    place: str
    fit: str
    evidence: str
    period_fit: str
    value: float | None
    unit: str
    low: float | None
    low_open: bool
    high: float | None
    high_open: bool
    outcome: str
    why: str | None
    lacks: list[str]
    closest: str | None
    figures: list[dict[str, Any]]
    weight: float
    margin: float | None
    definition_break: str | None
    window_start: dt.date
    window_end: dt.date
    way: str | None
    peer_group: str | None
    n_peers: int | None

    @property
    def measures(self) -> tuple[str, ...]:
        """What is counted, each once: the two sides of a ratio can be of two measures."""
        return tuple(dict.fromkeys(figure["measure"] for figure in self.figures))

    @property
    def span(self) -> str:
        """The periods that are read, whatever comes of them: of a window of years, the window."""
        return self.variant if self.unit != "years" else f"{self.window_start}..{self.window_end}"


def fetch_readings(con: Connection, *, to_show: bool = True) -> list[ReadingRow]:
    """All readings that ``evaluate`` computed: by test, stated first, heaviest first.

    ``to_show``: all figures, with the ``observation_keys`` behind them. Else only the figures that
    labels, sentences and caveats are made from, with ``figure_ids``, the numbers by which those
    are found: of stated readings, and of nearby ones a single step away.
    """
    with _uncollected():
        return _fetched(con, to_show=to_show)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage: among millions of new dicts, none of it, that took half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _fetched(con: Connection, *, to_show: bool) -> list[ReadingRow]:
    con.execute(f"SET VARIABLE all_figures = {to_show}")
    cursor = con.execute((READINGS_DIR / "9_all.sql").read_text(encoding="utf-8"))
    rows = [ReadingRow._make(row) for row in cursor.fetchall()]
    if not to_show:
        return rows
    behind = dict(
        con.execute((READINGS_DIR / "9_behind.sql").read_text(encoding="utf-8")).fetchall()
    )
    for row in rows:
        for figure in row.figures:
            ids = figure.pop("figure_ids")
            found = [key for id_ in ids or () for key in behind.get(id_) or (_day_key(figure),)]
            figure["observation_keys"] = found
    return rows


def _day_key(figure: dict[str, Any]) -> str:
    """The key of a sum of days, which no single observation has; of a rate, what it counts."""
    names = ("dataset", "vintage", "measure", "definition", "place", "period_start", "period_end")
    counted = known_names("measure").get(figure["measure"], {}).get("numerator")
    keyed = figure | {"measure": counted or figure["measure"]}
    return "|".join(str(keyed[name]) for name in names)
