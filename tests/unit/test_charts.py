"""Charts draw what the verdict and the build say: gaps as gaps, bounds as bounds, no more."""

from __future__ import annotations

import datetime as dt
import doctest
import subprocess
import sys
from itertools import groupby, pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.claim_models import ClaimFile
from checks.report.charts import (
    ChartData,
    chart_data,
    charts_of,
    drawing,
    model,
    spark_of,
    sprite,
    svg,
)
from checks.report.charts.model import Point, period
from checks.report.charts.scene import runs
from checks.report.charts.spark import MOST, spark
from datasets.warehouse import reader
from tests import support_report as sample
from tests.support_charts import charts, check_picture, line_of, words_in
from tests.support_world import Series, World, make_world

FLAT = dict.fromkeys(range(1990, 2016), 500.0)
CITIES = ("chicago-il", "dallas-tx", "houston-tx", "los-angeles-ca", "new-york-ny", "phoenix-az")


def record(**keys: Any) -> dict[str, Any]:
    test = {
        "kind": "record", "place": "chicago-il", "measure": "murder", "direction": "highest",
        "year": 2016, "years": 20, **keys,
    }  # fmt: skip
    return {key: value for key, value in test.items() if value is not None}


def as_in_a_file(test: dict[str, Any]) -> Any:
    """As a claim file would have them."""
    document = {"id": "d", "title": "t", "speaker": "s", "published": "2017-08-16", "outlet": "o",
                "kind": "speech"}  # fmt: skip
    claim = {"id": "c", "said": "so it is", "tests": [test]}
    return ClaimFile.model_validate({"document": document, "claims": [claim]}).claims[0].tests


def test_the_table_beneath_a_series_has_every_figure_of_the_build(tmp_path: Path) -> None:
    figures = FLAT | {1996: 789.0, 2016: 768.0}
    world = make_world(tmp_path, [Series(figures)])
    chart = charts(world, world.verify(record()))["series"]
    assert chart.columns[0] == "Period"
    assert dict(row[:2] for row in chart.rows) == {str(y): v for y, v in figures.items()}
    assert chart.note is None
    assert "768 in 2016" in words_in(chart)
    assert "highest 789 in 1996" in chart.alt


def test_the_window_of_a_record_is_shaded_from_its_first_year(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series(FLAT | {2016: 768.0})])
    chart = charts(world, world.verify(record()))["series"]
    assert "1997 to 2016" in words_in(chart)
    assert "Shaded: 1997 to 2016." in chart.alt


def test_a_year_that_was_not_reported_is_a_gap_in_line_and_table(tmp_path: Path) -> None:
    figures: dict[int, float | None] = {**FLAT, 2000: None, 2016: 768.0}
    del figures[2005]
    world = make_world(tmp_path, [Series(figures)])
    chart = charts(world, world.verify(record()))["series"]
    rows = {row[0]: row[1:] for row in chart.rows}
    assert rows["2000"] == (None, "not reported")
    assert "2005" not in rows
    assert chart.note == "Not reported, or not usable: 2000. Not in this source: 2005."
    assert chart.note in chart.alt
    assert line_of(chart).count("M") == 3


def test_part_of_a_year_is_drawn_apart_and_said(tmp_path: Path) -> None:
    days = {
        (dt.date(2014, 1, 1) + dt.timedelta(n)).isoformat(): 1
        for n in range((dt.date(2017, 8, 15) - dt.date(2014, 1, 1)).days + 1)
    }
    world = make_world(tmp_path, [], days)
    test = {
        "kind": "threshold", "place": "chicago-il", "measure": "murder", "hedge": "more than",
        "value": 200, "period": "2017-01-01..2017-08-15",
    }  # fmt: skip
    series = charts(world, world.verify(test, date="2018-02-01"))["series"]
    assert series.title.endswith("1 Jan to 15 Aug of each year")
    # 227 days from 1 January to 15 August; 2016 has one more
    assert [row[1] for row in series.rows] == [227.0, 227.0, 228.0, 227.0]
    longer = {**test, "period": "2016-01-01..2016-10-31"}
    partly = charts(world, world.verify(longer, date="2018-02-01"))["series"]
    assert partly.rows[-1] == ("1 Jan – 31 Oct 2017", 227.0, "part of the period")
    assert partly.note == "Covers only a part, drawn hollow: 1 Jan – 31 Oct 2017."


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.none() | st.floats(0, 1e6), min_size=1, max_size=40))
def test_a_line_never_crosses_a_year_without_a_figure(values: list[float | None]) -> None:
    points = [
        Point(1980.0 + n, dt.date(1980 + n, 1, 1), dt.date(1980 + n, 12, 31), v)
        for n, v in enumerate(values)
    ]
    found = list(runs(points))
    assert [p for run in found for p in run] == [p for p in points if p.value is not None]
    for run in found:
        assert all(b.x - a.x == 1 for a, b in pairwise(run))
    assert len(found) == sum(known for known, _ in groupby(values, lambda v: v is not None))


@settings(max_examples=60, deadline=None)
@given(months=st.sets(st.integers(0, 60), min_size=1))
def test_months_without_a_figure_part_the_line_too(months: set[int]) -> None:
    ordered = sorted(months | {61, 62})
    day = dt.date(2020, 1, 1)
    points = [Point(round(2010 + m / 12, 4), day, day, 1.0) for m in ordered]
    found = [[round((p.x - 2010) * 12) for p in run] for run in runs(points)]
    assert [m for run in found for m in run] == ordered
    assert all(b - a == 1 for run in found for a, b in pairwise(run))
    assert all(b[0] - a[-1] > 1 for a, b in pairwise(found))


def test_a_change_shows_both_ends_and_the_band_that_is_claimed(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2013: 400, 2014: 411.0, 2015: 478.0, 2016: 768.0})])
    test = {
        "kind": "change", "place": "chicago-il", "measure": "murder", "start": 2014, "end": 2016,
        "value": "87%", "direction": "up",
    }  # fmt: skip
    chart = charts(world, world.verify(test))["series"]
    said = {"411 in 2014", "768 in 2016", "claimed: a rise of 87%", "2014 to 2016"}
    assert said <= set(words_in(chart))


def test_a_threshold_over_years_draws_the_number_of_the_claim(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series(dict.fromkeys(range(1980, 1995), 450.0) | {1981: 620.0})])
    test = {
        "kind": "threshold", "says": "regularly more than 500", "place": "chicago-il",
        "measure": "murder", "hedge": "more than", "value": 500, "how_often": "regularly",
        "window": {"start": 1980, "end": 1989},
    }  # fmt: skip
    verdict = world.verify(test)
    with_number = charts(world, verdict, as_in_a_file(test))["series"]
    assert "claimed: more than 500" in words_in(with_number)
    assert not any("claimed" in text for text in words_in(charts(world, verdict)["series"]))


def contrast_world(folder: Path) -> World:
    moves = dict(zip(CITIES, (-10.0, 20.0, 30.0, 10.0, 5.0, 40.0), strict=True))
    series = [
        Series({2014: 100.0, 2015: None if by == 40 else 90.0, 2016: 100.0 + by},
               dataset="fbi_cius_city", place=city)
        for city, by in moves.items()
    ]  # fmt: skip
    return make_world(folder, series)


CONTRAST = {
    "kind": "contrast", "place": "chicago-il", "measure": "murder", "direction": "falling",
    "peer_groups": ["cities-over-1m"], "window": {"start": 2014, "end": 2016},
}  # fmt: skip


def test_a_contrast_is_drawn_in_percent_of_the_first_year_with_its_peers(tmp_path: Path) -> None:
    world = contrast_world(tmp_path)
    found = charts(world, world.verify(CONTRAST))
    series, peers = found["series"], found["peers"]
    assert series.title.endswith("in percent of 2014")
    # the five others together: 500 to 605; the one of them without 2015 makes a gap there
    assert series.rows == (
        ("2014", 100.0, 100.0, None),
        ("2015", 90.0, None, "not reported"),
        ("2016", 90.0, 121.0, None),
    )
    assert {"−10.0%", "+21.0%"} <= set(words_in(series))
    values = {row[0]: row[1] for row in peers.rows}
    assert values == {
        "Phoenix, AZ": 40.0, "Houston, TX": 30.0, "Dallas, TX": 20.0, "Los Angeles, CA": 10.0,
        "New York, NY": 5.0, "Chicago, IL (the place spoken of)": -10.0,
    }  # fmt: skip
    assert "5 of 5 others have more" in peers.alt


def test_a_place_under_another_name_is_no_peer_of_itself(tmp_path: Path) -> None:
    series = [Series({2016: 700.0}, dataset="fbi_cius_city", place="chicago-pd")]
    series += [
        Series({2016: float(n)}, dataset="fbi_cius_city", place=city)
        for n, city in enumerate(CITIES, start=1)
    ]
    world = make_world(tmp_path, series)
    test = {
        "kind": "rank", "place": "chicago-il", "measure": "murder", "period": 2016,
        "peer_group": "cities-over-1m", "direction": "highest", "nth": 1,
    }  # fmt: skip
    verdict = world.verify(test)
    peers = charts(world, verdict)["peers"]
    assert sum("Chicago" in str(row[0]) for row in peers.rows) == 1
    assert len(peers.rows) == 6


def test_peers_of_a_record_are_as_far_from_their_own_record_as_it_is(tmp_path: Path) -> None:
    last = dict(zip(CITIES, (110.0, 90.0, 100.0, 150.0, 50.0, 200.0), strict=True))
    series = [
        Series({**dict.fromkeys(range(2010, 2016), 100.0), 2016: value},
               dataset="fbi_cius_city", place=city)
        for city, value in last.items()
    ]  # fmt: skip
    series += [Series({2016: 900.0, 2010: 1.0}, dataset="fbi_cius_city", place="san-antonio-tx")]
    world = make_world(tmp_path, series)
    verdict = world.verify(record(years=None, since=2009), full=True)
    assert verdict.peers == "3 of 5 others (cities of a million people or more)"
    chart = charts(world, verdict)["peers"]
    assert chart.rows == (
        ("Phoenix, AZ", 100.0, "yes"), ("Los Angeles, CA", 50.0, "yes"),
        ("Chicago, IL (the place spoken of)", 10.0, "yes"), ("Houston, TX", 0.0, "yes"),
        ("Dallas, TX", -10.0, "no"), ("New York, NY", -50.0, "no"),
    )  # fmt: skip
    assert "is so of 3 of the 5 places" in chart.alt


def test_places_of_which_it_is_true_are_told_from_the_others(tmp_path: Path) -> None:
    series = [
        Series({2014: 100.0, 2015: 100.0 + by}, dataset="fbi_cius_city", place=city)
        for city, by in zip(CITIES, (5, 6, 7, 8, -3, 0), strict=True)
    ]
    world = make_world(tmp_path, series)
    test: dict[str, Any] = {
        "kind": "places", "says": "rose in most", "peer_group": "cities-over-1m",
        "measure": "murder", "start": 2014, "end": 2015, "direction": "up", "how_many": "most",
    }  # fmt: skip
    verdict = world.verify(test)
    chart = charts(world, verdict, as_in_a_file(test))["peers"]
    assert chart.columns[-1] == "As claimed"
    assert [row[2] for row in chart.rows] == ["yes"] * 4 + ["no"] * 2
    true = next(f.value for f in verdict.readings[0].figures if f.role == "places where it rose")
    assert true == 4


def test_the_members_of_a_group_are_added_as_the_reading_adds_them(tmp_path: Path) -> None:
    series = [
        Series({2013: 90.0, 2014: 100.0, 2016: 150.0}, dataset="fbi_cius_city", place=city)
        for city in CITIES
    ]
    series += [Series({2013: 9.0, 2016: 900.0}, dataset="fbi_cius_city", place="san-diego-ca")]
    world = make_world(tmp_path, series)
    test = {
        "kind": "change", "peer_group": "cities-over-1m", "measure": "murder", "start": 2014,
        "end": 2016, "value": "50%", "direction": "up",
    }  # fmt: skip
    chart = charts(world, world.verify(test))["series"]
    assert chart.rows == (("2013", 540.0), ("2014", 600.0), ("2016", 900.0))
    assert "6 taken together" in chart.title


def test_cells_count_every_reading_once(tmp_path: Path) -> None:
    figures = FLAT | {1996: 789.0, 2016: 768.0}
    world = make_world(tmp_path, [Series(figures)])
    verdict = world.verify(record())
    chart = charts(world, verdict)["sensitivity"]
    first_of = {str(row[0]): row[1:] for row in chart.rows}
    # 1997 to 2015 and 1996 to 2015 are what the words mean; the year before 1997 stood higher
    assert first_of["1997"] == (1, 0, 0, "yes")
    assert first_of["1996"] == (0, 1, 0, "yes")
    counted = [sum(int(str(row[n])) for row in chart.rows) for n in (1, 2, 3)]
    outcomes = [r.outcome for r in verdict.readings]
    assert counted == [outcomes.count("holds"), outcomes.count("fails"), outcomes.count("missing")]
    assert "not true" in chart.alt


def ratio(of: dict[str, Any], to: dict[str, Any], **keys: Any) -> dict[str, Any]:
    side = {"places": ["chicago-il"], "measure": "murder"}
    return {"kind": "ratio", "of": {**side, **of}, "to": {**side, **to}, "hedge": "more than",
            "value": 2, **keys}  # fmt: skip


@pytest.mark.parametrize("earlier_is_more", [True, False])
def test_a_ratio_of_two_years_is_a_grid_of_the_earlier_and_the_later(
    tmp_path: Path, earlier_is_more: bool
) -> None:
    rising = {year: 100.0 + 40 * (year - 2000) for year in range(2000, 2016)}
    figures = {year: rising[2015 - year + 2000] if earlier_is_more else n
               for year, n in rising.items()}  # fmt: skip
    world = make_world(tmp_path, [Series(figures)])
    sides = {"period": 2005}, {"period": 2012}
    verdict = world.verify(ratio(*(sides if earlier_is_more else sides[::-1])))
    chart = charts(world, verdict)["sensitivity"]
    assert chart.title == "Where it is true, by first year (across) and last year (down)"
    assert chart.columns[:2] == ("First year", "Last year")
    cells = {(str(row[0]), str(row[1])): row[2:] for row in chart.rows}
    assert {to for _, to in cells} == {"2011", "2012", "2013"}
    assert {"2004", "2005", "2006"} <= {from_ for from_, _ in cells}
    assert [at for at, cell in cells.items() if cell[3] == "yes"] == [("2005", "2012")]
    for (first, last), (holds, fails, _, _) in cells.items():
        earlier, later = figures[int(first)], figures[int(last)]
        true = (earlier > 2 * later) if earlier_is_more else (later > 2 * earlier)
        assert (holds, fails) == ((1, 0) if true else (0, 1)), (first, last)
    assert len(cells) == len(verdict.readings)


def test_a_ratio_that_can_mean_other_periods_too_is_a_list_of_them(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({y: 100.0 + 9 * (y % 7) for y in range(1980, 2016)})])
    mixed = ratio({"period": 2014}, {"window": {"start": 1980, "end": 1989}},
                  stand_in_periods=[1985])  # fmt: skip
    verdict = world.verify(mixed)
    chart = charts(world, verdict)["sensitivity"]
    assert chart.columns[0] == "Source"
    assert {row[0] for row in chart.rows} == {r.variant for r in verdict.readings}


def test_one_reading_has_no_picture_of_what_varies(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2015: 478.0, 2016: 768.0})])
    test = {
        "kind": "value",
        "place": "chicago-il",
        "measure": "murder",
        "period": 2016,
        "value": 768,
    }
    assert set(charts(world, world.verify(test))) == {"series"}


def test_words_of_others_are_words_in_every_chart(tmp_path: Path) -> None:
    world = contrast_world(tmp_path)
    verdict = world.verify(CONTRAST)

    def hostile(kind: str, id_: str) -> str:
        return f'</text></svg><script>alert("{kind}")</script>&amp; \u202e\x08\ufffe {id_}'

    found = charts(world, verdict, names=hostile)
    assert {"series", "peers"} <= set(found)
    for chart in found.values():
        assert "<script" not in chart.svg
        assert "&lt;script&gt;" in chart.svg
        assert "[U+202E][U+0008] " in chart.svg


def test_the_same_figures_give_the_same_bytes(tmp_path: Path) -> None:
    world = contrast_world(tmp_path)
    verdict = world.verify(CONTRAST)
    assert charts(world, verdict) == charts(world, verdict)


def test_without_figures_of_the_build_only_the_readings_are_drawn() -> None:
    for verdict in sample.verdicts():
        for result in verdict.tests:
            found = charts_of(ChartData(), verdict, result, lambda _, id_: id_)
            assert {chart.id for chart in found} <= {"sensitivity"}
            for chart in found:
                check_picture(chart)


def test_a_place_that_the_build_does_not_know_has_no_series(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series(FLAT | {2016: 768.0})])
    verdict = world.verify(record())
    strange = verdict.readings[0].figures[0].model_copy(update={"place": "no'where-\"x"})
    reading = verdict.readings[0].model_copy(update={"figures": (strange,), "weight": 9.0})
    changed = verdict.model_copy(update={"readings": (reading, *verdict.readings[1:])})
    assert set(charts(world, changed)) == {"sensitivity"}


def test_altair_is_imported_only_when_something_is_drawn() -> None:
    code = (
        "import sys; from checks.report import charts; charts.sprite({});"
        "assert not {'altair', 'vl_convert', 'pandas'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(st.none() | st.floats(-1e9, 1e9, allow_nan=False), max_size=70),
    marked=st.none() | st.integers(-3, 80),
)
def test_a_sparkline_draws_runs_and_stays_small(
    values: list[float | None], marked: int | None
) -> None:
    drawn = spark(values, marked)
    known = [v for v in values if v is not None]
    if len(known) < 2:
        assert drawn is None
    if drawn is None:
        return
    assert len(drawn.path) < 160
    gaps = [list(run) for there, run in groupby(values, lambda v: v is not None) if there]
    assert 1 <= drawn.path.count("M") <= len(gaps)
    if len(values) <= MOST:
        assert drawn.path.count("M") == len(gaps)
        inside = marked is not None and 0 <= marked < len(values) and values[marked] is not None
        assert (drawn.dot is not None) == inside


def test_a_small_chart_starts_its_scale_at_zero() -> None:
    # 18 is the foot of the picture and 2 its top: 50 of 100 is half way up
    drawn = spark([50, 100], 1)
    assert drawn is not None
    assert drawn.path == "M2 10l3-8"
    assert drawn.dot == (5, 2)


def test_lines_that_claims_share_stand_once_in_a_page() -> None:
    one, other = spark([1, 2, 3], 0), spark([3, 2, 1])
    same = spark([1, 2, 3], 2)
    assert one
    assert other
    assert same
    lines, drawn = sprite({"a": one, "b": other, "c": same})
    assert lines.count("<path ") == 2
    assert drawn["a"] == '<svg><use href="#s0"/><circle cx="2" cy="13"/></svg>'
    assert drawn["b"] == '<svg><use href="#s1"/></svg>'
    assert '<use href="#s0"/>' in drawn["c"]


@pytest.mark.parametrize("every", ["month", "12 months"])
def test_records_of_months_are_drawn_by_month(tmp_path: Path, every: str) -> None:
    days = {
        (dt.date(2014, 1, 1) + dt.timedelta(n)).isoformat(): 1
        for n in range((dt.date(2017, 12, 31) - dt.date(2014, 1, 1)).days + 1)
    }
    world = make_world(tmp_path, [], days)
    test = record(every=every, month=8, years=None, since=2014, year=2017)
    verdict = world.verify(test, date="2018-02-01")
    chart = charts(world, verdict)["series"]
    by_period = {row[0]: row[1] for row in chart.rows}
    if every == "month":
        assert by_period["August 2017"] == 31.0
        assert len(by_period) == 48
    else:
        assert by_period["the 12 months to August 2017"] == 365.0
        assert len(by_period) == 37
        assert "365 in the 12 months to August 2017" in words_in(chart)
    rival = next(r for r in verdict.readings if r.stated).figures[1]
    assert f"{rival.value:.0f} in {period(rival.period_start, rival.period_end)}" in words_in(chart)


def test_the_sparkline_of_a_verdict_marks_the_year_spoken_of(tmp_path: Path) -> None:
    figures: dict[int, float | None] = {**FLAT, 2010: 1000.0, 2014: None, 2016: 768.0}
    world = make_world(tmp_path, [Series(figures)])
    verdict = world.verify(record())
    with reader(world.settings, world.build.path) as con:
        data = chart_data(con, [verdict])
    # the last twenty years, 1997 to 2016, of which 2014 is a gap
    values = [figures.get(year) for year in range(1997, 2017)]
    assert spark_of(data, verdict) == spark(values, 19)
    assert spark_of(ChartData(), verdict) is None


@pytest.mark.parametrize("module", [drawing, model, svg])
def test_examples_in_docstrings_are_true(module: ModuleType) -> None:
    done = doctest.testmod(module)
    assert done.attempted > 0
    assert done.failed == 0
