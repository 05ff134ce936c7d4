"""A build by its id, for those who were told which one to read."""

from __future__ import annotations

from datasets.errors import InputError
from datasets.settings import Settings
from datasets.warehouse import Build, current_build


def named_build(settings: Settings, id_: str) -> Build:
    """The build of that id, as this machine can read it: its file, or its place in the lake.

    An id stands for the same inputs wherever it is, so that a build published after it is no
    obstacle. Raises InputError if it cannot be read.
    """
    current = current_build(settings)
    if current.id == id_:
        return current
    if settings.lake is not None:
        from datasets.lake import attached
        from datasets.lake_builds import builds_in_lake

        with attached(settings) as con:
            found = [build for build in builds_in_lake(con) if build.id == id_]
        if found:
            return found[-1]
        where = f"the lake {settings.lake.shown}"
    else:
        path = settings.builds_dir / f"{id_}.duckdb"
        if path.is_file():
            return Build(id_, path, published_at="", snapshots=())
        where = str(settings.builds_dir)
    raise InputError(
        f"build {id_} is not in {where}, whose current build is {current.id}",
        next_step="give all machines the same CRIMECLAIMS_WAREHOUSE and CRIMECLAIMS_LAKE_DATA",
    )
