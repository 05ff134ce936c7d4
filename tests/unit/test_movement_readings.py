"""Trends, ranks, contrasts and attributions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checks.readings import SLICES
from tests.support_world import Series, make_world

CITIES = ["chicago-il", "houston-tx", "dallas-tx", "san-diego-ca", "phoenix-az", "philadelphia-pa"]


def stated(verdict: Any) -> set[str]:
    return {r.outcome for r in verdict.readings if r.stated}


def trend(direction: str, **keys: Any) -> dict[str, Any]:
    return {
        "kind": "trend",
        "place": "chicago-il",
        "measure": "murder",
        "direction": direction,
        "window": {"start": 2012, "end": 2016},
        **keys,
    }


@pytest.mark.parametrize(("values", "rising"), [([1, 2, 3, 4, 5], True), ([5, 4, 3, 2, 1], False)])
def test_reversing_time_swaps_rising_and_falling(
    tmp_path: Path, values: list[float], rising: bool
) -> None:
    world = make_world(tmp_path, [Series(dict(zip(range(2012, 2017), values, strict=True)))])
    assert stated(world.verify(trend("rising"))) == {"holds" if rising else "fails"}
    assert stated(world.verify(trend("falling"))) == {"fails" if rising else "holds"}


def test_every_year_is_more_than_a_slope(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2012: 1, 2013: 3, 2014: 2, 2015: 4, 2016: 5})])
    assert stated(world.verify(trend("rising"))) == {"holds"}
    assert stated(world.verify(trend("rising", every_year=True))) == {"fails"}


def test_a_level_series_neither_rises_nor_falls(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series(dict.fromkeys(range(2012, 2017), 4.0))])
    assert stated(world.verify(trend("rising"))) == {"fails"}
    assert stated(world.verify(trend("falling"))) == {"fails"}


def test_a_trend_with_a_missing_year_is_missing(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2012: 1, 2013: None, 2014: 2, 2015: 3, 2016: 4})])
    assert stated(world.verify(trend("rising"))) == {"missing"}


def test_true_over_one_window_only_is_called_cherry_picked(tmp_path: Path) -> None:
    figures = {2010: 90.0, 2011: 80.0, 2012: 10.0, 2013: 30.0, 2014: 31.0, 2015: 20.0, 2016: 12.0}
    world = make_world(tmp_path, [Series(figures)])
    verdict = world.verify(trend("rising", window={"start": 2012, "end": 2016}))
    assert stated(verdict) == {"holds", "fails"} or verdict.nearby_support is not None
    low_start = world.verify(trend("rising", window={"start": 2012, "end": 2014}))
    assert low_start.holds_share == 1.0
    assert low_start.nearby_support is not None
    assert low_start.nearby_support < 0.5
    assert low_start.label == "conflicting"
    assert "cherry_picked" in low_start.caveats


def test_no_nearby_window_reaches_past_the_day_of_the_claim(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series(dict.fromkeys(range(2000, 2021), 4.0))])
    verdict = world.verify(trend("rising"), date="2017-08-16")
    assert max(f.period_end.year for r in verdict.readings for f in r.figures) == 2016


def rank(**keys: Any) -> dict[str, Any]:
    return {
        "kind": "rank",
        "place": "chicago-il",
        "measure": "murder",
        "peer_group": "cities-over-1m",
        "period": 2016,
        "direction": "lowest",
        **keys,
    }


def test_the_last_full_year_on_the_year_before_is_nobodys_pick(tmp_path: Path) -> None:
    # as of a change, which is the same sentence
    figures = {2012: 100.0, 2013: 110.0, 2014: 120.0, 2015: 200.0, 2016: 150.0}
    world = make_world(tmp_path, [Series(figures)])
    last = trend("falling", window={"start": 2015, "end": 2016})
    assert world.verify(last, date="2017-08-16").label == "supported"
    # a year later there was another year to speak of
    assert world.verify(last, date="2018-08-16").label == "conflicting"
    change = {k: v for k, v in last.items() if k not in ("window", "direction")}
    change |= {"kind": "change", "start": 2015, "end": 2016, "word": "down"}
    assert world.verify(change, date="2017-08-16").label == "supported"


def test_a_peer_that_did_not_report_is_not_ranked_as_zero(tmp_path: Path) -> None:
    def verdict(last: float | None) -> Any:
        values = [50.0, 60.0, 70.0, 80.0, 90.0, last]
        series = [
            Series({2016: v}, dataset="fbi_cius_city", place=p)
            for p, v in zip(CITIES, values, strict=True)
        ]
        series.append(Series({2016: 95.0}, dataset="fbi_cius_city", place="san-antonio-tx"))
        return make_world(tmp_path, series).verify(rank(nth=1))

    assert stated(verdict(10.0)) == {"fails"}
    assert stated(verdict(None)) == {"holds"}
    assert "ranking_discouraged" in verdict(10.0).caveats


def test_a_group_with_too_few_members_is_no_group(tmp_path: Path) -> None:
    series = [
        Series({2016: 50.0}, dataset="fbi_cius_city", place=p) for p in ("chicago-il", "dallas-tx")
    ]
    assert make_world(tmp_path, series).verify(rank(nth=1)).label == "not_enough_evidence"


def contrast(direction: str) -> dict[str, Any]:
    return {
        "kind": "contrast",
        "place": "chicago-il",
        "measure": "murder",
        "peer_groups": ["cities-over-1m"],
        "direction": direction,
        "window": {"start": 2014, "end": 2016},
    }


@pytest.mark.parametrize(
    ("own", "peers", "outcome"),
    [
        ((100.0, 90.0), (100.0, 110.0), "holds"),  # fell while peers rose
        ((100.0, 105.0), (100.0, 110.0), "fails"),  # rose, only less
        ((100.0, 90.0), (100.0, 80.0), "fails"),  # all fell
    ],
)
def test_bucking_a_trend_means_moving_the_other_way(
    tmp_path: Path, own: tuple[float, float], peers: tuple[float, float], outcome: str
) -> None:
    series = [
        Series({2014: a, 2016: b}, dataset="fbi_cius_city", place=place)
        for place in CITIES
        for a, b in [own if place == "chicago-il" else peers]
    ]
    assert stated(make_world(tmp_path, series).verify(contrast("falling"))) == {outcome}


@pytest.mark.parametrize("figures", [{2014: 9, 2015: 8, 2016: 7}, {2014: 7, 2015: 8, 2016: 9}])
def test_an_attribution_is_reported_and_never_supported(
    tmp_path: Path, figures: dict[int, float]
) -> None:
    verdict = make_world(tmp_path, [Series(figures)]).verify(
        {
            "kind": "attribution",
            "place": "chicago-il",
            "measure": "murder",
            "cause": "a vote",
            "cause_date": "2017-02-17",
            "direction": "falling",
        }
    )
    assert verdict.label == "not_enough_evidence"
    assert "attribution" in verdict.caveats
    already = "already falling" if figures[2014] > figures[2016] else "not yet falling"
    assert already in verdict.sentence


def change(**keys: Any) -> dict[str, Any]:
    return {
        "kind": "change",
        "place": "chicago-il",
        "measure": "murder",
        "start": 2014,
        "end": 2016,
        **keys,
    }


@pytest.mark.parametrize(
    ("end", "keys", "outcome"),
    [
        (111.0, {"value": "11%", "direction": "up"}, "holds"),
        (111.6, {"value": "11%", "direction": "up"}, "fails"),
        (89.0, {"value": "11%", "direction": "down"}, "holds"),
        (111.0, {"value": "11%", "direction": "down"}, "fails"),
        (79.0, {"value": "20%", "direction": "down", "hedge": "more than"}, "holds"),
        (80.0, {"value": "20%", "direction": "down", "hedge": "more than"}, "fails"),
        (200.0, {"word": "doubled"}, "holds"),
        (150.0, {"word": "doubled"}, "fails"),
        (100.0, {"word": "up"}, "fails"),
        (100.0, {"word": "down"}, "fails"),
        (100.0, {"word": "unchanged"}, "holds"),
        (50.0, {"word": "halved"}, "holds"),
    ],
)
def test_a_change_is_counted_in_percent_of_where_it_starts(
    tmp_path: Path, end: float, keys: dict[str, Any], outcome: str
) -> None:
    world = make_world(tmp_path, [Series({2014: 100.0, 2016: end})])
    assert stated(world.verify(change(**keys))) == {outcome}


def test_a_change_is_tried_from_other_years_nearer_and_more_natural_ones_weighing_more(
    tmp_path: Path,
) -> None:
    figures = {2010: 50.0, 2011: 500.0, 2012: 400.0, 2013: 300.0, 2014: 100.0, 2015: 150.0}
    figures[2016] = 200.0
    verdict = make_world(tmp_path, [Series(figures)]).verify(change(word="up"))
    assert stated(verdict) == {"holds"}
    nearby = {r.variant: (r.outcome, r.weight) for r in verdict.readings if not r.stated}
    assert nearby["2013 to 2016"] == ("fails", 0.5)
    assert nearby["2012 to 2016"] == ("fails", 0.25)
    assert nearby["2014 to 2015"] == ("holds", 0.5)
    # over five years, a round number
    assert nearby["2011 to 2016"] == ("fails", round(1 / 3, 6))
    # the start of a decade, but four years away from a claim about two
    assert "2010 to 2016" not in nearby
    assert not any("2017" in variant for variant in nearby)


def test_a_change_over_many_years_is_also_tried_from_years_that_people_choose(
    tmp_path: Path,
) -> None:
    figures = {year: 100.0 + year - 1985 for year in range(1985, 2016)}
    world = make_world(tmp_path, [Series(figures)])
    verdict = world.verify(change(start=1995, end=2015, word="up"))
    nearby = {r.variant: r.weight for r in verdict.readings if not r.stated}
    assert nearby["1990 to 2015"] == round(1 / 5, 6)  # a decade
    assert nearby["1989 to 2015"] == round(1 / 6, 6)  # Mayor Daley and President Bush take office
    assert nearby["1985 to 2015"] == round(1 / 10, 6)  # thirty years
    assert "1988 to 2015" not in nearby
    assert not {v for v in nearby if v.startswith("1984")}


def test_a_count_is_also_read_as_the_rate_it_gives(tmp_path: Path) -> None:
    """In the years of the words and in all that are near them: together a quarter of a reading."""
    years = range(2000, 2017)
    world = make_world(
        tmp_path,
        [
            Series({year: 100.0 + year - 2000 for year in years}),
            Series({year: 1000.0 * 2 ** (year - 2000) for year in years}, measure="population"),
        ],
    )
    verdict = world.verify(change(word="up"))
    assert stated(verdict) == {"holds"}
    nearby = {r.variant: r for r in verdict.readings if not r.stated}
    words = ", by rate instead of count"
    restated = {v.removesuffix(words): r for v, r in nearby.items() if v.endswith(words)}
    assert {r.outcome for r in restated.values()} == {"fails"}
    assert sum(r.weight for r in restated.values()) == pytest.approx(0.25, abs=1e-5)
    own = restated.pop("2014 to 2016").weight
    assert restated.keys() == {v for v in nearby if not v.endswith(words)}
    for period, reading in restated.items():
        assert reading.weight == pytest.approx(own * nearby[period].weight, abs=1e-5)
    assert "count_or_rate" in verdict.caveats
    # an exact percentage is of the quantity that the words name
    exact = world.verify(change(value="10%", direction="up"))
    assert not [r for r in exact.readings if "instead of" in r.variant]


def test_what_a_rate_says_of_other_years_is_no_caveat_of_the_measure(tmp_path: Path) -> None:
    people = {2012: 1000.0, 2013: 1000.0, 2014: 2000.0, 2015: 2000.0, 2016: 2000.0}
    world = make_world(
        tmp_path,
        [
            Series(dict(zip(people, (100.0, 105.0, 110.0, 115.0, 120.0), strict=True))),
            Series(people, measure="population"),
        ],
    )
    verdict = world.verify(change(word="up"))
    by_rate = {r.variant[:12]: r.outcome for r in verdict.readings if "by rate" in r.variant}
    assert by_rate["2014 to 2016"] == "holds"
    assert by_rate["2013 to 2016"] == "fails"
    assert "count_or_rate" not in verdict.caveats


def test_fair_rewordings_are_also_read_as_known_when_the_claim_was_made(tmp_path: Path) -> None:
    first = Series({2013: 90.0, 2014: 100.0, 2016: 110.0}, vintage="2017-01-01")
    revised = Series({2013: 120.0, 2014: 100.0, 2016: 110.0}, vintage="2019-01-01")
    world = make_world(tmp_path, [first, revised])
    verdict = world.verify(change(word="up"))
    nearby = {str(r.vintage): r.outcome for r in verdict.readings if r.variant == "2013 to 2016"}
    assert nearby == {"2017-01-01": "holds", "2019-01-01": "fails"}


def test_a_change_from_zero_is_no_percentage(tmp_path: Path) -> None:
    verdict = make_world(tmp_path, [Series({2014: 0.0, 2016: 3.0})]).verify(change(word="up"))
    assert verdict.label == "not_enough_evidence"
    assert "zero" in verdict.sentence


def test_uniqueness_is_the_share_of_peers_of_which_the_same_is_true(tmp_path: Path) -> None:
    ends = [200.0, 200.0, 110.0, 110.0, 90.0, 90.0]  # Chicago doubled, as did one of five others
    series = [
        Series({2014: 100.0, 2016: end}, dataset="fbi_cius_city", place=place)
        for place, end in zip(CITIES, ends, strict=True)
    ]
    verdict = make_world(tmp_path, series).verify(change(word="doubled"), full=True)
    assert verdict.uniqueness == 0.2
    assert verdict.peers is not None
    assert verdict.peers.startswith("1 of 5 others")
    assert not {r.place for r in verdict.readings} & set(CITIES[1:])  # peers are not readings


def test_too_few_peers_with_figures_say_nothing(tmp_path: Path) -> None:
    series = [Series({2014: 1.0, 2016: 2.0}, dataset="fbi_cius_city", place=p) for p in CITIES[:4]]
    assert make_world(tmp_path, series).verify(change(word="up"), full=True).uniqueness is None


def test_a_trend_reads_the_same_in_slices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path, [Series({year: 1000.0 - year / 9 for year in range(2005, 2017)})])
    claims: list[list[dict[str, Any]]] = [
        [
            {
                "kind": "trend",
                "place": "chicago-il",
                "measure": "murder",
                "direction": direction,
                "window": {"start": start, "end": 2016},
            }
        ]
        for direction in ("rising", "falling")
        for start in range(2006, 2012)
    ]
    whole = world.verify_all(claims)
    assert all(verdict.readings for verdict in whole)
    monkeypatch.setitem(SLICES, "trend", 5)
    assert world.verify_all(claims) == whole
