"""``crimeclaims run``: the nightly flow from a terminal, with a Prefect server of its own."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datasets.disk import disk_trouble
from datasets.errors import CrimeclaimsError
from datasets.settings import Settings
from flows import output, runs
from flows.prefect_server import temporary_server
from flows.prefect_settings import for_command_line, own_server, prefect_home
from flows.progress import progress
from flows.verdicts import read_verdicts, verdicts_text


def run_nightly(
    settings: Settings, source: runs.Source, as_of: dt.date | None, data_docs: bool
) -> None:
    """Run the flow and print its verdicts and where its report is. Raises what made it fail."""
    os.environ.update(for_command_line(settings))
    with progress("starting Prefect"), prefect_ready(settings):
        from flows.nightly import nightly

        folder = Path(str(nightly(source=source, as_of=as_of, data_docs=data_docs)))
    output.write(verdicts_text(read_verdicts(folder / runs.VERDICTS)))
    record = json.loads((folder / runs.RECORD).read_text(encoding="utf-8"))
    if record["outcome"] == "unchanged":
        said = f"build {record['build']} is current: nothing changed, nothing built"
    else:
        said = f"build {record['build']} is new: validated and published"
    docs = folder / runs.DATA_DOCS / "index.html"
    where = f"\ndata docs: {docs}" if data_docs else ""
    output.write(f"\n{said}{where}\nreport: {folder / runs.REPORT}")


@contextmanager
def prefect_ready(settings: Settings) -> Iterator[None]:
    """Prefect imported and its API answering: the user's own server, or a temporary one."""
    if own_server():
        from flows.prefect_trouble import asking_server

        with asking_server():
            yield
        return
    try:
        with temporary_server(prefect_home(settings)) as server:
            # Read when Prefect is imported, which takes its time while the server starts.
            os.environ["PREFECT_API_URL"] = server.url
            import flows.nightly  # noqa: F401
            from flows.prefect_trouble import send_what_is_queued

            server.wait()
            try:
                yield
            finally:
                send_what_is_queued()
    except OSError as error:
        raise disk_trouble(error, settings.var) or CrimeclaimsError(
            f"the temporary Prefect server cannot run: {error}"
        ) from error
