"""Chicago's table of crimes, small: the same crimes in each of some years, and its declaration."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from datasets.settings import DATASETS_DIR
from tests.emulators.socrata import Portal
from tests.support_live import CRIME_FIELDS

CRIMES = "chicago_crimes"


def city_portal(years: Iterable[int], each: int, updated: int) -> Portal:
    """A portal with ``each`` thefts in each of the years."""
    rows: list[dict[str, Any]] = [
        {
            "id": 1_000 * year + number, "case_number": "HX", "iucr": "0820", "primary_type": "X",
            "date": f"{year}-01-{1 + number % 9:02}T00:00:00.000", "fbi_code": "06",
            "arrest": False, "domestic": False, "district": "001", "community_area": "8",
            "year": year, "updated_on": f"{year}-02-01T00:00:00.000", "block": None,
        }
        for year in years
        for number in range(each)
    ]  # fmt: skip
    fields = CRIME_FIELDS | {"district": "text", "community_area": "text"}
    return Portal("ijzp-q8t2", fields, rows, updated)


def declare_slices(datasets_dir: Path, first: int, page_rows: int) -> None:
    """The dataset as it is declared, but from a later year on and with small pages."""
    folder = datasets_dir / CRIMES
    folder.mkdir(parents=True)
    text = (DATASETS_DIR / CRIMES / "dataset.yml").read_text(encoding="utf-8")
    for before, after in (
        ("page_rows: 50000", f"page_rows: {page_rows}"),
        ("first: 2001}", f"first: {first}}}"),
    ):
        assert before in text
        text = text.replace(before, after)
    (folder / "dataset.yml").write_text(text, encoding="utf-8")
