"""The charts of a report: pure functions of verdicts and of what a build says about their figures.

``chart_data`` reads all series at once, ``charts_of`` draws those of one test, ``spark_of`` is the
small chart of a claim in a list, of which ``sprite`` draws many.
"""

from __future__ import annotations

from checks.claim_models import Test
from checks.models import TestResult, Verdict
from checks.report.charts.model import Chart, ChartData, Drawn, Names, position
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


def spark_of(data: ChartData, verdict: Verdict) -> Spark | None:
    """The series of a verdict's weakest test, the figure spoken of marked.

    None if that test is of no series.
    """
    weakest = sorted(verdict.tests, key=lambda result: result.label != verdict.label)
    for result in weakest[:1]:
        plan = plan_of(readings_of(verdict, result), result)
        drawn = lines_of(plan, data, lambda _, id_: id_) if plan else []
        if drawn:
            return spark(*_values(drawn[0]))
    return None


def _values(drawn: Drawn) -> tuple[list[float | None], int | None]:
    """Figures with None for each period without one, and the index of the one spoken of."""
    at = {round(p.x, 4): p.value for p in drawn.points}
    step = 1 / 12 if "month" in drawn.line.key.grain else 1.0
    first = min(at)
    xs = [round(first + n * step, 4) for n in range(round((max(at) - first) / step) + 1)]
    reading = drawn.line.reading
    last = {"change": -1, "trend": -1, "attribution": -1, "contrast": 1}.get(reading.kind, 0)
    spoken = position(reading.figures[last].period_end, drawn.line.key.grain)
    values = [next((v for x, v in at.items() if abs(x - at_x) < 0.01), None) for at_x in xs]
    return values, next((n for n, x in enumerate(xs) if abs(x - spoken) < 0.01), None)
