"""How a part of divided work says that it cannot be done, whoever tries it: by a shared file.

A state of a run says that it failed, in words for people; whoever waits must know whether another
attempt can mend it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from datasets import shared
from datasets.errors import InputError
from datasets.settings import Settings


def refusal(home: str, part: str) -> str:
    """The name under which it is shared."""
    return f"{home}/refused/{part}.json"


@contextmanager
def refusing(settings: Settings, home: str, part: str) -> Iterator[None]:
    """Bad input inside is told to whoever waits for the part; no other attempt can mend it."""
    try:
        yield
    except InputError as error:
        value = {"message": str(error), "next_step": error.next_step}
        shared.put(settings, refusal(home, part), json.dumps(value).encode())
        raise


def refusals(settings: Settings, home: str, parts: Collection[str]) -> dict[str, InputError]:
    """Which of the parts were refused, and why."""
    there = set(shared.names(settings, f"{home}/refused"))
    found = {}
    for name in parts:
        if refusal(home, name) in there:
            value = json.loads(shared.get(settings, refusal(home, name)))
            found[name] = InputError(value["message"], next_step=value["next_step"])
    return found
