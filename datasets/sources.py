"""The ``source:`` block of a dataset.yml: where a dataset is fetched from, by which protocol.

Models only, so that reading the catalog imports no network library; what a protocol does is in
``datasets.protocols.<protocol>``. A new protocol adds its model here, to ``Source``, and a module
of its name there.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import (
    Field,
    field_validator,
)

from datasets.source_base import BaseSource, SourceModel, TimeZone
from datasets.source_files import FileSource

_MONTH = r"^(19|20)\d\d-(0[1-9]|1[0-2])$"


class Coverage(SourceModel):
    """Which days a table of incidents covers.

    From ``start`` to the last day on which the whole table, unfiltered, has any row by its field
    ``by``, but not to the newest ``omitted_days``, which the publisher holds back.
    """

    start: dt.date
    by: str = Field(pattern=r"^[a-z_][a-z0-9_]*$")
    omitted_days: int = Field(ge=0)


class Slices(SourceModel):
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


Offense = Literal["HOM", "RPE", "ROB", "ASS", "V", "BUR", "LAR", "MVT", "P"]


class CdeSeries(SourceModel):
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
