"""Claims that cannot be true or cannot be read: a clear answer, no crash, no wrong "supported"."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from checks.claim_template import skeleton
from checks.claims_file import read_claim_files
from datasets.errors import InputError
from datasets.settings import Settings
from datasets.warehouse import writer
from tests.support_world import Series, make_world

CLAIM = """\
  - id: c{}
    said: something was so
    tests:
      - {{kind: value, says: something, place: {}, measure: murder, period: 2016, value: 1}}
"""


def record(**keys: Any) -> dict[str, Any]:
    common = {"kind": "record", "place": "chicago-il", "measure": "murder", "direction": "highest"}
    return {**common, "year": 2016, "years": 3, **keys}


def labelled(verdict: Any) -> tuple[str, str]:
    return verdict.label, verdict.sentence


def test_a_claim_without_data_says_so(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2016: 1.0})])
    verdict = world.verify(record(place="aurora-co"))
    assert verdict.label == "not_enough_evidence"
    assert "no source has a figure" in verdict.sentence
    assert verdict.readings == ()


def test_a_window_that_reaches_before_the_series_makes_no_record_true(tmp_path: Path) -> None:
    world = make_world(tmp_path, [Series({2014: 1.0, 2015: 2.0, 2016: 3.0})])
    assert world.verify(record(years=2)).label == "supported"
    verdict = world.verify(record(years=20))
    assert verdict.label == "not_enough_evidence"
    assert "have no figure" in verdict.sentence
    assert world.verify(record(years=20, direction="lowest")).label == "refuted"


@pytest.mark.parametrize(
    "test",
    [
        {"kind": "change", "start": 2015, "end": 2016, "word": "doubled"},
        {"kind": "change", "start": 2015, "end": 2016, "value": "0%", "direction": "up"},
        {"kind": "trend", "direction": "rising", "window": {"start": 2014, "end": 2015}},
        {"kind": "attribution", "cause": "it", "cause_date": "2016-01-01", "direction": "rising",
         "years_before": 2},
    ],
    ids=lambda test: f"{test['kind']} {test.get('word', '')}",
)  # fmt: skip
def test_from_zero_nothing_follows(tmp_path: Path, test: dict[str, Any]) -> None:
    world = make_world(tmp_path, [Series({2014: 0.0, 2015: 0.0, 2016: 5.0})])
    verdict = world.verify({"place": "chicago-il", "measure": "murder", **test})
    assert verdict.label != "supported", labelled(verdict)
    assert "nan" not in verdict.sentence
    assert "inf " not in verdict.sentence


@pytest.mark.parametrize("below", [{2016: 0.0}, {2016: None}, {2015: 1.0}], ids=str)
def test_nothing_is_so_many_times_zero_or_nothing(tmp_path: Path, below: Any) -> None:
    sides = [Series({2016: 5.0}), Series(below, place="new-york-ny")]
    of, to = ({"places": [p], "measure": "murder"} for p in ("chicago-il", "new-york-ny"))
    world = make_world(tmp_path, sides)
    for hedge in ("more than", "less than"):
        test = {"kind": "ratio", "of": of, "to": to, "period": 2016, "value": 2, "hedge": hedge}
        assert world.verify(test).label == "not_enough_evidence"


def test_a_group_of_one_has_no_order_and_moves_against_nobody(tmp_path: Path) -> None:
    years = {2015: 1.0, 2016: 9.0}
    world = make_world(
        tmp_path, [Series(years), Series({2015: 9.0, 2016: 1.0}, place="new-york-ny")]
    )
    with writer(Settings(var=tmp_path), world.build.path) as con:
        con.execute("DELETE FROM core.peer_group WHERE peer_group = 'cities-over-1m'")
        con.execute("INSERT INTO core.peer_group VALUES ('cities-over-1m', 'new-york-ny', 'x')")
    common = {"place": "chicago-il", "measure": "murder"}
    rank = {"kind": "rank", "peer_group": "cities-over-1m", "direction": "highest", "nth": 1}
    contrast = {"kind": "contrast", "peer_groups": ["cities-over-1m"], "direction": "rising"}
    window = {"window": {"start": 2015, "end": 2016}}
    for test in (rank | {"period": 2016}, contrast | window):
        verdict = world.verify({**common, **test})
        assert verdict.label == "not_enough_evidence", labelled(verdict)


@pytest.mark.parametrize(
    ("hedge", "value", "label"),
    [
        ("more than", "999,999 billion", "refuted"),
        ("fewer than", "999,999 billion", "supported"),
        ("more than", 0, "supported"),
        ("fewer than", 0, "refuted"),
    ],
)
def test_absurd_thresholds_are_only_compared(
    tmp_path: Path, hedge: str, value: Any, label: str
) -> None:
    world = make_world(tmp_path, [Series({2016: 5.0})])
    common = {"kind": "threshold", "place": "chicago-il", "measure": "murder", "period": 2016}
    verdict = world.verify({**common, "hedge": hedge, "value": value})
    assert verdict.label == label, labelled(verdict)


@pytest.mark.parametrize("value", ["-5", "1/0", ".inf", ".nan", "1e400", "9" * 400, "''", "[1]"])
def test_what_is_no_number_is_refused(tmp_path: Path, value: str) -> None:
    path = tmp_path / "draft.yml"
    path.write_text(skeleton("value").replace("value: 768", f"value: {value}"), encoding="utf-8")
    with pytest.raises(InputError, match=r"draft\.yml:\d+: "):
        read_claim_files([path])


# Large and hostile files


def many(folder: Path, claims: list[str]) -> Path:
    path = folder / "many.yml"
    head = skeleton("value").partition("\nclaims:\n")[0]
    path.write_text(f"{head}\nclaims:\n{''.join(claims)}", encoding="utf-8")
    return path


def test_ten_thousand_claims_are_checked_in_seconds(tmp_path: Path) -> None:
    path = many(tmp_path, [CLAIM.format(n, "chicago-il") for n in range(10_000)])
    start = time.monotonic()
    [file] = read_claim_files([path])
    assert len(file.claims) == 10_000
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(("id_", "place"), [(0, "chicago-il"), (None, "chicgo-il")])
def test_many_mistakes_take_no_longer_than_one(tmp_path: Path, id_: int | None, place: str) -> None:
    names = [n if id_ is None else id_ for n in range(3_000)]
    path = many(tmp_path, [CLAIM.format(n, place) for n in names])
    start = time.monotonic()
    with pytest.raises(InputError) as error:
        read_claim_files([path])
    assert len(error.value.problems) >= 2_999
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    "text",
    ["[" * 400_000 + "]" * 400_000, "a: " + "{a: " * 500 + "1" + "}" * 500, "- " * 100_000,
     "\n".join(" " * n + "a:" for n in range(2_000))],
    ids=["brackets", "braces", "dashes", "indents"],
)  # fmt: skip
def test_nesting_without_end_is_refused_before_the_parser_dies(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deep.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"deep\.yml:\d+: is nested too deeply"):
        read_claim_files([path])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("hedge: more than", "hedge: more then", r":\d+: hedge: .*did you mean \"more than\""),
        ("start: 2013, end: 2016", "start: 2013, end: 20166", r":\d+: end: Input should be less"),
        ("start: 2013, end: 2016", "start: 2016, end: 2013", r":\d+: window: a window must end"),
    ],
)
def test_one_mistake_is_one_problem_at_its_own_key(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    text = skeleton("threshold" if "hedge" in old else "trend")
    assert old in text
    path = tmp_path / "draft.yml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    line = next(n for n, each in enumerate(path.read_text().splitlines(), start=1) if new in each)
    with pytest.raises(InputError, match=words) as error:
        read_claim_files([path])
    assert [problem.line for problem in error.value.problems] == [line]
