"""Checks JSON-LD against schema.org's own definitions, from ``tests/golden/schema_org.json``."""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

GOLDEN = Path(__file__).parent / "golden" / "schema_org.json"


@lru_cache
def types() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))["types"]
    return found


def lineage(name: str) -> list[str]:
    """A type and all that it inherits from."""
    return [name, *(above for parent in types()[name]["parents"] for above in lineage(parent))]


def problems(node: dict[str, Any], path: str = "") -> list[str]:
    """What is wrong with a node: unknown types, properties of another type, values out of range."""
    kind = node.get("@type")
    if kind not in types():
        return [f"{path or '/'}: {kind} is no type that we write"]
    domains = {name: of for t in lineage(kind) for name, of in types()[t]["properties"].items()}
    found = []
    for name, value in node.items():
        here = f"{path}/{name}"
        if name.startswith("@"):
            continue
        if name not in domains:
            found.append(f"{here}: {kind} has no such property")
        elif isinstance(value, dict):
            inside = problems(value, here)
            found += inside
            if not inside and not set(lineage(value["@type"])) & set(domains[name]):
                found.append(f"{here}: {value['@type']} is none of {domains[name]}")
        elif not any(_is(value, of) for of in domains[name]):
            found.append(f"{here}: {value!r} is none of {domains[name]}")
    return found


def _is(value: Any, data_type: str) -> bool:
    if data_type == "Number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if data_type in ("Date", "DateTime"):
        return _is_date(value)
    if data_type == "URL":
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.netloc)
    return data_type == "Text"


def _is_date(value: str) -> bool:
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
