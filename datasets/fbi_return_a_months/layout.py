"""Where the fields we use stand in a record of a Return A master file.

Columns are 1-based, as in the FBI's record description ("Return A record description", part of
every master file's documentation); they were taken from the reading schema that CBS News published
with its clearance data (all 1,552 fields; compared 2026-11-24). A record has 7,385 characters: a
header of 305 and twelve months of 590. A month has four groups of 28 counts of five characters.
"""

from __future__ import annotations

from typing import NamedTuple

RECORD = 7385
MONTHS = 12
FIRST_MONTH = 306
MONTH = 590
COUNT = 5


class Field(NamedTuple):
    """``start``: 1-based column, in the record or (of a month's fields) in the month."""

    start: int
    length: int

    def within(self) -> slice:
        """The field in the record, or in the month."""
        first = self.start - 1
        return slice(first, first + self.length)


ORI = Field(4, 7)
GROUP = Field(11, 2)
YEAR = Field(14, 2)
COVERED_BY = Field(24, 7)
LAST_MONTH = Field(42, 2)
#: A city can lie in up to three counties; its population is that of its parts in them.
POPULATIONS = (Field(45, 9), Field(60, 9), Field(75, 9))
AGENCY = Field(121, 24)
STATE = Field(145, 6)

#: In a month: the month whose return contains this one's figures, and the kind of the return that
#: gave the actual offenses (card 1): blank or 0 where none came.
INCLUDED_IN = Field(1, 2)
CARD = Field(10, 1)
ACTUAL = 158
CLEARED = 298

#: Position of each count in its group, from 0. Aggravated assault has none of its own: it is the
#: assaults by gun, knife, other weapon, and hands or feet; the total (10) has simple ones in it.
COUNTS: dict[str, tuple[int, ...]] = {
    "murder": (0,),
    "manslaughter": (1,),
    "rape": (2,),
    "robbery": (5,),
    "aggravated_assault": (11, 12, 13, 14),
    "simple_assault": (15,),
    "burglary": (16,),
    "larceny": (20,),
    "motor_vehicle_theft": (21,),
    "all_offenses": (25,),
}
#: The offenses whose clearances are kept.
INDEX_OFFENSES = (
    *("murder", "rape", "robbery", "aggravated_assault"),
    *("burglary", "larceny", "motor_vehicle_theft"),
)


def count_field(group: int, position: int) -> Field:
    """A count of a month: ``group`` is ``ACTUAL`` or ``CLEARED``."""
    return Field(group + COUNT * position, COUNT)
