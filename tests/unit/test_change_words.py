"""Changes as people word them: where a word begins to be true, and what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support_world import Series, make_world

CHANGE: dict[str, Any] = {
    "kind": "change",
    "place": "chicago-il",
    "measure": "murder",
    "start": 2014,
    "end": 2016,
    "years_named": True,
}


@pytest.mark.parametrize(
    ("end", "word", "outcome"),
    [
        (200.0, "more than doubled", "fails"),
        (201.0, "more than doubled", "holds"),
        (200.0, "doubled", "holds"),
        (120.0, "soared", "holds"),
        (100.0, "up", "fails"),
        (100.0, "down", "fails"),
    ],
)
def test_a_word_for_a_change_begins_where_its_words_say(
    tmp_path: Path, end: float, word: str, outcome: str
) -> None:
    world = make_world(tmp_path, [Series({2014: 100.0, 2016: end})])
    verdict = world.verify({**CHANGE, "word": word})
    assert {r.outcome for r in verdict.readings if r.stated} == {outcome}


def test_what_is_missing_on_both_sides_is_said_once(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2014: None, 2015: 1.0, 2016: None})])
    verdict = world.verify({**CHANGE, "word": "up"})
    assert verdict.sentence == "No reading can be decided: the figure was not reported."
