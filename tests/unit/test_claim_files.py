"""Claim files: every problem at once, with file, line, field and the nearest valid word."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.claims_file import load_claims, read_claim_file, read_claim_files
from datasets.errors import InputError
from datasets.settings import CHECKS_DIR

GOOD = """\
document:
  id: made-up
  title: Made up
  speaker: Nobody
  published: 2017-08-16
  outlet: Nowhere
  kind: speech
claims:
  - id: x1
    said: more than 433 people
    tests:
      - kind: threshold
        says: more than 433 people
        place: chicago-il
        measure: murder
        period: 2016
        hedge: more than
        value: 433
"""


def write(folder: Path, text: str, name: str = "claims.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as error:
        read_claim_file(write(folder, text))
    return [str(problem) for problem in error.value.problems] or [str(error.value)]


def test_the_good_file_is_good(tmp_path: Path) -> None:
    assert read_claim_file(write(tmp_path, GOOD)).claims[0].id == "x1"


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("hedge: more than", "hegde: more than", 17, 'did you mean "hedge"'),
        ("kind: threshold", "kind: treshold", 12, "threshold"),
        ("measure: murder", "measure: muder", 15, 'did you mean "murder"'),
        ("place: chicago-il", "place: chicago", 14, "which is meant: chicago-il"),
        ("place: chicago-il", "place: chicgo-il", 14, 'did you mean "chicago-il"'),
        ("place: chicago-il", "place: aurora", 14, "aurora-co, aurora-co-pd, aurora-il?"),
        ("hedge: more than", "hedge: more then", 17, 'did you mean "more than"'),
        ("period: 2016", "period: 2016-02-01..2016-02-30", 16, "day is out of range"),
        ("period: 2016", "period: 2016-03-01..2016-02-01", 16, "ends before it begins"),
        ("period: 2016", "period: 1066", 16, "not a year between"),
        ("period: 2016", "window: 2013..2016", 16, "{start: 2013, end: 2016}"),
        ("period: 2016", "window: 2016", 16, "{start: 2013, end: 2016}"),
        ("value: 433", "value: lots", 18, "is not a number"),
        ("value: 433", "value: -433", 18, "is not a number"),
        ("published: 2017-08-16", "published: 2017-02-30", 5, "not possible"),
        ("published: 2017-08-16", "published: 2017", 5, '"2017" is not a day: 2017-08-16'),
        ("kind: speech", "kind: speach", 7, 'did you mean "speech"'),
        ("id: x1", "id: X 1", 9, "should match pattern"),
        ("said: more than 433 people", "said: hm", 10, "at least 3 characters"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, expected: str
) -> None:
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert any(f"claims.yml:{line}:" in p and expected in p for p in found), found


def test_a_year_that_is_a_month_is_no_whole_number(tmp_path: Path) -> None:
    record = GOOD.replace("kind: threshold", "kind: record").replace(
        "period: 2016", "year: 2016-08"
    )
    found = problems(tmp_path, record)
    assert any('"2016-08" is not a whole number' in p for p in found), found


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    text = (
        GOOD.replace("murder", "muder").replace("chicago-il", "chicgo-il").replace("hedge", "hege")
    )
    assert len(problems(tmp_path, text)) >= 3


def test_tests_and_a_reason_why_there_are_none_exclude_each_other(tmp_path: Path) -> None:
    both = GOOD.replace("    tests:", "    uncheckable: nothing can be said of it\n    tests:")
    assert any("either" in p for p in problems(tmp_path, both))


def test_a_share_is_of_a_whole(tmp_path: Path) -> None:
    text = GOOD.replace("kind: threshold", "kind: share")
    assert any("is not a share of a whole" in p for p in problems(tmp_path, text))


def test_a_number_that_cannot_be_read_is_named_by_its_key(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, GOOD.replace("value: 433", "value: -5%"))
    assert 'claims.yml:18: value: "-5%" is not a number such as' in problem


def test_a_count_is_not_in_percent(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, GOOD.replace("value: 433", "value: 60%"))
    assert problem.endswith('claims.yml:18: value: "60%" is in percent, but "murder" in count')
    text = GOOD.replace("measure: murder", "measure: murder_change_pct")
    assert read_claim_file(write(tmp_path, text.replace("value: 433", "value: 60%")))


OVERLAP = "overlap: what they share would count twice"


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ("chicago-il, dallas-tx, chicago-il", '"chicago-il" is listed twice'),
        ("chicago-il, chicago-pd", f'"chicago-il" and "chicago-pd" {OVERLAP}'),
        ("illinois, chicago-pd", f'"illinois" and "chicago-pd" {OVERLAP}'),
        ("chicago-il, united-states", f'"chicago-il" and "united-states" {OVERLAP}'),
        ("chicago-il, cook-county-il", f'"chicago-il" and "cook-county-il" {OVERLAP}'),
        ("miami-fl, miami-dade-county-fl", f'"miami-fl" and "miami-dade-county-fl" {OVERLAP}'),
    ],
)
def test_places_with_people_in_common_are_not_added(tmp_path: Path, places: str, said: str) -> None:
    """Chicago and its police department had 1,536 murders in 2016, twice 768."""
    text = GOOD.replace("place: chicago-il", f"place: [{places}]")
    [problem] = problems(tmp_path, text)
    assert problem.endswith(f"claims.yml:14: place: {said}")
    side = "{places: [%s], measure: murder}"
    ratio = f"kind: ratio\n        to: {side % places}\n        of: {side % 'new-york-ny'}"
    text = GOOD.replace("kind: threshold", ratio)
    text = text.replace("        place: chicago-il\n        measure: murder\n", "")
    [problem] = problems(tmp_path, text)
    assert problem.endswith(f"places: {said}")


@pytest.mark.parametrize(
    "places", ["chicago-il, new-york-ny", "miami-dade-pd, miami-fl", "miami-fl, jacksonville-fl"]
)
def test_places_apart_are_added(tmp_path: Path, places: str) -> None:
    text = GOOD.replace("place: chicago-il", f"place: [{places}]")
    assert read_claim_file(write(tmp_path, text))


def test_an_id_used_twice_is_refused_in_one_file_and_across_files(tmp_path: Path) -> None:
    second = GOOD[GOOD.index("  - id: x1") :]
    with pytest.raises(InputError, match='claim "x1" is also in this file'):
        read_claim_files([write(tmp_path, GOOD + second)])
    one = write(tmp_path, GOOD, "one.yml")
    two = write(tmp_path, GOOD.replace("made-up", "made-up-too"), "two.yml")
    with pytest.raises(InputError, match=r"is also in .*one\.yml"):
        read_claim_files([one, two])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x [1]\nb: *x\n", "aliases"),
        ("a: 1\na: 2\n", "given twice"),
        ("a: [1\n", "not valid YAML"),
        ("a: !!python/object/apply:os.system [ls]\n", "unknown key"),  # plain data to us
        ("1: x\n", "is not a word"),
        ("", "valid"),
        ("just words\n", "valid"),
    ],
)
def test_yaml_that_could_hurt_or_mislead_is_refused(
    tmp_path: Path, text: str, expected: str
) -> None:
    with pytest.raises(InputError, match=expected):
        read_claim_file(write(tmp_path, text))


def test_a_bomb_of_aliases_costs_nothing(tmp_path: Path) -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [
        f"{c}: &{c} [{','.join(['*' + p] * 9)}]"
        for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    with pytest.raises(InputError, match="aliases"):
        read_claim_file(write(tmp_path, "\n".join(lines)))


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yml"
    path.write_bytes(GOOD.replace("Nobody", "Nobodí").encode("latin-1"))
    with pytest.raises(InputError, match=r"latin\.yml:4: is not UTF-8"):
        read_claim_file(path)


def test_the_bundled_claims_quote_at_most_a_sentence() -> None:
    for file in load_claims(CHECKS_DIR / "claims"):
        for claim in file.claims:
            inner = claim.said.strip().rstrip(".!?")
            assert ". " not in inner, claim.id
            assert len(claim.said) < 300, claim.id
