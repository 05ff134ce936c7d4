"""The declared datasets: one ``dataset.yml`` each, in a folder of the dataset's name."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from datasets.errors import InputError, nearest
from datasets.sources import Source
from datasets.yamlfile import read_yaml, validate

NAME = re.compile(r"^[a-z][a-z0-9_]*$")

ColumnType = Literal["text", "integer", "number", "date", "timestamp", "boolean"]

#: The DuckDB type that a value of each declared type must cast to.
SQL_TYPES: dict[str, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}


class Column(BaseModel):
    """A column of a dataset's file. ``required``: a missing value is an error.

    ``field``: what the publisher calls it, if a live source does so by another name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=NAME.pattern)
    type: ColumnType
    description: str = Field(min_length=3)
    required: bool = False
    field: str | None = None

    @property
    def source_field(self) -> str:
        return self.field or self.name


class Dataset(BaseModel):
    """One published source as declared.

    ``evidence``: ``primary`` is the publisher's own data, ``compiled`` somebody's compilation of
    it, ``secondary`` a figure quoted by somebody. ``revision``: with ``whole`` every snapshot
    restates the whole dataset; with ``append`` a snapshot adds periods or revises some of them.
    ``grain``: a row is an ``incident`` or a published ``figure``. ``bundled``: snapshots ship with
    the project; a dataset that is not bundled is there only once it was fetched. ``source``: where
    it can be fetched from. ``file``: the table, CSV, or Parquet where a CSV would be too large: its
    columns then have the declared types.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=NAME.pattern)
    title: str
    publisher: str
    publisher_url: str = Field(pattern="^https?://")
    table: str
    url: str = Field(pattern="^https?://")
    licence: str
    licence_url: str = Field(pattern="^https?://")
    description: str
    evidence: Literal["primary", "compiled", "secondary"]
    revision: Literal["whole", "append"]
    grain: Literal["incident", "figure"]
    bundled: bool = True
    file: str = Field(pattern=r"^[a-z0-9_.-]+\.(csv|parquet)$")
    key: tuple[str, ...] = Field(min_length=1)
    columns: tuple[Column, ...] = Field(min_length=1)
    source: Source | None = None

    @property
    def typed(self) -> bool:
        """Whether the table is a Parquet file, and ``raw`` therefore has the declared types."""
        return self.file.endswith(".parquet")


@lru_cache
def load_catalog(datasets_dir: Path) -> dict[str, Dataset]:
    """All datasets declared below ``datasets_dir``, by name, in alphabetical order.

    Raises InputError naming file, line and field of what is wrong.
    """
    catalog = {}
    for folder in sorted(datasets_dir.glob("*/snapshots")):
        if not (path := folder.parent / "dataset.yml").is_file():
            raise InputError.at(
                path,
                "is missing: nobody knows what the snapshots beside it are",
                next_step="write it like that of another dataset",
            )
    for path in sorted(datasets_dir.glob("*/dataset.yml")):
        file = read_yaml(path)
        dataset = validate(Dataset, file, file.value)
        if dataset.name != path.parent.name:
            problem = file.problem(("name",), f'is "{dataset.name}" in folder "{path.parent.name}"')
            raise InputError("a dataset is named after its folder:", problems=[problem])
        columns = [column.name for column in dataset.columns]
        for position, key in enumerate(dataset.key):
            if key not in columns:
                problem = file.problem(
                    ("key", position), f'"{key}" is not a column', near=nearest(key, columns)
                )
                raise InputError(f"{path.name} is not valid:", problems=[problem])
        order = getattr(dataset.source, "order", None)
        if order is not None and order not in columns:
            problem = file.problem(
                ("source", "order"), f'"{order}" is not a column', near=nearest(order, columns)
            )
            raise InputError(f"{path.name} is not valid:", problems=[problem])
        if dataset.source is not None and dataset.source.in_parts:
            # What a part does not have must come from elsewhere: from the vintage before it.
            for field, needed in (("revision", "append"), ("grain", "figure")):
                if getattr(dataset, field) != needed:
                    message = (
                        f"must be {needed} for a source that can be fetched in parts (--since)"
                    )
                    problem = file.problem((field,), message)
                    raise InputError(f"{path.name} is not valid:", problems=[problem])
        catalog[dataset.name] = dataset
    if not catalog:
        raise InputError(f"no dataset.yml below {datasets_dir}")
    return catalog
