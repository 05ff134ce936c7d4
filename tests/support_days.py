"""Chicago's murders of four years by day, all of a month on its last day; and a record of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from tests.support_world import Series, World, make_world

FIRST, LAST = dt.date(2013, 1, 1), dt.date(2016, 12, 31)
DAYS = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def world_of(folder: Path, monthly: Mapping[tuple[int, int], int], *series: Series) -> World:
    """All the victims of a month on its last day; none on the others."""
    days = {day.isoformat(): 0 for day in DAYS}
    for day in DAYS:
        if (day + dt.timedelta(days=1)).day == 1:
            days[day.isoformat()] = monthly.get((day.year, day.month), 0)
    return make_world(folder, series, days)
