"""Series of the FBI's Crime Data Explorer: one answer a place and offense, all of one refresh.

An answer is a few kilobytes and says of which refresh it is. A refresh restates everything, so a
table of two refreshes is of no day at all: whatever is of an older one is asked for again. The
Explorer answers 200 for an agency it does not know, with no series in it.

A fetch is more than a thousand requests, so one that fails keeps the answers that it has. They are
good for the next attempt as long as the Explorer is at the same refresh, which is a month.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from datasets.answers import read_json
from datasets.archive import Part
from datasets.body import Received
from datasets.errors import SourceUnreachable, SourceWrong
from datasets.protocols import NotChanged, Retrieved, Task, kept, takes_no_since
from datasets.protocols.resume import keep_answer, only, take_answers
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
    answers = _answers(source, task, refreshed)
    [refreshed] = {day for _, day in answers.values()}
    parts = tuple(part for part, _ in answers.values())
    months = f"{source.first_month} to {source.last_month or 'the newest month'}"
    return Retrieved(
        parts=parts,
        inputs=tuple(task.folder / part.name for part in parts),
        form="parse",
        vintage=refreshed,
        vintage_basis="the Explorer's last_refresh_date, which all of its answers name",
        published=refreshed,
        origin=f"{len(parts):,} answers, one a place and offense; months from {months}",
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


def _answers(source: CdeSource, task: Task, refreshed: dt.date) -> dict[str, tuple[Part, dt.date]]:
    """Path -> answer and its refresh, of which there is one; in the declared order.

    Those of ``refreshed`` that an earlier attempt has are taken. After each round the answers of
    older refreshes are asked for again. Raises SourceWrong ``moving`` if that does not end.
    """
    asked = dict(pair for series in source.series for pair in series.asked())
    found = _from_before(source, task, asked, refreshed)
    for attempt in range(1, task.http.network.restarts + 2):
        newest = max((day for _, day in found.values()), default=None)
        old = [path for path in asked if path not in found or found[path][1] != newest]
        try:
            _round(source, task, {path: asked[path] for path in old}, found)
        except SourceUnreachable as error:
            raise _resumable(error, found, len(asked)) from None
        if len({day for _, day in found.values()}) == 1:
            return {path: found[path] for path in asked}
        log.warning("%s: was refreshed while it was fetched; asking again", task.dataset.name)
        task.http.pause(attempt)
    days = ", ".join(sorted({day.isoformat() for _, day in found.values()}))
    raise SourceWrong("moving", f"has answers of the refreshes of {days}")


def _from_before(
    source: CdeSource, task: Task, asked: Mapping[str, str], refreshed: dt.date
) -> dict[str, tuple[Part, dt.date]]:
    """What an earlier attempt was answered, of this refresh and for these months."""
    assert task.partial is not None
    questions = {_question(source, task, path): (path, name) for path, name in asked.items()}
    names = {question: name for question, (_, name) in questions.items()}
    taken = take_answers(only(task.partial / refreshed.isoformat()), names, task.folder)
    if taken:
        what = "%s: %d of %d answers are there from before, of the refresh of %s"
        log.info(what, task.dataset.name, len(taken), len(asked), refreshed)
    return {questions[question][0]: (part, refreshed) for question, part in taken.items()}


def _resumable(
    error: SourceUnreachable, found: Mapping[str, tuple[Part, dt.date]], of: int
) -> SourceUnreachable:
    """The same error, saying how much of it need not be asked for again."""
    if not found:
        return error
    newest = max(day for _, day in found.values())
    n = sum(1 for _, day in found.values() if day == newest)
    return SourceUnreachable(
        f"{error}; {n:,} of {of:,} answers are kept for the next attempt, good until there is "
        f"another refresh than that of {newest}",
        next_step=error.next_step,
    )


def _round(
    source: CdeSource,
    task: Task,
    asked: Mapping[str, str],
    found: dict[str, tuple[Part, dt.date]],
) -> None:
    """Ask for each path once, into ``found``, each kept as it comes.

    Raises SourceWrong naming all places that have no series.
    """
    assert task.partial is not None
    missing: list[str] = []
    offense = ""
    for path, name in asked.items():
        if missing and not path.endswith(f"/{offense}"):
            break  # with the first offense all places are known
        offense = path.rpartition("/")[2]
        to = task.folder / name
        to.unlink(missing_ok=True)  # it may be another name of one that is kept
        url = f"{task.base_url}/summarized/{path}"
        answer = task.http.get(url, to, "object", params=_months(source, task))
        if _has_series(answer):
            part, day = kept(answer), _refreshed(answer, task)
            found[path] = part, day
            if len(found) % 100 == 0:
                log.info("%s: %d answers", task.dataset.name, len(found))
            folder = task.partial / day.isoformat()
            keep_answer(folder, _question(source, task, path), part, answer.path)
        else:
            missing.append(path)
    if missing:
        raise SourceWrong(
            "refused",
            f"{task.base_url}/summarized has no series of {', '.join(missing)}",
            next_step="take the places that it does not know out of series: in its dataset.yml",
        )


def _months(source: CdeSource, task: Task) -> dict[str, str]:
    """The months that are asked for."""
    last = source.last_month or f"{task.now:%Y-%m}"
    return {"from": _month(source.first_month), "to": _month(last)}


def _question(source: CdeSource, task: Task, path: str) -> str:
    return f"{path}?{urlencode(_months(source, task))}"


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
