"""What a claim file may say: one model a kind of test. Claim files are data, without SQL."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from checks.models import Document
from checks.quantity import (
    Band,
    band,
    change_words,
    frequencies,
    hedges,
    negated,
    parse_quantity,
    scaled,
)
from datasets.errors import nearest

_YEAR = re.compile(r"^\d{4}$")
_MONTHS = re.compile(r"^(\d{4}-\d{2})(?:\.\.(\d{4}-\d{2}))?$")
_PART = re.compile(r"^(\d{2}-\d{2})\.\.(\d{2}-\d{2})$")
_SPAN = re.compile(r"^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$")


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


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

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a window must end after the year it starts")
        return self


def _hedge(value: Any) -> Any:
    if value is not None and value not in hedges():
        near = nearest(str(value), hedges())
        hint = f' (did you mean "{near}"?)' if near else ""
        raise ValueError(f'"{value}" is not in checks/hedges.yml{hint}')
    return value


HedgeField = Annotated[str | None, BeforeValidator(_hedge)]
Scalar = str | int | float


class TestBase(Model):
    """What all kinds share. ``says``: the words of the claim that this test is about."""

    __test__ = False

    says: str = Field(min_length=3, max_length=300)


class Quantified(TestBase):
    """A number with its hedge. ``precision``: the unit it was rounded to, if digits do not tell."""

    value: Scalar
    hedge: HedgeField = None
    precision: float | None = None

    @model_validator(mode="after")
    def _is_a_number(self) -> Self:
        parse_quantity(self.value, self.precision)
        return self

    def band(self, scale: float = 1.0) -> Band:
        """The band claimed, times ``scale`` (100 turns "1/4" into percent)."""
        quantity = parse_quantity(self.value, self.precision)
        found = band(quantity, self.hedge)
        return scaled(found, scale) if quantity.is_fraction else found


class OnePlace(Model):
    """A measure of a place, or of several that are summed.

    ``also_read_as``: other places that the words can mean. ``definitions``: only these, where the
    words choose ("people" are victims, not cases).
    """

    place: str | tuple[str, ...]
    also_read_as: tuple[str, ...] = ()
    measure: str
    also_measures: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()


class LevelTest(Quantified, OnePlace):
    """The figure of a period is the number said, or above or below it."""

    period: PeriodField
    stand_in_periods: tuple[PeriodField, ...] = ()


class ValueTest(LevelTest):
    kind: Literal["value"]


class ShareTest(LevelTest):
    kind: Literal["share"]


class ThresholdTest(Quantified, OnePlace):
    """Above or below a number: in a period, or as often in a window of years as the words say."""

    kind: Literal["threshold"]
    hedge: HedgeField
    period: PeriodField | None = None
    stand_in_periods: tuple[PeriodField, ...] = ()
    window: Window | None = None
    how_often: str | None = None

    @model_validator(mode="after")
    def _period_or_window(self) -> Self:
        if (self.period is None) == (self.window is None):
            raise ValueError('a threshold needs either a "period" or a "window" of years')
        if (self.window is None) != (self.how_often is None):
            raise ValueError('"how_often" and "window" go together')
        if self.how_often is not None and self.how_often not in frequencies():
            near = nearest(self.how_often, frequencies())
            hint = f' (did you mean "{near}"?)' if near else ""
            raise ValueError(f'"{self.how_often}" is not in checks/frequencies.yml{hint}')
        return self


class ChangeTest(OnePlace):
    """From one period to another: by a percentage (``direction`` says which way), or a word.

    ``years_named``: the words themselves name both periods, so that no other is a rewording.
    """

    kind: Literal["change"]
    says: str = Field(min_length=3, max_length=300)
    start: PeriodField
    end: PeriodField
    direction: Literal["up", "down"] | None = None
    value: Scalar | None = None
    hedge: HedgeField = None
    precision: float | None = None
    word: str | None = None
    years_named: bool = False

    @model_validator(mode="after")
    def _one_statement(self) -> Self:
        if (self.word is None) == (self.value is None):
            raise ValueError('a change needs either a "word" (doubled) or a "value" (10.8%)')
        if self.value is not None:
            parse_quantity(self.value, self.precision)
            if self.direction is None:
                raise ValueError('a change by a value needs a "direction": up or down')
        elif self.word not in change_words():
            near = nearest(str(self.word), change_words())
            hint = f' (did you mean "{near}"?)' if near else ""
            raise ValueError(f'"{self.word}" is not in checks/changes.yml{hint}')
        if self.end.start <= self.start.start:
            raise ValueError("a change must end after it starts")
        return self

    def band(self) -> Band:
        """The percent changes for which the words are true."""
        if self.word is not None:
            return change_words()[self.word].band()
        assert self.value is not None  # the model refuses a change without either
        quantity = parse_quantity(self.value, self.precision)
        found = band(quantity, self.hedge)
        if quantity.is_fraction:
            found = scaled(found, 100.0)
        return negated(found) if self.direction == "down" else found


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
    return str(value)


PartOfYear = Annotated[str | None, BeforeValidator(_part_of_year)]


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

    ``part_of_year``: by the same days of each year (01-01..08-15, the year to date).
    """

    kind: Literal["trend"]
    place: str | None = None
    also_read_as: tuple[str, ...] = ()
    peer_groups: tuple[str, ...] = ()
    measure: str
    also_measures: tuple[str, ...] = ()
    direction: Literal["rising", "falling"]
    window: Window
    every_year: bool = False
    part_of_year: PartOfYear = None

    @model_validator(mode="after")
    def _place_or_peers(self) -> Self:
        if (self.place is None) == (not self.peer_groups):
            raise ValueError('a trend is of a "place" or of "peer_groups"')
        if self.peer_groups and self.part_of_year:
            raise ValueError('"part_of_year" goes with a "place": groups have no figures by day')
        return self


class Operand(Model):
    """One side of a ratio: the sum over its places in a period, or a statistic over a window."""

    places: tuple[str, ...] = Field(min_length=1)
    also_read_as: tuple[str, ...] = ()
    measure: str
    also_measures: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    period: PeriodField | None = None
    window: Window | None = None

    @model_validator(mode="after")
    def _period_or_window(self) -> Self:
        if self.period is not None and self.window is not None:
            raise ValueError('a side of a ratio has a "period" or a "window", not both')
        if self.also_read_as and len(self.places) > 1:
            raise ValueError('"also_read_as" goes with one place')
        return self


class RatioTest(Quantified):
    """``of`` is the number said times ``to``. ``period`` serves both sides if they have none."""

    kind: Literal["ratio"]
    of: Operand
    to: Operand
    period: PeriodField | None = None
    stand_in_periods: tuple[PeriodField, ...] = ()
    same_measure: bool = True

    @model_validator(mode="after")
    def _periods(self) -> Self:
        for side in (self.of, self.to):
            if side.period is None and side.window is None and self.period is None:
                raise ValueError('a side of the ratio has no "period": give one, or one for both')
        return self


class RankTest(TestBase):
    """Among the highest or lowest of a peer group: the n-th, or within a share of it."""

    kind: Literal["rank"]
    place: str
    measure: str
    period: int = Field(ge=1900, le=2100)
    peer_group: str
    direction: Literal["highest", "lowest"]
    nth: int | None = Field(default=None, ge=1)
    within: str | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.nth is None) == (self.within is None):
            raise ValueError('a rank needs either "nth" (1: the highest) or "within" (1/4)')
        if self.within is not None and not 0 < parse_quantity(self.within).value < 1:
            raise ValueError(f'"{self.within}" is not a share between 0 and 1, such as 1/4')
        return self


class ContrastTest(TestBase):
    """The place moved against its peers over a window."""

    kind: Literal["contrast"]
    place: str
    also_read_as: tuple[str, ...] = ()
    measure: str
    peer_groups: tuple[str, ...] = Field(min_length=1)
    window: Window
    direction: Literal["rising", "falling"]


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


Test = Annotated[
    ValueTest
    | ShareTest
    | ThresholdTest
    | ChangeTest
    | RecordTest
    | TrendTest
    | RatioTest
    | RankTest
    | ContrastTest
    | AttributionTest,
    Field(discriminator="kind"),
]


class Claim(Model):
    """A quoted sentence. Either it has tests, or ``uncheckable`` says why no data can settle it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)
    said: str = Field(min_length=3, max_length=1000)
    speaker: str | None = None
    tests: tuple[Test, ...] = ()
    uncheckable: str | None = Field(default=None, min_length=10)
    note: str | None = None

    @model_validator(mode="after")
    def _tests_or_reason(self) -> Self:
        if bool(self.tests) == (self.uncheckable is not None):
            raise ValueError('a claim has either "tests" or the reason why it is "uncheckable"')
        return self


class ClaimFile(Model):
    """A document and its claims, in their order."""

    document: Document
    claims: tuple[Claim, ...] = Field(min_length=1)
