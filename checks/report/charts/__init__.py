"""The charts of a report: pure functions of verdicts and of what a build says about their figures.

``chart_data`` reads all series at once, ``charts_of`` draws those of one test, ``spark_of`` is the
small chart of a claim in a list, of which ``sprite`` draws many.
"""

from __future__ import annotations

from checks.claim_models import Test
from checks.models import TestResult, Verdict
from checks.report.charts.model import Chart, ChartData, Names
from checks.report.charts.peers import peers_chart
from checks.report.charts.plan import plan_of, readings_of
from checks.report.charts.sensitivity import sensitivity_chart
from checks.report.charts.series import lines_of, series_chart
from checks.report.charts.source import chart_data
from checks.report.charts.spark import Spark, spark, sprite

__all__ = ["Chart", "ChartData", "chart_data", "charts_of", "spark_of", "sprite"]


def charts_of(
    data: ChartData, verdict: Verdict, result: TestResult, names: Names, test: Test | None = None
) -> tuple[Chart, ...]:
    """The charts of one test of a verdict, the one that makes the point first.

    ``names``: of ids, as ``Warehouse.name``. ``test``: as the claim file has it; without it a
    threshold over several years is drawn without its number.
    """
    readings = readings_of(verdict, result)
    plan = plan_of(readings, result)
    if plan is None:
        return ()
    found = (
        series_chart(plan, data, names, test),
        sensitivity_chart(readings, names),
        peers_chart(plan, data, names, test),
    )
    return tuple(chart for chart in found if chart is not None)


def spark_of(data: ChartData, verdict: Verdict, names: Names) -> Spark | None:
    """The series behind the first test that has the label of the claim, with its year marked."""
    for result in sorted(verdict.tests, key=lambda test: test.label != verdict.label):
        plan = plan_of(readings_of(verdict, result), result)
        drawn = lines_of(plan, data, names) if plan else []
        if drawn:
            points = drawn[0].points
            ends = max((f.period_end for f in drawn[0].line.reading.figures), default=None)
            marked = next((n for n, p in enumerate(points) if p.end == ends), None)
            return spark([p.value for p in points], marked)
    return None
