"""How to cite: a valid citation file with every snapshot behind the verdicts, and one claim."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checks.report.exports.citation import bibtex, citation_file, cite_claim
from checks.report.sources import Source, Warehouse
from checks.report.view import ClaimView, DocumentView, documents
from datasets.settings import Publication
from tests import support_report as sample

SCHEMA = Path(__file__).parents[1] / "golden" / "cff-1.2.0.schema.json"
SITE = Publication("https://example.org/checks/", "The Desk", "https://example.org/")


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Source, ...]:
    with sample.warehouse(tmp_path) as con:
        return Warehouse(con, sample.verdicts()).sources


@lru_cache
def shown() -> DocumentView:
    verdicts = sample.verdicts()
    return documents(verdicts, sample.claim_files(verdicts))[0]


def view(claim: str) -> ClaimView:
    return next(each for each in shown().claims if each.verdict.claim == claim)


def check(text: str) -> dict[str, Any]:
    value: dict[str, Any] = yaml.safe_load(text)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(value)
    return value


@pytest.mark.parametrize("publication", [SITE, Publication()])
def test_the_citation_file_is_valid(sources: tuple[Source, ...], publication: Publication) -> None:
    found = check(citation_file(sample.RUN, sources, publication))
    assert found["version"] == sample.RUN.run_id
    assert found["date-released"] == "2026-11-22"
    assert [each["value"] for each in found["identifiers"]] == [sample.RUN.run_id, sample.BUILD]
    assert "doi" not in found
    assert found.get("url") == publication.site_url
    assert found["authors"][0]["name"] == (publication.publisher or "crimeclaims")


def test_references_are_the_snapshots_that_were_used(sources: tuple[Source, ...]) -> None:
    found = check(citation_file(sample.RUN, sources, SITE))["references"]
    used = {short: sample.snapshot_id(short) for short in ("fbi", "foia", "cited")}
    by_id = {reference["notes"].partition(",")[0]: reference for reference in found}
    assert set(by_id) == set(used.values())
    fbi = by_id[used["fbi"]]
    assert fbi["version"] == "2024-09-23"
    assert fbi["authors"][0]["name"] == "A <publisher> & Sons"
    assert sample.SHA["fbi"] in fbi["notes"]


def test_no_source_and_no_version_is_a_valid_file_too() -> None:
    run = replace(sample.RUN, versions={}, as_of=dt.date(2017, 8, 16))
    found = check(citation_file(run, (), Publication()))
    assert "references" not in found
    assert "as of 2017-08-16" in found["abstract"]


def test_hostile_names_and_addresses_stay_text(tmp_path: Path) -> None:
    with sample.warehouse(tmp_path, url="javascript:alert(1)") as con:
        found = Warehouse(con, sample.verdicts()).sources
    name = "!!python/object:os.system 'x'\n- a: &b *c"
    sources = [replace(source, publisher=name, table=sample.HOSTILE) for source in found]
    text = citation_file(sample.RUN, sources, Publication())
    value = check(text)
    assert "javascript:alert(1)\n" not in text
    for reference in value["references"]:
        assert "url" not in reference
        assert reference["authors"] == [{"name": name}]


def test_a_line_names_who_said_what_and_what_came_of_it() -> None:
    line = cite_claim(view("a1"), shown().document, sample.RUN, SITE)
    assert line == (
        "The Desk (2026). “murders have soared to their highest levels in 20 years” "
        "(J. <i>Doe</i>, 16 August 2017): conflicting. Claim a1, run 2026-11-22T075500Z-1f2e of "
        "22 November 2026, build 6bde8e5038ce5f8c. https://example.org/checks/claims/a1.html"
    )
    nowhere = cite_claim(view("a1"), shown().document, sample.RUN, Publication())
    assert nowhere.startswith("crimeclaims (2026). ")
    assert "http" not in nowhere
    assert "\u202e" not in cite_claim(view("z1"), shown().document, sample.RUN, SITE)


def fields(entry: str) -> dict[str, str]:
    """The fields of a BibTeX entry, by BibTeX's own rule: braces that balance, escaped or not."""
    head = re.match(r"@misc\{([^,\s{}]+),\n", entry)
    assert head is not None
    rest, found = entry[head.end() :], {}
    while match := re.match(r"  (\w+) = \{", rest):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(rest[end], 0)
            end += 1
        found[match[1]] = rest[match.end() : end - 1]
        assert rest[end : end + 2] == ",\n"
        rest = rest[end + 2 :]
    assert rest == "}\n"
    return found


def test_bibtex_has_the_same() -> None:
    found = fields(bibtex(view("a1"), shown().document, sample.RUN, SITE))
    assert found["author"] == "{The Desk}"
    assert found["title"] == "{``murders have soared to their highest levels in 20 years''}"
    assert (found["year"], found["month"]) == ("2026", "11")
    assert found["url"] == "https://example.org/checks/claims/a1.html"
    assert found["note"].startswith("Conflicting. Said by J. <i>Doe</i>, 16 August 2017.")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_words_are_text_to_bibtex(words: str) -> None:
    """A brace that does not balance would end the entry; a backslash would be a command."""
    claim = view("a1")
    hostile = replace(claim, verdict=claim.verdict.model_copy(update={"said": words}))
    found = fields(bibtex(hostile, shown().document, sample.RUN, SITE))
    assert set(found) == {"author", "title", "year", "month", "note", "url"}
    commands = re.findall(r"\\(?:[a-zA-Z]+|.)", found["title"])
    names = ("backslash", "asciitilde", "asciicircum", "braceleft", "braceright")
    assert set(commands) <= {f"\\text{name}" for name in names} | {f"\\{c}" for c in "$&#_%"}
