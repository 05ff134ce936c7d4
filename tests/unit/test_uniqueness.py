"""Of how many peers the same sentence is true: which places are counted, in figures worked out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checks.models import Verdict
from tests.support_world import Series, make_world

#: Murders in 2014 and 2016; None: not reported.
CITIES: dict[str, tuple[float | None, float | None]] = {
    "chicago-il": (100.0, 300.0),
    "houston-tx": (100.0, 300.0),
    "dallas-tx": (100.0, 250.0),
    "san-diego-ca": (100.0, 150.0),
    "phoenix-az": (100.0, 200.0),
    "los-angeles-ca": (100.0, 90.0),
    "philadelphia-pa": (0.0, 50.0),
    "new-york-ny": (100.0, None),
}
CHICAGO = {"places": ["chicago-il"], "measure": "murder"}
ASKED: dict[str, dict[str, Any]] = {
    "exactly": {
        "kind": "value", "place": "chicago-il", "measure": "murder", "period": 2016, "value": 300,
    },
    "more than double": {
        "kind": "ratio", "of": CHICAGO | {"period": 2016}, "to": CHICAGO | {"period": 2014},
        "value": 2, "hedge": "more than",
    },
    "twice as many as San Diego": {
        "kind": "ratio", "of": CHICAGO, "to": CHICAGO | {"places": ["san-diego-ca"]},
        "period": 2016, "value": 2,
    },
    "more than two combined": {
        "kind": "ratio", "of": CHICAGO, "to": CHICAGO | {"places": ["san-diego-ca", "phoenix-az"]},
        "period": 2016, "value": 1, "hedge": "more than",
    },
    "two places against one": {
        "kind": "ratio", "of": CHICAGO | {"places": ["chicago-il", "houston-tx"]},
        "to": CHICAGO | {"places": ["dallas-tx"]}, "period": 2016, "value": 2, "hedge": "more than",
    },
    "second highest": {
        "kind": "rank", "place": "chicago-il", "measure": "murder", "period": 2016,
        "peer_group": "cities-over-1m", "direction": "highest", "nth": 2,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    series = [
        Series({2014: then, 2016: now}, dataset="fbi_cius_city", place=place)
        for place, (then, now) in CITIES.items()
    ]
    world = make_world(tmp_path_factory.mktemp("cities"), series)
    verdicts = world.verify_all([[test] for test in ASKED.values()], full=True)
    return dict(zip(ASKED, verdicts, strict=True))


@pytest.mark.parametrize(
    ("name", "peers"),
    [
        # Houston; New York has no figure of 2016
        ("exactly", "1 of 6 others"),
        # Houston 3.0, Dallas 2.5; not Phoenix 2.0, San Diego 1.5 and Los Angeles 0.9. New York has
        # no figure of 2016, and Philadelphia's of 2014 is zero
        ("more than double", "2 of 5 others"),
        # "2" is 1.5 to 2.5: Houston 2.0, Dallas 1.7; not Phoenix 1.3, Los Angeles 0.6, Philadelphia
        # 0.3. San Diego is no peer: it would be held against itself
        ("twice as many as San Diego", "2 of 5 others"),
        # against 350: none of Houston, Dallas, Los Angeles and Philadelphia, which are too few
        ("more than two combined", None),
        ("two places against one", None),
        # it compares with peers itself
        ("second highest", None),
    ],
)
def test_the_same_sentence_is_asked_of_each_peer_that_has_the_figures(
    asked: dict[str, Verdict], name: str, peers: str | None
) -> None:
    verdict = asked[name]
    assert verdict.holds_share is not None
    shown = verdict.peers and verdict.peers.partition(" (")[0]
    assert shown == peers
    assert (verdict.uniqueness is None) == (peers is None)


def test_an_exact_count_that_no_peer_has_is_no_weakness(asked: dict[str, Verdict]) -> None:
    """Nearly every number is of one place alone: it makes a claim neither better nor worse."""
    verdict = asked["exactly"]
    assert verdict.uniqueness == pytest.approx(1 / 6)
    assert verdict.label == "supported"
    assert "cherry_picked" not in verdict.caveats


def test_what_lies_in_a_place_is_no_peer_of_it(tmp_path: Path) -> None:
    """The county's police are among the large agencies, and so are the police of Miami in it."""
    murders = {
        "miami-dade-pd": 90.0, "miami-pd": 95.0, "houston-pd": 80.0, "dallas-pd": 110.0,
        "phoenix-pd": 120.0, "san-diego-pd": 130.0, "los-angeles-pd": 70.0,
    }  # fmt: skip
    world = make_world(tmp_path, [Series({2015: n}, place=place) for place, n in murders.items()])
    test = {"kind": "threshold", "measure": "murder", "period": 2015, "value": 85}
    verdicts = world.verify_all(
        [
            [test | {"place": place, "hedge": "more than"}]
            for place in ("miami-dade-county-fl", "miami-pd")
        ],
        full=True,
    )
    county, city = (str(verdict.peers).partition(" (")[0] for verdict in verdicts)
    # Dallas, Phoenix and San Diego; not Houston and Los Angeles
    assert county == "3 of 5 others"
    # of the police of Miami, the county's are a peer like any other
    assert city == "4 of 6 others"
