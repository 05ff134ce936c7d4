"""Numbers, names and bounds as people write them."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from checks.claims_file import known_names

#: A group taken together: its name, how many of its places have figures, in which years.
_TOGETHER = re.compile(r"^([a-z0-9-]+)\+(\d+)@([\d,-]+)$")
#: After a rate of a month or of part of a year: what it came to within that time.
NOT_ANNUALISED = " (not annualised)"


def number(value: float | None, unit: str) -> str:
    """A figure with its unit, rounded for reading; figures themselves are never rounded.

    >>> number(2716723.0, "people")
    '2,716,723'
    >>> number(26.538, "percent")
    '26.5%'
    """
    if value is None:
        return "no figure"
    if unit in ("percent", "percent a year", "percent of places", "percent of dates"):
        return f"{_fixed(value, 1)}%" + (" a year" if unit == "percent a year" else "")
    if unit == "per_100k":
        return f"{_fixed(value, 1)} per 100,000"
    if unit == "per_100k_not_annualised":
        return f"{_fixed(value, 2)} per 100,000{NOT_ANNUALISED}"
    if unit == "usd":
        return f"${value:,.0f}"
    if unit == "ratio":
        return _fixed(value, 2).replace(",", "")
    if unit == "p-value":
        return f"{value:.2g}"
    if unit in ("percentage points", "percentage points a year"):
        return movement(value, unit)
    return f"{value:,.0f}" if float(value).is_integer() else _fixed(value, 1)


def _fixed(value: float, digits: int) -> str:
    """So many decimals, halves away from zero, as the band of a number said begins at its half.

    >>> _fixed(59 / 200, 2), f"{59 / 200:.2f}"
    ('0.30', '0.29')
    """
    unit = Decimal(1).scaleb(-digits)
    return f"{Decimal(repr(float(value))).quantize(unit, ROUND_HALF_UP):,}"


def movement(value: float, unit: str) -> str:
    """How far something moved, with its sign.

    >>> movement(4.66, "percent a year"), movement(-3.0, "percentage points")
    ('+4.7% a year', '-3.0 points')
    """
    amount = " points" if "points" in unit else "%"
    return f"{value:+.1f}{amount}{' a year' if unit.endswith('a year') else ''}"


def movement_of(percent: float) -> str:
    """A change in percent, with as many digits as it takes to tell a small one from none.

    >>> movement_of(-32.08), movement_of(0.0113), movement_of(0.0)
    ('-32.1%', '+0.01%', '+0.0%')
    """
    texts = [f"{percent:+.{digits}f}%" for digits in range(1, 10)]
    return next((text for text in texts if percent == 0 or float(text[:-1]) != 0), texts[0])


def number_against(value: float, unit: str, bounds: Iterable[float | None]) -> str:
    """A figure rounded for reading, with as many digits as it takes to stay on its side of bounds.

    >>> number_against(0.29957, "ratio", [0.3])
    '0.2996'
    >>> number_against(28.2, "per_100k", [20.0])
    '28.2 per 100,000'
    >>> number_against(4.994, "per_100k", [5.0])
    '4.994 per 100,000'
    >>> number_against(1.795e-05, "ratio", [0.0])
    '1.795e-05'
    """
    near = [b for b in bounds if b is not None and value != b]

    def keeps_its_side(text: str) -> bool:
        shown = float(re.sub(r"[^0-9.e-]", "", text.split(" ", maxsplit=1)[0]))
        return all(shown != b and (shown > b) == (value > b) for b in near)

    texts = [number(value, unit)]
    after = "%" if unit.startswith("percent") and "points" not in unit else ""
    after += "".join(texts[0].partition(" ")[1:])
    texts += [f"{value:.{digits}g}{after}" for digits in (4, 6, 8, 10)]
    return next((text for text in texts if keeps_its_side(text)), texts[-1])


def bound(value: float, unit: str) -> str:
    """A bound, with as many digits as it takes not to round it away (10.75%, 0.3667)."""
    if unit in ("percent", "percent a year", "percent of places", "percent of dates"):
        return f"{value:,.4g}%"
    if unit == "usd":
        return f"${value:,.0f}"
    if unit in ("ratio", "p-value"):
        return f"{value:.4g}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def band(low: float | None, low_open: bool, high: float | None, high_open: bool, unit: str) -> str:
    """A band in words: "more than 433", "22.5% to 27.5%", "84" for what rounds to it.

    >>> band(83.5, False, 84.5, True, "count"), band(0.0, False, 1.0, True, "count")
    ('84', '0 to 1')
    >>> band(2.5, False, 3.5, True, "ratio")
    '2.5 to 3.5'
    """
    rounded = low is not None and high is not None and high - low == 1 and low % 1 == 0.5
    if low is not None and high is not None and rounded and unit != "ratio":
        return bound((low + high) / 2, unit)
    if low is not None and high is not None:
        return f"{bound(low, unit)} to {bound(high, unit)}"
    if low is not None:
        return f"{'more than' if low_open else 'at least'} {bound(low, unit)}"
    if high is not None:
        return f"{'less than' if high_open else 'at most'} {bound(high, unit)}"
    return "any value"


def change_band(low: float | None, low_open: bool, high: float | None, high_open: bool) -> str:
    """A band of percent changes in words: "a rise", "a fall of more than 20%".

    >>> change_band(None, False, -20.0, True)
    'a fall of more than 20%'
    >>> change_band(0.0, True, None, False)
    'a rise'
    """
    if low is not None and high is not None and low < 0 < high:
        return f"a change of {band(low, low_open, high, high_open, 'percent')}"
    if high is not None and high <= 0:
        low, low_open, high, high_open = -high, high_open, None if low is None else -low, low_open
        word = "a fall"
    else:
        word = "a rise"
    if low == 0 and high is None:
        return word
    return f"{word} of {band(low, low_open, high, high_open, 'percent')}"


def place(name: str) -> str:
    """The name of a place or of a peer group, also of sums ("a + b") and sides ("a ÷ b")."""
    for separator, joined in ((" ÷ ", " ÷ "), (" + ", " and ")):
        if separator in name:
            return joined.join(place(part) for part in name.split(separator))
    row = known_names("place").get(name)
    if row:
        return row["name"]
    taken = _TOGETHER.match(name)
    group = known_names("peer_group").get(taken[1] if taken else name)
    if group is None:
        return name
    title = group["title"][0].lower() + group["title"][1:]
    return f"{title}, {taken[2]} taken together" if taken else title


def measure(name: str) -> str:
    """The title of a measure."""
    return known_names("measure")[name]["title"]


def definition(name: str) -> str:
    """The title of a definition, also of two sides ("a ÷ b")."""
    if " ÷ " in name:
        return " ÷ ".join(definition(part) for part in name.split(" ÷ "))
    return known_names("definition")[name]["title"]


def period(start: dt.date, end: dt.date) -> str:
    """A year, a span of years, a month, twelve months, or a span of days.

    >>> period(dt.date(2016, 8, 1), dt.date(2016, 8, 31))
    'August 2016'
    >>> period(dt.date(2015, 9, 1), dt.date(2016, 8, 31))
    'the 12 months to August 2016'
    >>> period(dt.date(2017, 1, 1), dt.date(2017, 8, 15))
    '1 January to 15 August 2017'
    """
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return str(start.year) if start.year == end.year else f"{start.year} to {end.year}"
    if start.day == 1 and (end + dt.timedelta(days=1)).day == 1:
        months = 12 * (end.year - start.year) + end.month - start.month + 1
        if months == 1:
            return month(end)
        if months == 12:
            return f"the 12 months to {month(end)}"
    if start == end:
        return day(start)
    if start.year == end.year:
        return f"{day(start).rpartition(' ')[0]} to {day(end)}"
    return f"{day(start)} to {day(end)}"


def during(start: dt.date, end: dt.date) -> str:
    """A period with the word before it.

    >>> during(dt.date(2016, 1, 1), dt.date(2016, 12, 31))
    'in 2016'
    >>> during(dt.date(2017, 1, 1), dt.date(2017, 8, 15))
    'from 1 January to 15 August 2017'
    """
    text = period(start, end)
    if start == end:
        return f"on {text}"
    return f"from {text}" if " to " in text.removeprefix("the 12 months to ") else f"in {text}"


def day(value: dt.date) -> str:
    """15 August 2017, whatever the locale."""
    return f"{value.day} {month(value)}"


def month(day: dt.date) -> str:
    """The month that a day is in, whatever the locale."""
    return f"{calendar.month_name[day.month]} {day.year}"


def ranked(n: int, direction: str) -> str:
    """ "highest", "2nd highest"."""
    return direction if n == 1 else f"{ordinal(n)} {direction}"


def ordinal(n: int) -> str:
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"
