"""Rows out of an ArcGIS server's answers: features with attributes, dates in milliseconds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from datasets.answers import read_json
from datasets.catalog import Dataset
from datasets.errors import SourceWrong
from datasets.sources import ArcgisSource
from datasets.table import json_row


def features(path: Path) -> list[Mapping[str, Any]]:
    """The attributes of each feature of an answer. SourceWrong if it has not that shape."""
    found = read_json(path, "object").get("features")
    if not isinstance(found, list):
        raise SourceWrong("type", "answered without a list of features")
    rows = [feature.get("attributes") if isinstance(feature, dict) else None for feature in found]
    if not all(isinstance(row, dict) for row in rows):
        raise SourceWrong("type", "answered with a feature that has no attributes")
    return [row for row in rows if row is not None]


def feature_rows(paths: Sequence[Path], dataset: Dataset) -> Iterator[dict[str, str | None]]:
    """Rows of all answers; moments are written as the source's time zone has them."""
    zone = ZoneInfo(dataset.source.time_zone if isinstance(dataset.source, ArcgisSource) else "UTC")
    for path in paths:
        for attributes in features(path):
            row = json_row(attributes, dataset)
            for column in dataset.columns:
                value = row[column.name]
                if value is not None and column.type in ("date", "timestamp"):
                    row[column.name] = _moment(value, column.type == "date", zone)
            yield row


def _moment(value: str, day: bool, zone: ZoneInfo) -> str:
    """Milliseconds since 1970 as a day or a local time; a text that is none of these stays."""
    if not re.fullmatch(r"-?\d{1,15}", value):
        return value
    at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    try:
        local = (at + dt.timedelta(milliseconds=int(value))).astimezone(zone)
    except OverflowError:
        return value
    return f"{local:%Y-%m-%d}" if day else f"{local:%Y-%m-%d %H:%M:%S}"
