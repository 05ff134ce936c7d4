"""The chance check of a claim: what is tested, what is not, and that its words say its numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.chance_words import odds
from checks.claim_models import ClaimFile
from checks.models import Chance
from checks.statistics import Dispersion, Pair, probability_record, two_counts_p
from checks.verify import verify
from tests.support_world import Series, make_world

COUNTY_POLICE = "miami-dade-pd"
MURDER = {"place": "chicago-il", "measure": "murder"}
UP = {"kind": "change", "start": 2015, "end": 2016, "word": "up", **MURDER}
RECORD = {"kind": "record", "direction": "highest", "year": 2016, "years": 3, **MURDER}
FALLING = {"kind": "trend", "direction": "falling", **MURDER}


def chance(folder: Path, test: dict[str, Any], *series: Series) -> Chance | None:
    """The chance check of one made-up claim, which its test and its verdict must both carry."""
    world = make_world(folder, series)
    file = ClaimFile.model_validate(
        {
            "document": {
                **{"id": "made-up", "title": "Made up", "speaker": "Nobody"},
                **{"published": "2017-08-16", "outlet": "Nowhere", "kind": "speech"},
            },
            "claims": [{"id": "c", "said": "something", "tests": [{"says": "something", **test}]}],
        }
    )
    [verdict] = verify(world.settings, files=[file], build=world.build, full=True)
    [plain] = verify(world.settings, files=[file], build=world.build)
    assert plain.chance is None
    assert verdict.chance == verdict.tests[0].chance
    assert verdict.model_copy(update={"chance": None, "tests": ()}) == plain.model_copy(
        update={"tests": ()}
    )
    if verdict.chance is not None:
        assert verdict.chance.reading in {r.id for r in verdict.readings if r.stated}
    return verdict.chance


def years(first: int, *counts: float | None, **keys: str) -> Series:
    return Series({first + i: n for i, n in enumerate(counts)}, **keys)


# Changes and ratios


def test_a_change_of_small_counts_is_tested_against_none(tmp_path: Path) -> None:
    found = chance(tmp_path, UP, years(2015, 9, 14))
    assert found is not None
    # 2016 had a day more, which is within the exposures
    assert found.value == pytest.approx(two_counts_p(Pair(9, 14, 365, 366)), rel=1e-5)
    assert found.overdispersed is None
    assert found.method == "exact two-sample Poisson test"
    assert f"would come about in {odds(found.value)} such pairs" in found.sentence


def test_the_scatter_of_the_series_is_taken_into_account(tmp_path: Path) -> None:
    wild = chance(
        tmp_path, UP, years(2005, 100, 160, 90, 150, 80, 170, 90, 140, 100, 160, 100, 150)
    )
    assert wild is not None
    assert wild.overdispersed is not None
    assert wild.value < 0.01 < 0.1 < wild.overdispersed
    assert "times the variance of independent events, over 9 steps" in wild.sentence
    assert wild.sentence.endswith(f"it is {odds(wild.overdispersed)}.")


def test_counts_of_ten_thousands_are_no_matter_of_chance(tmp_path: Path) -> None:
    assert chance(tmp_path, UP, years(2015, 10_001, 10_500)) is None
    assert chance(tmp_path, UP, years(2015, 10_000, 10_500)) is not None


def test_a_change_of_rates_is_not_tested(tmp_path: Path) -> None:
    rates = {**UP, "measure": "murder_rate"}
    population = years(2015, 2e6, 2e6, measure="population", definition="census")
    assert chance(tmp_path, rates, years(2015, 400, 450), population) is None


def test_missing_figures_are_not_tested(tmp_path: Path) -> None:
    assert chance(tmp_path, UP, years(2015, None, 450)) is None
    assert chance(tmp_path, UP, years(2014, 450)) is None


def ratio(of: str, to: str) -> dict[str, Any]:
    sides = {k: {"places": [v], "measure": "murder"} for k, v in (("of", of), ("to", to))}
    return {"kind": "ratio", **sides, "period": 2016, "value": 3, "hedge": "more than"}


def test_a_ratio_is_tested_against_the_bound_that_is_claimed(tmp_path: Path) -> None:
    series = years(2016, 40), years(2016, 10, place=COUNTY_POLICE)
    found = chance(tmp_path, ratio("chicago-il", COUNTY_POLICE), *series)
    assert found is not None
    assert found.value == pytest.approx(two_counts_p(Pair(40, 10, ratio=3)), rel=1e-5)
    assert "If the true ratio were just 3 and" in found.sentence


def test_a_part_against_its_whole_is_not_two_counts(tmp_path: Path) -> None:
    nation = Series({2016: 1000}, place="united-states")
    assert chance(tmp_path, ratio("united-states", "chicago-il"), years(2016, 40), nation) is None


# Records


def test_a_record_is_the_probability_over_all_years_of_the_window(tmp_path: Path) -> None:
    found = chance(tmp_path, RECORD, years(2012, 99, 20, 24, 25, 30))
    assert found is not None
    assert found.value == pytest.approx(probability_record(30, [24, 25]), abs=1e-5)
    assert found.sentence.endswith(
        "the level of 2016 was higher than those of all 2 years known from 2014 to 2015 with a "
        f"probability of {100 * found.value:.0f}%."
    )


def test_a_record_of_places_taken_together_is_over_all_years_of_the_window(tmp_path: Path) -> None:
    cities = ("chicago-il", "dallas-tx", "houston-tx", "los-angeles-ca", "phoenix-az")
    each = [years(2013, 4.0, 4.0, 5.0, 8.0, dataset="fbi_cius_city", place=city) for city in cities]
    together = {k: v for k, v in RECORD.items() if k != "place"} | {"peer_group": "cities-over-1m"}
    found = chance(tmp_path, {**together, "years": 4}, *each)
    assert found is not None
    assert found.value == pytest.approx(probability_record(40, [20, 20, 25]), abs=1e-5)
    assert "all 3 years known from 2013 to 2015" in found.sentence


def test_lowest_records_look_the_other_way(tmp_path: Path) -> None:
    lowest = {**RECORD, "direction": "lowest"}
    found = chance(tmp_path, lowest, years(2013, 25, 24, 25, 20))
    assert found is not None
    assert found.value == pytest.approx(probability_record(20, [24, 25], highest=False), abs=1e-5)
    assert "lower than" in found.sentence


def test_scatter_makes_a_clear_record_less_clear(tmp_path: Path) -> None:
    series = years(2005, *[100, 160, 90, 150, 80, 170, 90, 140, 100, 160, 100, 260])
    found = chance(tmp_path, {**RECORD, "years": 10}, series)
    assert found is not None
    assert found.overdispersed is not None
    assert found.value > found.overdispersed > 0.5


# Trends and shares


def test_a_trend_is_tested_by_the_order_of_its_years(tmp_path: Path) -> None:
    test = {**FALLING, "window": {"start": 2011, "end": 2016}}
    found = chance(tmp_path, test, years(2011, 60, 50, 40, 30, 20, 10))
    assert found is not None
    assert found.value == pytest.approx(2 / 720, rel=1e-4)
    assert found.method == "Mann-Kendall test"
    assert "in about 1 of 360 orders" in found.sentence


def test_three_years_are_no_trend_to_test(tmp_path: Path) -> None:
    test = {**FALLING, "window": {"start": 2014, "end": 2016}}
    assert chance(tmp_path, test, years(2014, 60, 50, 40)) is None


def test_a_share_of_known_counts_has_an_interval(tmp_path: Path) -> None:
    test = {
        **{"kind": "share", "place": "chicago-il", "measure": "murder_clearance_rate"},
        **{"period": 2016, "value": "1/2", "hedge": "less than"},
    }
    whole = years(2016, 84)
    found = chance(tmp_path, test, whole, years(2016, 41, measure="murder_cleared"))
    assert found is not None
    assert found.value == pytest.approx(0.913202, abs=1e-5)  # 2 * P(Binomial(84, 1/2) <= 41)
    assert found.sentence.startswith("41 of 84: ")
    assert "between 38.4% and 59.3% (Wilson interval, 95%)" in found.sentence


@pytest.mark.parametrize("kind", ["value", "threshold"])
def test_a_figure_by_itself_has_no_chance_check(tmp_path: Path, kind: str) -> None:
    test = {"kind": kind, "period": 2016, "value": 30, "hedge": "at least", **MURDER}
    assert chance(tmp_path, test, years(2016, 40)) is None


# Words


@given(st.floats(0, 1))
def test_odds_say_the_number(p: float) -> None:
    said = odds(p)
    if said in ("all", "nearly all"):
        assert p >= 0.95
        return
    n, of = (int(word.replace(",", "")) for word in re.findall(r"[\d,]+", said))
    if said.startswith("fewer"):
        assert p < n / of == 0.001
    else:
        assert said == f"about {n} of {of:,}"
        assert n / of == pytest.approx(p, rel=0.17, abs=0.0505)
        assert n == 1 or of == 10


def test_dispersion_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Dispersion(0.5, 10)
