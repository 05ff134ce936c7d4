"""What a claim file may say: one model a kind of test. Claim files are data, without SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from checks.models import Document, Model
from checks.periods import PartOfYear, Period, PeriodField, Window
from checks.quantity import (
    Band,
    band,
    change_words,
    frequencies,
    hedges,
    negated,
    parse_quantity,
    quantifiers,
    scaled,
)
from datasets.errors import nearest


def _word_of(table: Callable[[], Collection[str]], file: str) -> BeforeValidator:
    """Only words of a published table, or none."""

    def check(value: Any) -> Any:
        if value is not None and value not in table():
            near = nearest(str(value), table())
            hint = f' (did you mean "{near}"?)' if near else ""
            raise ValueError(f'"{value}" is not in checks/{file}{hint}')
        return value

    return BeforeValidator(check)


HedgeField = Annotated[str | None, _word_of(hedges, "hedges.yml")]
QuantifierField = Annotated[str | None, _word_of(quantifiers, "quantifiers.yml")]
ChangeWordField = Annotated[str | None, _word_of(change_words, "changes.yml")]
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
    """A measure of a place, or of several taken together.

    ``peer_group``: instead of a place, the places of a group that have figures, taken together.
    ``also_read_as``: other places that the words can mean. ``definitions``: only these, where the
    words choose ("people" are victims, not cases). A rate per 100,000 (``measure``) of a period
    that is no year divides by the population of the calendar year that holds its middle day, which
    is the year that most of its days are in; of anything but 12 months it is not annualised: what
    100,000 people came to in that time. ``sql/readings/4_populations.sql`` says why.
    """

    place: str | tuple[str, ...] | None = None
    peer_group: str | None = None
    also_read_as: tuple[str, ...] = ()
    measure: str
    also_measures: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _place_or_group(self) -> Self:
        if (self.place is None) == (self.peer_group is None):
            raise ValueError('a test is of a "place" or of a "peer_group"')
        if self.peer_group is None:
            return self
        if self.also_read_as:
            raise ValueError('"also_read_as" goes with a "place"')
        named = [getattr(self, name, None) for name in ("period", "start", "end")]
        parts = [getattr(self, name, None) for name in ("every", "part_of_year")]
        if any(p.year is None for p in named if isinstance(p, Period)) or any(parts):
            raise ValueError('a "peer_group" has figures of calendar years only')
        return self


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
    """Among the highest or lowest of a peer group: the n-th, or within a share of it.

    ``part_of_year``: by the same days of the year (01-01..06-30) instead of all of it.
    """

    kind: Literal["rank"]
    place: str
    measure: str
    period: int = Field(ge=1900, le=2100)
    peer_group: str
    direction: Literal["highest", "lowest"]
    nth: int | None = Field(default=None, ge=1)
    within: str | None = None
    part_of_year: PartOfYear = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.nth is None) == (self.within is None):
            raise ValueError('a rank needs either "nth" (1: the highest) or "within" (1/4)')
        if self.within is not None and not 0 < parse_quantity(self.within).value < 1:
            raise ValueError(f'"{self.within}" is not a share between 0 and 1, such as 1/4')
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


class PlacesTest(TestBase):
    """Of so many places of a group it is true that the measure moved a way, or passed a number.

    From ``start`` to ``end``, or ``above`` or ``below`` a number in a ``period``; all are years.
    ``out_of``: how many places there are, by the words ("25 of 30").
    """

    kind: Literal["places"]
    peer_group: str
    also_groups: tuple[str, ...] = ()
    measure: str
    also_measures: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    start: int | None = Field(default=None, ge=1900, le=2100)
    end: int | None = Field(default=None, ge=1900, le=2100)
    direction: Literal["up", "down"] | None = None
    word: ChangeWordField = None
    years_named: bool = False
    period: int | None = Field(default=None, ge=1900, le=2100)
    above: Scalar | None = None
    below: Scalar | None = None
    value: Scalar | None = None
    hedge: HedgeField = None
    how_many: QuantifierField = None
    out_of: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _moved_or_passed(self) -> Self:
        if (self.start is None) == (self.period is None):
            raise ValueError('it needs either "start" and "end", or a "period"')
        if (self.start is None) != (self.end is None):
            raise ValueError('"start" and "end" go together')
        moved = [said for said in (self.direction, self.word) if said is not None]
        bars = [said for said in (self.above, self.below) if said is not None]
        if (len(moved), len(bars)) != ((0, 1) if self.start is None else (1, 0)):
            raise ValueError(
                'it needs either a "direction" or a "word" (doubled) with "start" and "end", '
                'or "above" or "below" with a "period"'
            )
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("a change must end after it starts")
        if self.years_named and self.start is None:
            raise ValueError('"years_named" and "start" go together')
        for bar in bars:
            parse_quantity(bar)
        return self

    @model_validator(mode="after")
    def _so_many(self) -> Self:
        if (self.value is None) == (self.how_many is None):
            raise ValueError('it needs either a "value" (25, 1/3, 60%) or "how_many" (most)')
        if self.value is None and self.hedge is not None:
            raise ValueError('"hedge" and "value" go together')
        if self.value is not None:
            number = parse_quantity(self.value)
            whole = 1 if number.is_fraction else 100 if self.is_share else self.out_of
            if not self.is_share and not number.value.is_integer():
                raise ValueError(f'"{self.value}" is no number of places: 25, or a share: 1/3, 60%')
            if whole is not None and number.value > whole:
                raise ValueError(f'"{self.value}" is more than all places')
        return self

    @property
    def is_share(self) -> bool:
        """Whether a share of the places is said, in percent, and not a number of them."""
        text = str(self.value).strip()
        return self.how_many is not None or "/" in text or text.endswith(("%", "percent"))

    @property
    def moved(self) -> str | None:
        """The word of ``checks/changes.yml`` that each place is said to have changed by."""
        return self.direction or self.word

    @property
    def says_of_each(self) -> tuple[str, str]:
        """What is said of each place, and what is so of the others: "rose", "fell"."""
        if self.above is not None or self.below is not None:
            bar = f"above {self.above}" if self.below is None else f"below {self.below}"
            return f"was {bar}", f"was not {bar}"
        moved = str(self.moved)
        said = {"up": "rose", "down": "fell", "unchanged": "stayed the same"}.get(moved, moved)
        return said, {"up": "fell", "down": "rose"}.get(moved, "did not")

    def band_of_each(self, scale: float) -> Band:
        """Percent changes, or figures, for which it is true of a place; ``scale`` as for others."""
        if self.start is not None:
            return change_words()[str(self.moved)].band()
        said = self.above if self.below is None else self.below
        assert said is not None  # the model refuses neither
        number = parse_quantity(said)
        bar = number.value * (scale if number.is_fraction else 1.0)
        return Band(bar, True, None, False) if self.below is None else Band(None, False, bar, True)

    def band(self) -> Band:
        """How many places, or what share of them in percent, the words allow."""
        if self.how_many is not None:
            return quantifiers()[self.how_many].band(100.0)
        assert self.value is not None  # the model refuses neither
        quantity = parse_quantity(self.value)
        found = band(quantity, self.hedge)
        return scaled(found, 100.0) if quantity.is_fraction else found


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
    | AttributionTest
    | PlacesTest,
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
