"""Tests for small counts: how far a difference, a record, a share or a trend can be chance.

Pure functions of numbers. Counts are whole numbers from 0; exposures are in any unit that is the
same for both (days, people); p-values and probabilities are from 0 to 1. All raise ValueError for
numbers that cannot be counts or exposures. scipy is imported by those who call, not by who imports.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from checks.statistics_input import check_count, check_exposure, check_factor, relative_exposures

#: Prior of a Poisson mean: Gamma(1/2, 0), after Jeffreys (1946). Adds half an event to a count.
JEFFREYS = 0.5
#: Fewer steps between neighbouring years than this say nothing about how much a series scatters.
MIN_STEPS = 5
#: Up to so many values every order is tried: 8! = 40,320.
MAX_PERMUTED = 8


@dataclass(frozen=True)
class Dispersion:
    """How many times the variance of Poisson counts a series has; from how many steps."""

    factor: float
    steps: int

    def __post_init__(self) -> None:
        check_factor(self.factor)


@dataclass(frozen=True)
class Pair:
    """Two counts, what each was exposed to, and the ratio of their rates that is tested."""

    a: int
    b: int
    exposure_a: float = 1.0
    exposure_b: float = 1.0
    ratio: float = 1.0

    def __post_init__(self) -> None:
        check_count(self.a)
        check_count(self.b)
        for value in (self.exposure_a, self.exposure_b, self.ratio):
            check_exposure(value)

    @property
    def expected_share(self) -> float:
        """The share of a + b that is expected in ``a`` if the rates are as ``ratio`` to 1."""
        expected = self.ratio * self.exposure_a
        return expected / (expected + self.exposure_b)


def two_counts_p(pair: Pair) -> float:
    """p-value, two-sided, that the rates behind two counts are as ``pair.ratio`` to 1.

    Given a + b, ``a`` is binomial if both are Poisson. Exact: Przyborowski and Wilenski (1940),
    Biometrika 31, 313-323. Two-sided as the sum of the probabilities of what is no likelier.
    Returns 1.0 for two zeros, which say nothing.
    """
    from scipy.stats import binomtest

    n = pair.a + pair.b
    return float(binomtest(pair.a, n, pair.expected_share).pvalue) if n else 1.0


def two_counts_overdispersed_p(pair: Pair, dispersion: Dispersion) -> float:
    """The same where counts scatter ``dispersion`` times as much as Poisson counts.

    Quasi-Poisson: the squared distance from what is expected given a + b, over its binomial
    variance and the factor, against F(1, steps). McCullagh and Nelder (1989), Generalized Linear
    Models, 2nd ed., 4.5 and 9.2. Never below the exact Poisson p-value: it is an approximation.
    """
    from scipy.stats import f

    n, share = pair.a + pair.b, pair.expected_share
    exact = two_counts_p(pair)
    if n == 0:
        return exact
    statistic = (pair.a - n * share) ** 2 / (n * share * (1 - share) * dispersion.factor)
    return max(exact, float(f.sf(statistic, 1, dispersion.steps)))


def dispersion(
    counts: Mapping[int, float],
    without: Collection[int] = (),
    lag: int = 1,
    exposures: Mapping[int, float] | None = None,
) -> Dispersion | None:
    """How much more the counts of a series (by step) scatter than Poisson counts; at least 1.

    Mean over steps that are ``lag`` apart of (y - x)² / (x + y), which is about 1 for Poisson
    counts of one level, whatever slow drift the series has: differences after von Neumann (1941),
    Ann. Math. Statist. 12, 367-395. With a lag of 12 months the season is no scatter either:
    seasonal differences, Box and Jenkins (1970), Time Series Analysis, ch. 9. Steps from or to one
    of ``without`` are left out, so that what is tested does not judge itself. None with fewer than
    MIN_STEPS steps. ``exposures``: by step; then y is compared with its part of x + y by exposure,
    over the binomial variance of that, which for equal ones is the same. Steps without one are
    left out.
    """
    steps = []
    for step, x in counts.items():
        y = counts.get(step + lag)
        share = _exposed_share(step, step + lag, exposures)
        if y is None or x + y <= 0 or share is None or {step, step + lag} & set(without):
            continue
        n = x + y
        steps.append((y - n * share) ** 2 / (n * share * (1 - share)))
    if len(steps) < MIN_STEPS:
        return None
    return Dispersion(max(1.0, math.fsum(steps) / len(steps)), len(steps))


def _exposed_share(x: int, y: int, exposures: Mapping[int, float] | None) -> float | None:
    """The part of two counts that is expected in that of step ``y`` if their rates are alike."""
    if exposures is None:
        return 0.5
    if x not in exposures or y not in exposures:
        return None
    return exposures[y] / (exposures[x] + exposures[y])


def probability_record(
    count: int,
    others: Sequence[int],
    *,
    highest: bool = True,
    factor: float = 1.0,
    exposures: Sequence[float] | None = None,
) -> float:
    """Probability that the level behind ``count`` is above (below) the levels behind all others.

    Gamma-Poisson with the Jeffreys prior: levels are Gamma(count + 1/2, 1), independent of one
    another. Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., 2.6 and 2.8. The answer is the
    integral over ``count``'s level of its density times the others' distribution functions there,
    by adaptive quadrature over the logarithm, where all of it is smooth, to 1e-9; for one other it
    is a Beta distribution function. ``factor``: a dispersion; a count then tells as much as one
    that many times smaller (quasi-likelihood). Returns 1.0 without others.

    ``exposures``: of ``count``, then of each of the others, say the people of a year; None: all
    alike. Then levels are of rates, Gamma(count + 1/2, exposure), as the Jeffreys prior of a
    Poisson rate gives them (Gelman et al., 2.6), and those of the others are taken times
    exposure / exposure of ``count``; for one other, the probability is that a
    Beta(count + 1/2, other + 1/2) is above the share of both exposures that is that of ``count``.
    """
    import numpy as np
    from scipy.integrate import quad
    from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv

    for n in (count, *others):
        check_count(n)
    check_factor(factor)
    times = np.asarray(relative_exposures(exposures, len(others)))
    if not others:
        return 1.0
    shapes = np.asarray(others) / factor + JEFFREYS
    own = count / factor + JEFFREYS
    scale = math.lgamma(own)
    side = gammainc if highest else gammaincc

    def density(log_level: float) -> float:
        level = math.exp(log_level)
        above_all = float(side(shapes, times * level).prod())
        return above_all * math.exp(own * log_level - level - scale)

    ends = math.log(gammaincinv(own, 1e-12)), math.log(gammainccinv(own, 1e-12))
    # with its full output it does not warn on standard error of an answer as small as its tolerance
    found = quad(density, *ends, epsabs=1e-9, epsrel=1e-9, limit=500, full_output=1)[0]
    return min(1.0, max(0.0, float(found)))


def share_interval(part: int, whole: int, confidence: float = 0.95) -> tuple[float, float]:
    """Range, 0 to 1, of the share behind ``part`` of ``whole``: Wilson (1927), JASA 22, 209-212."""
    from scipy.stats import binomtest

    _check_part(part, whole)
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence of {confidence} is not between 0 and 1")
    found = binomtest(part, whole).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def share_p(part: int, whole: int, share: float) -> float:
    """p-value, two-sided, that the share behind ``part`` of ``whole`` is ``share``: binomial.

    Exact: Clopper and Pearson (1934), Biometrika 26, 404-413.
    """
    from scipy.stats import binomtest

    _check_part(part, whole)
    if not 0 <= share <= 1:
        raise ValueError(f"a share of {share} is not between 0 and 1")
    return float(binomtest(part, whole, share).pvalue)


def sign_p(rose: int, fell: int) -> float:
    """p-value, two-sided, that each that moved was as likely to rise as to fall: exact sign test.

    Dixon and Mood (1946), JASA 41, 557-566; what did not move is left out, as there. Returns 1.0 if
    nothing moved.
    """
    return share_p(rose, rose + fell, 0.5) if rose + fell else 1.0


def trend_p(values: Sequence[float]) -> float:
    """p-value, two-sided, that the order of ``values`` is random: Mann-Kendall test for a trend.

    Mann (1945), Econometrica 13, 245-259. Up to MAX_PERMUTED values, over all their orders; more
    without ties, by Kendall's exact distribution (Kendall 1975, Rank Correlation Methods); more
    with ties, by the normal approximation with the variance corrected for ties.
    Raises ValueError for fewer than three values.
    """
    from scipy.stats import kendalltau

    if len(values) < 3:
        raise ValueError("a trend needs at least three values")
    if len(set(values)) == 1:
        return 1.0
    if len(values) <= MAX_PERMUTED:
        return _permuted_trend_p(values)
    exact = len(set(values)) == len(values)
    method = "exact" if exact else "asymptotic"
    return float(kendalltau(range(len(values)), values, method=method).pvalue)


def _permuted_trend_p(values: Sequence[float]) -> float:
    """Share of the orders of ``values`` that rise or fall at least as steadily as this one."""
    n = len(values)
    sign = [[(y > x) - (y < x) for y in values] for x in values]
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    own = abs(sum(sign[i][j] for i, j in pairs))
    found = [
        abs(sum(sign[order[i]][order[j]] for i, j in pairs)) >= own
        for order in permutations(range(n))
    ]
    return sum(found) / len(found)


def _check_part(part: int, whole: int) -> None:
    check_count(part)
    check_count(whole)
    if whole == 0 or part > whole:
        raise ValueError(f"{part} is not a part of {whole}")
