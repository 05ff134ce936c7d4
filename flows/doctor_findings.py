"""What ``crimeclaims doctor`` says of a thing it looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from datasets.settings import Settings


@dataclass(frozen=True)
class Finding:
    """A thing looked at. ``mend``: what to do about a problem."""

    state: Literal["ok", "warning", "problem"]
    what: str
    found: str
    mend: str | None = None


#: A look at one thing. What it raises (CrimeclaimsError, OSError) is a finding too.
Look = Callable[[Settings], Iterator[Finding]]
