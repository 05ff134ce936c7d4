"""Tables of the Census Bureau's API: one request a level of geography, each a list of lists.

The key goes into the address, the only place the API takes it from; nothing that is written down
has it. Without a valid one the API redirects to a page in HTML, which is an error here. It sends no
ETag and does not say when its data were published: so the answers are compared with those we have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datasets import access
from datasets.answers import read_json
from datasets.body import Received
from datasets.errors import InputError, SourceWrong
from datasets.protocols import NotChanged, Retrieved, Task, kept, takes_no_since
from datasets.sources import CENSUS_LEVELS, CensusSource

NAME = "NAME"
_GET_A_KEY = (
    "get one at https://api.census.gov/data/key_signup.html and set CRIMECLAIMS_KEY_CENSUS, or "
    "save it in the Prefect block crimeclaims-key-census"
)


def retrieve(source: CensusSource, task: Task) -> Retrieved | NotChanged:
    """All levels of the table as they are now. InputError where there is no key to ask with."""
    takes_no_since(task)
    key = access.key(task.dataset.name, source.protocol)
    if key is None:
        raise InputError(
            f"{task.dataset.name}: the Census Bureau's API answers only those who have a key",
            next_step=_GET_A_KEY,
        )
    received = [_get(source, task, level, key) for level in source.levels]
    day = task.now.date()
    return Retrieved(
        parts=tuple(kept(one) for one in received),
        inputs=tuple(one.path for one in received),
        form="parse",
        vintage=day,
        vintage_basis="the day of retrieval: the API does not say when its data were published",
        published=day,
        origin=f"table {source.table} of the API, {', '.join(source.variables)} of each "
        + ", ".join(source.levels),
        source_url=f"{task.base_url}/{source.table}",
        state={},
    )


def _get(source: CensusSource, task: Task, level: str, key: str) -> Received:
    """The answer for a level, a header and rows as it should have them."""
    url = f"{task.base_url}/{source.table}"
    asked = {"get": ",".join((NAME, *source.variables)), **CENSUS_LEVELS[level]}
    path = task.folder / f"{source.table.removeprefix('data/').replace('/', '-')}-{level}.json"
    try:
        answer = task.http.get(url, path, "json", params=asked | {"key": key}, with_key=False)
    except SourceWrong as error:
        if error.fault == "html":
            what = f"{url} answers with a page in HTML, as it does to a key that is not valid"
            raise SourceWrong("refused", what, next_step=_GET_A_KEY) from None
        raise
    task.http.meter.count(rows=_rows(answer, asked))
    return answer


def _rows(answer: Received, asked: Mapping[str, str]) -> int:
    """How many rows it has. Raises SourceWrong for another shape, or a column that is missing."""
    value: Any = read_json(answer.path, "json")
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise SourceWrong("type", f"{answer.url} answered with something other than a list of rows")
    header, *rows = value or [[]]
    geography = [asked[name].partition(":")[0] for name in ("for", "in") if name in asked]
    for name in (*asked["get"].split(","), *geography):
        if header.count(name) != 1:
            raise SourceWrong("schema", f"{answer.url} has {header.count(name)} columns {name}")
    if not rows:
        raise SourceWrong("values", f"{answer.url} has no rows")
    if any(len(row) != len(header) for row in rows):
        raise SourceWrong("type", f"{answer.url} has rows of another length than its header")
    return len(rows)
