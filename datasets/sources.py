"""The ``source:`` block of a dataset.yml: where a dataset is fetched from, by which protocol.

Models only, so that reading the catalog imports no network library; what a protocol does is in
``datasets.protocols.<protocol>``. A new protocol adds its model here, to ``Source``, and a module
of its name there.
"""

from __future__ import annotations

import datetime as dt
from pathlib import PurePosixPath
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

_NAME = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"

#: What a body must be; ``datasets.answers`` looks at its first bytes.
Kind = Literal["csv", "text", "json", "zip", "xlsx", "xls", "bytes"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BaseSource(_Model):
    """What every source has.

    ``base_url``: can be replaced, see ``datasets.access``. ``max_age_days``: after how many days
    without a successful check the data count as old; ``on_stale``: what a run does then, warn or
    close its gate. ``max_mb``: the largest body, in megabytes after decompression.
    ``unused_fields``: what the publisher serves and we leave out on purpose; anything else that no
    column names is reported as new. ``full_only``: why it is fetched with ``--full`` only.
    """

    base_url: str = Field(pattern="^https?://")
    max_age_days: int | None = Field(default=None, ge=1)
    on_stale: Literal["warn", "close"] = "warn"
    max_mb: float = Field(default=500, gt=0)
    unused_fields: tuple[str, ...] = ()
    full_only: str | None = Field(default=None, min_length=10)


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
    time_zone: str = "UTC"
    covers: Coverage | None = None
    since_field: str | None = Field(default=None, pattern=r"^[a-z_][a-z0-9_]*$")
    slices: Slices | None = None

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f'"{value}" is not a time zone') from error
        return value


class RemoteFile(_Model):
    """A file on the publisher's host.

    ``path``: below the base URL. ``name``: under which it is archived; the last part of the path if
    not given. ``member``: the file in a zip that is read, a name or a pattern as ``*.csv``.
    ``encoding``: of a text.
    """

    path: str = Field(min_length=1)
    kind: Kind
    name: str = Field(default="", pattern=rf"{_NAME}|^$")
    member: str | None = None
    encoding: Literal["utf-8", "latin-1", "cp1252"] = "utf-8"

    @property
    def file_name(self) -> str:
        return self.name or PurePosixPath(self.path).name


class FileSource(BaseSource):
    """One or more files, asked for again only if they changed.

    ``signed_by``: the path that, asked with ``key=<path of the file>``, answers with a JSON object
    of the one signed address to fetch it from (the FBI's bulk files).
    """

    protocol: Literal["file"]
    files: tuple[RemoteFile, ...] = Field(min_length=1)
    signed_by: str | None = None


#: Every source there can be; ``protocol`` says which.
Source = Annotated[SocrataSource | FileSource, Field(discriminator="protocol")]
