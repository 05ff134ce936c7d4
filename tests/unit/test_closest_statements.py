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
#: Of examples that ask one world many things: each is of ``MANY`` cases.
WHOLE = settings(QUICK, max_examples=3)
MANY = 8
ABOUT: dict[str, Any] = {"place": "chicago-il", "measure": "murder"}
COUNT = st.integers(1, 5000).map(float)
CITIES = ("chicago-il", "dallas-tx", "houston-tx", "los-angeles-ca", "new-york-ny", "phoenix-az")
#: Years that are no neighbours, a case each; and two for a case.
YEARS = range(2016 - 2 * (MANY - 1), 2017, 2)
PAIRS = [(year - 1, year) for year in YEARS]


def many(*of: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.tuples(*of), min_size=MANY, max_size=MANY)


def said(verdict: Verdict, pattern: str) -> re.Match[str]:
    found = re.search(pattern, verdict.closest_true or "")
    assert found, verdict.closest_true
    return found


def all_of(world: World, tests: list[dict[str, Any]]) -> list[Verdict]:
    """The verdicts of claims of one test each."""
    return world.verify_all([[test] for test in tests]) if tests else []


def hold_as_stated(world: World, tests: list[dict[str, Any]]) -> None:
    for test, verdict in zip(tests, all_of(world, tests), strict=True):
        assert verdict.holds_share == 1.0, (test, verdict.sentence)


@WHOLE
@given(cases=many(COUNT, st.integers(1, 5000)))
def test_a_value(tmp_path: Path, cases: list[tuple[float, int]]) -> None:
    counts = [count for count, _ in cases]
    world = make_world(tmp_path, [Series(dict(zip(YEARS, counts, strict=True)))])
    tests = [{"kind": "value", **ABOUT, "period": year} for year in YEARS]
    wrong = [{**test, "value": claimed} for test, (_, claimed) in zip(tests, cases, strict=True)]
    numbers = [said(verdict, r"\d{4}: ([\d,]+)$")[1] for verdict in all_of(world, wrong)]
    hold_as_stated(world, [{**t, "value": n} for t, n in zip(tests, numbers, strict=True)])


@WHOLE
@given(cases=many(st.integers(0, 900), st.integers(1, 900), st.integers(1, 99)))
def test_a_share(tmp_path: Path, cases: list[tuple[int, int, int]]) -> None:
    parts, wholes, claims = zip(*cases, strict=True)
    world = make_world(
        tmp_path,
        [
            Series(dict(zip(YEARS, map(float, parts), strict=True)), measure="murder_cleared"),
            Series(dict(zip(YEARS, map(float, wholes), strict=True))),
        ],
    )
    about = {**ABOUT, "measure": "murder_clearance_rate"}
    tests = [{"kind": "share", **about, "period": year} for year in YEARS]
    wrong = [{**test, "value": f"{n}%"} for test, n in zip(tests, claims, strict=True)]
    numbers = [said(verdict, r"\d{4}: ([\d,.]+%)$")[1] for verdict in all_of(world, wrong)]
    hold_as_stated(world, [{**t, "value": n} for t, n in zip(tests, numbers, strict=True)])


@WHOLE
@given(cases=many(COUNT, COUNT))
def test_a_change(tmp_path: Path, cases: list[tuple[float, float]]) -> None:
    world = make_world(tmp_path, [pairs_of_years(cases)])
    tests = [{"kind": "change", **ABOUT, "start": first, "end": last} for first, last in PAIRS]
    stated = []
    for test, verdict in zip(
        tests, all_of(world, [{**test, "word": "doubled"} for test in tests]), strict=True
    ):
        sign, number = said(verdict, r": ([+-])([\d,.]+%)$").groups()
        stated.append({**test, "value": number, "direction": "up" if sign == "+" else "down"})
    hold_as_stated(world, stated)


def test_a_range_depends_only_on_what_moves_it(tmp_path: Path) -> None:
    # both definitions say the same in each edition; what was revised makes the difference
    series = [
        Series({2014: 100.0, 2016: end}, definition=definition, vintage=vintage)
        for vintage, end in (("2017-01-01", 110.0), ("2018-01-01", 120.0))
        for definition in ("ucr", "victims")
    ]
    test = {"kind": "change", **ABOUT, "start": 2014, "end": 2016, "direction": "up"}
    verdict = make_world(tmp_path, series).verify({**test, "value": "50%"})
    assert said(verdict, r": (\S+ to .*)$")[1] == "+10.0% to +20.0%, depending on the edition"


def pairs_of_years(cases: list[tuple[float, float]]) -> Series:
    """A series in which each case is the figures of two years."""
    return Series(
        {
            year: count
            for years, counts in zip(PAIRS, cases, strict=True)
            for year, count in zip(years, counts, strict=True)
        }
    )


@WHOLE
@given(cases=many(COUNT, COUNT))
@example(cases=[(200.0, 59.0)] * MANY)  # 0.295, which is not 0.29
def test_a_ratio(tmp_path: Path, cases: list[tuple[float, float]]) -> None:
    world = make_world(tmp_path, [pairs_of_years(cases)])
    tests: list[dict[str, Any]] = [
        {
            "kind": "ratio",
            "to": {"places": ["chicago-il"], "measure": "murder", "period": first},
            "of": {"places": ["chicago-il"], "measure": "murder", "period": last},
        }
        for first, last in PAIRS
    ]
    wrong = [{**test, "value": 7} for test in tests]
    numbers = [said(verdict, r"^([\d,.]+) times$")[1] for verdict in all_of(world, wrong)]
    hold_as_stated(world, [{**t, "value": n} for t, n in zip(tests, numbers, strict=True)])


@WHOLE
@given(cases=many(st.lists(COUNT, min_size=6, max_size=6), st.booleans()))
def test_a_rank(tmp_path: Path, cases: list[tuple[list[float], bool]]) -> None:
    series = [
        Series(
            {year: counts[n] for year, (counts, _) in zip(YEARS, cases, strict=True)},
            dataset="fbi_cius_city",
            place=place,
        )
        for n, place in enumerate(CITIES)
    ]
    world = make_world(tmp_path, series)
    tests: list[dict[str, Any]] = [
        {"kind": "rank", **ABOUT, "peer_group": "cities-over-1m", "period": year}
        | {"direction": "highest" if highest else "lowest"}
        for year, (_, highest) in zip(YEARS, cases, strict=True)
    ]
    pattern = r"^(?:(\d+)(?:st|nd|rd|th) )?(?:high|low)est of 6"
    first = all_of(world, [{**test, "nth": 1} for test in tests])
    ranks = [int(said(verdict, pattern)[1] or 1) for verdict in first]
    hold_as_stated(world, [{**t, "nth": nth} for t, nth in zip(tests, ranks, strict=True)])
    better = [{**t, "nth": nth - 1} for t, nth in zip(tests, ranks, strict=True) if nth > 1]
    assert {verdict.holds_share for verdict in all_of(world, better)} <= {0.0}


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
