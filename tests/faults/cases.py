"""What a case of a planted corruption is, and the datasets and vintages it is planted in."""

from __future__ import annotations

from typing import NamedTuple

from tests.support_fetched import FETCHED
from tests.support_snapshots import Damage

PORTAL, RELEASE, CENSUS = "chicago_homicides", "chicago_homicide_clearances", "census_population"
CITED, RETURN_A, CITY = "cited_figures", "fbi_return_a", "fbi_cius_city"
LARGE, ESTIMATED = "ucr_large_agencies", "fbi_estimated_crimes"

ALL = (PORTAL, RELEASE, CENSUS, CITED, RETURN_A, CITY, LARGE, ESTIMATED, *FETCHED)

#: Enough vintages of a dataset to plant in, so that a case takes about a second.
VINTAGES = {
    PORTAL: ("2018-03-04", "2019-10-12"),
    CITY: ("2017-09-25",),
    ESTIMATED: ("2015-09-28", "2016-09-26"),
    CITED: ("2017-01-17",),
}


class Planted(NamedTuple):
    """``dataset`` (its newest vintage of those above) is damaged; ``check`` must find it.

    ``beside``: datasets that the check compares with. ``shows``: what the offending rows must say.
    """

    name: str
    dataset: str
    damage: Damage
    check: str
    shows: str = ""
    beside: tuple[str, ...] = ()


class Altered(NamedTuple):
    """``sql`` alters a clean build as a fault of our own SQL or reference tables would."""

    name: str
    sql: str
    check: str
