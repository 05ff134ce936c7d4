"""An Atom feed (RFC 4287) of verdicts whose label changed: in this run and in those before it.

Its entries are kept by handing each feed on to the next run. Ids are UUIDs made from run and claim
(RFC 4122, version 5), and not from an address: a reader that has seen an entry knows it again after
the site has moved, and a report that is published nowhere has ids too.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from checks.report.exports.links import FEED, address, claim_page
from checks.report.format import visible
from checks.report.view import LABELS
from checks.run_diff import Flip
from datasets.errors import InputError
from datasets.settings import Publication

if TYPE_CHECKING:
    from checks.report import RunInfo

#: Entries that a feed keeps, newest first.
LIMIT = 200

_ATOM, _XHTML = "http://www.w3.org/2005/Atom", "http://www.w3.org/1999/xhtml"
ET.register_namespace("", _ATOM)  # the feed's elements are written without a prefix

#: Of this project; never to be changed, or all ids change.
_NAMESPACE = uuid.UUID("5b0f3c1e-8f0e-5a52-9d0c-3b9f8c1d7a64")
#: What XML 1.0 has no way to write.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
    """A verdict that changed. ``path``: of its page; ``paragraphs``: what is said of it."""

    id: str
    title: str
    updated: str
    path: str
    label: str
    paragraphs: tuple[str, ...]


def feed(
    flips: Sequence[Flip],
    run: RunInfo,
    publication: Publication,
    earlier: str | None,
    *,
    limit: int = LIMIT,
) -> str:
    """The feed of a run. ``flips``: since the run before it, whose feed is ``earlier`` (or None).

    Raises InputError if ``earlier`` is no feed of ours.
    """
    new = [_entry(flip, run) for flip in flips]
    known = {entry.id for entry in new}
    old = [e for e in entries(earlier) if e.id not in known] if earlier else []
    # Sorted is stable: within a run the order of the claims stays.
    kept = sorted([*new, *old], key=lambda entry: entry.updated, reverse=True)[:limit]
    return _xml(kept, run, publication)


def _id(*names: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, '/'.join(names))}"


def _entry(flip: Flip, run: RunInfo) -> Entry:
    before, after = LABELS[flip.before], LABELS[flip.after]
    return Entry(
        id=_id("entry", run.run_id, flip.claim),
        title=_text(f"{flip.claim}: {after}, was {before[0].lower()}{before[1:]}"),
        updated=run.started.astimezone(dt.UTC).isoformat(timespec="seconds"),
        path=claim_page(flip.claim),
        label=flip.after,
        paragraphs=tuple(
            _text(part)
            for part in (
                f"“{flip.said}”",
                f"{after} now: {flip.sentence_after}",
                f"{before} before: {flip.sentence_before}",
                f"What changed: {'; '.join(flip.reasons)}.",
            )
        ),
    )


def _text(value: str) -> str:
    """``value`` in one line, with what XML cannot have spelt out as on the pages."""
    shown = " ".join(str(visible(value)).split())
    return _NOT_XML.sub(lambda match: f"[U+{ord(match.group()):04X}]", shown)


def _xml(kept: Sequence[Entry], run: RunInfo, publication: Publication) -> str:
    root = ET.Element(_atom("feed"), {"{http://www.w3.org/XML/1998/namespace}lang": "en"})
    _add(root, "id", _id("feed", publication.site_url or ""))
    _add(root, "title", "Verdicts that changed")
    _add(root, "subtitle", "Claims about crime whose label is another than in the run before")
    updated = kept[0].updated if kept else run.started.astimezone(dt.UTC).isoformat()
    _add(root, "updated", updated)
    author = ET.SubElement(root, _atom("author"))
    # A feed must have one; the program's name is no person's.
    _add(author, "name", _text(publication.publisher or "crimeclaims"))
    if publication.publisher_url:
        _add(author, "uri", publication.publisher_url)
    _add(root, "generator", "crimeclaims")
    if own := address(publication.site_url, FEED):
        ET.SubElement(root, _atom("link"), {"rel": "self", "href": own})
    home = address(publication.site_url, "index.html") or "index.html"
    ET.SubElement(root, _atom("link"), {"rel": "alternate", "type": "text/html", "href": home})
    for entry in kept:
        _add_entry(root, entry, publication)
    ET.indent(root, " ")
    text = ET.tostring(root, encoding="unicode", xml_declaration=False)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _add_entry(root: ET.Element, entry: Entry, publication: Publication) -> None:
    node = ET.SubElement(root, _atom("entry"))
    _add(node, "id", entry.id)
    _add(node, "title", entry.title)
    _add(node, "updated", entry.updated)
    href = address(publication.site_url, entry.path) or entry.path
    ET.SubElement(node, _atom("link"), {"rel": "alternate", "type": "text/html", "href": href})
    ET.SubElement(node, _atom("category"), {"term": entry.label})
    content = ET.SubElement(node, _atom("content"), {"type": "xhtml"})
    inside = ET.SubElement(content, f"{{{_XHTML}}}div")
    for paragraph in entry.paragraphs:
        ET.SubElement(inside, f"{{{_XHTML}}}p").text = paragraph


def _atom(name: str) -> str:
    return f"{{{_ATOM}}}{name}"


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, _atom(name)).text = text


def entries(text: str) -> list[Entry]:
    """The entries of a feed of ours, in its order. Raises InputError if it is none."""
    try:
        root = ET.fromstring(text)
        if root.tag != _atom("feed"):
            raise InputError(f"the feed of the run before begins with {root.tag}")
        return [_read(node) for node in root.iterfind(_atom("entry"))]
    except (ET.ParseError, LookupError, ValueError) as error:
        raise InputError(f"the feed of the run before cannot be read: {error}") from error


def _read(node: ET.Element) -> Entry:
    def said(name: str) -> str:
        text = node.findtext(_atom(name))
        if not text:
            raise ValueError(f"an entry has no {name}")
        return text

    return Entry(
        id=said("id"),
        title=said("title"),
        updated=said("updated"),
        path=_page(node.iterfind(_atom("link"))),
        label=_first(node.iterfind(_atom("category"))).attrib["term"],
        paragraphs=tuple(p.text or "" for p in node.iter(f"{{{_XHTML}}}p")),
    )


def _first(nodes: Iterable[ET.Element]) -> ET.Element:
    found = next(iter(nodes), None)
    if found is None:
        raise ValueError("an entry lacks a link or a category")
    return found


def _page(links: Iterable[ET.Element]) -> str:
    """The page of an entry whose link was made for another address, or for none."""
    folder, name = _first(links).attrib["href"].rsplit("/", 2)[-2:]
    return f"{folder}/{name}"
