"""``crimeclaims explain`` in 80 columns: the answer first, then what it rests on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from checks.caveats import caveats
from checks.models import Figure, Outcome, Reading, Verdict
from checks.readings import sql_name
from checks.report import format as words
from checks.report.sources import Snapshot, Source
from checks.report.view import FITS
from flows.explain import Explanation
from flows.output import clean, hanging, labelled, paragraph
from flows.verdicts import percent, words_of_label

#: Without ``--all``: so many readings that the words allow are shown, and so many near them; and so
#: many of the reasons why others decide nothing.
STATED, NEARBY, REASONS = 12, 6, 6

#: Of one reading, and of several.
_OUTCOMES: dict[Outcome, tuple[str, str]] = {
    "holds": ("holds", "hold"),
    "fails": ("does not hold", "do not hold"),
    "undetermined": ("cannot tell", "cannot tell"),
    "missing": ("lacks a figure", "lack a figure"),
}
_MARKS: dict[Outcome, str] = {
    "holds": "HOLDS",
    "fails": "FAILS",
    "undetermined": "CANNOT TELL",
    "missing": "NO FIGURE",
}


def to_text(found: Explanation, *, with_sql: bool, everything: bool = False) -> str:
    """For reading in a terminal. ``everything``: every reading, with its figures."""
    v = found.verdict
    lines = [*_answer(found)]
    if v.caveats:
        lines += ["", "Keep in mind"]
        lines += [hanging(f"{caveats()[id_].title}. {caveats()[id_].text}") for id_ in v.caveats]
    for stated, title in ((True, "What the words can mean"), (False, "Wordings near it")):
        readings = [r for r in v.readings if r.stated is stated]
        if readings:
            lines += ["", f"{title}: {_counts(readings)}"]
            lines += _all(found, readings) if everything else _chief(found, readings, stated)
    if found.sql:
        lines += ["", "How it is decided"]
        lines += [hanging(f"{kind}: true if {text}") for kind, text in found.formulas.items()]
        lines += [f"  {sql_name(path)}" for path in found.sql]
    if with_sql:
        for path in found.sql:
            lines += ["", f"-- {sql_name(path)}", path.read_text(encoding="utf-8").rstrip()]
    if found.sources:
        lines += ["", "Sources"]
    for source in found.sources:
        lines += _source(source)
    return "\n".join([*lines, "", f"build {v.build}"]) + "\n"


def _answer(found: Explanation) -> Iterator[str]:
    """The label, whose words they are, and why."""
    v, document = found.verdict, found.document
    said_by = f"{found.claim.speaker or document.speaker}, {words.day(document.published)}"
    yield f"{v.claim}: {words_of_label(v)}"
    yield ""
    yield paragraph(f"“{v.said}”", "  ")
    yield paragraph(f"{said_by}, {document.outlet}: {document.title}", "  ")
    if document.url:
        yield paragraph(document.url, "  ")
    yield ""
    yield paragraph(v.sentence)
    if len(v.tests) > 1:
        yield f"\nIt says {len(v.tests)} things, and is as good as the weakest"
        for test in v.tests:
            label = test.label.replace("_", " ")
            yield hanging(f"{test.test}. {test.says} ({test.kind}): {label}")
    facts = [
        ("closest true", v.closest_true),
        ("true in", _shares(v)),
        ("also true of", v.peers),
        ("chance", v.chance and v.chance.sentence),
        ("note", found.claim.note),
        ("as of", v.as_of and f"{words.day(v.as_of)}: only what was public then is used"),
    ]
    said = [labelled(name, str(value)) for name, value in facts if value]
    yield from ["", *said] if said else []


def _shares(v: Verdict) -> str | None:
    if v.holds_share is None:
        return None
    said = f"{percent(v.holds_share)} of what the words can mean"
    near = v.nearby_support
    return said if near is None else f"{said}, {percent(near)} of the wordings near it"


def _counts(readings: Sequence[Reading]) -> str:
    counts = Counter(r.outcome for r in readings)
    return ", ".join(
        f"{n} {several if n > 1 else one}"
        for outcome, (one, several) in _OUTCOMES.items()
        if (n := counts[outcome])
    )


def _all(found: Explanation, readings: Sequence[Reading]) -> Iterator[str]:
    for reading in readings:
        yield from _reading(found, reading)


def _chief(found: Explanation, readings: Sequence[Reading], stated: bool) -> Iterator[str]:
    """Those that decide something, heaviest first; of the others, what they lack."""
    decided = [r for r in readings if r.holds is not None]
    decided.sort(key=lambda r: -r.weight)  # those of one weight stay in their order
    shown = STATED if stated else NEARBY
    for reading in decided[:shown]:
        yield from _reading(found, reading) if stated else [_line(reading, with_variant=True)]
    if len(decided) > shown:
        yield hanging(f"and {len(decided) - shown} more that hold or fail: --all")
    if not stated:
        return
    lacking: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        if reading.holds is None:
            why = reading.why or reading.comparison
            lacking[f"{_MARKS[reading.outcome]}: {why}"].append(reading)
    for why, those in list(lacking.items())[:REASONS]:
        sets = ", ".join(dict.fromkeys(found.warehouse.name("dataset", r.dataset) for r in those))
        ids = ", ".join(r.id for r in those[:REASONS]) + (", …" if len(those) > REASONS else "")
        yield hanging(f"{why} ({ids}: {sets})")
    if len(lacking) > REASONS:
        yield hanging(f"and {len(lacking) - REASONS} more reasons why others are open: --all")


def _line(r: Reading, *, with_variant: bool = False) -> str:
    variant = f" ({r.variant})" if with_variant else ""
    return hanging(f"{r.id} {_MARKS[r.outcome]}  {r.comparison}{variant}")


def _reading(found: Explanation, r: Reading) -> Iterator[str]:
    name = found.warehouse.name
    then = "public on the day" if r.contemporaneous else "published later"
    fit = "" if r.fit == "exact" else f" ({FITS.get(r.fit, r.fit)})"
    yield _line(r)
    details = [
        r.variant,
        r.why if r.why != r.comparison else None,
        f"{name('place', r.place)}{fit}; {name('definition', r.definition)}",
        f"{name('dataset', r.dataset)}, vintage {r.vintage}, {then}",
    ]
    yield from (paragraph(text, "      ") for text in details if text)
    yield from (hanging(f"- {_figure(found, figure)}", "      ") for figure in r.figures)


def _figure(found: Explanation, f: Figure) -> str:
    when = words.period(f.period_start, f.period_end)
    value = words.number(f.value, f.unit)
    name = found.warehouse.name
    return f"{f.role}: {value} ({name('measure', f.measure)}, {name('place', f.place)}, {when})"


def _source(source: Source) -> list[str]:
    return [
        "",
        hanging(f"{source.title} ({source.dataset})"),
        paragraph(f"{source.publisher}, {source.table}", "    "),
        paragraph(f"{source.evidence} evidence; licence: {source.licence}", "    "),
        *(line for snapshot in source.used for line in _snapshot(snapshot)),
    ]


def _snapshot(s: Snapshot) -> list[str]:
    return [
        f"    vintage {s.vintage}, published {s.published}, retrieved {s.retrieved}",
        f"      sha256 {s.sha256}",
        f"      {clean(s.source_url)}",
    ]
