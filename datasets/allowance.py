"""How many requests a publisher still answers, where it allows so many in a span of time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass
class Allowance:
    """A limit of requests in any ``span`` of seconds, by the publisher's own count.

    api.data.gov says with each answer how many it allows and how many are left
    (``X-RateLimit-Limit``, ``-Remaining``); its hour is a rolling one: a request counts for an hour
    from when it was made. Where nothing is said nothing is waited for. ``clock``: monotonic.
    """

    span: float
    limit: int | None = None
    left: int | None = None
    clock: Callable[[], float] = time.monotonic
    _answered: deque[float] = field(default_factory=deque)

    def answered(self, headers: Mapping[str, str]) -> None:
        """Take note of an answer, also of a refusal. It came after its request was counted."""
        self._forget()  # what is over by now is not in the publisher's count
        self._answered.append(self.clock())
        self.limit = _number(headers.get("X-RateLimit-Limit"))
        self.left = _number(headers.get("X-RateLimit-Remaining"))

    def wait(self) -> float:
        """Seconds until the next request can be made; 0 while some are left.

        When none are, until our oldest request of the span counts no more: those that we do not
        know of, of an earlier process, were made before it.
        """
        if self.left != 0:
            return 0.0
        if self._forget():
            self.left = None  # at least one is free again: the next answer says how many
            return 0.0
        return self._answered[0] + self.span - self.clock()

    def _forget(self) -> int:
        """Drop the requests that count no more; how many they were."""
        now, before = self.clock(), len(self._answered)
        while self._answered and self._answered[0] + self.span <= now:
            self._answered.popleft()
        return before - len(self._answered)


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
