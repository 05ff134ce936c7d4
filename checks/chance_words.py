"""Probabilities and scatter as people say them, for the sentences of a chance check."""

from __future__ import annotations

from checks.statistics import Dispersion


def odds(p: float) -> str:
    """A p-value as a frequency.

    >>> odds(0.2), odds(0.0234), odds(0.61), odds(0.0002), odds(1.0)
    ('about 1 of 5', 'about 1 of 43', 'about 6 of 10', 'fewer than 1 of 1,000', 'all')
    """
    if p < 0.001:
        return "fewer than 1 of 1,000"
    if p <= 1 / 3:
        n = 1 / p
        return f"about 1 of {round(n, -1 if n >= 100 else 0):,.0f}"
    if p >= 0.995:
        return "all"
    return "nearly all" if p >= 0.95 else f"about {10 * p:.0f} of 10"


def percent(p: float) -> str:
    """A probability in whole percent.

    >>> percent(0.004), percent(0.5), percent(0.996)
    ('less than 1%', '50%', 'more than 99%')
    """
    if p < 0.01:
        return "less than 1%"
    return "more than 99%" if p > 0.99 else f"{100 * p:.0f}%"


def given(scatter: Dispersion, over: str = "the figures scatter from year to year") -> str:
    """How much a series scatters, as the condition of what follows."""
    return (
        f"Given how much {over} ({scatter.factor:.1f} times the variance of independent events, "
        f"over {scatter.steps} steps)"
    )


def p_value(p: float | None) -> float | None:
    """A p-value to six significant digits: libraries differ in the last ones."""
    return None if p is None else float(f"{p:.6g}")
