"""What charts are made of: figures by period, the keys that find them, and the finished chart."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

from checks import words
from checks.models import Figure, Reading
from checks.report import format as formats

Grain = Literal["year", "month", "12 months", "part", "single"]
#: The name for people of an id: kind (place, measure, definition, dataset), id.
Names = Callable[[str, str], str]
Cell = str | float | int | None
#: Figures by place and year.
Peers = dict[str, dict[int, float]]

#: A group taken together, as readings name it: the group, how many places, which years.
_TOGETHER = re.compile(
    r"^(?P<group>[a-z0-9-]+)\+\d+@(?:(?P<first>\d+)-(?P<last>\d+)|(?P<years>[\d,]+))$"
)


@dataclass(frozen=True)
class Chart:
    """A picture with what it says in words and the exact numbers that it draws.

    ``id``: unique within a test. ``svg``: colours are the page's variables; no script, style
    attribute or address in it. ``rows``: the data table, a row a period or place.
    ``note``: which figures are missing or partial; None: none.
    """

    id: str
    title: str
    svg: Markup
    alt: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str | None = None


@dataclass(frozen=True)
class Point:
    """A figure of a series. ``value``: usable for the whole period; None: not.

    ``x``: where it stands on an axis of years, months as twelfths. ``partial``: what there is of a
    period that is not covered whole, None otherwise.
    """

    x: float
    start: dt.date
    end: dt.date
    value: float | None
    status: str = "final"
    partial: float | None = None

    @property
    def label(self) -> str:
        return period(self.start, self.end)


@dataclass(frozen=True)
class SeriesKey:
    """What finds a series in a build.

    ``days``: first and last day (MM-DD) of a part of each year. ``group``, ``years``, ``without``:
    places of a group taken together: those with a figure in each of ``years``, less ``without``.
    ``places``: these taken together.
    """

    dataset: str
    vintage: dt.date
    measure: str
    definition: str
    place: str
    grain: Grain = "year"
    days: tuple[str, str] | None = None
    group: str | None = None
    years: tuple[int, ...] = ()
    without: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class PeersKey:
    """The members of a group, less those ``without``, in the years ``first`` to ``last``."""

    dataset: str
    vintage: dt.date
    measure: str
    definition: str
    group: str
    without: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True)
class Line:
    """A series that ``reading`` uses, or (``over``) the quotient of two."""

    reading: Reading
    key: SeriesKey
    over: SeriesKey | None = None


@dataclass(frozen=True)
class Drawn:
    """A line with its figures; ``name``: what tells it from the others of its chart."""

    line: Line
    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class ChartData:
    """What the charts of some verdicts draw, read from a build at once."""

    series: dict[SeriesKey, tuple[Point, ...]] = field(default_factory=dict)
    peers: dict[PeersKey, Peers] = field(default_factory=dict)


def key_of(figure: Figure) -> SeriesKey:
    """The series that a figure is one period of; grain ``single`` if it is of no series."""
    start, end = figure.period_start, figure.period_end
    grain, days = grain_of(start, end, figure.role)
    place: dict[str, object] = {"place": figure.place}
    if together := _TOGETHER.match(figure.place):
        years = (
            tuple(map(int, together["years"].split(",")))
            if together["years"]
            else tuple(range(int(together["first"]), int(together["last"]) + 1))
        )
        place |= {"group": together["group"], "years": years}
    elif " + " in figure.place:
        place |= {"places": tuple(figure.place.split(" + ")), "years": (start.year,)}
    return SeriesKey(
        figure.dataset, figure.vintage, figure.measure, figure.definition,
        grain=grain, days=days, **place,  # type: ignore[arg-type]
    )  # fmt: skip


def grain_of(start: dt.date, end: dt.date, role: str) -> tuple[Grain, tuple[str, str] | None]:
    """By what steps a series goes of which ``start`` to ``end`` is one, or several."""
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return ("12 months" if role == "12 months" else "year"), None
    if role in ("month", "12 months"):
        return ("month" if role == "month" else "12 months"), None
    if start.year == end.year:
        return "part", (f"{start:%m-%d}", f"{end:%m-%d}")
    return "single", None


def position(end: dt.date, grain: Grain) -> float:
    """Where a period that ends with ``end`` is on an axis of years.

    >>> position(dt.date(2016, 12, 31), "year"), position(dt.date(2016, 7, 31), "month")
    (2016.0, 2016.5)
    """
    return round(end.year + ((end.month - 1) / 12 if "month" in grain else 0.0), 4)


def period(start: dt.date, end: dt.date) -> str:
    """A period in words: a year, a month, twelve months, or a span of days."""
    last = calendar.monthrange(end.year, end.month)[1]
    if start.day == 1 and end.day == last and (start.month, end.month) != (1, 12):
        months = 12 * (end.year - start.year) + end.month - start.month + 1
        if months in (1, 12):
            return words.period(start, end)
    return formats.period(start, end)


def place_name(names: Names, id_: str) -> str:
    """The name of a place, also of a group taken together."""
    name = names("place", id_)
    return words.place(id_) if name == id_ else name


def joined(parts: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    return f" {last} ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
