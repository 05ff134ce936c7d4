"""Which builds a lake keeps: the newest, and those that a kept run of any machine was made from.

Each run with verdicts leaves a name ``kept/<run>/<snapshot of the lake>`` there, empty, until the
run itself is pruned on its machine.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from datasets import shared
from datasets.lake import attached
from datasets.lake_builds import builds_in_lake
from datasets.leftovers import Candidate
from datasets.settings import Settings

ROOT = "kept"


def remember(settings: Settings, run: str, snapshot: int | None) -> None:
    """Let the lake keep a snapshot for a run. Without a lake, nothing."""
    if settings.lake is not None and snapshot is not None:
        shared.put(settings, f"{ROOT}/{run}/{snapshot}", b"")


def forget(settings: Settings, run: str) -> None:
    """The run is gone: nothing need be kept for it."""
    if settings.lake is not None:
        shared.remove(settings, f"{ROOT}/{run}")


def old_builds(settings: Settings, keep: int, gone: Collection[str] = ()) -> list[Candidate]:
    """The commits of builds that are not the newest ``keep``, oldest first. None without a lake.

    ``gone``: runs that no longer count. Each is named ``<build>@<snapshot of the lake>``; how many
    bytes go with it is not known, as builds share files.
    """
    if settings.lake is None:
        return []
    used = _used(settings, gone)
    with attached(settings) as con:
        old = builds_in_lake(con)[:-keep]
    return [
        Candidate("lake build", f"{build.id}@{number}", (), 0, used.get(number))
        for build in old
        if (number := build.lake_snapshot) is not None
    ]


def snapshots_in_use(settings: Settings, gone: Collection[str] = ()) -> dict[str, str]:
    """Id of each snapshot of the archive that a kept run of any machine was made from -> the run.

    ``gone``: runs that no longer count. None without a lake.
    """
    if settings.lake is None or not (used := _used(settings, gone)):
        return {}
    with attached(settings) as con:
        builds = [build for build in builds_in_lake(con) if build.lake_snapshot in used]
    return {id_: used[build.lake_snapshot or 0] for build in builds for id_ in build.snapshots}


def _used(settings: Settings, gone: Collection[str]) -> dict[int, str]:
    found = {}
    for name in shared.names(settings, ROOT):
        _, run, number = name.split("/")
        if run not in gone:
            found[int(number)] = f"run {run}"
    return found


def expire(settings: Settings, chosen: Sequence[Candidate]) -> None:
    """Let the lake forget the ``chosen`` builds, and delete the files that nothing else needs.

    With them go the commits between builds, of files that machines handed to each other; their
    newest state stays. Must be called under ``lake_lock``.
    """
    if not chosen:
        return
    going = {int(each.name.rpartition("@")[2]) for each in chosen if each.kept_for is None}
    with attached(settings, write=True) as con:
        staying = {build.lake_snapshot for build in builds_in_lake(con)} - going
        rows = con.execute("SELECT snapshot_id FROM ducklake_snapshots('lake')").fetchall()
        numbers = sorted(number for (number,) in rows)
        versions = [n for n in numbers[:-1] if n not in staying]
        con.execute(f"CALL ducklake_expire_snapshots('lake', versions => {versions})")
        con.execute("CALL ducklake_cleanup_old_files('lake', cleanup_all => true)")
