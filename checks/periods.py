"""Periods of a claim file: years, months, spans of days, windows of years, parts of each year."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from checks.models import Model

_YEAR = re.compile(r"^\d{4}$")
_MONTHS = re.compile(r"^(\d{4}-\d{2})(?:\.\.(\d{4}-\d{2}))?$")
_PART = re.compile(r"^(\d{2}-\d{2})\.\.(\d{2}-\d{2})$")
_SPAN = re.compile(r"^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$")


class Period(Model):
    """A calendar year, a month, or a span of months or days, ends included.

    ``2016``, ``2016-08``, ``2015-09..2016-08`` (twelve months), ``2017-01-01..2017-08-15``.
    """

    start: dt.date
    end: dt.date

    @property
    def year(self) -> int | None:
        full = (self.start.month, self.start.day, self.end.month, self.end.day) == (1, 1, 12, 31)
        return self.start.year if full and self.start.year == self.end.year else None

    @property
    def is_part_of_year(self) -> bool:
        """Shorter than a year: twelve months in a row are none the less for their start."""
        return (self.end - self.start).days < 364

    @property
    def of_whole_months(self) -> bool:
        last = calendar.monthrange(self.end.year, self.end.month)[1]
        return self.start.day == 1 and self.end.day == last

    @property
    def n_months(self) -> int:
        return 12 * (self.end.year - self.start.year) + self.end.month - self.start.month + 1


def _period(value: Any) -> Any:
    text = str(value)
    if _YEAR.match(text):
        year = int(text)
        if not 1900 <= year <= 2100:
            raise ValueError(f"{year} is not a year between 1900 and 2100")
        return {"start": dt.date(year, 1, 1), "end": dt.date(year, 12, 31)}
    if span := _SPAN.match(text):
        start, end = (dt.date.fromisoformat(day) for day in span.groups())
    elif months := _MONTHS.match(text):
        start = _first_day(months[1])
        end = _first_day(months[2] or months[1])
        end = end.replace(day=calendar.monthrange(end.year, end.month)[1])
    else:
        raise ValueError(
            f'"{text}" is not a year, a month or a span of days: 2016, 2016-08, '
            "2017-01-01..2017-08-15"
        )
    if end < start:
        raise ValueError(f'"{text}" ends before it begins')
    return {"start": start, "end": end}


def _first_day(month: str) -> dt.date:
    try:
        return dt.date.fromisoformat(f"{month}-01")
    except ValueError:
        raise ValueError(f'"{month}" is not a month') from None


PeriodField = Annotated[Period, BeforeValidator(_period)]


class Window(Model):
    """Calendar years ``start`` to ``end``, both included."""

    start: int = Field(ge=1900, le=2100)
    end: int = Field(ge=1900, le=2100)

    @model_validator(mode="before")
    @classmethod
    def _by_its_keys(cls, value: Any) -> Any:
        if isinstance(value, str | int | float):
            raise ValueError(f'"{value}" is not a window of years: {{start: 2013, end: 2016}}')
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a window must end after the year it starts")
        return self


def _part_of_year(value: Any) -> Any:
    if value is None:
        return None
    found = _PART.match(str(value))
    try:
        if not found:
            raise ValueError
        start, end = (dt.date.fromisoformat(f"2000-{day}") for day in found.groups())
    except ValueError:
        raise ValueError(
            f'"{value}" is not a part of a year, from day to day: "01-01..08-15", "08-01..08-31"'
        ) from None
    if end < start:
        raise ValueError(f'"{value}" ends before it begins: a part of one calendar year is meant')
    if (start.month, start.day) == (2, 29):
        raise ValueError(f'"{value}" begins on a day that most years do not have: 02-28 or 03-01?')
    return str(value)


PartOfYear = Annotated[str | None, BeforeValidator(_part_of_year)]
