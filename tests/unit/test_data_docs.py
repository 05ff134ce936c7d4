"""Data Docs: what Great Expectations shows, in pages that fetch nothing and run nothing."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.validation.data_docs import Page, offline, write_data_docs
from checks.validation.gate import checks_file, document, validate
from checks.validation.results import CheckResult
from checks.validation.suites import Check, Suite
from datasets.errors import GateClosed
from datasets.settings import Settings
from datasets.warehouse import current_build, writer

HOSTILE = "<script>alert(1)</script><img src=https://example.org/x onerror=alert(1)>"


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def check_offline(page: str) -> Elements:
    """A policy that lets nothing load comes first, and there is nothing to load anyway."""
    parsed = Elements(page)
    tags = [tag for tag, _ in parsed.found]
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(tags)
    policies = [a["content"] for t, a in parsed.found if a.get("http-equiv")]
    assert policies == [
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    ]
    attributes = {name for _, found in parsed.found for name in found}
    assert not {name for name in attributes if name.startswith("on") or name in ("src", "style")}
    links = [found["href"] or "" for _, found in parsed.found if "href" in found]
    assert not [link for link in links if not re.fullmatch(r"[a-z0-9._-]+\.html", link)]
    assert "@import" not in page
    return parsed


def test_data_docs_of_a_build_show_every_check_and_its_outcome(
    built: Settings, tmp_path: Path
) -> None:
    build = current_build(built)
    before = build.path.read_bytes()
    index = document(built, build, tmp_path / "docs")
    said = json.loads(checks_file(built, build.id).read_text(encoding="utf-8"))["results"]
    shown = check_offline(index.read_text(encoding="utf-8"))
    for result in said:
        assert result["check_id"] in shown.text
        assert result["reason"] in shown.text
    pages = [path for path in index.parent.iterdir() if path != index]
    linked = {found["href"] for _, found in shown.found if "href" in found}
    assert linked == {path.name for path in pages}
    # Each page has its checks: their number is what Great Expectations counted.
    evaluated = [
        int(match)
        for path in pages
        for match in re.findall(
            r"Evaluated Expectations\s*(\d+)", check_offline(path.read_text("utf-8")).text
        )
    ]
    assert len(evaluated) == len(pages)
    assert sum(evaluated) == len(said)
    assert build.path.read_bytes() == before


def test_a_closed_gate_has_data_docs_too(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var")
    path = tmp_path / "build.duckdb"
    with writer(settings, path) as con:
        con.execute("CREATE SCHEMA core; CREATE SCHEMA meta")
        con.execute("CREATE TABLE meta.dataset (dataset VARCHAR)")
        con.execute(
            "CREATE TABLE meta.check_result (suite VARCHAR, check_id VARCHAR, severity VARCHAR, "
            "outcome VARCHAR, reason VARCHAR, observed VARCHAR, n INTEGER, offending VARCHAR)"
        )
        con.execute("CREATE TABLE core.place AS SELECT ? AS place", [HOSTILE])
    reason = "a place has a name that a person can read, and no markup"
    check = Check(
        id="core.place_named",
        table="core.place",
        expectation="unexpected_rows",
        sql="SELECT place FROM core.place",
        severity="critical",
        reason=reason,
    )
    suite = Suite(suite="core", about="places", checks=(check,))
    with pytest.raises(GateClosed):
        validate(path, "b1", settings, [suite], docs=tmp_path / "docs")
    index = check_offline((tmp_path / "docs" / "index.html").read_text(encoding="utf-8"))
    assert "failed" in index.text
    assert reason in index.text
    [page] = [p for p in (tmp_path / "docs").iterdir() if p.name != "index.html"]
    shown = check_offline(page.read_text(encoding="utf-8")).text
    assert "failed" in shown
    assert "alert" not in shown
    # The row that offends, as text.
    assert f"place={HOSTILE}" in index.text


def test_icons_become_words_and_what_needs_scripts_goes() -> None:
    page = (
        '<body><nav>menu</nav><div class="card"><div>filter</div></div>'
        '<td onclick="x()"><i class="fas fa-times text-danger"></i>why <b>not</b></td>'
        "<script>evil()</script><p>a &lt;b&gt;</body>"
    )
    assert offline(page) == ('<td><span class="icon">failed</span> why not</td><p>a &lt;b&gt;</p>')


@given(st.text() | st.sampled_from(["<", "</div>", "<!--", "<svg/onload=x>", "]]>", HOSTILE]))
def test_whatever_a_page_holds_comes_out_as_text_and_tables(text: str) -> None:
    shown = Elements(offline(f"<div>{text}</div><table><tr><td>{text}"))
    assert not [found for _, found in shown.found if set(found) - {"class"}]
    assert not {"script", "img", "svg", "style"} & {tag for tag, _ in shown.found}


def test_names_and_reasons_are_text_in_the_index(tmp_path: Path) -> None:
    result = CheckResult(
        suite="core", check_id="core.a", table="core.place", severity="warning", outcome="error",
        reason=HOSTILE, observed=HOSTILE, n_offending=None, offending=(),
    )  # fmt: skip
    index = write_data_docs(tmp_path, "b1", [Page("core", "core.place", HOSTILE)], [result])
    shown = check_offline(index.read_text(encoding="utf-8"))
    assert "could not run" in shown.text
    assert shown.text.count(HOSTILE) == 2
