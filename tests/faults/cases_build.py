"""Faults that no snapshot can cause: in our own SQL, or in the reference tables."""

from __future__ import annotations

from tests.faults.cases import ALL, Altered


def lost_row(dataset: str) -> Altered:
    return Altered(
        f"{dataset}: a row lost on loading",
        f"DELETE FROM raw.{dataset} WHERE _row = 1",
        f"{dataset}.rows_as_archived",
    )


NEWEST_MURDERS = "measure = 'murder' AND place = 'chicago-il' AND year = 2016 AND NOT derived"

ALTERED = [
    *(lost_row(dataset) for dataset in ALL),
    Altered(
        "nine months offered as a year",
        "UPDATE core.observation SET value = 55, status = 'final' WHERE place = 'miami-pd' "
        "AND dataset = 'fbi_return_a_months' AND measure = 'murder' AND status = 'partial'",
        "fbi_return_a_months.part_years_not_final",
    ),
    Altered(
        "a part of the nation's months offered as its year",
        "UPDATE core.observation SET status = 'final', period_start = '2017-01-01', "
        "period_end = '2017-12-31' WHERE dataset = 'fbi_cde' AND place = 'united-states' "
        "AND measure = 'murder' AND period_end - period_start > 31",
        "fbi_cde.part_years_not_final",
    ),
    Altered(
        "a month lost from a year",
        "UPDATE core.observation SET value = value - 1 WHERE place = 'chicago-pd' AND value > 700 "
        "AND dataset = 'fbi_return_a_months' AND measure = 'murder'",
        "fbi_return_a_months.months_add_up_to_years",
    ),
    Altered(
        "an edition with a tenth of a city's murders",
        "INSERT INTO core.observation SELECT * EXCLUDE (y) REPLACE (make_date(y, 1, 1) AS "
        "period_start, make_date(y, 12, 31) AS period_end, 10 * value AS value) "
        "FROM core.observation, unnest([2015, 2017]) AS t(y) WHERE dataset = 'fbi_cius_city' "
        "AND place = 'miami-fl' AND measure = 'murder'",
        "fbi_cius_city.no_jump_between_editions",
    ),
    # Observations
    Altered(
        "a snapshot filtered away",
        "DELETE FROM core.observation WHERE dataset = 'cited_figures'",
        "core.no_orphan_snapshot",
    ),
    Altered(
        "an observation of no snapshot",
        "UPDATE core.observation SET snapshot_id = 'x' WHERE dataset = 'cited_figures'",
        "core.observation_of_known_snapshot",
    ),
    Altered(
        "a vintage lost in a join",
        "UPDATE core.observation SET vintage = NULL WHERE dataset = 'cited_figures'",
        "core.observation_of_known_snapshot",
    ),
    Altered(
        "a vintage after its publication",
        "UPDATE meta.snapshot SET vintage = published + 1 WHERE dataset = 'cited_figures'",
        "core.snapshot_dates_in_order",
    ),
    Altered(
        "a status misspelt",
        "UPDATE core.observation SET status = 'Final' WHERE status = 'final'",
        "core.status_known",
    ),
    Altered(
        "a zero where nothing was reported",
        "UPDATE core.observation SET value = 0 WHERE status = 'not_reported'",
        "core.not_reported_has_no_value",
    ),
    Altered(
        "a figure without a value",
        "UPDATE core.observation SET value = NULL WHERE place = 'miami-fl' AND measure = 'murder'",
        "core.not_reported_has_no_value",
    ),
    Altered(
        "no clearances taken at their word",
        "UPDATE core.observation SET value = 0, status = 'final' "
        "WHERE measure = 'murder_cleared' AND status = 'not_reported' AND place = 'chicago-pd'",
        "core.zero_clearances_not_reported",
    ),
    Altered(
        "eleven months taken for a year",
        "UPDATE core.observation SET status = 'final', value = coalesce(value, 1) "
        "WHERE dataset = 'ucr_large_agencies' AND status = 'partial'",
        "ucr_large_agencies.part_years_not_final",
    ),
    # Reference tables
    Altered(
        "a place twice",
        "INSERT INTO core.place FROM core.place WHERE place = 'chicago-il'",
        "core.place_unique",
    ),
    Altered(
        "a kind of place that is none",
        "UPDATE core.place SET kind = 'town' WHERE place = 'miami-fl'",
        "core.place_kind_known",
    ),
    Altered(
        "an identifier of seven characters",
        "UPDATE core.place SET ori = ori[1:7] WHERE place = 'miami-dade-pd'",
        "core.ori_pattern",
    ),
    Altered(
        "an identifier of another state",
        "UPDATE core.place SET state = 'OK' WHERE place = 'miami-pd'",
        "core.ori_pattern",
    ),
    Altered(
        "two agencies with one identifier",
        "UPDATE core.place SET ori = 'FL0130000' WHERE place = 'miami-pd'",
        "core.ori_unique",
    ),
    Altered(
        "a part of a county that is no place",
        "UPDATE core.place_part SET part = 'hialeah' WHERE part = 'hialeah-fl'",
        "core.references_resolve",
    ),
    Altered(
        "a peer twice",
        "INSERT INTO core.peer_group FROM core.peer_group WHERE place = 'chicago-il'",
        "core.references_unique",
    ),
    # What tests of claims read
    Altered(
        "a series twice",
        f"INSERT INTO mart.series FROM mart.series WHERE {NEWEST_MURDERS}",
        "mart.series_key_unique",
    ),
    Altered(
        "a partial year offered as a year",
        "UPDATE mart.series SET value = published_value WHERE status = 'partial'",
        "mart.unusable_has_no_value",
    ),
    Altered(
        "a figure that leads nowhere",
        f"UPDATE mart.series SET observation_keys = ['nowhere'] WHERE {NEWEST_MURDERS}",
        "mart.values_have_observations",
    ),
    Altered(
        "a figure without a way back",
        f"UPDATE mart.series SET observation_keys = [] WHERE {NEWEST_MURDERS}",
        "mart.values_have_observations",
    ),
    Altered(
        "two figures under one number",
        "UPDATE mart.series SET figure_id = 7 WHERE measure = 'murder' AND year = 2016",
        "mart.figure_id_names_observations",
    ),
    Altered(
        "an observation lost on the way",
        f"DELETE FROM mart.series WHERE {NEWEST_MURDERS}",
        "mart.observations_arrive",
    ),
    Altered(
        "hindsight that is not marked",
        "UPDATE mart.series SET observation_keys = "
        "[replace(observation_keys[1], '2015-09-28', '2016-09-26')] "
        "WHERE dataset = 'fbi_estimated_crimes' AND vintage = '2015-09-28' AND year = 2014",
        "mart.series_known_then",
    ),
    Altered(
        "a county without one of its parts",
        "UPDATE mart.series SET value = value - 1 WHERE derived AND place = 'miami-dade-county-fl' "
        "AND measure = 'murder'",
        "mart.county_is_sum_of_parts",
    ),
    Altered(
        "a rate per thousand",
        "UPDATE mart.series SET value = value / 100 WHERE unit = 'per_100k'",
        "mart.rates_follow",
    ),
    Altered(
        "a clearance rate as a share",
        "UPDATE mart.series SET value = value / 100 WHERE measure = 'murder_clearance_rate'",
        "mart.clearance_rate_in_range",
    ),
    Altered(
        "a half-year compared with itself",
        "UPDATE mart.series SET year = NULL, value = 0 WHERE measure = 'murder_change_pct'",
        "mart.change_is_from_year_before",
    ),
    Altered(
        "a day without a murder left out",
        "DELETE FROM mart.daily WHERE n = 0",
        "mart.daily_is_dense",
    ),
    Altered(
        "a murder on the wrong side of New Year",
        "UPDATE mart.daily SET n = n + 1 WHERE day = DATE '2016-12-31'",
        "mart.daily_equals_yearly",
    ),
    Altered(
        "burglaries of a month counted by another query",
        "UPDATE core.observation SET value = value + 1 WHERE definition = 'portal_index' "
        "AND measure = 'burglary' AND period_start = DATE '2017-06-01'",
        "mart.daily_equals_yearly",
    ),
    Altered(
        "a robbery on the wrong side of New Year",
        "UPDATE mart.daily SET n = n + 1 WHERE day = DATE '2016-12-31' AND measure = 'robbery'",
        "mart.daily_equals_yearly",
    ),
    Altered(
        "a running total that stumbles",
        "UPDATE mart.daily SET cumulative = cumulative - 1 WHERE day = DATE '2017-08-15'",
        "mart.daily_running_total",
    ),
]
