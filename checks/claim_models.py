"""What a claim file may say: a document, its claims and their tests. Data, without SQL.

The kinds of tests are models of ``claim_amounts``, ``claim_movements`` and ``claim_places``; what
they share is in ``claim_fields``, how periods are written in ``periods``.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from checks.claim_amounts import ChangeTest, RatioTest, ShareTest, ThresholdTest, ValueTest
from checks.claim_movements import AttributionTest, ContrastTest, RecordTest, TrendTest
from checks.claim_places import PlacesTest, RankTest
from checks.models import Document, Model, SpeakerIs

Test = Annotated[
    ValueTest
    | ShareTest
    | ThresholdTest
    | ChangeTest
    | RecordTest
    | TrendTest
    | RatioTest
    | RankTest
    | ContrastTest
    | AttributionTest
    | PlacesTest,
    Field(discriminator="kind"),
]


class Claim(Model):
    """A quoted sentence. Either it has tests, or ``uncheckable`` says why no data can settle it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)
    said: str = Field(min_length=3, max_length=10_000)
    speaker: str | None = None
    speaker_is: SpeakerIs = "person"
    tests: tuple[Test, ...] = ()
    uncheckable: str | None = Field(default=None, min_length=10)
    note: str | None = None

    @model_validator(mode="after")
    def _tests_or_reason(self) -> Self:
        if bool(self.tests) == (self.uncheckable is not None):
            raise ValueError('a claim has either "tests" or the reason why it is "uncheckable"')
        return self


class ClaimFile(Model):
    """A document and its claims, in their order."""

    document: Document
    claims: tuple[Claim, ...] = Field(min_length=1)
