"""What every source has, whatever its protocol."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'"{value}" is not a time zone') from error
    return value


TimeZone = Annotated[str, AfterValidator(_time_zone)]


class SourceModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BaseSource(SourceModel):
    """What every source has.

    ``base_url``: can be replaced, see ``datasets.access``; ``key_base_url``: the one for those who
    have a key, where the publisher has two. ``on_request``: fetched only if named on the command
    line, for third parties' data and for what is large. ``max_age_days``: after how many days
    without a successful check the data count as old; ``on_stale``: what a run does then, warn or
    close its gate. ``max_mb``: the largest body, in megabytes after decompression.
    ``unused_fields``: what the publisher serves and we leave out on purpose, names or patterns as
    ``*_rate``; anything else that no column names, and no parser reads, is reported as new.
    ``full_only``: why it is fetched with ``--full`` only. ``allowance_minutes``: the span of the
    publisher's limit of requests, where its answers say how many are left. ``deadline_minutes``:
    how long a fetch may take, if not an hour.
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
