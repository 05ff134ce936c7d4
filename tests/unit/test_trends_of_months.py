"""Trends by month and by the 12 months up to each: from days, as far as days are covered."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tests.support_world import World, make_world

TREND: dict[str, Any] = {"kind": "trend", "place": "chicago-il", "measure": "murder"}


def months_world(folder: Path, counts: list[int], start: dt.date = dt.date(2015, 1, 1)) -> World:
    """``counts`` victims on the second day of each month in a row, all of them covered."""
    days = {}
    for n, count in enumerate(counts):
        month = dt.date(start.year + (start.month - 1 + n) // 12, (start.month - 1 + n) % 12 + 1, 2)
        days[month.replace(day=1).isoformat()] = 0
        days[month.isoformat()] = count
    end = (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    return make_world(folder, [], days={**days, end.isoformat(): 0})


def test_a_trend_by_month_has_a_slope_and_ends(tmp_path: Path) -> None:
    world = months_world(tmp_path, [10 + n for n in range(24)])
    verdict = world.verify(
        {**TREND, "every": "month", "months": "2016-01..2016-12", "direction": "rising"}
    )
    assert verdict.label == "supported"
    stated = {r.variant: r for r in verdict.readings if r.stated}
    assert set(stated) == {
        "2016-01 to 2016-12, slope of the line through all months",
        "2016-01 to 2016-12, from the first to the last month",
    }
    slope = stated["2016-01 to 2016-12, slope of the line through all months"]
    # one more a month, twelve more a year, of a mean of 27.5
    assert slope.value == pytest.approx(100 * 12 / 27.5)
    assert slope.unit == "percent a year"
    assert "January 2016" in verdict.sentence


def test_every_month_means_each_step(tmp_path: Path) -> None:
    world = months_world(tmp_path, [50, 40, 30, 20, 25, 10])
    test = {**TREND, "every": "month", "direction": "falling", "every_year": True}
    first = world.verify({**test, "months": "2015-01..2015-04"})
    assert {r.outcome for r in first.readings if r.stated} == {"holds"}
    whole = world.verify({**test, "months": "2015-01..2015-06"})
    (reading,) = [r for r in whole.readings if r.stated]
    assert (reading.outcome, reading.value) == ("fails", 4)
    assert "month by month" in reading.variant


def test_twelve_months_in_a_row_take_the_season_out(tmp_path: Path) -> None:
    # summers are high every year; each year has less than the one before
    counts = [
        year + (60 if month in (5, 6, 7) else 0) for year in (30, 20, 10) for month in range(12)
    ]
    world = months_world(tmp_path, counts)
    test = {**TREND, "months": "2016-01..2016-07"}
    by_month = world.verify({**test, "every": "month", "direction": "rising"})
    assert {r.outcome for r in by_month.readings if r.stated} == {"holds"}
    rolling = world.verify({**test, "every": "12 months", "direction": "falling"}, full=True)
    assert {r.outcome for r in rolling.readings if r.stated} == {"holds"}
    assert all(r.variant.startswith("12 months ending in each of") for r in rolling.readings)
    assert rolling.chance is None  # spans that share months are no independent draws


def test_a_month_that_is_not_covered_makes_no_trend(tmp_path: Path) -> None:
    world = months_world(tmp_path, [10, 20, 30, 40])
    verdict = world.verify(
        {**TREND, "every": "month", "months": "2015-02..2015-06", "direction": "rising"}
    )
    assert verdict.label == "not_enough_evidence"
    assert "of 5 months have a figure" in verdict.sentence


def test_no_month_after_the_claim_is_a_rewording(tmp_path: Path) -> None:
    world = months_world(tmp_path, list(range(10, 40)))
    verdict = world.verify(
        {**TREND, "every": "month", "months": "2016-03..2016-09", "direction": "rising"},
        date="2016-10-20",
    )
    ends = {r.variant[11:18] for r in verdict.readings if not r.stated}
    assert max(ends) == "2016-09"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"every": "month"}, '"window" of years or "months"'),
        ({"months": "2016-01..2016-12"}, '"every" and "months" go together'),
        ({"every": "month", "months": "2016-01..2016-02"}, "at least three whole months"),
        ({"every": "month", "months": "2016-01-05..2016-09-30"}, "at least three whole months"),
    ],
)
def test_what_is_no_span_of_months_is_refused(
    tmp_path: Path, keys: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        months_world(tmp_path, [1, 2, 3]).verify({**TREND, "direction": "rising", **keys})


def test_a_trend_of_percentages_is_in_points(tmp_path: Path) -> None:
    from tests.support_world import Series

    figures = {2012: 100.0, 2013: 101.0, 2014: 90.0, 2015: 120.0, 2016: 180.0}
    world = make_world(tmp_path, [Series(figures)])
    window = {"start": 2013, "end": 2016}
    verdict = world.verify(
        {**TREND, "measure": "murder_change_pct", "direction": "rising", "window": window}
    )
    ends = next(r for r in verdict.readings if r.stated and "first to the last" in r.variant)
    assert (ends.value, ends.unit) == (pytest.approx(49.0), "percentage points")
    assert "+49.0 points" in ends.comparison


def test_a_part_of_the_year_that_has_ended_is_near_in_the_year_of_the_claim(tmp_path: Path) -> None:
    world = months_world(tmp_path, [10 + n for n in range(48)], dt.date(2013, 1, 1))
    window = {"start": 2013, "end": 2016}
    half = {**TREND, "part_of_year": "01-01..06-30", "window": window, "direction": "rising"}
    verdict = world.verify(half, date="2016-07-15")
    near = {(r.window_start.year, r.window_end.year) for r in verdict.readings if not r.stated}
    assert {(2014, 2016), (2015, 2016), (2013, 2015)} <= near
    before = world.verify(half, date="2016-06-15")
    near = {(r.window_start.year, r.window_end.year) for r in before.readings if not r.stated}
    assert (2014, 2016) not in near
    assert (2013, 2015) in near
