"""Caveats: each derived by one rule from the claim, its tests and their readings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from checks.claim_amounts import Operand, RatioTest
from checks.claim_models import Claim, Test
from checks.claims_file import known_names
from checks.definition_breaks import definition_breaks
from checks.periods import Period
from checks.reading_rows import ReadingRow
from checks.readings import Tally
from datasets.settings import CHECKS_DIR
from datasets.yamlfile import read_rows

#: A decided reading is on a knife edge if it is nearer to a single bound than this share of it,
#: or to one of two bounds than this share of the way between them.
KNIFE_EDGE = 0.01
KNIFE_EDGE_OF_BAND = 0.05
#: Below this count a Poisson 95% interval is wider than a third of the count either way.
SMALL_COUNT = 30
#: Kinds that are restated by other definitions; the others by rate for count, or count for rate.
_BY_DEFINITION = ("value", "threshold", "share")


class Caveat(BaseModel):
    """A row of ``caveats.yml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    text: str


@lru_cache
def caveats(path: Path = CHECKS_DIR / "caveats.yml") -> dict[str, Caveat]:
    """All caveats there are, by id."""
    return {row.id: row for row in read_rows(Caveat, path)}


@dataclass(frozen=True)
class TestEvidence:
    """A test with its readings and their sum."""

    __test__ = False

    test: Test
    readings: Sequence[ReadingRow]
    tally: Tally

    @property
    def decided(self) -> list[ReadingRow]:
        """Stated readings that hold or fail."""
        return [r for r in self.readings if r.stated and r.outcome in ("holds", "fails")]


def _differs(readings: Sequence[ReadingRow], key: Callable[[ReadingRow], Hashable]) -> bool:
    """Some hold and some fail among readings alike but for what ``key`` leaves out."""
    outcomes: dict[Hashable, set[str]] = defaultdict(set)
    for reading in readings:
        outcomes[key(reading)].add(reading.outcome)
    return any(len(found) > 1 for found in outcomes.values())


def _knife_edge(e: TestEvidence) -> bool:
    if e.test.kind == "places":
        return any(_one_place_turns(r) for r in e.decided)
    if e.test.kind in ("record", "trend", "change", "contrast"):
        return _turned_by_a_step(e)
    if e.test.kind not in ("value", "threshold", "share", "ratio") or getattr(
        e.test, "window", None
    ):
        return False
    return any(_near_bound(r) for r in e.decided)


def _turned_by_a_step(e: TestEvidence) -> bool:
    """A start or end that is one step away, or a revision, turns the outcome around.

    Not of an exact percentage: another start has another one, which says nothing about it.
    """
    # of nearby readings of an exact percentage one bound is taken away: the stated ones tell
    if e.test.kind == "change" and any(None not in (r.low, r.high) for r in e.decided):
        return False
    near = [
        r
        for r in e.readings
        if r.outcome in ("holds", "fails") and (r.stated or (r.steps == 1 and r.restated is None))
    ]
    return _differs(
        near,
        lambda r: (r.dataset, r.definition, r.unit, frozenset(f["place"] for f in r.figures)),
    )


def _near_bound(r: ReadingRow) -> bool:
    if r.value is None:
        return False
    if r.low is not None and r.high is not None:
        nearest = min(abs(r.value - r.low), abs(r.value - r.high))
        return nearest < KNIFE_EDGE_OF_BAND * (r.high - r.low)
    return r.margin is not None and abs(r.margin) < KNIFE_EDGE


def _one_place_turns(r: ReadingRow) -> bool:
    """Whether a number of places on one side of a bound is, with one place more or fewer, not."""
    true, _, all_ = map(float, (r.closest or "").split("|")[:3])
    if (r.low is None) == (r.high is None):
        return False  # an exact number is always turned by one

    def within(n: float) -> bool:
        value = n if r.unit == "places" else round(100 * n / all_, 9)
        above = r.low is None or value > r.low or (value == r.low and not r.low_open)
        return above and (r.high is None or value < r.high or (value == r.high and not r.high_open))

    return within(true - 1) != within(true + 1)


def _definition_break(e: TestEvidence) -> bool:
    if any(r.definition_break for r in e.decided):
        return True
    named = [known for known in definition_breaks() if known.before is None]
    return any(known.parts(r.figures) for r in e.decided for known in named)


def _count_or_rate(e: TestEvidence) -> bool:
    return e.test.kind not in _BY_DEFINITION and _restated_otherwise(e)


def _other_definition(e: TestEvidence) -> bool:
    return e.test.kind in _BY_DEFINITION and _restated_otherwise(e)


def _restated_otherwise(e: TestEvidence) -> bool:
    """All readings of the measure of the words say one thing, and its rate (or count) another.

    Or a definition that the words did not choose, for kinds that are restated so. Over the period
    of the words: what a rate says of other years is not about the measure alone.
    """
    outcomes = {r.outcome for r in e.decided}
    restated = {
        r.outcome
        for r in e.readings
        if r.restated and not r.steps and r.outcome in ("holds", "fails")
    }
    return len(outcomes) == 1 and bool(restated - outcomes)


def _part_of_year(e: TestEvidence) -> bool:
    # of a ratio those of both sides; of a change what it is counted between
    periods = [getattr(side, "period", None) for side in (e.test, *_sides(e.test))]
    periods += [getattr(e.test, "start", None), getattr(e.test, "end", None)]
    partial = any(isinstance(p, Period) and p.is_part_of_year for p in periods)
    partial = partial or getattr(e.test, "part_of_year", None) is not None
    return partial or _lacks(e, "partial")


def _sides(test: Test) -> list[Operand]:
    return [test.of, test.to] if isinstance(test, RatioTest) else []


def _lacks(e: TestEvidence, what: str) -> bool:
    """A stated reading has a figure that is this instead of a number (``lacks`` of readings)."""
    return any(what in r.lacks for r in e.readings if r.stated)


def _agency(e: TestEvidence) -> bool:
    kinds = {
        known_names("place").get(p, {}).get("kind")
        for side in (e.test, *_sides(e.test))
        for p in getattr(side, "also_read_as", ())
    }
    return "agency" in kinds or any(r.fit in ("part", "wider") for r in e.decided)


def _small(e: TestEvidence) -> bool:
    if e.test.kind == "places":  # its figures are numbers of places; the smallest count behind them
        smallest = [(r.closest or "").split("|")[-1] for r in e.decided]
        return any(n and float(n) < SMALL_COUNT for n in smallest)
    return any(
        f["unit"] == "count" and f["value"] is not None and f["value"] < SMALL_COUNT
        for r in e.decided
        for f in r.figures
    )


_RULES: dict[str, Callable[[TestEvidence], bool]] = {
    "knife_edge": _knife_edge,
    "cherry_picked": lambda e: (
        (e.tally.holds_share or 0) >= 0.9
        and e.test.kind != "attribution"  # nothing is true as worded
        and e.tally.nearby_support is not None
        and e.tally.nearby_support < 0.5
    ),
    "vintage_sensitive": lambda e: _differs(
        e.decided, lambda r: (r.dataset, r.definition, r.place, r.span, r.measures)
    ),
    "definition_sensitive": lambda e: (
        _differs(e.decided, lambda r: (r.dataset, r.vintage, r.place, r.span, r.measures))
        or _other_definition(e)
    ),
    "agency_not_place": _agency,
    "proxy_place": lambda e: any(r.fit in ("part", "wider") for r in e.decided),
    "proxy_period": lambda e: any(r.period_fit == "stand_in" for r in e.decided),
    "partial_year": _part_of_year,
    "not_reported": lambda e: _lacks(e, "not_reported"),
    "count_or_rate": _count_or_rate,
    "definition_break": _definition_break,
    "small_numbers": _small,
    "secondary_source": lambda e: any(r.evidence == "secondary" for r in e.decided),
    "no_contemporaneous_vintage": lambda e: (
        bool(e.decided) and not any(r.contemporaneous for r in e.decided)
    ),
    "ranking_discouraged": lambda e: e.test.kind == "rank",
    "attribution": lambda e: e.test.kind == "attribution",
    "undetermined": lambda e: e.tally.open > 0 and bool(e.decided),
}


def caveats_of(claim: Claim, evidence: Sequence[TestEvidence]) -> tuple[str, ...]:
    """Ids of the caveats of a claim, in the order of the published table."""
    if not claim.tests:
        return ("uncheckable",)
    found = {name for name, rule in _RULES.items() if any(rule(e) for e in evidence)}
    return tuple(name for name in caveats() if name in found)
