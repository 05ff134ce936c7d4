"""The window of a record or trend by its steps: years, months, 12 months, or parts of years."""

from __future__ import annotations

import calendar
import datetime as dt

from checks.models import Reading


def window_ends(reading: Reading) -> tuple[dt.date, dt.date] | None:
    """The last days of the first and of the last step of a window.

    A window begins with the first day of its first step, which is as long as its figures are: of
    12 months to each month, it ends a year later. Of parts of years, the last day is that of the
    month. None without figures, and in a run that did not record the window.
    """
    first, last = reading.window_start, reading.window_end
    if first is None or last is None or not reading.figures:
        return None
    figure = reading.figures[0]
    steps = month_number(figure.period_end) - month_number(figure.period_start)
    year, month = divmod(month_number(first) + steps, 12)
    return dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1]), last


def month_number(day: dt.date) -> int:
    """The number of the month of a day, from the year 0, as in ``sql/readings/5_spans.sql``.

    >>> month_number(dt.date(2016, 8, 31)) - month_number(dt.date(2015, 8, 1))
    12
    """
    return 12 * day.year + day.month - 1
