"""Figures that differ in period and value alone are one list with one origin; none is lost."""

from __future__ import annotations

import datetime as dt
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from checks.models import Figure, Reading
from checks.report.alike import alike, read_from
from checks.report.sources import Origin, Snapshot, Warehouse


class Origins:
    """What a warehouse says of figures: one row each, of the snapshot that their key names."""

    def origins_of(self, figure: Figure) -> tuple[Origin, ...]:
        return tuple(
            Origin(key, key.partition("#")[0], "final", int(key.partition("#")[2]) or None, 2, None)
            for key in figure.observation_keys
        )

    def snapshots_of(self, figure: Figure) -> tuple[Snapshot, ...]:
        return cast("tuple[Snapshot, ...]", tuple(o.snapshot_id for o in self.origins_of(figure)))

    def notes_of(self, figure: Figure) -> tuple[str, ...]:
        return tuple(o.note for o in self.origins_of(figure) if o.note)


def figure(year: int, key: str, role: str = "year", value: float | None = 1.0) -> Figure:
    return Figure(
        role=role,
        dataset="d",
        vintage=dt.date(2020, 1, 1),
        measure="murder",
        definition="ucr",
        place="chicago-pd",
        period_start=dt.date(year, 1, 1),
        period_end=dt.date(year, 12, 31),
        value=value,
        unit="count",
        observation_keys=(key,),
    )


def groups(*figures: Figure) -> list[tuple[list[int], str | None]]:
    reading = Reading.model_construct(figures=figures)
    return [
        ([f.period_start.year for f in same.figures], same.read_from)
        for same in alike(reading, cast("Warehouse", Origins()))
    ]


def test_years_of_one_snapshot_are_one_list_and_each_keeps_its_row() -> None:
    assert groups(*[figure(y, f"old#{y}") for y in (2001, 2002, 2003)]) == [
        ([2001, 2002, 2003], None)
    ]


def test_what_is_true_of_the_origin_of_each_is_said_once() -> None:
    assert groups(*[figure(y, "old#0") for y in (2001, 2002, 2003)]) == [
        ([2001, 2002, 2003], "counted from 2 rows")
    ]


def test_another_snapshot_role_or_a_missing_figure_stands_apart() -> None:
    years = [figure(y, "old#0") for y in (2001, 2002, 2003)]
    assert groups(
        figure(2000, "first#0"),
        *years,
        figure(2004, "old#0", value=None),
        figure(2005, "old#0", "end"),
    ) == [
        ([2000], "counted from 2 rows"),
        ([2001, 2002, 2003], "counted from 2 rows"),
        ([2004], "counted from 2 rows"),
        ([2005], "counted from 2 rows"),
    ]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([None, 1.0])), max_size=12))
def test_every_figure_is_shown_once_and_in_its_order(made: list[tuple[str, float | None]]) -> None:
    figures = [figure(1990 + n, f"{s}#0", value=v) for n, (s, v) in enumerate(made)]
    found = [year for years, _ in groups(*figures) for year in years]
    assert found == [1990 + n for n in range(len(made))]


def test_a_row_that_is_an_estimate_says_so() -> None:
    assert read_from([Origin("k", "s", "estimated", 1234, 1, None)]) == "data row 1,234 (estimated)"
    assert read_from([]) == ""
