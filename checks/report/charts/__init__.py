"""The charts of a report: pure functions of verdicts and of what a build says about their figures.

``chart_data`` reads all series at once, ``charts_of`` draws those of one test, ``sparkline`` is the
small chart of a claim on the front page.
"""

from __future__ import annotations

from checks.claim_models import Test
from checks.models import TestResult, Verdict
from checks.report.charts.model import Chart, ChartData, Names
from checks.report.charts.peers import peers_chart
from checks.report.charts.plan import plan_of, readings_of
from checks.report.charts.sensitivity import sensitivity_chart
from checks.report.charts.series import series_chart
from checks.report.charts.source import chart_data
from checks.report.charts.spark import sparkline

__all__ = ["Chart", "ChartData", "chart_data", "charts_of", "sparkline"]


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
