"""A report's files for machines: written, with what the run before left taken over."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from checks.models import Verdict
from checks.report.exports.feed import entries
from checks.report.exports.files import write_exports
from checks.report.exports.links import DATA, FEED
from checks.report.sources import Source
from checks.run_changes import Changes
from datasets.errors import InputError
from datasets.settings import Settings
from flows import runs
from flows.progress import LOGGER

if TYPE_CHECKING:
    from checks.report import RunInfo

log = logging.getLogger(LOGGER)


def export(
    settings: Settings,
    report: Path,
    verdicts: Sequence[Verdict],
    sources: Sequence[Source],
    info: RunInfo,
    changes: Changes,
) -> None:
    """Write all exports into the folder ``report``, which is in the run's own.

    The run's ``verdicts.json`` is copied, so that a report that is mailed has everything.
    """
    earlier = _feed_before(settings, changes)
    flips = changes.diff.flips if changes.diff else ()
    write_exports(settings, report, verdicts, sources, info, flips, earlier)
    shutil.copyfile(report.parent / runs.VERDICTS, report / DATA / runs.VERDICTS)


def _feed_before(settings: Settings, changes: Changes) -> str | None:
    """The feed of the run that ``changes`` compares with. One that is not readable is left behind:
    what changed now is worth more than what changed before.
    """
    if changes.previous is None:
        return None
    path = (settings.runs_dir / changes.previous / runs.REPORT).with_name(FEED)
    try:
        text = path.read_text(encoding="utf-8")
        entries(text)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, InputError) as error:
        log.warning("the feed begins anew: %s: %s", path, error)
        return None
    return text
