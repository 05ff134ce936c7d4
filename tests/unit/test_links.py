"""The one link of a page: found wherever it leads, and never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.answers import check_body
from datasets.errors import SourceWrong
from datasets.links import linked_file

PAGE = "https://a.org/x/page"


def link(folder: Path, html: str, url: str = PAGE) -> str:
    path = folder / "page.html"
    path.write_text(html, encoding="utf-8")
    return linked_file(path, url, "Detail*.xlsx")


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("../f/detail 2024.xlsx", "https://a.org/f/detail 2024.xlsx"),
        ("/f/Detail%202024.xlsx?v=2#top", "https://a.org/f/Detail%202024.xlsx?v=2"),
        ("https://cdn.org/Detail.XLSX", "https://cdn.org/Detail.XLSX"),
    ],
)
def test_the_link_is_found_wherever_it_leads(tmp_path: Path, href: str, target: str) -> None:
    others = '<a href="Summary.xlsx">s</a><a href="http://[x/">no</a><img src="Detail.xlsx">'
    assert link(tmp_path, f'{others}<A HREF="{href}">d</A><a href="{href}">again</a>') == target


@pytest.mark.parametrize(
    ("html", "fault", "says"),
    [
        ("<p>moved</p>", "schema", "has 0 links to files like Detail"),
        ('<a href="Detail1.xlsx">a</a><a href="Detail2.xlsx">b</a>', "schema", "has 2 links"),
        ('<a href="http://a.org/Detail.xlsx">a</a>', "redirect", "not encrypted"),
        ('<a href="file:///etc/Detail.xlsx">a</a>', "redirect", "not encrypted"),
    ],
)
def test_what_is_not_one_link_is_refused(tmp_path: Path, html: str, fault: str, says: str) -> None:
    with pytest.raises(SourceWrong, match=says) as caught:
        link(tmp_path, html)
    assert caught.value.fault == fault


@pytest.mark.parametrize("body", ['{"code": 1}', "a,b\n1,2\n"])
def test_what_is_no_page_is_refused(tmp_path: Path, body: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(body)
    with pytest.raises(SourceWrong, match="not a page in HTML"):
        check_body(path, "html")
    path.write_text(" <!DOCTYPE html><p>x")
    check_body(path, "html", content_type="text/html")
