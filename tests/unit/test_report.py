"""The report shows what the verdicts say, as text, and asks nothing of the network."""

from __future__ import annotations

import base64
import datetime as dt
import doctest
import hashlib
import html
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest

from checks.attribution_bars import bars
from checks.models import Verdict
from checks.quantity import frequencies, hedges, quantifiers
from checks.report import format as words
from checks.report import render
from checks.report.sources import Warehouse
from checks.report.strip import axes, strip
from checks.report.view import documents, explain
from checks.verdicts import LABEL_RULES
from checks.verify import claim_files, verify
from checks.weights import weights
from datasets.errors import CrimeclaimsError, InputError
from datasets.settings import Settings
from datasets.warehouse import current_build, reader
from tests import support_report as sample

VOID = {"meta", "link", "br", "img", "input", "hr", "path", "circle", "rect", "line", "use"}
SAFE_LINK = re.compile(r"^(https?://|#)")


class Page(HTMLParser):
    """Elements with their attributes, ids with the numbers and the text inside of them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.numbers: dict[str, list[float]] = {}
        self.text_of: dict[str, str] = {}
        self._open: list[tuple[str, str | None]] = []
        self.feed(text)
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.elements.append((tag, values))
        if "id" in values:
            assert values["id"] not in self.text_of, f"id {values['id']} is there twice"
            self.text_of[values["id"]] = ""
            self.numbers[values["id"]] = []
        if tag not in VOID:
            self._open.append((tag, values.get("id")))
        if tag == "data":
            for id_ in self._ids():
                self.numbers[id_].append(float(values["value"]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for id_ in self._ids():
            self.text_of[id_] += data

    def _ids(self) -> list[str]:
        return [id_ for _, id_ in self._open if id_]

    def attributes(self, name: str) -> list[tuple[str, str]]:
        return [(tag, values[name]) for tag, values in self.elements if name in values]


def show(
    folder: Path, verdicts: list[Verdict] | None = None, *, url: str = "https://example.org/data"
) -> str:
    verdicts = sample.verdicts() if verdicts is None else verdicts
    with sample.warehouse(folder, url=url) as con:
        return render(
            con, verdicts, sample.claim_files(verdicts), sample.RUN,
            changes=sample.changes(), ages=sample.ages(), asked=sample.ASKED,
        )  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    return show(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def page(report: str) -> Page:
    return Page(report)


def test_nothing_is_requested_from_anywhere(report: str, page: Page) -> None:
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "iframe", "img", "object", "embed", "form", "base", "video"}
    assert page.attributes("src") == []
    assert page.attributes("srcset") == []
    for tag, href in page.attributes("href"):
        if tag == "link":
            assert href == "data:,"
        elif tag == "use":
            assert href.startswith("#")
        else:
            assert tag == "a"
            assert SAFE_LINK.match(href), href
    style = report[report.index("<style>") : report.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_allows_only_the_style_of_the_page_itself(report: str, page: Page) -> None:
    policy = next(
        values["content"]
        for tag, values in page.elements
        if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy"
    )
    style = report[report.index("<style>") + 7 : report.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}';" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    names = {name for _, values in page.elements for name in values}
    assert "style" not in names, "the policy would ignore it"
    assert not {name for name in names if name.startswith("on")}


def test_every_anchor_resolves(page: Page) -> None:
    fragments = {href[1:] for _, href in page.attributes("href") if href.startswith("#")}
    assert fragments <= set(page.text_of)
    named = {value for _, value in page.attributes("aria-labelledby")}
    assert named <= set(page.text_of)


def test_anchors_are_permanent(page: Page) -> None:
    expected = {"claim-a1", "reading-a1-1-3", "test-b9-2", "source-fbi_return_a", "validation"}
    assert expected <= set(page.text_of)
    assert f"snapshot-fbi_return_a-2024-09-23-{sample.SHA['fbi'][:8]}" in page.text_of


def test_hostile_words_show_as_text(report: str, page: Page) -> None:
    shown = sample.HOSTILE.replace("\u202e", "[U+202E]").replace("\u202c", "[U+202C]")
    assert page.text_of["claim-z1"].count(shown) == 3
    assert "\u202e" not in report
    assert "<b>on crime</b>" in page.text_of["document-sample"]
    assert "A <publisher> & Sons" in page.text_of["sources"]


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https://user:secret@example.org/", "data:text/html,x",
     "http://exa mple.org", "//example.org", "https://", "ftp://example.org", "https://a\u202eb.org"],
)  # fmt: skip
def test_only_addresses_of_the_web_become_links(tmp_path: Path, address: str) -> None:
    found = Page(show(tmp_path, url=address))
    assert address not in [href for _, href in found.attributes("href")]
    assert words.visible(address) in found.text_of["sources"]


def test_an_address_keeps_its_query(page: Page) -> None:
    assert ("a", "https://example.org/speech?a=1&b=2") in page.attributes("href")


def test_numbers_on_the_page_are_those_of_the_verdicts(page: Page) -> None:
    for verdict in sample.verdicts():
        for reading in verdict.readings:
            id_ = f"reading-{verdict.claim}-{reading.id.replace('.', '-')}"
            values = [f.value for f in reading.figures if f.value is not None]
            expected = [] if reading.outcome == "missing" else [reading.weight, *values]
            assert page.numbers[id_] == expected
            assert reading.comparison in page.text_of[id_]
        for result in verdict.tests:
            numbers = page.numbers[f"test-{verdict.claim}-{result.test}"]
            shares = [result.holds_share, result.nearby_support]
            assert {s for s in shares if s is not None} <= set(numbers)


def test_the_bundled_claims_are_all_on_the_page(built: Settings) -> None:
    verdicts = verify(built)
    build = current_build(built)
    run = sample.RunInfo("r", sample.RUN.started, build.id, build.published_at)
    with reader(built, build.path) as con:
        page = Page(render(con, verdicts, claim_files(built), run))
    fragments = {href[1:] for _, href in page.attributes("href") if href.startswith("#")}
    assert fragments <= set(page.text_of)
    for verdict in verdicts:
        assert verdict.sentence in page.text_of[f"claim-{verdict.claim}"]
        for reading in verdict.readings:
            id_ = f"reading-{verdict.claim}-{reading.id.replace('.', '-')}"
            assert reading.comparison in page.text_of[id_]
            if reading.outcome != "missing":
                values = [f.value for f in reading.figures if f.value is not None]
                assert page.numbers[id_] == [reading.weight, *values]


def test_a_reading_leads_back_to_the_row_of_a_file(page: Page) -> None:
    assert "Edition of 23 Sep 2024, data row 55" in page.text_of["reading-a1-1-1"]
    assert "counted from 224 rows" in page.text_of["reading-b8-1-1"]
    assert "not restated <b>there</b>" in page.text_of["reading-b8-1-3"]
    assert sample.SHA["fbi"] in page.text_of["source-fbi_return_a"]


def test_a_reading_without_figures_says_why(page: Page) -> None:
    assert "the agency reported no clearances" in page.text_of["reading-b8-1-4"]
    assert "1 more meaning that cannot be computed" in page.text_of["test-b8-1"]


def test_each_label_and_outcome_is_a_word_and_a_shape(report: str) -> None:
    pattern = (
        r'<span class="(?:label|outcome) is-(\w+)"><svg[^>]*><use href="#icon-\1"/></svg><span>\w'
    )
    marked = re.findall(r'<span class="(?:label|outcome) is-', report)
    assert len(marked) == len(re.findall(pattern, report)) > 10


def test_sources_that_were_used_come_first(page: Page) -> None:
    text = page.text_of["sources"]
    idle = text.index("Census population")
    assert all(text.index(name) < idle for name in ("Fbi return a", "Cited figures"))
    assert "Secondary evidence" in page.text_of["source-cited_figures"]
    assert "b8, b9" in page.text_of["source-cited_figures"]


def test_the_method_is_that_of_the_code(page: Page) -> None:
    text = " ".join(page.text_of["method"].split())
    for rule in LABEL_RULES:
        assert rule.rule in text
        assert rule.reason in text
    tables = [weights(), hedges(), frequencies(), quantifiers(), bars()]
    for row in [row for table in tables for row in table.values()]:
        assert row.reason in text


def test_checks_that_did_not_pass_are_named(page: Page) -> None:
    text = " ".join(page.text_of["validation"].split())
    assert "core1100" in text, "passed, with a warning, failed, could not run"
    assert "Warning core / population_steps steps within <10%> 3 offending rows" in text


def test_a_build_without_check_results_says_so(tmp_path: Path) -> None:
    with sample.warehouse(tmp_path) as con:
        con.execute("DELETE FROM meta.check_result")
        verdicts = sample.verdicts()
        text = render(con, verdicts, sample.claim_files(verdicts), sample.RUN)
    assert "have not been shown to be valid" in text


def test_as_of_is_said(tmp_path: Path) -> None:
    run = sample.RunInfo("r", sample.RUN.started, "b", sample.RUN.published_at, sample.DAY)
    with sample.warehouse(tmp_path) as con:
        text = render(con, [], [], run)
    assert "16 August 2017</time>: only what was public that day" in text


def test_a_caveat_without_words_is_an_error() -> None:
    with pytest.raises(InputError, match=r'"knife_edgy" \(did you mean "knife_edge"'):
        explain(["knife_edgy"])


def test_a_figure_without_a_source_is_not_printed(tmp_path: Path) -> None:
    stray = sample.figure("fbi", "murder", "ucr", "chicago-pd", 1901, 1.0)
    stray = stray.model_copy(update={"vintage": dt.date(1999, 1, 1)})
    verdict = sample.verdict(
        "a1", "a claim", tests=(sample.result(),), readings=(sample.reading((stray,)),)
    )
    with pytest.raises(CrimeclaimsError, match="has no snapshot"):
        show(tmp_path, [verdict])


def test_words_of_another_claim_are_refused() -> None:
    files = sample.claim_files([sample.verdict("a1", "what was said")])
    with pytest.raises(CrimeclaimsError, match="other words"):
        documents([sample.verdict("a1", "what was not said")], files)
    with pytest.raises(CrimeclaimsError, match="without a claim: a2"):
        documents([sample.verdict("a2", "what was said")], files)


def test_claims_keep_the_order_of_their_document_and_others_are_left_out() -> None:
    verdicts = sample.verdicts()
    (view,) = documents(list(reversed(verdicts[1:])), sample.claim_files(verdicts))
    assert [claim.verdict.claim for claim in view.claims] == ["a7", "b8", "b9", "z1"]


def test_a_long_quote_is_shown_whole(tmp_path: Path) -> None:
    said = ("murder & mayhem " * 62)[:1000].strip()
    text = show(tmp_path, [sample.verdict("a1", said)])
    assert f"“{html.escape(said)}”</h3>" in text


def test_steps_of_an_attribution_are_not_shown_as_meanings_that_hold(tmp_path: Path) -> None:
    figure = sample.figure("fbi", "murder", "ucr", "chicago-pd", 2016, 768)
    test = sample.result(kind="attribution", nearby_support=None, closest_true=None)
    reading = sample.reading((figure,), kind="attribution", value=0.05, unit="p-value", high=0.1)
    verdict = sample.verdict("a1", "a law did it", tests=(test,), readings=(reading,))
    text = Page(show(tmp_path, [verdict])).text_of["test-a1-1"]
    assert "Steps that do not speak against the cause" in text
    assert "No other group can be compared." in text
    assert "p = 0.0500 to p = 0.100" in text
    assert "What the words can mean" not in text
    assert "Holds under" not in text


def test_strips_agree_with_outcomes() -> None:
    for verdict in sample.verdicts():
        readings = [r for r in verdict.readings if r.stated]
        scales = axes(readings)
        for reading in readings:
            drawn = strip(reading, scales)
            if reading.outcome == "missing":
                assert drawn is None
            elif drawn is not None:
                inside = drawn.band[0] <= drawn.dot <= drawn.band[1]
                assert inside == (reading.outcome == "holds")
                assert 0 < drawn.dot < 100


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_what_is_not_a_number_is_not_drawn(value: float | None) -> None:
    figure = sample.figure("fbi", "murder", "ucr", "chicago-pd", 2016, 768)
    reading = sample.reading((figure,), value=value, low=1.0)
    assert axes([reading]) == ()
    assert strip(reading, axes([reading])) is None
    assert words.number(value, "count") == "no figure"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (777, "count", "777"),
        (1246.5, "count", "1,246.5"),
        (28.75, "percent", "28.8%"),
        (10.85, "percent", "10.9%"),
        (-0.04, "percent", "0.0%"),
        (5.35, "per_100k", "5.4 per 100,000"),
        (0.296, "per_100k_not_annualised", "0.296 per 100,000 (not annualised)"),
        (0.3516, "ratio", "0.352 times"),
        (9.142857, "ratio", "9.14 times"),
        (481347, "usd", "$481,347"),
        (-1500, "usd", "−$1,500"),
        (2015, "year", "2015"),
        (6, "rank from lowest", "rank 6"),
        (8.333, "percent of dates", "8.3% of dates"),
        (-2.25, "percentage points a year", "−2.3 percentage points a year"),
        (3 / 58, "p-value", "p = 0.0517"),
        (0, "count", "0"),
    ],
)
def test_numbers_read_well(value: float, unit: str, shown: str) -> None:
    assert words.number(value, unit) == shown


def test_examples_in_the_documentation_of_formats_are_true() -> None:
    assert doctest.testmod(words).failed == 0


def test_text_is_readable_in_both_schemes(report: str) -> None:
    """At least 4.5:1 (WCAG AA) for everything that is text, on the page and on a marked target."""
    schemes = re.findall(r":root \{(.*?)\}", report, re.DOTALL)
    light = dict(re.findall(r"--(\w+): (#\w{6});", schemes[0]))
    dark = dict(re.findall(r"--(\w+): (#\w{6});", schemes[1]))
    assert light.keys() == dark.keys()
    for scheme in (light, dark):
        for ground in ("page", "faint"):
            for name in scheme.keys() - {"page", "faint", "line", "band"}:
                assert contrast(scheme[name], scheme[ground]) >= 4.5, (name, ground, scheme)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.1)."""

    def luminance(colour: str) -> float:
        channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_keys_with_quotes_are_only_looked_up(tmp_path: Path) -> None:
    figure = sample.figure("fbi", "murder", "ucr", "chicago-pd", 2016, 768.0)
    key = "x'); DROP TABLE core.observation; --\\'\u2019"
    figure = figure.model_copy(update={"observation_keys": (*figure.observation_keys, key)})
    verdict = sample.verdict("a1", "a claim", readings=(sample.reading((figure,)),))
    with sample.warehouse(tmp_path) as con:
        found = Warehouse(con, [verdict])
        assert con.execute("SELECT count(*) FROM core.observation").fetchone() != (0,)
    assert [origin.source_row for origin in found.origins_of(figure)] == [55]


def test_a_report_does_not_wait_for_pandas(built: Settings) -> None:
    """``explain`` and an unchanged run need names and sources within a second."""
    script = (
        "import sys; from datasets.settings import load_settings\n"
        "from datasets.warehouse import current_build, reader\n"
        "from checks.verify import verify; from checks.report.sources import Warehouse\n"
        "settings = load_settings(); verdicts = verify(settings)\n"
        "with reader(settings, current_build(settings).path) as con:\n"
        "    assert Warehouse(con, verdicts).origins\n"
        "sys.exit('pandas' in sys.modules)\n"
    )
    environment = {**os.environ, "CRIMECLAIMS_VAR": str(built.var)}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)


def test_what_changed_and_how_old_the_data_are_is_said_in_words(page: Page) -> None:
    """Also where a publisher's answer or a claim is hostile: it shows as text."""
    flips = " ".join(page.text_of["changes"].split())
    assert "fbi_return_a: vintage 2024-09-23 is new" in flips
    assert "the claim itself was changed: its file says something else now" in flips
    assert "not reported, now final" in flips
    assert page.numbers["changes-fbi_return_a"] == [768, 778, 789]
    assert '<script>alert("x")</script>' in flips
    assert (
        "last checked 21 days before this run; 14 are allowed"
        in (page.text_of["stale-fbi_return_a"])
    )
    ages = " ".join(page.text_of["ages"].split())
    assert ages.count("too old") == 1
    assert 'failed: <script>alert("x")</script>' in ages
    assert "(when it came here; not asked since)" in ages
    assert ages.count("not asked") == 3
