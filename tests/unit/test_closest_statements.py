"""The closest true statement, claimed in its own words and numbers, holds as stated (property)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from checks.models import Verdict
from tests.support_world import Series, World, make_world

QUICK = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ABOUT: dict[str, Any] = {"place": "chicago-il", "measure": "murder"}
COUNT = st.integers(1, 5000).map(float)
CITIES = ("chicago-il", "dallas-tx", "houston-tx", "los-angeles-ca", "new-york-ny", "phoenix-az")


def said(verdict: Verdict, pattern: str) -> re.Match[str]:
    found = re.search(pattern, verdict.closest_true or "")
    assert found, verdict.closest_true
    return found


def holds_as_stated(world: World, test: dict[str, Any]) -> None:
    verdict = world.verify(test)
    assert verdict.holds_share == 1.0, (test, verdict.sentence)


@QUICK
@given(count=COUNT, claimed=st.integers(1, 5000))
def test_a_value(tmp_path: Path, count: float, claimed: int) -> None:
    world = make_world(tmp_path, [Series({2016: count})])
    test = {"kind": "value", **ABOUT, "period": 2016}
    number = said(world.verify({**test, "value": claimed}), r"2016: ([\d,]+)$")[1]
    holds_as_stated(world, {**test, "value": number})


@QUICK
@given(part=st.integers(0, 900), whole=st.integers(1, 900), claimed=st.integers(1, 99))
def test_a_share(tmp_path: Path, part: int, whole: int, claimed: int) -> None:
    world = make_world(
        tmp_path,
        [Series({2016: float(part)}, measure="murder_cleared"), Series({2016: float(whole)})],
    )
    test = {"kind": "share", **ABOUT, "measure": "murder_clearance_rate", "period": 2016}
    number = said(world.verify({**test, "value": f"{claimed}%"}), r"2016: ([\d,.]+%)$")[1]
    holds_as_stated(world, {**test, "value": number})


@QUICK
@given(start=COUNT, end=COUNT)
def test_a_change(tmp_path: Path, start: float, end: float) -> None:
    world = make_world(tmp_path, [Series({2014: start, 2016: end})])
    test = {"kind": "change", **ABOUT, "start": 2014, "end": 2016}
    sign, number = said(world.verify({**test, "word": "doubled"}), r": ([+-])([\d,.]+%)$").groups()
    direction = "up" if sign == "+" else "down"
    holds_as_stated(world, {**test, "value": number, "direction": direction})


@QUICK
@given(of=COUNT, to=COUNT)
@example(of=59.0, to=200.0)  # 0.295, which is not 0.29
def test_a_ratio(tmp_path: Path, of: float, to: float) -> None:
    world = make_world(tmp_path, [Series({2014: to, 2016: of})])
    sides = {
        side: {"places": ["chicago-il"], "measure": "murder", "period": year}
        for side, year in (("of", 2016), ("to", 2014))
    }
    test: dict[str, Any] = {"kind": "ratio", **sides}
    number = said(world.verify({**test, "value": 7}), r"^([\d,.]+) times$")[1]
    holds_as_stated(world, {**test, "value": number})


@QUICK
@given(counts=st.lists(COUNT, min_size=6, max_size=6), direction=st.booleans())
def test_a_rank(tmp_path: Path, counts: list[float], direction: bool) -> None:
    series = [
        Series({2016: count}, dataset="fbi_cius_city", place=place)
        for place, count in zip(CITIES, counts, strict=True)
    ]
    world = make_world(tmp_path, series)
    test: dict[str, Any] = {"kind": "rank", **ABOUT, "peer_group": "cities-over-1m"}
    test |= {"period": 2016, "direction": "highest" if direction else "lowest"}
    words = said(
        world.verify({**test, "nth": 1}), r"^(?:(\d+)(?:st|nd|rd|th) )?(?:high|low)est of 6"
    )
    nth = int(words[1] or 1)
    holds_as_stated(world, {**test, "nth": nth})
    if nth > 1:
        assert world.verify({**test, "nth": nth - 1}).holds_share == 0.0


@QUICK
@given(counts=st.lists(COUNT, min_size=4, max_size=4).filter(lambda c: c[0] != c[-1]))
def test_a_trend_from_its_first_to_its_last_year(tmp_path: Path, counts: list[float]) -> None:
    world = make_world(tmp_path, [Series(dict(zip(range(2013, 2017), counts, strict=True)))])
    window = {"start": 2013, "end": 2016}
    test: dict[str, Any] = {"kind": "trend", **ABOUT, "window": window}
    sign = said(world.verify({**test, "direction": "rising"}), r": ([+-])[\d,.]+%$")[1]
    direction = "rising" if sign == "+" else "falling"
    ends = [
        r.outcome
        for r in world.verify({**test, "direction": direction}).readings
        if r.stated and "from the first to the last" in r.variant
    ]
    assert ends == ["holds"]


@QUICK
@given(
    own=st.tuples(COUNT, COUNT).filter(lambda c: c[0] != c[1]),
    peers=st.tuples(COUNT, COUNT).filter(lambda c: c[0] != c[1]),
)
def test_a_contrast(tmp_path: Path, own: tuple[float, float], peers: tuple[float, float]) -> None:
    series = [
        Series(dict(zip((2014, 2016), counts, strict=True)), dataset="fbi_cius_city", place=place)
        for place, counts in zip(CITIES, (own, *[peers] * 5), strict=True)
    ]
    world = make_world(tmp_path, series)
    test: dict[str, Any] = {"kind": "contrast", **ABOUT, "peer_groups": ["cities-over-1m"]}
    test |= {"window": {"start": 2014, "end": 2016}}
    first = world.verify({**test, "direction": "rising"})
    mine, theirs = said(first, r": ([+-])[\d,.]+%, peers ([+-])[\d,.]+%$").groups()
    claimed = world.verify({**test, "direction": "rising" if mine == "+" else "falling"})
    assert claimed.holds_share == (1.0 if mine != theirs else 0.0)


@QUICK
@given(
    counts=st.lists(COUNT, min_size=6, max_size=6),
    factor=st.sampled_from([0.5, 3.0, 1000.0]),
)
def test_scaling_all_series_changes_no_rank_and_no_trend(
    tmp_path: Path, counts: list[float], factor: float
) -> None:
    def verdicts(scale: float) -> list[tuple[str, list[str]]]:
        series = [
            Series(
                {2014: scale * a, 2015: scale * b, 2016: scale * c},
                dataset="fbi_cius_city",
                place=place,
            )
            for place, a, b, c in zip(
                CITIES, counts, counts[1:] + counts, counts[2:] * 2, strict=False
            )
        ]
        found = make_world(tmp_path, series).verify_all(
            [
                [
                    {
                        "kind": "rank",
                        **ABOUT,
                        "peer_group": "cities-over-1m",
                        "period": 2016,
                        "direction": "highest",
                        "nth": 2,
                    }
                ],
                [
                    {
                        "kind": "trend",
                        **ABOUT,
                        "window": {"start": 2014, "end": 2016},
                        "direction": "rising",
                    }
                ],
                [
                    {
                        "kind": "trend",
                        "measure": "murder",
                        "peer_groups": ["cities-over-1m"],
                        "window": {"start": 2014, "end": 2016},
                        "direction": "falling",
                    }
                ],
                [{"kind": "record", **ABOUT, "direction": "highest", "year": 2016, "years": 2}],
            ]
        )
        return [(v.label, [r.outcome for r in v.readings]) for v in found]

    assert verdicts(factor) == verdicts(1.0)
