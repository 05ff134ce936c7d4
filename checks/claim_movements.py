"""Tests of how a measure moved: records, trends, contrasts with peers, and claimed causes."""

from __future__ import annotations

import datetime as dt
from typing import Literal, Self

from pydantic import Field, model_validator

from checks.claim_fields import OnePlace, TestBase
from checks.periods import PartOfYear, PeriodField, Window


class RecordTest(OnePlace):
    """Highest or lowest in N years, or since a year: of years, of months, or of parts of years.

    ``part_of_year``: the same days of each year (01-01..08-15 is the year to date, 08-01..08-31 its
    August). ``every``: of all months, or of all spans of twelve months that end with a month, the
    one that is, or ends with, ``month`` of ``year``.
    """

    kind: Literal["record"]
    says: str = Field(min_length=3, max_length=300)
    direction: Literal["highest", "lowest"]
    year: int = Field(ge=1900, le=2100)
    years: int | None = Field(default=None, ge=2, le=200)
    since: int | None = Field(default=None, ge=1900, le=2100)
    part_of_year: PartOfYear = None
    every: Literal["month", "12 months"] | None = None
    month: int | None = Field(default=None, ge=1, le=12)

    @model_validator(mode="after")
    def _one_window(self) -> Self:
        if self.place is not None and not isinstance(self.place, str) and len(self.place) > 1:
            raise ValueError('a record is of one "place", or of a "peer_group" taken together')
        if (self.every is None) != (self.month is None):
            raise ValueError('"every" and "month" go together')
        if self.every is not None and self.part_of_year is not None:
            raise ValueError('a record has "every" or "part_of_year", not both')
        if (self.years is None) == (self.since is None):
            raise ValueError('a record needs either "years" (in 20 years) or "since" (since 1971)')
        if self.since is not None and self.since >= self.year:
            raise ValueError(f"since {self.since} is not before {self.year}")
        return self


class TrendTest(TestBase):
    """Rising or falling over a window, for a place or for the places of a peer group.

    ``part_of_year``: by the same days of each year (01-01..08-15, the year to date). ``every``:
    over the ``months`` instead of a window of years, by month or by the 12 months up to each.
    ``every_year``: at every step, whatever the steps are.
    """

    kind: Literal["trend"]
    place: str | None = None
    also_read_as: tuple[str, ...] = ()
    peer_groups: tuple[str, ...] = ()
    measure: str
    also_measures: tuple[str, ...] = ()
    direction: Literal["rising", "falling"]
    window: Window | None = None
    every_year: bool = False
    part_of_year: PartOfYear = None
    every: Literal["month", "12 months"] | None = None
    months: PeriodField | None = None

    @model_validator(mode="after")
    def _years_or_months(self) -> Self:
        if (self.window is None) == (self.months is None):
            raise ValueError('a trend needs either a "window" of years or "months"')
        if (self.every is None) != (self.months is None):
            raise ValueError('"every" and "months" go together')
        if self.months is None:
            return self
        if self.part_of_year is not None or self.peer_groups:
            raise ValueError('"months" go with a "place", without a "part_of_year"')
        if not self.months.of_whole_months or self.months.n_months < 3:
            raise ValueError('"months" are at least three whole months in a row: 2016-01..2016-12')
        return self

    @model_validator(mode="after")
    def _place_or_peers(self) -> Self:
        if (self.place is None) == (not self.peer_groups):
            raise ValueError('a trend is of a "place" or of "peer_groups"')
        if self.peer_groups and self.part_of_year:
            raise ValueError('"part_of_year" goes with a "place": groups have no figures by day')
        return self


class ContrastTest(TestBase):
    """The place moved against its peers over a window.

    ``part_of_year``: from the same days of its first year (01-01..06-30) to those of its last.
    """

    kind: Literal["contrast"]
    place: str
    also_read_as: tuple[str, ...] = ()
    measure: str
    peer_groups: tuple[str, ...] = Field(min_length=1)
    window: Window
    direction: Literal["rising", "falling"]
    part_of_year: PartOfYear = None


class AttributionTest(TestBase):
    """Something made the measure move: whether it moved before and after, elsewhere and otherwise.

    ``peer_groups``: places without the cause; the first is meant, others are nearby readings.
    """

    kind: Literal["attribution"]
    place: str
    also_read_as: tuple[str, ...] = ()
    measure: str
    cause: str
    cause_date: dt.date
    direction: Literal["rising", "falling"]
    years_before: int = Field(default=3, ge=2, le=20)
    years_after: int = Field(default=3, ge=1, le=20)
    peer_groups: tuple[str, ...] = ()
