"""Read the summarized series of the FBI's Crime Data Explorer: one answer a place and offense.

An answer does not say what was asked, so the file is named after it: ``agency_FL0130000_HOM.json``,
``state_FL_V.json``, ``national_ROB.json``. Its series are named after the place: "Miami Police
Department Offenses", "… Clearances". Null, or no month at all, is not reported and never 0. Months
from that of the last refresh on are still being filled: they are left out.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets.errors import InputError, nearest
from datasets.reference_tables import reference

NAME = re.compile(r"(?:^|_)(?:(agency)_([A-Z0-9]{9})|(state)_([A-Z]{2})|(national))_([A-Z]+)\b")
OFFENSES = ("HOM", "RPE", "ROB", "ASS", "V", "BUR", "LAR", "MVT", "P")
NATION = "United States"
OFFENSES_END, CLEARANCES_END = " Offenses", " Clearances"
MONTH = re.compile(r"(0[1-9]|1[0-2])-((?:19|20)\d\d)")

Series = Mapping[str, str | None]


def parse(parts: Sequence[Path]) -> Iterator[Mapping[str, str | None]]:
    """Rows of all answers. Raises InputError naming file and field.

    Also if the answers are of different refreshes: the source changed while it was fetched.
    """
    refreshes: dict[str, Path] = {}
    for part in parts:
        body = _object(part, _load(part), "the body")
        refreshed = _refreshed(part, body)
        refreshes.setdefault(refreshed, part)
        if len(refreshes) > 1:
            (old, first), (new, _) = refreshes.items()
            message = f"is of the refresh of {new}, {first.name} of that of {old}"
            raise InputError.at(part, message, next_step="fetch it again: it was just refreshed")
        yield from _rows(part, body, refreshed)


def _rows(part: Path, body: Any, refreshed: str) -> Iterator[Mapping[str, str | None]]:
    found = NAME.search(part.name)
    if found is None or found[6] not in OFFENSES:
        near = nearest(found[6], OFFENSES) if found else None
        message = "is not named after an agency, state or nation and an offense of the Explorer"
        raise InputError.at(part, message, nearest=near)
    level = found[1] or found[3] or found[5]
    actuals = _object(
        part, _object(part, body.get("offenses"), "offenses").get("actuals"), "actuals"
    )
    name = _name(part, level, found[4], actuals)
    offenses, cleared = _series(part, actuals, name)
    populations = _object(part, body.get("populations"), "populations")
    people = _months(part, populations, "population", name)
    participated = _months(part, populations, "participated_population", name)
    for month in sorted({*offenses, *cleared}):
        if month >= refreshed[:7] + "-01":
            continue
        yield {
            "level": level,
            "code": found[2] or found[4] or "US",
            "name": name,
            "offense": found[6],
            "month": month,
            "offenses": offenses.get(month),
            "cleared": cleared.get(month),
            "population": people.get(month),
            "participated_population": participated.get(month),
            "last_refresh_date": refreshed,
        }


def _name(part: Path, level: str, state: str | None, actuals: Mapping[str, Any]) -> str:
    """What the series of the place are named after."""
    if level == "national":
        return NATION
    states = {p["state"]: p["name"] for p in reference("places") if p["kind"] == "state"}
    if level == "state":
        if state not in states:
            raise InputError.at(part, f'"{state}" is no state', nearest=nearest(str(state), states))
        return states[str(state)]
    ends = (OFFENSES_END, CLEARANCES_END)
    names = {key.removesuffix(end) for key in actuals for end in ends if key.endswith(end)}
    names -= {NATION, *states.values()}
    if len(names) != 1:
        message = (
            f"has {len(names)} agencies in its series ({', '.join(sorted(actuals)) or 'none'})"
        )
        raise InputError.at(part, message, field="actuals")
    return names.pop()


def _series(part: Path, actuals: Mapping[str, Any], name: str) -> tuple[Series, Series]:
    """Offenses and clearances by month; the offenses' key may lack its ending."""
    key = next((k for k in (name + OFFENSES_END, name) if k in actuals), None)
    cleared = name + CLEARANCES_END
    for wanted, there in ((name + OFFENSES_END, key is not None), (cleared, cleared in actuals)):
        if not there:
            near = nearest(wanted, actuals)
            raise InputError.at(part, f'no series "{wanted}"', field="actuals", nearest=near)
    return _months(part, actuals, str(key), None), _months(part, actuals, cleared, None)


def _months(part: Path, holder: Mapping[str, Any], field: str, name: str | None) -> Series:
    """A series by first day of the month; one that is null, or of no such name, has no months."""
    series = holder.get(field)
    if name is not None:
        series = _object(part, series, field).get(name)
    if series is None:
        return {}
    found: dict[str, str | None] = {}
    for month, value in _object(part, series, field).items():
        match = MONTH.fullmatch(month)
        if match is None:
            raise InputError.at(part, f'"{month}" is no month', field=field)
        found[f"{match[2]}-{match[1]}-01"] = _count(part, f"{field} {month}", value)
    return found


def _count(part: Path, field: str, value: Any) -> str | None:
    """A count as text; null and -1 are how the Explorer says that nothing was reported."""
    if value is None or (value == -1 and not isinstance(value, bool)):
        return None
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole or value < 0:
        raise InputError.at(part, f"{value!r} is not a count", field=field)
    return str(int(value))


def _refreshed(part: Path, body: Mapping[str, Any]) -> str:
    """The day of the last refresh, ISO; it is the vintage of all figures."""
    field = "last_refresh_date"
    properties = _object(part, body.get("cde_properties"), "cde_properties")
    value = _object(part, properties.get(field), field).get("UCR")
    match = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", str(value))
    try:
        if match is None:
            raise ValueError
        return dt.date(int(match[3]), int(match[1]), int(match[2])).isoformat()
    except ValueError:
        raise InputError.at(part, f"{value!r} is no day (MM/DD/YYYY)", field=field) from None


def _load(part: Path) -> Any:
    try:
        return json.loads(part.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError.at(part, f"is not JSON: {error}") from error


def _object(part: Path, value: Any, field: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InputError.at(part, f"is {type(value).__name__}, not an object", field=field)
    return value
