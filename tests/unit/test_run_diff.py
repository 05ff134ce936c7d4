"""Two runs compared: what flipped, and for which of the possible reasons."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

from checks.claim_models import ClaimFile
from checks.models import Verdict
from checks.run_changes import Changes, markdown
from checks.run_diff import (
    Data,
    Inputs,
    RunDiff,
    changed_data,
    claim_digests,
    compare_runs,
    method_digest,
    method_parts,
)
from checks.verify import claim_files
from datasets.settings import DATASETS_DIR, Settings
from tests.support_report import figure, reading, verdict

OLD, NEW = "fbi_return_a@2023-09-25#aaaaaaaa", "fbi_return_a@2024-09-23#bbbbbbbb"
OTHER = "census_population@2020-05-21#cccccccc"


def inputs(*snapshots: str, **changes: Any) -> Inputs:
    values = {"build": "b", "as_of": None, "snapshots": snapshots, "claims": {}, "method": "m"}
    return Inputs.model_validate({**values, **changes})


def said(label: str, sentence: str = "", *, claim: str = "a1", **more: Any) -> Verdict:
    found = figure("fbi", "murder", "ucr", "chicago-pd", 2016, 768)
    readings = (reading((found,), vintage=dt.date(2024, 9, 23), **more),)
    return verdict(claim, "as said", label=label, sentence=sentence or label, readings=readings)


def compare(
    before: Verdict, after: Verdict, first: Inputs | None, second: Inputs | None
) -> RunDiff:
    return compare_runs([before], [after], (first, second))


def only_reasons(diff: RunDiff) -> tuple[str, ...]:
    [flip] = diff.flips
    return flip.reasons


def test_a_new_vintage_of_a_dataset_that_the_claim_uses_is_the_reason() -> None:
    diff = compare(said("supported"), said("refuted", outcome="fails"), inputs(OLD, OTHER),
                   inputs(OLD, NEW, OTHER))  # fmt: skip
    [flip] = diff.flips
    assert (flip.claim, flip.before, flip.after) == ("a1", "supported", "refuted")
    assert flip.reasons == (
        "fbi_return_a: vintage 2024-09-23 is new (of its stated readings: 1 not true)",
    )
    assert flip.datasets == ("fbi_return_a",)


def test_a_new_vintage_of_another_dataset_is_not() -> None:
    diff = compare(said("supported"), said("refuted"), inputs(OLD), inputs(OLD, OTHER))
    assert diff.data == (Data("census_population", ("2020-05-21",), ()),)
    assert only_reasons(diff) == ("nothing that is recorded differs",)


def test_a_dataset_that_figures_were_divided_by_is_used() -> None:
    keys = ("fbi_return_a|…", "census_population|…")
    rate = figure("fbi", "murder", "ucr", "chicago-pd", 2016, 768)
    rate = rate.model_copy(update={"observation_keys": keys})
    after = said("refuted").model_copy(update={"readings": (reading((rate,)),)})
    diff = compare(said("supported"), after, inputs(OLD), inputs(OLD, OTHER))
    assert only_reasons(diff) == ("census_population: vintage 2020-05-21 is new",)


def test_of_a_claim_that_was_changed_nothing_else_is_said() -> None:
    first, second = inputs(OLD, claims={"a1": "x"}), inputs(NEW, claims={"a1": "y"}, method="n")
    diff = compare(said("supported"), said("refuted"), first, second)
    [flip] = diff.flips
    assert flip.reasons == ("the claim itself was changed: its file says something else now",)
    assert flip.datasets == ()


def test_another_day_and_another_method_are_reasons() -> None:
    second = inputs(OLD, as_of="2017-08-16", method="n")
    reasons = only_reasons(compare(said("supported"), said("refuted"), inputs(OLD), second))
    assert reasons == (
        "read as of everything in the build before, as of 2017-08-16 now",
        "the method changed: SQL, tables of words and weights, declarations or code",
    )


def test_what_a_run_did_not_record_is_not_guessed() -> None:
    diff = compare(said("supported"), said("refuted"), None, inputs(NEW))
    assert only_reasons(diff) == diff.other
    assert "is not known" in diff.other[0]
    assert diff.data == ()


def test_claims_of_one_run_only_and_other_words_under_the_same_label() -> None:
    before = [said("supported", "one", claim="a"), said("refuted", claim="gone")]
    after = [said("supported", "two", claim="a"), said("refuted", claim="new")]
    diff = compare_runs(before, after, (inputs(OLD), inputs(OLD)))
    assert (diff.flips, diff.reworded, diff.added, diff.removed, diff.compared) == (
        (), ("a",), ("new",), ("gone",), 1,
    )  # fmt: skip


def test_vintages_come_go_and_are_replaced() -> None:
    again = NEW.replace("bbbbbbbb", "dddddddd")
    assert [str(d) for d in changed_data(inputs(OLD, NEW), inputs(again, OTHER))] == [
        "census_population: vintage 2020-05-21 is new",
        "fbi_return_a: vintage 2024-09-23 has other bytes, vintage 2023-09-25 is gone",
    ]
    assert changed_data(inputs(OLD, NEW), inputs(NEW, OLD)) == ()


def test_every_word_of_a_claim_is_in_its_digest_but_a_note_is_not(tmp_path: Path) -> None:
    files = claim_files(Settings(var=tmp_path))
    digests = claim_digests(files)
    assert len(digests) == sum(len(file.claims) for file in files) == len(set(digests.values()))
    file = next(file for file in files if file.claims[0].tests)

    def changed(**claim: Any) -> bool:
        first = file.claims[0].model_copy(update=claim)
        other = file.model_copy(update={"claims": (first, *file.claims[1:])})
        return claim_digests([other])[first.id] != digests[first.id]

    assert not changed(note="a remark")
    assert changed(said="other words")
    assert changed(tests=file.claims[0].tests * 2)
    later = file.document.model_copy(update={"published": dt.date(2030, 1, 1)})
    moved: ClaimFile = file.model_copy(update={"document": later})
    assert claim_digests([moved])[file.claims[0].id] != digests[file.claims[0].id]


def test_a_declaration_is_part_of_the_method_and_a_snapshot_is_not(tmp_path: Path) -> None:
    shutil.copytree(DATASETS_DIR / "fbi_return_a", tmp_path / "fbi_return_a")
    before = method_digest(method_parts(tmp_path))
    [manifest] = tmp_path.glob("*/snapshots/*/manifest.json")
    manifest.write_text("{}")
    assert method_digest(method_parts(tmp_path)) == before
    declaration = tmp_path / "fbi_return_a" / "dataset.yml"
    declaration.write_text(declaration.read_text() + "# changed\n")
    assert method_digest(method_parts(tmp_path)) != before


@pytest.mark.parametrize("previous", [None, "20261124T020000Z-1a2b3c"])
def test_a_run_without_changes_says_so(previous: str | None) -> None:
    same = compare(said("supported"), said("supported"), inputs(OLD), inputs(OLD))
    text = markdown(Changes(previous, same if previous else None))
    assert ("Nothing: the same data" if previous else "no earlier run") in text
