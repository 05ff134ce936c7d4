"""The ``source:`` block of a dataset.yml: where a dataset is fetched from, by which protocol.

Models only, so that reading the catalog imports no network library; what a protocol does is in
``datasets.protocols.<protocol>``. A new protocol adds its model here, to ``Source``, and a module
of its name there.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

_MONTH = r"^(19|20)\d\d-(0[1-9]|1[0-2])$"
_NAME = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"

#: What a body must be; ``datasets.answers`` looks at its first bytes.
Kind = Literal["csv", "text", "json", "zip", "xlsx", "xls", "bytes"]


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'"{value}" is not a time zone') from error
    return value


TimeZone = Annotated[str, AfterValidator(_time_zone)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BaseSource(_Model):
    """What every source has.

    ``base_url``: can be replaced, see ``datasets.access``; ``key_base_url``: the one for those who
    have a key, where the publisher has two. ``on_request``: fetched only if named on the command
    line, for third parties' data and for what is large. ``max_age_days``: after how many days
    without a successful check the data count as old; ``on_stale``: what a run does then, warn or
    close its gate. ``max_mb``: the largest body, in megabytes after decompression.
    ``unused_fields``: what the publisher serves and we leave out on purpose; anything else that no
    column names is reported as new. ``full_only``: why it is fetched with ``--full`` only.
    ``allowance_minutes``: the span of the publisher's limit of requests, where its answers say how
    many are left. ``deadline_minutes``: how long a fetch may take, if not an hour.
    """

    base_url: str = Field(pattern="^https?://")
    key_base_url: str | None = Field(default=None, pattern="^https?://")
    on_request: bool = False
    max_age_days: int | None = Field(default=None, ge=1)
    on_stale: Literal["warn", "close"] = "warn"
    max_mb: float = Field(default=500, gt=0)
    unused_fields: tuple[str, ...] = ()
    full_only: str | None = Field(default=None, min_length=10)
    allowance_minutes: float | None = Field(default=None, gt=0)
    deadline_minutes: float | None = Field(default=None, gt=0)

    @property
    def in_parts(self) -> bool:
        """Whether it can be asked for what is from a day on."""
        return False

    def starts(self, since: dt.date | None) -> dt.date | None:
        """From which day on there are data if it is asked for those ``since`` a day; None: all."""
        return since


class Coverage(_Model):
    """Which days a table of incidents covers.

    From ``start`` to the last day on which the whole table, unfiltered, has any row by its field
    ``by``, but not to the newest ``omitted_days``, which the publisher holds back.
    """

    start: dt.date
    by: str = Field(pattern=r"^[a-z_][a-z0-9_]*$")
    omitted_days: int = Field(ge=0)


class Slices(_Model):
    """A large table is read in slices, one a value of the integer field ``by``, from ``first`` to
    the current year; each is kept when it is whole, so that an interrupted fetch goes on."""

    by: str = Field(pattern=r"^[a-z_][a-z0-9_]*$")
    first: int


class SocrataSource(BaseSource):
    """A table of a Socrata portal.

    ``resource``: its id, four-by-four. ``where``: a SoQL condition. ``order``: the column whose
    values are unique, by which pages are asked for. ``page_rows``: rows of a page. ``time_zone``:
    in which an update has its day. ``since_field``: allows ``--since``, rows from a day on.
    """

    protocol: Literal["socrata"]
    resource: str = Field(pattern=r"^[a-z0-9]{4}-[a-z0-9]{4}$")
    where: str | None = None
    order: str
    page_rows: int = Field(default=10_000, ge=1, le=50_000)
    time_zone: TimeZone = "UTC"
    covers: Coverage | None = None
    since_field: str | None = Field(default=None, pattern=r"^[a-z_][a-z0-9_]*$")
    slices: Slices | None = None

    @property
    def in_parts(self) -> bool:
        return self.since_field is not None


class Years(_Model):
    """A file a year, from ``first`` to ``last``; from ``usual`` on unless ``--since`` is given."""

    first: int = Field(ge=1900)
    usual: int
    last: int = Field(le=2100)

    @model_validator(mode="after")
    def _in_order(self) -> Years:
        if not self.first <= self.usual <= self.last:
            raise ValueError("first, usual and last year are not in this order")
        return self

    def begin(self, since: dt.date | None) -> int:
        """The first year that is asked for."""
        return max(since.year, self.first) if since else self.usual


class RemoteFile(_Model):
    """A file on the publisher's host.

    ``path``: below the base URL; with ``years``, one a year with ``{year}`` in it. ``linked_from``:
    a page in HTML, likewise below it, which has the one link to a file whose name fits ``path``, a
    pattern as ``*.xlsx``. ``name``: under which it is archived; the last part of the path if not
    given. ``member``: the file in a zip that is read, a name or a pattern as ``*.csv``.
    ``encoding``: of a text.
    """

    path: str = Field(min_length=1)
    kind: Kind
    name: str = Field(default="", pattern=rf"{_NAME}|^$")
    member: str | None = None
    encoding: Literal["utf-8", "latin-1", "cp1252"] = "utf-8"
    linked_from: str | None = None
    years: Years | None = None

    @property
    def file_name(self) -> str:
        return self.name or PurePosixPath(self.path).name

    @model_validator(mode="after")
    def _one_name(self) -> RemoteFile:
        if (self.years is None) == ("{year}" in self.path):
            raise ValueError("years: and {year} in path: need each other")
        if self.years is not None and self.name:
            raise ValueError("files of years: are named after their paths: name: cannot be given")
        if self.linked_from is not None and not self.name:
            raise ValueError("a file that is linked_from: a page needs a name:")
        return self

    def each(self, since: dt.date | None) -> Iterator[RemoteFile]:
        """The file itself, or those of its years."""
        if self.years is None:
            yield self
            return
        for year in range(self.years.begin(since), self.years.last + 1):
            path = self.path.replace("{year}", str(year))
            yield self.model_copy(update={"path": path, "years": None})


class FileSource(BaseSource):
    """One or more files, asked for again only if they changed.

    ``signed_by``: the path that, asked with ``key=<path of the file>``, answers with a JSON object
    of the one signed address to fetch it from (the FBI's bulk files).
    """

    protocol: Literal["file"]
    files: tuple[RemoteFile, ...] = Field(min_length=1)
    signed_by: str | None = None

    @property
    def in_parts(self) -> bool:
        return any(file.years for file in self.files)

    def starts(self, since: dt.date | None) -> dt.date | None:
        begin = [file.years.begin(since) for file in self.files if file.years]
        return dt.date(min(begin), 1, 1) if begin else None


Offense = Literal["HOM", "RPE", "ROB", "ASS", "V", "BUR", "LAR", "MVT", "P"]


class CdeSeries(_Model):
    """Series of the Crime Data Explorer: each of ``offenses`` for each place named.

    ``agencies``: identifiers of nine characters. ``states``: of two letters.
    """

    offenses: tuple[Offense, ...] = Field(min_length=1)
    national: bool = False
    states: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ()
    agencies: tuple[Annotated[str, Field(pattern=r"^[A-Z0-9]{9}$")], ...] = ()

    def asked(self) -> Iterator[tuple[str, str]]:
        """Path below ``summarized/`` and the name its answer is archived under, of each series.

        By offense: so that all agencies that are not known are found with the first one.
        """
        for offense in self.offenses:
            if self.national:
                yield f"national/{offense}", f"national_{offense}.json"
            for level, codes in (("state", self.states), ("agency", self.agencies)):
                for code in codes:
                    yield f"{level}/{code}/{offense}", f"{level}_{code}_{offense}.json"


class CdeSource(BaseSource):
    """Monthly series of the FBI's Crime Data Explorer, all as of one refresh.

    ``first_month``, ``last_month``: YYYY-MM; to the month of the fetch if there is no last one.
    """

    protocol: Literal["cde"]
    first_month: str = Field(pattern=_MONTH)
    last_month: str | None = Field(default=None, pattern=_MONTH)
    series: tuple[CdeSeries, ...] = Field(min_length=1)

    @field_validator("series")
    @classmethod
    def _asked_once(cls, value: tuple[CdeSeries, ...]) -> tuple[CdeSeries, ...]:
        times = Counter(path for series in value for path, _ in series.asked())
        if not times:
            raise ValueError("names no place")
        path, most = times.most_common(1)[0]
        if most > 1:
            raise ValueError(f"asks for {path} {most} times")
        return value


class ArcgisSource(BaseSource):
    """A layer of an ArcGIS server.

    ``layer``: its path below the base URL, as ``…/FeatureServer/0``. ``where``: a condition in SQL.
    ``page_rows``: rows of a page, if the layer allows as many. ``time_zone``: in which its dates,
    which are moments, and its last edit have their day.
    """

    protocol: Literal["arcgis"]
    layer: str = Field(pattern=r"^[^?#]+/\d+$")
    where: str = "1=1"
    page_rows: int = Field(default=2000, ge=1)
    time_zone: TimeZone = "UTC"


#: A level of the Census Bureau's geography -> the parameters that ask for all of it.
CENSUS_LEVELS = {
    "us": {"for": "us:*"},
    "state": {"for": "state:*"},
    "county": {"for": "county:*", "in": "state:*"},
    "place": {"for": "place:*", "in": "state:*"},
}


class CensusSource(BaseSource):
    """A table of the Census Bureau's API, which answers only those who send a key.

    ``table``: path below the base URL. ``variables``: what is asked for beside the name.
    ``levels``: of the geography, each asked for whole, in one request.
    """

    protocol: Literal["census"]
    table: str = Field(pattern=r"^data/(19|20)\d\d(/[a-z0-9]+)+$")
    variables: tuple[Annotated[str, Field(pattern=r"^[A-Z0-9_]+$")], ...] = Field(min_length=1)
    levels: tuple[Literal["us", "state", "county", "place"], ...] = Field(min_length=1)


#: Every source there can be; ``protocol`` says which.
Source = Annotated[
    SocrataSource | FileSource | CdeSource | ArcgisSource | CensusSource,
    Field(discriminator="protocol"),
]
