"""Charts in a real browser: in the page's colours, light and dark, and as wide as the page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from tests.support_charts import charts
from tests.support_world import Series, make_world

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs a browser: apt-get install chromium")

STYLE = """
:root { --page: #fefefe; --ink: #010203; --soft: #555; --line: #ccc; --band: #cde;
  --supported: #0a0; --refuted: #a00; --unknown: #777; }
@media (prefers-color-scheme: dark) { :root { --page: #101010; --ink: #f0f1f2; } }
body { margin: 0; background: var(--page); }
.chart { display: block; width: 100%; max-width: 36rem; height: auto; }
"""
#: Colour of the main line, of its words, of the halo about them; whether anything sticks out.
ASK = """() => {
    const of = (selector, name) => getComputedStyle(document.querySelector(selector))[name];
    const out = [...document.querySelectorAll('svg.chart text, svg.chart path')].filter(e => {
        const box = e.getBoundingClientRect(), frame = e.ownerSVGElement.getBoundingClientRect();
        return box.left < frame.left - 1 || box.right > frame.right + 1;
    });
    return {
        line: of('path[stroke-width="2.2"]', 'stroke'), words: of('text[paint-order]', 'fill'),
        halo: of('text[paint-order]', 'stroke'), wide: document.documentElement.scrollWidth,
        out: out.map(e => e.textContent || e.getAttribute('d').slice(0, 40)),
    };
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with all charts of a contested record."""
    folder = tmp_path_factory.mktemp("charts")
    figures: dict[int, float | None] = {**dict.fromkeys(range(1985, 2016), 500.0), 1996: 789.0}
    world = make_world(folder, [Series({**figures, 2001: None, 2016: 768.0})])
    test = {
        "kind": "record", "place": "chicago-il", "measure": "murder", "direction": "highest",
        "year": 2016, "years": 20,
    }  # fmt: skip
    found = charts(world, world.verify(test))
    body = Markup("").join(chart.svg for chart in found.values())
    path = folder / "page.html"
    path.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" '
        f'content="light dark"><title>Charts</title><style>{STYLE}</style><body>{body}',
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.mark.parametrize(
    ("scheme", "ink", "paper"),
    [
        ("light", "rgb(1, 2, 3)", "rgb(254, 254, 254)"),
        ("dark", "rgb(240, 241, 242)", "rgb(16, 16, 16)"),
    ],
)
@pytest.mark.parametrize("width", [360, 1280])
def test_charts_follow_the_colours_and_the_width_of_the_page(
    browser: Any, page: Path, scheme: str, ink: str, paper: str, width: int
) -> None:
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}) as one:
        tab = one.new_page()
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(page.as_uri())
        found = tab.evaluate(ASK)
    assert asked == [page.as_uri()]
    assert found == {"line": ink, "words": ink, "halo": paper, "wide": width, "out": []}
