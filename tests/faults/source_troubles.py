"""What can go wrong with any HTTP source, and how a fetch may end then.

``data``: with the complete right data. Anything else is the fault of a SourceWrong, or
``unreachable``; the archive must then be as it was.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.emulators.server import Fault, Reply, Request

#: Thirty megabytes of spaces, gzipped: a JSON or CSV of nothing.
BOMB = gzip.compress(b" " * 30_000_000, 9)

Change = Callable[[Reply], Reply]


@dataclass(frozen=True)
class Trouble:
    """``change`` is done to the first ``times`` answers that are hit; None: to all of them.

    ``network``: settings of the network that are changed for it.
    """

    name: str
    change: Change
    ends: frozenset[str]
    times: int | None = None
    network: Mapping[str, Any] = field(default_factory=dict)

    def fault(self, hits: Callable[[Request], bool]) -> Fault:
        left = [self.times]

        def apply(request: Request, reply: Reply) -> Reply:
            if not hits(request) or left[0] == 0:
                return reply
            if left[0] is not None:
                left[0] -= 1
            return self.change(reply)

        return apply


def _status(status: int, body: str = "", **headers: str) -> Change:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Reply(status, body.encode(), "application/json", names)


def _body(body: bytes, type_: str = "application/json;charset=utf-8") -> Change:
    return lambda reply: replace(reply, status=200, body=body, content_type=type_)


def _how(how: Any) -> Change:
    return lambda reply: replace(reply, status=200, how=how)


def _json(value: Any) -> Change:
    return _body(json.dumps(value).encode())


def _grown(reply: Reply) -> Reply:
    return replace(reply, body=reply.body.rstrip() + b" " * 400_000, zipped=False)


def _latin(reply: Reply) -> Reply:
    """One byte that is not UTF-8, in a text of the body."""
    body = reply.body
    at = max(body.find(b'":"') + 3, body.find(b"\n2") + 1, 2)
    return replace(reply, body=body[:at] + b"\xe9" + body[at:])


def _half(reply: Reply) -> Reply:
    """Up to the end of a row."""
    body = reply.body[: reply.body.rfind(b"\n", 0, len(reply.body) // 2) + 1 or 9]
    return replace(reply, body=body, how="unframed", chunked=False, zipped=False)


def _half_zipped(reply: Reply) -> Reply:
    """The same in a gzip stream that is fine as far as it goes."""
    half, gzipped = _half(reply), zlib.compressobj(wbits=31)
    body = gzipped.compress(half.body) + gzipped.flush(zlib.Z_FULL_FLUSH)
    return replace(half, body=body, headers={**reply.headers, "Content-Encoding": "gzip"})


def _bomb(reply: Reply) -> Reply:
    headers = {**reply.headers, "Content-Encoding": "gzip"}
    return replace(reply, body=BOMB, headers=headers, zipped=False, chunked=False)


HTML = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body>Down</body></html>"
FAMILY_A = {"code": "not_found", "error": True, "message": "Cannot find it"}
FAMILY_B = {"message": "No such column", "errorCode": "query.soql.no-such-column", "data": {}}
BUSY = {"message": "Too many requests", "errorCode": "too-many-requests", "data": {}}

#: A date as HTTP has it, of a year that no computer counts to.
NO_DAY = "Mon, 01 Jan 99999999999999 00:00:00 GMT"

DATA, UNREACHABLE = frozenset({"data"}), frozenset({"unreachable"})


def _ends(*ends: str) -> frozenset[str]:
    return frozenset(ends)


TROUBLES = (
    Trouble("reset mid-body, once", _how("reset"), DATA, 1),
    Trouble("reset mid-body", _how("reset"), UNREACHABLE),
    Trouble("truncated body, once", _how("cut"), DATA, 1),
    Trouble("truncated body", _how("cut"), _ends("unreachable", "truncated")),
    Trouble("cut off, with no length given", _half, _ends("truncated", "archive")),
    Trouble("gzip cut off, with no length given", _half_zipped, _ends("truncated", "archive")),
    Trouble("empty body, once", _body(b""), DATA, 1),
    Trouble("empty body", _body(b""), _ends("truncated")),
    Trouble("429 with Retry-After, once", _status(429, Retry_After="0"), DATA, 1),
    Trouble("429 with Retry-After of a day", _status(429, Retry_After="86400"), UNREACHABLE),
    Trouble("429 with Retry-After of no calendar", _status(429, Retry_After=NO_DAY), DATA, 1),
    Trouble("429 without, once", _status(429, json.dumps(BUSY)), DATA, 1),
    Trouble("429 without", _status(429, json.dumps(BUSY)), UNREACHABLE),
    Trouble("408, once", _status(408), DATA, 1),
    Trouble("500", _status(500, HTML.decode()), UNREACHABLE),
    Trouble("503 then fine", _status(503), DATA, 2),
    Trouble("202 then fine", _status(202), DATA, 4),
    Trouble("202 for ever", _status(202), UNREACHABLE),
    Trouble("204", _status(204), _ends("type")),
    Trouble("403", _status(403, json.dumps(FAMILY_A)), _ends("refused")),
    Trouble("404", _status(404, json.dumps(FAMILY_B)), _ends("refused")),
    Trouble("HTML with 200, once", _body(HTML, "text/html"), DATA, 1),
    Trouble("HTML with 200", _body(HTML, "text/html"), _ends("html")),
    Trouble("HTML with 200 as JSON", _body(HTML), _ends("html")),
    Trouble("error object A with 200", _json(FAMILY_A), _ends("error object")),
    Trouble("error object B with 200", _json(FAMILY_B), _ends("error object")),
    Trouble("error object of a moment", _json(BUSY), DATA, 1),
    Trouble("error object of a moment, for ever", _json(BUSY), UNREACHABLE),
    Trouble("wrong JSON type", _json("ok"), _ends("type", "schema")),
    Trouble("list of texts", _json(["a", "b"]), _ends("type")),
    Trouble("null", _json(None), _ends("type", "schema")),
    Trouble("slow trickle", _how("trickle"), UNREACHABLE, network={"deadline_seconds": 0.4}),
    Trouble("slow headers", _how("slow headers"), UNREACHABLE, network={"deadline_seconds": 0.4}),
    Trouble("slow chunk", _how("slow chunk"), UNREACHABLE, network={"deadline_seconds": 0.4}),
    Trouble("redirect loop", _status(302, Location="#to-itself"), _ends("redirect")),
    Trouble("oversize body", _grown, _ends("too large")),
    Trouble("gzip bomb", _bomb, _ends("too large")),
    Trouble("wrong encoding", _latin, _ends("encoding", "type", "archive")),
    Trouble(
        "unknown content encoding",
        lambda r: replace(r, zipped=False, headers={**r.headers, "Content-Encoding": "br"}),
        _ends("encoding"),
    ),
)

#: How the troubles that only some protocols have may end.
OWN_ENDS: dict[str, frozenset[str]] = {
    "row inserted while paging": _ends("moving"),
    "row deleted while paging": _ends("moving"),
    "duplicate page": _ends("moving"),
    "empty page too early": _ends("moving"),
    "row for row": _ends("moving"),
    "page in another order": _ends("moving"),
    "updated while paging": _ends("moving"),
    "stale replica": _ends("stale"),
    "row in no slice": _ends("moving"),
    "row moves to a slice that was read": DATA,  # noticed, and read anew
    "row moves out of a slice that was read": DATA,
    "rows change slices": _ends("values"),
    "field gone": _ends("schema"),
    "field of another type": _ends("schema", "values"),
    "row twice": _ends("values"),
    "cut in a row": _ends("truncated"),
    "zip cut off": _ends("archive"),
    "zip damaged": _ends("archive"),
    "zip bomb": _ends("too large"),
    "path out of the zip": _ends("archive"),
    "member missing": _ends("archive"),
    "field there twice": _ends("schema"),
    "number for a text": DATA,
    "row of another length": _ends("type"),
    "header only": _ends("values"),
    "no such variable": _ends("refused"),
    "not published": _ends("refused"),
    "refreshed while fetching": _ends("moving"),
    "unknown agency": _ends("refused"),
    "no key": _ends("refused"),
    "over the rate limit": UNREACHABLE,
    "bad date": _ends("refused"),
    "no refresh named": _ends("schema"),
    "series of another name": _ends("values"),
    "fields moved": _ends("schema"),
    "error 400 with 200": _ends("error object"),
    "429 in words": UNREACHABLE,
    "429 with 200": UNREACHABLE,
    "token required": _ends("refused"),
    "no rows, but more": _ends("moving"),
    # what Python's own isdigit() takes for a number, and int() does not read
    "count that is no number": _ends("type"),
    "count of a thousand digits": _ends("type"),
    "updated at no number": _ends("schema"),
    "pages of no number": _ends("schema"),
    "edited in no year": _ends("values"),
    "modified in no year": DATA,  # as if the host did not say when
}
#: What a protocol makes of a fault: the Census Bureau answers in HTML to a key that is not valid.
CALLED: dict[str, dict[str, str]] = {"census": {"html": "refused"}}
#: Those of them that are over by themselves when the table is read anew.
_ONCE = (
    *("row inserted while paging", "row deleted while paging", "duplicate page"),
    *("row for row", "empty page too early", "updated while paging"),
)
OWN_ONCE: dict[str, tuple[str, ...]] = {
    "socrata": (*_ONCE, "stale replica"),
    "slices": (*_ONCE, "stale replica"),
    "arcgis": (*_ONCE, "error 400 with 200"),
}
