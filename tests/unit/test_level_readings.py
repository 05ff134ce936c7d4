"""Values, thresholds, shares and ratios: bands, bounds by parts, stand-ins and vintages."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tests.support_world import Series, make_world

COUNTY = "miami-dade-county-fl"
COUNTY_POLICE = "miami-dade-pd"


def threshold(**keys: Any) -> dict[str, Any]:
    return {
        "kind": "threshold",
        "place": "chicago-il",
        "measure": "murder",
        "hedge": "more than",
        "value": 433,
        **keys,
    }


def stated(verdict: Any) -> list[str]:
    return [r.outcome for r in verdict.readings if r.stated]


def test_more_than_is_strict_and_at_least_is_not(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2016: 433.0})])
    assert stated(world.verify(threshold(period=2016))) == ["fails"]
    assert stated(world.verify(threshold(period=2016, hedge="at least"))) == ["holds"]


def test_a_window_of_days_is_summed_and_a_day_without_incident_is_zero(tmp_path: Path) -> None:
    days = {"2017-01-01": 400, "2017-03-01": 34, "2017-12-31": 1}
    world = make_world(tmp_path, [], days)
    verdict = world.verify(threshold(period="2017-01-01..2017-08-15"))
    assert [r.value for r in verdict.readings] == [434.0]
    assert verdict.label == "supported"
    assert "partial_year" in verdict.caveats


@pytest.mark.parametrize(
    ("period", "value"),
    [("2017-03", 34.0), ("2017-02..2017-04", 36.0), ("2017-01..2017-12", 437.0), (2017, None)],
)
def test_a_month_and_months_in_a_row_are_summed_from_their_days(
    tmp_path: Path, period: object, value: float | None
) -> None:
    days = {"2017-01-01": 400, "2017-03-01": 34, "2017-04-30": 2, "2017-12-31": 1}
    verdict = make_world(tmp_path, [], days).verify(threshold(period=period))
    # a whole year is a published figure, and none is there; its months are not read as one either
    expected = [] if value in (None, 437.0) else [value]
    assert [r.value for r in verdict.readings] == expected


@pytest.mark.parametrize("period", ["2017-13", "2017-00", "2017-05..2017-04", "2017-3"])
def test_months_that_are_none_are_refused(tmp_path: Path, period: str) -> None:
    with pytest.raises(ValueError, match=r"month|before it begins"):
        make_world(tmp_path, [Series({2016: 1.0})]).verify(threshold(period=period))


def test_days_outside_of_what_a_snapshot_covers_are_unknown_not_zero(tmp_path: Path) -> None:
    world = make_world(tmp_path, [], {"2017-02-01": 500, "2017-12-31": 1})
    verdict = world.verify(threshold(period="2017-01-01..2017-08-15"))
    assert verdict.label == "not_enough_evidence"
    assert verdict.holds_share is None


def test_part_of_a_place_can_show_more_but_never_fewer(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({1980: 212.0, 1981: 254.0}, place=COUNTY_POLICE)])
    above = threshold(place=COUNTY, period=1981)
    assert stated(world.verify({**above, "value": 200})) == ["holds"]
    assert stated(world.verify({**above, "value": 500})) == ["undetermined"]
    below = {**above, "hedge": "fewer than"}
    assert stated(world.verify({**below, "value": 200})) == ["fails"]
    assert stated(world.verify({**below, "value": 500})) == ["undetermined"]


def test_an_open_meaning_keeps_a_claim_from_being_refuted(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({1981: 254.0}, place=COUNTY_POLICE)])
    test = threshold(place=COUNTY, period=1981, value=500)
    verdict = world.verify({**test, "also_read_as": [COUNTY_POLICE]})
    assert verdict.label == "not_enough_evidence"
    assert verdict.holds_share == 0.0
    assert "undetermined" in verdict.caveats
    assert world.verify({**test, "place": COUNTY_POLICE}).label == "refuted"


def test_how_often_needs_enough_years_whatever_the_missing_ones_were(tmp_path: Path) -> None:
    def label(figures: dict[int, float]) -> str:
        world = make_world(tmp_path, [Series(figures)])
        window = {"start": 1980, "end": 1989}
        return world.verify(
            threshold(window=window, how_often="regularly", hedge="upwards of", value=500)
        ).label

    assert label(dict.fromkeys(range(1980, 1985), 501.0)) == "supported"  # 5 of 10, 5 unknown
    assert label(dict.fromkeys(range(1980, 1984), 501.0)) == "not_enough_evidence"
    assert label(dict.fromkeys(range(1980, 1986), 500.0)) == "refuted"  # at most 4 of 10


def test_rounding_follows_the_precision_of_the_number_said(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2014: 1000.0, 2015: 1108.4})])
    change = {
        "kind": "value",
        "place": "chicago-il",
        "measure": "murder_change_pct",
        "period": 2015,
    }
    assert stated(world.verify({**change, "value": "11%"})) == ["holds"]  # 10.5 to 11.5
    assert stated(world.verify({**change, "value": "10.8%"})) == ["holds"]  # 10.75 to 10.85
    assert stated(world.verify({**change, "value": "10.9%"})) == ["fails"]


def test_the_vintage_known_on_the_day_and_the_newest_are_both_readings(tmp_path: Path) -> None:
    editions = {"2016-06-01": 430.0, "2017-01-01": 440.0, "2018-01-01": 445.0, "2020-01-01": 432.0}
    world = make_world(tmp_path, [Series({2015: v}, vintage=d) for d, v in editions.items()])
    verdict = world.verify(threshold(period=2015))
    by_vintage = {str(r.vintage): (r.value, r.contemporaneous) for r in verdict.readings}
    assert by_vintage == {"2017-01-01": (440.0, True), "2020-01-01": (432.0, False)}
    assert verdict.label == "conflicting"
    assert "vintage_sensitive" in verdict.caveats


def test_as_of_a_day_nothing_published_later_is_used(tmp_path: Path) -> None:
    world = make_world(
        tmp_path, [Series({2015: 440.0}), Series({2015: 400.0}, vintage="2018-01-01")]
    )
    verdict = world.verify(threshold(period=2015), as_of=dt.date(2017, 12, 31))
    assert [str(r.vintage) for r in verdict.readings] == ["2016-01-01"]
    assert world.verify(threshold(period=2015), as_of=dt.date(2015, 1, 1)).readings == ()


def ratio(of: str, to: str, **keys: Any) -> dict[str, Any]:
    return {
        "kind": "ratio",
        "of": {"places": [of], "measure": "murder"},
        "to": {"places": [to], "measure": "murder"},
        "period": 2016,
        "value": 3,
        "hedge": "more than",
        **keys,
    }


def test_a_ratio_to_part_of_a_place_is_an_upper_bound(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2016: 768.0}), Series({2016: 84.0}, place=COUNTY_POLICE)])
    assert stated(world.verify(ratio("chicago-il", COUNTY))) == ["undetermined"]
    assert stated(world.verify(ratio("chicago-il", COUNTY_POLICE))) == ["holds"]
    assert stated(world.verify(ratio("chicago-il", COUNTY, value=10))) == ["fails"]


@pytest.mark.parametrize(("of", "to"), [(COUNTY, "chicago-il"), ("chicago-il", COUNTY)])
def test_the_rate_of_a_part_of_a_place_is_no_bound_of_a_ratio(
    tmp_path: Path, of: str, to: str
) -> None:
    counts = [Series({2016: 768.0}), Series({2016: 84.0}, place=COUNTY_POLICE)]
    people = [
        Series({2016: 1e6}, place=place, measure="population")
        for place in ("chicago-pd", COUNTY_POLICE)
    ]
    world = make_world(tmp_path, counts + people)
    for hedge in ("more than", "less than"):
        test = ratio(of, to, value="0.05", hedge=hedge)
        for side in ("of", "to"):
            test[side]["measure"] = "murder_rate"
        verdict = world.verify(test)
        # as one such rate does: it stands in, as a stand-in, whichever way it turns out
        assert stated(verdict) == [{"more than": "holds", "less than": "fails"}[hedge]]
        assert "proxy_place" in verdict.caveats


@pytest.mark.parametrize(
    ("test", "closest"),
    [
        (threshold(place=COUNTY, period=2016, hedge="fewer than", value=80), "2016: at least 139"),
        (ratio(COUNTY, "chicago-il", value="1/10", hedge="less than"), "at least 0.18 times"),
        (ratio("chicago-il", COUNTY, value=10), "at most 5.53 times"),
    ],
)
def test_parts_of_a_place_give_a_bound_as_closest_true_statement(
    tmp_path: Path, test: dict[str, Any], closest: str
) -> None:
    # 84 by the county's police alone, 139 with the largest city's: 768 / 139 = 5.525
    parts = [
        Series({2016: 84.0}, place=COUNTY_POLICE),
        Series({2016: 139.0}, place="miami-dade-pd-and-miami-pd"),
    ]
    verdict = make_world(tmp_path, [Series({2016: 768.0}), *parts]).verify(test)
    assert verdict.label == "refuted"
    assert (verdict.closest_true or "").endswith(closest)


def test_a_closest_true_rate_of_a_part_names_the_part(tmp_path: Path) -> None:
    series = [Series({2016: 84.0}, place=COUNTY_POLICE)]
    series.append(Series({2016: 1.2e6}, place=COUNTY_POLICE, measure="population"))
    test = threshold(place=COUNTY, measure="murder_rate", period=2016, value=8)
    closest = make_world(tmp_path, series).verify(test).closest_true or ""
    assert closest.endswith(": 7.0 per 100,000 (Miami-Dade Police Department)")


def test_a_closest_true_figure_of_a_second_meaning_names_it(tmp_path: Path) -> None:
    police = Series({2016: 84.0}, place=COUNTY_POLICE)
    test = threshold(place=COUNTY, also_read_as=[COUNTY_POLICE], period=2016, value=90)
    closest = make_world(tmp_path, [police]).verify(test).closest_true or ""
    assert closest.endswith("2016: 84 (Miami-Dade Police Department)")
    county = Series({2016: 197.0}, place=COUNTY)
    closest = make_world(tmp_path, [police, county]).verify(test).closest_true or ""
    assert closest.endswith("2016: 84 to 197, depending on the place")


def test_a_closest_true_figure_stays_on_its_side_of_what_is_claimed(tmp_path: Path) -> None:
    series = [Series({2016: 4994.0}), Series({2016: 1e8}, measure="population")]
    test = threshold(measure="murder_rate", period=2016, value=5)
    verdict = make_world(tmp_path, series).verify(test)
    assert verdict.label == "refuted"
    assert (verdict.closest_true or "").endswith(": 4.994 per 100,000")


def test_a_window_known_in_full_is_the_closest_true_one(tmp_path: Path) -> None:
    victims = Series(dict.fromkeys(range(2013, 2017), 501.0), definition="victims")
    cases = Series({2016: 500.0}, definition="cases", dataset="chicago_homicides")
    test = threshold(
        period=None, window={"start": 2013, "end": 2016}, how_often="every year", value=501
    )
    verdict = make_world(tmp_path, [cases, victims]).verify(test)
    assert "2013 to 2016: 0 of 4 known years" in (verdict.closest_true or "")


def test_so_many_percent_of_another_is_a_hundredth_as_many_times(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2016: 768.0}), Series({2016: 84.0}, place=COUNTY_POLICE)])
    test = ratio(COUNTY_POLICE, "chicago-il", value="11%", hedge=None)  # 10.9%
    assert stated(world.verify(test)) == ["holds"]
    assert stated(world.verify({**test, "value": "10.9%"})) == ["holds"]
    assert stated(world.verify({**test, "value": "12%"})) == ["fails"]
    assert stated(world.verify({**test, "value": "10%", "hedge": "more than"})) == ["holds"]


def test_a_zero_divisor_is_no_ratio(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2016: 768.0}), Series({2016: 0.0}, place=COUNTY_POLICE)])
    verdict = world.verify(ratio("chicago-il", COUNTY_POLICE))
    assert verdict.label == "not_enough_evidence"
    assert "zero" in verdict.sentence


def test_a_sum_of_places_needs_all_of_them(tmp_path: Path) -> None:
    series = [Series({2016: 765.0}), Series({2016: 293.0}, place="los-angeles-pd")]
    test = ratio("chicago-il", COUNTY, value=1)
    test["to"] = {"places": ["new-york-ny", "los-angeles-ca"], "measure": "murder"}
    verdict = make_world(tmp_path, series).verify(test)
    assert verdict.label == "not_enough_evidence"
    assert "1 of 2 places have a figure" in verdict.sentence
    series.append(Series({2016: 335.0}, place="new-york-pd"))
    verdict = make_world(tmp_path, series).verify(test)
    assert verdict.readings[0].value is not None
    assert abs(verdict.readings[0].value - 765 / 628) < 1e-9


def test_secondary_evidence_weighs_half_and_is_named(tmp_path: Path) -> None:
    world = make_world(
        tmp_path,
        [
            Series({2016: 440.0}),
            Series(
                {2016: 430.0}, dataset="cited_figures", place="chicago-il", evidence="secondary"
            ),
        ],
    )
    verdict = world.verify(threshold(period=2016))
    assert verdict.holds_share is not None
    assert abs(verdict.holds_share - 1 / 1.5) < 1e-6
    assert "secondary_source" in verdict.caveats


def test_an_unrelated_dataset_changes_no_reading(tmp_path: Path) -> None:
    base = [Series({2016: 440.0})]
    alone = make_world(tmp_path, base).verify(threshold(period=2016))
    other = Series({2016: 1.0}, dataset="ucr_large_agencies", place="miami-pd")
    assert make_world(tmp_path, [*base, other]).verify(threshold(period=2016)) == alone


def test_raising_the_threshold_never_turns_false_into_true(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2016: 440.0})])
    values = range(400, 481, 8)
    verdicts = world.verify_all([[threshold(period=2016, value=v)] for v in values])
    holds = [v.holds_share for v in verdicts]
    assert holds == sorted(holds, reverse=True)
    assert holds[0] == 1.0
    assert holds[-1] == 0.0


def test_a_ratio_of_two_years_has_other_starts_and_ends_as_a_change_has(tmp_path: Path) -> None:
    """The year of the smallest figure was picked: from any other nothing has doubled."""
    figures = dict.fromkeys(range(2000, 2017), 100.0) | {2004: 50.0, 2014: 110.0}
    world = make_world(tmp_path, [Series(figures)])
    here = {"places": ["chicago-il"], "measure": "murder"}
    late, early = here | {"period": 2014}, here | {"period": 2004}

    def nearby(of: dict[str, Any], to: dict[str, Any], **said: Any) -> dict[str, tuple[str, float]]:
        verdict = world.verify({"kind": "ratio", "of": of, "to": to, **said})
        assert stated(verdict) == ["holds"]
        return {r.variant: (r.outcome, r.weight) for r in verdict.readings if not r.stated}

    doubled = nearby(late, early, value=2, hedge="more than")
    assert doubled["2014 against 2003"] == ("fails", 1.0)  # a governor took office
    assert doubled["2015 against 2004"] == ("fails", 1.0)  # ten years were said
    assert doubled["2014 against 2006"] == ("fails", 0.25)
    assert doubled["2014 against 2000"] == ("fails", 0.25)  # a decade
    assert "2014 against 2014" not in doubled
    halved = nearby(early, late, value="1/2", hedge="fewer than")
    assert halved["2006 against 2014"] == ("fails", 0.25)
    assert len(halved) == len(doubled)
    # an exact number is another one of other years, which says nothing about it
    assert nearby(late, early, value="2.2") == {}
