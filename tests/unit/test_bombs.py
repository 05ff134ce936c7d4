"""Files that are small and cost much, or say two things at once: each is refused in a line."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.claims_file import read_claim_file
from checks.validation.suites import load_suites
from datasets import strict_json
from datasets.answers import read_json
from datasets.archive import MANIFEST, read_manifest
from datasets.catalog import load_catalog
from datasets.errors import InputError, SourceWrong
from datasets.settings import CHECKS_DIR, DATASETS_DIR, Settings
from datasets.warehouse import current_build
from datasets.workbook import check_workbook
from flows import runs
from tests.support_xls import xls

BUNDLED = DATASETS_DIR / "fbi_return_a" / "snapshots" / "2024-09-23" / MANIFEST


def as_claims(path: Path, text: str) -> Any:
    whole = (CHECKS_DIR / "claims" / "dcnf-2017-08-16.yml").read_text(encoding="utf-8")
    (path / "x.yml").write_text(f"{text}\n{whole}", encoding="utf-8")
    return read_claim_file(path / "x.yml")


def as_dataset(path: Path, text: str) -> Any:
    whole = (DATASETS_DIR / "cited_figures" / "dataset.yml").read_text(encoding="utf-8")
    (path / "cited_figures").mkdir()
    (path / "cited_figures" / "dataset.yml").write_text(f"{text}\n{whole}", encoding="utf-8")
    return load_catalog(path)


def as_suite(path: Path, text: str) -> Any:
    whole = (CHECKS_DIR / "validation" / "suites" / "rtci.yml").read_text(encoding="utf-8")
    (path / "rtci.yml").write_text(f"{text}\n{whole}", encoding="utf-8")
    return load_suites(path)


ALIASES = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
YAML_BOMBS = {
    "aliases": ALIASES,
    "itself": "a: &a [*a]",
    "nesting": "a: " + "[" * 100_000,
    "name twice": "b: 1\nb: 2",
    "decimal": f"b: {'9' * 200_000}",
    "hexadecimal": f"b: 0x{'f' * 200_000}",
    "base sixty": f"b: 1{':1' * 20_000}",
    "base sixty, a fraction": f"b: 1{':1' * 2_000}.5",
    "number that is none": "b: !!int ''",
    "moment that is none": "b: !!timestamp x",
    "truth that is none": "b: !!bool x",
    "key that is none": "? !!int x\n: 1",
    "object": "b: !!python/object/apply:os.system [exit]",
}


@pytest.mark.parametrize("kind", [as_claims, as_dataset, as_suite])
@pytest.mark.parametrize("bomb", YAML_BOMBS)
def test_a_bomb_of_yaml_is_refused_with_its_line(
    tmp_path: Path, kind: Callable[[Path, str], Any], bomb: str
) -> None:
    """Not with another error than that of bad input, which would end in a traceback."""
    with pytest.raises(InputError) as caught:
        kind(tmp_path, YAML_BOMBS[bomb])
    assert ".yml:" in str(caught.value) or "b" in str(caught.value)
    assert len(str(caught.value)) < 300_000


JSON_BOMBS = {
    "nesting": '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "name twice": '{"dataset": "a", "dataset": "b"}',
    "digits": '{"a": ' + "9" * 100_000 + "}",
    "no number": '{"a": NaN}',
    "infinity": '{"a": -Infinity}',
}


@pytest.mark.parametrize("bomb", JSON_BOMBS)
def test_a_bomb_of_json_is_no_manifest_no_record_and_no_build(tmp_path: Path, bomb: str) -> None:
    settings = Settings(var=tmp_path)
    manifest = tmp_path / MANIFEST
    record = settings.runs_dir / "20261125T020000Z-aaaaaa" / runs.RECORD
    pointer = settings.builds_dir / "current.json"
    for path in (manifest, record, pointer):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(JSON_BOMBS[bomb], encoding="utf-8")
    with pytest.raises(InputError, match="is not a readable manifest"):
        read_manifest(manifest, load_catalog(DATASETS_DIR)["fbi_return_a"])
    with pytest.raises(InputError, match="is not readable"):
        current_build(settings)
    assert list(runs.all_runs(settings)) == []


def test_a_manifest_of_many_megabytes_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(BUNDLED, tmp_path)
    dataset = load_catalog(DATASETS_DIR)["fbi_return_a"]
    assert read_manifest(tmp_path / MANIFEST, dataset).dataset == "fbi_return_a"
    monkeypatch.setattr("datasets.archive.MAX_MANIFEST_BYTES", 100)
    with pytest.raises(InputError, match="is no manifest: it has"):
        read_manifest(tmp_path / MANIFEST, dataset)


@pytest.mark.parametrize("bomb", ["nesting", "name twice", "no number", "infinity"])
def test_a_bomb_in_an_answer_is_of_the_wrong_type(tmp_path: Path, bomb: str) -> None:
    """And is not asked for again, as an answer that was cut off is."""
    path = tmp_path / "answer.json"
    path.write_text(JSON_BOMBS[bomb], encoding="utf-8")
    with pytest.raises(SourceWrong, match="JSON that cannot be read") as caught:
        read_json(path, "json")
    assert (caught.value.fault, caught.value.transient) == ("type", False)


def far_apart_xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "State"
    book.worksheets[0].cell(1_048_576, 16_384, 1)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (far_apart_xlsx(), "takes more than 2,000,000,000 bytes"),
        (xls([["State"], *[[]] * 65_533, [None] * 65_534 + [1]]), "takes more than 2,000,000,000"),
        (xls([["State"], *[[]] * 60_000, [None] * 200 + [1]]), "a sheet of 12,000,200 cells"),
        (xls([["State"] * 100] * 100)[:-1000], "cannot be read"),
        (b"PK\x03\x04 half a file", "cannot be read"),
    ],
    ids=["xlsx with two cells", "xls with two cells", "empty cells", "cut off", "no workbook"],
)
def test_a_workbook_that_would_end_its_reader_is_refused(
    tmp_path: Path, content: bytes, says: str
) -> None:
    assert len(content) < 10_000_000
    path = tmp_path / ("a.xlsx" if content[:2] == b"PK" else "a.xls")
    path.write_bytes(content)
    with pytest.raises(SourceWrong) as refused:
        check_workbook(path)
    assert says in str(refused.value)


def test_a_sound_workbook_is_not_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(xls([["State", "City"], [None, 1.5]]))
    check_workbook(path)


def test_digits_of_an_answer_are_a_text(tmp_path: Path) -> None:
    """They cost nothing until somebody counts with them, which the table's types then refuse."""
    path = tmp_path / "answer.json"
    path.write_text(JSON_BOMBS["digits"], encoding="utf-8")
    assert read_json(path, "object") == {"a": "9" * 100_000}


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)  # fmt: skip


@given(plain)
def test_json_that_is_sound_reads_as_it_always_did(value: Any) -> None:
    assert strict_json.loads(json.dumps(value)) == value
