"""Checks a feed against what RFC 4287 demands of the elements we use; no reader is as strict."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

ATOM, XHTML = "{http://www.w3.org/2005/Atom}", "{http://www.w3.org/1999/xhtml}"
#: RFC 3339, as section 3.3 wants it: capital T, seconds, an offset or capital Z.
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
#: Sections 4.1.1 and 4.1.2: how often an element may stand in a feed and in an entry.
EXACTLY_ONCE = {"feed": {"id", "title", "updated"}, "entry": {"id", "title", "updated"}}
AT_MOST_ONCE = {
    "feed": {"generator", "icon", "logo", "rights", "subtitle"},
    "entry": {"content", "published", "rights", "source", "summary"},
}
ANY_NUMBER = {"feed": {"author", "category", "contributor", "link", "entry"},
              "entry": {"author", "category", "contributor", "link"}}  # fmt: skip
TEXTS = {"title", "subtitle", "summary", "rights"}


def problems(text: str) -> list[str]:
    """What a feed does against the standard; it does not even parse: one problem."""
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        return [f"not XML: {error}"]
    if root.tag != f"{ATOM}feed":
        return [f"the root is {root.tag}"]
    found = _container(root, "feed")
    entries = root.findall(f"{ATOM}entry")
    for entry in entries:
        found += _container(entry, "entry")
        authored = [entry.find(f"{ATOM}author"), root.find(f"{ATOM}author")]
        if authored == [None, None]:
            found.append("neither an entry nor its feed has an author")
        if entry.find(f"{ATOM}content") is None and not _alternates(entry):
            found.append("an entry has neither content nor an alternate link")
    ids = Counter(node.text for node in root.iter(f"{ATOM}id"))
    found += [f"the id {id_} is there {n} times" for id_, n in ids.items() if n > 1]
    return found


def _container(node: ET.Element, kind: str) -> list[str]:
    found = []
    names = Counter(child.tag.removeprefix(ATOM) for child in node)
    found += [f"{kind}: {n} {name}" for name in EXACTLY_ONCE[kind] if (n := names[name]) != 1]
    found += [f"{kind}: {n} {name}" for name in AT_MOST_ONCE[kind] if (n := names[name]) > 1]
    known = EXACTLY_ONCE[kind] | AT_MOST_ONCE[kind] | ANY_NUMBER[kind]
    found += [f"{kind}: unknown {name}" for name in names if name not in known]
    same = Counter((link.get("type"), link.get("hreflang")) for link in _alternates(node))
    found += [f"{kind}: two alternates of one type" for n in same.values() if n > 1]
    for child in node:
        name = child.tag.removeprefix(ATOM)
        if name != "entry":
            found += [f"{kind}: {name}: {said}" for said in _element(child, name)]
    return found


def _alternates(node: ET.Element) -> list[ET.Element]:
    return [x for x in node.findall(f"{ATOM}link") if x.get("rel", "alternate") == "alternate"]


def _element(node: ET.Element, name: str) -> list[str]:
    if name == "id":
        return [] if node.text and urlsplit(node.text).scheme else [f"{node.text} is no IRI"]
    if name in ("updated", "published"):
        return [] if DATE.fullmatch(node.text or "") else [f"{node.text} is no date"]
    if name == "link":
        href = node.get("href")
        return [] if href and not re.search(r"[\s<>\"]", href) else [f"{href!r} is no reference"]
    if name == "category":
        return [] if node.get("term") else ["no term"]
    if name == "author":
        one = len(node.findall(f"{ATOM}name")) == 1 and node.findtext(f"{ATOM}name")
        return [] if one else ["needs one name"]
    if name in TEXTS and node.get("type", "text") == "text" and len(node):
        return ["text with elements in it"]
    if name == "content" and node.get("type") == "xhtml":
        return [] if [child.tag for child in node] == [f"{XHTML}div"] else ["needs one div"]
    return []
