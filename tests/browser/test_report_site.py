"""The report in a real browser: Debian's ``chromium``, driven by Playwright, with no network.

Without a browser these tests skip: ``apt-get install chromium`` is all there is to set up, as
Playwright itself is among the packages of the tests and needs no browser of its own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from checks.report import pages
from checks.report.sources import Warehouse
from flows.report_files import write_pages
from tests import support_report as sample

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install chromium")

#: One page of each kind.
KINDS = [
    *("index.html", "changes.html", "datasets.html", "checks.html", "method.html", "queries.html"),
    *("claims/a1.html", "claims/b8.html", "claims/b9.html", "claims/z1.html"),
    *("documents/sample.html", "datasets/fbi_return_a.html"),
]

WIDER_THAN_THE_SCREEN = """() => {
    const width = document.documentElement.clientWidth;
    return [...document.querySelectorAll('body *')]
        .filter(e => !e.closest('.icons, .skip, thead, pre, option, .scroll, svg'))
        .filter(e => e.getBoundingClientRect().right > width + 1)
        .map(e => e.tagName + '.' + e.className).slice(0, 5);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    verdicts = sample.verdicts()
    with sample.warehouse(folder) as con:
        found = pages(
            con, Warehouse(con, verdicts), sample.claim_files(verdicts), sample.RUN,
            changes=sample.changes(), ages=sample.ages(), asked=sample.ASKED,
        )  # fmt: skip
        write_pages(folder / "report", found)
    return folder / "report"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without network, which fails the test for any error or request."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    found = context.new_page()
    troubles: list[str] = []
    found.on("console", lambda message: troubles.append(message.text))
    found.on("pageerror", lambda error: troubles.append(str(error)))
    found.on("request", lambda r: None if is_local(r.url) else troubles.append(r.url))
    yield found
    context.close()
    assert troubles == []


def problems(page: Page) -> list[tuple[str, str, str]]:
    """What axe finds: how bad, which rule, and the first element."""
    answer = Axe().run(page).response
    assert len(answer["passes"]) > 10
    return [(v["impact"], v["id"], v["nodes"][0]["html"][:200]) for v in answer["violations"]]


def is_local(url: str) -> bool:
    return url.startswith(("file:", "data:"))


def shown(page: Page) -> list[str]:
    """Ids of the claims that the front page shows, without their prefix."""
    found = page.locator("#claims li:visible").evaluate_all("all => all.map(e => e.id)")
    return [id_.removeprefix("claim-") for id_ in found]


@pytest.mark.parametrize("path", KINDS)
def test_a_page_loads_without_network_error_or_style_that_is_refused(
    page: Page, site: Path, path: str
) -> None:
    page.goto((site / path).as_uri())
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight") == "400"
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("pixels", [320, 360, 768])
def test_nothing_is_wider_than_the_screen(page: Page, site: Path, pixels: int) -> None:
    page.set_viewport_size({"width": pixels, "height": 800})
    for path in KINDS:
        page.goto((site / path).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate(WIDER_THAN_THE_SCREEN) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= pixels, path


def test_nothing_is_wider_than_the_screen_at_twice_the_size(page: Page, site: Path) -> None:
    """200% zoom of a screen 1280 wide is a page 640 wide."""
    page.set_viewport_size({"width": 640, "height": 450})
    for path in KINDS:
        page.goto((site / path).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, path


def test_bundled_claims_fit_the_smallest_screen(page: Page, bundled_report: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    files = sorted(bundled_report.rglob("*.html"))
    assert len(files) > 150
    for file in files:
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, file.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_accessibility_problem(browser: Browser, site: Path, scheme: Any) -> None:
    """In its own context: axe is a script, which the pages' policy would refuse."""
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for path in KINDS:
        page.goto((site / path).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert problems(page) == [], path
    context.close()


def test_axe_finds_no_accessibility_problem_in_bundled_claims(
    browser: Browser, bundled_report: Path
) -> None:
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    for path in ("index.html", "claims/a1.html", "claims/b8.html", "datasets/fbi_return_a.html"):
        page.goto((bundled_report / path).as_uri())
        assert problems(page) == [], path
    context.close()


def test_the_filter_works_by_keyboard(page: Page, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    everything = shown(page)
    assert len(everything) == len(sample.verdicts())
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "f-label":
            break
    assert page.evaluate("document.activeElement.id") == "f-label"
    page.keyboard.type("Refu")
    refuted = [v.claim for v in sample.verdicts() if v.label == "refuted"]
    assert shown(page) == refuted
    assert page.inner_text("#f-count") == f"{len(refuted)} of {len(everything)} claims"
    page.locator("#filter button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#claims li[hidden]")).to_have_count(0)
    assert shown(page) == everything
    assert page.inner_text("#f-count") == f"All {len(everything)} claims"


def test_the_filter_looks_for_words_places_measures_and_caveats(page: Page, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.fill("#f-words", "ONE IN FOUR solved")
    assert shown(page) == ["b8"]
    page.fill("#f-words", "no such words")
    assert shown(page) == []
    assert not page.locator("#claims section:visible").count()
    page.fill("#f-words", "")
    for facet in ("place", "measure", "caveat"):
        options = page.locator(f"#f-{facet} option").all()[1:]
        for option in options:
            page.select_option(f"#f-{facet}", option.get_attribute("value"))
            said = re.search(r"\((\d+)\)$", option.inner_text())
            assert said
            assert len(shown(page)) == int(said[1])
        page.select_option(f"#f-{facet}", "")


def test_a_filtered_list_can_be_linked_to(page: Page, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.select_option("#f-label", label=page.locator("#f-label option").nth(1).inner_text())
    page.fill("#f-words", "crime")
    filtered = shown(page)
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    assert shown(page) == filtered
    assert page.input_value("#f-words") == "crime"


def test_without_script_the_front_page_is_a_plain_list(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    assert page.locator("#claims li:visible").count() == len(sample.verdicts())
    assert not page.locator("#filter").is_visible()
    context.close()


def test_a_link_to_a_folded_reading_unfolds_it(page: Page, site: Path) -> None:
    page.goto((site / "claims/a1.html").as_uri() + "#reading-a1-1-3")
    assert page.locator("#claim-a1 details.folded").first.get_attribute("open") is not None
    assert page.locator("#reading-a1-1-3").is_visible()


def test_the_first_tab_skips_to_the_content(page: Page, site: Path) -> None:
    page.goto((site / "claims/a1.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    assert page.evaluate("document.activeElement.id") == "main"


def test_headings_descend_one_level_at_a_time(page: Page, site: Path) -> None:
    for path in KINDS:
        page.goto((site / path).as_uri())
        levels = page.locator("h1, h2, h3, h4, h5").evaluate_all(
            "all => all.map(h => +h.tagName[1])"
        )
        assert levels.count(1) == 1, path
        assert max([after - before for before, after in pairwise(levels)] or [0]) <= 1, path


def test_dark_scheme_and_paper(page: Page, site: Path) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto((site / "claims/a1.html").as_uri())
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(ground) == "rgb(22, 22, 21)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    assert not page.locator(".masthead nav").is_visible()


@pytest.mark.parametrize(("path", "most"), [("claims/a1.html", 4), ("index.html", 4)])
def test_printed_pages_are_few(page: Page, site: Path, path: str, most: int) -> None:
    page.goto((site / path).as_uri())
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert 1 <= pdf.count(b"/Type /Page\n") <= most


def test_ten_thousand_characters_without_a_blank_show_whole_and_fit(
    page: Page, tmp_path: Path
) -> None:
    said = ("<script>alert(1)</script>\U0001f52b\u05e9&amp;" * 300)[:10_000]
    verdicts = [sample.verdict("a1", said, sentence=said, closest_true=said)]
    with sample.warehouse(tmp_path) as con:
        found = pages(con, Warehouse(con, verdicts), sample.claim_files(verdicts), sample.RUN)
        write_pages(tmp_path / "report", found)
    page.set_viewport_size({"width": 360, "height": 800})
    for path in ("claims/a1.html", "documents/sample.html", "index.html"):
        page.goto((tmp_path / "report" / path).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        if path != "index.html":
            assert said in page.inner_text("main").replace("\n", "")


def test_hostile_words_run_nothing_and_read_in_their_order(page: Page, site: Path) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for path in ("claims/z1.html", "index.html", "changes.html"):
        page.goto((site / path).as_uri())
        assert "<script>alert" in page.inner_text("main")
        assert page.locator('a[href^="javascript:"]').count() == 0
    assert dialogs == []
