"""Readings that compare figures of which one counts more than the other by the same name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.claims_file import known_names
from checks.definition_breaks import DefinitionBreak, break_rows, definition_breaks
from checks.models import Verdict
from tests.support_world import Series, World, make_world

VIOLENT = {"measure": "violent_crime", "place": "illinois"}
KEYS = {**VIOLENT, "dataset": "fbi_estimated_crimes"}
#: Falls by the old definition throughout; the published total changes over in 2013 and rises.
LEGACY = {2011: 1020.0, 2012: 1000.0, 2013: 990.0, 2014: 980.0}
REVISED = {2013: 1100.0, 2014: 1090.0}
PUBLISHED = LEGACY | REVISED


def change(first: int, last: int, word: str = "up") -> dict[str, Any]:
    return {"kind": "change", "start": first, "end": last, "word": word, **VIOLENT}


def published(figures: dict[int, float]) -> Series:
    return Series(figures, **KEYS)


def legacy(figures: dict[int, float]) -> Series:
    return Series(figures, definition="ucr_legacy_rape", **KEYS)


def revised(figures: dict[int, float]) -> Series:
    return Series(figures, definition="ucr_revised_rape", **KEYS)


@pytest.fixture
def states(tmp_path: Path) -> World:
    return make_world(tmp_path, [published(PUBLISHED), legacy(LEGACY), revised(REVISED)])


def weights(verdict: Verdict) -> dict[str, float]:
    return {r.definition: r.weight for r in verdict.readings if r.stated and r.holds is not None}


def breaks(verdict: Verdict) -> dict[str, str | None]:
    return {r.definition: r.definition_break for r in verdict.readings if r.stated}


def test_a_mixed_reading_turns_no_label_against_a_consistent_one(states: World) -> None:
    fell, rose = states.verify_all([[change(2012, 2014, "down")], [change(2012, 2014)]])
    assert weights(fell) == {"ucr": 0.1, "ucr_legacy_rape": 1.0}
    assert breaks(fell) == {"ucr": "rape_2013", "ucr_legacy_rape": None}
    # 1 / 1.1 and 0.1 / 1.1
    assert fell.holds_share == pytest.approx(1 / 1.1, abs=1e-6)
    assert rose.holds_share == pytest.approx(0.1 / 1.1, abs=1e-6)
    assert rose.label == "refuted"
    assert "definition_break" in fell.caveats


def test_alone_it_keeps_its_weight_and_its_caveat(tmp_path: Path) -> None:
    verdict = make_world(tmp_path, [published(PUBLISHED)]).verify(change(2012, 2014))
    assert weights(verdict) == {"ucr": 1.0}
    assert verdict.label == "supported"
    assert "definition_break" in verdict.caveats


def test_a_consistent_series_without_the_years_is_none(tmp_path: Path) -> None:
    world = make_world(tmp_path, [published(PUBLISHED), legacy({2012: 1000.0}), revised(REVISED)])
    assert weights(world.verify(change(2012, 2014))) == {"ucr": 1.0}


def test_one_that_fits_the_place_less_well_does_not_take_its_weight(tmp_path: Path) -> None:
    part = {"dataset": "fbi_return_a", "measure": "violent_crime", "place": "miami-dade-pd"}
    county = {"measure": "violent_crime", "place": "miami-dade-county-fl"}
    world = make_world(
        tmp_path,
        [
            Series(PUBLISHED, dataset="fbi_estimated_crimes", **county),
            Series({2012: 300.0, 2014: 290.0}, definition="ucr_legacy_rape", **part),
        ],
    )
    verdict = world.verify({**change(2012, 2014), **county})
    assert weights(verdict)["ucr"] == 1.0


def test_what_a_total_counts_is_told_by_its_figure_and_not_by_the_year(tmp_path: Path) -> None:
    # as the FBI's national total, which has rape of the old definition after 2013 too
    total = LEGACY | {2015: 1150.0}
    world = make_world(
        tmp_path, [published(total), legacy(LEGACY), revised({**REVISED, 2015: 1150.0})]
    )
    same, crossing = world.verify_all([[change(2012, 2014, "down")], [change(2014, 2015)]])
    assert breaks(same)["ucr"] is None
    assert weights(same) == {"ucr": 1.0, "ucr_legacy_rape": 1.0}
    assert "definition_break" not in same.caveats
    # both years are after 2013, but the total changes over between them
    assert breaks(crossing)["ucr"] == "rape_2013"
    assert weights(crossing) == {"ucr": 0.1, "ucr_revised_rape": 1.0}


def test_a_record_compares_all_years_of_its_window(states: World) -> None:
    record = {"kind": "record", "direction": "highest", "year": 2014, "years": 3, **VIOLENT}
    verdict = states.verify(record)
    # 2014 and the nearest, 2013, are on the same side; the window begins in 2011 or 2012
    own = [r for r in verdict.readings if r.stated and r.definition == "ucr"]
    assert {f.period_start.year for r in own for f in r.figures} == {2013, 2014}
    assert {(r.weight, r.definition_break) for r in own} == {(0.1, "rape_2013")}
    assert weights(verdict)["ucr_legacy_rape"] == 1.0


def test_trends_and_nearby_readings_go_by_the_same_rule(states: World) -> None:
    trend = {"kind": "trend", "direction": "falling", "window": {"start": 2011, "end": 2014}}
    verdict = states.verify({**trend, **VIOLENT})
    assert weights(verdict) == {"ucr": 0.1, "ucr_legacy_rape": 1.0}
    assert verdict.label == "supported"
    mixed = [r for r in verdict.readings if not r.stated and r.definition_break]
    pure = {
        (r.variant, r.figures[0].period_start): r.weight
        for r in verdict.readings
        if not r.stated and r.definition == "ucr_legacy_rape"
    }
    assert mixed
    for r in mixed:
        whole = pure[r.variant, r.figures[0].period_start]
        assert r.weight == pytest.approx(whole / 10, abs=1e-6)


def test_a_change_on_the_year_before_is_made_from_two_years(states: World) -> None:
    test = {"kind": "threshold", "measure": "violent_crime_change_pct", "place": "illinois"}
    bar = {"hedge": "more than", "value": "5%"}
    verdict = states.verify({**test, **bar, "period": 2013})
    assert breaks(verdict) == {"ucr": "rape_2013", "ucr_legacy_rape": None}
    assert verdict.label == "refuted"
    verdict = states.verify({**test, **bar, "period": 2014})
    assert breaks(verdict)["ucr"] is None


def test_each_year_against_a_number_compares_no_years(states: World) -> None:
    often = {"kind": "threshold", "window": {"start": 2011, "end": 2014}, "hedge": "more than"}
    verdict = states.verify({**often, **VIOLENT, "value": 900, "how_often": "regularly"})
    assert set(breaks(verdict).values()) == {None}


def test_what_was_estimated_more_is_a_caveat_and_weighs_as_before(tmp_path: Path) -> None:
    keys = {"dataset": "fbi_estimated_crimes", "place": "illinois", "vintage": "2023-01-01"}
    other = Series({2020: 100.0, 2022: 90.0}, dataset="chicago_homicides", place="illinois")
    world = make_world(tmp_path, [Series({2020: 100.0, 2022: 110.0}, **keys), other])
    test = {"kind": "change", "start": 2020, "end": 2022, "word": "up"}
    verdict = world.verify({**test, "measure": "murder", "place": "illinois"}, date="2024-01-01")
    assert {r.weight for r in verdict.readings if r.stated} == {1.0}
    assert "definition_break" in verdict.caveats


def test_breaks_name_definitions_there_are_and_both_sides_or_none() -> None:
    for known in definition_breaks():
        assert {known.before, known.after} <= {*known_names("definition"), None}
    row = definition_breaks()[0].model_dump()
    for side in ("before", "after"):
        with pytest.raises(ValidationError, match="go together"):
            DefinitionBreak.model_validate({**row, side: None})


def test_measures_made_from_a_total_are_under_its_break() -> None:
    found = {row["measure"] for row in break_rows()}
    assert {"violent_crime", "violent_crime_rate", "violent_crime_rate_change_pct"} <= found
    assert not {"murder", "robbery_rate", "population"} & found
