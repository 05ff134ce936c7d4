"""How old the data of a source are, counted from the last time it was asked with success."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from datasets.archive import Snapshot, list_snapshots
from datasets.catalog import Dataset
from datasets.keep import last_checked
from datasets.settings import Settings


@dataclass(frozen=True)
class Age:
    """How old a dataset's newest snapshot is known to be right.

    ``checked``: the day its source was last asked with success (``asked``); else that on which the
    newest snapshot came here. ``unchanged_since``: its vintage. ``days``: since ``checked``.
    By a clock that is behind that day it is 0: how old the data are is then not known.
    ``max_days``: how many are allowed, if the dataset says so; ``closes``: the gate, if it is more.
    """

    dataset: str
    checked: dt.date
    asked: bool
    unchanged_since: dt.date
    days: int
    max_days: int | None
    closes: bool

    @property
    def stale(self) -> bool:
        return self.max_days is not None and self.days > self.max_days

    def __str__(self) -> str:
        return (
            f"{self.dataset} was last checked {self.days} days ago; {self.max_days} are allowed"
            " (max_age_days)"
        )


def ages(
    settings: Settings, catalog: dict[str, Dataset], today: dt.date, *, fetched: bool = True
) -> list[Age]:
    """The age of every dataset that has a snapshot.

    ``fetched``: without it only what is bundled counts, which no source is asked about, and which
    may be of any age.
    """
    found = []
    for dataset in catalog.values():
        snapshots = list_snapshots(settings, dataset, fetched=fetched)
        if snapshots:
            found.append(_age(settings, dataset, snapshots, today, fetched))
    return found


def _age(
    settings: Settings, dataset: Dataset, snapshots: list[Snapshot], today: dt.date, fetched: bool
) -> Age:
    source = dataset.source if fetched else None
    checked = last_checked(settings, dataset) if source else None
    arrived = max(snapshot.manifest.retrieved for snapshot in snapshots)
    day = checked.at.date() if checked else arrived
    return Age(
        dataset=dataset.name,
        checked=day,
        asked=checked is not None,
        unchanged_since=snapshots[-1].manifest.vintage,
        days=max(0, (today - day).days),
        max_days=source.max_age_days if source else None,
        closes=source is not None and source.on_stale == "close",
    )


def stale(settings: Settings, catalog: dict[str, Dataset], today: dt.date) -> list[Age]:
    """The datasets whose age is over their ``max_age_days``. One without snapshots has no age."""
    return [age for age in ages(settings, catalog, today) if age.stale]
