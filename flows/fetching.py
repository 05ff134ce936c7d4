"""Fetching datasets one after another: what came of each, whatever happened to the others."""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from datasets import access, archive_sync
from datasets.archive import Snapshot
from datasets.catalog import Dataset, load_catalog
from datasets.disk import disk_trouble
from datasets.errors import CrimeclaimsError, InputError, SourceFailed, SourceUnreachable, nearest
from datasets.logs import ids
from datasets.settings import Settings
from flows import lineage
from flows.progress import LOGGER

log = logging.getLogger(LOGGER)

COLUMNS = ("dataset", "outcome", "vintage", "rows", "requests", "bytes", "seconds", "said")


@dataclass(frozen=True)
class Result:
    """What came of one dataset. ``said``: since when it is unchanged, or what went wrong.

    ``snapshot``, ``archived_bytes``: the new snapshot, and the bytes of its table and answers.
    """

    dataset: str
    outcome: Literal["fetched", "unchanged", "failed"]
    vintage: str | None
    rows: int | None
    requests: int
    bytes: int
    seconds: float
    said: str
    next_step: str | None = None
    exit_code: int = 0
    snapshot: str | None = None
    archived_bytes: int = 0

    def row(self) -> list[Any]:
        value = asdict(self)
        return [value[column] for column in COLUMNS]


def chosen(settings: Settings, names: Sequence[str] = (), *, full: bool = False) -> list[Dataset]:
    """The named datasets, or all that have a source and are not fetched on request only.

    Very large ones only with ``full``: not among all without it, and refused by name.
    Raises InputError for one that has no source.
    """
    catalog = load_catalog(settings.datasets_dir)
    sources = {name: dataset for name, dataset in catalog.items() if dataset.source is not None}
    for name in names:
        if name not in sources:
            known = ", ".join(sources) or "none"
            hint = nearest(name, sources)
            raise InputError(
                f'"{name}" is not a dataset that can be fetched'
                + (f' (did you mean "{hint}"?)' if hint else ""),
                next_step=f"name one of: {known}",
            )
        if (why := _full_only(sources[name])) and not full:
            raise InputError(
                f"{name} is fetched only with --full: {why}",
                next_step=f"crimeclaims fetch {name} --full",
            )
    usual = [
        name
        for name, dataset in sources.items()
        if not (dataset.source and dataset.source.on_request) and (full or not _full_only(dataset))
    ]
    return [sources[name] for name in dict.fromkeys(names or usual)]


def _full_only(dataset: Dataset) -> str | None:
    return dataset.source.full_only if dataset.source else None


def fetch_all(
    settings: Settings,
    datasets: Sequence[Dataset],
    since: dt.date | None = None,
    watch: Callable[[str], Any] = lambda _: nullcontext(None),
) -> list[Result]:
    """Fetch each dataset; one that fails does not keep the others from being fetched.

    ``watch``: for the name of a dataset, a context that gives the Meter that shows its progress.
    """
    from datasets.session import Meter, open_session

    results = []
    with open_session(settings.network) as session, lineage.fetching() as told:
        for dataset in datasets:
            with ids(dataset=dataset.name):
                log.info("%s: asking %s", dataset.name, _host(dataset))
            with watch(dataset.name) as shown, told(dataset) as tell:
                result = _fetch_one(settings, dataset, session, since, shown or Meter())
                tell(result)
            results.append(result)
            level = logging.WARNING if result.outcome == "failed" else logging.INFO
            with ids(dataset=dataset.name, snapshot=result.snapshot):
                log.log(level, "%s", _line(result))
    return results


def _fetch_one(
    settings: Settings, dataset: Dataset, session: Any, since: dt.date | None, meter: Any
) -> Result:
    from datasets.fetch import Fetched, fetch

    start = time.perf_counter()
    vintage, rows, outcome, next_step, code = None, None, "failed", None, 0
    snapshot, archived = None, 0
    try:
        with ids(dataset=dataset.name):
            found = fetch(settings, dataset, session, since=since, meter=meter)
        if isinstance(found, Fetched):
            manifest = found.snapshot.manifest
            snapshot = found.snapshot.id
            archived = manifest.files[0].bytes + sum(p.bytes for p in manifest.parts or ())
            outcome, vintage, rows = "fetched", manifest.vintage.isoformat(), manifest.files[0].rows
            said = f"{rows:,} rows of {vintage}"
            if found.snapshot.since:
                said += f", from {found.snapshot.since} on"
            if found.behind is not None:
                said += f"; {_behind(found.behind)}"
            said += _shared(settings, found.snapshot)
        else:
            outcome = "unchanged"
            said = f"unchanged since {found.since}"
            if found.downloaded:
                said = f"updated, but with the same figures as those of {found.since}"
        if found.new_fields:
            said += f"; new fields, not used: {', '.join(found.new_fields)}"
    except CrimeclaimsError as error:
        said, next_step, code = str(error), error.next_step, error.exit_code
    except Exception as error:  # a fault in one protocol must not cost the others
        known = disk_trouble(error, settings.var)
        said = f"internal: {type(error).__name__}: {error}" if known is None else str(known)
        said = access.redact(said, access.secrets())
        next_step = known.next_step if known else None
        code = (known or CrimeclaimsError).exit_code
        log.debug("%s", said, exc_info=True)
    seconds = round(time.perf_counter() - start, 3)
    return Result(
        dataset.name,
        outcome,  # type: ignore[arg-type]
        vintage,
        rows,
        meter.requests,
        meter.bytes,
        seconds,
        said.removeprefix(f"{dataset.name}: "),
        next_step,
        code,
        snapshot,
        archived,
    )


def _shared(settings: Settings, snapshot: Snapshot) -> str:
    """Put a snapshot into the lake, if there is one; what to say if that failed: it stays here."""
    try:
        archive_sync.push(settings, snapshot)
    except CrimeclaimsError as error:
        return f"; not in the lake yet, the next build puts it there ({error})"
    return ""


def _behind(wider: Any) -> str:
    """That a snapshot is not built from, and the command that fetches as much as the other has."""
    which = f"from {wider.since} on" if wider.since else "with all that there is"
    since = f" --since {wider.since}" if wider.since else ""
    again = f"crimeclaims fetch {wider.manifest.dataset}{since}"
    return (
        f"builds use the one of the same vintage {which}, which is brought up to date by: {again}"
    )


def failure(results: Sequence[Result]) -> CrimeclaimsError | None:
    """The error of a fetch in which something failed; its exit code is 3 if a source did."""
    failed = [result for result in results if result.outcome == "failed"]
    if not failed:
        return None
    names = ", ".join(result.dataset for result in failed)
    message = f"{len(failed)} of {len(results)} sources failed: {names}"
    worst = next((r for r in failed if r.exit_code == SourceFailed.exit_code), failed[0])
    if worst.exit_code == InputError.exit_code:
        return InputError(message, next_step=worst.next_step)
    if worst.exit_code == SourceFailed.exit_code:
        return SourceUnreachable(message, next_step=worst.next_step)
    return CrimeclaimsError(message, next_step=worst.next_step)


def outcomes(path: Path) -> dict[str, str] | None:
    """What came of each dataset in the ``sources.json`` of a run; None if it did not ask."""
    if not path.is_file():
        return None
    return {
        each["dataset"]: f"{each['outcome']}: {each['said']}"
        for each in json.loads(path.read_text("utf-8"))
    }


def _line(result: Result) -> str:
    plural = "" if result.requests == 1 else "s"
    moved = f"{result.requests} request{plural}, {result.bytes:,} bytes, {result.seconds:.1f} s"
    return f"{result.dataset}: {result.outcome}: {result.said} ({moved})"


def _host(dataset: Dataset) -> str:
    assert dataset.source is not None
    source = dataset.source
    base = access.base_url(
        source.base_url, dataset.name, source.protocol, with_key=source.key_base_url
    )
    return access.redact_url(base)
