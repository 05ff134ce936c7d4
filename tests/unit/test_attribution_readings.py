"""Attributions: what came before and after a cause, at other dates and in other places."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.attribution_bars import bars
from checks.models import Reading, Verdict
from checks.readings import SLICES
from tests.support_world import Series, World, make_world

CITIES = [
    *("chicago-il", "houston-tx", "dallas-tx", "san-diego-ca", "phoenix-az", "philadelphia-pa"),
    *("san-antonio-tx", "new-york-ny", "los-angeles-ca", "san-jose-ca"),
]
PEERS = CITIES[1:]
YEARS = range(1990, 2017)
LEVEL = {year: 100.0 + year % 3 for year in YEARS}
TREND, CHANGE = "already before the cause", "before and after the cause"
DATES, AGAINST, PLACEBO = "compared with other dates", "compared with peers", "each of the peers"
WIDER = f"{AGAINST}: cities of 500,000 people or more"
QUICK = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def cause(**keys: Any) -> dict[str, Any]:
    return {
        "kind": "attribution",
        "place": "chicago-il",
        "measure": "murder",
        "cause": "a law",
        "cause_date": "2010-06-01",
        "direction": "falling",
        "peer_groups": ["cities-over-1m"],
        **keys,
    }


def world(folder: Path, figures: Mapping[str, Mapping[int, float | None]], **keys: Any) -> World:
    """Cities of a million people or more, by one dataset that has them all."""
    return make_world(
        folder,
        [Series(own, dataset="fbi_cius_city", place=p, **keys) for p, own in figures.items()],
    )


def everywhere(own: Mapping[int, float | None]) -> dict[str, Mapping[int, float | None]]:
    """The same series with another level in each city, so that none is equal to another."""
    return {
        place: {year: None if v is None else v * (1 + n / 10) for year, v in own.items()}
        for n, place in enumerate(CITIES)
    }


def after(factor: float, since: int = 2010) -> dict[int, float | None]:
    return {year: value * (factor if year >= since else 1) for year, value in LEVEL.items()}


def scaled(figures: Mapping[int, float | None], by: float) -> dict[int, float | None]:
    return {year: v and v * by for year, v in figures.items()}


def one(verdict: Verdict, step: str, *, stated: bool = True) -> Reading:
    [found] = [r for r in verdict.readings if r.variant.startswith(step) and r.stated is stated]
    return found


def outcomes(verdict: Verdict) -> list[str]:
    return [one(verdict, s).outcome for s in (TREND, CHANGE, DATES, AGAINST, PLACEBO)]


def test_a_jump_at_the_cause_that_no_other_date_and_place_has(tmp_path: Path) -> None:
    figures = everywhere(LEVEL) | {"chicago-il": after(0.5)}
    verdict = world(tmp_path, figures).verify(cause(), full=True)
    assert outcomes(verdict) == ["holds"] * 5
    assert verdict.label == "not_enough_evidence"
    # 2007 to 2009 are 100, 101 and 102 in some order; so are 2011 to 2013 before they are halved
    assert one(verdict, CHANGE).value == -50.0
    assert [f.value for f in one(verdict, CHANGE).figures] == [101.0, 50.5]
    # of 1993 to 2006 all dates whose three years after end before 2010; later ones overlap
    assert one(verdict, DATES).value == pytest.approx(100 / 15)
    assert one(verdict, AGAINST).value == -50.0
    assert one(verdict, PLACEBO).value == 0.1  # 1 of Chicago and nine peers
    assert verdict.chance is not None
    assert (verdict.chance.value, verdict.chance.reading) == (0.1, one(verdict, PLACEBO).id)
    assert "more than at 14 of 14 other dates" in verdict.sentence
    assert "0 of the 9 came out as low or lower" in verdict.sentence


def test_what_changed_everywhere_is_no_difference_from_peers(tmp_path: Path) -> None:
    verdict = world(tmp_path, everywhere(after(0.5))).verify(cause(), full=True)
    assert outcomes(verdict) == ["holds", "holds", "holds", "fails", "fails"]
    assert one(verdict, AGAINST).value == 0.0
    assert one(verdict, PLACEBO).value == 1.0
    assert "together fell 50.0%" in verdict.sentence
    assert "9 of the 9 came out as low or lower" in verdict.sentence


def test_what_was_already_moving_does_not_stand_out(tmp_path: Path) -> None:
    own = {year: 3000.0 - 100 * (year - 1990) for year in YEARS}
    figures = everywhere(LEVEL) | {"chicago-il": own}
    verdict = world(tmp_path, figures).verify(cause())
    assert one(verdict, TREND).outcome == "fails"
    assert "was already falling" in verdict.sentence
    assert one(verdict, CHANGE).outcome == "holds"
    # a steady fall is a larger share of a smaller figure, so that the last date is the most extreme
    assert one(verdict, DATES).outcome == "holds"
    steady = {year: 3000.0 * 0.9 ** (year - 1990) for year in YEARS}
    again = world(tmp_path, figures | {"chicago-il": steady}).verify(cause())
    assert one(again, DATES).outcome == "fails"  # the same percentage at every date


def test_a_short_series_has_no_other_dates(tmp_path: Path) -> None:
    short = {year: value for year, value in after(0.5).items() if 2006 <= year <= 2014}
    verdict = world(tmp_path, dict.fromkeys(CITIES, short)).verify(cause())
    dates = one(verdict, DATES)
    assert (dates.outcome, dates.value) == ("missing", None)
    assert dates.why == "0 other dates have all figures, and at least 9 are needed"
    assert one(verdict, CHANGE).outcome == "holds"
    assert dates.why in verdict.sentence


@pytest.mark.parametrize("name", ["chicago-il", "chicago-pd"])
def test_a_place_is_no_peer_of_itself_under_any_name(tmp_path: Path, name: str) -> None:
    """Its own figures, which a peer would show under its other name too."""
    figures = everywhere(LEVEL) | {"chicago-il": after(0.5), "chicago-pd": after(0.5)}
    verdict = world(tmp_path, figures).verify(cause(place=name, peer_groups=["cities-over-1m"]))
    own = [r for r in verdict.readings if r.variant.startswith(AGAINST) and r.stated]
    assert own
    assert {r.figures[-1].role for r in own} == {"mean of 9 peers, years after"}


def test_what_lies_in_a_place_is_no_peer_of_it(tmp_path: Path) -> None:
    states = ("illinois", "texas", "ohio", "iowa")
    series = {"united-states": LEVEL, **dict.fromkeys(states, LEVEL)}
    verdict = world(tmp_path, series).verify(cause(place="united-states", peer_groups=["states"]))
    assert one(verdict, AGAINST).outcome == "missing"
    assert one(verdict, AGAINST).why == (
        "0 of 50 places of the group are apart from it and have figures in all years"
    )


def test_one_place_that_makes_the_difference_from_peers_is_named(tmp_path: Path) -> None:
    """New York goes from 1,010 to 1,515, eight others stay at 101: together +27.8%."""
    figures: dict[str, Mapping[int, float | None]] = dict.fromkeys(PEERS, LEVEL)
    figures |= {"chicago-il": after(0.8), "new-york-ny": scaled(after(1.5), 10)}
    verdict = world(tmp_path, figures).verify(cause())
    # without New York 0%; without Dallas, the first of the others, 1,717 to 2,222 is +29.4%
    assert one(verdict, AGAINST).comparison == (
        "-20.0%, 9 peers together +27.8%: -47.8 points; with one of them left out "
        "-49.4 points (without Dallas, TX) to -20.0 points (without New York, NY)"
    )
    assert verdict.label == "not_enough_evidence"


def test_fewer_than_half_of_a_group_are_no_peers(tmp_path: Path) -> None:
    few = dict.fromkeys(CITIES[:5], LEVEL)  # four of ten
    verdict = world(tmp_path, few | {"chicago-il": after(0.5)}).verify(cause())
    assert {one(verdict, AGAINST).outcome, one(verdict, PLACEBO).outcome} == {"missing"}
    assert (one(verdict, AGAINST).why or "").startswith("4 of 10 places of the group")


def test_peers_too_few_to_stand_out_among_are_still_compared(tmp_path: Path) -> None:
    some = dict.fromkeys(CITIES[:7], LEVEL)  # six of ten
    verdict = world(tmp_path, some | {"chicago-il": after(0.5)}).verify(cause(), full=True)
    assert one(verdict, AGAINST).outcome == "holds"
    assert one(verdict, PLACEBO).outcome == "missing"
    assert one(verdict, PLACEBO).why == "6 peers have all figures, and at least 9 are needed"
    assert verdict.chance is None


def test_a_base_of_zero_is_no_percentage(tmp_path: Path) -> None:
    zero = {year: value if year >= 2010 else 0.0 for year, value in LEVEL.items()}
    figures = everywhere(after(0.5)) | {"chicago-il": zero}
    verdict = world(tmp_path, figures).verify(cause(direction="rising"))
    assert one(verdict, CHANGE).outcome == "missing"
    assert one(verdict, CHANGE).why == "the mean of the years before the cause is zero"
    assert one(verdict, TREND).why == "the mean of the years before the cause is zero"
    assert not any(r.variant.startswith((DATES, AGAINST, PLACEBO)) for r in verdict.readings)
    # nor of a peer, which is left out
    figures = everywhere(LEVEL) | {"chicago-il": after(0.5), "houston-tx": zero}
    verdict = world(tmp_path, figures).verify(cause())
    assert one(verdict, AGAINST).figures[-1].role == "mean of 8 peers, years after"


@pytest.mark.parametrize("year", [2007, 2008, 2009, 2011, 2012, 2013])
@pytest.mark.parametrize("gap", ["not reported", "absent"])
def test_a_missing_year_never_makes_an_effect(tmp_path: Path, year: int, gap: str) -> None:
    own = after(0.5)
    if gap == "absent":
        del own[year]
    else:
        own[year] = None
    verdict = world(tmp_path, everywhere(LEVEL) | {"chicago-il": own}).verify(cause())
    assert [r.variant for r in verdict.readings if r.outcome == "holds" and r.stated] == (
        [] if year < 2010 else [one(verdict, TREND).variant]
    )
    # nor do other numbers of years reach over it
    assert not [
        r
        for r in verdict.readings
        if r.value is not None
        for f in r.figures
        if f.place == "chicago-il" and f.period_start.year <= year <= f.period_end.year
    ]
    assert f"of 3 years {'before' if year < 2010 else 'after'} the cause" in verdict.sentence


def test_a_peer_without_a_year_is_no_peer(tmp_path: Path) -> None:
    figures = everywhere(LEVEL) | {"chicago-il": after(0.5), "dallas-tx": {**LEVEL, 2012: None}}
    verdict = world(tmp_path, figures).verify(cause())
    assert one(verdict, AGAINST).figures[-1].role == "mean of 8 peers, years after"


@pytest.mark.parametrize(
    ("day", "date", "years"),
    [
        ("2010-01-01", "2017-08-16", "2007 to 2009 and 2010 to 2012"),
        ("2010-01-02", "2017-08-16", "2007 to 2009 and 2011 to 2013"),
        ("2010-12-31", "2013-01-01", "2007 to 2009 and 2011 to 2012"),
        ("2010-12-31", "2012-12-31", "2007 to 2009 and 2011"),
    ],
)
def test_only_full_years_that_had_ended_are_after_the_cause(
    tmp_path: Path, day: str, date: str, years: str
) -> None:
    claim = cause(cause_date=day)
    verdict = world(tmp_path, everywhere(LEVEL)).verify(claim, date=date)
    assert one(verdict, CHANGE).variant == f"{CHANGE}: {years}"
    last = max(f.period_end for r in verdict.readings for f in r.figures)
    assert last.isoformat() < date


def test_before_a_year_has_ended_nothing_came_after(tmp_path: Path) -> None:
    verdict = world(tmp_path, everywhere(LEVEL)).verify(cause(), date="2011-12-31")
    assert one(verdict, CHANGE).outcome == "missing"
    reason = "no full year after the cause had ended on the day of the claim"
    assert f"What came after cannot be told: {reason}." in verdict.sentence


def test_other_dates_share_no_year_with_the_cause_before_or_after_it(tmp_path: Path) -> None:
    own = {year: 20.0 + (year * year + 3 * year) % 29 for year in YEARS}
    early = cause(cause_date="1994-01-01", years_before=2, years_after=1)
    verdict = world(tmp_path, everywhere(own)).verify(early)

    def change(year: int) -> float:
        before = (own[year - 2] + own[year - 1]) / 2
        return round(100 * (own[year] - before) / before, 9)

    # 1992 and 1993 are compared with the two years before each; from 1997 on these are after 1994
    others = [change(year) for year in (1992, 1993, *range(1997, 2017))]
    as_low = sum(value <= change(1994) for value in others)
    assert 0 < as_low < len(others)
    assert one(verdict, DATES).value == pytest.approx(100 * (1 + as_low) / (1 + len(others)))


@pytest.mark.parametrize("measure", ["murder_clearance_rate", "violent_crime_change_pct"])
def test_what_is_in_percent_moves_by_points(tmp_path: Path, measure: str) -> None:
    """A change of a percentage around zero is no percentage of itself."""
    base = {"murder_clearance_rate": 50.0, "violent_crime_change_pct": -0.5}[measure]
    figures = {year: base + (year % 3) / 4 - 5 * (year >= 2010) for year in YEARS}
    others = {year: base + (year % 3) / 4 for year in YEARS}
    verdict = world(
        tmp_path, dict.fromkeys(PEERS, others) | {"chicago-il": figures}, measure=measure
    ).verify(cause(measure=measure))
    assert outcomes(verdict) == ["holds"] * 5
    assert one(verdict, CHANGE).value == -5.0
    assert one(verdict, CHANGE).unit == "percentage points"
    assert one(verdict, TREND).unit == "percentage points a year"
    assert "the mean fell 5.0 points" in verdict.sentence
    moving = {year: base - 2 * (year - 1990) for year in YEARS}
    verdict = world(tmp_path, {"chicago-il": moving}, measure=measure).verify(
        cause(measure=measure)
    )
    assert one(verdict, TREND).value == -2.0
    assert one(verdict, TREND).outcome == "fails"


def test_the_first_group_is_meant_and_others_are_nearby(tmp_path: Path) -> None:
    figures = everywhere(LEVEL) | {"chicago-il": after(0.5)}
    verdict = world(tmp_path, figures).verify(cause())
    assert one(verdict, AGAINST).variant.endswith("cities of a million people or more")
    # of 35 and 83 cities ten are too few: nothing is said of groups that nobody named
    assert not [r for r in verdict.readings if r.variant.endswith("0 people or more")]
    more = tmp_path / "more"
    more.mkdir()
    members = [
        *(*CITIES, "jacksonville-fl", "columbus-oh", "denver-co", "detroit-mi", "boston-ma"),
        *("memphis-tn", "seattle-wa", "washington-dc", "baltimore-md", "austin-tx"),
    ]
    wide = world(more, dict.fromkeys(members, LEVEL) | {"chicago-il": after(0.5)})
    verdict = wide.verify(cause())
    nearby = one(verdict, WIDER, stated=False)
    assert nearby.weight == 0.5
    assert verdict.nearby_support == 1.0
    named = one(
        wide.verify(cause(peer_groups=["cities-over-1m", "cities-over-500k"])), WIDER, stated=False
    )
    assert named.weight == 1.0
    assert "cherry_picked" not in verdict.caveats


def test_no_group_named_no_peers_compared(tmp_path: Path) -> None:
    verdict = world(tmp_path, everywhere(LEVEL)).verify(cause(peer_groups=[]), full=True)
    assert len([r for r in verdict.readings if r.stated]) == 3
    assert not [r for r in verdict.readings if "peers" in r.variant]
    assert "peers" not in verdict.sentence


def test_every_figure_leads_back_to_its_observations(tmp_path: Path) -> None:
    verdict = world(tmp_path, everywhere(LEVEL)).verify(cause())
    for reading in verdict.readings:
        assert all(figure.observation_keys for figure in reading.figures)
    [*_, before, after_] = one(verdict, AGAINST).figures
    assert [len(f.observation_keys) for f in (before, after_)] == [27, 27]
    assert not any("|chicago-il|" in key for key in before.observation_keys)
    # 1990 to 2009, in which all other dates lie
    assert len(one(verdict, DATES).figures[-1].observation_keys) == 20


SERIES = st.lists(
    st.none() | st.integers(0, 60).map(float), min_size=len(YEARS), max_size=len(YEARS)
).map(lambda values: dict(zip(YEARS, values, strict=True)))
WORLDS = st.lists(SERIES, min_size=len(CITIES), max_size=len(CITIES)).map(
    lambda all_: dict(zip(CITIES, all_, strict=True))
)


def known(rows: list[dict[int, float]]) -> dict[str, dict[int, float]]:
    return dict(zip(CITIES, rows, strict=True))


FULL = st.lists(
    st.lists(st.integers(1, 60).map(float), min_size=len(YEARS), max_size=len(YEARS)).map(
        lambda values: dict(zip(YEARS, values, strict=True))
    ),
    min_size=len(CITIES),
    max_size=len(CITIES),
).map(known)


@QUICK
@given(figures=WORLDS, factor=st.sampled_from([0.001, 1 / 3, 7.0, 1000.0]))
def test_scaling_all_series_changes_no_outcome(
    tmp_path: Path, figures: dict[str, dict[int, float | None]], factor: float
) -> None:
    scaled = {
        place: {year: None if v is None else v * factor for year, v in own.items()}
        for place, own in figures.items()
    }
    one_, other = (world(tmp_path, f).verify(cause()) for f in (figures, scaled))
    assert [(r.id, r.variant, r.outcome, r.why) for r in one_.readings] == [
        (r.id, r.variant, r.outcome, r.why) for r in other.readings
    ]


@QUICK
@given(figures=FULL)
def test_reversing_the_direction_swaps_what_speaks_against_the_cause(
    tmp_path: Path, figures: dict[str, dict[int, float]]
) -> None:
    made = world(tmp_path, figures)
    falling, rising = (made.verify(cause(direction=d)) for d in ("falling", "rising"))
    for step in (CHANGE, AGAINST):
        down, up = one(falling, step), one(rising, step)
        assert down.value == up.value
        expected = {"fails"} if down.value == 0 else {"holds", "fails"}
        assert {down.outcome, up.outcome} == expected
    # each other date or peer is as extreme one way or the other, and a tie is so both ways
    for step, scale in ((DATES, 100.0), (PLACEBO, 1.0)):
        down, up = one(falling, step), one(rising, step)
        assert down.value is not None
        assert up.value is not None
        n = 14 if step == DATES else 9
        assert (down.value + up.value) * (1 + n) / scale >= n + 2 - 1e-9


@QUICK
@given(figures=WORLDS, data=st.data())
def test_taking_a_year_away_never_turns_a_change_into_one_that_holds(
    tmp_path: Path, figures: dict[str, dict[int, float | None]], data: st.DataObject
) -> None:
    year = data.draw(st.sampled_from([2007, 2008, 2009, 2011, 2012, 2013]))
    figures["chicago-il"][year] = None
    verdict = world(tmp_path, figures).verify(cause())
    assert not [
        r
        for r in verdict.readings
        if r.stated and r.outcome == "holds" and not r.variant.startswith(TREND)
    ]


def test_attributions_read_the_same_in_slices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world(tmp_path, everywhere(LEVEL) | {"chicago-il": after(0.5)})
    claims = [
        [cause(place=place, cause_date=f"{year}-06-01")]
        for place in CITIES[:3]
        for year in range(2004, 2012)
    ]
    whole = made.verify_all(claims)
    assert all(len(verdict.readings) >= 5 for verdict in whole)
    monkeypatch.setitem(SLICES, "attribution", 5)
    monkeypatch.setitem(SLICES, "attribution_peers", 7)
    assert made.verify_all(claims) == whole


def test_the_fewest_others_are_those_among_which_one_can_stand_out() -> None:
    table = bars()
    fewest, share = table["fewest_others"].value, table["extreme"].value / 100
    assert 1 / (1 + fewest) <= share < 1 / fewest
