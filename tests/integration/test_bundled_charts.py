"""The charts of all bundled claims say what their verdicts and the build say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from checks.claim_models import Test
from checks.models import Reading, TestResult, Verdict
from checks.report.charts import Chart, chart_data, charts_of, spark_of, sprite
from checks.report.charts.model import ChartData, period
from checks.report.charts.plan import plan_of, readings_of, window_of
from checks.report.charts.series import lines_of
from checks.report.sources import Warehouse
from checks.verify import claim_files
from datasets.settings import Settings
from datasets.warehouse import current_build, reader
from tests.support_charts import check_picture

Drawn = tuple[Verdict, TestResult, Test, dict[str, Chart]]


@pytest.fixture(scope="module")
def data(built: Settings, judged: list[Verdict]) -> ChartData:
    with reader(built, current_build(built).path) as con:
        return chart_data(con, judged)


@pytest.fixture(scope="module")
def drawn(built: Settings, judged: list[Verdict], data: ChartData) -> list[Drawn]:
    """The charts of every test of every claim."""
    with reader(built, current_build(built).path) as con:
        names = Warehouse(con, judged).name
    tests = {claim.id: claim.tests for file in claim_files(built) for claim in file.claims}
    found: list[Drawn] = []
    for verdict in judged:
        for result in verdict.tests:
            test = tests[verdict.claim][result.test - 1]
            charts = charts_of(data, verdict, result, names, test)
            assert len({chart.id for chart in charts}) == len(charts)
            found.append((verdict, result, test, {chart.id: chart for chart in charts}))
    return found


def mains(drawn: list[Drawn], data: ChartData, *kinds: str) -> Iterator[tuple[Reading, Drawn]]:
    """The reading that the series of each test is of, where it has one."""
    for one in drawn:
        verdict, result, _, charts = one
        plan = plan_of(readings_of(verdict, result), result)
        if plan is not None and "series" in charts and result.kind in kinds:
            yield lines_of(plan, data, lambda _, id_: id_)[0].line.reading, one


def test_pictures_are_small_and_hold_nothing_but_shapes_and_words(drawn: list[Drawn]) -> None:
    sizes = []
    for _, _, _, charts in drawn:
        for chart in charts.values():
            check_picture(chart)
            sizes.append(len(chart.svg.encode()))
    assert len(sizes) > 200
    assert max(sizes) < 15_000


def test_every_claim_with_figures_has_a_chart(drawn: list[Drawn]) -> None:
    without = {
        verdict.claim
        for verdict, result, _, charts in drawn
        if not charts
        and any(f.value is not None for r in readings_of(verdict, result) for f in r.figures)
    }
    assert without == {"a6"}, "a single grant, of which there is no series"


def test_the_table_of_a_series_has_the_figures_of_its_reading(
    drawn: list[Drawn], data: ChartData
) -> None:
    kinds = ("value", "threshold", "share", "change", "record", "trend", "rank")
    compared = 0
    for reading, (verdict, _, _, charts) in mains(drawn, data, *kinds):
        rows = {row[0]: row[1] for row in charts["series"].rows}
        for figure in reading.figures:
            if reading.kind == "rank" and figure is not reading.figures[0]:
                continue  # the median of the peers is no line of its own
            at = period(figure.period_start, figure.period_end)
            assert rows[at] == pytest.approx(figure.value, rel=1e-9), (verdict.claim, figure)
            compared += 1
    assert compared > 200


def test_a_quotient_is_the_ratio_of_its_reading(drawn: list[Drawn], data: ChartData) -> None:
    compared = 0
    for reading, (verdict, _, _, charts) in mains(drawn, data, "ratio"):
        of, to = reading.figures
        if (of.period_start, of.period_end) == (to.period_start, to.period_end):
            rows = {row[0]: row[1] for row in charts["series"].rows}
            at = period(of.period_start, of.period_end)
            assert rows[at] == pytest.approx(reading.value, rel=1e-9), verdict.claim
            compared += 1
    assert compared > 5


def test_peers_are_those_that_the_reading_counts(drawn: list[Drawn], data: ChartData) -> None:
    compared = 0
    for reading, (verdict, _, _, charts) in mains(drawn, data, "contrast", "rank", "attribution"):
        if "peers" not in charts:
            continue
        said = [r.comparison + " " + r.variant for r in verdict.readings if r.stated]
        roles = [f.role for r in verdict.readings if r.stated for f in r.figures]
        n = len(charts["peers"].rows) - 1
        if reading.kind == "contrast":
            assert f"against {n} " in reading.variant
        elif reading.kind == "rank":
            assert any(role == f"median of {n} peers" for role in roles), (verdict.claim, n, said)
        else:
            assert any(role.startswith(f"mean of {n} peers") for role in roles), (verdict.claim, n)
        compared += 1
    assert compared > 10


def test_the_contrast_of_a_reading_is_that_of_its_lines(
    drawn: list[Drawn], data: ChartData
) -> None:
    for reading, (_, _, _, charts) in mains(drawn, data, "contrast"):
        last = str(reading.figures[1].period_start.year)
        row = next(row for row in charts["series"].rows if row[0] == last)
        own, peers = (float(str(value)) for value in row[1:3])
        assert own - peers == pytest.approx(reading.value, rel=1e-9)


def test_places_of_which_it_is_true_are_as_many_as_the_reading_says(drawn: list[Drawn]) -> None:
    compared = 0
    for verdict, result, _, charts in drawn:
        if result.kind == "places":
            true = [row for row in charts["peers"].rows if row[-1] == "yes"]
            reading = next(r for r in verdict.readings if r.stated)
            assert len(true) == reading.figures[0].value
            compared += 1
    assert compared == 4


def test_peers_by_one_source_are_about_as_many_as_by_all(drawn: list[Drawn]) -> None:
    """Uniqueness asks each peer by every source; a picture is of one, and says so."""
    compared = 0
    for _, result, _, charts in drawn:
        told = re.match(r"(\d+) of (\d+) others", result.peers or "")
        if told is None or "peers" not in charts:
            continue
        said = re.search(r"is so of (\d+) of the (\d+) places", charts["peers"].alt)
        assert said is not None
        assert int(told[1]) - 3 <= int(said[1]) <= int(told[1])
        assert int(said[2]) <= int(told[2])
        assert "By the source and definition of reading" in str(charts["peers"].note)
        compared += 1
    assert compared >= 20


def test_the_window_of_every_record_and_trend_is_that_of_its_words(drawn: list[Drawn]) -> None:
    step = r"(\d{4})(?:-(\d{2}))?"
    kinds = set[tuple[str, bool]]()
    for verdict, _, _, _ in drawn:
        for reading in verdict.readings:
            if reading.kind in ("record", "trend"):
                said = re.findall(f"{step} to {step}", reading.variant)[-1]
                first, last = (
                    round(int(year) + (int(month or 1) - 1) / 12, 4)
                    for year, month in (said[:2], said[2:])
                )
                assert window_of(reading) == (first, last), (verdict.claim, reading.variant)
                kinds.add((reading.kind, bool(said[1])))
    assert kinds == {("record", False), ("record", True), ("trend", False)}


def test_every_reading_of_every_claim_says_what_it_compares(judged: list[Verdict]) -> None:
    for verdict in judged:
        for r in verdict.readings:
            assert r.window_start is not None, (verdict.claim, r.variant)
            assert r.window_end is not None
            assert r.window_start <= r.window_end
            assert (r.way is not None) == (r.kind in ("trend", "attribution"))
            in_words = re.search(r"(?:among|against) (\d+)(?: of the \d+)? ([a-z]+)", r.variant)
            if r.kind in ("rank", "contrast"):
                assert in_words is not None
                assert r.n_peers == int(in_words[1]) - (r.kind == "rank")
                assert r.peer_group in {f.place for f in r.figures}


def test_cells_hold_all_readings_but_those_left_out(drawn: list[Drawn]) -> None:
    for verdict, result, _, charts in drawn:
        if "sensitivity" not in charts:
            continue
        chart = charts["sensitivity"]
        readings = readings_of(verdict, result)
        at = chart.columns.index("Readings that hold")
        holds, fails = (sum(int(str(row[n])) for row in chart.rows) for n in (at, at + 1))
        outcomes = [r.outcome for r in readings]
        assert (holds, fails) == (outcomes.count("holds"), outcomes.count("fails")), verdict.claim


def test_words_give_the_numbers_that_are_drawn(drawn: list[Drawn], data: ChartData) -> None:
    for _, (_, _, _, charts) in mains(drawn, data, "record", "change", "share"):
        chart = charts["series"]
        values = [float(str(row[1])) for row in chart.rows if row[1] is not None]
        said = re.search(r"(\d+) with a figure", chart.alt)
        partial = sum("part of the period" in str(row[-1]) for row in chart.rows)
        assert said
        assert len(values) - partial <= int(said[1]) <= len(values)


def test_a_thousand_sparklines_leave_room_on_the_front_page(
    judged: list[Verdict], data: ChartData
) -> None:
    found = {verdict.claim: spark_of(data, verdict) for verdict in judged}
    sparks = {claim: each for claim, each in found.items() if each is not None}
    lines, drawn = sprite(sparks)
    assert len(drawn) > 80
    size = len(lines) + sum(map(len, drawn.values()))
    assert 1000 * size / len(judged) < 200_000
