"""Readings and verdicts in words. Every sentence is made from the numbers that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks import attribution, words
from checks.caveats import TestEvidence
from checks.claim_models import Claim, Test
from checks.models import Label
from checks.reading_rows import ReadingRow


def comparison(test: Test, r: ReadingRow) -> str:
    """What a reading compares, in words and numbers."""
    if r.value is None or not r.figures:
        return r.why or "no figure"
    kind = test.kind
    claimed = words.band(r.low, r.low_open, r.high, r.high_open, r.unit)
    figures = r.figures
    if kind == "attribution":
        return attribution.comparison(str(getattr(test, "direction", "")), r)
    if r.unit == "years" and kind == "threshold":
        peak = max(figures, key=lambda f: f["value"])
        value = words.number(peak["value"], peak["unit"])
        known = "year" if len(figures) == 1 else "years"
        return (
            f"{r.value:.0f} of {len(figures)} known {known} (highest: {value} in "
            f"{peak['period_start'].year}), {claimed} needed"
        )
    if kind in ("value", "share", "threshold"):
        shown = words.number_against(r.value, r.unit, (r.low, r.high))
        return f"{shown}, claimed {claimed}"
    if kind == "ratio":
        top, below = (words.number(f["value"], f["unit"]) for f in figures)
        shown = words.number_against(r.value, "ratio", (r.low, r.high))
        return f"{top} ÷ {below} = {shown}, claimed {claimed}"
    if kind == "record":
        own = f"{words.number(r.value, r.unit)} {_during(figures[0])}"
        if len(figures) < 2:
            return f"{own}, no earlier figure"
        rival = figures[1]
        there = f"{words.number(rival['value'], r.unit)} {_during(rival)}"
        role = f"{rival['role']} was" if r.outcome == "holds" else "but"
        if rival["value"] == r.value:
            role = f"as {'high' if rival['role'] == 'next highest' else 'low'} as"
        return f"{own}, {role} {there}" if r.outcome != "missing" else f"{own}; {r.why}"
    if kind == "rank":
        own = words.number(figures[0]["value"], figures[0]["unit"])
        peers = words.number(figures[1]["value"], figures[1]["unit"])
        direction = getattr(test, "direction", "")
        claimed = words.ranked(int(r.high or 0), direction)
        return (
            f"{own}, {words.ranked(int(r.value), direction)} (claimed: {claimed}"
            f"{'' if r.high == 1 else ' or nearer the end'}; {figures[1]['role']}: {peers})"
        )
    if kind == "places":
        return f"{of_places(r)}, claimed {claimed}"
    if kind == "contrast":
        own, peers = [*(r.closest or "|").split("|"), ""][:2]
        if not (own and peers):
            return "no figure"
        return f"{words.movement_of(float(own))}, peers {words.movement_of(float(peers))}"
    first, last = figures[0], figures[-1]
    if kind == "change":
        return (
            f"{words.number(first['value'], first['unit'])} to "
            f"{words.number(last['value'], last['unit'])}, {r.value:+.1f}%, "
            f"claimed {words.change_band(r.low, r.low_open, r.high, r.high_open)}"
        )
    span = (
        f"{words.number(first['value'], first['unit'])} ({_period(first)}) to "
        f"{words.number(last['value'], last['unit'])} ({_period(last)})"
    )
    if r.unit == "steps":
        return f"{span}: {r.value:.0f} of {len(figures) - 1} steps"
    if r.unit == "percent of places":
        return f"{words.number(r.value, r.unit)} of the places"
    return f"{span}: {words.movement(r.value, r.unit)}"


def of_places(r: ReadingRow) -> str:
    """How many of the places with figures it is true of, and how many have none."""
    true, known, all_, _ = (r.closest or "").split("|")
    shown = f"{true} of {known} places with figures"
    if r.unit == "percent of places" and r.value is not None:
        shown += f" ({words.number_against(r.value, r.unit, (r.low, r.high))})"
    return shown if known == all_ else f"{shown}, {int(all_) - int(known)} without"


def _during(figure: dict[str, Any]) -> str:
    return words.during(figure["period_start"], figure["period_end"])


def _period(figure: dict[str, Any]) -> str:
    return words.period(figure["period_start"], figure["period_end"])


def how(test: Test, r: ReadingRow) -> str:
    """What tells a reading from the others of its test, in words."""
    if test.kind in ("value", "share", "threshold", "rank"):
        period = "" if test.kind == "rank" or r.unit == "years" else f", {r.variant}"
        source = f"{words.definition(r.definition)}, edition of {r.vintage}"
        return f"{words.place(r.place)}{period}, {source}"
    if test.kind in ("ratio", "contrast", "change"):
        return f"{one_place(words.place(r.place))}, {r.variant}"
    return r.variant


def one_place(name: str) -> str:
    """ "A ÷ A" is said as "A"."""
    sides = name.split(" ÷ ")
    return sides[0] if len(set(sides)) == 1 else name


def test_sentence(e: TestEvidence, label: Label) -> str:
    """Why a test got its label: how much holds, with the weightiest example on either side."""
    decided = e.decided
    if not decided:
        reasons = list(dict.fromkeys(r.why for r in e.readings if r.stated and r.why))
        return "No reading can be decided: " + ("; ".join(reasons[:3]) or _no_source(e.test)) + "."
    if e.test.kind == "attribution":
        return attribution.sentence(str(getattr(e.test, "direction", "")), e.readings)
    holds = [r for r in decided if r.outcome == "holds"]
    fails = [r for r in decided if r.outcome == "fails"]
    if holds and fails:
        text = (
            f"True in {len(holds)} of {len(decided)} readings{_eg(holds)} "
            f"{_clearest(e.test, holds)}; not true in {len(fails)}{_eg(fails)} "
            f"{_clearest(e.test, fails)}."
        )
    else:
        n = len(decided)
        verb, all_, edge = (
            ("True", "all", "failing") if holds else ("Not true", "any of", "holding")
        )
        count = "both" if n == 2 and holds else f"{all_} {n}"
        lead = verb if n == 1 else f"{verb} in {count} readings; the nearest to {edge}"
        text = f"{lead}: {_nearest(e.test, decided)}."
    if label == "conflicting" and not fails:
        text += " But most nearby readings fail."
    if e.tally.open:
        text += " One meaning of the words stays open: " + _open_reason(e) + "."
    return text


def _eg(readings: Sequence[ReadingRow]) -> str:
    return ":" if len(readings) == 1 else ", e.g."


def _clearest(test: Test, readings: Sequence[ReadingRow]) -> str:
    """The reading that speaks most clearly, of the first meaning and the greatest weight."""
    first = min(r.meaning for r in readings)
    heaviest = max(r.weight for r in readings if r.meaning == first)
    candidates = [r for r in readings if r.meaning == first and r.weight == heaviest]
    return _in_words(test, max(candidates, key=_clearness))


def _nearest(test: Test, readings: Sequence[ReadingRow]) -> str:
    """The reading that is nearest to turning around, whatever its weight."""
    return _in_words(test, min(readings, key=_clearness))


def _in_words(test: Test, r: ReadingRow) -> str:
    return f"{comparison(test, r)} ({how(test, r)})"


def _clearness(r: ReadingRow) -> float:
    """How far a reading is from turning around."""
    return abs(r.margin or 0.0)


def _open_reason(e: TestEvidence) -> str:
    def meaning(r: ReadingRow) -> tuple[int, str]:
        # "in 20 years" has each window as a meaning of its own, as in sql/readings/8_weigh.sql
        return r.meaning, r.variant if e.test.kind == "record" else ""

    decided = {meaning(r) for r in e.decided}
    reasons = [
        f"{words.place(r.place)}: {r.why}"
        for r in e.readings
        if r.stated and meaning(r) not in decided and r.why
    ]
    return reasons[0] if reasons else _no_source(e.test)


def _no_source(test: Test) -> str:
    if test.kind in ("rank", "contrast"):
        return "no source has figures of the place and of enough of its peers"
    return "no source has a figure"


def claim_sentence(claim: Claim, deciding: TestEvidence | None, label: Label) -> str:
    """Why a claim got its label: the reason of its weakest test."""
    if deciding is None:
        return " ".join((claim.uncheckable or "").split())
    text = test_sentence(deciding, label)
    if len(claim.tests) == 1:
        return text
    says = deciding.test.says
    return f"{says[0].upper()}{says[1:]}: {text[0].lower()}{text[1:]}"
