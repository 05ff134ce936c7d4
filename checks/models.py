"""What a verification returns: verdicts with their readings; and the documents of claims.

The JSON of ``crimeclaims verify`` is a list of ``Verdict``; its schema is generated from here.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Label = Literal["supported", "refuted", "conflicting", "not_enough_evidence"]

#: What came of a reading. ``undetermined``: there are figures, but they do not decide it (part of a
#: county recorded fewer than 500; the county may have more). ``missing``: a figure is not there.
Outcome = Literal["holds", "fails", "undetermined", "missing"]


#: How a trend, or a step of an attribution, is worked out.
Way = Literal[
    "slope", "ends", "each_step", "members", "trend", "change", "dates", "peers", "places"
]

#: Between the parts of what a reading carries that sets one dataset or place against another.
JOINED = re.compile("( [÷+] )")


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(Model):
    """A number that a reading uses, with the way back to the observations it was made from."""

    role: str = Field(
        description="What it is in the reading: figure, compared with, next highest, …"
    )
    dataset: str
    vintage: dt.date
    measure: str
    definition: str
    place: str
    period_start: dt.date
    period_end: dt.date
    value: float | None
    unit: str
    observation_keys: tuple[str, ...]


class Reading(Model):
    """One exact interpretation of a test and what came of it."""

    id: str = Field(description="Stable within a claim: test number, dot, reading number")
    test: int = Field(description="Position of the test in its claim, from 1")
    kind: str
    stated: bool = Field(description="True: a meaning the words allow. False: a nearby wording.")
    dataset: str
    vintage: dt.date
    contemporaneous: bool = Field(description="The vintage was public on the day of the claim")
    definition: str
    place: str
    fit: str = Field(
        description="exact, coextensive, part or wider: how the place fits the one meant"
    )
    variant: str = Field(description="The interpretation in words")
    weight: float = Field(
        description="How much it counts: the product of the factors that apply; of a nearby "
        "reading, how close it is to what was said"
    )
    figures: tuple[Figure, ...]
    value: float | None = Field(description="The quantity that is compared")
    unit: str
    low: float | None = Field(description="Lower bound the claim sets; null: none")
    high: float | None = Field(description="Upper bound the claim sets; null: none")
    comparison: str = Field(description="The comparison in words and numbers")
    holds: bool | None
    outcome: Outcome
    why: str | None = Field(description="Why a reading is undetermined or missing")
    margin: float | None = Field(
        description="Relative distance of the value from the nearest bound; negative: fails"
    )
    definition_break: str | None = Field(
        default=None,
        description="The change in what is counted (definition_breaks.yml) on both sides of which "
        "its figures stand; null: they compare",
    )
    window_start: dt.date | None = Field(
        default=None,
        description="First day of what is compared: of the window of a record or trend, of the "
        "earlier of two periods, of the years before a cause, else of the period itself; null in a "
        "run that did not record it",
    )
    window_end: dt.date | None = Field(
        default=None,
        description="Last day of what is compared; the window of a record ends before the period "
        "spoken of",
    )
    steps: int | None = Field(
        default=None,
        description="By how many years (or months) its start and end are away from those that the "
        "words mean, together; null or 0: they are not",
    )
    way: Way | None = Field(
        default=None,
        description="How the quantity is worked out, where the kind has several ways. Of a trend: "
        "slope of the line through all its figures, its ends, each_step, or the share of the "
        "members of a group that moved so. Of an attribution, its step: the trend before the "
        "cause, the change at it, the same at other dates, against peers, and at other places. "
        "Null: there is one way",
    )
    peer_group: str | None = Field(
        default=None,
        description="Id of the group of places that it compares with (rank, contrast, "
        "attribution) or that it is about (places, trend of a group, and whatever takes the "
        "places of a group together); null: none",
    )
    n_peers: int | None = Field(
        default=None,
        description="How many places of that group have the figures it takes, without the place "
        "that is compared with them",
    )


class Chance(Model):
    """How far what a reading says can be chance."""

    method: str
    value: float = Field(
        description="As the method says: a p-value, or the probability of being the record"
    )
    overdispersed: float | None = Field(
        description="The same if counts scatter as the series does; null: too few years to tell"
    )
    reading: str = Field(description="Id of the reading that was tested")
    sentence: str


class TestResult(Model):
    """The readings of one test of a claim, summed up."""

    __test__ = False  # not a pytest class

    test: int
    kind: str
    says: str
    label: Label
    holds_share: float | None = Field(
        description="Share, by weight, of the decided stated readings that hold; null: none is"
    )
    undetermined_share: float = Field(
        description="Share, by weight, of the meanings of the words that no figures decide"
    )
    nearby_support: float | None = Field(
        description="Share, by closeness, of the decided nearby readings that hold; null: none is"
    )
    fairness: float | None = Field(
        description="Mean margin of nearby readings by closeness, -1 to 1; below 0: most fair "
        "rewordings are weaker than what is claimed (Wu et al., PVLDB 2014)"
    )
    robustness: float | None = Field(
        description="exp(-mean squared shortfall) of nearby readings, 0 to 1; 1: none fails"
    )
    uniqueness: float | None = Field(
        description="Share of peer places for which the same sentence is true (of an exact number "
        "nearly always 0); null: fewer than five peers have the figures, or the kind compares with "
        "peers itself (rank, contrast, attribution, places)"
    )
    peers: str | None = Field(description="Which peers uniqueness counts, in words")
    peer_group: str | None = Field(
        default=None, description="Id of the group whose members these are; null: there are none"
    )
    closest_true: str | None
    counter_reading: str | None = Field(
        description="Id of the reading that speaks most strongly against the label"
    )
    chance: Chance | None = Field(
        description="Whether chance could have made it; null: not asked for, or not the question"
    )


class Verdict(Model):
    """The label of a claim with its evidence."""

    claim: str
    document: str
    said: str
    label: Label
    sentence: str = Field(description="Why, in one sentence made from the readings")
    holds_share: float | None = Field(
        description="Weighted share of stated readings that hold (of the weakest test)"
    )
    undetermined_share: float
    nearby_support: float | None
    fairness: float | None
    robustness: float | None
    uniqueness: float | None
    peers: str | None
    caveats: tuple[str, ...]
    closest_true: str | None
    counter_reading: str | None
    chance: Chance | None
    tests: tuple[TestResult, ...]
    readings: tuple[Reading, ...]
    build: str
    lake_snapshot: int | None = Field(
        default=None, description="The commit of the lake that has the build; null for a file"
    )
    as_of: dt.date | None


#: What a speaker is. ``unnamed``: nobody that could be named ("posts on social media").
SpeakerIs = Literal["person", "organization", "unnamed"]


class Document(Model):
    """Where claims were made."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    speaker: str
    speaker_is: SpeakerIs = "person"
    published: dt.date
    outlet: str
    kind: Literal["article", "speech", "post", "report"]
    url: str | None = Field(default=None, pattern="^https?://")
    made_up: bool = Field(
        default=False, description="Nobody said it: it is there to test the program with"
    )
