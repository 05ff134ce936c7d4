"""Records of a Return A master file, written byte for byte from the FBI's record description.

Written without the product's own table of the layout, so that the two are checked by each other:
positions are those of the description, 0-based: a header of 305 characters, then twelve months of
590, each with four groups of 28 counts that begin 17, 157, 297 and 437 characters into it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LENGTH, HEADER, MONTH = 7385, 305, 590
ACTUAL, CLEARED = 157, 297
NAMES = (
    *("murder", "manslaughter", "rape", "rape_by_force", "attempted_rape"),
    *("robbery", "robbery_gun", "robbery_knife", "robbery_other", "strong_robbery"),
    *("assault", "assault_gun", "assault_knife", "assault_other", "assault_hands"),
    *("simple_assault", "burglary", "forcible_entry", "no_force", "attempted_burglary"),
    *("larceny", "vehicle_theft", "auto_theft", "truck_theft", "other_theft"),
    *("all", "larceny_under_50", "unused"),
)
NEGATIVE = "}JKLMNOPQR"
POSITIVE = "{ABCDEFGHI"

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Month:
    """Counts of a month by their names; those not given are 0. ``card``: kind of return."""

    actual: Counts = field(default_factory=dict)
    cleared: Counts = field(default_factory=dict)
    card: str = "5"
    included_in: str = "  "


@dataclass(frozen=True)
class Record:
    """A record; months that are not given are blank."""

    ori: str
    year: int
    months: Mapping[int, Month] = field(default_factory=dict)
    agency: str = "SOMEWHERE"
    state: str = "FLA"
    population: int = 100_000
    covered_by: str = ""


def encode_count(value: int | None, *, signed: bool = False) -> str:
    """Five characters: a negative count has its sign in the last, a blank is no count.

    ``signed``: a count that is not negative has a sign too.
    """
    if value is None:
        return " " * 5
    digits = f"{abs(value):05d}"
    assert len(digits) == 5
    if value < 0:
        return digits[:4] + NEGATIVE[int(digits[4])]
    return digits[:4] + POSITIVE[int(digits[4])] if signed else digits


def encode(record: Record) -> bytes:
    """The 7,385 bytes of a record."""
    text = [" "] * LENGTH

    def put(start: int, value: str) -> None:
        text[start : start + len(value)] = value

    put(0, "1")
    put(1, "09")
    put(3, record.ori)
    put(10, "1 ")
    put(13, f"{record.year % 100:02d}")
    put(23, f"{record.covered_by:<7}")
    put(41, f"{max(record.months, default=0):02d}")
    put(44, f"{record.population:09d}")
    put(120, f"{record.agency:<24}")
    put(144, f"{record.state:<6}")
    for number, month in record.months.items():
        start = HEADER + MONTH * (number - 1)
        put(start, month.included_in)
        put(start + 8, month.card * 5)
        for group, counts in ((ACTUAL, month.actual), (CLEARED, month.cleared)):
            unknown = counts.keys() - set(NAMES)
            assert not unknown, unknown
            for position, name in enumerate(NAMES):
                put(start + group + 5 * position, encode_count(counts.get(name, 0)))
    assert len(text) == LENGTH
    return "".join(text).encode("latin-1")


def write_zip(path: Path, records: Sequence[bytes], *, end: bytes = b"\r\n") -> Path:
    """A file as the FBI serves it: one text in a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(path.with_suffix(".TXT").name, b"".join(r + end for r in records))
    return path
