"""What is told of a closed gate, of flipped verdicts and of a failed run, and what a state says."""

from __future__ import annotations

import pytest

from checks.run_changes import Changes
from checks.run_diff import Flip, RunDiff
from datasets.errors import CrimeclaimsError, GateClosed, InputError
from flows import notices, runs

RUN = runs.Run("20260101T000000Z-abcdef", "2026-01-01T00:00:00+00:00", "auto", None, build="b1")


def flip(claim: str, *reasons: str) -> Flip:
    return Flip(claim, "words", "supported", "refuted", "was", "is", reasons, ("fbi_cde",))


def changes(*flips: Flip) -> Changes:
    return Changes("earlier", RunDiff((), (), flips, (), (), (), len(flips)))


def test_a_closed_gate_names_datasets_and_reasons() -> None:
    error = GateClosed("closed:\n  a failed\n  b failed", datasets=["x"], reasons=["a failed", "b"])
    notice = notices.of_error(RUN, "b2", error)
    assert (notice.event, notice.build) == ("crimeclaims.gate.closed", "b2")
    assert (notice.datasets, notice.reasons, notice.count) == (("x",), ("a failed", "b"), 2)
    assert notice.summary.endswith("the last good build stays: a failed and 1 more")


def test_another_error_is_a_failed_run() -> None:
    notice = notices.of_error(RUN, None, CrimeclaimsError("no disk\n  left"))
    assert (notice.event, notice.reasons) == ("crimeclaims.run.failed", ("no disk",))


def test_flips_are_told_once_a_run_with_each_reason_once() -> None:
    notice = notices.of_flips(RUN, changes(flip("a1", "new data"), flip("b2", "new data", "sql")))
    assert notice is not None
    assert (notice.claims, notice.datasets) == (("a1", "b2"), ("fbi_cde",))
    assert notice.reasons == ("new data", "sql")
    assert notice.flips[1]["reasons"] == ["new data", "sql"]
    assert notice.summary == (
        "2 verdicts flipped since run earlier: a1: supported → refuted; b2: supported → refuted"
    )


def test_nothing_is_told_of_no_flip_and_not_everything_of_thousands() -> None:
    assert notices.of_flips(RUN, changes()) is None
    assert notices.of_flips(RUN, Changes(None, None)) is None
    many = notices.of_flips(RUN, changes(*(flip(f"c{n}", "x") for n in range(5000))))
    assert many is not None
    assert (many.count, len(many.flips), len(many.claims)) == (5000, 100, 100)
    assert "5,000 verdicts flipped" in many.summary
    assert "and 4,997 more" in many.summary


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            GateClosed(
                "closed: build x is not published\n  c failed\n  d failed",
                reasons=["c failed", "d failed"],
                next_step="see y",
            ),
            "Gate closed: c failed and 1 more. Nothing was published, the last good build stays "
            "in use.\n- c failed\n- d failed\nNext: see y",
        ),
        (
            GateClosed("too old:\n  d: 9 days"),
            "Gate closed: too old. Nothing was published, the last good build stays in use.\n"
            "- d: 9 days",
        ),
        (InputError("no claim", next_step="list them"), "no claim.\nNext: list them"),
    ],
)
def test_a_state_says_what_happened_and_what_to_do(error: CrimeclaimsError, said: str) -> None:
    assert notices.reason(error) == said
