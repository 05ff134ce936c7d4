"""JSON that is not trusted: a value that a reader can rely on, or ValueError.

The standard reader keeps the last of two values of one name, takes ``NaN``, and answers a thousand
brackets with RecursionError: each of them is a ValueError here, and so is a number of a thousand
digits.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

#: Nobody counts further; Python itself refuses to read more than 4,300 digits.
MAX_DIGITS = 100


def loads(text: str | bytes, *, number: Callable[[str], Any] | None = None) -> Any:
    """The value of ``text``. ``number``: makes what stands for a number of its digits as sent.

    Raises ValueError, of which json.JSONDecodeError and UnicodeDecodeError are kinds.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_int=number or _integer,
            parse_float=number or float,
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'"{twice[:60]}" is given twice in one object')
    return found


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits):,} digits")
    return int(digits)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
