"""Which fetched snapshots are of old vintages, and which of them something refers to.

Nothing else offers a snapshot for deletion. What ships with the project is not among them, nor
anything that was not archived as a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from datasets.archive import Snapshot, fetched_snapshots, list_snapshots
from datasets.catalog import Dataset
from datasets.errors import InputError
from datasets.keep import last_checked
from datasets.leftovers import Candidate, size_of
from datasets.set_aside import set_aside
from datasets.settings import Settings


def candidates(
    settings: Settings, datasets: Iterable[Dataset], keep: int, used: Mapping[str, str]
) -> list[Candidate]:
    """The fetched snapshots of each dataset that are not of its newest ``keep`` vintages.

    Bundled vintages count too. ``used``: id of a snapshot -> what refers to it. The one that the
    source was last compared with is kept as well, or the next fetch would have to get it again; and
    of those fetched in parts the newest that goes back further than the ones that stay: nothing
    else has its years. Those that another machine pruned come first: only what is ``used`` of them
    stays. Raises InputError if ``keep`` is less than 1 or a manifest is not valid.
    """
    if keep < 1:
        raise InputError("at least one vintage of a dataset is kept", next_step="--keep-vintages 1")
    found = []
    for dataset in datasets:
        staying = _of_newest_vintages(list_snapshots(settings, dataset), keep)
        vintages = {snapshot.manifest.vintage for snapshot in staying}
        checked = last_checked(settings, dataset)
        old = [
            snapshot
            for snapshot in fetched_snapshots(settings, dataset)
            if snapshot.manifest.vintage not in vintages and not _is_linked(settings, snapshot)
        ]
        own = []
        aside = [each for each in set_aside(settings, dataset) if not _is_linked(settings, each)]
        found += [_candidate(each, dataset, used.get(each.id)) for each in aside]
        for snapshot in sorted(old, key=lambda each: each.order, reverse=True):
            reason = used.get(snapshot.id)
            if reason is None and checked is not None and checked.snapshot == snapshot.id:
                reason = "the last check of its source"
            if reason is None and not any(each.reaches(snapshot.since) for each in staying):
                reason = "what it has of years before those of newer ones"
            if reason is not None:
                staying.append(snapshot)
            own.append(_candidate(snapshot, dataset, reason))
        found += own[::-1]
    return found


def _candidate(snapshot: Snapshot, dataset: Dataset, reason: str | None) -> Candidate:
    folder = snapshot.folder
    return Candidate("snapshot", snapshot.id, (folder,), size_of(folder), reason, dataset)


def _of_newest_vintages(snapshots: Sequence[Snapshot], keep: int) -> list[Snapshot]:
    vintages = sorted({snapshot.manifest.vintage for snapshot in snapshots})[-keep:]
    return [snapshot for snapshot in snapshots if snapshot.manifest.vintage in vintages]


def _is_linked(settings: Settings, snapshot: Snapshot) -> bool:
    """Whether its folder, or that of its dataset, is elsewhere: it is not for us to delete."""
    home = settings.archive_dir / snapshot.manifest.dataset
    return snapshot.folder.is_symlink() or home.is_symlink()
