"""Numbers as people say them: their value, their precision and the band that a hedge allows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from datasets.settings import CHECKS_DIR
from datasets.yamlfile import read_rows

_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_NUMBER = re.compile(
    r"^(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<decimals>\.\d+)?\s*"
    r"(?P<scale>hundred|thousand|million|billion)?\s*(?P<percent>%|percent)?$",
    re.ASCII,
)
_FRACTION = re.compile(r"^(\d{1,4})/(\d{1,4})$", re.ASCII)


@dataclass(frozen=True)
class Quantity:
    """A number that was said. ``half_unit``: half of its last digit, 0 for a fraction.

    In the unit of the measure: percent for shares, people, counts, dollars. ``fraction``: top and
    bottom of a fraction as they were said. ``percent``: it was said as so many in a hundred.
    """

    value: float
    half_unit: float
    fraction: tuple[int, int] | None = None
    percent: bool = False

    @property
    def is_fraction(self) -> bool:
        return self.fraction is not None


def parse_quantity(text: str | int | float, precision: float | None = None) -> Quantity:
    """Read ``433``, ``2.7 million``, ``10.8%``, ``1/4``; ``precision`` is the unit rounded to.

    Raises ValueError for anything else, for negative and for infinite numbers.

    >>> parse_quantity("2.7 million")
    Quantity(value=2700000.0, half_unit=50000.0, fraction=None, percent=False)
    >>> parse_quantity("480,000", precision=10_000).half_unit
    5000.0
    """
    said = str(text).strip()
    fraction = _FRACTION.match(said)
    if fraction:
        top, bottom = int(fraction[1]), int(fraction[2])
        if bottom == 0:
            raise ValueError(f'"{said}" divides by zero')
        return Quantity(float(Fraction(top, bottom)), 0.0, (top, bottom))
    match = _NUMBER.match(said)
    if not match:
        raise ValueError(f'"{said}" is not a number such as 433, "2.7 million", "10.8%" or "1/4"')
    decimals = match["decimals"] or ""
    scale = _SCALES.get(match["scale"] or "", 1)
    # Through Fraction, so that 2.7 million is 2700000 and not 2700000.0000000005.
    try:
        value = float(Fraction(match["digits"].replace(",", "") + decimals) * scale)
    except OverflowError as error:
        raise ValueError(f'"{said[:20]}…" is too large a number') from error
    unit = float(Fraction(scale, 10 ** max(len(decimals) - 1, 0)))
    if precision is not None:
        if not 0 < precision <= max(value, 1):
            raise ValueError(f"precision {precision:g} is not between 0 and the number")
        unit = precision
    return Quantity(value, unit / 2, percent=match["percent"] is not None)


class Hedge(BaseModel):
    """A row of ``hedges.yml``, or of ``quantifiers.yml``: factors of a number said, or of all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    word: str
    low: float | None = None
    high: float | None = None
    open: frozenset[Literal["low", "high"]] = frozenset()
    reason: str

    @model_validator(mode="after")
    def _has_a_bound(self) -> Hedge:
        if self.low is None and self.high is None:
            raise ValueError("a hedge needs a low or a high factor")
        return self

    def band(self, number: float) -> Band:
        """The band that the word allows around ``number``."""
        return Band(
            low=None if self.low is None else number * self.low,
            low_open="low" in self.open,
            high=None if self.high is None else number * self.high,
            high_open="high" in self.open,
        )


class Frequency(BaseModel):
    """A row of ``frequencies.yml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    word: str
    share: float
    reason: str


class ChangeWord(BaseModel):
    """A row of ``changes.yml``; bounds in percent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    word: str
    low: float | None = None
    high: float | None = None
    open: frozenset[Literal["low", "high"]] = frozenset()
    reason: str

    def band(self) -> Band:
        """The band of percent changes that the word allows."""
        low_open = self.low == 0 or "low" in self.open
        high_open = self.high == 0 or "high" in self.open
        return Band(self.low, low_open, self.high, high_open)


@dataclass(frozen=True)
class Band:
    """The values for which a statement is true: above ``low``, below ``high`` (None: no bound)."""

    low: float | None
    low_open: bool
    high: float | None
    high_open: bool


@lru_cache
def hedges(path: Path = CHECKS_DIR / "hedges.yml") -> dict[str, Hedge]:
    """The published table of hedges, by word."""
    return {row.word: row for row in read_rows(Hedge, path)}


@lru_cache
def quantifiers(path: Path = CHECKS_DIR / "quantifiers.yml") -> dict[str, Hedge]:
    """The published table of words for how many of all, by word."""
    return {row.word: row for row in read_rows(Hedge, path)}


@lru_cache
def frequencies(path: Path = CHECKS_DIR / "frequencies.yml") -> dict[str, Frequency]:
    """The published table of frequency words, by word."""
    return {row.word: row for row in read_rows(Frequency, path)}


@lru_cache
def change_words(path: Path = CHECKS_DIR / "changes.yml") -> dict[str, ChangeWord]:
    """The published table of words for changes, by word."""
    return {row.word: row for row in read_rows(ChangeWord, path)}


def scaled(found: Band, factor: float) -> Band:
    """The band of the same quantities in another unit."""
    return Band(
        None if found.low is None else found.low * factor,
        found.low_open,
        None if found.high is None else found.high * factor,
        found.high_open,
    )


def negated(found: Band) -> Band:
    """The band of the same quantities with the other sign: a fall of 10% is a change of -10%."""
    return Band(
        None if found.high is None else -found.high,
        found.high_open,
        None if found.low is None else -found.low,
        found.low_open,
    )


def band(quantity: Quantity, hedge: str | None) -> Band:
    """What ``hedge`` before ``quantity`` allows.

    Without a hedge the figure is rounded to the number's precision: [v - half, v + half). A bare
    fraction "k in n" is what rounds to it among the fractions k/n: n - 1/2 to n + 1/2; of one above
    1 ("3/2") the top is what is rounded, so that "3/2 of a" is "a is 2/3 of". Of nothing ("0/4")
    the top too: it has no other neighbours.
    """
    v = quantity.value
    if hedge is None or hedge == "exactly":
        if quantity.fraction is not None:
            top, bottom = quantity.fraction
            if 0 < top <= bottom:
                return Band(top / (bottom + 0.5), False, top / (bottom - 0.5), True)
            return Band((top - 0.5) / bottom, False, (top + 0.5) / bottom, True)
        # Through Fraction: the lower end of 1.53 is 1.525 and not 1.5250000000000001.
        said, half = Fraction(repr(v)), Fraction(repr(quantity.half_unit))
        return Band(float(said - half), False, float(said + half), True)
    return hedges()[hedge].band(v)
