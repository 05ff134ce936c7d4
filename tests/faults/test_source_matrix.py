"""The fault matrix has what was asked of it: the list is typed here, not read from the matrix.

Nothing is fetched: these tests compare names. ``-s`` prints which cells each trouble has.
"""

from __future__ import annotations

from tests.faults.source_rigs import RIGS
from tests.faults.source_troubles import TROUBLES
from tests.faults.test_source_faults import CELLS, ONCE_CELLS, OWN, OWN_CELLS, TARGETS

#: What was asked for -> the troubles of any protocol that are it.
OF_HTTP = {
    "connection reset mid-body": ("reset mid-body, once", "reset mid-body"),
    "truncated body": (
        *("truncated body, once", "truncated body", "empty body, once", "empty body"),
        *("cut off, with no length given", "gzip cut off, with no length given"),
    ),
    "429 with Retry-After": (
        *("429 with Retry-After, once", "429 with Retry-After of a day"),
        "429 with Retry-After of no calendar",
    ),
    "429 without Retry-After": ("429 without, once", "429 without"),
    "408": ("408, once",),
    "500": ("500",),
    "503 then fine": ("503 then fine",),
    "202 then fine": ("202 then fine", "202 for ever"),
    "HTML with 200": ("HTML with 200, once", "HTML with 200", "HTML with 200 as JSON"),
    "error object with 200": (
        *("error object A with 200", "error object B with 200"),
        *("error object of a moment", "error object of a moment, for ever"),
    ),
    "wrong JSON type": ("wrong JSON type", "list of texts", "null"),
    "slow trickle": ("slow trickle", "slow headers", "slow chunk"),
    "redirect loop": ("redirect loop",),
    "oversize body": ("oversize body",),
    "gzip bomb": ("gzip bomb",),
    "wrong encoding": ("wrong encoding", "unknown content encoding"),
}
#: The same of those that only some protocols can have. Why others cannot is in ``CANNOT``.
OF_A_PROTOCOL = {
    "row inserted while paging": ("row inserted while paging", "refreshed while fetching"),
    "row deleted while paging": ("row deleted while paging", "refreshed while fetching"),
    "duplicate page": ("duplicate page", "row twice", "series of another name"),
    "stale replica": ("stale replica", "refreshed while fetching"),
    "changed schema": (
        *("field gone", "field of another type", "field there twice", "row of another length"),
        *("fields moved", "no refresh named", "member missing"),
    ),
}
_ONE_ANSWER = "is one answer, which is whole or not: there are no pages"
CANNOT = {
    ("row inserted while paging", "file"): _ONE_ANSWER,
    ("row inserted while paging", "signed zip"): _ONE_ANSWER,
    ("row inserted while paging", "census"): _ONE_ANSWER,
    ("row deleted while paging", "file"): _ONE_ANSWER,
    ("row deleted while paging", "signed zip"): _ONE_ANSWER,
    ("row deleted while paging", "census"): _ONE_ANSWER,
    ("duplicate page", "signed zip"): _ONE_ANSWER,
    ("stale replica", "file"): "has no header that says so; an older file is a vintage of its own",
    ("stale replica", "signed zip"): "the same",
    ("stale replica", "census"): "the API says nothing of its state",
    ("stale replica", "arcgis"): "a server says only when it was edited, which is compared",
}


def test_every_protocol_meets_every_trouble_of_http_at_each_of_its_requests() -> None:
    cells = {(cell.values[0], cell.values[1], cell.values[2].name) for cell in CELLS}
    for asked, troubles in OF_HTTP.items():
        for trouble in troubles:
            for name in RIGS:
                for target in TARGETS[name]:
                    assert (name, target, trouble) in cells, f"{name} {target}: {asked}"
    answered = {trouble for troubles in OF_HTTP.values() for trouble in troubles}
    beyond = {"204", "403", "404"}  # not asked for
    assert {trouble.name for trouble in TROUBLES} == answered | beyond


def test_every_protocol_meets_the_other_troubles_or_cannot_have_them() -> None:
    for asked, troubles in OF_A_PROTOCOL.items():
        for name in RIGS:
            has = set(troubles) & set(OWN[name])
            assert bool(has) != ((asked, name) in CANNOT), f"{name}: {asked}"


def test_an_invalid_certificate_is_met_by_every_protocol() -> None:
    """Its test takes the protocols from the same table as these."""
    from tests.faults import test_source_faults as matrix

    [mark] = matrix.test_a_certificate_that_nobody_vouches_for.pytestmark  # type: ignore[attr-defined]
    assert mark.args == ("site", list(RIGS))


def test_there_are_more_than_120_cells() -> None:
    of_http = len(CELLS)
    others = len(OWN_CELLS) + len(ONCE_CELLS) + len(RIGS)
    assert len({(c.values[0], c.values[1], c.values[2].name) for c in CELLS}) == of_http
    assert of_http == len(TROUBLES) * sum(len(TARGETS[name]) for name in RIGS)
    assert of_http >= 120
    assert others >= 60
    print(table())  # noqa: T201
    print(f"{of_http + others} cells: {of_http} of HTTP, {others} of a protocol")  # noqa: T201


def table() -> str:
    """A line for each trouble that was asked for: how many cells it has in each protocol."""
    lines = [f"{'asked for':28}" + "".join(f"{name:>12}" for name in RIGS)]
    for asked, troubles in OF_HTTP.items():
        cells = [len(troubles) * len(TARGETS[name]) for name in RIGS]
        lines.append(f"{asked:28}" + "".join(f"{cell:>12}" for cell in cells))
    for asked, troubles in OF_A_PROTOCOL.items():
        counts = [
            sum(own == name and trouble in troubles for own, trouble in OWN_CELLS)
            + sum(own == name and trouble in troubles for own, trouble in ONCE_CELLS)
            for name in RIGS
        ]
        lines.append(f"{asked:28}" + "".join(f"{count or '-':>12}" for count in counts))
    lines.append(f"{'invalid TLS':28}" + "".join(f"{1:>12}" for _ in RIGS))
    return "\n".join(lines)
