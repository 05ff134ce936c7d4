"""What a rig of the fault matrix offers, and the small table that most of them publish."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets.settings import Settings
from tests.emulators.server import Fault, Loopback, Reply, Request

DAY = 86_400

#: The largest body that a source of the matrix may send, in megabytes.
MAX_MB = 0.3


@dataclass
class Site:
    """A declared dataset and its publisher. ``publish`` makes a new version of the data.

    ``table``: the CSV that the data, as they now are, must become. ``targets``: which requests a
    trouble can hit. ``own``: troubles that only this protocol has, by name; each gives a fault that
    hits whatever it must, and is asked anew for every cell. ``read``: an archived table as CSV.
    ``key``: the publisher's, where it answers nobody without one.
    """

    name: str
    protocol: str
    settings: Settings
    server: Loopback
    publish: Callable[[], None]
    table: Callable[[], str]
    targets: dict[str, Callable[[Request], bool]]
    own: dict[str, Callable[[], Fault]] = field(default_factory=dict)
    read: Callable[[Path], str] = lambda path: path.read_text(encoding="utf-8")
    key: str | None = None

    def env(self) -> dict[str, str]:
        """The variables with which it is asked."""
        return {"CRIMECLAIMS_BASE_URL_MADE_UP": self.server.url} | (
            {"CRIMECLAIMS_KEY_MADE_UP": self.key} if self.key else {}
        )


Rig = Callable[[Path], AbstractContextManager[Site]]

HEADER = "id,day,what,size,good\n"


def made_up_rows(n: int) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "day": f"2026-10-{number % 28 + 1:02}T00:00:00.000",
            "label": None if number % 7 == 0 else f"café, {number}",
            "size": number / 4,
            "good": number % 2 == 0,
        }
        for number in range(1, n + 1)
    ]


def as_csv(rows: list[dict[str, Any]], header: str = HEADER) -> str:
    lines = [
        f"{r['id']},{r['day'][:10]},"
        + (f'"{r["label"]}"' if r["label"] else "")
        + f",{r['size']},{str(r['good']).lower()}\n"
        for r in rows
    ]
    return header + "".join(lines)


def repeated(page: Callable[[Request], bool]) -> Fault:
    """Every page is the first one."""
    first: list[Reply] = []

    def fault(request: Request, reply: Reply) -> Reply:
        if page(request):
            first.append(reply)
            return first[0]
        return reply

    return fault


def at_pages(page: Callable[[Request], bool], do: Callable[[], object]) -> Fault:
    """Something is done to the table whenever a page was sent."""

    def fault(request: Request, reply: Reply) -> Reply:
        if page(request):
            do()
        return reply

    return fault
