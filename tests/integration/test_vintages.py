"""Which figures moved between two vintages: by hand, by loops over the figures, and as printed."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from datasets.errors import InputError
from datasets.settings import Settings
from datasets.vintages import Comparison, compare, pair, vintages
from datasets.warehouse import current_build, reader
from tests.conftest import Cli
from tests.support_world import Series, make_world

D = dt.date
OLD, NEW = D(2016, 1, 1), D(2017, 1, 1)


def compared(folder: Path, before: dict[int, float | None], after: dict[int, float | None],
             limit: int = 0, revision: str = "whole") -> Comparison:  # fmt: skip
    world = make_world(
        folder,
        [
            Series(before, vintage=str(OLD), revision=revision),
            Series(after, vintage=str(NEW), revision=revision),
        ],
    )
    with reader(world.settings, world.build.path) as con:
        return compare(con, "fbi_return_a", OLD, NEW, limit)


def test_a_figure_is_revised_new_withdrawn_or_of_another_status(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        {2010: 100, 2011: 200, 2012: 0, 2013: None, 2014: 7, 2015: 8, 2009: None},
        {2010: 150, 2011: 200, 2012: 5, 2013: 300, 2015: None, 2016: 9, 2009: None},
    )
    moved = {
        f.period_start.year: (f.change, f.before, f.after, f.difference, f.percent)
        for f in found.figures
    }
    assert moved == {
        2010: ("revised", 100, 150, 50, 50),
        2012: ("revised", 0, 5, 5, None),  # of nothing there is no percentage
        2013: ("status", None, 300, None, None),
        2014: ("withdrawn", 7, None, None, None),
        2015: ("status", 8, None, None, None),
        2016: ("new", None, 9, None, None),
    }
    assert [f.period_start.year for f in found.figures][:2] == [2012, 2010]  # the largest first
    assert found.counts == {"revised": 2, "status": 2, "withdrawn": 1, "new": 1}
    assert (found.compared, found.moved) == (8, 6)
    revised = found.groups[0]
    assert (revised.measure, revised.figures, revised.compared) == ("murder", 2, 8)
    assert (revised.period_start, revised.period_end) == (D(2010, 1, 1), D(2012, 12, 31))
    assert (revised.least, revised.most) == (50, 50)


def test_a_limit_leaves_out_figures_and_counts_them_all(tmp_path: Path) -> None:
    found = compared(tmp_path, {2010: 100, 2011: 100}, {2010: 101, 2011: 150}, limit=1)
    assert [(f.period_start.year, f.after) for f in found.figures] == [(2011, 150)]
    assert (found.moved, found.counts) == (2, {"revised": 2})


def test_an_edition_that_adds_years_does_not_withdraw_the_others(tmp_path: Path) -> None:
    found = compared(tmp_path, {2010: 1, 2011: 2}, {2011: 3, 2012: 4}, revision="append")
    assert [(f.change, f.period_start.year) for f in found.figures] == [
        ("revised", 2011),
        ("new", 2012),
    ]


def test_what_was_only_published_later_counts_as_new(tmp_path: Path) -> None:
    """A series of 2012 that a later edition carries back to 2010 was not known then."""
    found = compared(tmp_path, {2012: 4}, {2010: 1, 2012: 4}, revision="append")
    assert [(f.change, f.period_start.year) for f in found.figures] == [("new", 2010)]


def test_equal_vintages_have_nothing_that_moved(tmp_path: Path) -> None:
    found = compared(tmp_path, {2010: 1, 2011: None}, {2010: 1, 2011: None})
    assert (found.compared, found.moved, found.figures, found.counts) == (2, 0, (), {})
    assert found.sentence.endswith("of 2 published figures none moved")


def whole_states(settings: Settings, dataset: str, vintage: D) -> dict[tuple[Any, ...], Any]:
    """The figures of one snapshot of a dataset whose snapshots restate all of it."""
    with reader(settings, current_build(settings).path, sandboxed=False) as con:
        rows = con.execute(
            "SELECT measure, definition, place, period_start, period_end, value, status "
            "FROM core.observation WHERE dataset = ? AND vintage = ?",
            [dataset, vintage],
        ).fetchall()
    return {row[:5]: row[5:] for row in rows}


def test_the_bundled_exports_of_the_portal_by_loops_over_their_figures(built: Settings) -> None:
    dataset, old, new = "chicago_homicides", D(2019, 10, 12), D(2024, 5, 3)
    before, after = (whole_states(built, dataset, vintage) for vintage in (old, new))
    expected: Counter[str] = Counter()
    values = {}
    for key in before.keys() | after.keys():
        a, b = before.get(key), after.get(key)
        if a == b:
            continue
        change = (
            *(["new"] if a is None else []),
            *(["withdrawn"] if b is None else []),
            *(["status"] if a and b and a[1] != b[1] else []),
            *(["revised"] if a and b and a[1] == b[1] == "final" else []),
        )
        assert len(change) == 1
        expected[change[0]] += 1
        values[key] = (change[0], a and a[0], b and b[0])
    with reader(built, current_build(built).path) as con:
        found = compare(con, dataset, old, new, 0)
    assert found.counts == dict(expected)
    assert set(expected) == {"new", "status", "revised"}
    assert {
        (f.measure, f.definition, f.place, f.period_start, f.period_end):
        (f.change, f.before, f.after) for f in found.figures
    } == values  # fmt: skip


def test_the_two_newest_vintages_are_compared_unless_others_are_named(built: Settings) -> None:
    with reader(built, current_build(built).path) as con:
        known = vintages(con, "fbi_estimated_crimes")
        assert len(known) == 5
        assert pair("x", known, None, None) == (known[-2], known[-1])
        assert pair("x", known, None, known[2]) == (known[1], known[2])
        assert pair("x", known, known[0], None) == (known[0], known[-1])
        with pytest.raises(InputError, match="from 2023-10-16 to 2023-10-16"):
            pair("x", known, known[-1], None)
        with pytest.raises(InputError, match="no vintage 2000-01-01 of x") as caught:
            pair("x", known, D(2000, 1, 1), None)
        assert "2014-11-10" in str(caught.value.next_step)
        found = compare(con, "fbi_estimated_crimes", known[-2], known[-1], 3)
    assert all(f.period_start.year == 2019 for f in found.figures)
    assert found.counts["revised"] > 100


def test_the_command_says_what_it_compares_and_what_it_leaves_out(
    cli: Cli, built: Settings
) -> None:
    result = cli(built, "vintages", "chicago_homicides", "--limit", "2")
    assert result.returncode == 0, result.stderr
    said = " ".join(result.stdout.split())
    assert "vintage 2024-05-03 compared with vintage 2019-10-12: of 96 published figures" in said
    assert "53 revised, 4 with another status, 20 new" in said
    assert "Other vintages: 2018-03-04" in said
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert result.stdout.endswith("75 more figures moved; for all of them: --limit 0\n")
    assert result.stderr == ""


def test_csv_and_json_have_the_same_figures(cli: Cli, built: Settings) -> None:
    arguments = ("vintages", "chicago_homicides", "--from", "2018-03-04", "--limit", "0")
    rows = list(csv.DictReader(io.StringIO(cli(built, *arguments, "--format", "csv").stdout)))
    value = json.loads(cli(built, *arguments, "--format", "json").stdout)
    assert (value["from_vintage"], value["to_vintage"]) == ("2018-03-04", "2024-05-03")
    assert len(rows) == value["moved"] == sum(value["counts"].values())
    assert [row["key_after"] for row in rows] == [f["key_after"] or "" for f in value["figures"]]
    assert [float(row["after"]) for row in rows if row["after"]] == [
        f["after"] for f in value["figures"] if f["after"] is not None
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fbi_return_a"], "one vintage of fbi_return_a, 2024-09-23: there is nothing to compare"),
        (["chicago_homicide"], 'did you mean "chicago_homicides"?'),
        (["chicago_homicides", "--to", "2018-03-04"], "no vintage of chicago_homicides from"),
        (["chicago_homicides", "--from", "2018-03-05"], "the build has no vintage 2018-03-05"),
        (["x'; DROP TABLE mart.series; --"], "the build has no dataset"),
    ],
)
def test_what_cannot_be_compared_is_said(
    cli: Cli, built: Settings, arguments: list[str], says: str
) -> None:
    result = cli(built, "vintages", *arguments)
    assert result.returncode == 2
    assert says in result.stderr
    assert "next: " in result.stderr
    assert result.stdout == ""
