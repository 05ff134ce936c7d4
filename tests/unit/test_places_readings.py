"""Of how many places something is true: the group, what is not known of it, and what is said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from checks.claim_places import PlacesTest
from checks.readings import SLICES
from datasets.settings import Settings
from datasets.warehouse import writer
from tests.support_places import (
    CITIES,
    DOWN,
    GROUP,
    SAME,
    UP,
    Pair,
    outcome,
    places,
    rose,
    stated,
    world_of,
)
from tests.support_world import Series, make_world

# How many


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"value": 6}, "holds"),
        ({"value": 7}, "fails"),
        ({"value": 6, "hedge": "at least"}, "holds"),
        ({"value": 6, "hedge": "more than"}, "fails"),
        ({"value": 7, "hedge": "fewer than"}, "holds"),
        ({"value": 40, "hedge": "fewer than"}, "holds"),
        ({"value": 40, "hedge": "at least"}, "fails"),
        ({"value": "60%"}, "holds"),
        ({"value": "61%"}, "fails"),
        ({"value": "3/5", "hedge": "at least"}, "holds"),
        ({"value": "3/5", "hedge": "more than"}, "fails"),
        ({"value": "1/3", "hedge": "fewer than"}, "fails"),
        ({"how_many": "most"}, "holds"),
        ({"how_many": "a minority"}, "fails"),
        ({"how_many": "all"}, "fails"),
        ({"how_many": "none"}, "fails"),
    ],
    ids=str,
)
def test_a_number_a_share_and_a_word_are_of_the_places_of_the_group(
    tmp_path: Path, said: dict[str, Any], expected: str
) -> None:
    verdict = world_of(tmp_path, [UP] * 6 + [DOWN] * 3 + [SAME]).verify(rose(**said))
    assert outcome(verdict) == expected
    [reading] = stated(verdict)
    figures = [(f.role.removeprefix("places where it "), f.value) for f in reading.figures]
    assert figures == [("rose", 6), ("fell", 3), ("stayed the same", 1)]
    assert {f.unit for f in reading.figures} == {"places"}
    assert "6 of 10 places with figures" in reading.comparison


@pytest.mark.parametrize(
    ("n_true", "share", "more", "fewer"),
    [
        (3, "1/3", "fails", "fails"),
        (6, "2/3", "fails", "fails"),
        (4, "1/3", "holds", "fails"),
        (2, "1/3", "fails", "holds"),
    ],
)
def test_a_third_of_nine_is_three_whatever_the_last_digits_of_a_float(
    tmp_path: Path, n_true: int, share: str, more: str, fewer: str
) -> None:
    world = world_of(tmp_path, [UP] * n_true + [DOWN] * (9 - n_true))
    test = rose(value=share, out_of=9)
    assert outcome(world.verify({**test, "hedge": "more than"})) == more
    assert outcome(world.verify({**test, "hedge": "fewer than"})) == fewer
    if n_true == 3:
        assert outcome(world.verify({**test, "hedge": "at least"})) == "holds"
        assert outcome(world.verify({**test, "hedge": "at most"})) == "holds"


def test_every_figure_leads_back_to_the_members_behind_it(tmp_path: Path) -> None:
    pairs: list[Pair] = [UP] * 6 + [DOWN] * 3 + [SAME]
    [reading] = stated(world_of(tmp_path, pairs).verify(rose(how_many="most")))
    behind = [{key.split("|")[4] for key in f.observation_keys} for f in reading.figures]
    assert behind == [set(CITIES[:6]), set(CITIES[6:9]), {CITIES[9]}]
    assert [len(f.observation_keys) for f in reading.figures] == [12, 6, 2]
    years = {key.split("|")[5][:4] for f in reading.figures for key in f.observation_keys}
    assert years == {"2014", "2015"}


def test_that_it_is_true_of_none_is_shown_by_all_of_them(tmp_path: Path) -> None:
    [reading] = stated(world_of(tmp_path, [DOWN] * 8 + [SAME] * 2).verify(rose(how_many="none")))
    assert reading.outcome == "holds"
    assert [(f.value, len(f.observation_keys)) for f in reading.figures] == [
        (0, 20),
        (8, 16),
        (2, 4),
    ]


def test_a_level_is_of_one_year_and_strictly_above_or_below(tmp_path: Path) -> None:
    world = world_of(
        tmp_path, [(9.0, v) for v in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0)]
    )
    above = places(period=2015, above=8)
    assert outcome(world.verify({**above, "value": 2})) == "holds"
    assert outcome(world.verify({**above, "value": "1/3", "hedge": "fewer than"})) == "holds"
    assert outcome(world.verify(places(period=2015, below=8, value=7))) == "holds"
    [reading] = stated(world.verify({**above, "value": 2}))
    assert [len(f.observation_keys) for f in reading.figures] == [2, 8]
    assert [f.role for f in reading.figures] == [
        "places where it was above 8",
        "places where it was not above 8",
    ]


@pytest.mark.parametrize(
    ("word", "pair", "true"),
    [
        ("doubled", (5.0, 10.0), True),
        ("doubled", (5.0, 9.0), False),
        ("soared", (10.0, 12.0), True),
        ("soared", (10.0, 11.0), False),
        ("plummeted", (10.0, 8.0), True),
        ("unchanged", (0.0, 0.0), True),
        ("unchanged", (0.0, 1.0), False),
        ("up", (0.0, 1.0), True),
        ("down", (0.0, 1.0), False),
        ("up", (0.0, 0.0), False),
        ("soared", (0.0, 1.0), None),  # a rise, but of how many percent?
        ("doubled", (0.0, 1.0), None),
    ],
)
def test_the_band_of_a_word_applies_to_each_place(
    tmp_path: Path, word: str, pair: Pair, true: bool | None
) -> None:
    # eight decided places that are not what the word says, and two of the pair
    other = (10.0, 9.0) if word != "down" else (10.0, 11.0)
    world = world_of(tmp_path, [other] * 8 + [pair] * 2)
    test = places(start=2014, end=2015, word=word)
    found = outcome(world.verify({**test, "value": 2, "hedge": "at least"}))
    assert found == {True: "holds", False: "fails", None: "undetermined"}[true]
    assert outcome(world.verify({**test, "value": 3, "hedge": "at least"})) == "fails"


# What is not known


def test_a_place_without_a_figure_may_be_either(tmp_path: Path) -> None:
    # five rose, two fell, one lacks a figure of one year, two are not in the source at all
    world = world_of(tmp_path, [UP] * 5 + [DOWN] * 2 + [(4.0, None)])
    expected = {
        ("at least", 5): "holds",
        ("at least", 6): "undetermined",
        ("at least", 8): "undetermined",
        ("at least", 9): "fails",
        ("fewer than", 9): "holds",
        ("fewer than", 8): "undetermined",
        ("fewer than", 5): "fails",
        (None, 5): "undetermined",
        (None, 4): "fails",
    }
    for (hedge, value), wanted in expected.items():
        verdict = world.verify(rose(value=value, hedge=hedge))
        assert outcome(verdict) == wanted, (hedge, value)
        if wanted == "undetermined":
            assert verdict.label == "not_enough_evidence"
            assert "the places without a figure (3) could turn it either way" in verdict.sentence


@pytest.mark.parametrize(
    ("n_up", "n_down", "expected"),
    [
        (6, 2, "holds"),
        (5, 1, "undetermined"),
        (4, 4, "undetermined"),
        (4, 5, "fails"),
        (5, 5, "fails"),
    ],
)
def test_most_is_more_than_half_of_all_even_if_the_others_did_not(
    tmp_path: Path, n_up: int, n_down: int, expected: str
) -> None:
    world = world_of(tmp_path, [UP] * n_up + [DOWN] * n_down)
    assert outcome(world.verify(rose(how_many="most"))) == expected


def test_a_partial_year_of_a_member_is_no_figure(tmp_path: Path) -> None:
    world = world_of(tmp_path, [UP] * 6 + [DOWN] * 4)
    assert outcome(world.verify(rose(value=6))) == "holds"
    with writer(Settings(var=tmp_path), world.build.path) as con:
        con.execute(
            "UPDATE mart.series SET value = NULL, status = 'partial' "
            "WHERE place = ? AND year = 2015",
            [CITIES[0]],
        )
    assert outcome(world.verify(rose(value=6))) == "undetermined"
    assert outcome(world.verify(rose(value=5))) == "undetermined"
    assert outcome(world.verify(rose(value=7))) == "fails"


def test_figures_of_less_than_half_of_a_group_say_nothing_of_it(tmp_path: Path) -> None:
    verdict = world_of(tmp_path, [UP] * 4).verify(rose(value=2, hedge="at least"))
    assert outcome(verdict) == "missing"
    assert verdict.label == "not_enough_evidence"
    assert "4 of 10 places of the group have a figure; it needs at least 5" in verdict.sentence


@pytest.mark.parametrize("n_members", [1, 2])
def test_a_group_of_one_or_two_has_no_most(tmp_path: Path, n_members: int) -> None:
    world = world_of(tmp_path, [UP] * 10)
    with writer(Settings(var=tmp_path), world.build.path) as con:
        con.execute(
            "DELETE FROM core.peer_group WHERE peer_group = ? AND NOT list_contains(?, place)",
            [GROUP, list(CITIES[:n_members])],
        )
    for said in ({"how_many": "most"}, {"how_many": "all"}, {"value": 1, "hedge": "at least"}):
        verdict = world.verify(rose(**said))
        assert verdict.label == "not_enough_evidence"
        assert f"{n_members} of {n_members} places of the group have a figure" in verdict.sentence
        assert "at least 3" in verdict.sentence


def test_nothing_is_said_of_a_group_without_any_figure(tmp_path: Path) -> None:
    verdict = world_of(tmp_path, []).verify(rose(how_many="most"))
    assert (verdict.label, verdict.readings) == ("not_enough_evidence", ())


@pytest.mark.parametrize(
    ("out_of", "n_known", "value", "expected"),
    [
        (10, 10, 6, "holds"),
        (10, 9, 6, "undetermined"),  # the tenth may have risen too
        (9, 9, 6, "holds"),  # the nine with figures are the nine that are meant
        (8, 9, 6, "undetermined"),  # which eight?
        (30, 10, 6, "undetermined"),
    ],
)
def test_how_many_places_the_words_name_must_be_there(
    tmp_path: Path, out_of: int, n_known: int, value: int, expected: str
) -> None:
    world = world_of(tmp_path, [UP] * 6 + [DOWN] * (n_known - 6))
    verdict = world.verify(rose(value=value, out_of=out_of))
    assert outcome(verdict) == expected
    if out_of in (8, 30):
        assert f"the words are about {out_of} places; the group has 10" in verdict.sentence


# Who stands in, and what is nearby


def test_an_agency_stands_in_for_the_city_it_polices_and_counts_once(tmp_path: Path) -> None:
    agencies = [f"{city.rpartition('-')[0]}-pd" for city in CITIES]
    series = [
        Series({2014: 1.0, 2015: 2.0}, dataset="fbi_cius_city", place=a) for a in agencies[:6]
    ]
    # a city with figures of its own is itself; its agency fell
    series.append(Series({2014: 1.0, 2015: 2.0}, dataset="fbi_cius_city", place=CITIES[6]))
    series.append(Series({2014: 2.0, 2015: 1.0}, dataset="fbi_cius_city", place=agencies[6]))
    verdict = make_world(tmp_path, series).verify(rose(value=7, hedge="at least"))
    [reading] = stated(verdict)
    assert (reading.outcome, reading.value, reading.fit) == ("holds", 7, "coextensive")
    assert [f.value for f in reading.figures] == [7]
    assert "agency_not_place" not in verdict.caveats


def test_an_agency_that_polices_more_than_the_city_says_nothing_of_it(tmp_path: Path) -> None:
    members = [*CITIES[:3], "charlotte-nc"]
    places_known = [*CITIES[:3], "charlotte-mecklenburg-pd"]
    world = make_world(
        tmp_path, [Series({2014: 1.0, 2015: 2.0}, place=place) for place in places_known]
    )
    with writer(Settings(var=tmp_path), world.build.path) as con:
        con.execute("DELETE FROM core.peer_group WHERE peer_group = ?", [GROUP])
        con.execute("INSERT INTO core.peer_group SELECT ?, unnest(?), ''", [GROUP, members])
    assert outcome(world.verify(rose(value=3, hedge="at least"))) == "holds"
    assert outcome(world.verify(rose(value=4, hedge="at least"))) == "undetermined"


def test_each_dataset_is_a_reading_and_members_are_not_mixed_between_them(tmp_path: Path) -> None:
    def series(dataset: str, cities: tuple[str, ...]) -> list[Series]:
        return [Series({2014: 1.0, 2015: 2.0}, dataset=dataset, place=city) for city in cities]

    world = make_world(
        tmp_path, series("fbi_cius_city", CITIES[:6]) + series("fbi_return_a", CITIES[4:])
    )
    readings = stated(world.verify(rose(value=6, hedge="at least")))
    assert [(r.dataset, r.value, r.outcome) for r in readings] == [
        ("fbi_cius_city", 6, "holds"),
        ("fbi_return_a", 6, "holds"),
    ]


def series_of_years(values: dict[int, float], **keys: Any) -> list[Series]:
    return [Series(values, dataset="fbi_cius_city", place=city, **keys) for city in CITIES]


def test_nearby_years_weigh_less_the_farther_they_are(tmp_path: Path) -> None:
    figures = {year: float(year) for year in range(2005, 2017)}
    world = make_world(tmp_path, series_of_years(figures))
    test = places(start=2010, end=2014, direction="up", value=9, hedge="at least")
    nearby = {r.variant[:12]: r.weight for r in world.verify(test).readings if not r.stated}
    assert len(nearby) == 19  # of 7 times 3, without the claim itself and 2013 to 2013
    assert nearby["2009 to 2014"] == 1.0  # over five years, and a president took office
    assert nearby["2008 to 2014"] == 0.25
    assert nearby["2007 to 2015"] == 0.125
    level = places(period=2014, above=8, value=9, hedge="at least")
    found = [r.variant[:4] for r in world.verify(level).readings if not r.stated]
    assert sorted(found) == ["2012", "2013", "2015", "2016"]


def test_no_nearby_reading_is_unfair(tmp_path: Path) -> None:
    world = make_world(tmp_path, series_of_years({y: float(y) for y in range(2005, 2020)}))

    def nearby(date: str = "2017-08-16", **keys: Any) -> list[str]:
        verdict = world.verify(places(**{"value": 9, "hedge": "at least", **keys}), date=date)
        return [r.variant[:12] for r in verdict.readings if not r.stated]

    move = {"start": 2013, "end": 2015, "direction": "up"}
    assert nearby(**move)
    # no year that had not ended
    assert max(variant[8:] for variant in nearby(**move, date="2016-08-16")) == "2015"
    # what the words name, and the last full year on the year before, nobody picked
    assert nearby(**move, years_named=True) == []
    assert nearby(start=2015, end=2016, direction="up") == []
    assert nearby(period=2016, above=3) == []
    # of an exact number of places another year has another one
    assert nearby(period=2014, above=3, value=10, hedge=None) == []


def test_of_an_exact_number_another_start_is_asked_for_as_many(tmp_path: Path) -> None:
    def figures(city: int) -> dict[int, float | None]:
        # seven rose from 2013, all from 2012, three from 2011
        return {2011: 5 if city < 3 else 50, 2012: 1, 2013: 5 if city < 7 else 50, 2015: 10}

    world = make_world(
        tmp_path,
        [Series(figures(n), dataset="fbi_cius_city", place=c) for n, c in enumerate(CITIES)],
    )
    verdict = world.verify(places(start=2013, end=2015, direction="up", value=7))
    assert outcome(verdict) == "holds"
    nearby = {r.variant[:12]: (r.outcome, r.value) for r in verdict.readings if not r.stated}
    assert nearby == {"2012 to 2015": ("holds", 10), "2011 to 2015": ("fails", 3)}


def test_a_share_is_asked_of_other_groups_nearer_the_more_places_they_share(tmp_path: Path) -> None:
    world = world_of(tmp_path, [UP] * 6 + [DOWN] * 4)
    with writer(Settings(var=tmp_path), world.build.path) as con:
        con.execute("DELETE FROM core.peer_group WHERE peer_group <> ?", [GROUP])
        con.execute(
            "INSERT INTO core.peer_group SELECT 'cities-over-500k', unnest(?), ''", [CITIES[2:7]]
        )
        con.execute("INSERT INTO core.peer_group SELECT 'states', unnest(['alabama', 'ohio']), ''")

    def nearby(**said: Any) -> list[tuple[str, str, float]]:
        readings = world.verify(rose(**said), date="2016-08-16").readings
        return [(r.place, r.outcome, r.weight) for r in readings if not r.stated]

    assert nearby(how_many="most") == [("cities-over-500k", "holds", 0.5)]
    assert nearby(value="70%", hedge="at least") == [("cities-over-500k", "holds", 0.5)]
    assert nearby(value=6, hedge="at least") == []  # a number of places is another one there
    assert nearby(how_many="most", also_groups=["cities-over-500k"]) == []  # a meaning already
    both = world.verify(rose(value="70%", hedge="at least", also_groups=["cities-over-500k"]))
    assert {r.place: r.outcome for r in stated(both)} == {
        GROUP: "fails",
        "cities-over-500k": "holds",
    }
    assert both.label == "conflicting"


def test_a_meaning_without_figures_stays_open(tmp_path: Path) -> None:
    world = world_of(tmp_path, [UP] * 10)
    verdict = world.verify(rose(how_many="most", also_groups=["states"]))
    assert "undetermined" not in verdict.caveats  # no source has anything of the states: no reading
    more = world_of(tmp_path, [UP] * 10)
    with writer(Settings(var=tmp_path), more.build.path) as con:
        con.execute("DELETE FROM core.peer_group WHERE peer_group = 'states'")
        con.execute("INSERT INTO core.peer_group SELECT 'states', unnest(?), ''",
                    [[CITIES[0], "ohio", "utah", "iowa"]])  # fmt: skip
    verdict = more.verify(rose(how_many="most", also_groups=["states"]))
    assert verdict.label == "not_enough_evidence"
    assert "One meaning of the words stays open" in verdict.sentence


# What is said of it


def test_the_closest_true_statement_is_true_when_it_is_claimed(tmp_path: Path) -> None:
    world = world_of(tmp_path, [UP] * 6 + [DOWN] * 3)
    verdict = world.verify(rose(value=8, hedge="at least"))
    assert verdict.closest_true is not None
    assert verdict.closest_true.endswith("rose in 6 of 9 places with figures")
    assert outcome(world.verify(rose(value=6, out_of=9))) == "holds"


@pytest.mark.parametrize(
    ("said", "edge"),
    [
        ({"value": 6, "hedge": "at least"}, True),
        ({"value": 7, "hedge": "at least"}, True),
        ({"value": 5, "hedge": "at least"}, False),
        ({"how_many": "most"}, True),
        ({"value": "1/3", "hedge": "at least"}, False),
        ({"value": 6}, False),
    ],
    ids=str,
)
def test_one_place_more_or_fewer_that_turns_it_is_a_knife_edge(
    tmp_path: Path, said: dict[str, Any], edge: bool
) -> None:
    verdict = world_of(tmp_path, [UP] * 6 + [DOWN] * 4).verify(rose(**said))
    assert ("knife_edge" in verdict.caveats) is edge


@pytest.mark.parametrize(("low", "small"), [(29.0, True), (30.0, False)])
def test_small_counts_behind_a_number_of_places_are_said(
    tmp_path: Path, low: float, small: bool
) -> None:
    verdict = world_of(tmp_path, [(40.0, 50.0)] * 9 + [(40.0, low)]).verify(rose(value=9))
    assert ("small_numbers" in verdict.caveats) is small


def test_rises_and_falls_are_set_against_the_toss_of_a_coin(tmp_path: Path) -> None:
    world = world_of(tmp_path, [UP] * 8 + [DOWN] + [SAME])
    chance = world.verify(rose(value=8), full=True).chance
    assert chance is not None
    assert chance.method == "exact sign test"
    assert chance.value == pytest.approx(2 * (1 + 9) / 2**9)  # 8 or 9 of 9, either way
    assert "the 9 places where it rose or fell" in chance.sentence
    assert (
        world.verify(places(start=2014, end=2015, word="soared", value=8), full=True).chance is None
    )


def test_places_read_the_same_in_slices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of(tmp_path, [UP] * 5 + [DOWN] * 3)
    claims = [[rose(value=n, hedge="at least")] for n in range(1, 10)]
    whole = world.verify_all(claims)
    monkeypatch.setitem(SLICES, "places", 2)
    assert world.verify_all(claims) == whole


# What is refused


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"how_many": "moust"}, 'did you mean "most"'),
        ({"how_many": None}, 'either a "value"'),
        ({"value": 3}, 'either a "value"'),
        ({"hedge": "about"}, '"hedge" and "value" go together'),
        ({"how_many": None, "value": 2.5}, "no number of places"),
        ({"how_many": None, "value": "3/2"}, "more than all places"),
        ({"how_many": None, "value": "101%"}, "more than all places"),
        ({"how_many": None, "value": 31, "out_of": 30}, "more than all places"),
        ({"how_many": None, "value": "-3"}, "is not a number"),
        ({"out_of": 0}, "greater than or equal to 1"),
        ({"start": None}, 'either "start" and "end"'),
        ({"end": None}, '"start" and "end" go together'),
        ({"start": 2015}, "must end after it starts"),
        ({"period": 2015}, 'either "start" and "end"'),
        ({"direction": None}, 'either a "direction"'),
        ({"word": "doubled"}, 'either a "direction"'),
        ({"direction": None, "word": "dubled"}, 'did you mean "doubled"'),
        ({"above": 10}, 'either a "direction"'),
        ({"start": None, "end": None, "period": 2015, "direction": None}, '"above" or "below"'),
        (
            {"start": None, "end": None, "period": 2015, "direction": None, "above": "ten"},
            "is not a number",
        ),
    ],
    ids=str,
)
def test_what_says_nothing_of_places_is_refused(changed: dict[str, Any], words: str) -> None:
    test = {"says": "most of them rose", **rose(how_many="most")}
    PlacesTest.model_validate(test)
    with pytest.raises(ValueError, match=re.escape(words)):
        PlacesTest.model_validate(test | changed)
