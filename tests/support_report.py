"""A small warehouse, claims and verdicts with real figures, as the report's tests use them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from checks.claim_models import Claim, ClaimFile
from checks.models import Document, Figure, Reading, TestResult, Verdict
from checks.report import RunInfo
from checks.run_changes import Changes
from checks.run_diff import Inputs, compare_runs
from datasets.ages import Age
from datasets.load import create_schemas, load_reference
from datasets.settings import SQL_DIR, Settings
from datasets.vintages import Comparison, Group, Moved
from datasets.warehouse import Connection, run_sql_file, writer

DAY = dt.date(2017, 8, 16)
BUILD = "6bde8e5038ce5f8c"
RUN = RunInfo(
    run_id="2026-11-22T075500Z-1f2e",
    started=dt.datetime(2026, 11, 22, 7, 55, tzinfo=dt.UTC),
    build=BUILD,
    published_at="2026-11-22T07:54:58+00:00",
    versions={"crimeclaims": "0.1.0", "duckdb": "1.5.5"},
)
HOSTILE = (
    '<script>alert("x")</script> javascript:alert(1) <img src=x onerror=alert(1)> &amp; '
    "{{ 7*7 }} \u202eevil\u202c \u05e9\u05dc\u05d5\u05dd \U0001f52b " + "very" * 60
)
SHA = {"fbi": "1f" * 32, "foia": "2e" * 32, "cited": "3d" * 32, "idle": "4c" * 32}
_OBSERVATIONS = [
    # snapshot, measure, definition, place, year, value, status, source_row, note
    ("fbi", "murder", "ucr", "chicago-pd", 2016, 768, "final", 55, None),
    ("fbi", "murder", "ucr", "chicago-pd", 1997, 757, "final", 36, None),
    ("fbi", "murder", "ucr", "chicago-pd", 1996, 789, "final", 35, None),
    ("foia", "murder_cleared", "any_year_victims", "chicago-pd", 2016, 224, "final", None, None),
    ("foia", "murder", "victims", "chicago-pd", 2016, 780, "final", None, None),
    ("foia", "murder_cleared", "any_year_cases", "chicago-pd", 2016, 207, "final", None, None),
    ("foia", "murder", "cases", "chicago-pd", 2016, 742, "final", None, None),
    ("cited", "murder_clearance_rate", "crime_lab", "chicago-il", 2016, 26, "final", 4,
     "University of Chicago Crime Lab (via The Crime Report); not restated <b>there</b>"),
]  # fmt: skip
SNAPSHOTS = {
    "fbi": ("fbi_return_a", "2024-09-23", "figures.csv"),
    "foia": ("chicago_homicide_clearances", "2022-05-06", "homicides.csv"),
    "cited": ("cited_figures", "2017-01-17", "figures.csv"),
    "idle": ("census_population", "2020-05-21", "population.csv"),
}


def snapshot_id(short: str) -> str:
    dataset, vintage, _ = SNAPSHOTS[short]
    return f"{dataset}@{vintage}#{SHA[short][:8]}"


@contextmanager
def warehouse(folder: Path, *, url: str = "https://example.org/data") -> Iterator[Connection]:
    """A build of four datasets; ``url`` is the address that every source gives."""
    path = folder / "build.duckdb"
    path.unlink(missing_ok=True)
    with writer(Settings(var=folder), path) as con:
        create_schemas(con)
        load_reference(con)
        for short, (dataset, vintage, file) in SNAPSHOTS.items():
            evidence = "secondary" if short == "cited" else "primary"
            title = dataset.replace("_", " ").capitalize()
            con.execute(
                "INSERT INTO meta.dataset VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [dataset, title, "A <publisher> & Sons", url, "Table 8", url, "public domain", url,
                 "What it is, in a sentence or two.", evidence, "whole", "figure"],
            )  # fmt: skip
            con.execute(
                "INSERT INTO meta.snapshot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [snapshot_id(short), dataset, vintage, "date of the release", vintage, "2026-11-22",
                 url, "columns kept: a, b", None, None, file, 12345, SHA[short], 153],
            )  # fmt: skip
        for short, measure, definition, place, year, value, status, row, note in _OBSERVATIONS:
            con.execute(
                "INSERT INTO core.staged_observation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [snapshot_id(short), measure, definition, place, f"{year}-01-01", f"{year}-12-31",
                 value, status, row, 1 if row else value, note],
            )  # fmt: skip
        for path in [SQL_DIR / "core" / "observation.sql", *sorted((SQL_DIR / "mart").glob("*"))]:
            run_sql_file(con, path)
        con.execute(
            "INSERT INTO meta.check_result VALUES "
            "('core', 'keys_unique', 'critical', 'pass', 'a key names one figure', '0', 0, '[]'), "
            "('core', 'population_steps', 'warning', 'fail', 'steps within <10%>', '3', 3, '[]')"
        )
        yield con


def figure(short: str, measure: str, definition: str, place: str, year: int, value: float | None,
           role: str = "figure", unit: str = "count", keys: int = 1) -> Figure:  # fmt: skip
    dataset, vintage, _ = SNAPSHOTS[short]
    key = f"{dataset}|{vintage}|{measure}|{definition}|{place}|{year}-01-01|{year}-12-31"
    return Figure(
        role=role, dataset=dataset, vintage=dt.date.fromisoformat(vintage), measure=measure,
        definition=definition, place=place, period_start=dt.date(year, 1, 1),
        period_end=dt.date(year, 12, 31), value=value, unit=unit,
        observation_keys=(key,) * keys,
    )  # fmt: skip


def reading(figures: tuple[Figure, ...], **changes: Any) -> Reading:
    """A reading of its first figure that holds, unless ``changes`` say otherwise."""
    first = figures[0]
    values: dict[str, Any] = {
        "id": "1.1", "test": 1, "kind": "record", "stated": True, "dataset": first.dataset,
        "vintage": first.vintage, "contemporaneous": first.vintage <= DAY,
        "definition": first.definition, "place": first.place, "fit": "coextensive",
        "variant": "counting 2016 itself: 1997 to 2015", "weight": 1.0, "figures": figures,
        "value": first.value, "unit": first.unit, "low": None, "high": None,
        "comparison": "768 is the highest since 757 in 1997", "holds": True, "outcome": "holds",
        "why": None, "margin": 0.014, "window_start": dt.date(1997, 1, 1),
        "window_end": dt.date(2015, 12, 31),
    }  # fmt: skip
    if changes.get("kind", "record") != "record":
        values |= {"window_start": first.period_start, "window_end": first.period_end}
    values |= changes
    return Reading(**values)


def result(test: int = 1, **changes: Any) -> TestResult:
    values: dict[str, Any] = {
        "test": test, "kind": "record", "says": "highest levels in 20 years",
        "label": "conflicting", "holds_share": 0.5, "undetermined_share": 0.0,
        "nearby_support": 0.4, "fairness": -0.1, "robustness": 0.9, "counter_reading": None,
        "chance": None,
        "uniqueness": 0.1, "peers": "3 of 30 others: large agencies",
        "closest_true": "the highest in 19 years", **changes,
    }  # fmt: skip
    return TestResult(**values)


def verdict(claim: str, said: str, **changes: Any) -> Verdict:
    values: dict[str, Any] = {
        "claim": claim, "document": "sample", "said": said, "label": "not_enough_evidence",
        "sentence": "No data can settle it.", "holds_share": None, "undetermined_share": 0.0,
        "nearby_support": None, "fairness": None, "robustness": None, "counter_reading": None,
        "chance": None,
        "uniqueness": None, "peers": None,
        "caveats": (), "closest_true": None, "tests": (), "readings": (),
        "build": BUILD, "as_of": None, **changes,
    }  # fmt: skip
    return Verdict(**values)


def _record() -> Verdict:
    year = figure("fbi", "murder", "ucr", "chicago-pd", 2016, 768, "year")
    in_1997 = figure("fbi", "murder", "ucr", "chicago-pd", 1997, 757, "next highest")
    in_1996 = figure("fbi", "murder", "ucr", "chicago-pd", 1996, 789, "next highest")
    fails = {"holds": False, "outcome": "fails", "comparison": "768 is below 789 in 1996"}
    return verdict(
        "a1", "murders have soared to their highest levels in 20 years", label="conflicting",
        sentence="It holds if 2016 counts as one of the 20 years, and not if they come before it.",
        holds_share=0.5, nearby_support=0.4, caveats=("knife_edge",),
        closest_true="the highest in 19 years", tests=(result(counter_reading="1.2"),),
        readings=(
            reading((year, in_1997), low=757),
            reading((year, in_1996), id="1.2", low=789, **fails,
                    variant="counting the years before 2016: 1996 to 2015",
                    window_start=dt.date(1996, 1, 1)),
            reading((year, in_1996), id="1.3", low=789, stated=False, **fails,
                    variant="counting 2016 itself: 1996 to 2015", window_start=dt.date(1996, 1, 1)),
        ),
    )  # fmt: skip


def _clearance() -> Verdict:
    def rate(definition: str, whole: str, cleared: int, total: int, id_: str) -> Reading:
        value = 100 * cleared / total
        figures = (
            figure("foia", "murder_cleared", definition, "chicago-pd", 2016, cleared, "cleared"),
            figure("foia", "murder", whole, "chicago-pd", 2016, total, "of"),
        )
        holds = 22.5 <= value <= 27.5
        return reading(
            figures, id=id_, kind="share", value=value, unit="percent", low=22.5, high=27.5,
            definition=definition, variant="2016", holds=holds,
            outcome="holds" if holds else "fails",
            comparison=f"{value:.1f}% against 22.5% to 27.5%",
        )  # fmt: skip

    cited = figure("cited", "murder_clearance_rate", "crime_lab", "chicago-il", 2016, 26,
                   unit="percent")  # fmt: skip
    gone = figure("fbi", "murder_cleared", "ucr", "chicago-pd", 2016, None)
    return verdict(
        "b8", "barely one in four murders in Chicago are solved", label="conflicting",
        sentence="By some published definitions about one in four is solved, by others more.",
        holds_share=0.25, nearby_support=None, caveats=("definition_sensitive",),
        tests=(result(kind="share", holds_share=0.25, nearby_support=None, closest_true=None,
                      undetermined_share=0.125),),
        readings=(
            rate("any_year_victims", "victims", 224, 780, "1.1"),
            rate("any_year_cases", "cases", 207, 742, "1.2"),
            reading((cited,), id="1.3", kind="share", fit="exact", weight=0.5, low=22.5, high=27.5,
                    variant="2016", comparison="26.0% is within 22.5% to 27.5%"),
            reading((gone,), id="1.4", kind="share", value=None, holds=None, outcome="missing",
                    margin=None, variant="2016", comparison="no figure to compare",
                    why="the agency reported no clearances"),
        ),
    )  # fmt: skip


def _two_tests() -> Verdict:
    year = figure("fbi", "murder", "ucr", "chicago-pd", 2016, 768, "of")
    other = figure("fbi", "murder", "ucr", "chicago-pd", 1996, 789, "to")
    return verdict(
        "b9", "A claim of two parts", label="refuted", sentence="Its first part does not hold.",
        holds_share=0.0, caveats=(),
        tests=(
            result(label="refuted", says="the first part", holds_share=0.0, closest_true=None),
            result(2, label="supported", says="the second part", holds_share=1.0),
        ),
        readings=(
            reading((year, other), kind="ratio", value=768 / 789, unit="ratio", low=1.0,
                    place="chicago-pd ÷ chicago-il", dataset="fbi_return_a ÷ cited_figures",
                    holds=False, outcome="fails", comparison="0.973 times, not above 1 time"),
            reading((year,), id="2.1", test=2, comparison="768 is more than 500", low=500),
        ),
    )  # fmt: skip


def verdicts() -> list[Verdict]:
    """A record, an untestable claim, a rate by several definitions, two tests, hostile text."""
    return [
        _record(),
        verdict("a7", "The more sanctuary cities we can eliminate, the safer people will be"),
        _clearance(),
        _two_tests(),
        verdict("z1", HOSTILE, sentence=HOSTILE, closest_true=HOSTILE),
    ]


def claim_files(said: list[Verdict], *, url: str | None = None) -> list[ClaimFile]:
    """A document with the claims of ``said``; a report does not look at what their tests are."""
    test = {
        "kind": "value", "says": "as quoted", "value": 1, "place": "chicago-il",
        "measure": "murder", "period": 2016,
    }  # fmt: skip
    claims = [
        Claim.model_validate(
            {"id": v.claim, "said": v.said}
            | ({"tests": [test]} if v.tests else {"uncheckable": "no data can settle a promise"})
        )
        for v in said
    ]
    document = Document(
        id="sample", title='Remarks & "statements" <b>on crime</b>', speaker="J. <i>Doe</i>",
        published=DAY, outlet="The Outlet", kind="speech",
        url=url or "https://example.org/speech?a=1&b=2",
    )  # fmt: skip
    return [ClaimFile(document=document, claims=tuple(claims))]


def changes() -> Changes:
    """A record that flipped for a new vintage, a hostile claim for a change of its own."""
    before = verdicts()
    before[0] = before[0].model_copy(update={"label": "refuted", "sentence": HOSTILE})
    before[-1] = before[-1].model_copy(update={"label": "conflicting"})
    earlier = Inputs(build="b", as_of=None, snapshots=(), claims={"z1": "x"}, method="m")
    ids = (snapshot_id("fbi"), snapshot_id("idle"))
    later = earlier.model_copy(update={"snapshots": ids, "claims": {}})
    figures = [
        ("revised", 768.0, 778.0, 10.0, 1.3, "final"),
        ("status", None, 789.0, None, None, "not_reported"),
    ]
    names = ("murder", "ucr", "chicago-pd", dt.date(2016, 1, 1), dt.date(2016, 12, 31))
    moved = Comparison(
        "fbi_return_a", dt.date(2023, 9, 25), dt.date(2024, 9, 23), compared=9000, moved=2,
        groups=tuple(
            Group(kind, "murder", "ucr", 1, 9000, 1, *names[3:], percent, percent)
            for kind, _, _, _, percent, _ in figures
        ),
        figures=tuple(
            Moved(kind, *names, "count", old, new, by, percent, status, "final", "k", "k")
            for kind, old, new, by, percent, status in figures
        ),
    )  # fmt: skip
    return Changes(
        "20261124T020000Z-1a2b3c",
        compare_runs(before, verdicts(), (earlier, later)),
        (moved,),
        ("census_population: there is no vintage before it to compare with",),
    )


def ages() -> list[Age]:
    """One that is too old, one that is not, and one that may be of any age."""
    day, since = dt.date(2026, 11, 1), dt.date(2024, 9, 23)
    return [
        Age("fbi_return_a", day, True, since, 21, 14, False),
        Age("chicago_homicide_clearances", day, True, since, 21, 30, True),
        Age("census_population", day, False, since, 21, None, False),
    ]


#: What came of asking their sources.
ASKED = {"fbi_return_a": f"failed: {HOSTILE}"}
