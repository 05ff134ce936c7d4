"""Tests of amounts: a figure, a share, a change or a ratio against the number or word said."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from checks.claim_fields import HedgeField, OnePlace, Quantified, Scalar
from checks.models import Model
from checks.periods import PeriodField, Window
from checks.quantity import Band, band, change_words, frequencies, negated, parse_quantity, scaled
from datasets.errors import nearest


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

    def band(self, scale: float = 1.0) -> Band:
        """The quotients for which the words are true: "60% of" is 0.6 times."""
        found = super().band(scale)
        percent = parse_quantity(self.value, self.precision).percent
        return scaled(found, 0.01) if percent else found

    @model_validator(mode="after")
    def _periods(self) -> Self:
        for side in (self.of, self.to):
            if side.period is None and side.window is None and self.period is None:
                raise ValueError('a side of the ratio has no "period": give one, or one for both')
        return self
