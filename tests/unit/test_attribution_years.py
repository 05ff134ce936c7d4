"""Attributions over other numbers of years before and after a cause: figures worked out by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from annotated_types import Ge
from hypothesis import given

from checks.claim_movements import AttributionTest
from checks.models import Reading, Verdict
from tests.support_charts import charts
from tests.support_world import Series, make_world
from tests.unit.test_attribution_readings import (
    AGAINST,
    CHANGE,
    CITIES,
    PEERS,
    PLACEBO,
    QUICK,
    TREND,
    WORLDS,
    cause,
    world,
)

#: Before the cause of 2010 and after it; 2010 itself is neither.
OWN = {2005: 90.0, 2006: 110.0, 2007: 100.0, 2008: 100.0, 2009: 100.0, 2010: 7.0,
       2011: 120.0, 2012: 90.0, 2013: 60.0, 2014: 150.0, 2015: 80.0}  # fmt: skip
STEADY = dict.fromkeys(OWN, 100.0)


def nearby(verdict: Verdict, step: str) -> dict[tuple[int, int], Reading]:
    """Nearby readings of a step by how many years they are before the cause and after it."""
    found = {}
    for r in verdict.readings:
        if r.variant.startswith(step) and not r.stated:
            before, after = (r.figures[0], r.figures[1])
            spans = [f.period_end.year - f.period_start.year + 1 for f in (before, after)]
            found[(len(r.figures), 0) if step == TREND else (spans[0], spans[1])] = r
    return found


def test_other_numbers_of_years_before_and_after(tmp_path: Path) -> None:
    verdict = world(tmp_path, {"chicago-il": OWN}).verify(cause(peer_groups=[]))
    changes = nearby(verdict, CHANGE)
    # three years each are claimed: 100 to 90; one year before is no trend, so two are the fewest
    assert set(changes) == {(b, a) for b in (2, 3, 4, 5) for a in range(1, 6)} - {(3, 3)}
    assert changes[4, 3].variant == f"{CHANGE}: 2006 to 2009 and 2011 to 2013"
    assert changes[2, 1].variant == f"{CHANGE}: 2008 to 2009 and 2011"
    # 410 / 4 = 102.5 to 90; 100 to 120; 102.5 to 500 / 5 = 100; 100 to 100 is no fall
    assert changes[4, 3].value == pytest.approx(100 * (90 - 102.5) / 102.5)
    assert changes[2, 1].value == 20.0
    assert changes[4, 5].value == pytest.approx(100 * (100 - 102.5) / 102.5)
    assert changes[3, 5].value == 0.0
    assert not [r for r in verdict.readings if r.holds is not None and r.why]
    falls = {years for years, r in changes.items() if r.outcome == "holds"}
    assert falls == {(2, 3), (4, 3), (5, 3), (4, 5)}
    trends = nearby(verdict, TREND)
    assert set(trends) == {(2, 0), (4, 0), (5, 0)}
    # 110, 100, 100, 100: (-1.5 * 110 + 1.5 * 100) / 5 = -3 a year of a mean of 102.5
    assert trends[4, 0].value == pytest.approx(-300 / 102.5)
    # 90, 110, 100, 100, 100: (-2 * 90 - 110 + 100 + 2 * 100) / 10 = 1 a year of a mean of 100
    assert [trends[n, 0].value for n in (2, 5)] == [0.0, 1.0]
    assert [trends[n, 0].outcome for n in (2, 4, 5)] == ["holds", "fails", "holds"]


def test_near_and_round_numbers_of_years_weigh_more(tmp_path: Path) -> None:
    verdict = world(tmp_path, {"chicago-il": OWN}).verify(cause(peer_groups=[]))
    weights = {years: r.weight for years, r in nearby(verdict, CHANGE).items()}
    # 1 over the years moved, times 1 for five years before or after and 0.5 for other numbers
    assert [weights[at] for at in ((2, 3), (4, 3), (3, 2), (3, 4))] == [0.5] * 4
    assert (weights[5, 3], weights[3, 5], weights[5, 5]) == (0.5, 0.5, 0.25)
    assert (weights[4, 4], weights[3, 1], weights[5, 4]) == (0.25, 0.25, 0.333333)
    assert weights[2, 1] == 0.166667
    assert {y: r.weight for (y, _), r in nearby(verdict, TREND).items()} == dict.fromkeys(
        (2, 4, 5), 0.5
    )
    # after three years 1.5, two and four 4 / 3 each, one 5 / 6, five 17 / 12: 77 / 12 in all, of
    # which 1.5 after three years and 1 / 3 of four before and five after fall; of trends 1 of 1.5
    assert verdict.nearby_support == pytest.approx((11 / 6 + 1) / (77 / 12 + 1.5))
    assert verdict.label == "not_enough_evidence"
    assert "cherry_picked" not in verdict.caveats


def test_a_decade_and_a_term_of_office_weigh_as_a_round_number(tmp_path: Path) -> None:
    """Four years before 2004 begin in 2000, and three in 2001, when a president took office."""
    figures = dict.fromkeys(range(1998, 2010), 10.0)
    verdict = world(tmp_path, {"chicago-il": figures}).verify(
        cause(cause_date="2004-06-01", years_before=2, years_after=2, peer_groups=[])
    )
    trends = {years: r.weight for (years, _), r in nearby(verdict, TREND).items()}
    assert trends == {3: 1.0, 4: 0.5}


def test_peers_are_compared_over_the_same_years(tmp_path: Path) -> None:
    """Peers that stay at 100: what the place moves is its difference from them."""
    verdict = world(tmp_path, dict.fromkeys(PEERS, STEADY) | {"chicago-il": OWN}).verify(cause())
    changes, peers, each = (nearby(verdict, s) for s in (CHANGE, AGAINST, PLACEBO))
    assert set(changes) == set(peers) == set(each)
    for years, change in changes.items():
        assert peers[years].value == change.value
        assert peers[years].weight == each[years].weight == change.weight
        assert {peers[years].outcome, each[years].outcome} == {change.outcome}
        # the only one of ten that fell, or all ten as low or lower
        assert each[years].value == (0.1 if change.outcome == "holds" else 1.0)
    assert peers[4, 3].variant == (
        f"{AGAINST}: cities of a million people or more, 2006 to 2009 and 2011 to 2013"
    )
    assert verdict.nearby_support == pytest.approx((3 * 11 / 6 + 1) / (3 * 77 / 12 + 1.5))


def test_the_sentence_is_of_the_years_that_are_meant(tmp_path: Path) -> None:
    figures = dict.fromkeys(PEERS, STEADY) | {"chicago-il": OWN}
    verdict = world(tmp_path, figures).verify(cause())
    assert "After it, in 2011 to 2013, the mean fell 10.0% against 2007 to 2009" in verdict.sentence
    assert "Figures differ" not in verdict.sentence
    years = ["2007", "2009", "2011", "2013", "2007", "2009"]
    assert re.findall(r"\d{4}", verdict.sentence) == years


def test_the_picture_has_a_column_for_how_many_years_more_or_fewer(tmp_path: Path) -> None:
    made = world(tmp_path, dict.fromkeys(PEERS, STEADY) | {"chicago-il": OWN})
    chart = charts(made, made.verify(cause()))["sensitivity"]
    assert chart.columns[:2] == ("Years more or fewer", "Source")
    cells = {(str(row[1]), str(row[0])): row[2:] for row in chart.rows}
    assert cells[CHANGE, "as said"] == (1, 0, 0, "yes")
    # two and four years before fall, two and four after do not
    assert cells[CHANGE, "±1 year"] == (2, 2, 0, "no")
    # five before; both numbers one more or less, and one and five after, which do not
    assert cells[CHANGE, "±2 years"] == (1, 6, 0, "no")
    assert cells[TREND, "±2 years"] == (1, 0, 0, "no")
    assert (TREND, "±3 years") not in cells
    assert "also over more and fewer years" in chart.title


@pytest.mark.parametrize(
    ("date", "day", "after"),
    [
        ("2016-01-01", "2010-06-01", {1, 2, 3, 4, 5}),
        ("2015-12-31", "2010-06-01", {1, 2, 3, 4}),
        ("2014-01-01", "2010-06-01", {1, 2, 3}),
        ("2013-12-31", "2010-06-01", {1, 2}),  # of three years two had ended
        ("2012-12-31", "2010-06-01", {1}),
        ("2011-12-31", "2010-06-01", set()),
        ("2014-01-01", "2010-01-01", {1, 2, 3, 4}),  # its own year is the first one after it
    ],
)
def test_only_years_that_had_ended_are_tried(
    tmp_path: Path, date: str, day: str, after: set[int]
) -> None:
    verdict = world(tmp_path, {"chicago-il": OWN}).verify(
        cause(cause_date=day, peer_groups=[]), date=date
    )
    assert {a for _, a in nearby(verdict, CHANGE)} == after
    # before the cause there is nothing to wait for
    assert {b for b, _ in nearby(verdict, TREND)} == {2, 4, 5}
    stated = [r.variant for r in verdict.readings if r.stated]
    assert not set(stated) & {r.variant for r in verdict.readings if not r.stated}


def test_no_fewer_years_are_tried_than_a_claim_can_name(tmp_path: Path) -> None:
    fewest = {
        name: next(m.ge for m in AttributionTest.model_fields[name].metadata if isinstance(m, Ge))
        for name in ("years_before", "years_after")
    }
    verdict = world(tmp_path, {"chicago-il": OWN}).verify(cause(**fewest, peer_groups=[]))
    changes = nearby(verdict, CHANGE)
    assert min(b for b, _ in changes) == fewest["years_before"]
    assert min(a for _, a in changes) == fewest["years_after"]
    assert min(b for b, _ in nearby(verdict, TREND)) > fewest["years_before"]


def test_other_years_are_read_in_the_newest_state_only(tmp_path: Path) -> None:
    series = [
        Series(OWN, dataset="fbi_cius_city", place="chicago-il", vintage="2015-01-01"),
        Series({year: v + 1 for year, v in OWN.items()}, dataset="fbi_cius_city",
               place="chicago-il", vintage="2018-01-01"),
    ]  # fmt: skip
    verdict = make_world(tmp_path, series).verify(cause(peer_groups=[]), date="2017-08-16")
    vintages = {(r.stated, r.vintage.year) for r in verdict.readings}
    assert vintages == {(True, 2015), (True, 2018), (False, 2018)}


def spans(own: Mapping[int, float | None], before: int, after: int) -> tuple[float, float] | None:
    """Means before and after the cause of 2010; None where a year has no figure."""
    sides = range(2010 - before, 2010), range(2011, 2011 + after)
    if any(own.get(year) is None for side in sides for year in side):
        return None
    return fmean(own[y] or 0.0 for y in sides[0]), fmean(own[y] or 0.0 for y in sides[1])


def percent(before: float, after: float) -> float | None:
    return round(100 * (after - before) / before, 9) if before else None


def expected(
    figures: Mapping[str, Mapping[int, float | None]],
) -> Iterator[tuple[str, tuple[int, int], float | None]]:
    for before in (2, 3, 4, 5):
        for after in range(1, 6):
            own = spans(figures["chicago-il"], before, after)
            if (before, after) == (3, 3) or own is None or percent(*own) is None:
                continue
            change = percent(*own) or 0.0
            yield CHANGE, (before, after), change
            found = [spans(figures[place], before, after) for place in PEERS]
            peers = [at for at in found if at is not None and at[0]]
            if len(peers) < 5:
                continue
            together = [sum(side) for side in zip(*peers, strict=True)]
            whole = percent(together[0] / len(peers), together[1] / len(peers)) or 0.0
            yield AGAINST, (before, after), change - whole
            if len(peers) == len(PEERS):
                as_low = 0
                for b, a in peers:
                    rest = percent((together[0] - b) / 8, (together[1] - a) / 8) or 0.0
                    as_low += round((percent(b, a) or 0.0) - rest, 9) <= round(change - whole, 9)
                yield PLACEBO, (before, after), (1 + as_low) / 10


@QUICK
@given(figures=WORLDS)
def test_every_window_is_what_its_figures_come_to(
    tmp_path: Path, figures: dict[str, dict[int, float | None]]
) -> None:
    full = {place: {y: v or 1.0 for y, v in own.items()} for place, own in figures.items()}
    for own in (figures, full):
        verdict = world(tmp_path, own).verify(cause())
        wanted: dict[str, dict[tuple[int, int], Any]] = {CHANGE: {}, AGAINST: {}, PLACEBO: {}}
        for step, years, value in expected(own):
            wanted[step][years] = pytest.approx(value, abs=1e-6)
        for step, values in wanted.items():
            assert {years: r.value for years, r in nearby(verdict, step).items()} == values
    assert set(CITIES) == {"chicago-il", *PEERS}
