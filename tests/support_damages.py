"""Ways to damage the rows of a snapshot, as they happen: copied, shifted, cut, filled, mistyped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice

from tests.support_snapshots import Damage, Row

Test = Callable[[Row], bool]
Change = Mapping[str, str] | Callable[[Row], Mapping[str, str]]


def having(**values: str) -> Test:
    """Rows with these values; ``having(year="2016")``."""
    return lambda row: all(row[name] == value for name, value in values.items())


def in_year(column: str, year: int) -> Test:
    """Rows whose date or time ``column`` is of ``year``."""
    return lambda row: row[column].startswith(f"{year}-")


def change(which: Test, to: Change, *, first: int | None = 1, every: int = 1) -> Damage:
    """Change the ``first`` rows (None: all) that ``which`` is true of, or every n-th of them."""

    def damage(rows: list[Row]) -> None:
        found = list(islice((row for row in rows if which(row)), 0, None, every))
        for row in found[:first]:
            row.update(to(row) if callable(to) else to)

    return damage


def drop(which: Test, *, first: int | None = None, every: int = 1) -> Damage:
    """Take rows out."""

    def damage(rows: list[Row]) -> list[Row]:
        found = list(islice((row for row in rows if which(row)), 0, None, every))[:first]
        gone = {id(row) for row in found}
        return [row for row in rows if id(row) not in gone]

    return damage


def repeat(which: Test, to: Change | None = None) -> Damage:
    """Add the first such row a second time, changed."""

    def damage(rows: list[Row]) -> None:
        row = dict(next(row for row in rows if which(row)))
        row.update(to(row) if callable(to) else to or {})
        rows.append(row)

    return damage


def swap(one: str, other: str, which: Test = lambda _: True) -> Damage:
    """Exchange two columns."""
    return change(which, lambda row: {one: row[other], other: row[one]}, first=None)


def times(name: str, factor: float, which: Test) -> Damage:
    """Multiply a column in the rows that have it."""
    return change(
        which,
        lambda row: {name: str(round(int(row[name]) * factor)) if row[name] else ""},
        first=None,
    )
