"""Tests of small counts: against exact enumeration, published examples and their own symmetries."""

from __future__ import annotations

import math
import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from checks.statistics import (
    MIN_STEPS,
    Dispersion,
    Pair,
    dispersion,
    probability_record,
    share_interval,
    share_p,
    sign_p,
    trend_p,
    two_counts_overdispersed_p,
    two_counts_p,
)

counts = st.integers(0, 400)
exposures = st.floats(0.1, 10)


def enumerated_p(a: int, b: int, share: float) -> float:
    """The conditional test by its definition: all splits of a + b, in exact sums."""
    n = a + b
    weights = [math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    return math.fsum(w for w in weights if w <= weights[a] * (1 + 1e-9))


# Two counts


@pytest.mark.parametrize("pair", [(3, 9), (0, 6), (5, 5), (12, 30), (1, 0)])
@pytest.mark.parametrize("ratio", [1.0, 2.0, 0.25])
def test_two_counts_agree_with_enumeration(pair: tuple[int, int], ratio: float) -> None:
    expected = enumerated_p(*pair, ratio / (ratio + 1))
    assert two_counts_p(Pair(*pair, ratio=ratio)) == pytest.approx(expected, rel=1e-9)


def test_two_counts_of_a_published_example() -> None:
    # the second example of R's poisson.test: 11 events in 800 person-years, 21 in 3,011
    assert two_counts_p(Pair(11, 21, 800, 3011)) == pytest.approx(0.07967, abs=5e-6)


@given(counts, counts, exposures, exposures)
def test_swapping_the_counts_changes_nothing(a: int, b: int, ea: float, eb: float) -> None:
    p = two_counts_p(Pair(a, b, ea, eb))
    assert 0 <= p <= 1
    assert two_counts_p(Pair(b, a, eb, ea)) == pytest.approx(p, rel=1e-6, abs=1e-12)
    assert two_counts_p(Pair(a, b, ratio=ea)) == pytest.approx(two_counts_p(Pair(a, b, ea)))


@given(st.integers(2, 300), st.data())
def test_the_further_apart_the_less_likely(total: int, data: st.DataObject) -> None:
    further = data.draw(st.integers(0, total // 2 - 1))
    nearer = data.draw(st.integers(further, total // 2))
    p = [two_counts_p(Pair(k, total - k)) for k in (further, nearer)]
    assert p[0] <= p[1] + 1e-12


@given(counts, counts, st.floats(1, 50), st.floats(1, 50), st.integers(5, 60))
def test_scatter_only_makes_chance_likelier(
    a: int, b: int, one: float, other: float, steps: int
) -> None:
    low, high = sorted((one, other))
    p = [
        two_counts_p(Pair(a, b)),
        two_counts_overdispersed_p(Pair(a, b), Dispersion(low, steps)),
        two_counts_overdispersed_p(Pair(a, b), Dispersion(high, steps)),
    ]
    assert all(x <= y + 1e-12 for x, y in pairwise(p))
    assert p[-1] <= 1


def test_two_zeros_and_equal_counts_say_nothing() -> None:
    assert two_counts_p(Pair(0, 0)) == 1
    assert two_counts_overdispersed_p(Pair(0, 0), Dispersion(2, 10)) == 1
    assert two_counts_p(Pair(1000, 1000)) == pytest.approx(1)


@pytest.mark.parametrize(
    "wrong", [(-1, 2), (2, -1), (1.5, 2), (1, 2, 0), (1, 2, 1, -3), (1, 2, 1, 1, math.inf)]
)
def test_what_is_no_count_or_exposure_is_refused(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="is not a"):
        Pair(*wrong)  # type: ignore[arg-type]


# Scatter of a series


def test_dispersion_is_the_mean_of_the_steps() -> None:
    years = {2000: 100, 2001: 120, 2002: 80, 2003: 80, 2004: 100, 2005: 60}
    steps = [400 / 220, 1600 / 200, 0, 400 / 180, 1600 / 160]
    assert dispersion(years) == Dispersion(sum(steps) / 5, 5)


def test_dispersion_leaves_out_what_is_tested_and_gaps() -> None:
    years = dict.fromkeys(range(2000, 2010), 100.0)
    assert dispersion(years | {2009: 900}) != Dispersion(1, 9)
    assert dispersion(years | {2009: 900}, without={2009}) == Dispersion(1, 8)
    assert dispersion({y: v for y, v in years.items() if y != 2004}) == Dispersion(1, 7)
    assert dispersion({2000 + i: 5 for i in range(MIN_STEPS)}) is None
    assert dispersion({2000 + i: 0 for i in range(20)}) is None


def test_a_steady_drift_is_no_scatter() -> None:
    found = dispersion({1990 + i: 900 - 20 * i for i in range(20)})
    assert found == Dispersion(1, 19)


# Records


@given(counts, counts, st.floats(1, 20))
@settings(max_examples=50)
def test_record_of_two_is_a_beta_distribution(a: int, b: int, factor: float) -> None:
    expected = beta.sf(0.5, a / factor + 0.5, b / factor + 0.5)
    assert probability_record(a, [b], factor=factor) == pytest.approx(expected, abs=1e-6)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.booleans())
@settings(max_examples=25, deadline=None)
def test_one_year_is_the_record(years: list[int], highest: bool) -> None:
    found = [
        probability_record(n, years[:i] + years[i + 1 :], highest=highest)
        for i, n in enumerate(years)
    ]
    assert all(0 <= p <= 1 for p in found)
    assert sum(found) == pytest.approx(1, abs=1e-5)


@given(st.integers(0, 200), st.lists(st.integers(0, 200), min_size=1, max_size=5), st.integers())
@settings(max_examples=25, deadline=None)
def test_more_rivals_or_a_lower_count_make_a_record_less_likely(
    count: int, others: list[int], seed: int
) -> None:
    p = probability_record(count, others)
    assert probability_record(count, [*others, seed % 200]) <= p + 1e-6
    assert probability_record(count + 5, others) >= p - 1e-6


# Records of rates

rivals = st.lists(st.tuples(st.integers(0, 80), st.floats(0.2, 5)), min_size=1, max_size=5)


@given(counts, st.lists(counts, max_size=5), st.floats(0.01, 1e9), st.booleans(), st.floats(1, 9))
@settings(max_examples=30, deadline=None)
def test_a_record_among_as_many_people_is_one_of_counts(
    count: int, others: list[int], people: float, highest: bool, factor: float
) -> None:
    keys: Any = {"highest": highest, "factor": factor}
    by_rate = probability_record(count, others, exposures=[people] * (1 + len(others)), **keys)
    assert by_rate == probability_record(count, others, **keys)


@given(st.integers(0, 80), st.floats(0.2, 5), rivals, st.floats(1e-3, 1e7), st.booleans())
@settings(max_examples=30, deadline=None)
def test_the_scale_of_exposures_changes_no_record(
    count: int, own: float, others: list[tuple[int, float]], times: float, highest: bool
) -> None:
    numbers, exposures = zip(*others, strict=True)
    found, scaled = (
        probability_record(
            count, numbers, highest=highest, exposures=[scale * e for e in (own, *exposures)]
        )
        for scale in (1.0, times)
    )
    assert scaled == pytest.approx(found, abs=1e-8)


@given(counts, counts, st.floats(0.05, 20), st.floats(1, 10))
@settings(max_examples=50, deadline=None)
def test_a_record_of_two_rates_is_a_beta_distribution(
    a: int, b: int, people: float, factor: float
) -> None:
    expected = beta.sf(people / (people + 1), a / factor + 0.5, b / factor + 0.5)
    found = probability_record(a, [b], factor=factor, exposures=[people, 1.0])
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_record_of_two_rates_worked_out_by_hand() -> None:
    # With no event in either both levels are half a chi-squared variable of one degree of freedom,
    # a squared normal one, over the people. The one of 1 million is above the one of 3 million if
    # the angle between the two normal variables is beyond that whose tangent is 1 / √3, 30 of 90
    # degrees: in 2 of 3.
    assert probability_record(0, [0], exposures=[1e6, 3e6]) == pytest.approx(2 / 3, abs=1e-8)
    assert probability_record(0, [0], exposures=[3e6, 1e6]) == pytest.approx(1 / 3, abs=1e-8)
    lowest = probability_record(0, [0], highest=False, exposures=[1e6, 3e6])
    assert lowest == pytest.approx(1 / 3, abs=1e-8)


def test_a_record_that_is_next_to_impossible_is_said_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = probability_record(0, [100], exposures=[0.2, 1.0])
    assert found == pytest.approx(beta.sf(1 / 6, 0.5, 100.5), abs=1e-9)


@pytest.mark.parametrize("factor", [1.0, 3.0])
@pytest.mark.parametrize("highest", [True, False])
def test_records_of_rates_are_those_of_levels_that_are_drawn(highest: bool, factor: float) -> None:
    numbers, people = np.array([30, 41, 24, 60, 8]), np.array([1.0, 1.5, 0.7, 2.4, 0.4])
    drawn = np.random.default_rng(7).gamma(numbers / factor + 0.5, 1 / people, (400_000, 5))
    best = drawn.argmax(axis=1) if highest else drawn.argmin(axis=1)
    for n in range(5):
        others = [int(x) for i, x in enumerate(numbers) if i != n]
        exposures = [people[n], *(p for i, p in enumerate(people) if i != n)]
        found = probability_record(
            int(numbers[n]), others, highest=highest, factor=factor, exposures=exposures
        )
        assert found == pytest.approx((best == n).mean(), abs=0.003)  # four times its error


@pytest.mark.parametrize(
    "wrong", [[1.0], [1.0, 0.0], [1.0, -2.0], [math.inf, 1.0], [1.0, 2.0, 3.0]]
)
def test_what_is_no_exposure_of_each_is_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="exposure"):
        probability_record(3, [4], exposures=wrong)


def test_growth_of_the_population_is_no_scatter_of_rates() -> None:
    people = {year: 1e6 * 2.0**year for year in range(8)}
    events = {year: 10.0 * 2**year for year in range(8)}
    assert dispersion(events, exposures=people) == Dispersion(1.0, 7)
    of_counts = dispersion(events)
    assert of_counts is not None
    assert of_counts.factor > 10
    wild = {year: n * (1 + year % 2) for year, n in events.items()}
    found = dispersion(wild, exposures=people)
    assert found is not None
    # by hand, of the years 0 and 1: 10 and 40 events, 2 of 3 people in the second year, so that
    # 33.3 of the 50 are expected there with a variance of 11.1
    steps = [((y - (x + y) * 2 / 3) ** 2) / ((x + y) * 2 / 9) for x, y in pairwise(wild.values())]
    assert steps[0] == pytest.approx(4.0)
    assert (found.factor, found.steps) == (pytest.approx(sum(steps) / 7), 7)
    without = {year: p for year, p in people.items() if year != 3}
    known = dispersion(wild, exposures=without)
    assert known is not None
    assert known.steps == 5
    assert known.factor == pytest.approx((sum(steps) - steps[2] - steps[3]) / 5)


def test_records_far_from_doubt() -> None:
    assert probability_record(900, [100, 200, 300]) == pytest.approx(1)
    assert probability_record(100, [9000]) == pytest.approx(0)
    assert probability_record(7, [7] * 6) == pytest.approx(1 / 7, abs=1e-6)
    assert probability_record(7, []) == 1
    assert probability_record(7, [7] * 6, highest=False) == pytest.approx(1 / 7, abs=1e-6)


# Shares


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_of_newcombe(part: int, whole: int, low: float, high: float) -> None:
    assert share_interval(part, whole) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500), st.data())
def test_a_share_is_in_its_interval_and_mirrors(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    low, high = share_interval(part, whole)
    assert -1e-12 <= low <= part / whole + 1e-12
    assert part / whole - 1e-12 <= high <= 1 + 1e-12
    assert share_interval(whole - part, whole) == pytest.approx((1 - high, 1 - low))
    assert share_p(part, whole, 0.3) == pytest.approx(share_p(whole - part, whole, 0.7), rel=1e-6)


def test_share_agrees_with_enumeration() -> None:
    assert share_p(7, 20, 0.5) == pytest.approx(enumerated_p(7, 13, 0.5))
    assert share_p(2, 30, 0.2) == pytest.approx(enumerated_p(2, 28, 0.2))


def test_signs_are_tosses_of_a_coin_whichever_side_is_called_first() -> None:
    assert sign_p(8, 1) == pytest.approx(20 / 512)
    for rose, fell in [(0, 1), (5, 5), (23, 11), (46, 3)]:
        assert sign_p(rose, fell) == pytest.approx(enumerated_p(rose, fell, 0.5))
        assert sign_p(rose, fell) == pytest.approx(sign_p(fell, rose))
    assert sign_p(0, 0) == 1


@pytest.mark.parametrize("wrong", [(1, 0), (5, 4), (-1, 4)])
def test_what_is_no_part_is_refused(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is not a"):
        share_interval(*wrong)
    with pytest.raises(ValueError, match="is not a"):
        share_p(*wrong, 0.5)


# Trends


@pytest.mark.parametrize("n", [4, 5, 6, 7, 8, 9, 12])
def test_a_perfect_trend_is_two_of_all_orders(n: int) -> None:
    assert trend_p(range(n)) == pytest.approx(2 / math.factorial(n))
    assert trend_p([-x for x in range(n)]) == pytest.approx(2 / math.factorial(n))


@pytest.mark.parametrize(
    ("values", "one_sided"),
    [
        ([1, 2, 4, 3], 0.167),  # n = 4, S = 4
        ([1, 2, 3, 5, 4], 0.042),  # n = 5, S = 8
        ([2, 1, 4, 3, 6, 5, 8, 7], 0.0071),  # n = 8, S = 20
        ([4, 3, 2, 1, 5, 6, 7, 8], 0.031),  # n = 8, S = 16
    ],
)
def test_trends_of_a_published_table(values: list[int], one_sided: float) -> None:
    # Gilbert (1987), Statistical Methods for Environmental Pollution Monitoring, table A18
    assert trend_p(values) == pytest.approx(2 * one_sided, abs=1.1e-3)


@given(st.lists(st.integers(0, 9), min_size=3, max_size=7))
@settings(max_examples=40, deadline=None)
def test_reversing_time_changes_no_p_value(values: list[int]) -> None:
    p = trend_p(values)
    assert 0 < p <= 1
    assert trend_p(values[::-1]) == pytest.approx(p)
    assert trend_p([3 * v + 1 for v in values]) == pytest.approx(p)


@given(st.permutations(range(8)))
@settings(max_examples=20, deadline=None)
def test_permutation_is_kendalls_exact_distribution(order: list[int]) -> None:
    from scipy.stats import kendalltau

    expected = kendalltau(range(8), order, method="exact").pvalue
    assert trend_p(order) == pytest.approx(expected)


def test_long_trends_with_ties_are_approximated() -> None:
    assert trend_p([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]) < 0.001
    assert trend_p([5] * 20) == 1
    with pytest.raises(ValueError, match="three"):
        trend_p([1, 2])
