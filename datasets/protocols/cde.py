"""Series of the FBI's Crime Data Explorer: one answer a place and offense, all of one refresh.

An answer is a few kilobytes and says of which refresh it is. A refresh restates everything, so a
table of two refreshes is of no day at all: whatever is of an older one is asked for again. The
Explorer answers 200 for an agency it does not know, with no series in it.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Mapping
from typing import Any

from datasets.answers import read_json
from datasets.body import Received
from datasets.errors import SourceWrong
from datasets.protocols import NotChanged, Retrieved, Task, kept, takes_no_since
from datasets.sources import CdeSource

log = logging.getLogger("crimeclaims")

#: What is asked first, for one month: the smallest answer that names the refresh.
PROBE = "national/HOM"


def retrieve(source: CdeSource, task: Task) -> Retrieved | NotChanged:
    """All declared series, or NotChanged if there was no refresh since ``previous``."""
    takes_no_since(task)
    refreshed = _probe(source, task)
    if task.previous.get("last_refresh_date") == refreshed.isoformat():
        return NotChanged(f"the refresh of {refreshed}")
    answers = _answers(source, task)
    [refreshed] = {day for _, day in answers.values()}
    received = tuple(answer for answer, _ in answers.values())
    months = f"{source.first_month} to {source.last_month or 'the newest month'}"
    return Retrieved(
        parts=tuple(kept(answer) for answer in received),
        inputs=tuple(answer.path for answer in received),
        form="parse",
        vintage=refreshed,
        vintage_basis="the Explorer's last_refresh_date, which all of its answers name",
        published=refreshed,
        origin=f"{len(received):,} answers, one a place and offense; months from {months}",
        source_url=f"{task.base_url}/summarized",
        state={"last_refresh_date": refreshed.isoformat()},
    )


def _probe(source: CdeSource, task: Task) -> dt.date:
    """The day of the last refresh."""
    params = {"from": _month(source.first_month), "to": _month(source.first_month)}
    url = f"{task.base_url}/summarized/{PROBE}"
    return _refreshed(
        task.http.get(url, task.scratch / "probe.json", "object", params=params), task
    )


def _answers(source: CdeSource, task: Task) -> dict[str, tuple[Received, dt.date]]:
    """Path -> answer and its refresh, of which there is one; in the declared order.

    After each round the answers of older refreshes are asked for again. Raises SourceWrong
    ``moving`` if that does not come to an end.
    """
    asked = dict(pair for series in source.series for pair in series.asked())
    found: dict[str, tuple[Received, dt.date]] = {}
    for attempt in range(1, task.http.network.restarts + 2):
        newest = max((day for _, day in found.values()), default=None)
        old = [path for path in asked if path not in found or found[path][1] != newest]
        found |= _round(source, task, {path: asked[path] for path in old})
        if len({day for _, day in found.values()}) == 1:
            return {path: found[path] for path in asked}
        log.warning("%s: was refreshed while it was fetched; asking again", task.dataset.name)
        task.http.pause(attempt)
    days = ", ".join(sorted({day.isoformat() for _, day in found.values()}))
    raise SourceWrong("moving", f"has answers of the refreshes of {days}")


def _round(
    source: CdeSource, task: Task, asked: Mapping[str, str]
) -> dict[str, tuple[Received, dt.date]]:
    """Ask for each path once. Raises SourceWrong naming all places that have no series."""
    last = source.last_month or f"{task.now:%Y-%m}"
    params = {"from": _month(source.first_month), "to": _month(last)}
    found: dict[str, tuple[Received, dt.date]] = {}
    missing: list[str] = []
    offense = ""
    for path, name in asked.items():
        if missing and not path.endswith(f"/{offense}"):
            break  # with the first offense all places are known
        offense = path.rpartition("/")[2]
        url = f"{task.base_url}/summarized/{path}"
        answer = task.http.get(url, task.folder / name, "object", params=params)
        if _has_series(answer):
            found[path] = answer, _refreshed(answer, task)
        else:
            missing.append(path)
    if missing:
        raise SourceWrong(
            "refused",
            f"{task.base_url}/summarized has no series of {', '.join(missing)}",
            next_step="take the places that it does not know out of series: in its dataset.yml",
        )
    return found


def _has_series(answer: Received) -> bool:
    """Whether there is any: none for a place that is not known, and status 200."""
    offenses = read_json(answer.path, "object").get("offenses")
    if offenses is None:
        return False
    if not isinstance(offenses, dict) or "actuals" not in offenses:
        raise SourceWrong("schema", f"{answer.url} has no actuals in its offenses")
    return bool(offenses["actuals"])


def _refreshed(answer: Received, task: Task) -> dt.date:
    """The day of the refresh that an answer is of."""
    value: Any = read_json(answer.path, "object")
    for field in ("cde_properties", "last_refresh_date", "UCR"):
        value = value.get(field) if isinstance(value, dict) else None
    match = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", value) if isinstance(value, str) else None
    try:
        day = dt.date(int(match[3]), int(match[1]), int(match[2])) if match else None
    except ValueError:
        day = None
    if day is None:
        raise SourceWrong("schema", f"{answer.url} names no last_refresh_date: {value!r:.60}")
    if day > task.now.date() + dt.timedelta(days=1):
        raise SourceWrong("values", f"{answer.url} is of a refresh of {day}, later than today")
    return day


def _month(month: str) -> str:
    """YYYY-MM as the Explorer writes it, MM-YYYY."""
    return f"{month[5:]}-{month[:4]}"
