"""Corruptions of the city portal's larger tables, in the snapshots that the tests generate."""

from __future__ import annotations

from tests.faults.cases import PORTAL, Planted
from tests.support_damages import change, drop, having, in_year, repeat
from tests.support_fetched import CRIMES, VICTIMS

MURDER = having(fbi_code="01A", iucr="0110")
SHOT = having(victimization="BATTERY")

PLANTED = [
    Planted("a page read twice", CRIMES, repeat(MURDER), f"{CRIMES}.key_unique", "2"),
    Planted(
        "an FBI code that lost its zero",
        CRIMES,
        change(having(fbi_code="03"), {"fbi_code": "3"}, first=None),
        f"{CRIMES}.fbi_code_known",
        "'3'",
    ),
    Planted(
        "an Illinois code that lost its zero",
        CRIMES,
        change(having(iucr="0820"), {"iucr": "820"}),
        f"{CRIMES}.iucr_pattern",
        "820",
    ),
    Planted(
        "a murder with the code of a manslaughter",
        CRIMES,
        change(MURDER, {"iucr": "0142"}),
        f"{CRIMES}.murder_is_homicide",
        "0142",
    ),
    Planted(
        "a row in the slice of another year",
        CRIMES,
        change(in_year("occurred_at", 2016), {"year": "2017"}),
        f"{CRIMES}.year_is_of_date",
        "2017",
    ),
    Planted(
        "a date to come",
        CRIMES,
        change(having(iucr="0820"), {"occurred_at": "2026-01-01 00:00:00", "year": "2026"}),
        f"{CRIMES}.within_covered_days",
        "2026",
    ),
    Planted(
        "a slice that got lost",
        CRIMES,
        drop(in_year("occurred_at", 2016)),
        f"{CRIMES}.years_are_whole",
        "2016",
    ),
    Planted(
        "pages of a month that got lost",
        CRIMES,
        drop(lambda r: r["fbi_code"] == "06" and "2016-06-04" < r["occurred_at"] < "2016-07"),
        f"{CRIMES}.months_in_size",
        "2016-06",
    ),
    Planted(
        "half of the murders",
        CRIMES,
        drop(having(fbi_code="01A"), every=2),
        f"{CRIMES}.agrees_with_homicides",
        "murder",
        beside=(PORTAL,),
    ),
    # Victims of homicides and shootings
    Planted("a victim twice", VICTIMS, repeat(SHOT), f"{VICTIMS}.key_unique", "SHOOT-00000"),
    Planted(
        "another spelling of yes",
        VICTIMS,
        change(SHOT, {"gunshot_injury": "Y"}),
        f"{VICTIMS}.gunshot_injury_known",
        "SHOOT-00000",
    ),
    Planted(
        "a homicide named otherwise",
        VICTIMS,
        change(having(gunshot_injury="NO"), {"victimization": "MURDER"}),
        f"{VICTIMS}.not_fatal_means_shot",
        "MURDER",
    ),
    Planted(
        "a manslaughter among the homicides",
        VICTIMS,
        change(having(victimization="HOMICIDE"), {"iucr": "0142"}),
        f"{VICTIMS}.homicide_codes",
        "0142",
    ),
    Planted(
        "a date to come",
        VICTIMS,
        change(SHOT, {"occurred_at": "2026-01-01 00:00:00"}),
        f"{VICTIMS}.within_covered_days",
        "2026",
    ),
    Planted(
        "the number of a community area",
        VICTIMS,
        change(SHOT, {"community_area": "25"}),
        f"{VICTIMS}.area_is_a_name",
        "25",
    ),
    Planted(
        "a third of the homicides",
        VICTIMS,
        drop(having(victimization="HOMICIDE"), every=3),
        f"{VICTIMS}.agrees_with_homicides",
        "murder",
        beside=(PORTAL,),
    ),
]
