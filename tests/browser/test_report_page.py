"""The report in a real browser: Debian's ``chromium`` and ``chromium-driver``, spoken to directly.

Without them these tests skip. The driver's protocol is JSON over HTTP on loopback, so no package is
needed; scripts that it runs are not subject to the page's policy, which forbids all others.
"""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from checks.report import render
from tests import support_report as sample

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="needs a browser: apt-get install chromium chromium-driver",
)

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
]  # fmt: skip

WIDEST = """
    const width = document.documentElement.clientWidth;
    return [...document.querySelectorAll('body *')]
        .filter(e => !e.closest('.icons, .skip, thead'))
        .filter(e => e.getBoundingClientRect().right > width + 1)
        .map(e => e.tagName + '.' + e.className).slice(0, 5);
"""


class Browser:
    """One headless browser with one page."""

    def __init__(self, session: str) -> None:
        self._session = session

    def open(self, path: Path, fragment: str = "") -> None:
        call("POST", f"{self._session}/url", {"url": "about:blank"})
        call("POST", f"{self._session}/url", {"url": path.as_uri() + fragment})

    def run(self, script: str) -> Any:
        return call("POST", f"{self._session}/execute/sync", {"script": script, "args": []})

    def cdp(self, command: str, **parameters: Any) -> Any:
        body = {"cmd": command, "params": parameters}
        return call("POST", f"{self._session}/goog/cdp/execute", body)

    def log(self, kind: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = call("POST", f"{self._session}/se/log", {"type": kind})
        return entries

    def keys(self, text: str) -> None:
        actions = [{"type": kind, "value": text} for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        call("POST", f"{self._session}/actions", {"actions": [source]})


def call(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        url, None if body is None else json.dumps(body).encode(), method=method
    )
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["value"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen(
        [str(DRIVER), f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        base = f"http://127.0.0.1:{port}"
        wait_for(f"{base}/status")
        profile = tmp_path_factory.mktemp("profile")
        options = {"binary": CHROMIUM, "args": [*ARGUMENTS, f"--user-data-dir={profile}"]}
        wanted = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        session = call("POST", f"{base}/session", {"capabilities": {"alwaysMatch": wanted}})
        address = f"{base}/session/{session['sessionId']}"
        yield Browser(address)
        call("DELETE", address)
    finally:
        driver.terminate()
        driver.wait(30)


def wait_for(url: str) -> None:
    for _ in range(100):
        try:
            call("GET", url)
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail("chromedriver did not start within ten seconds")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    verdicts = sample.verdicts()
    path = folder / "report.html"
    with sample.warehouse(folder) as con:
        text = render(
            con, verdicts, sample.claim_files(verdicts), sample.RUN,
            changes=sample.changes(), ages=sample.ages(), asked=sample.ASKED,
        )  # fmt: skip
    path.write_text(text, encoding="utf-8")
    return path


def width(browser: Browser, pixels: int) -> None:
    browser.cdp(
        "Emulation.setDeviceMetricsOverride",
        width=pixels, height=800, deviceScaleFactor=1, mobile=pixels < 500,
    )  # fmt: skip


def test_the_page_loads_without_an_error_or_a_request(browser: Browser, report: Path) -> None:
    browser.log("performance")
    browser.open(report)
    assert browser.log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.log("performance")]
    asked = {
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
        and event["params"]["documentURL"] == report.as_uri()
    }
    assert report.as_uri() in asked
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}


def test_the_style_is_applied_under_the_policy(browser: Browser, report: Path) -> None:
    browser.open(report)
    assert browser.run("return getComputedStyle(document.querySelector('h1')).fontWeight") == "400"
    assert browser.run("return document.querySelectorAll('script').length") == 0


@pytest.mark.parametrize("pixels", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_screen(browser: Browser, report: Path, pixels: int) -> None:
    width(browser, pixels)
    browser.open(report)
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert browser.run(WIDEST) == []
    assert browser.run("return document.documentElement.scrollWidth") <= pixels


def test_a_link_to_a_folded_reading_unfolds_it(browser: Browser, report: Path) -> None:
    browser.open(report, "#reading-a1-1-3")
    shown = "return document.getElementById('reading-a1-1-3').checkVisibility()"
    opened = "return document.querySelector('#claim-a1 details.folded').open"
    assert browser.run(opened)
    assert browser.run(shown)


def test_the_first_tab_skips_to_the_claims(browser: Browser, report: Path) -> None:
    width(browser, 1280)
    browser.open(report)
    browser.keys("\ue004")  # Tab
    assert browser.run("return document.activeElement.className") == "skip"
    assert browser.run("return document.activeElement.getBoundingClientRect().left") >= 0
    browser.keys("\ue007")  # Enter
    assert browser.run("return location.hash") == "#glance"


def test_headings_descend_one_level_at_a_time(browser: Browser, report: Path) -> None:
    browser.open(report)
    levels = browser.run(
        "return [...document.querySelectorAll('h1,h2,h3,h4,h5')].map(h => +h.tagName[1])"
    )
    assert levels.count(1) == 1
    steps = [after - before for before, after in pairwise(levels)]
    assert max(steps) == 1


def test_dark_scheme_and_paper(browser: Browser, report: Path, tmp_path: Path) -> None:
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.cdp("Emulation.setEmulatedMedia", media="", features=dark)
    browser.open(report)
    ground = "return getComputedStyle(document.documentElement).backgroundColor"
    assert browser.run(ground) == "rgb(22, 22, 21)"
    browser.cdp("Emulation.setEmulatedMedia", media="print", features=dark)
    assert browser.run(ground) == "rgb(255, 255, 255)"
    browser.cdp("Emulation.setEmulatedMedia", media="", features=[])
    printed = browser.cdp("Page.printToPDF", preferCSSPageSize=True)
    pdf = tmp_path / "report.pdf"
    pdf.write_bytes(base64.b64decode(printed["data"]))
    assert pdf.read_bytes().startswith(b"%PDF")
    assert 3 <= pdf.read_bytes().count(b"/Type /Page\n") <= 30
