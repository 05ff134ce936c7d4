"""How old the data of a source are, counted from the last time it was asked with success."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from datasets.archive import list_snapshots
from datasets.catalog import Dataset
from datasets.keep import last_checked
from datasets.settings import Settings


@dataclass(frozen=True)
class Stale:
    """A dataset that was not checked for longer than it declares. ``closes``: so is the gate."""

    dataset: str
    days: int
    max_days: int
    closes: bool

    def __str__(self) -> str:
        return (
            f"{self.dataset} was last checked {self.days} days ago; {self.max_days} are allowed"
            " (max_age_days)"
        )


def checked_on(settings: Settings, dataset: Dataset) -> dt.date | None:
    """The day of the last successful check; else that on which the newest snapshot came here."""
    checked = last_checked(settings, dataset)
    days = [snapshot.manifest.retrieved for snapshot in list_snapshots(settings, dataset)]
    return checked.at.date() if checked else max(days, default=None)


def stale(settings: Settings, catalog: dict[str, Dataset], today: dt.date) -> list[Stale]:
    """The datasets whose age is over their ``max_age_days``. One without snapshots has no age."""
    found = []
    for name, dataset in catalog.items():
        source = dataset.source
        if source is None or source.max_age_days is None:
            continue
        day = checked_on(settings, dataset)
        if day is not None and (today - day).days > source.max_age_days:
            days = (today - day).days
            found.append(Stale(name, days, source.max_age_days, source.on_stale == "close"))
    return found
