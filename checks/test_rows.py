"""Tests of claims as rows of the tables that ``sql/readings`` reads."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from checks.claim_amounts import (
    ChangeTest,
    Operand,
    RatioTest,
    ShareTest,
    ThresholdTest,
    ValueTest,
)
from checks.claim_fields import OnePlace
from checks.claim_models import Test
from checks.claim_movements import AttributionTest, ContrastTest, RecordTest, TrendTest
from checks.claim_places import PlacesTest, RankTest
from checks.claims_file import known_names
from checks.periods import Period, Window
from checks.quantity import Band, frequencies, parse_quantity

Rows = dict[str, list[dict[str, Any]]]


def rows_of(tests: Sequence[tuple[int, dt.date, Test]]) -> Rows:
    """Rows by table for tests given as (test_id, date of the claim, test)."""
    rows: Rows = defaultdict(list)
    for test_id, date, test in tests:
        row: dict[str, Any] = {
            "test_id": test_id,
            "kind": test.kind,
            "claim_date": date.isoformat(),
        }
        row |= _add(rows, test_id, test)
        rows["test"].append(row)
    return rows


def _add(rows: Rows, test_id: int, test: Test) -> dict[str, Any]:
    """Add the rows of one test to the side tables; return the columns of its own row."""
    if isinstance(test, RatioTest):
        return _add_ratio(rows, test_id, test)
    if isinstance(test, PlacesTest):
        return _add_of_places(rows, test_id, test)
    for role in ("subject", "start") if isinstance(test, ChangeTest) else ("subject",):
        _add_measures(rows, test_id, role, test)
        if isinstance(test, OnePlace) and test.peer_group is not None:
            rows["test_sum"].append(_sum_row(test_id, role, test))
        elif test.place is not None:
            places = [test.place] if isinstance(test.place, str) else test.place
            _add_places(rows, test_id, role, places, getattr(test, "also_read_as", ()))
    if isinstance(test, (ValueTest, ShareTest, ThresholdTest)):
        columns = _band_columns(test.band(_scale(test.measure)))
        if test.period is not None:
            for option, period in enumerate([test.period, *test.stand_in_periods]):
                fit = "stand_in" if option else "exact"
                row = _period_row(test_id, "subject", option, period, "total", fit)
                rows["test_period"].append(row)
        if isinstance(test, ThresholdTest) and test.window and test.how_often:
            columns |= _window_columns(test.window)
            columns["share_needed"] = frequencies()[test.how_often].share
        return columns
    if isinstance(test, ChangeTest):
        for role, period in (("subject", test.end), ("start", test.start)):
            rows["test_period"].append(_period_row(test_id, role, 0, period, "total", "exact"))
        return _band_columns(test.band()) | {"years_named": test.years_named}
    if isinstance(test, RecordTest):
        return _record_columns(test)
    groups = (test.peer_group,) if isinstance(test, RankTest) else getattr(test, "peer_groups", ())
    rows["test_peer_group"] += [
        {"test_id": test_id, "peer_group": group, "ordinal": ordinal}
        for ordinal, group in enumerate(groups)
    ]
    if isinstance(test, RankTest):
        share = None if test.within is None else parse_quantity(test.within).value
        return {
            "direction": test.direction,
            "year": test.period,
            "nth": test.nth,
            "within_share": share,
            "span": test.part_of_year,
        }
    if isinstance(test, AttributionTest):
        return {
            "direction": test.direction,
            "cause_date": test.cause_date.isoformat(),
            "years_before": test.years_before,
            "years_after": test.years_after,
        }
    if isinstance(test, TrendTest):
        return _trend_columns(test)
    assert isinstance(test, ContrastTest)
    return _window_columns(test.window) | {"direction": test.direction, "span": test.part_of_year}


def _trend_columns(test: TrendTest) -> dict[str, Any]:
    """Start and end in the steps of ``sql/readings/5_spans.sql``: years, or months from year 0."""
    columns = {"direction": test.direction, "every_year": test.every_year}
    if test.months is not None:
        months = (12 * day.year + day.month - 1 for day in (test.months.start, test.months.end))
        return (
            columns
            | dict(zip(("start_year", "end_year"), months, strict=True))
            | {
                "span": test.every,
                "per_year": 12,
            }
        )
    assert test.window is not None  # the model refuses a trend without either
    return (
        columns
        | _window_columns(test.window)
        | {"span": test.part_of_year or "year", "per_year": 1}
    )


def _sum_row(test_id: int, role: str, test: OnePlace) -> dict[str, Any]:
    """A group taken together: its places with a figure in each of the years that are compared."""
    if isinstance(test, ChangeTest):
        years = [test.start.start.year, test.end.end.year]
        label = f"{years[0]},{years[1]}"
    else:
        first, last = _stated_years(test)
        years = list(range(first, last + 1))
        label = f"{first}-{last}" if last > first else str(last)
    return {
        "test_id": test_id,
        "role": role,
        "peer_group": test.peer_group,
        "years": years,
        "label": label,
    }


def _stated_years(test: OnePlace) -> tuple[int, int]:
    """First and last year that the words compare."""
    if isinstance(test, RecordTest):
        since = test.year - test.years if test.years is not None else test.since
        assert since is not None  # the model refuses a record without either
        return since + 1, test.year
    if isinstance(test, ThresholdTest) and test.window is not None:
        return test.window.start, test.window.end
    assert isinstance(test, (ValueTest, ShareTest, ThresholdTest))
    assert test.period is not None
    return test.period.start.year, test.period.end.year


def _record_columns(test: RecordTest) -> dict[str, Any]:
    """The steps of ``sql/readings/5_spans.sql``: years, or months counted from the year 0."""
    per_year = 1 if test.every is None else 12
    return {
        "direction": test.direction,
        "span": test.every or test.part_of_year or "year",
        "step": test.year * per_year + (test.month or 1) - 1,
        "n_steps": None if test.years is None else test.years * per_year,
        # "since 2001" is after the end of that year
        "since_step": None if test.since is None else test.since * per_year + per_year - 1,
        "per_year": per_year,
    }


def _add_ratio(rows: Rows, test_id: int, test: RatioTest) -> dict[str, Any]:
    sides: list[tuple[str, Operand]] = [("of", test.of), ("to", test.to)]
    options = [_side_options(test, side) for _, side in sides]
    longest = max(len(each) for each in options)
    for (role, side), own in zip(sides, options, strict=True):
        _add_places(rows, test_id, role, side.places, side.also_read_as)
        _add_measures(rows, test_id, role, side)
        # A side with one period of its own meets every alternative of the other side.
        for number, option in enumerate(own if len(own) == longest else own * longest):
            rows["test_period"].append(_period_row(test_id, role, number, *option))
    same_place = set(test.of.places) == set(test.to.places)
    return _band_columns(test.band()) | {
        "same_measure": test.same_measure,
        "same_place": same_place,
    }


def _add_of_places(rows: Rows, test_id: int, test: PlacesTest) -> dict[str, Any]:
    _add_measures(rows, test_id, "subject", test)
    rows["test_peer_group"] += [
        {"test_id": test_id, "meaning": meaning, "peer_group": group}
        for meaning, group in enumerate((test.peer_group, *test.also_groups))
    ]
    said, others = test.says_of_each
    row = {"test_id": test_id, "said": said, "others": others, "is_share": test.is_share}
    row |= {"start_year": test.start, "end_year": test.period if test.end is None else test.end}
    row |= {"n_named": test.out_of}
    rows["test_each"].append(row | _band_columns(test.band_of_each(_scale(test.measure))))
    # Rounded, as shares of places are: 1 of 3 is a third, whatever the last digits of a float.
    band = {
        k: round(v, 9) if k in ("low", "high") and v is not None else v
        for k, v in _band_columns(test.band()).items()
    }
    return band | {"years_named": test.years_named}


def _side_options(test: RatioTest, side: Operand) -> list[tuple[Period, str, str]]:
    """Alternatives of one side: (period, statistic, fit of the period)."""
    if side.period is not None:
        return [(side.period, "total", "exact")]
    stand_ins = [(period, "total", "stand_in") for period in test.stand_in_periods]
    if side.window is not None:
        # "In the 1980s" can mean the mean of its years or the highest of them.
        start, end = dt.date(side.window.start, 1, 1), dt.date(side.window.end, 12, 31)
        span = Period(start=start, end=end)
        return [(span, "mean", "exact"), (span, "peak", "exact"), *stand_ins]
    assert test.period is not None  # the model refuses a side without
    return [(test.period, "total", "exact"), *stand_ins]


def _add_measures(rows: Rows, test_id: int, role: str, side: Any) -> None:
    rows["test_measure"] += [
        {
            "test_id": test_id,
            "role": role,
            "measure": measure,
            "definitions": list(getattr(side, "definitions", ())) or None,
        }
        for measure in (side.measure, *getattr(side, "also_measures", ()))
    ]


def _add_places(
    rows: Rows, test_id: int, role: str, places: Sequence[str], also: Sequence[str]
) -> None:
    """``places`` together are the first meaning; each of ``also`` is a meaning of its own."""
    for meaning, group in enumerate([list(places), *([place] for place in also)]):
        rows["test_place"] += [
            {
                "test_id": test_id,
                "role": role,
                "meaning": meaning,
                "place": place,
                "n_places": len(group),
            }
            for place in group
        ]


def _period_row(
    test_id: int, role: str, option: int, period: Period, statistic: str, fit: str
) -> dict[str, Any]:
    return {
        "test_id": test_id,
        "role": role,
        "option": option,
        "period_start": period.start.isoformat(),
        "period_end": period.end.isoformat(),
        "period_fit": fit,
        "statistic": statistic,
        "stated": True,
        "nearness": None,
    }


def _scale(measure: str) -> float:
    """What turns a fraction ("1/4") into the unit of a measure: 100 for percent."""
    return 100.0 if known_names("measure")[measure]["unit"] == "percent" else 1.0


def _band_columns(band: Band) -> dict[str, Any]:
    return {
        "low": band.low,
        "low_open": band.low_open,
        "high": band.high,
        "high_open": band.high_open,
    }


def _window_columns(window: Window) -> dict[str, Any]:
    return {"start_year": window.start, "end_year": window.end}
