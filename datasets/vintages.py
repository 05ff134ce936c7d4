"""Which figures of a dataset moved between two of its vintages, as a build has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datasets.catalog import NAME
from datasets.errors import InputError, nearest
from datasets.settings import SQL_DIR
from datasets.warehouse import Connection, run_sql_file

#: What can have happened to a figure, as ``sql/report/moved.sql`` defines it, and how it is said.
CHANGES = {
    "revised": "revised",
    "status": "with another status",
    "withdrawn": "withdrawn",
    "new": "new",
    "partial": "incomplete in both, still counting",
}


@dataclass(frozen=True)
class Group:
    """How many figures of a measure and definition changed in one way.

    ``compared``: how many figures of theirs either vintage has. ``least``, ``most``: the range of
    the changes in percent; None where there is nothing to take it from.
    """

    change: str
    measure: str
    definition: str
    figures: int
    compared: int
    places: int
    period_start: dt.date
    period_end: dt.date
    least: float | None
    most: float | None


@dataclass(frozen=True)
class Moved:
    """A figure in both vintages. ``percent`` of ``before``; None where that is zero or not there.

    ``key_before``, ``key_after``: of core.observation, from which its row in the file is found.
    """

    change: str
    measure: str
    definition: str
    place: str
    period_start: dt.date
    period_end: dt.date
    unit: str
    before: float | None
    after: float | None
    difference: float | None
    percent: float | None
    status_before: str | None
    status_after: str | None
    key_before: str | None
    key_after: str | None


@dataclass(frozen=True)
class Comparison:
    """Two vintages of a dataset. ``figures``: the largest changes, not all if there are more.

    ``compared``: how many figures either vintage has; ``moved``: how many of them changed.
    """

    dataset: str
    from_vintage: dt.date
    to_vintage: dt.date
    compared: int
    moved: int
    groups: tuple[Group, ...]
    figures: tuple[Moved, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Number of figures by what happened to them, in the order of ``CHANGES``."""
        counts = {
            change: sum(group.figures for group in self.groups if group.change == change)
            for change in CHANGES
        }
        return {change: n for change, n in counts.items() if n}

    @property
    def sentence(self) -> str:
        """What is compared, and what came of it."""
        said = ", ".join(f"{n:,} {CHANGES[change]}" for change, n in self.counts.items())
        plural = "" if self.compared == 1 else "s"
        return (
            f"{self.dataset}: vintage {self.to_vintage} compared with vintage {self.from_vintage}:"
            f" of {self.compared:,} published figure{plural} {said or 'none moved'}"
        )


def vintages(con: Connection, dataset: str) -> list[dt.date]:
    """The vintages of a dataset in the build, oldest first. Raises InputError if it has none."""
    found: dict[str, list[dt.date]] = {}
    for name, vintage in con.execute(
        "SELECT dataset, vintage FROM mart.state ORDER BY ALL"
    ).fetchall():
        found.setdefault(name, []).append(vintage)
    if dataset not in found:
        hint = nearest(dataset, found)
        raise InputError(
            f'the build has no dataset "{dataset}"'
            + (f' (did you mean "{hint}"?)' if hint else ""),
            next_step=f"name one of: {', '.join(found)}",
        )
    return found[dataset]


def pair(
    dataset: str, known: Sequence[dt.date], from_: dt.date | None, to: dt.date | None
) -> tuple[dt.date, dt.date]:
    """Which two vintages to compare: those given, else the newest and the one before it.

    Raises InputError for one that is not in the build, and if there is nothing to compare.
    """
    listed = ", ".join(map(str, known))
    for asked in (from_, to):
        if asked is not None and asked not in known:
            raise InputError(
                f"the build has no vintage {asked} of {dataset}",
                next_step=f"name one of: {listed}",
            )
    if len(known) < 2:
        raise InputError(
            f"the build has one vintage of {dataset}, {listed}: there is nothing to compare with",
            next_step=f"fetch a newer one, if there is one: crimeclaims fetch {dataset}",
        )
    later = to or known[-1]
    earlier = from_ or max((v for v in known if v < later), default=later)
    if earlier >= later:
        raise InputError(
            f"there is no vintage of {dataset} from {earlier} to {later} to compare",
            next_step=f"name an earlier and a later one of: {listed}",
        )
    return earlier, later


def compare(
    con: Connection, dataset: str, from_: dt.date, to: dt.date, limit: int = 50
) -> Comparison:
    """What moved between two vintages of a dataset; at most ``limit`` figures (0: all).

    The vintages must be there, see ``pair``; a dataset's name is the catalog's.
    """
    if not NAME.match(dataset):
        raise InputError(f'"{dataset}" is not the name of a dataset')
    # As variables: for a query with a parameter DuckDB imports pandas. All three are safe literals.
    con.execute(f"SET VARIABLE dataset = '{dataset}'")
    con.execute(f"SET VARIABLE from_vintage = '{from_.isoformat()}'")
    con.execute(f"SET VARIABLE to_vintage = '{to.isoformat()}'")
    con.execute(f"SET VARIABLE most = {int(limit) or 2**62}")
    run_sql_file(con, SQL_DIR / "report" / "moved.sql")
    groups = tuple(Group(*row) for row in _rows(con, "moved_summary"))
    figures = tuple(Moved(*row) for row in _rows(con, "moved_figures"))
    row = con.execute("SELECT count(*) FROM temp.compared").fetchone()
    assert row is not None
    moved = sum(group.figures for group in groups)
    return Comparison(dataset, from_, to, row[0], moved, groups, figures)


def _rows(con: Connection, name: str) -> list[Any]:
    return con.execute((SQL_DIR / "report" / f"{name}.sql").read_text(encoding="utf-8")).fetchall()
