"""The reference tables as parsers need them: which places there are, and how ids are made."""

from __future__ import annotations

import csv
import re
from functools import lru_cache

from datasets.settings import REFERENCE_DIR


@lru_cache
def reference(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a reference table: ``places``, ``place_part``, …"""
    with (REFERENCE_DIR / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@lru_cache
def named(table: str, column: str) -> dict[str, dict[str, str]]:
    """The rows of a reference table by the name that stands in a column."""
    return {row[column]: row for row in reference(table)}


@lru_cache
def states() -> dict[str, str]:
    """Two-letter abbreviation of each state, by its name in capitals."""
    return {p["name"].upper(): p["state"] for p in reference("places") if p["kind"] == "state"}


def slug(name: str) -> str:
    """A name as part of an id: ``St. Louis`` -> ``st-louis``."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"[.']", "", name.lower())).strip("-")
