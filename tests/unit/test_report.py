"""The report shows what the verdicts say, as text, and asks nothing of the network."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from checks.adjacent_definitions import adjacent_definitions
from checks.attribution_bars import bars
from checks.caveats import caveats
from checks.claim_keys import kinds
from checks.definition_breaks import definition_breaks
from checks.models import Verdict
from checks.quantity import frequencies, hedges, quantifiers
from checks.readings import sql_files
from checks.report import format as words
from checks.report import pages
from checks.report.exports.claimreview import SCALE
from checks.report.sources import Warehouse
from checks.report.view import LABELS
from checks.verdicts import LABEL_RULES
from checks.weights import weights
from datasets.errors import CrimeclaimsError
from datasets.settings import Settings
from tests import support_report as sample
from tests.support_site import Page, Site, read, show

SAFE_LINK = re.compile(
    r"^(https?://|#|(\.\./)?([a-z]+/)?[A-Za-z0-9_.-]+\.(html|cff|atom|csv|parquet|json)(#|$))"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return show(tmp_path_factory.mktemp("report"))


def test_nothing_is_requested_from_anywhere(site: Site) -> None:
    for path, page in site.items():
        forbidden = {"iframe", "img", "object", "embed", "base", "video"}
        assert not forbidden & {tag for tag, _ in page.elements}, path
        scripts = [values.get("type") for tag, values in page.elements if tag == "script"]
        data = ["application/ld+json"] if path.startswith("claims/") else []
        assert scripts == ([None] if path == "index.html" else data), path
        assert page.attributes("src") == []
        assert page.attributes("srcset") == []
        for tag, href in page.attributes("href"):
            if tag == "link":
                assert href == "data:," or href.endswith("feed.atom")
            elif tag == "use":
                assert href.startswith("#")
            else:
                assert tag == "a"
                assert SAFE_LINK.match(href), href
        style = inside(page, "style")
        assert "url(" not in style
        assert "@import" not in style


def test_the_policy_allows_only_what_stands_in_the_page_itself(site: Site) -> None:
    for path, page in site.items():
        policy = next(
            values["content"]
            for tag, values in page.elements
            if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy"
        )
        assert "default-src 'none'" in policy
        assert f"style-src 'sha256-{digest(inside(page, 'style'))}';" in policy
        assert "unsafe" not in policy
        if path == "index.html":
            assert f"script-src 'sha256-{digest(inside(page, 'script'))}';" in policy
        else:
            assert "script-src" not in policy
        names = {name for _, values in page.elements for name in values}
        assert "style" not in names, "the policy would ignore it"
        assert not {name for name in names if name.startswith("on")}


def test_numbers_drawn_stand_below_their_chart(site: Site) -> None:
    page = site.claim("a1")
    chart = page.text_of["test-a1-1-series"]
    assert "The numbers drawn" in chart
    for year, value in (("1996", "789"), ("1997", "757"), ("2016", "768")):
        assert re.search(rf"{year}\s*{value}", chart)
    label = next(v["aria-label"] for t, v in page.elements if t == "svg" and "aria-label" in v)
    assert "2016" in label


def test_each_claim_has_its_review_and_how_to_cite_it(site: Site) -> None:
    for verdict in sample.verdicts():
        page = site.claim(verdict.claim)
        start = page.source.index('<script type="application/ld+json">') + 35
        review = json.loads(page.source[start : page.source.index("</script>", start)])
        assert review["@type"] == "ClaimReview"
        assert review["claimReviewed"] == verdict.said
        assert sample.RUN.run_id in page.text_of["cite"]


def test_a_sentence_that_nobody_said_has_no_review(tmp_path: Path) -> None:
    [file] = sample.claim_files(sample.verdicts())
    made_up = file.model_copy(
        update={"document": file.document.model_copy(update={"made_up": True})}
    )
    with sample.warehouse(tmp_path) as con:
        site = read(pages(con, Warehouse(con, sample.verdicts()), [made_up], sample.RUN))
    for verdict in sample.verdicts():
        page = site.claim(verdict.claim)
        assert "script" not in [tag for tag, _ in page.elements]
        assert "Nobody said this" in page.text


def inside(page: Page, tag: str) -> str:
    return page.source[
        page.source.index(f"<{tag}>") + len(tag) + 2 : page.source.index(f"</{tag}>")
    ]


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_every_link_leads_to_a_page_and_a_place_in_it(site: Site) -> None:
    assert list(site.broken_links()) == []
    for page in site.values():
        named = {value for _, value in page.attributes("aria-labelledby")}
        assert named <= set(page.text_of)


def test_pages_and_anchors_are_permanent(site: Site) -> None:
    assert {
        *("index.html", "changes.html", "datasets.html", "checks.html", "method.html"),
        *("queries.html", "claims/a1.html", "documents/sample.html", "datasets/fbi_return_a.html"),
    } <= set(site)
    assert {"claim-a1", "test-a1-1", "reading-a1-1-3", "cite"} <= set(site.claim("a1").text_of)
    assert "test-b9-2" in site.claim("b9").text_of
    assert "claim-a1" in site["index.html"].text_of
    snapshot = f"snapshot-fbi_return_a-2024-09-23-{sample.SHA['fbi'][:8]}"
    assert snapshot in site["datasets/fbi_return_a.html"].text_of


def test_hostile_words_show_as_text(site: Site) -> None:
    shown = sample.HOSTILE.replace("\u202e", "[U+202E]").replace("\u202c", "[U+202C]")
    assert site.claim("z1").text_of["claim-z1"].count(shown) == 4
    for page in site.values():
        assert "\u202e" not in page.source
    assert "<b>on crime</b>" in site["documents/sample.html"].text_of["main"]
    assert "A <publisher> & Sons" in site["datasets/fbi_return_a.html"].text


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https://user:secret@example.org/", "data:text/html,x",
     "http://exa mple.org", "//example.org", "https://", "ftp://example.org", "https://a\u202eb.org"],
)  # fmt: skip
def test_only_addresses_of_the_web_become_links(tmp_path: Path, address: str) -> None:
    found = show(tmp_path, url=address)
    assert address not in [href for page in found.values() for href in page.links()]
    assert words.visible(address) in found["datasets/fbi_return_a.html"].text


def test_an_address_keeps_its_query(site: Site) -> None:
    assert "https://example.org/speech?a=1&b=2" in site["documents/sample.html"].links()


def test_numbers_on_the_pages_are_those_of_the_verdicts(site: Site) -> None:
    for verdict in sample.verdicts():
        page = site.claim(verdict.claim)
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


def test_the_bundled_claims_all_have_their_page(
    bundled_report: Path, judged: list[Verdict]
) -> None:
    files = bundled_report.rglob("*.html")
    site = read((p.relative_to(bundled_report).as_posix(), p.read_text("utf-8")) for p in files)
    assert list(site.broken_links()) == []
    for verdict in judged:
        page = site.claim(verdict.claim)
        assert verdict.sentence in page.text_of[f"claim-{verdict.claim}"]
        for reading in verdict.readings:
            id_ = f"reading-{verdict.claim}-{reading.id.replace('.', '-')}"
            assert reading.comparison in page.text_of[id_]
            if reading.outcome != "missing":
                values = [f.value for f in reading.figures if f.value is not None]
                assert page.numbers[id_] == [reading.weight, *values]


def test_a_reading_leads_back_to_the_row_of_a_file(site: Site) -> None:
    assert "Edition of 23 Sep 2024, data row 55" in site.claim("a1").text_of["reading-a1-1-1"]
    assert "counted from 224 rows" in site.claim("b8").text_of["reading-b8-1-1"]
    assert "not restated <b>there</b>" in site.claim("b8").text_of["reading-b8-1-3"]
    origin = " ".join(site.claim("a1").text_of["provenance"].split())
    assert "data rows 35–36, 55 for 3 figures on this page, of 153 rows in figures.csv" in origin
    assert sample.SHA["fbi"] in origin


def test_a_reading_without_figures_says_why(site: Site) -> None:
    page = site.claim("b8")
    assert "the agency reported no clearances" in page.text_of["reading-b8-1-4"]
    assert "1 more meaning that cannot be computed" in page.text_of["test-b8-1"]


def test_each_label_and_outcome_is_a_word_and_a_shape(site: Site) -> None:
    pattern = (
        r'<span class="(?:label|outcome) is-(\w+)"><svg[^>]*><use href="#icon-\1"/></svg><span>\w'
    )
    text = "".join(page.source for page in site.values())
    marked = re.findall(r'<span class="(?:label|outcome) is-', text)
    assert len(marked) == len(re.findall(pattern, text)) > 10
    front = site["index.html"].source
    words_of = re.findall(r'<b class="(\w)">([^<]+)</b>', front)
    assert {(label[0], name) for label, name in LABELS.items()} >= set(words_of)
    assert len(words_of) == len(sample.verdicts())
    shapes = re.findall(r"\.glance \.(\w)::before", front)
    assert set(shapes) == {"s", "c", "n"}, "the square of what is refuted differs from all of them"


def test_facets_name_what_each_claim_is_about(site: Site) -> None:
    page = site["index.html"]
    options = dict(re.findall(r'<option value="(\d+)">(.*?) \(\d+\)</option>', page.source))
    keys = dict(re.findall(r'<li id="claim-(\w+)" data-k="([\d ]+)"', page.source))
    found = {claim: {options[key] for key in of.split()} for claim, of in keys.items()}
    assert found.keys() == {verdict.claim for verdict in sample.verdicts()}
    for verdict in sample.verdicts():
        assert LABELS[verdict.label] in found[verdict.claim]
        assert {caveats()[c].title for c in verdict.caveats} <= found[verdict.claim]
    assert {"Chicago Police Department", "Chicago, Illinois"} & found["b8"]
    counted = re.findall(r'<option value="(\d+)">.*? \((\d+)\)</option>', page.source)
    for key, n in counted:
        assert sum(key in of.split() for of in keys.values()) == int(n)


def test_sources_that_were_used_come_first(site: Site) -> None:
    text = site["datasets.html"].text
    idle = text.index("Census population")
    assert all(text.index(name) < idle for name in ("Fbi return a", "Cited figures"))
    cited = site["datasets/cited_figures.html"]
    assert "Secondary evidence" in cited.text
    assert {"../claims/b8.html", "../claims/b9.html"} <= set(cited.links())


def test_the_method_is_that_of_the_code(site: Site) -> None:
    text = " ".join(site["method.html"].text_of["method"].split())
    for rule in LABEL_RULES:
        assert rule.rule in text
        assert rule.reason in text
    tables = [weights(), hedges(), frequencies(), quantifiers(), bars()]
    for row in [row for table in tables for row in table.values()]:
        assert row.reason in text
    for kind in kinds().values():
        assert kind.formula in text
    for caveat in caveats().values():
        assert caveat.text in text
    assert "Wu et al., PVLDB 2014" in text
    for row in [*SCALE, *definition_breaks(), *adjacent_definitions()]:
        assert row.reason in text
    for paper in ("Przyborowski and Wilenski (1940)", "Wilson (1927)", "Mann (1945)"):
        assert paper in text


def test_the_queries_are_those_that_ran(site: Site) -> None:
    page = site.claim("a1")
    files = {file.name: file.read_text("utf-8").rstrip() for file in sql_files("record")}
    for name, text in files.items():
        anchor = words.slug(f"sql/readings/{name}")
        assert f"../queries.html#{anchor}" in page.links()
        assert text in site["queries.html"].text_of[anchor]


def test_checks_that_did_not_pass_are_named(site: Site) -> None:
    text = " ".join(site["checks.html"].text.split())
    assert "core1100" in text, "passed, with a warning, failed, could not run"
    assert "Warning core / population_steps steps within <10%> 3 offending rows" in text


def test_a_build_without_check_results_says_so(tmp_path: Path) -> None:
    with sample.warehouse(tmp_path) as con:
        con.execute("DELETE FROM meta.check_result")
        verdicts = sample.verdicts()
        site = read(pages(con, Warehouse(con, verdicts), sample.claim_files(verdicts), sample.RUN))
    assert "have not been shown to be valid" in site["checks.html"].text


def test_as_of_is_said(tmp_path: Path) -> None:
    run = sample.RunInfo("r", sample.RUN.started, "b", sample.RUN.published_at, sample.DAY)
    with sample.warehouse(tmp_path) as con:
        front = read(pages(con, Warehouse(con, []), [], run))["index.html"]
    assert "16 August 2017: only what was public that day" in front.text


def test_a_figure_without_a_source_is_not_printed(tmp_path: Path) -> None:
    stray = sample.figure("fbi", "murder", "ucr", "chicago-pd", 1901, 1.0)
    stray = stray.model_copy(update={"vintage": dt.date(1999, 1, 1)})
    verdict = sample.verdict(
        "a1", "a claim", tests=(sample.result(),), readings=(sample.reading((stray,)),)
    )
    with pytest.raises(CrimeclaimsError, match="has no snapshot"):
        show(tmp_path, [verdict])


def test_a_long_quote_is_shown_whole(tmp_path: Path) -> None:
    said = ("murder & mayhem " * 62)[:1000].strip()
    page = show(tmp_path, [sample.verdict("a1", said)]).claim("a1")
    assert f"“{said}”" in page.text


def test_steps_of_an_attribution_are_not_shown_as_meanings_that_hold(tmp_path: Path) -> None:
    figure = sample.figure("fbi", "murder", "ucr", "chicago-pd", 2016, 768)
    test = sample.result(kind="attribution", nearby_support=None, closest_true=None)
    reading = sample.reading((figure,), kind="attribution", value=0.05, unit="p-value", high=0.1)
    verdict = sample.verdict("a1", "a law did it", tests=(test,), readings=(reading,))
    text = show(tmp_path, [verdict]).claim("a1").text_of["test-a1-1"]
    assert "Steps that do not speak against the cause" in text
    assert "No other years and no other group can be compared." in text
    assert "p = 0.0500 to p = 0.100" in text
    assert "What the words can mean" not in text
    assert "Holds under" not in text


def test_text_is_readable_in_both_schemes(site: Site) -> None:
    """At least 4.5:1 (WCAG AA) for everything that is text, on the page and on a marked target."""
    schemes = re.findall(r":root \{(.*?)\}", site["index.html"].source, re.DOTALL)
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


def test_what_changed_and_how_old_the_data_are_is_said_in_words(site: Site) -> None:
    """Also where a publisher's answer or a claim is hostile: it shows as text."""
    for page in (site["index.html"], site["changes.html"]):
        flips = " ".join(page.text_of["changes"].split())
        assert "fbi_return_a: vintage 2024-09-23 is new" in flips
        assert "the claim itself was changed: its file says something else now" in flips
        assert '<script>alert("x")</script>' in flips
    assert "not reported, now final" in site["changes.html"].text_of["changes-fbi_return_a"]
    assert site["changes.html"].numbers["changes-fbi_return_a"] == [768, 778, 789]
    data = site["datasets.html"]
    stale = data.text_of["stale-fbi_return_a"]
    assert "last checked 21 days before this run; 14 are allowed" in stale
    ages = " ".join(data.text_of["ages"].split())
    assert ages.count("too old") == 1
    assert 'failed: <script>alert("x")</script>' in ages
    assert "(when it came here; not asked since)" in ages
    assert ages.count("not asked") == 3
