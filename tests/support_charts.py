"""Charts of verdicts on small worlds, and what must be true of the picture of any chart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from checks.claim_models import Test
from checks.models import Verdict
from checks.report.charts import Chart, chart_data, charts_of
from checks.report.charts.drawing import readable
from datasets.warehouse import reader
from tests.support_world import World

TAGS = {"svg", "path", "text"}
ATTRIBUTES = {
    "class", "viewBox", "role", "aria-label", "d", "x", "y", "fill", "fill-opacity", "stroke",
    "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linejoin", "text-anchor",
    "font-size", "paint-order",
}  # fmt: skip
COLOUR = re.compile(
    r"none|transparent|var\(--(ink|soft|line|page|band|supported|refuted|unknown)\)"
)


def id_as_name(_: str, id_: str) -> str:
    return id_


def charts(
    world: World, verdict: Verdict, tests: Sequence[Test | None] = (None,), names: Any = id_as_name
) -> dict[str, Chart]:
    """The charts of a verdict of one test, by their ids."""
    with reader(world.settings, world.build.path) as con:
        data = chart_data(con, [verdict])
    found = [
        chart
        for result, test in zip(verdict.tests, tests, strict=True)
        for chart in charts_of(data, verdict, result, names, test)
    ]
    for chart in found:
        check_picture(chart)
    return {chart.id: chart for chart in found}


def check_picture(chart: Chart) -> None:
    """Nothing in it runs, asks for anything or has colours of its own; it says what it shows."""
    root = ElementTree.fromstring(chart.svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == readable(chart.alt)
    _, _, width, height = (float(n) for n in str(root.get("viewBox")).split())
    assert (width, 40 < height < 2000) == (440, True)
    for node in root.iter():
        assert node.tag in TAGS
        assert set(node.attrib) <= ATTRIBUTES
        for name in ("fill", "stroke"):
            assert COLOUR.fullmatch(node.get(name, "none")), node.get(name)
        assert "NaN" not in node.get("d", "")
        assert "Infinity" not in node.get("d", "")
    assert root.tag == "svg"
    assert all(len(row) == len(chart.columns) for row in chart.rows)


def words_in(chart: Chart) -> list[str]:
    """The words drawn in a picture."""
    return [node.text or "" for node in ElementTree.fromstring(chart.svg).iter("text")]


def line_of(chart: Chart) -> str:
    """The path of the main line of a series, by its width, which no other line has."""
    paths = ElementTree.fromstring(chart.svg).iter("path")
    plot = [p.get("d", "") for p in paths if p.get("stroke-width") == "2.2"]
    return next((d for d in plot if "h24" not in d), "")
