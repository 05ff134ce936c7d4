"""How far a reading of small counts can be chance: one test of it for a test of a claim, in words.

Counts are taken as Poisson: events that happen independently of one another. Where the yearly
series is long enough to show how much it scatters, the same is said with that scatter.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from checks import chance_figures as cf
from checks import statistics as st
from checks import words
from checks.chance_figures import Background
from checks.chance_records import record_chance
from checks.chance_words import given, odds, p_value
from checks.claim_models import Test
from checks.models import Chance, Reading

#: Years of a trend that can tell something: with three, no order has a p-value below 1/3.
MIN_TREND = 4


def chance_of(test: Test, readings: Sequence[Reading], background: Background) -> Chance | None:
    """The chance check of a test's heaviest decided stated reading, of the newest edition.

    None where chance is not the question or cannot be computed: no counts, counts that are all
    above LARGE, counts of which one contains the other, or a kind that compares with peers (but
    an attribution, whose test is the peers themselves).
    """
    decided = [r for r in readings if r.stated and r.outcome in ("holds", "fails")]
    if not decided:
        return None
    reading = max(decided, key=lambda r: (r.weight, r.vintage))
    if test.kind == "attribution":
        return _attribution(decided)
    if test.kind == "change":
        return _change(reading, background)
    if test.kind == "ratio":
        return _ratio(reading, background)
    if test.kind == "record":
        return record_chance(test, reading, background)
    if test.kind == "trend":
        return _trend(reading)
    if test.kind == "places" and test.moved in ("up", "down"):
        return _places(reading)
    if test.kind in ("share", "value", "threshold") and reading.unit == "percent":
        return _share(reading, background)
    return None


def _change(reading: Reading, background: Background) -> Chance | None:
    """Two periods of a series, against no change in the count per day (years can be leap years)."""
    first, last = reading.figures[0], reading.figures[-1]
    if not (found := cf.counts(first, last)) or not cf.apart(first, last):
        return None
    return _pair(
        reading,
        st.Pair(*found, cf.days(first), cf.days(last)),
        cf.scatter((first, last), background),
        "If nothing had changed and each event were independent of the others, a difference at "
        "least this large, up or down, would come about in",
    )


def _ratio(reading: Reading, background: Background) -> Chance | None:
    """Two counts, against the nearest bound of the ratio that is claimed."""
    of, to = reading.figures[0], reading.figures[-1]
    bound = _nearest_bound(reading)
    if not (found := cf.counts(of, to)) or not cf.apart(of, to) or bound <= 0:
        return None
    return _pair(
        reading,
        st.Pair(*found, ratio=bound),
        cf.scatter((of, to), background),
        f"If the true ratio were just {words.bound(bound, 'ratio')} and each event independent of "
        "the others, counts at least this far from it, either way, would come about in",
    )


def _pair(
    reading: Reading, pair: st.Pair, scatter: st.Dispersion | None, if_so: str
) -> Chance | None:
    p = st.two_counts_p(pair)
    scattered = None if scatter is None else st.two_counts_overdispersed_p(pair, scatter)
    sentence = f"{if_so} {odds(p)} such pairs by chance alone."
    if scatter is not None and scattered is not None:
        sentence += f" {given(scatter)}, it is {odds(scattered)}."
    return Chance(
        method="exact two-sample Poisson test"
        + ("" if scatter is None else "; quasi-Poisson F test"),
        value=p_value(p),
        overdispersed=p_value(scattered),
        reading=reading.id,
        sentence=sentence,
    )


def _trend(reading: Reading) -> Chance | None:
    values = [f.value for f in reading.figures if f.value is not None]
    if len(values) < MIN_TREND or cf.large(reading.figures):
        return None
    if any(not cf.apart(a, b) for a, b in pairwise(reading.figures)):
        return None  # spans that share months are no draws of their own
    step = "month" if cf.days(reading.figures[0]) < 32 else "year"
    p = st.trend_p(values)
    return Chance(
        method="Mann-Kendall test",
        value=p_value(p),
        overdispersed=None,
        reading=reading.id,
        sentence=(
            f"If the order of the {len(values)} {step}s were random, they would rise or fall at "
            f"least this steadily in {odds(p)} orders. Neighbouring {step}s tend to be alike, so "
            "chance alone makes that likelier."
        ),
    )


def _places(reading: Reading) -> Chance:
    """How many places of a group rose and fell, against as many of each."""
    found = {f.role: int(f.value or 0) for f in reading.figures}
    rose, fell = (found.get(f"places where it {moved}", 0) for moved in ("rose", "fell"))
    p = st.sign_p(rose, fell)
    return Chance(
        method="exact sign test",
        value=p_value(p),
        overdispersed=None,
        reading=reading.id,
        sentence=(
            f"If each of the {rose + fell} places where it rose or fell had been as likely to do "
            f"either, a split at least as uneven as {rose} to {fell} would come about in "
            f"{odds(p)} such groups. Places tend to move together, so chance alone makes that "
            "likelier."
        ),
    )


def _attribution(decided: Sequence[Reading]) -> Chance | None:
    """The share of places, of the place and its peers, that are as far from the others as it is.

    A permutation test of one side: Abadie, Diamond and Hainmueller (2010), JASA 105, 493-505.
    """
    found = [r for r in decided if r.unit == "p-value"]
    if not found:
        return None
    reading = max(found, key=lambda r: (r.weight, r.vintage))
    return Chance(
        method="permutation of places",
        value=p_value(reading.value),
        overdispersed=None,
        reading=reading.id,
        sentence=(
            "If the cause had done nothing and the place were any one of its peers, a change that "
            "is at least as far from theirs, the way claimed, would come about in "
            f"{odds(reading.value or 0.0)} such places."
        ),
    )


def _share(reading: Reading, background: Background) -> Chance | None:
    """A part of a whole whose counts are both known, against the nearest bound that is claimed."""
    figure = reading.figures[0]
    bound = _nearest_bound(reading)
    found = cf.part_and_whole(figure, background.counts)
    if found is None or min(found) > cf.LARGE or not 0 <= bound <= 100:
        return None
    low, high = st.share_interval(*found)
    p = st.share_p(*found, bound / 100)
    return Chance(
        method="exact binomial test; Wilson interval of 95%",
        value=p_value(p),
        overdispersed=None,
        reading=reading.id,
        sentence=(
            f"{found[0]:,} of {found[1]:,}: if each had the same chance, that chance lies between "
            f"{100 * low:.1f}% and {100 * high:.1f}% (Wilson interval, 95%). If it were just "
            f"{words.bound(bound, 'percent')}, a share at least this far from it, either way, "
            f"would come about by chance alone in {odds(p)} such periods."
        ),
    )


def _nearest_bound(reading: Reading) -> float:
    """The bound that the value is nearest to; -1 if there is none."""
    bounds = [b for b in (reading.low, reading.high) if b is not None]
    return min(bounds, key=lambda b: abs((reading.value or 0) - b), default=-1.0)
