"""The chance check of records of months, twelve months in a row and parts of years."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from checks.chance_words import percent
from checks.models import Chance
from checks.statistics import Dispersion, dispersion, probability_record
from checks.statistics_spans import probability_record_of_sums
from tests.support_days import world_of
from tests.support_world import record

#: Four years of months: more in July each year, and more and more of everything.
MONTHLY = {
    (year, month): 10 + 2 * (year - 2013) + (15 if month == 7 else 0) + (month * 7 + year) % 5
    for year in range(2013, 2017)
    for month in range(1, 13)
} | {(2016, 7): 45}


def chance_of(folder: Path, **keys: Any) -> Chance:
    found = world_of(folder, MONTHLY).verify(record(**keys), full=True).chance
    assert found is not None
    return found


def scatter_words(scatter: Dispersion) -> str:
    return f"({scatter.factor:.1f} times the variance of independent events, over {scatter.steps} "


def test_a_month_is_compared_with_all_months_and_with_those_of_its_season(tmp_path: Path) -> None:
    found = chance_of(tmp_path, every="month", month=7, since=2013)
    steps = {12 * y + m - 1: float(n) for (y, m), n in MONTHLY.items()}
    own = 12 * 2016 + 6
    others = [int(n) for s, n in steps.items() if 12 * 2014 <= s < own]
    assert len(others) == 30
    assert found.value == pytest.approx(probability_record(45, others), abs=1e-6)
    scatter = dispersion(steps, without={own}, lag=12)
    assert scatter is not None
    assert scatter.steps == 35  # 36 pairs a year apart, less the one from July 2015
    julys = probability_record(45, [MONTHLY[2014, 7], MONTHLY[2015, 7]])
    assert found.value < julys  # among fewer it is likelier the highest
    assert "those of all 30 months known from 2014-01 to 2016-06" in found.sentence
    assert f"among the 2 Julys of these months alone, it is {percent(julys)}" in found.sentence
    assert scatter_words(scatter) in found.sentence


def test_a_season_that_comes_back_every_year_is_no_scatter() -> None:
    steps = {12 * y + m: 10.0 + 90 * (m == 6) for y in range(10) for m in range(12)}
    seasonal, naive = dispersion(steps, lag=12), dispersion(steps)
    assert seasonal is not None
    assert naive is not None
    assert seasonal.factor == 1.0 < 10 < naive.factor


def test_twelve_months_are_compared_with_those_that_share_no_month(tmp_path: Path) -> None:
    found = chance_of(tmp_path, every="12 months", month=12, since=2013)
    counts = [MONTHLY[y, m] for y in range(2013, 2016) for m in range(1, 13)]
    # ends from January 2014, the first after 2013, to December 2015
    spans = [(end - 11, end + 1) for end in range(12, 36)]
    own = sum(n for (y, _), n in MONTHLY.items() if y == 2016)
    assert found.value == pytest.approx(probability_record_of_sums(own, counts, spans), abs=0.02)
    assert "those of all 24 spans of 12 months known from 2014-01 on that share no month" in (
        found.sentence
    )
    assert found.overdispersed is None  # three years tell nothing of how much years scatter
    assert "10,000 draws of the months" in found.method


def test_twelve_months_within_a_year_of_the_first_have_nothing_to_compare(tmp_path: Path) -> None:
    verdict = world_of(tmp_path, MONTHLY).verify(
        record(every="12 months", month=6, year=2014, since=2013), full=True
    )
    assert {r.outcome for r in verdict.readings if r.stated} <= {"holds", "fails"}
    assert verdict.chance is None


def test_the_same_days_of_each_year_are_compared_as_years_are(tmp_path: Path) -> None:
    found = chance_of(tmp_path, part_of_year="07-01..07-31", since=2013)
    julys = [MONTHLY[year, 7] for year in (2014, 2015)]
    assert found.value == pytest.approx(probability_record(45, julys), abs=1e-6)
    assert re.search(r"the level of July 2016 was higher than those of all 2 years", found.sentence)


def test_the_lowest_looks_the_other_way(tmp_path: Path) -> None:
    high = chance_of(tmp_path, every="month", month=7, since=2015)
    low = chance_of(tmp_path, every="month", month=7, since=2015, direction="lowest")
    assert high.value > 0.5
    assert low.value < 0.01
    assert "was lower than" in low.sentence
