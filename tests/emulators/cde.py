"""The FBI's Crime Data Explorer: summarized series, strict where the real one is lax.

Months come in another order each time, an agency that is not known (or in lower case) is answered
with 200 and no series, a date that is none with a text that calls itself JSON, a wrong key as
api.data.gov does it, and so is one request too many in its hour.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.emulators.server import Reply, Request
from tests.support_cde import answer

OFFENSES = ("HOM", "RPE", "ROB", "ASS", "V", "BUR", "LAR", "MVT", "P")
_PATH = re.compile(r"/summarized/(?:(national)|(state|agency)/(\w+))/(\w+)")
_MONTH = re.compile(r"(0[1-9]|1[0-2])-((?:19|20)\d\d)")

#: Month "MM-YYYY" -> offenses and cleared.
Counts = Mapping[str, tuple[int | None, int | None]]


@dataclass
class Explorer:
    """``names``: "national", "state/FL", "agency/FL0130000" -> what its series are named after.

    ``counts``: the same with an offense behind, "state/FL/HOM" -> its months; a series that is not
    in it has those ``usual`` for the offense. ``refreshed``: MM/DD/YYYY. ``limit``: how many
    requests are answered in any ``span`` of seconds; ``refused``: how many were not.
    """

    names: dict[str, str]
    counts: dict[str, Counts] = field(default_factory=dict)
    usual: Mapping[str, Counts] = field(default_factory=dict)
    refreshed: str = "09/15/2026"
    key: str | None = None
    population: int = 100_000
    limit: int | None = None
    span: float = 3600
    refused: int = 0
    times: list[float] = field(default_factory=list)
    shuffle: random.Random = field(default_factory=lambda: random.Random(1))

    def __call__(self, request: Request) -> Reply:
        if self.limit is None:
            return self._answer(request)
        now = time.monotonic()
        self.times = [at for at in self.times if at + self.span > now]
        left = self.limit - len(self.times)
        if left > 0:
            self.times.append(now)
            reply = self._answer(request)
        else:
            self.refused += 1
            said = "You have exceeded your rate limit."
            reply = _json({"error": {"code": "OVER_RATE_LIMIT", "message": said}}, 429)
        said_left = {"X-RateLimit-Remaining": str(max(0, left - 1))}
        return replace(reply, headers={"X-RateLimit-Limit": str(self.limit)} | said_left)

    def _answer(self, request: Request) -> Reply:
        if self.key is not None and request.headers.get("x-api-key") != self.key:
            given = request.headers.get("x-api-key")
            code = "API_KEY_INVALID" if given else "API_KEY_MISSING"
            return _json({"error": {"code": code, "message": f"not a key: {given}"}}, 403)
        match = _PATH.fullmatch(request.path)
        if match is None or match[4] not in OFFENSES:
            return _json({"message": "Missing Authentication Token"}, 403)
        months = [_MONTH.fullmatch(request.params.get(name, "")) for name in ("from", "to")]
        if set(request.params) != {"from", "to"} or not months[0] or not months[1]:
            return Reply(400, b"Invalid date, it should be MM-YYYY")
        first, last = (f"{m[2]}-{m[1]}" for m in months if m)
        place = match[1] or f"{match[2]}/{match[3]}"
        if place not in self.names:
            body = answer("Nobody", {}, {}, refreshed=self.refreshed)
            body["offenses"] = {"rates": None, "actuals": None}
            return _json(body if match[2] == "agency" else {"state": match[3]})
        counts = {
            month: both
            for month, both in self._counts(place, match[4]).items()
            if first <= f"{month[3:]}-{month[:2]}" <= last
        }
        return _json(self.answer(self.names[place], counts))

    def _counts(self, place: str, offense: str) -> Counts:
        return self.counts.get(f"{place}/{offense}", self.usual.get(offense, {}))

    def answer(self, name: str, counts: Counts) -> dict[str, Any]:
        """The body with the series of ``name``; those of an agency come with their state's."""
        months = list(counts)
        self.shuffle.shuffle(months)
        return answer(
            name,
            {month: counts[month][0] for month in months},
            {month: counts[month][1] for month in months},
            population=self.population,
            refreshed=self.refreshed,
        )


def _json(value: Any, status: int = 200) -> Reply:
    body = json.dumps(value).encode()
    return Reply(status, body, "application/json", chunked=status == 200, zipped=True)
