"""Great Expectations' Data Docs of a validation, as pages that ask nothing of the network.

As they come they fetch a dozen scripts and styles from other hosts, and without those they show no
status at all: it is an icon font. So what they say is kept, with words for the icons, and nothing
else: no script, style, image, form or address of theirs. They do not escape the values they show,
either: what a value has of markup is dropped with theirs, and the index has the rows as text.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from checks.validation.results import CheckResult
from datasets.warehouse import write_atomically

INDEX = "index.html"
_SHOWN_ROWS = 5

_KEPT = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "span", "br", "hr", "pre", "code", "em"),
    *("strong", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}
_ALONE = {"br", "hr"}
#: With all that is in them; of divisions those that hold only what scripts would use.
_DROPPED = {"script", "style", "nav", "form", "button", "label", "svg", "head", "footer"}
_DROPPED_CLASS = "card"
_ICONS = {
    "fa-check-circle": "passed",
    "fa-times": "failed",
    "fa-exclamation-triangle": "could not run",
    "fa-question-circle": "?",
}
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem;
  color-scheme: light dark; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #8886; padding: .4rem .6rem; text-align: left;
  vertical-align: top; overflow-wrap: break-word; }
.query { white-space: pre-wrap; }
.icon { font-weight: bold; }
"""


@dataclass(frozen=True)
class Page:
    """What Great Expectations shows of the checks of one table; of queries and others apart."""

    suite: str
    table: str
    html: str


def write_data_docs(
    folder: Path, build: str, pages: Sequence[Page], results: Sequence[CheckResult]
) -> Path:
    """Write an index of all checks, each with its reason and a link to its page; give its path."""
    names: dict[tuple[str, str], list[str]] = {}
    for page in pages:
        of = names.setdefault((page.suite, page.table), [])
        of.append(f"{page.suite}-{page.table}-{len(of) + 1}.html")
        title = f"{page.suite}: {page.table}"
        back = f'<p><a href="{INDEX}">All checks of build {html.escape(build)}</a></p>'
        write_atomically(folder / of[-1], _document(title, back + offline(page.html)))
    rows = "".join(_row(result, names.get((result.suite, result.table), [])) for result in results)
    table = (
        "<table><thead><tr><th>Check</th><th>Outcome</th><th>Observed</th><th>Why it is checked"
        f"</th><th>Data Docs</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    title = f"Validation of build {build}"
    write_atomically(folder / INDEX, _document(title, f"<h1>{html.escape(title)}</h1>{table}"))
    return folder / INDEX


def _row(result: CheckResult, files: Sequence[str]) -> str:
    outcome = {"pass": "passed", "fail": "failed", "error": "could not run"}[result.outcome]
    rows = [", ".join(f"{k}={v}" for k, v in row.items()) for row in result.offending[:_SHOWN_ROWS]]
    texts = (
        f"{result.check_id} ({result.table}, {result.severity})",
        *(outcome, "\n".join([result.observed or "", *rows]), result.reason),
    )
    links = " ".join(
        f'<a href="{html.escape(name)}">{html.escape(result.table)}, part {n}</a>'
        for n, name in enumerate(files, 1)
    )
    cells = "".join(f'<td class="query">{html.escape(text)}</td>' for text in texts)
    return f"<tr>{cells}<td>{links}</td></tr>"


def _document(title: str, body: str) -> str:
    """A page in which a browser runs nothing and asks nothing, whatever its text is."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body>{body}</body></html>\n"
    )


def offline(page: str) -> str:
    """The body of a page of Data Docs: its text and tables, without attributes, and icons in words.

    Written anew from what a parser finds in it, so that nothing but the elements kept comes out.
    """
    cleaner = _Cleaner()
    cleaner.feed(page)
    cleaner.close()
    return "".join(cleaner.parts)


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._dropping = ""  # the name of the element that is dropped, while within it,
        self._depth = 0  # and of how many of that name
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if self._dropping:
            self._depth += tag == self._dropping
        elif tag in _DROPPED or (tag == "div" and _DROPPED_CLASS in classes):
            self._dropping, self._depth = tag, 1
        elif tag == "i":
            words = next((_ICONS[name] for name in classes if name in _ICONS), "")
            self.parts.append(f'<span class="icon">{words}</span> ' if words else "")
        elif tag in _ALONE:
            self.parts.append(f"<{tag}>")
        elif tag in _KEPT:
            query = ' class="query"' if "badge" in classes else ""
            self.parts.append(f"<{tag}{query}>")
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            self._depth -= tag == self._dropping
            self._dropping = self._dropping if self._depth else ""
        elif tag in self._open:
            while (last := self._open.pop()) != tag:
                self.parts.append(f"</{last}>")
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self.parts.append(html.escape(data))

    def close(self) -> None:
        super().close()
        while self._open:
            self.parts.append(f"</{self._open.pop()}>")
