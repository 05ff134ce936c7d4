"""Sources that are files on a publisher's host."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Literal

from pydantic import Field, model_validator

from datasets.source_base import BaseSource, SourceModel

_NAME = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"

#: What a body must be; ``datasets.answers`` looks at its first bytes.
Kind = Literal["csv", "text", "json", "zip", "xlsx", "xls", "bytes"]


class Years(SourceModel):
    """A file a year, from ``first`` to ``last``; from ``usual`` on unless ``--since`` is given.

    A ``usual`` year after the last one: only with ``--since``. ``published``: the day on which the
    file of each year was, first to last, where every one is an edition of its own.
    """

    first: int = Field(ge=1900)
    usual: int
    last: int = Field(le=2100)
    published: tuple[dt.date, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Years:
        if not self.first <= self.last or not self.first <= self.usual:
            raise ValueError("first, usual and last year are not in this order")
        if self.published and len(self.published) != self.last + 1 - self.first:
            raise ValueError(
                f"published: has no day for each year from {self.first} to {self.last}"
            )
        return self

    def begin(self, since: dt.date | None) -> int:
        """The first year that is asked for."""
        return max(since.year, self.first) if since else self.usual


class RemoteFile(SourceModel):
    """A file on the publisher's host.

    ``path``: below the base URL; with ``years``, one a year with ``{year}`` in it, and in its name.
    ``linked_from``: a page in HTML, likewise below it, which has the one link to a file whose name
    fits ``path``, a pattern as ``*.xlsx``. ``name``: under which it is archived; the last part of
    the path if not given. ``member``: the file in a zip that is read, a name or a pattern as
    ``*.csv``. ``encoding``: of a text. ``published``: the day on which it was, where it is known.
    """

    path: str = Field(min_length=1)
    kind: Kind
    name: str = ""
    member: str | None = None
    encoding: Literal["utf-8", "latin-1", "cp1252"] = "utf-8"
    linked_from: str | None = None
    years: Years | None = None
    published: dt.date | None = None

    @property
    def file_name(self) -> str:
        return self.name or PurePosixPath(self.path).name

    @model_validator(mode="after")
    def _one_name(self) -> RemoteFile:
        if (self.years is None) == ("{year}" in self.path):
            raise ValueError("years: and {year} in path: need each other")
        if self.years is not None and "{year}" not in self.file_name:
            raise ValueError(
                f"{self.file_name!r} would be every year's: give a name: with {{year}}"
            )
        named = self.name or self.linked_from is None
        if named and not re.fullmatch(_NAME, self.file_name.replace("{year}", "1")):
            raise ValueError(
                f"{self.file_name!r} can be no file's name in the archive: give a name:"
            )
        if self.linked_from is not None and not self.name:
            raise ValueError("a file that is linked_from: a page needs a name:")
        return self

    def each(self, since: dt.date | None) -> Iterator[RemoteFile]:
        """The file itself, or those of its years."""
        if self.years is None:
            yield self
            return
        for year in range(self.years.begin(since), self.years.last + 1):
            path, name = (text.replace("{year}", str(year)) for text in (self.path, self.name))
            published = dict(enumerate(self.years.published, self.years.first)).get(year)
            yield self.model_copy(
                update={"path": path, "name": name, "years": None, "published": published}
            )


class FileSource(BaseSource):
    """One or more files, asked for again only if they changed.

    ``signed_by``: the path that, asked with ``key=<path of the file>``, answers with a JSON object
    of the one signed address to fetch it from (the FBI's bulk files).
    """

    protocol: Literal["file"]
    files: tuple[RemoteFile, ...] = Field(min_length=1)
    signed_by: str | None = None

    @model_validator(mode="after")
    def _named_apart(self) -> FileSource:
        names = [each.file_name for file in self.files for each in file.each(dt.date(1900, 1, 1))]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two files would be archived as {twice!r}: give one a name:")
        return self

    @property
    def in_parts(self) -> bool:
        return any(file.years for file in self.files)

    def starts(self, since: dt.date | None) -> dt.date | None:
        begin = [file.years.begin(since) for file in self.files if file.years]
        return dt.date(min(begin), 1, 1) if begin else None
