"""What the kinds of tests in a claim file share: words of published tables, numbers, places."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from checks.models import Model
from checks.periods import Period
from checks.quantity import Band, band, change_words, hedges, parse_quantity, quantifiers, scaled
from datasets.errors import nearest


def word_of(table: Callable[[], Collection[str]], file: str) -> BeforeValidator:
    """Only words of a published table, or none."""

    def check(value: Any) -> Any:
        if value is not None and value not in table():
            near = nearest(str(value), table())
            hint = f' (did you mean "{near}"?)' if near else ""
            raise ValueError(f'"{value}" is not in checks/{file}{hint}')
        return value

    return BeforeValidator(check)


HedgeField = Annotated[str | None, word_of(hedges, "hedges.yml")]
QuantifierField = Annotated[str | None, word_of(quantifiers, "quantifiers.yml")]
ChangeWordField = Annotated[str | None, word_of(change_words, "changes.yml")]
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

    @field_validator("value")
    @classmethod
    def _can_be_read(cls, value: Scalar) -> Scalar:
        parse_quantity(value)  # here, so that the problem is that of this key
        return value

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
