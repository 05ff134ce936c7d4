"""What can be a count, an exposure or a dispersion: all raise ValueError for what cannot."""

from __future__ import annotations

import math
from collections.abc import Sequence


def check_count(n: int) -> None:
    """Raise ValueError for what is no count."""
    if n < 0 or n != int(n):
        raise ValueError(f"{n} is not a count")


def check_factor(factor: float) -> None:
    """Raise ValueError for a dispersion below that of independent events."""
    if not (factor >= 1 and math.isfinite(factor)):
        raise ValueError(f"a dispersion of {factor} is not at least 1")


def check_exposure(value: float) -> None:
    """Raise ValueError for what no count can have been exposed to."""
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{value} is not a positive exposure or ratio")


def relative_exposures(exposures: Sequence[float] | None, n: int) -> list[float]:
    """The exposures of ``n`` others over that of what they are compared with, which comes first.

    Ones for None. Raises ValueError if they are not 1 + n positive numbers.
    """
    if exposures is None:
        return [1.0] * n
    if len(exposures) != 1 + n:
        raise ValueError(f"{len(exposures)} exposures are not those of 1 + {n} counts")
    for value in exposures:
        check_exposure(value)
    return [value / exposures[0] for value in exposures[1:]]
