"""What a verdict says in words is what its readings say in numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean, linear_regression
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.models import Verdict
from tests.support_world import Series, make_world

YEARS = list(range(2000, 2017))
FIGURES = st.dictionaries(
    st.sampled_from(YEARS), st.one_of(st.none(), st.integers(1, 60).map(float)), min_size=4
)
QUICK = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def claims_of(years: list[int], value: int) -> list[list[dict[str, Any]]]:
    at = {"place": "chicago-il", "measure": "murder"}
    first, last = min(years), max(years)
    return [
        [{"kind": "threshold", "period": last, "hedge": "more than", "value": value, **at}],
        [{"kind": "value", "period": last, "value": value, **at}],
        [{"kind": "record", "direction": "highest", "year": last, "years": 5, **at}],
        [{"kind": "change", "start": first, "end": last, "word": "doubled", **at}],
        [
            {"kind": "trend", "direction": "rising", "window": {"start": first, "end": last}, **at},
        ],
        [
            {
                "kind": "threshold",
                "window": {"start": first, "end": last},
                "how_often": "regularly",
                "hedge": "at least",
                "value": value,
                **at,
            }
        ],
    ]


def counts(verdict: Verdict) -> tuple[int, int]:
    decided = [r for r in verdict.readings if r.stated and r.holds is not None]
    return sum(bool(r.holds) for r in decided), len(decided)


@QUICK
@given(
    figures=FIGURES,
    years=st.lists(st.sampled_from(YEARS), min_size=2, max_size=2, unique=True),
    value=st.integers(1, 60),
)
def test_a_sentence_never_contradicts_its_readings(
    tmp_path: Path, figures: dict[int, float | None], years: list[int], value: int
) -> None:
    world = make_world(tmp_path, [Series(figures)])
    for verdict in world.verify_all(claims_of(years, value)):
        holds, decided = counts(verdict)
        if decided == 0:
            assert verdict.sentence.startswith("No reading can be decided")
            assert verdict.label == "not_enough_evidence"
        elif holds == decided:
            assert verdict.sentence.startswith("True")
            assert "not true" not in verdict.sentence.lower()
        elif holds == 0:
            assert verdict.sentence.startswith("Not true")
        else:
            assert verdict.sentence.startswith(f"True in {holds} of {decided} readings")
            assert f"not true in {decided - holds}" in verdict.sentence
        for amount, year in re.findall(r"(\d+) in (\d{4})\b", verdict.sentence):
            assert figures[int(year)] == float(amount)


@QUICK
@given(figures=FIGURES, direction=st.sampled_from(["highest", "lowest"]))
def test_the_closest_true_record_holds_and_a_year_more_does_not(
    tmp_path: Path, figures: dict[int, float | None], direction: str
) -> None:
    world = make_world(tmp_path, [Series(figures | {2016: figures.get(2016) or 30.0})])
    test = {
        "kind": "record",
        "place": "chicago-il",
        "measure": "murder",
        "direction": direction,
        "year": 2016,
    }
    closest = world.verify({**test, "years": 5}).closest_true
    found = re.match(rf"{direction} in (\d+) years", closest or "")
    if not found or int(found[1]) < 2:
        return

    def counting_the_year(n: int) -> str:
        readings = world.verify({**test, "years": n}).readings
        return next(r.outcome for r in readings if r.variant.startswith("counting 2016 itself"))

    n = int(found[1])
    assert counting_the_year(n) == "holds"
    assert counting_the_year(n + 1) == "fails"


def test_the_nearest_to_failing_is_nearest_whatever_its_weight(tmp_path: Path) -> None:
    world = make_world(
        tmp_path,
        [
            Series({2016: 500.0}),
            Series(
                {2016: 440.0}, dataset="cited_figures", place="chicago-il", evidence="secondary"
            ),
        ],
    )
    [verdict] = world.verify_all(
        [[{"kind": "threshold", "period": 2016, "hedge": "more than", "value": 433,
           "place": "chicago-il", "measure": "murder"}]]
    )  # fmt: skip
    assert "True in both readings; the nearest to failing: 440" in verdict.sentence


CITIES = [
    *("chicago-il", "houston-tx", "dallas-tx", "san-diego-ca", "phoenix-az", "philadelphia-pa"),
    *("san-antonio-tx", "new-york-ny", "los-angeles-ca", "san-jose-ca"),
]
LONG = range(1992, 2017)
Figures = Mapping[int, float | None]


def series_of(values: st.SearchStrategy[float | None]) -> st.SearchStrategy[Figures]:
    return st.lists(values, min_size=len(LONG), max_size=len(LONG)).map(
        lambda found: dict(zip(LONG, found, strict=True))
    )


def moved(figures: Figures, at: int) -> float | None:
    """Change in percent from the three years before ``at`` to the three that follow it."""
    before, after = (
        [figures.get(year) for year in years]
        for years in (range(at - 3, at), range(at + 1, at + 4))
    )
    if None in before or None in after or not any(before):
        return None
    return change(before, after)


def change(before: Any, after: Any) -> float:
    return round(100 * (fmean(after) - fmean(before)) / fmean(before), 9)


def expected_words(
    cities: Mapping[str, Figures], cause: int, sign: int
) -> dict[str, tuple[float, ...] | bool | None]:
    """What an attribution has to say of Chicago, worked out from the figures by loops.

    ``sign``: 1 if a rise is claimed. Of what is None the sentence must not speak.
    """
    own = cities["chicago-il"]
    before = [own[year] for year in range(cause - 3, cause)]
    found: dict[str, tuple[float, ...] | bool | None] = {"already": None, "dates": None}
    if None not in before and any(before):
        slope = linear_regression([0, 1, 2], before).slope
        found["already"] = sign * round(100 * slope / fmean(before), 9) > 1
    here = found["moved"] = moved(own, cause)
    dates = [moved(own, at) for at in [*range(1992, cause - 3), *range(cause + 7, 2017)]]
    others = [value for value in dates if value is not None]
    if here is not None and len(others) >= 9:
        found["dates"] = (sum(sign * v >= sign * here for v in others), len(others))
    window = [*range(cause - 3, cause), *range(cause + 1, cause + 4)]
    means = {
        city: [[figures[year] for year in half] for half in (window[:3], window[3:])]
        for city, figures in cities.items()
        if city != "chicago-il" and moved(figures, cause) is not None
    }
    together = {
        city: [fmean(fmean(m[half]) for c, m in means.items() if c != city) for half in (0, 1)]
        for city in [*means, "chicago-il"]
        if len(means) > 1
    }
    enough = here is not None and len(means) >= 5
    found["peers"] = None
    found["places"] = None
    if enough:
        total = change(*([x] for x in together["chicago-il"]))
        found["peers"] = (len(means), total)
        if len(means) >= 9:
            gap = round(here - total, 9)
            gaps = [
                round(change(*halves) - change(*([x] for x in together[city])), 9)
                for city, halves in means.items()
            ]
            found["places"] = (sum(sign * g >= sign * gap for g in gaps), len(gaps))
    return found


def said(sentence: str, direction: str) -> dict[str, tuple[float, ...] | bool | None]:
    """The same as ``expected_words``, read from a sentence."""
    already = re.search(rf"measure was (already|not yet) {direction}:", sentence)
    mean = re.search(
        r"the mean (fell|rose|did not change)(?: instead)?(?: ([0-9.e-]+)%)?", sentence
    )
    more = re.search(r"more than at (\d+) of (\d+) other dates", sentence)
    as_far = re.search(
        r"; at (\d+) of (\d+) other dates it was as (?:low or low|high or high)er", sentence
    )
    peers = re.search(
        r"Its (\d+) peers \(.*?\) together (fell|rose|did not change)(?: ([0-9.e-]+)%)?", sentence
    )
    places = re.search(r"(\d+) of the (\d+) came out as (?:low or low|high or high)er", sentence)
    dates = None
    if more:
        dates = (int(more[2]) - int(more[1]), int(more[2]))
    elif as_far:
        dates = (int(as_far[1]), int(as_far[2]))
    return {
        "already": already and already[1] == "already",
        "moved": mean and signed(mean[1], mean[2]),
        "dates": dates,
        "peers": peers and (int(peers[1]), signed(peers[2], peers[3])),
        "places": places and (int(places[1]), int(places[2])),
    }


def signed(verb: str, amount: str | None) -> float:
    return {"fell": -1, "rose": 1}.get(verb, 0) * float(amount or 0)


@QUICK
@given(
    cities=st.tuples(
        series_of(st.one_of(st.integers(0, 60).map(float), st.none()))
        | series_of(st.integers(1, 60).map(float)),
        *[series_of(st.integers(1, 60).map(float))] * (len(CITIES) - 1),
    ).map(lambda found: dict(zip(CITIES, found, strict=True))),
    lost=st.sets(st.sampled_from(CITIES[1:]), max_size=6),
    cause=st.integers(2000, 2013),
    direction=st.sampled_from(["falling", "rising"]),
)
def test_an_attribution_says_what_loops_over_the_figures_find(
    tmp_path: Path,
    cities: dict[str, Figures],
    lost: set[str],
    cause: int,
    direction: str,
) -> None:
    figures = {
        city: {**own, cause - 2: None} if city in lost else own for city, own in cities.items()
    }
    made = make_world(
        tmp_path, [Series(own, dataset="fbi_cius_city", place=c) for c, own in figures.items()]
    )
    verdict = made.verify(
        {
            "kind": "attribution",
            "place": "chicago-il",
            "measure": "murder",
            "cause": "a law",
            "cause_date": f"{cause}-07-01",
            "direction": direction,
            "peer_groups": ["cities-over-1m"],
        }
    )
    assert verdict.label == "not_enough_evidence"
    expected = expected_words(figures, cause, 1 if direction == "rising" else -1)
    if expected["already"] is None and expected["moved"] is None:
        assert verdict.sentence.startswith("No reading can be decided")
        return
    found = said(verdict.sentence, direction)
    assert {name: found[name] for name in ("already", "dates", "places")} == {
        name: expected[name] for name in ("already", "dates", "places")
    }
    for name in ("moved", "peers"):
        assert (found[name] is None) == (expected[name] is None), verdict.sentence
        if expected[name] is not None:
            assert found[name] == pytest.approx(expected[name], abs=0.0501)
    if expected["moved"]:
        assert (found["moved"] > 0) == (expected["moved"] > 0)
        as_claimed = (expected["moved"] > 0) == (direction == "rising")
        assert ("instead" in verdict.sentence) is not as_claimed
    assert verdict.sentence.endswith("Figures cannot prove what caused a change.")
