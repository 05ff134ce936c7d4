"""By which figure the places of a claim are compared, and for which of them the same is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from checks.claim_models import Test
from checks.claims_file import known_names
from checks.models import Reading
from checks.report.charts.model import Names, period
from checks.report.charts.plan import window_of


@dataclass(frozen=True)
class Compared:
    """What each place is compared by: ``what`` in words, its unit, the band claimed of it."""

    what: str
    unit: str
    values: Mapping[str, float]
    own: tuple[str, float] | None
    low: float | None = None
    low_open: bool = False
    high: float | None = None
    high_open: bool = False

    @property
    def banded(self) -> bool:
        return self.low is not None or self.high is not None

    def within(self, value: float) -> bool:
        """Whether what is claimed is so of a place with this value."""
        above = self.low is None or (value > self.low if self.low_open else value >= self.low)
        below = self.high is None or (value < self.high if self.high_open else value <= self.high)
        return above and below


def compared_by(
    main: Reading, peers: Mapping[str, Mapping[int, float]], test: Test | None, names: Names
) -> Compared | None:
    """The figure of each place that ``main`` compares, or by which its sentence is true or not.

    ``peers``: figures by place and year. None if that kind of reading has no such figure.
    """
    figures = main.figures
    measure = names("measure", figures[0].measure)
    own = None if main.value is None else (main.place, main.value)
    first, last = figures[0].period_start.year, figures[-1].period_end.year
    if main.kind == "rank" or (main.kind in ("value", "share", "threshold") and first == last):
        values = {place: of[first] for place, of in peers.items() if first in of}
        place = None if figures[0].value is None else (main.place, figures[0].value)
        said = f"{measure}, {period(figures[0].period_start, figures[0].period_end)}"
        if main.kind == "rank":
            return Compared(said, figures[0].unit, values, place)
        return Compared(said, main.unit, values, place, main.low, _open(test, "low"),
                        main.high, _open(test, "high"))  # fmt: skip
    if main.kind == "change":
        moved = _moved(peers, first, last)
        return Compared(f"{measure}, change from {first} to {last}", "percent", moved, own,
                        main.low, _open(test, "low"), main.high, _open(test, "high"))  # fmt: skip
    if main.kind == "contrast" and figures[0].value and figures[1].value is not None:
        change = 100 * (figures[1].value - figures[0].value) / figures[0].value
        said = f"{measure}, change from {first} to {figures[1].period_end.year}"
        moved = _moved(peers, first, figures[1].period_end.year)
        return Compared(said, "percent", moved, (main.place, change))
    if main.kind == "trend" and main.unit.startswith("percent") and figures[0].value:
        return _trend(main, peers, measure)
    if main.kind == "record" and len(figures) > 1 and figures[1].value and main.value is not None:
        return _record(main, peers, measure)
    if main.kind == "attribution" and main.way != "trend":
        return _before_and_after(main, peers, measure)
    if main.kind == "places":
        return _places(main, peers, test, measure)
    return None


def _open(test: Test | None, side: str) -> bool:
    """Whether a bound itself is outside of what is claimed; only the claim file knows."""
    if test is None or not hasattr(test, "band"):
        return False
    return bool(getattr(test.band(), f"{side}_open"))


def _moved(peers: Mapping[str, Mapping[int, float]], first: int, last: int) -> dict[str, float]:
    return {
        place: 100 * (of[last] - of[first]) / of[first]
        for place, of in peers.items()
        if of.get(first) and last in of
    }


def _trend(
    main: Reading, peers: Mapping[str, Mapping[int, float]], measure: str
) -> Compared | None:
    """From the first to the last year: of a line through all of them no figure is at hand."""
    start, end = main.figures[0], main.figures[-1]
    if not start.value or end.value is None or start.unit == "percent":
        return None
    first, last = start.period_start.year, end.period_start.year
    own = (main.place, 100 * (end.value - start.value) / start.value)
    said = f"{measure}, change from {first} to {last}"
    rising = main.low is not None
    bounds = (0.0, True, None, False) if rising else (None, False, 0.0, True)
    return Compared(said, "percent", _moved(peers, first, last), own, *bounds)


def _record(
    main: Reading, peers: Mapping[str, Mapping[int, float]], measure: str
) -> Compared | None:
    """How far the year spoken of is from the highest, or lowest, of the years before it."""
    window = window_of(main)
    if window is None:
        return None
    first, last = (int(year) for year in window)
    year, highest = main.figures[0].period_start.year, main.low is not None
    best = max if highest else min
    values = {}
    for place, of in peers.items():
        if all(y in of for y in (*range(first, last + 1), year)):
            rival = best(of[y] for y in range(first, last + 1))
            if rival:
                values[place] = 100 * (of[year] - rival) / rival
    rival = main.figures[1].value or 0.0
    own = (main.place, 100 * ((main.value or 0.0) - rival) / rival)
    word = "highest" if highest else "lowest"
    said = f"{measure}, {year} against the {word} of {first}–{last}"
    bounds = (0.0, False, None, False) if highest else (None, False, 0.0, False)
    return Compared(said, "percent", values, own, *bounds)


def _before_and_after(
    main: Reading, peers: Mapping[str, Mapping[int, float]], measure: str
) -> Compared:
    """From the mean of the years before a cause to that of the years after, as ``main`` has it."""
    before, after = (
        range(f.period_start.year, f.period_end.year + 1)
        for f in (main.figures[0], main.figures[-1])
    )
    points = main.unit != "percent"
    values = {}
    for place, of in peers.items():
        if all(year in of for year in (*before, *after)):
            start, end = (fmean(of[y] for y in years) for years in (before, after))
            if points or start:
                values[place] = end - start if points else 100 * (end - start) / start
    said = f"{measure}, change from {before[0]}–{before[-1]} to {after[0]}–{after[-1]}"
    own = None if main.value is None else (main.place, main.value)
    return Compared(said, main.unit, values, own)


def _places(
    main: Reading, peers: Mapping[str, Mapping[int, float]], test: Test | None, measure: str
) -> Compared:
    first, last = main.figures[0].period_start.year, main.figures[0].period_end.year
    scale = 100.0 if known_names("measure")[main.figures[0].measure]["unit"] == "percent" else 1.0
    band = test.band_of_each(scale) if test is not None and test.kind == "places" else None
    bounds = (band.low, band.low_open, band.high, band.high_open) if band else ()
    if first == last:
        values = {place: of[first] for place, of in peers.items() if first in of}
        unit = known_names("measure")[main.figures[0].measure]["unit"]
        return Compared(f"{measure}, {first}", unit, values, None, *bounds)
    said = f"{measure}, change from {first} to {last}"
    return Compared(said, "percent", _moved(peers, first, last), None, *bounds)
