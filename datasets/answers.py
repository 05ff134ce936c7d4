"""What a publisher really sent: a body is looked at before anything is parsed from it.

Publishers answer 200 with an error object, with a page in HTML, with half of a list. Every reader
here either returns what was promised or raises SourceWrong that names what came instead.
"""

from __future__ import annotations

import codecs
import json
import re
from pathlib import Path
from typing import Any, Literal

from datasets import strict_json
from datasets.errors import SourceLater, SourceWrong

Expect = Literal["rows", "object", "json", "csv", "text", "zip", "xlsx", "xls", "bytes", "html"]

#: JSON is parsed in memory: an answer is a page, never a whole table.
MAX_JSON_BYTES = 100_000_000

#: Statuses of which the same request is worth making again.
LATER = frozenset({202, 408, 429, 500, 502, 503, 504})
#: Codes of error objects that are such a status, whatever status they came with.
_LATER = {str(status): status for status in LATER} | {
    **{"request-timeout": 408, "too-many-requests": 429},
    **{"internal-error": 500, "service-unavailable": 503},
}
#: Those that a key is missing, wrong or not enough; 498 and 499 are ArcGIS's, of its tokens.
_REFUSED = {"401", "403", "498", "499", "permission_denied"}
_MAGIC: dict[str, tuple[bytes, ...]] = {
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "xlsx": (b"PK\x03\x04",),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"),
}
_BLOCK = 1 << 20


def check_body(path: Path, expect: Expect, encoding: str = "utf-8", content_type: str = "") -> None:
    """Raise SourceWrong unless the file at ``path`` is what ``expect`` says, whole and readable."""
    with path.open("rb") as file:
        head = file.read(512)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    looks_html = start[:1] == b"<" and b"<?xml" not in start[:5].lower()
    if expect == "html" and start:
        if not looks_html:
            raise SourceWrong("type", "answered with something that is not a page in HTML")
        return
    if looks_html or (content_type.startswith("text/html") and expect != "bytes"):
        raise SourceWrong("html", "answered with a page in HTML", transient=True)
    if not start:
        raise SourceWrong("truncated", "answered with nothing", transient=True)
    if expect in ("rows", "object", "json"):
        read_json(path, expect)
        return
    if start[:1] in b"{[" and expect not in ("text", "bytes"):
        read_json(path, "json")  # says it if it is an error object
        raise SourceWrong("type", f"answered with JSON instead of {expect}")
    if expect in ("csv", "text"):
        check_encoding(path, encoding)
    elif expect != "bytes" and not head.startswith(_MAGIC[expect]):
        raise SourceWrong("type", f"answered with something that is not a file of kind {expect}")


def check_encoding(path: Path, encoding: str) -> None:
    """Raise SourceWrong naming the first line that is not in ``encoding``, or that has a NUL."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while True:
            block = file.read(_BLOCK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                raise SourceWrong("encoding", f"line {line} is not {encoding}") from None
            if "\0" in text:
                raise SourceWrong("encoding", f"is not {encoding}: it has NUL characters")
            if not block:
                return
            line += text.count("\n")


def read_json(path: Path, expect: Literal["rows", "object", "json"]) -> Any:
    """The JSON value at ``path``: a list of objects, an object that is no error, or either.

    Numbers are texts as they were sent. Raises SourceWrong for anything else.
    """
    if path.stat().st_size > MAX_JSON_BYTES:
        raise SourceWrong("too large", f"answered with more than {MAX_JSON_BYTES:,} bytes of JSON")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SourceWrong("encoding", f"line {line} is not UTF-8") from None
    try:
        value = strict_json.loads(text, number=str)
    except ValueError as error:
        if not isinstance(error, json.JSONDecodeError):  # whole, but nothing to rely on
            raise SourceWrong("type", f"answered with JSON that cannot be read: {error}") from None
        what = f"answered with JSON that is cut off or broken: {error}"
        raise SourceWrong("truncated", what, transient=True) from None
    _refuse_error(value)
    if expect == "rows" and not (
        isinstance(value, list) and all(isinstance(row, dict) for row in value)
    ):
        raise SourceWrong("type", f"answered with {_kind(value)} instead of a list of rows")
    if expect == "object" and not isinstance(value, dict):
        raise SourceWrong("type", f"answered with {_kind(value)} instead of an object")
    return value


def whole_number(value: Any) -> int | None:
    """The number of a text of digits that a portal sent; None for anything else.

    ``isdigit`` is no test of that: "²" is one, and so are more digits than Python reads.

    >>> whole_number("25"), whole_number("²"), whole_number("9" * 5000)
    (25, None, None)
    """
    found = re.fullmatch(r"[0-9]{1,18}", value) if isinstance(value, str) else None
    return int(found[0]) if found else None


def error_in(value: Any) -> tuple[str, str] | None:
    """Code and message of an error object, of whichever family; None if it is not one.

    Socrata: ``{"message", "errorCode"}`` and ``{"code", "error": true, "message"}``; ArcGIS and
    api.data.gov: ``{"error": {"code", "message"}}``.
    """
    if not isinstance(value, dict):
        return None
    inner = value.get("error")
    if isinstance(inner, dict) and ("message" in inner or "code" in inner):
        return str(inner.get("code", "")), str(inner.get("message", ""))
    if inner is True or (isinstance(inner, str) and "message" in value):
        return str(value.get("code", "")), str(value.get("message", inner))
    if "errorCode" in value and "message" in value:
        return str(value["errorCode"]), str(value["message"])
    return None


def error_text(body: bytes) -> str:
    """What the body of a refusal says, in one short line; an empty text for a page in HTML."""
    text = body.decode("utf-8", errors="replace").strip()
    if text.startswith("<"):
        return ""
    try:
        found = error_in(json.loads(text))
    except (ValueError, RecursionError):
        found = None
    said = ": ".join(part for part in found if part) if found else text
    return " ".join(said.split())[:200]


def _refuse_error(value: Any) -> None:
    if found := error_in(value):
        code, message = found
        said = "answered with an error, " + " ".join(f"{code}: {message}".split())[:200]
        if code in _LATER:
            raise SourceLater(_LATER[code], said)
        raise SourceWrong("refused" if code in _REFUSED else "error object", said)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return names.get(type(value), "nothing" if value is None else type(value).__name__)
