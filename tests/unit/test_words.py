"""Numbers as the report writes them."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import columns, quantity, words
from datasets import errors
from flows import verdicts
from flows.output import emit, hanging, labelled, plain_table


@pytest.mark.parametrize("module", [words, quantity, errors, verdicts, columns])
def test_the_examples_in_docstrings_are_true(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@given(st.floats(0.001, 1e6), st.floats(0.001, 1e6))
def test_a_rounded_number_never_crosses_its_bound(value: float, bound: float) -> None:
    for unit in ("percent", "ratio", "count", "per_100k"):
        text = words.number_against(value, unit, [bound])
        shown = float(text.split(" ")[0].replace(",", "").rstrip("%"))
        if abs(value - bound) > 1e-8 * bound:
            assert (shown > bound) == (value > bound)


def test_a_text_that_would_be_squeezed_stands_below_its_row() -> None:
    text = "a sentence that is long enough to need more than one line " * 2
    wide = plain_table(["id", "why"], [("a", text)], 80)
    assert wide.splitlines()[0].split() == ["id", "why"]
    narrow = plain_table(["id", "label", "why"], [("x" * 30, "y" * 20, text)], 80)
    head, _, row, *below = narrow.splitlines()
    assert head.split() == ["id", "label"]
    assert row.split() == ["x" * 30, "y" * 20]
    assert all(line.startswith("    ") for line in below)
    assert " ".join(" ".join(below).split()) == " ".join(text.split())
    assert max(map(len, narrow.splitlines())) <= 80


@given(st.lists(st.text("abé“,-", min_size=1, max_size=60)))
def test_text_beside_a_word_stays_whole_and_within_80_columns(texts: list[str]) -> None:
    text = " ".join(texts)
    for shown, word in ((labelled("why", text), "why"), (hanging(text), "")):
        assert max(map(len, shown.splitlines())) <= 80
        assert " ".join(shown.split()).removeprefix(word).strip() == " ".join(text.split())


def test_csv_on_a_terminal_has_no_formula_but_a_query_is_answered_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    emit(["said", "value"], [("=1+1", -2.5)], "csv")
    assert capsys.readouterr().out == "said,value\n'=1+1,-2.5\n"
    emit(["said", "value"], [("=1+1", -2.5)], "csv", wrap=False)
    assert capsys.readouterr().out == "said,value\n=1+1,-2.5\n"
