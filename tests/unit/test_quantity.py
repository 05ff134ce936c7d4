"""Numbers as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.quantity import Band, band, hedges, parse_quantity, quantifiers


@pytest.mark.parametrize(
    ("said", "value", "half_unit"),
    [
        ("433", 433, 0.5),
        (433, 433, 0.5),
        ("480,000", 480_000, 0.5),
        ("2.7 million", 2_700_000, 50_000),
        ("12.5 million", 12_500_000, 50_000),
        ("11%", 11, 0.5),
        ("10.8%", 10.8, 0.05),
        (10.8, 10.8, 0.05),
        (35.0, 35, 0.05),
        (12345.67, 12345.67, 0.005),
        (2716723.5, 2716723.5, 0.05),
        ("1/4", 0.25, 0),
    ],
)
def test_value_and_precision_come_from_the_digits_said(
    said: str | int | float, value: float, half_unit: float
) -> None:
    quantity = parse_quantity(said)
    assert quantity.value == value
    assert quantity.half_unit == pytest.approx(half_unit)


@pytest.mark.parametrize(
    "said", ["", "many", "-3", "1/0", "1e9", "4,33", "nan", "inf", "10.8 %%", "1 2", "٣", "0x10"]
)
def test_what_is_not_a_number_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r"is not a number|divides by zero"):
        parse_quantity(said)


@given(st.integers(0, 10**9), st.integers(0, 3))
def test_a_figure_lies_in_the_band_of_its_own_rounding(digits: int, decimals: int) -> None:
    value = digits / 10**decimals
    said = f"{value:.{decimals}f}"
    found = band(parse_quantity(said), None)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= value < found.high


def test_eleven_percent_is_ten_and_a_half_to_eleven_and_a_half() -> None:
    assert band(parse_quantity("11%"), None) == Band(10.5, False, 11.5, True)


def test_one_in_four_is_what_rounds_to_it_among_the_fractions() -> None:
    found = band(parse_quantity("1/4"), None)
    assert (found.low, found.high) == (pytest.approx(1 / 4.5), pytest.approx(1 / 3.5))


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ("1/2", 1 / 2.5, 1 / 1.5),
        ("2/3", 2 / 3.5, 2 / 2.5),
        ("3/4", 3 / 4.5, 3 / 3.5),
        ("9/10", 9 / 10.5, 9 / 9.5),
        ("3/2", 2.5 / 2, 3.5 / 2),
        ("5/1", 4.5, 5.5),
        ("0/4", -0.125, 0.125),
    ],
)
def test_so_many_in_so_many_is_what_rounds_to_it_among_as_many(
    said: str, low: float, high: float
) -> None:
    # by 1/(1/v ± 1/2) "two thirds" was anything from a half to all, "3/4" 55% to 120%
    found = band(parse_quantity(said), None)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_bare_fraction_is_within_its_band_and_not_its_neighbours(top: int, bottom: int) -> None:
    found = band(parse_quantity(f"{top}/{bottom}"), None)
    assert found.low is not None
    assert found.high is not None
    assert found.low < top / bottom < found.high
    neighbours = [(top, bottom - 1), (top, bottom + 1)]
    if top > bottom:
        neighbours = [(top - 1, bottom), (top + 1, bottom)]
    for k, n in neighbours:
        assert n == 0 or not found.low <= k / n < found.high


def test_more_than_and_fewer_than_share_no_value_and_leave_none_but_the_number() -> None:
    more = band(parse_quantity(433), "more than")
    fewer = band(parse_quantity(433), "fewer than")
    assert (more.low, more.low_open, more.high) == (433, True, None)
    assert (fewer.low, fewer.high, fewer.high_open) == (None, 433, True)


@pytest.mark.parametrize("word", sorted(hedges() | quantifiers()))
def test_every_hedge_has_a_reason_and_its_bounds_in_order(word: str) -> None:
    hedge = (hedges() | quantifiers())[word]
    assert len(hedge.reason) > 5
    assert hedge.low is None or hedge.high is None or hedge.low <= hedge.high


@pytest.mark.parametrize(
    ("said", "low", "high"), [("1.53", 1.525, 1.535), ("0.3", 0.25, 0.35), ("10.8%", 10.75, 10.85)]
)
def test_the_ends_of_what_a_number_is_rounded_from_are_exact(
    said: str, low: float, high: float
) -> None:
    """1,525 ÷ 1,000 rounds to 1.53, and must lie within what "1.53" allows."""
    found = band(parse_quantity(said), None)
    assert (found.low, found.high) == (low, high)
