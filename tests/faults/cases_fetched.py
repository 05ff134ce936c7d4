"""Corruptions of the datasets that are not bundled, in the snapshots that the tests generate."""

from __future__ import annotations

from tests.faults.cases import CENSUS, RETURN_A, Planted
from tests.support_damages import change, drop, having, repeat, times
from tests.support_fetched import ACS, CDE, FIBRS, RETURN_A_MONTHS, RTCI, WAPO

CHICAGO_MAY = having(ori="ILCPD0000", month="5")

PLANTED = [
    Planted(
        "a month twice in a record",
        RETURN_A_MONTHS,
        repeat(CHICAGO_MAY),
        f"{RETURN_A_MONTHS}.key_unique",
        "ILCPD0000",
    ),
    Planted(
        "an identifier without its zeros",
        RETURN_A_MONTHS,
        change(having(ori="FL9999900"), {"ori": "FL99999"}, first=None),
        f"{RETURN_A_MONTHS}.ori_pattern",
        "FL99999",
    ),
    Planted(
        "a thirteenth month",
        RETURN_A_MONTHS,
        change(having(ori="FL9999900", month="5"), {"month": "13"}),
        f"{RETURN_A_MONTHS}.months_in_range",
        "13",
    ),
    Planted(
        "a year of the last century read as one of this",
        RETURN_A_MONTHS,
        change(having(ori="FL9999900"), {"year": "2062"}, first=None),
        f"{RETURN_A_MONTHS}.year_in_range",
        "2062",
    ),
    Planted(
        "a field read in the wrong place",
        RETURN_A_MONTHS,
        change(lambda row: bool(row["larceny"]), {"larceny": "77"}, first=None),
        f"{RETURN_A_MONTHS}.totals_add_up",
        "2016",
    ),
    Planted(
        "a part of a file",
        RETURN_A_MONTHS,
        change(CHICAGO_MAY, {"agency": "CHICAGO PD"}),
        f"{RETURN_A_MONTHS}.agencies_a_year",
        "2016",
    ),
    Planted(
        "another agency's murders",
        RETURN_A_MONTHS,
        change(CHICAGO_MAY, {"murder": "640"}),
        f"{RETURN_A_MONTHS}.agrees_with_compilations",
        "chicago-pd",
        beside=(RETURN_A,),
    ),
    # Crime Data Explorer
    Planted(
        "a series fetched twice",
        CDE,
        repeat(having(level="agency", offense="HOM", month="2016-05-01")),
        f"{CDE}.key_unique",
        "FL0130000",
    ),
    Planted(
        "the answer to a question that was not asked",
        CDE,
        change(having(level="agency", offense="HOM"), {"code": "FL9990000"}),
        f"{CDE}.place_known",
    ),
    Planted(
        "an offense without a measure",
        CDE,
        change(having(level="agency", offense="ROB"), {"offense": "ARS"}, first=None),
        f"{CDE}.offense_known",
        "ARS",
    ),
    Planted(
        "the month of the refresh",
        CDE,
        change(having(level="national", month="2016-12-01"), {"month": "2026-09-01"}),
        f"{CDE}.months_before_refresh",
        "2026-09-01",
    ),
    # Real-Time Crime Index
    Planted(
        "a month of an agency twice",
        RTCI,
        repeat(having(agency="Chicago", month="2024-05-01")),
        f"{RTCI}.key_unique",
        "Chicago",
    ),
    Planted(
        "a month to come",
        RTCI,
        change(having(agency="Tampa", month="2024-09-01"), {"month": "2026-05-01"}),
        f"{RTCI}.months_possible",
        "2026-05-01",
    ),
    Planted(
        "a sum among the agencies",
        RTCI,
        change(having(agency="Tampa", month="2024-09-01"), {"murder": "901"}),
        f"{RTCI}.agencies_are_no_sums",
        "901",
    ),
    # The Washington Post
    Planted(
        "a victim twice", WAPO, repeat(having(uid="Chi-000007")), f"{WAPO}.key_unique", "Chi-000007"
    ),
    Planted(
        "a year nobody asked for",
        WAPO,
        change(having(uid="Chi-000007"), {"year": "2018"}),
        f"{WAPO}.year_in_range",
    ),
    Planted(
        "an outcome misspelt",
        WAPO,
        change(having(uid="Chi-000007"), {"disposition": "closed by arrest"}),
        f"{WAPO}.disposition_known",
    ),
    Planted(
        "dates written otherwise",
        WAPO,
        change(having(city="Chicago"), {"reported_date": ""}, first=None),
        f"{WAPO}.days_missing",
        "Chi-000007",
    ),
    # Florida's incident-based reports
    Planted(
        "an agency's row twice",
        FIBRS,
        repeat(having(agency="Miami Police Department", offense="Robbery", month="5")),
        f"{FIBRS}.key_unique",
        "Miami Police",
    ),
    Planted(
        "another agency whose name begins alike",
        FIBRS,
        change(
            having(agency="Gainesville Police Department"),
            {"county": "Miami-Dade", "agency": "Miami-Dade Schools Police"},
            first=None,
        ),
        f"{FIBRS}.one_agency_a_place",
        "Schools",
    ),
    Planted(
        "a sheet named after something else",
        FIBRS,
        change(having(agency="Gainesville Police Department"), {"year": "2050"}, first=None),
        f"{FIBRS}.year_in_range",
        "2050",
    ),
    # American Community Survey
    Planted(
        "a level read twice",
        ACS,
        repeat(having(place="chicago-il")),
        f"{ACS}.key_unique",
        "chicago-il",
    ),
    Planted(
        "Miami, Arizona",
        ACS,
        change(having(place="miami-fl"), {"fips": "0446000"}),
        f"{ACS}.level_matches_place",
        "0446000",
    ),
    Planted(
        "an answer without its smallest state",
        ACS,
        drop(having(place="wyoming")),
        f"{ACS}.states_sum_to_nation",
        "50",
    ),
    Planted(
        "the households of a city for its people",
        ACS,
        times("population", 0.39, having(place="chicago-il")),
        f"{ACS}.near_the_estimates",
        "chicago-il",
        beside=(CENSUS,),
    ),
    Planted(
        "an average of five years as the figure of one",
        ACS,
        change(having(place="chicago-il"), {"first_year": "2019"}),
        f"{ACS}.feeds_no_rate",
        "2019",
    ),
]
