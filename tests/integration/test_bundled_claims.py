"""The claims of the article and the speech, on the bundled data, against arithmetic done by hand.

The figures are the publishers' own (see the golden tables); each expected label is derived in the
comment beside it, not copied from the program.
"""

from __future__ import annotations

import datetime as dt
import json

import jsonschema
import pytest

from checks.models import Reading, Verdict
from checks.verify import schema, verify
from datasets.settings import Settings

EXPECTED = {
    # Return A: 2016 768; 1997 757 is the highest of 1997-2015 (true), 1996 789 is higher (not).
    "a1": "conflicting",
    # Violent crime in the cities rose 2014-2016 in every group: sum, slope, and most cities.
    "a2": "supported",
    # County 16,750 -> 15,595 is -6.9%; county police 6,571 -> 6,278 is -4.5%; the cities rose.
    "a3": "supported",
    "a4": "not_enough_evidence",  # a cause: never supported by figures
    # 7 of 31 is the lowest quarter. Peers below 28.7%: six (Compton 8.6, Flint 13.3, San Joaquin
    # 14.3, Detroit 14.9, Cleveland 15.3, Stockton 26.5); Sacramento has 34.1. So every rate under
    # 34.1 ranks 7th or lower, and 34.8 to 36.1 ranks 8th: true by most definitions, not by all.
    "a5": "conflicting",
    "a6": "supported",  # 481,347 rounds to 480,000 at ten thousands
    "a7": "not_enough_evidence",  # nothing to compute
    "b1": "supported",  # 2,716,723 / 2,692,213 = 1.009; both round to 2.7 million
    "b2": "supported",  # 442, 443, 444 by the three editions of the portal; 437 by the release
    "b3": "supported",  # 765 / 197 = 3.9; 768 / 84 = 9.1; first halves: more than 300 / 92
    # County police: at most 254 a year. County: 621 in 1981 and 569 in 1980, nothing else known.
    "b4": "not_enough_evidence",
    # County police 84 / 254 (peak) = 0.331 within 0.300-0.367; 84 / 194.1 (mean) = 0.433 is not.
    "b5": "conflicting",
    "b6": "supported",  # 765 > 335 + 293 = 628
    # (15,696 - 14,164) / 14,164 = 10.8%; revised (15,883 - 14,164) / 14,164 = 12.1%.
    "b7": "conflicting",
    # 207/780 = 26.5% is within 22.5-27.5; 224/780 = 28.7% and 272/780 = 34.9% are not.
    "b8": "conflicting",
}


@pytest.fixture(scope="module")
def verdicts(built: Settings) -> dict[str, Verdict]:
    return {verdict.claim: verdict for verdict in verify(built)}


def stated(verdict: Verdict, **keys: object) -> list[Reading]:
    return [
        r
        for r in verdict.readings
        if r.stated and all(getattr(r, key) == value for key, value in keys.items())
    ]


def test_every_claim_has_the_label_worked_out_by_hand(verdicts: dict[str, Verdict]) -> None:
    assert {name: verdicts[name].label for name in EXPECTED} == EXPECTED


def test_a1_turns_on_whether_1996_is_counted(verdicts: dict[str, Verdict]) -> None:
    decided = [r for r in stated(verdicts["a1"]) if r.holds is not None]
    assert [(r.holds, [f.value for f in r.figures]) for r in decided] == [
        (True, [768.0, 757.0]),
        (False, [768.0, 789.0]),
    ]
    assert verdicts["a1"].closest_true == "highest in 20 years, counting 2016 itself (1996: 789)"
    assert "knife_edge" in verdicts["a1"].caveats


def test_a3_uses_the_county_as_the_sum_of_its_departments(verdicts: dict[str, Verdict]) -> None:
    county = stated(verdicts["a3"], place="miami-dade-county-fl", fit="exact", definition="ucr")[0]
    assert [f.value for f in county.figures[:2]] == [16_750.0, 15_595.0]
    assert len(county.figures[0].observation_keys) == 35  # 34 municipalities and the county police


def test_a4_says_that_the_fall_began_before_its_cause(verdicts: dict[str, Verdict]) -> None:
    # 16,750, 16,408 and 15,595: (15,595 - 16,750) / 2 = -577.5 a year of a mean of 16,251
    county = stated(verdicts["a4"], place="miami-dade-county-fl", definition="ucr", holds=False)
    assert [round(r.value or 0, 2) for r in county] == [-3.55]
    assert "was already falling" in verdicts["a4"].sentence
    assert "no full year after the cause had ended" in verdicts["a4"].sentence


def test_new_york_fell_before_its_new_mayor_and_then_more_than_others(
    verdicts: dict[str, Verdict],
) -> None:
    """2,154, 1,995 and 1,946; then 1,561, 1,177 and 983; the 57 peers 23,777, then 20,660."""
    verdict = verdicts["twin-cause-peers-true"]
    trend, after, dates, peers, placebo = stated(verdict, kind="attribution")
    assert [r.holds for r in (trend, after, dates, peers, placebo)] == [False, *[True] * 4]
    assert trend.value == pytest.approx(-104 / (6_095 / 3) * 100)
    assert after.value == pytest.approx(100 * (3_721 - 6_095) / 6_095)
    assert peers.value == pytest.approx(after.value - 100 * (20_660 - 23_777) / 23_777)
    # Nassau County fell 39.7%, Houston 37.3% (its peers without it 11.5%): 25.8 points each
    assert placebo.value == pytest.approx(3 / 58)
    # two years before it were 1,995 and 1,946; one year after it 1,561
    around = {r.variant.partition(": ")[2]: r.value for r in verdict.readings if not r.stated}
    assert around["1992 to 1993 and 1994"] == pytest.approx(100 * (1_561 / 1_970.5 - 1))
    assert around["trend 1992 to 1993"] == pytest.approx(100 * (1_946 - 1_995) / 1_970.5)
    assert verdict.label == "not_enough_evidence"


def test_a5_does_not_take_unreported_clearances_for_zero(verdicts: dict[str, Verdict]) -> None:
    fbi = stated(verdicts["a5"], dataset="fbi_return_a")
    assert fbi
    assert {r.outcome for r in fbi} == {"missing"}
    assert all(r.figures[0].value is None for r in fbi)
    assert {"not_reported", "ranking_discouraged"} <= set(verdicts["a5"].caveats)


def test_b2_counts_days_of_each_edition(verdicts: dict[str, Verdict]) -> None:
    portal = stated(verdicts["b2"], dataset="chicago_homicides")
    assert {str(r.vintage)[:4]: r.value for r in portal} == {"2018": 442.0, "2024": 444.0}


def test_b3_says_what_stands_in_for_what(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["b3"]
    fbi = stated(verdict, dataset="fbi_cius_city", place="chicago-il ÷ miami-dade-county-fl")
    assert [[f.value for f in r.figures] for r in fbi] == [[765.0, 197.0]]
    expected = {"agency_not_place", "proxy_period", "partial_year", "secondary_source"}
    assert expected <= set(verdict.caveats)


def test_b4_leaves_the_county_open_instead_of_refuting_it(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["b4"]
    police = stated(verdict, dataset="fbi_return_a", place="miami-dade-pd", fit="exact")
    assert [r.holds for r in police] == [False]
    assert max(f.value or 0 for f in police[0].figures) == 254.0
    county = stated(verdict, place="miami-dade-county-fl")
    assert {r.outcome for r in county} == {"undetermined"}
    assert sorted(f.value or 0 for r in county for f in r.figures) == [569.0, 621.0]


def test_b7_holds_as_first_published_and_is_larger_as_revised(
    verdicts: dict[str, Verdict],
) -> None:
    change = [(r.contemporaneous, round(r.value or 0, 1)) for r in stated(verdicts["b7"], test=1)]
    assert change == [(True, 10.8), (False, 12.1)]
    assert [t.label for t in verdicts["b7"].tests] == ["conflicting", "supported", "supported"]
    assert "vintage_sensitive" in verdicts["b7"].caveats


def test_b8_has_every_published_definition(verdicts: dict[str, Verdict]) -> None:
    rates = {r.definition: round(r.value, 1) for r in stated(verdicts["b8"]) if r.value}
    assert rates["any_year_cases_over_victims"] == 26.5
    assert rates["any_year_victims"] == 28.7
    assert rates["to_date_victims"] == 34.9
    assert rates["crime_lab"] == 26.0
    assert {"definition_sensitive", "not_reported", "secondary_source"} <= set(
        verdicts["b8"].caveats
    )


def test_every_figure_leads_back_to_an_observation_or_to_days(
    built: Settings, verdicts: dict[str, Verdict]
) -> None:
    from datasets.warehouse import current_build, reader

    with reader(built, current_build(built).path) as con:
        known = {
            row[0] for row in con.execute("SELECT observation_key FROM core.observation").fetchall()
        }
        snapshots = {
            f"{d}|{v}"
            for d, v in con.execute("SELECT dataset, vintage FROM meta.snapshot").fetchall()
        }
    for verdict in verdicts.values():
        for reading in verdict.readings:
            for figure in reading.figures:
                assert figure.observation_keys or figure.value is None
                for key in figure.observation_keys:
                    dataset, vintage, *_, start, end = key.split("|")
                    days = (start[5:], end[5:]) != ("01-01", "12-31")
                    assert key in known or (days and f"{dataset}|{vintage}" in snapshots), key


def test_as_of_the_day_after_the_speech_only_what_was_public_is_used(built: Settings) -> None:
    day = dt.date(2017, 8, 17)
    for verdict in verify(built, sorted(EXPECTED), as_of=day):
        assert verdict.as_of == day
        for reading in verdict.readings:
            assert reading.contemporaneous
            assert reading.vintage <= day
    assert verify(built, ["b2"], as_of=day)[0].label == "not_enough_evidence"


def test_the_same_build_and_claims_give_the_same_bytes(
    built: Settings, verdicts: dict[str, Verdict]
) -> None:
    again = [v.model_dump_json() for v in verify(built)]
    assert again == [v.model_dump_json() for v in verdicts.values()]


def test_real_output_is_valid_against_the_published_schema(verdicts: dict[str, Verdict]) -> None:
    real = [json.loads(v.model_dump_json()) for v in verdicts.values()]
    jsonschema.Draft202012Validator(schema()).validate(real)
    required = {
        *("claim", "document", "said", "label", "holds_share", "nearby_support", "caveats"),
        *("closest_true", "readings", "build"),
    }
    assert all(required <= set(v) for v in real)


def test_without_its_readings_a_verdict_is_the_same(
    built: Settings, verdicts: dict[str, Verdict]
) -> None:
    without = [v.model_copy(update={"readings": ()}) for v in verdicts.values()]
    assert verify(built, with_readings=False) == without


def test_one_claim_alone_reads_as_it_does_among_all(
    built: Settings, verdicts: dict[str, Verdict]
) -> None:
    for name in ("a1", "a5", "b3", "b8"):
        assert verify(built, [name]) == [verdicts[name]]
