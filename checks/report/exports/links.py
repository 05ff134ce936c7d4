"""Where the pages of a report are, below its folder, and at which address if it is published."""

from __future__ import annotations

from checks.report.format import slug

FEED = "feed.atom"
CITATION = "CITATION.cff"
DATA = "data"


def claim_page(claim: str) -> str:
    """The path of a claim's page, from the report's folder. Its name is permanent."""
    return f"claims/{slug(claim)}.html"


def address(site_url: str | None, path: str) -> str | None:
    """The permanent address of ``path`` of a report; None if nobody said where it is published."""
    return None if site_url is None else site_url + path
