"""Writing claims: skeletons, the schema for editors, trying a claim; and what is refused, how."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml

from checks.claim_keys import Names, key, kinds, models, models_by_kind, words_of
from checks.claim_models import ClaimFile
from checks.claim_schema import claims_schema
from checks.claim_template import skeleton
from checks.claims_file import read_claim_file
from checks.readings import SQL_OF_KIND
from datasets.errors import InputError
from datasets.settings import CHECKS_DIR, Settings
from flows.authoring import KINDS, try_claim
from flows.trial import claim_file, options_of
from tests.conftest import Cli

TODAY = dt.date(2017, 8, 16)
CHICAGO = ("--place", "chicago-il", "--measure", "murder", "--period", "2016")
RECORD = ("--kind", "record", *CHICAGO, "--window", "20", "--direction", "highest")
PLACES = (
    *("--kind", "places", "--peer-group", "states", "--measure", "murder"),
    *("--from", "2014", "--to", "2015", "--direction", "up"),
)


def as_json(path: Path) -> Any:
    """A YAML file as an editor sees it: days are texts."""
    return json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))


# Keys and kinds


def test_every_key_of_every_model_has_a_meaning() -> None:
    for model in models():
        if model.__name__ not in ("ClaimFile", "Period"):
            for name in model.model_fields:
                assert key(model.__name__, name).meaning


def test_every_kind_has_a_formula_and_no_other_has() -> None:
    assert kinds()
    assert set(kinds()) == set(models_by_kind()) == set(SQL_OF_KIND)
    assert set(KINDS.choices) == set(kinds())


# Skeletons


@pytest.mark.parametrize("kind", kinds())
def test_a_skeleton_is_valid_as_it_is(cli: Cli, built: Settings, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "draft.yml"
    path.write_text(cli(built, "new-claim", kind, "--document", "mine").stdout, encoding="utf-8")
    result = cli(built, "check-claims", str(path))
    assert result.stdout == f"{path}: ok, 1 claims with 1 tests\n", result.stderr
    file = read_claim_file(path)
    assert (file.document.id, file.claims[0].tests[0].kind) == ("mine", kind)
    jsonschema.validate(as_json(path), claims_schema())


@pytest.mark.parametrize("kind", kinds())
def test_a_skeleton_has_every_key_and_each_works_when_its_mark_is_taken_away(
    tmp_path: Path, kind: str
) -> None:
    text = skeleton(kind)
    shown = set(re.findall(r"^ *(?:- )?#?([a-z_]+):", text, re.MULTILINE))
    assert shown >= set(models_by_kind()[kind].model_fields)
    path = tmp_path / "draft.yml"
    optional = [n for n, line in enumerate(text.splitlines()) if re.match(r" *#[a-z_]+:", line)]
    assert optional
    for number in optional:
        lines = text.splitlines()
        lines[number] = lines[number].replace("#", "", 1)
        path.write_text("\n".join(lines), encoding="utf-8")
        try:
            read_claim_file(path)
        except InputError as error:
            # The key itself is right; it only stands in place of another one that is given.
            for problem in error.problems:
                assert re.search("either|both|or of|go together|needs", problem.message), problem


def test_a_document_id_that_cannot_be_one_is_refused(cli: Cli, built: Settings) -> None:
    result = cli(built, "new-claim", "record", "--document", "My Article")
    assert (result.returncode, result.stdout) == (2, "")
    assert "--document" in result.stderr


# The schema for editors


def test_the_committed_schema_is_the_generated_one(cli: Cli, built: Settings) -> None:
    path = CHECKS_DIR / "schema" / "claims.schema.json"
    printed = cli(built, "schema", "--of", "claims").stdout
    assert path.read_text(encoding="utf-8") == printed, (
        "write it anew: crimeclaims schema --of claims > checks/schema/claims.schema.json"
    )
    assert json.loads(printed) == claims_schema()


def test_all_bundled_claim_files_are_what_the_schema_says() -> None:
    jsonschema.Draft202012Validator.check_schema(claims_schema())
    validator = jsonschema.Draft202012Validator(claims_schema())
    for path in sorted((CHECKS_DIR / "claims").glob("*.yml")):
        assert list(validator.iter_errors(as_json(path))) == [], path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("place: chicago-il", "place: chicgo-il"),
        ("measure: murder", "measure: muder"),
        ("hedge: more than", "hedge: more then"),
        ("period: 2016", "period: 2016-13"),
        ("kind: threshold", "kind: treshold"),
        ("value: 700", "valeu: 700"),
    ],
)
def test_the_schema_refuses_what_check_claims_refuses(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "draft.yml"
    text = skeleton("threshold")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(as_json(path), claims_schema())
    with pytest.raises(InputError):
        read_claim_file(path)


def test_an_editor_completes_from_the_reference_tables() -> None:
    definitions = claims_schema()["$defs"]
    for names in get_args(Names):
        assert definitions[f"{names}_name"]["enum"] == list(words_of(names))


# Trying a claim


def test_a_claim_tried_is_judged_like_the_same_claim_in_a_file(cli: Cli, built: Settings) -> None:
    tried = json.loads(
        cli(built, "try", *RECORD, "--date", "2017-08-16", "--format", "json").stdout
    )
    known = json.loads(cli(built, "explain", "a1", "--format", "json").stdout)
    same = ("label", "sentence", "closest_true", "holds_share", "nearby_support", "readings")
    for name in same:
        assert tried["verdict"][name] == known["verdict"][name]
    used = [[source["used"] for source in found["sources"]] for found in (tried, known)]
    assert used[0] == used[1]


def test_a_claim_tried_is_shown_with_its_formula(cli: Cli, built: Settings) -> None:
    text = " ".join(cli(built, "try", *RECORD, "--said", "the most in 20 years").stdout.split())
    assert "“the most in 20 years”" in text
    assert "closest true highest in 20 years" in text
    assert re.search(r"also true of \d+ of \d+ others \(cities", text)
    assert f"record: true if {kinds()['record'].formula}" in text
    assert "What the words can mean" in text


@pytest.mark.parametrize("kind", kinds())
def test_the_options_of_a_kind_are_options_of_the_command(kind: str) -> None:
    offered = {option[2:] for p in try_claim.params for option in p.opts}
    given = {name for name in options_of(kind) if name != "same-measure"}
    assert given <= offered


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("value", {"period": "2017-01-01..2017-08-15", "value": "433", "hedge": "about"}),
        ("threshold", {"period": "2016", "value": "700", "hedge": "over"}),
        ("threshold", {"from": "2000", "to": "2010", "how-often": "regularly", "value": "400",
                       "hedge": "over"}),
        ("share", {"measure": "murder_clearance_rate", "period": "2016", "value": "1/4"}),
        ("ratio", {"than-place": ("new-york-ny",), "period": "2016", "value": "2"}),
        ("ratio", {"than-window": "1980..1989", "period": "2016", "value": "2"}),
        ("change", {"from": "2015", "to": "2016", "word": "soared"}),
        ("change", {"from": "2015", "to": "2016", "value": "10.8%", "direction": "up"}),
        ("record", {"period": "2016", "since": "1996", "direction": "highest"}),
        ("rank", {"period": "2016", "peer-group": ("cities-over-1m",), "direction": "highest",
                  "nth": "1"}),
        ("trend", {"window": "2013..2016", "direction": "rising", "every-year": True}),
        ("contrast", {"from": "2013", "to": "2016", "direction": "rising",
                      "peer-group": ("cities-over-1m", "cities-over-500k")}),
        ("attribution", {"cause": "a law", "cause-date": "2016-01-01", "direction": "rising",
                         "years-before": "4", "years-after": "2",
                         "peer-group": ("cities-over-1m",)}),
    ],
)  # fmt: skip
def test_every_kind_can_be_made_of_options(kind: str, options: dict[str, Any]) -> None:
    common = {"place": ("Chicago, IL",), "measure": "murder"}
    file = claim_file(kind, {**common, **options}, TODAY)
    assert isinstance(file, ClaimFile)
    test = file.claims[0].tests[0]
    assert test.kind == kind
    assert "chicago-il" in test.model_dump_json()


@pytest.mark.parametrize(
    "options",
    [
        {"from": "2014", "to": "2015", "direction": "up", "how-many": "most"},
        {"from": "2014", "to": "2015", "word": "doubled", "value": "25", "out-of": "30"},
        {"period": "2015", "above": "10", "hedge": "fewer than", "value": "1/3"},
        {"period": "2015", "below": "10", "value": "60%", "also-group": ("states",)},
    ],
)
def test_places_can_be_made_of_options(options: dict[str, Any]) -> None:
    common = {"peer-group": ("cities-over-1m",), "measure": "murder"}
    test = claim_file("places", {**common, **options}, TODAY).claims[0].tests[0]
    assert (test.kind, test.peer_group) == ("places", "cities-over-1m")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], ["--kind"]),
        (["--kind", "recrd"], ["recrd", "record"]),
        (["--kind", "record"], ["--period: is required", "--measure: is required"]),
        (["--kind", "record", *RECORD[4:]], ["--place", "--peer-group"]),
        ([*RECORD, "--place", "miami"], ["--place", "which is meant", "miami-fl", "miami-pd"]),
        ([*RECORD, "--measure", "muder"], ["--measure", 'did you mean "murder"']),
        ([*RECORD, "--direction", "higest"], ["--direction", 'did you mean "highest"']),
        ([*RECORD, "--nth", "2"], ["--nth", "--kind record", "--window"]),
        ([*RECORD, "--window", "1"], ["--window", "greater than or equal to 2"]),
        ([*RECORD, "--period", "66"], ["--period", "1900"]),
        (["--kind", "record", *CHICAGO, "--direction", "highest"], ["--window", "--since"]),
        (["--kind", "value", *CHICAGO, "--value", "-3"], ["--value", '"-3" is not a number']),
        (["--kind", "value", *CHICAGO, "--value", "3", "--hedge", "abuot"], ["--hedge", '"about"']),
        (
            ["--kind", "trend", *CHICAGO[:4], "--window", "2016..2013", "--direction", "rising"],
            ["--window", "must end after"],
        ),
        (
            ["--kind", "trend", *CHICAGO[:4], "--window", "9", "--direction", "rising"],
            ["--window", "2013..2016"],
        ),
        (
            ["--kind", "ratio", *CHICAGO, "--value", "2", "--than-place", "new-york-citi"],
            ["--than-place"],
        ),
        ([*PLACES, "--how-many", "moust"], ["--how-many", 'did you mean "most"']),
        ([*PLACES, "--how-many", "most", "--period", "2015"], ["--from", "--period"]),
        ([*PLACES, "--value", "31", "--out-of", "30"], ['"31" is more than all places']),
        ([*RECORD, "--date", "tomorrow"], ["--date", "tomorrow"]),
    ],
    ids=lambda value: " ".join(value[-2:]),
)
def test_a_wrong_option_is_named(
    cli: Cli, built: Settings, options: list[str], words: list[str]
) -> None:
    result = cli(built, "try", *options)
    assert (result.returncode, result.stdout) == (2, "")
    assert all(word in result.stderr for word in words), result.stderr
    assert "Tuple" not in result.stderr


def test_trying_without_a_build_says_the_next_step(
    cli: Cli, built: Settings, tmp_path: Path
) -> None:
    result = cli(built, "try", *RECORD, env={"CRIMECLAIMS_VAR": str(tmp_path)})
    assert result.returncode == 2
    assert "next: run: crimeclaims run" in result.stderr
