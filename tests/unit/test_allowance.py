"""How long a publisher's limit of requests is waited for, by its own count."""

from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from datasets.allowance import Allowance


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def said(left: object, limit: object = 3) -> dict[str, str]:
    return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(left)}


def test_nothing_is_waited_for_while_some_are_left_or_nothing_is_said() -> None:
    allowance = Allowance(3600)
    assert allowance.wait() == 0
    for headers in (said(1), {}, said("many"), said(""), said("-1"), said("٣")):
        allowance.answered(headers)
        assert allowance.wait() == 0


def test_when_none_is_left_our_oldest_request_must_be_over() -> None:
    clock = Clock()
    allowance = Allowance(3600, clock=clock)
    for left in (2, 1, 0):
        allowance.answered(said(left))
        clock.now += 10
    assert (allowance.limit, allowance.wait()) == (3, 3570)
    clock.now += 3569
    assert allowance.wait() == 1
    clock.now += 1
    assert allowance.wait() == 0
    allowance.answered(said(0))  # one was free, and now none is again
    assert allowance.wait() == 10


def test_of_a_process_before_ours_nothing_is_known_and_a_whole_span_is_waited() -> None:
    clock = Clock()
    allowance = Allowance(3600, clock=clock)
    allowance.answered(said(0))
    assert allowance.wait() == 3600


@given(
    limit=st.integers(1, 5),
    others=st.integers(0, 5),
    steps=st.lists(st.floats(0, 20), min_size=1, max_size=30),
)
def test_a_rolling_limit_is_never_exceeded(limit: int, others: int, steps: list[float]) -> None:
    """Whoever waits as long as is said is answered, whatever others asked before."""
    clock, span = Clock(), 30.0
    counted = deque([clock.now] * min(others, limit))
    allowance = Allowance(span, clock=clock)
    for number, step in enumerate(steps):
        clock.now += allowance.wait() + step
        while counted and counted[0] + span <= clock.now:
            counted.popleft()
        granted = len(counted) < limit
        assert granted or number == 0  # the first one cannot know
        if granted:
            counted.append(clock.now)
        allowance.answered(said(limit - len(counted), limit))
