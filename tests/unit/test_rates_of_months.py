"""Rates per 100,000 of months, of twelve months in a row and of parts of years."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.models import Reading, Verdict
from tests.support_days import world_of
from tests.support_world import Series, World, make_world, record

#: Half as many people in 2016 as in the years before: a count that falls can be a rate that rises.
POPULATION = Series(
    {2013: 2e6, 2014: 2e6, 2015: 2e6, 2016: 1e6},
    dataset="census_population",
    measure="population",
    definition="census",
    place="chicago-il",
)
#: The days of a year are one of its figures in the city's data, by which they are offered as rates.
YEARS = Series(
    {2013: 48, 2014: 48, 2015: 48, 2016: 36},
    dataset="chicago_homicides",
    vintage="2018-01-01",
    place="chicago-il",
    definition="victims",
)
MONTHLY = {(y, m): 4 if y < 2016 else 3 for y in range(2013, 2017) for m in range(1, 13)}


def city(folder: Path, *series: Series) -> World:
    return world_of(folder, MONTHLY, *(series or (POPULATION, YEARS)))


def rate(kind: str = "record", **keys: Any) -> dict[str, Any]:
    about = record() if kind == "record" else {"kind": kind, "place": "chicago-il"}
    return {**about, "measure": "murder_rate", **keys}


def of_days(verdict: Verdict) -> Reading:
    [reading] = [r for r in verdict.readings if r.stated and r.dataset == "chicago_homicides"]
    return reading


@pytest.mark.parametrize(
    ("period", "count", "population", "unit"),
    [
        ("2016-08", 3, 1e6, "per_100k_not_annualised"),
        ("2016-01-01..2016-08-15", 21, 1e6, "per_100k_not_annualised"),
        # 12 months are a year: most of their days are in 2015, or in 2016
        ("2015-06..2016-05", 7 * 4 + 5 * 3, 2e6, "per_100k"),
        ("2015-08..2016-07", 5 * 4 + 7 * 3, 1e6, "per_100k"),
        # as many in either: the later
        ("2015-12..2016-01", 7, 1e6, "per_100k_not_annualised"),
    ],
)
def test_the_population_is_that_of_the_year_that_holds_most_of_the_days(
    tmp_path: Path, period: str, count: int, population: float, unit: str
) -> None:
    reading = of_days(city(tmp_path).verify(rate("value", period=period, value=1)))
    assert reading.value == pytest.approx(1e5 * count / population)
    assert reading.unit == unit
    year = 2015 if population == 2e6 else 2016
    assert [key.split("|")[2] for key in reading.figures[0].observation_keys] == [
        "murder",
        "population",
    ]
    assert f"census|chicago-il|{year}-01-01" in reading.figures[0].observation_keys[1]


def test_words_say_that_a_month_is_not_annualised(tmp_path: Path) -> None:
    verdict = city(tmp_path).verify(
        rate("threshold", period="2016-08", hedge="more than", value=0.25)
    )
    assert verdict.label == "supported"
    assert "0.30 per 100,000 (not annualised), claimed more than 0.25" in verdict.sentence
    assert str(verdict.closest_true).endswith("0.30 per 100,000 (not annualised)")


def test_records_of_rates_go_by_the_people_of_each_year(tmp_path: Path) -> None:
    world = city(tmp_path)
    fewer = world.verify(record(every="month", month=8, since=2014, direction="lowest"))
    more = world.verify(rate(every="month", month=8, since=2014))
    assert (fewer.label, more.label) == ("supported", "supported")
    assert "0.30 per 100,000 (not annualised) in August 2016" in more.sentence
    august = world.verify(rate(part_of_year="08-01..08-31", since=2013))
    assert [f.value for f in of_days(august).figures] == pytest.approx([0.3, 0.2])
    year = world.verify(rate(every="12 months", month=12, since=2014))
    # the 12 months to December are the year, whose rate has no other population
    assert of_days(year).figures[0].value == pytest.approx(3.6)
    assert of_days(world.verify(rate(since=2013))).figures[0].value == pytest.approx(3.6)
    assert of_days(year).figures[0].unit == "per_100k"


def test_trends_of_rates_by_month_and_by_part_of_the_year(tmp_path: Path) -> None:
    world = city(tmp_path)
    months = {"every": "12 months", "months": "2015-03..2016-12", "direction": "rising"}
    rising = world.verify(rate("trend", **months))
    assert rising.label == "supported"
    falling = world.verify({**rate("trend", **months), "measure": "murder"})
    assert falling.label == "refuted"
    part = {"part_of_year": "01-01..06-30", "window": {"start": 2013, "end": 2016}}
    parts = world.verify(rate("trend", **part, direction="rising"))
    values = [r.figures[-1].value for r in parts.readings if r.stated]
    assert values == pytest.approx([1.8] * len(values))
    assert {r.outcome for r in parts.readings if r.stated} == {"holds"}
    # the count fell
    assert "count_or_rate" in parts.caveats


def test_a_change_of_rates_names_both_as_they_are(tmp_path: Path) -> None:
    verdict = city(tmp_path).verify(rate("change", start="2015-08", end="2016-08", word="up"))
    assert "0.20 per 100,000 (not annualised) to 0.30 per 100,000 (not annualised)" in (
        verdict.sentence
    )
    # the count fell, which is a fair question too
    assert verdict.label == "conflicting"
    assert "count_or_rate" in verdict.caveats


def test_without_a_population_there_is_no_rate_and_it_is_said(tmp_path: Path) -> None:
    known = replace(POPULATION, figures={2013: 2e6, 2014: 2e6, 2015: 2e6})
    world = city(tmp_path, known, YEARS)
    single = world.verify(rate("value", period="2016-08", value=1))
    assert single.label == "not_enough_evidence"
    assert "there is no population of 2016 to divide by" in single.sentence
    month = world.verify(rate(every="month", month=8, since=2014))
    assert month.label == "not_enough_evidence"
    assert "there is no population of 2016 to divide by" in month.sentence
    # the middle of these 12 months is in 2015
    spring = world.verify(rate(every="12 months", month=5, since=2013))
    assert spring.label != "not_enough_evidence"


def explorer(folder: Path, **missing: None) -> World:
    """Published months of the FBI's explorer, whose populations are its own."""
    months = {f"{y}-{m:02}": float(m) for y in (2015, 2016) for m in range(1, 13)} | missing
    keys = {"dataset": "fbi_cde", "place": "chicago-pd"}
    return make_world(
        folder,
        [
            Series(months, **keys),
            Series({2015: 78, 2016: 78}, **keys),
            Series({2015: 2e6, 2016: 1e6}, measure="population", **keys),
        ],
    )


def test_published_months_are_added_and_divided_too(tmp_path: Path) -> None:
    world = explorer(tmp_path)
    about = {"place": "chicago-pd"}
    span = world.verify(rate("value", period="2015-10..2016-09", value=1) | about)
    [reading] = [r for r in span.readings if r.stated]
    # October to December of 2015 and January to September of 2016: most days are in 2016
    assert reading.value == pytest.approx(1e5 * (33 + 45) / 1e6)
    assert len(reading.figures[0].observation_keys) == 13
    summed = world.verify(
        {**rate("value", period="2016-01..2016-03", value=6), **about, "measure": "murder"}
    )
    assert summed.label == "supported"
    month = world.verify(rate(every="month", month=12, since=2014) | about)
    assert month.label == "supported"
    assert "1.20 per 100,000 (not annualised) in December 2016" in month.sentence


def test_a_month_that_is_missing_makes_no_sum(tmp_path: Path) -> None:
    world = explorer(tmp_path, **{"2016-02": None})
    verdict = world.verify(
        {"kind": "value", "place": "chicago-pd", "measure": "murder", "value": 6}
        | {"period": "2016-01..2016-03"}
    )
    assert verdict.label == "not_enough_evidence"
    assert "the figure covers only part of the period" in verdict.sentence
