"""Tests of a place among others: its rank, and of how many places of a group something is true."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from checks.claim_fields import (
    ChangeWordField,
    HedgeField,
    QuantifierField,
    Scalar,
    TestBase,
)
from checks.periods import PartOfYear
from checks.quantity import Band, band, change_words, parse_quantity, quantifiers, scaled


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
