"""All files for machines that lie beside the pages of a report, written into its folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from checks.models import Verdict
from checks.report.exports.citation import citation_file
from checks.report.exports.csvw import about
from checks.report.exports.feed import feed
from checks.report.exports.links import CITATION, DATA, FEED
from checks.report.exports.tables import write_tables
from checks.report.sources import Source
from checks.run_diff import Flip
from checks.verify import schema
from datasets.settings import Settings
from datasets.warehouse import write_atomically

if TYPE_CHECKING:
    from checks.report import RunInfo

#: What the run's ``verdicts.json`` is true to.
SCHEMA = "verdicts.schema.json"


def write_exports(
    settings: Settings,
    folder: Path,
    verdicts: Sequence[Verdict],
    sources: Sequence[Source],
    run: RunInfo,
    flips: Sequence[Flip] = (),
    earlier_feed: str | None = None,
) -> None:
    """Write the tables with their description, the schema, the feed and the citation file.

    ``sources``: of the verdicts. ``flips``, ``earlier_feed``: since the run before, and its feed.
    Raises InputError if that is no feed of ours; nothing is written then.
    """
    said_by = settings.publication
    texts = {
        FEED: feed(flips, run, said_by, earlier_feed),
        CITATION: citation_file(run, sources, said_by),
        f"{DATA}/{SCHEMA}": json.dumps(schema(), indent=2, ensure_ascii=False) + "\n",
    }
    for name, text in texts.items():
        write_atomically(folder / name, text)
    write_tables(settings, verdicts, about(run, sources, said_by), folder / DATA)
