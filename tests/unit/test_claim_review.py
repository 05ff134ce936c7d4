"""ClaimReview: true to schema.org's definitions, to the verdict, and safe inside a page."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.models import Label, Verdict
from checks.report.exports.claimreview import (
    BEST,
    SCALE,
    UNCHECKABLE,
    WORST,
    claim_review,
    script_text,
)
from checks.report.view import LABELS, ClaimView, DocumentView, documents
from checks.verify import claim_files
from datasets.errors import InputError
from datasets.settings import Publication, Settings, load_settings
from tests import support_report as sample
from tests.support_schema_org import problems

PUBLISHED = Publication("https://example.org/checks/", "The Desk", "https://example.org/")


def view_of(document: DocumentView, claim: str) -> ClaimView:
    return next(view for view in document.claims if view.verdict.claim == claim)


@pytest.fixture
def document() -> DocumentView:
    verdicts = sample.verdicts()
    return documents(verdicts, sample.claim_files(verdicts))[0]


def review(document: DocumentView, claim: str, publication: Publication = PUBLISHED) -> Any:
    return claim_review(view_of(document, claim), document.document, sample.RUN, publication)


@pytest.mark.parametrize("publication", [PUBLISHED, Publication()])
def test_every_review_is_what_schema_org_defines(
    document: DocumentView, publication: Publication
) -> None:
    for view in document.claims:
        found = review(document, view.verdict.claim, publication)
        assert found["@context"] == "https://schema.org"
        assert problems(found) == []


def test_bundled_claims_are_what_schema_org_defines(built: Settings, judged: list[Verdict]) -> None:
    for view in documents(judged, claim_files(built)):
        for claim in view.claims:
            assert problems(claim_review(claim, view.document, sample.RUN, PUBLISHED)) == []


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("claimReviewed", 7, "/claimReviewed: 7 is none of"),
        ("ratingValue", 1, "/ratingValue: ClaimReview has no such property"),
        ("datePublished", "yesterday", "/datePublished: 'yesterday' is none of"),
        ("author", {"@type": "Rating"}, "/author: Rating is none of"),
        ("itemReviewed", {"@type": "Nonsense"}, "/itemReviewed: Nonsense is no type"),
    ],
)
def test_the_definitions_refuse_what_is_wrong(
    document: DocumentView, where: str, value: Any, said: str
) -> None:
    [found] = problems(review(document, "a1") | {where: value})
    assert found.startswith(said)


def test_a_review_says_what_the_verdict_says(document: DocumentView) -> None:
    found, verdict = review(document, "a1"), view_of(document, "a1").verdict
    assert found["claimReviewed"] == found["itemReviewed"]["text"] == verdict.said
    assert found["reviewRating"] == {
        "@type": "Rating",
        "ratingValue": 3,
        "bestRating": BEST,
        "worstRating": WORST,
        "alternateName": "Conflicting",
        "ratingExplanation": verdict.sentence,
    }
    assert found["url"] == "https://example.org/checks/claims/a1.html"
    assert found["author"] == {
        "@type": "Organization",
        "name": "The Desk",
        "url": "https://example.org/",
    }
    assert found["datePublished"] == "2026-11-22"
    appearance = found["itemReviewed"]["appearance"]
    assert appearance["url"] == "https://example.org/speech?a=1&b=2"
    assert found["itemReviewed"]["datePublished"] == appearance["datePublished"] == "2017-08-16"


def test_every_label_has_a_place_on_the_scale_or_none_with_a_reason() -> None:
    assert {rating.label for rating in SCALE} == set(get_args(Label)) == set(LABELS)
    values = {rating.label: rating.value for rating in SCALE}
    assert (values["supported"], values["refuted"]) == (BEST, WORST)
    assert values["not_enough_evidence"] is None
    assert all(len(rating.reason) > 20 for rating in SCALE)


def test_no_evidence_is_no_middling_number(document: DocumentView) -> None:
    uncheckable = review(document, "a7")["reviewRating"]
    view = view_of(document, "b9")
    undecided = replace(
        view, verdict=view.verdict.model_copy(update={"label": "not_enough_evidence"})
    )
    missing = claim_review(undecided, document.document, sample.RUN, PUBLISHED)["reviewRating"]
    for rating, words in ((uncheckable, UNCHECKABLE), (missing, "Not enough evidence")):
        assert rating["alternateName"] == words
        assert not {"ratingValue", "bestRating", "worstRating"} & set(rating)


def test_nobody_and_nowhere_are_not_made_up(document: DocumentView) -> None:
    found = review(document, "a1", Publication())
    assert not {"author", "url", "@id"} & set(found)


@pytest.mark.parametrize(
    ("kind", "type_", "part_of"),
    [
        ("article", "Article", {"@type": "CreativeWork", "name": "The Outlet"}),
        ("report", "Report", {"@type": "CreativeWork", "name": "The Outlet"}),
        ("post", "SocialMediaPosting", None),
        ("speech", "CreativeWork", None),
    ],
)
def test_a_post_is_no_part_of_the_outlet_that_quotes_it(
    document: DocumentView, kind: str, type_: str, part_of: Any
) -> None:
    said_in = document.document.model_copy(update={"kind": kind})
    found = claim_review(view_of(document, "a1"), said_in, sample.RUN, PUBLISHED)
    appearance = found["itemReviewed"]["appearance"]
    assert (appearance["@type"], appearance.get("isPartOf")) == (type_, part_of)
    assert problems(found) == []


@pytest.mark.parametrize(
    ("speaker", "is_", "author"),
    [
        (
            "Tom Barrett, mayor of Milwaukee",
            "person",
            {"@type": "Person", "name": "Tom Barrett", "description": "mayor of Milwaukee"},
        ),
        ("Cokie Roberts", "person", {"@type": "Person", "name": "Cokie Roberts"}),
        ("No Casinos", "organization", {"@type": "Organization", "name": "No Casinos"}),
        ("Posts on social media", "unnamed", None),
    ],
)
def test_a_speaker_is_a_person_an_organization_or_nobody(
    document: DocumentView, speaker: str, is_: str, author: Any
) -> None:
    said_by = document.document.model_copy(update={"speaker": speaker, "speaker_is": is_})
    view = view_of(document, "a1")
    found = claim_review(view, said_by, sample.RUN, PUBLISHED)
    assert found["itemReviewed"].get("author") == author
    quoted = replace(
        view, claim=view.claim.model_copy(update={"speaker": speaker, "speaker_is": is_})
    )
    found = claim_review(quoted, document.document, sample.RUN, PUBLISHED)
    assert found["itemReviewed"].get("author") == author


class Scripts(HTMLParser):
    """The texts of script elements, and how many other elements there are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.others = 0
        self._inside = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, _: Any) -> None:
        self._inside = tag == "script"
        self.others += tag != "script"

    def handle_endtag(self, _: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts.append(data)


@given(
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(["</script><b>", "<!--<script>", "]]>", "\u2028\u2029", "\u202e", "&lt;"])
)
def test_any_text_stays_inside_its_script_element(text: str) -> None:
    value = {"claimReviewed": text, text: 1}
    script = script_text(value)
    assert script.isascii()
    page = Scripts(f'<script type="application/ld+json">{script}</script>')
    assert json.loads("".join(page.texts)) == value
    assert page.others == 0


def test_hostile_words_of_a_claim_stay_inside_too(document: DocumentView) -> None:
    script = script_text(review(document, "z1"))
    assert not set("<>&") & set(script)
    assert json.loads(script)["claimReviewed"] == view_of(document, "z1").verdict.said


def test_an_address_that_runs_a_script_is_left_out(document: DocumentView) -> None:
    # The model refuses it already; what is written does not rely on that.
    hostile = document.document.model_copy(update={"url": "javascript:alert(1)"})
    found = claim_review(view_of(document, "a1"), hostile, sample.RUN, PUBLISHED)
    assert "url" not in found["itemReviewed"]["appearance"]


def test_settings_say_who_publishes_and_where(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().publication == Publication()
    monkeypatch.setenv("CRIMECLAIMS_SITE_URL", "https://example.org/checks")
    monkeypatch.setenv("CRIMECLAIMS_PUBLISHER", " The Desk ")
    found = load_settings().publication
    assert found == Publication("https://example.org/checks/", "The Desk")
    for wrong in ("example.org", "javascript:alert(1)", "https://example.org/?a=1", "https://u@h/"):
        monkeypatch.setenv("CRIMECLAIMS_SITE_URL", wrong)
        with pytest.raises(InputError, match="CRIMECLAIMS_SITE_URL"):
            load_settings()
