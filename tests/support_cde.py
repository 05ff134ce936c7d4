"""Answers of the Crime Data Explorer as it gives them, months in no order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Counts = Mapping[str, int | None]


def answer(
    name: str,
    offenses: Counts | None,
    cleared: Counts | None,
    *,
    population: int = 100_000,
    participated: int | None = None,
    refreshed: str = "09/15/2026",
) -> dict[str, Any]:
    """The body of an answer; months are "MM-YYYY"."""
    months = sorted({*(offenses or {}), *(cleared or {})}, key=lambda m: m[::-1])
    actuals = {f"{name} Offenses": offenses, f"{name} Clearances": cleared}
    return {
        "offenses": {"rates": {f"{name} Offenses": dict.fromkeys(months, -1)}, "actuals": actuals},
        "tooltips": {},
        "populations": {
            "population": {name: dict.fromkeys(months, population)},
            "participated_population": {
                name: dict.fromkeys(months, population if participated is None else participated)
            },
        },
        "cde_properties": {
            "max_data_date": {"UCR": refreshed[:3] + refreshed[6:]},
            "last_refresh_date": {"UCR": refreshed},
        },
    }


def months_of(year: int, counts: list[int | None]) -> dict[str, int | None]:
    return {f"{m:02d}-{year}": count for m, count in enumerate(counts, start=1)}


def write_answer(folder: Path, asked: str, body: Any) -> Path:
    """``asked``: ``agency_FL0130000_HOM``, ``state_FL_V`` or ``national_HOM``."""
    path = folder / f"{asked}.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    return path
