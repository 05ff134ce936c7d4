"""``crimeclaims prune``: delete fetched snapshots of old vintages that no build or run needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from datasets.catalog import load_catalog
from datasets.errors import InputError, nearest
from datasets.settings import Settings, load_settings
from flows.options import FORMAT, epilog

if TYPE_CHECKING:
    from flows.output import Format

COLUMNS = ("snapshot", "bytes", "what")


@click.command(
    "prune",
    epilog=epilog("prune --keep-vintages 3", "prune chicago_homicides --keep-vintages 2 --yes"),
)
@click.argument("names", nargs=-1, metavar="[DATASET]...")
@click.option(
    "--keep-vintages",
    *("keep",),
    type=click.IntRange(1),
    required=True,
    metavar="N",
    help="The newest vintages of each dataset that stay, bundled ones included.",
)
@click.option("--yes/--dry-run", "yes", help="Delete, or only say what would be.  [default: say]")
@FORMAT
def prune(names: tuple[str, ...], keep: int, yes: bool, format_: Format) -> None:
    """Delete fetched snapshots beyond the newest N vintages; without a name, of all datasets.

    Never deleted: what ships with the project, and what the current build or the build of a run in
    var/runs was made from, as long as that build is there.
    """
    from datasets.build import run_lock
    from datasets.prune import candidates
    from datasets.prune import prune as delete
    from flows import output

    settings = load_settings()
    catalog = load_catalog(settings.datasets_dir)
    for name in names:
        if name not in catalog:
            hint = nearest(name, catalog)
            raise InputError(
                f'"{name}" is not a dataset' + (f' (did you mean "{hint}"?)' if hint else ""),
                next_step=f"name one of: {', '.join(catalog)}",
            )
    chosen = [catalog[name] for name in dict.fromkeys(names or catalog)]
    with run_lock(settings, waiting=lambda who: output.note(f"waiting for another run: {who}")):
        found = candidates(settings, chosen, keep, snapshots_in_use(settings))
        if yes:
            for dataset in chosen:
                own = [c for c in found if c.snapshot.manifest.dataset == dataset.name]
                delete(settings, dataset, [c for c in own if c.kept_for is None])
    word = "deleted" if yes else "would be deleted"
    rows = [
        (c.snapshot.id, c.bytes, f"kept for {c.kept_for}" if c.kept_for else word) for c in found
    ]
    if rows or format_ != "table":
        output.emit(COLUMNS, rows, format_)
    gone = [c for c in found if c.kept_for is None]
    plural = "" if len(gone) == 1 else "s"
    said = f"{len(gone)} snapshot{plural} with {sum(c.bytes for c in gone):,} bytes {word}"
    said += "" if yes or not gone else "; to delete them: --yes"
    (output.write if format_ == "table" else output.note)(said)


def snapshots_in_use(settings: Settings) -> dict[str, str]:
    """Id of each snapshot that a build was made from which is still needed -> what needs it.

    Raises InputError if a record of a run or a build cannot be read: it could need any of them.
    """
    from datasets.warehouse import CURRENT, current_build, reader

    used: dict[str, str] = {}
    for build, run in _builds_of_runs(settings):
        path = settings.builds_dir / f"{build}.duckdb"
        if path.is_file():
            with reader(settings, path) as con:
                ids = con.execute("SELECT snapshot_id FROM meta.snapshot").fetchall()
            used |= {id_: f"run {run}" for (id_,) in ids}
    if (settings.builds_dir / CURRENT).exists():
        used |= dict.fromkeys(current_build(settings).snapshots, "the current build")
    return used


def _builds_of_runs(settings: Settings) -> Iterator[tuple[str, str]]:
    """The build of every run that has one, once, with the newest of its runs."""
    from flows import runs

    builds: dict[str, str] = {}
    for path in sorted(settings.runs_dir.glob(f"*/{runs.RECORD}")):
        try:
            record = runs.Run(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise InputError.at(
                path,
                f"cannot be read ({error}): which snapshots its run needs is not known",
                next_step="mend it, or delete the folder of the run if it is not needed",
            ) from error
        if record.build is not None:
            builds[record.build] = record.run
    yield from builds.items()
