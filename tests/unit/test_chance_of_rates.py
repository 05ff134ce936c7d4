"""The chance check of records of rates: the counts behind them, by the people of each step."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from checks.chance_figures import count_behind
from checks.chance_words import percent
from checks.models import Chance
from checks.statistics import dispersion, probability_record
from checks.statistics_spans import probability_record_of_sums
from tests import support_report as sample
from tests.support_days import world_of
from tests.support_world import Series, make_world, record

RATE = {"measure": "murder_rate"}


def chance(folder: Path, *series: Series, **keys: Any) -> Chance | None:
    world = make_world(folder, series)
    return world.verify(record(**RATE, **keys), full=True).chance


def years(first: int, *values: float | None, **keys: str) -> Series:
    return Series({first + n: value for n, value in enumerate(values)}, **keys)


def people(first: int, *values: float) -> Series:
    return years(first, *values, measure="population", definition="census")


def test_no_murder_among_a_third_of_the_people_says_little(tmp_path: Path) -> None:
    """Worked out by hand in test_statistics: of two years without any, it is 2 of 3."""
    found = chance(tmp_path, years(2015, 0, 0), people(2015, 3e6, 1e6), since=2014)
    assert found is not None
    assert found.value == pytest.approx(2 / 3, abs=1e-6)
    assert found.overdispersed is None
    assert found.method == "Gamma-Poisson probability of rates, Jeffreys prior"
    assert found.sentence == (
        "If the count behind each rate is one chance draw around the level of its year, the level "
        "of the rate of 2016 was higher than that of the one year known from 2015 to 2015 with a "
        "probability of 67%."
    )


def test_fewer_murders_of_far_fewer_people_are_a_likely_record(tmp_path: Path) -> None:
    murders, population = (20, 24, 25, 18), (2e6, 2e6, 2.1e6, 1e6)
    series = years(2013, *murders), people(2013, *population)
    found = chance(tmp_path, *series, since=2012)
    assert found is not None
    exposures = [population[-1], *population[:-1]]
    expected = probability_record(murders[-1], murders[:-1], exposures=exposures)
    assert found.value == pytest.approx(expected, abs=1e-6)
    assert expected > 0.5 > 0.1 > probability_record(murders[-1], murders[:-1])
    lowest = chance(tmp_path, *series, since=2012, direction="lowest")
    assert lowest is not None
    assert lowest.value == pytest.approx(
        probability_record(18, murders[:-1], highest=False, exposures=exposures), abs=1e-6
    )
    assert "was lower than those of all 3 years known from 2013 to 2015" in lowest.sentence


def test_a_count_by_rate_is_no_stated_reading_and_is_tested_as_a_count(tmp_path: Path) -> None:
    world = make_world(tmp_path, [years(2013, 20, 24, 25, 18), people(2013, 2e6, 2e6, 2e6, 1e6)])
    found = world.verify(record(since=2012), full=True).chance
    assert found is not None
    assert found.value == pytest.approx(probability_record(18, [20, 24, 25]), abs=1e-6)
    assert "rate" not in found.sentence


def test_how_much_rates_scatter_leaves_out_growth_of_the_population(tmp_path: Path) -> None:
    population = [1e6 * 1.2**n for n in range(12)]
    murders = [round(40 * 1.2**n * (1.3 if n % 2 else 0.8)) for n in range(11)] + [700]
    series = years(2005, *murders), people(2005, *population)
    found = chance(tmp_path, *series, since=2004)
    assert found is not None
    by_year = {2005 + n: float(count) for n, count in enumerate(murders)}
    scatter = dispersion(by_year, {2016}, exposures={2005 + n: e for n, e in enumerate(population)})
    assert scatter is not None
    exposures = [population[-1], *population[:-1]]
    expected = probability_record(700, murders[:-1], factor=scatter.factor, exposures=exposures)
    assert found.overdispersed == pytest.approx(expected, abs=1e-6)
    assert found.overdispersed < found.value
    assert "Given how much the rates scatter from year to year" in found.sentence
    assert f"({scatter.factor:.1f} times the variance of independent events" in found.sentence
    assert found.sentence.endswith(f"it is {percent(expected)}.")


def test_a_published_rate_whose_counts_are_unknown_has_none(tmp_path: Path) -> None:
    rates = years(2013, 2.5, 2.6, 2.4, 3.1, measure="murder_rate")
    world = make_world(tmp_path, [rates, people(2013, 2e6, 2e6, 2e6, 1e6)])
    verdict = world.verify(record(**RATE, since=2012), full=True)
    assert verdict.label == "supported"
    assert verdict.chance is None


def test_a_rate_is_only_that_of_a_count_that_makes_it() -> None:
    rate = sample.figure("fbi", "murder_rate", "ucr", "chicago-pd", 2016, 28.2, unit="per_100k")
    assert count_behind(rate, 564, 2e6) == 564
    assert count_behind(rate, 564, 2.0001e6) is None
    assert count_behind(rate, 564.5, 564.5 / 28.2 * 1e5) is None
    assert count_behind(rate, None, 2e6) is None
    assert count_behind(rate, 564, None) is None


def test_rates_of_ten_thousands_of_events_are_no_matter_of_chance(tmp_path: Path) -> None:
    population = people(2015, 3e8, 3e8)
    assert chance(tmp_path, years(2015, 10_001, 10_500), population, since=2014) is None
    assert chance(tmp_path, years(2015, 10_000, 10_500), population, since=2014) is not None


def test_a_year_without_people_is_not_among_those_known(tmp_path: Path) -> None:
    """The window counts from 2014; of 2013 there is a count, and no population."""
    series = years(2013, 90, 20, 25, 30), people(2014, 2e6, 2e6, 2e6)
    found = chance(tmp_path, *series, since=2013)
    assert found is not None
    assert found.value == pytest.approx(probability_record(30, [20, 25]), abs=1e-6)


# Months, twelve months, and parts of years

PEOPLE = {2013: 2e6, 2014: 2.2e6, 2015: 2.1e6, 2016: 1.2e6}
MONTHLY = {
    (year, month): 10 + 2 * (year - 2013) + (8 if month == 7 else 0) + (month * 7 + year) % 5
    for year in PEOPLE
    for month in range(1, 13)
}


def of_months(folder: Path, **keys: Any) -> Chance:
    city = {"dataset": "chicago_homicides", "vintage": "2018-01-01", "place": "chicago-il"}
    census = {**city, "dataset": "census_population", "measure": "population",
              "definition": "census"}  # fmt: skip
    totals = {year: float(sum(MONTHLY[year, m] for m in range(1, 13))) for year in PEOPLE}
    series = Series(PEOPLE, **census), Series(totals, definition="victims", **city)
    found = world_of(folder, MONTHLY, *series).verify(record(**RATE, **keys), full=True).chance
    assert found is not None
    return found


def test_a_month_is_compared_by_the_people_of_its_year(tmp_path: Path) -> None:
    found = of_months(tmp_path, every="month", month=7, since=2013)
    others = {(y, m): n for (y, m), n in MONTHLY.items() if (2014, 1) <= (y, m) < (2016, 7)}
    exposures = [PEOPLE[2016], *(PEOPLE[y] for y, _ in others)]
    expected = probability_record(MONTHLY[2016, 7], [*others.values()], exposures=exposures)
    assert found.value == pytest.approx(expected, abs=1e-6)
    julys = [MONTHLY[2014, 7], MONTHLY[2015, 7]]
    among = probability_record(
        MONTHLY[2016, 7], julys, exposures=[PEOPLE[y] for y in (2016, 2014, 2015)]
    )
    assert f"among the 2 Julys of these months alone, it is {percent(among)}" in found.sentence
    assert "the level of the rate of July 2016 was higher than those of all 30 months" in (
        found.sentence
    )
    assert found.value > probability_record(MONTHLY[2016, 7], [*others.values()]) + 0.1


def test_the_same_days_of_each_year_are_compared_by_the_people_of_each(tmp_path: Path) -> None:
    found = of_months(tmp_path, part_of_year="01-01..06-30", since=2013)
    halves = {y: sum(MONTHLY[y, m] for m in range(1, 7)) for y in PEOPLE}
    others = [halves[2014], halves[2015]]
    exposures = [PEOPLE[y] for y in (2016, 2014, 2015)]
    expected = probability_record(halves[2016], others, exposures=exposures)
    assert found.value == pytest.approx(expected, abs=1e-6)
    assert "draw around the level of the same days of its year, the level of the rate of " in (
        found.sentence
    )


def test_twelve_months_are_compared_by_the_people_of_most_of_their_days(tmp_path: Path) -> None:
    found = of_months(tmp_path, every="12 months", month=12, since=2013)
    counts = [MONTHLY[y, m] for y in range(2013, 2016) for m in range(1, 13)]
    spans = [(end - 11, end + 1) for end in range(12, 36)]
    # those to June have 184 days in the year before it and 181 in its own, those to July 31 more
    most = [PEOPLE[2013 + (stop - 7) // 12] for _, stop in spans]
    own = sum(MONTHLY[2016, m] for m in range(1, 13))
    expected = probability_record_of_sums(own, counts, spans, exposures=[PEOPLE[2016], *most])
    assert found.value == pytest.approx(expected, abs=1e-6)
    assert found.value > probability_record_of_sums(own, counts, spans) + 0.1
    assert found.method == (
        "Gamma-Poisson probability of rates, Jeffreys prior, 10,000 draws of the months"
    )
    said = re.search(r"the level of the rate of (.*) was higher than", found.sentence)
    assert said is not None
    assert said[1] == "2016"
