"""Numbers, dates and addresses as people read them. The exact value always stays beside them."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

#: What follows a number of a unit; a unit that is not here is written out.
_SUFFIX = {
    "": "",
    "count": "",
    "usd": "",
    "year": "",
    "percent": "%",
    "percent of places": "% of places",
    "percent of dates": "% of dates",
    "percent a year": "% a year",
    "p-value": "",
    "per_100k": " per 100,000",
    "per_100k_not_annualised": " per 100,000 (not annualised)",
    "ratio": " times",
    "places": "",  # the role of the figure says it
    "rank from lowest": "",
    "rank from highest": "",
}
_PREFIX = {"usd": "$", "p-value": "p = ", "rank from lowest": "rank ", "rank from highest": "rank "}
#: Units that are rounded to one decimal. Others are whole or have three significant digits.
_ONE_DECIMAL = {
    *("percent", "percent of places", "percent of dates", "percent a year"),
    *("percentage points", "percentage points a year", "per_100k"),
}

#: Characters that would change how the text around them reads, or that HTML does not allow:
#: controls (but tab and line breaks) and the marks that override or embed a direction.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


def number(value: float | None, unit: str = "") -> str:
    """``value`` rounded for reading: counts whole if they are, shares and rates to one decimal.

    >>> number(2716723, "people"), number(28.71794, "percent"), number(480000, "usd")
    ('2,716,723 people', '28.7%', '$480,000')
    >>> number(1996, "year"), number(-3.25, "percent"), number(None, "count")
    ('1996', '−3.3%', 'no figure')
    """
    if value is None or not math.isfinite(value):
        return "no figure"
    exact = Decimal(repr(float(value)))
    if unit in _ONE_DECIMAL:
        rounded = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    elif exact == exact.to_integral_value():
        rounded = exact.quantize(Decimal(1))
    else:
        rounded = exact.quantize(_small_unit(exact), ROUND_HALF_UP)
    digits = str(abs(rounded)) if unit == "year" else f"{abs(rounded):,}"
    sign = "−" if rounded < 0 else ""
    return sign + _PREFIX.get(unit, "") + digits + _SUFFIX.get(unit, f" {unit.replace('_', ' ')}")


def _small_unit(exact: Decimal) -> Decimal:
    """One decimal for what is above a hundred, else three significant digits."""
    return Decimal(1).scaleb(max(min(exact.adjusted() - 2, -1), -12))


def exact(value: float) -> str:
    """``value`` without rounding, as JSON has it: ``777``, ``28.71794871794872``."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def share(value: float | None) -> str:
    """A share between 0 and 1 in percent; what is not all or nothing never reads as if it were.

    >>> share(2 / 3), share(1.0), share(0.9999), share(0.0004), share(None)
    ('66.7%', '100%', 'more than 99.9%', 'less than 0.1%', 'does not apply')
    """
    if value is None:
        return "does not apply"
    percent = (Decimal(repr(float(value))) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if percent == 0 and value > 0:
        return "less than 0.1%"
    if percent == 100 and value < 1:
        return "more than 99.9%"
    return f"{percent:.0f}%" if percent == percent.to_integral_value() else f"{percent}%"


def percent_change(value: float | None) -> str:
    """With its sign; a small change keeps two digits, so that it never reads as none.

    >>> percent_change(12.345), percent_change(-0.0123), percent_change(None)
    ('+12.3%', '−0.012%', '')
    """
    if value is None:
        return ""
    return (f"{value:+,.1f}%" if abs(value) >= 0.1 else f"{value:+.2g}%").replace("-", "−")


def day(value: dt.date) -> str:
    """``16 August 2017``."""
    return f"{value.day} {value:%B %Y}"


def short_day(value: dt.date) -> str:
    """``16 Aug 2017``, for tables."""
    return f"{value.day} {value:%b %Y}"


def period(start: dt.date, end: dt.date) -> str:
    """Calendar years where it is that, else days: ``1980–1989``, ``1 Jan – 15 Aug 2017``."""
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return str(start.year) if start.year == end.year else f"{start.year}–{end.year}"
    if start == end:
        return short_day(start)
    if start.year == end.year:
        return f"{start.day} {start:%b} – {short_day(end)}"
    return f"{short_day(start)} – {short_day(end)}"


def web_address(value: str | None) -> str | None:
    """``value`` if it may become a link: http or https with a host and nothing odd; else None."""
    if not value or re.search(r"[\s\\\x00-\x20]", value) or _INVISIBLE.search(value):
        return None
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return None
    good = parts.scheme.lower() in ("http", "https") and host and "@" not in parts.netloc
    return value if good else None


def slug(text: str) -> str:
    """Part of an anchor: ``1.3`` gives ``1-3``. Ids of datasets and claims pass unchanged."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")


def visible(value: Any) -> Any:
    """Text with the characters spelt out that could make it read as something else."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _INVISIBLE.sub(lambda match: f"[U+{ord(match.group()):04X}]", value)
