"""``crimeclaims prune``: delete what is old and that nothing needs: snapshots, builds, runs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from datasets.errors import InputError, nearest
from datasets.settings import Settings, load_settings
from flows.options import FORMAT, epilog

if TYPE_CHECKING:
    from datasets.catalog import Dataset
    from datasets.leftovers import Candidate
    from flows.output import Format

COLUMNS = ("kind", "name", "bytes", "what")
#: How one and several of a kind are called.
NAMES = {
    "snapshot": ("snapshot", "snapshots"),
    "run": ("run", "runs"),
    "build": ("build", "builds"),
    "rejected": ("record of a build not published", "records of builds not published"),
    "lake build": ("build of the lake", "builds of the lake"),
    "remade": ("remade table", "remade tables"),
    "unfinished": ("unfinished fetch", "unfinished fetches"),
}


@click.command(
    "prune",
    epilog=epilog(
        "prune --keep-vintages 3",
        "prune chicago_homicides --keep-vintages 2 --yes",
        "prune --keep-runs 30 --keep-builds 2 --yes",
        "prune chicago_crimes --unfinished",
    ),
)
@click.argument("names", nargs=-1, metavar="[DATASET]...")
@click.option(
    "--keep-vintages",
    type=click.IntRange(1),
    metavar="N",
    help="The newest vintages of each dataset that stay, bundled ones included.",
)
@click.option(
    "--keep-builds",
    type=click.IntRange(1),
    metavar="N",
    help="The newest builds that stay, and of those that the gate did not let through as many "
    "records of their checks.",
)
@click.option(
    "--keep-runs",
    type=click.IntRange(1),
    metavar="N",
    help="The newest runs that stay, with their reports.",
)
@click.option(
    "--unfinished",
    is_flag=True,
    help="Also what interrupted fetches left; the next one then begins anew.",
)
@click.option("--yes/--dry-run", "yes", help="Delete, or only say what would be.  [default: say]")
@FORMAT
def prune(
    names: tuple[str, ...],
    keep_vintages: int | None,
    keep_builds: int | None,
    keep_runs: int | None,
    unfinished: bool,
    yes: bool,
    format_: Format,
) -> None:
    """Delete fetched snapshots, builds and runs beyond the newest N; each only if asked for.

    DATASET: whose snapshots and unfinished fetches; without a name, those of all. With old
    snapshots go tables that were remade for columns no longer declared.

    Never deleted: what ships with the project, the current build, and what a run in var/runs was
    made from, its build and its snapshots, as long as the run itself stays. In a lake the runs of
    all machines count, and a snapshot that goes is set aside by the others at their next build.
    """
    from datasets.lake_lock import lake_lock
    from datasets.run_lock import run_lock
    from flows import output

    settings = load_settings()
    chosen = _datasets(settings, names)
    if names and not (keep_vintages or unfinished):
        raise InputError(
            "a dataset is named, but neither --keep-vintages nor --unfinished is given",
            next_step=f"crimeclaims prune {' '.join(names)} --keep-vintages 3",
        )
    if not (keep_vintages or keep_builds or keep_runs or unfinished):
        raise InputError(
            "nothing to prune is named",
            next_step="give --keep-vintages N, --keep-builds N, --keep-runs N or --unfinished",
        )

    def waiting(who: str) -> None:
        output.note(f"waiting for another run: {who}")

    # The lake's lock too: no machine plans a build meanwhile from what nothing needs yet.
    with run_lock(settings, waiting=waiting), lake_lock(settings, waiting=waiting):
        found = _what_is_old(settings, chosen, keep_vintages, keep_builds, keep_runs, unfinished)
        if yes:
            _delete(settings, found)
    _tell(found, yes, format_)


def _datasets(settings: Settings, names: tuple[str, ...]) -> list[Dataset]:
    from datasets.catalog import load_catalog

    catalog = load_catalog(settings.datasets_dir)
    for name in names:
        if name not in catalog:
            hint = nearest(name, catalog)
            raise InputError(
                f'"{name}" is not a dataset' + (f' (did you mean "{hint}"?)' if hint else ""),
                next_step=f"name one of: {', '.join(catalog)}",
            )
    return [catalog[name] for name in dict.fromkeys(names or catalog)]


def _what_is_old(
    settings: Settings,
    datasets: list[Dataset],
    keep_vintages: int | None,
    keep_builds: int | None,
    keep_runs: int | None,
    unfinished: bool,
) -> list[Candidate]:
    """Of each kind that is asked for what is beyond the newest, with what keeps it.

    What goes keeps nothing any more: runs are judged first, then their builds, then the snapshots.
    In this order they go, so that an interruption leaves nothing that refers to what is gone.
    """
    from datasets import lake_prune, leftovers
    from datasets.prune import candidates
    from flows import retention

    found: list[Candidate] = []
    if keep_runs:
        found += retention.old_runs(settings, keep_runs)
    gone = {each.name for each in found if each.kept_for is None}
    if keep_builds:
        used = retention.builds_in_use(settings, gone)
        found += leftovers.old_builds(settings, keep_builds, used)
        closed = retention.rejected_in_use(settings, gone)
        found += leftovers.old_rejected(settings, keep_builds, closed)
        found += lake_prune.old_builds(settings, keep_builds, gone)
    if keep_vintages:
        referred = lake_prune.snapshots_in_use(settings, gone)
        referred |= retention.snapshots_in_use(settings, gone)
        referred = leftovers.with_originals(settings, datasets, referred)
        snapshots = candidates(settings, datasets, keep_vintages, referred)
        folders = {path for c in snapshots if c.kept_for is None for path in c.paths}
        found += leftovers.remade_tables(settings, datasets, referred, folders)
        found += snapshots
    if unfinished:
        found += leftovers.unfinished(settings, datasets)
    return found


def _delete(settings: Settings, found: list[Candidate]) -> None:
    """What nothing needs, here and in the lake. A run goes before what it refers to."""
    from datasets import archive_sync, lake_prune
    from datasets.archive import read_snapshot
    from datasets.leftovers import delete

    going = [each for each in found if each.kept_for is None]
    for each in going:
        if each.kind == "run":
            lake_prune.forget(settings, each.name)
        if each.kind == "snapshot" and each.dataset is not None:
            archive_sync.forget(settings, read_snapshot(each.paths[0], each.dataset))
    delete(settings, [each for each in going if each.kind != "lake build"])
    if old := [each for each in going if each.kind == "lake build"]:
        lake_prune.expire(settings, old)


def _tell(found: list[Candidate], yes: bool, format_: Format) -> None:
    from flows import output

    word = "deleted" if yes else "would be deleted"
    found = sorted(found, key=lambda each: list(NAMES).index(each.kind))
    rows = [
        (each.kind, each.name, each.bytes, f"kept for {each.kept_for}" if each.kept_for else word)
        for each in found
    ]
    if rows or format_ != "table":
        output.emit(COLUMNS, rows, format_)
    gone = [each for each in found if each.kept_for is None]
    counts = Counter(each.kind for each in gone)
    listed = ", ".join(f"{n} {NAMES[kind][n > 1]}" for kind, n in counts.items())
    said = f"{listed or 'nothing'} with {sum(each.bytes for each in gone):,} bytes {word}"
    said += "" if yes or not gone else "; to delete them: --yes"
    (output.write if format_ == "table" else output.note)(said)
