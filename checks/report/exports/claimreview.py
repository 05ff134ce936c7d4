"""A verdict as schema.org's ClaimReview, for search engines and for other fact-checkers.

What it says is what the page says: our label in words, with a number only where a number means
something. Properties and types: https://schema.org/ClaimReview; what Google asks for beside that:
https://developers.google.com/search/docs/appearance/structured-data/factcheck
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checks.models import Document, Label, SpeakerIs
from checks.report.exports.links import address, claim_page
from checks.report.format import web_address
from checks.report.view import LABELS, ClaimView
from datasets.settings import Publication

if TYPE_CHECKING:
    from checks.report import RunInfo

BEST, WORST = 5, 1

UNCHECKABLE = "Not checkable with data"


@dataclass(frozen=True)
class Rating:
    """The number that a label has on the scale from ``WORST`` to ``BEST``; None: it has none."""

    label: Label
    value: int | None
    reason: str


#: The published scale. Five steps with 1 for false are what readers of ClaimReview expect; of them
#: we use three, as we make no finer distinction.
SCALE: tuple[Rating, ...] = (
    Rating("supported", BEST, "the words are true in nearly every meaning they can have"),
    Rating(
        "conflicting",
        3,
        "true in one meaning and not in another: the middle, which is a finding and not a doubt",
    ),
    Rating("refuted", WORST, "hardly any meaning of the words is true"),
    Rating(
        "not_enough_evidence",
        None,
        "nothing was found either way, so no number: the middle would read as half true, and the "
        "lowest as false. The same of a sentence that no data can settle",
    ),
)

_APPEARANCE = {
    "article": "Article",
    "post": "SocialMediaPosting",
    "report": "Report",
    "speech": "CreativeWork",
}


def claim_review(
    view: ClaimView, document: Document, run: RunInfo, publication: Publication
) -> dict[str, Any]:
    """The ClaimReview of a claim's verdict.

    Without a publisher there is no ``author``: a review is somebody's, and nobody is made up.
    Without an address of the site there is no ``url``: a relative one would become the place where
    this copy happens to lie. Search engines show no review without either.
    """
    verdict = view.verdict
    url = address(publication.site_url, claim_page(verdict.claim))
    author = publication.publisher and _kept(
        {
            "@type": "Organization",
            "name": publication.publisher,
            "url": web_address(publication.publisher_url),
        }
    )
    return _kept(
        {
            "@context": "https://schema.org",
            "@type": "ClaimReview",
            "@id": url,
            "url": url,
            "author": author,
            "datePublished": run.started.date().isoformat(),
            "inLanguage": "en",
            "claimReviewed": verdict.said,
            "itemReviewed": _claim(view, document),
            "reviewRating": _rating(view),
            "version": run.build,
        }
    )


def _rating(view: ClaimView) -> dict[str, Any]:
    value = next(rating.value for rating in SCALE if rating.label == view.verdict.label)
    words = UNCHECKABLE if view.claim.uncheckable else LABELS[view.verdict.label]
    number = {"ratingValue": value, "bestRating": BEST, "worstRating": WORST}
    return {
        "@type": "Rating",
        **(number if value is not None and not view.claim.uncheckable else {}),
        "alternateName": words,
        "ratingExplanation": view.verdict.sentence,
    }


def _claim(view: ClaimView, document: Document) -> dict[str, Any]:
    published = document.published.isoformat()
    quoted = view.claim.speaker
    name = quoted or document.speaker
    return _kept(
        {
            "@type": "Claim",
            "text": view.verdict.said,
            "author": _speaker(name, view.claim.speaker_is if quoted else document.speaker_is),
            "datePublished": published,
            "appearance": _kept(
                {
                    "@type": _APPEARANCE[document.kind],
                    "name": document.title,
                    "url": web_address(document.url),
                    "datePublished": published,
                    "isPartOf": _part_of(document),
                }
            ),
        }
    )


def _part_of(document: Document) -> dict[str, Any] | None:
    """The outlet of a text. Of a post or a speech it is who passed it on: no part of that.

    It is no publisher either: there can be several, or a collection of quotes.
    """
    if document.kind not in ("article", "report"):
        return None
    return {"@type": "CreativeWork", "name": document.outlet}


def _speaker(name: str, is_: SpeakerIs) -> dict[str, Any] | None:
    """A person's office stands behind the name: "Tom Barrett, mayor of Milwaukee"."""
    if is_ == "unnamed":
        return None
    if is_ == "organization":
        return {"@type": "Organization", "name": name}
    name, _, office = name.partition(", ")
    return _kept({"@type": "Person", "name": name, "description": office or None})


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


_UNSAFE = re.compile("[<>&]")


def script_text(value: dict[str, Any]) -> str:
    """``value`` as JSON that can stand in a ``<script>`` element and be nothing but JSON there.

    All of it is ASCII: what could end the element, begin a comment or turn the direction of the
    text around it is an escape, which JSON reads back as the same character.
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, indent=1)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
