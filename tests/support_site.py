"""Pages of a report as tests read them: strictly, with their elements, ids, texts and numbers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

from checks.models import Verdict
from checks.report import pages
from checks.report.exports.files import SCHEMA
from checks.report.exports.links import CITATION, DATA, FEED
from checks.report.exports.tables import METADATA, READINGS_CSV, READINGS_PARQUET, VERDICTS_CSV
from checks.report.sources import Warehouse
from tests import support_report as sample

#: The tables that a run writes beside the pages.
TABLES = ("verdicts.json", SCHEMA, VERDICTS_CSV, READINGS_CSV, READINGS_PARQUET, METADATA)
VOID = {"meta", "link", "br", "img", "input", "hr", "path", "circle", "rect", "line", "use"}


class Page(HTMLParser):
    """Elements with their attributes; ids with the numbers and the text inside of them.

    Fails for an element that is not closed and for an id that is there twice.
    """

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = text
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.numbers: dict[str, list[float]] = {}
        self.text_of: dict[str, str] = {}
        self.text = ""
        self._open: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.elements.append((tag, values))
        if "id" in values:
            assert values["id"] not in self.text_of, f"id {values['id']} is there twice"
            self.text_of[values["id"]] = ""
            self.numbers[values["id"]] = []
        if tag not in VOID:
            self._open.append((tag, values.get("id")))
        if tag == "data":
            for id_ in self._ids():
                self.numbers[id_].append(float(values["value"]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for id_ in self._ids():
            self.text_of[id_] += data

    def _ids(self) -> list[str]:
        return [id_ for _, id_ in self._open if id_]

    def attributes(self, name: str) -> list[tuple[str, str]]:
        return [(tag, values[name]) for tag, values in self.elements if name in values]

    def links(self) -> list[str]:
        return [href for tag, href in self.attributes("href") if tag == "a"]


class Site(dict[str, Page]):
    """The pages of a report by their path in its folder; ``others``: its other files."""

    others: frozenset[str] = frozenset()

    def claim(self, id_: str) -> Page:
        return self[f"claims/{id_}.html"]

    def broken_links(self) -> Iterator[tuple[str, str]]:
        """Links within the report that lead to no page, or to no place in it."""
        for path, page in self.items():
            for href in page.links():
                if "://" in href:
                    continue
                file, _, fragment = href.partition("#")
                to = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
                to = to if file else path
                if to in self.others and not fragment:
                    continue
                if to not in self or (fragment and fragment not in self[to].text_of):
                    yield path, href


def show(
    folder: Path, verdicts: list[Verdict] | None = None, *, url: str = "https://example.org/data"
) -> Site:
    """The report of the sample verdicts, or of others on the sample warehouse."""
    verdicts = sample.verdicts() if verdicts is None else verdicts
    with sample.warehouse(folder, url=url) as con:
        return read(
            pages(
                con, Warehouse(con, verdicts), sample.claim_files(verdicts), sample.RUN,
                changes=sample.changes(), ages=sample.ages(), asked=sample.ASKED,
            )
        )  # fmt: skip


def read(found: Iterator[tuple[str, str]]) -> Site:
    """The pages as they are made; the tables, which are written beside them, are taken as there."""
    texts = dict(found)
    site = Site({path: Page(text) for path, text in texts.items() if path.endswith(".html")})
    site.others = frozenset([FEED, CITATION, *(f"{DATA}/{name}" for name in TABLES)])
    return site


def read_folder(folder: Path) -> Site:
    files = [p.relative_to(folder).as_posix() for p in sorted(folder.rglob("*")) if p.is_file()]
    pages_of = [file for file in files if file.endswith(".html")]
    site = Site({file: Page((folder / file).read_text("utf-8")) for file in pages_of})
    site.others = frozenset(files) - site.keys()
    return site
