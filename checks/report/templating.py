"""One page from its template, with the style and script that stand in it and the policy of both."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from checks.report import format as words
from checks.report.alike import alike, read_from
from checks.report.exports.tables import METADATA
from checks.report.sources import EVIDENCE
from checks.report.view import FITS, LABELS, OUTCOMES
from checks.run_changes import flips_sentence
from datasets.vintages import CHANGES

FRONT = "index.html"

#: The pages that every page links to. What changed is only there if it is known.
NAVIGATION = (
    (FRONT, "Claims"),
    ("changes.html", "What changed"),
    ("datasets.html", "Data"),
    ("checks.html", "Validation"),
    ("method.html", "Method"),
    ("queries.html", "Queries"),
)


def render(path: str, template: str, **values: Any) -> str:
    """The page at ``path`` in the report's folder. ``values``: what its template shows."""
    context = {
        **{"script": None, "style": inline("style.css"), "path": path},
        **{"root": "../" * path.count("/")},
        **values,
    }
    return environment().get_template(f"{template}.html.j2").render(context)


@dataclass(frozen=True)
class Inline:
    """A file of ours that stands in a page as it is; its hash stands in the page's policy."""

    text: Markup
    digest: str


@lru_cache
def inline(name: str) -> Inline:
    text = files("checks.report").joinpath(f"templates/{name}").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Inline(Markup(text), digest)


@lru_cache
def environment() -> Environment:
    found = Environment(
        loader=PackageLoader("checks.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=words.visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        day=words.day,
        short_day=words.short_day,
        share=words.share,
        slug=words.slug,
        percent_change=words.percent_change,
        web_address=words.web_address,
    )
    found.globals.update(
        number=words.number,
        exact=words.exact,
        period=words.period,
        alike=alike,
        read_from=read_from,
        LABELS=LABELS,
        OUTCOMES=OUTCOMES,
        FITS=FITS,
        EVIDENCE=EVIDENCE,
        CHANGES=CHANGES,
        NAVIGATION=NAVIGATION,
        METADATA=METADATA,
        flips_sentence=flips_sentence,
    )
    return found
