"""The one link that a publisher's page has to a file whose address changes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from datasets.errors import SourceWrong


def linked_file(page: Path, url: str, pattern: str) -> str:
    """The address, absolute, of the file whose name fits ``pattern``; ``url`` is the page's own.

    Raises SourceWrong if there is no such link, or links to several such files, or one that is not
    encrypted as the page is.
    """
    links = _Links()
    links.feed(page.read_text(encoding="utf-8", errors="replace"))
    found: set[str] = set()
    for href in links.found:
        try:
            target, _ = urldefrag(urljoin(url, href.strip()))
            name = PurePosixPath(unquote(urlsplit(target).path)).name
        except ValueError:
            continue  # no address
        if fnmatchcase(name.lower(), pattern.lower()):
            found.add(target)
    if len(found) != 1:
        raise SourceWrong("schema", f"{url} has {len(found)} links to files like {pattern}")
    target = found.pop()
    if urlsplit(target).scheme not in ("https", urlsplit(url).scheme):
        raise SourceWrong("redirect", f"{url} links to an address that is not encrypted")
    return target


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]
