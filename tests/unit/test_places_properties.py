"""Of how many places something is true, against a count by brute force in Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support_places import N, Pair, outcome, places, stated, world_of

QUICK = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
AMOUNT = st.none() | st.sampled_from([0.0, 0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0, 20.0])
PAIRS = st.lists(st.tuples(AMOUNT, AMOUNT), min_size=N, max_size=N)


def truth(test: dict[str, Any], first: float | None, last: float | None) -> bool | None:
    """Whether it is true of a place; None: not known."""
    if test.get("period"):
        if last is None:
            return None
        return last > test["above"] if "above" in test else last < test["below"]
    if first is None or last is None:
        return None
    if test.get("direction"):
        return last > first if test["direction"] == "up" else last < first
    if first == 0 and last > 0:  # a rise, but of how many percent?
        return None if test["word"] == "soared" else False
    change = 0.0 if last == first else 100 * (last - first) / first
    return change >= 20 if test["word"] == "soared" else change <= -20


def brute_force(test: dict[str, Any], pairs: list[Pair]) -> str:
    """The outcome, by trying every number of unknown places of which it may be true."""
    found = [truth(test, *pair) for pair in pairs]
    known = [x for x in found if x is not None]
    if len(known) < N / 2:
        return "missing"

    def holds(n_true: int) -> bool:
        if "how_many" in test:
            return {
                "all": n_true == N,
                "nearly all": 10 * n_true >= 9 * N,
                "most": 2 * n_true > N,
                "a minority": 2 * n_true < N,
                "hardly any": 10 * n_true <= N,
                "none": n_true == 0,
            }[test["how_many"]]
        value = test["value"]
        if isinstance(value, str):
            top, _, below = value.partition("/")
            left, right = n_true * int(below), int(top) * N
        else:
            left, right = n_true, value
        return {
            "at least": left >= right,
            "more than": left > right,
            "fewer than": left < right,
            "at most": left <= right,
        }[test["hedge"]]

    sure = sum(known)
    possible = {holds(n) for n in range(sure, sure + N - len(known) + 1)}
    return {(True,): "holds", (False,): "fails"}.get(tuple(possible), "undetermined")


EACH = st.one_of(
    st.fixed_dictionaries({"direction": st.sampled_from(["up", "down"])}),
    st.fixed_dictionaries({"word": st.sampled_from(["soared", "plummeted"])}),
    st.fixed_dictionaries({"above": st.sampled_from([0, 2, 8])}),
    st.fixed_dictionaries({"below": st.sampled_from([1, 3, 20])}),
).map(
    lambda each: (
        each
        | ({"period": 2015} if {"above", "below"} & set(each) else {"start": 2014, "end": 2015})
    )
)
HEDGES = ("at least", "more than", "fewer than", "at most")
WORDS = ("all", "nearly all", "most", "a minority", "hardly any", "none")
SAID = st.one_of(
    st.fixed_dictionaries({"how_many": st.sampled_from(WORDS)}),
    st.fixed_dictionaries(
        {
            "value": st.integers(0, N + 1) | st.sampled_from(["1/3", "2/3", "1/2", "3/10", "7/10"]),
            "hedge": st.sampled_from(HEDGES),
        }
    ),
)


@QUICK
@given(pairs=PAIRS, claims=st.lists(st.tuples(EACH, SAID), min_size=15, max_size=15))
def test_places_agree_with_brute_force(
    tmp_path: Path, pairs: list[Pair], claims: list[tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    tests = [places(**each, **said) for each, said in claims]
    for test, verdict in zip(
        tests, world_of(tmp_path, pairs).verify_all([[t] for t in tests]), strict=True
    ):
        found = {r.outcome for r in stated(verdict)} or {"missing"}  # no figure at all: no reading
        assert found == {brute_force(test, pairs)}, test


@QUICK
@given(pairs=PAIRS, each=EACH)
def test_raising_the_number_claimed_never_turns_false_into_true(
    tmp_path: Path, pairs: list[Pair], each: dict[str, Any]
) -> None:
    world = world_of(tmp_path, pairs)
    numbers = [[places(**each, value=n, hedge="at least")] for n in range(N + 2)]
    shares = [[places(**each, value=f"{n}%", hedge="at least")] for n in range(0, 101, 10)]
    order = ["holds", "undetermined", "fails"]
    for claims in (numbers, shares):
        readings = [stated(verdict) for verdict in world.verify_all(claims)]
        found = [r[0].outcome for r in readings if r and r[0].outcome != "missing"]
        assert found == sorted(found, key=order.index)


@QUICK
@given(pairs=PAIRS, each=EACH, lost=st.sets(st.integers(0, N - 1), min_size=1, max_size=4))
def test_a_missing_figure_never_makes_it_true_or_false(
    tmp_path: Path, pairs: list[Pair], each: dict[str, Any], lost: set[int]
) -> None:
    fewer: list[Pair] = [(a, None if n in lost else b) for n, (a, b) in enumerate(pairs)]
    said: list[dict[str, Any]] = [{"value": n, "hedge": "at least"} for n in range(1, N + 1, 2)]
    said += [
        {"how_many": "most"},
        {"how_many": "a minority"},
        {"value": "1/3", "hedge": "more than"},
    ]
    claims = [[places(**each, **words)] for words in said]
    before = world_of(tmp_path, pairs).verify_all(claims)
    after = world_of(tmp_path, fewer).verify_all(claims)
    for whole, part in zip(before, after, strict=True):
        for reading in stated(part):
            if reading.outcome in ("holds", "fails"):
                assert reading.outcome == outcome(whole)
