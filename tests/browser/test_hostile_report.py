"""A report in which every text that comes from outside is hostile: nothing of it runs.

From outside come claim files, the texts of dataset.yml, manifests, what publishers answer, and what
checks say of rows. Ids are not among them: their patterns are tested where they are read.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from checks.models import Verdict
from checks.report import pages
from checks.report.exports.files import write_exports
from checks.report.sources import Warehouse
from datasets.settings import Publication, Settings
from flows.report_files import write_pages
from tests import support_report as sample
from tests.support_atom import problems
from tests.support_site import Page, read_folder

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

#: Ends every element and attribute it could stand in, then does something.
EVIL = (
    "x</script></style></title></svg></textarea>--></pre><script>document.title='run'</script>"
    "<img src=x onerror=\"document.title='run'\">' onclick='document.title=1' \" "
    "onfocus=\"document.title='run'\" autofocus {{ 7*7 }} <!-- ]]> \u2028 javascript:alert(1)"
)
LINK = "javascript:document.title='run'//https://example.org/"

#: Fields of a verdict that are names, numbers or words of ours.
IDS = {
    *(
        "claim",
        "document",
        "label",
        "caveats",
        "build",
        "as_of",
        "id",
        "kind",
        "dataset",
        "vintage",
    ),
    *("definition", "place", "fit", "unit", "outcome", "measure", "observation_keys", "role"),
    *("counter_reading", "reading", "period_start", "period_end", "published"),
}
TEXTS = {
    "meta.dataset": ("title", "publisher", "table", "licence", "description"),
    "meta.snapshot": ("vintage_basis", "origin", "file"),
    "meta.check_result": ("reason", "observed", "offending"),
    "core.observation": ("note",),
}
LINKS = {
    "meta.dataset": ("publisher_url", "url", "licence_url"),
    "meta.snapshot": ("source_url",),
}


def poisoned(value: Any) -> Any:
    """Every text that is no id, with evil behind it."""
    if isinstance(value, dict):
        return {k: v if k in IDS else poisoned(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [poisoned(each) for each in value]
    return f"{value} {EVIL}" if isinstance(value, str) else value


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    verdicts = [Verdict.model_validate(poisoned(v.model_dump())) for v in sample.verdicts()]
    [file] = sample.claim_files(verdicts)
    document = file.document.model_copy(
        update={"title": EVIL, "speaker": EVIL, "outlet": EVIL, "url": LINK}
    )
    claims = tuple(
        claim.model_copy(
            update={
                "note": EVIL,
                "speaker": EVIL,
                "uncheckable": claim.uncheckable and EVIL,
                "tests": tuple(t.model_copy(update={"says": EVIL}) for t in claim.tests),
            }
        )
        for claim in file.claims
    )
    with sample.warehouse(folder) as con:
        for tables, text in ((TEXTS, EVIL), (LINKS, LINK)):
            for table, columns in tables.items():
                sets = ", ".join(f'"{column}" = ?' for column in columns)
                con.execute(f"UPDATE {table} SET {sets}", [text] * len(columns))
        warehouse = Warehouse(con, verdicts)
        changes = sample.changes()
        found = pages(
            con, warehouse, [file.model_copy(update={"document": document, "claims": claims})],
            sample.RUN, changes=changes, ages=sample.ages(),
            asked=dict.fromkeys(sample.ASKED, EVIL),
            publication=Publication("https://example.org/", EVIL, "https://example.org/"),
        )  # fmt: skip
        settings = Settings(var=folder, publication=Publication(publisher=EVIL))
        flips = changes.diff.flips if changes.diff else ()
        write_pages(
            folder / "report",
            found,
            lambda into: write_exports(
                settings, into, verdicts, warehouse.sources, sample.RUN, flips
            ),
        )
    return folder / "report"


def test_no_hostile_text_becomes_an_element_an_attribute_or_a_link(report: Path) -> None:
    shown = 0
    for path, page in read_folder(report).items():
        shown += page.source.count("&lt;script&gt;document.title")
        scripts = [values.get("type") for tag, values in page.elements if tag == "script"]
        expected = {"index.html": [None]}.get(path, ["application/ld+json"])
        assert scripts in ([], expected), path
        assert not {"img", "iframe", "object", "embed", "base"} & {t for t, _ in page.elements}
        names = {name for _, values in page.elements for name in values}
        assert not {name for name in names if name.startswith("on")} | names & {"autofocus"}, path
        for _, href in page.attributes("href"):
            assert href.startswith(("https://", "#", "../")) or "://" not in href.split("?")[0]
            assert not href.lower().startswith(("javascript:", "data:text", "vbscript:"))
        assert "49" not in page.text_of.get("cite", "")  # no template in a template
    assert shown > 100


def test_reviews_feed_and_tables_hold_hostile_text_as_text(report: Path) -> None:
    for path in (report / "claims").glob("*.html"):
        source = path.read_text(encoding="utf-8")
        start = source.index('<script type="application/ld+json">') + 35
        review = json.loads(source[start : source.index("</script>", start)])
        assert EVIL in review["claimReviewed"]
        assert "url" not in review["itemReviewed"]["appearance"]  # it was no address of the web
    assert problems((report / "feed.atom").read_text(encoding="utf-8")) == []
    for path in (report / "data").glob("*.csv"):
        assert "<script>" in path.read_text(encoding="utf-8")  # as it is: no HTML
    Page((report / "index.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no browser: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


def test_nothing_hostile_runs_in_a_browser_and_the_filter_does(
    browser: Browser, report: Path
) -> None:
    """From a disk, where most people open it; what the policy refuses would be in the console."""
    page = browser.new_context(offline=True).new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("dialog", lambda dialog: (troubles.append("dialog"), dialog.dismiss()))
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else
            troubles.append(r.url))  # fmt: skip
    for path in sorted(report.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.title() not in ("run", "1"), path
        page.evaluate(
            """document.querySelectorAll('body *').forEach(element => {
                if (element.tagName === 'DETAILS') element.open = true;
                for (const kind of ['focus', 'mouseover', 'error', 'load', 'toggle'])
                    element.dispatchEvent(new Event(kind));
            })"""
        )
        assert page.title() not in ("run", "1"), path
    assert troubles == []
    page.goto((report / "index.html").as_uri())
    before = page.locator("#claims li:visible").count()
    page.fill("#filter input", "sanctuary")
    assert 0 < page.locator("#claims li:visible").count() < before


def test_the_policy_would_stop_what_got_through(browser: Browser, report: Path) -> None:
    """As if a template forgot to escape: script, handler and address do nothing."""
    page = browser.new_context(offline=True).new_page()
    source = (report / "claims" / "a1.html").read_text(encoding="utf-8")
    planted = report / "claims" / "planted.html"
    planted.write_text(source.replace("<h1", f"<div>{EVIL}</div><h1", 1), encoding="utf-8")
    page.goto(planted.as_uri())
    assert page.locator("img").count() == 1  # the element is there
    assert page.title() not in ("run", "1")
    planted.unlink()
