"""Records of spans that overlap, such as all twelve months in a row: their sums are dependent."""

from __future__ import annotations

from collections.abc import Sequence

from checks.statistics import JEFFREYS
from checks.statistics_input import check_count, check_factor, relative_exposures

#: Draws of all months. The error of the probability is below 0.5 / √10,000, half a point.
DRAWS = 10_000
#: Any number; one for all, so that the same claim has the same answer every time.
SEED = 20_170_816


def probability_record_of_sums(
    count: int,
    parts: Sequence[int],
    spans: Sequence[tuple[int, int]],
    *,
    highest: bool = True,
    factor: float = 1.0,
    exposures: Sequence[float] | None = None,
) -> float:
    """Probability that the level behind ``count`` is above (below) those of all ``spans``.

    ``parts``: counts of neighbouring months; ``spans``: (first, one past the last) of each span of
    them, all of the same length; ``count`` shares no event with any. The levels of parts are
    Gamma(count + 1/2n, 1) for spans of n parts, independent of one another, so that the level of a
    span, their sum, is Gamma(its count + 1/2, 1): what ``probability_record`` takes it to be, and
    spans that share parts depend on one another as they should. Over DRAWS draws of the parts, the
    mean of the probability that the level behind ``count`` is beyond the furthest of the spans,
    which is known exactly (Rao-Blackwell). ``factor``: as there. To half a point; the same numbers
    give the same answer. Returns 1.0 without spans. ``exposures``: of ``count``, then of each span:
    the levels are then those of rates, as there.
    """
    import numpy as np
    from scipy.special import gammainc, gammaincc

    for n in (count, *parts):
        check_count(n)
    check_factor(factor)
    times = np.asarray(relative_exposures(exposures, len(spans)))
    if not spans:
        return 1.0
    lengths = {stop - start for start, stop in spans}
    if len(lengths) != 1 or min(lengths) < 1:
        raise ValueError("spans must have one length, of at least one part")
    if min(start for start, _ in spans) < 0 or max(stop for _, stop in spans) > len(parts):
        raise ValueError("a span reaches beyond the parts")
    shapes = np.asarray(parts) / factor + JEFFREYS / lengths.pop()
    levels = np.random.default_rng(SEED).gamma(shapes, size=(DRAWS, len(parts)))
    up_to = np.concatenate([np.zeros((DRAWS, 1)), levels.cumsum(axis=1)], axis=1)
    starts, stops = (np.asarray(each) for each in zip(*spans, strict=True))
    sums = (up_to[:, stops] - up_to[:, starts]) / times
    own = count / factor + JEFFREYS
    beyond = gammaincc(own, sums.max(axis=1)) if highest else gammainc(own, sums.min(axis=1))
    return float(beyond.mean())
