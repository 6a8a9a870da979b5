"""Days of the calendar: units, parts of them, what lies beside them, and what comes back every year.

Knows no words. `Days` are a first and a last day, both included; a `Yearly` gives its days in a year, None where that
year has none (29 February).
"""

import calendar
import datetime
from collections.abc import Callable

Days = tuple[datetime.date, datetime.date]
Yearly = Callable[[int], Days | None]

ONE_DAY = datetime.timedelta(days=1)
LENGTHS = {"day": 1, "weekend": 7, "week": 7, "fortnight": 14, "month": 30, "quarter": 91, "year": 365}
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
# Days that another year must be nearer by, to be meant before the base's own.
_RATHER = 90
_LUNAR_NEW_YEARS = (
    "2000-02-05 2001-01-24 2002-02-12 2003-02-01 2004-01-22 2005-02-09 2006-01-29 2007-02-18 2008-02-07 2009-01-26 "
    "2010-02-14 2011-02-03 2012-01-23 2013-02-10 2014-01-31 2015-02-19 2016-02-08 2017-01-28 2018-02-16 2019-02-05 "
    "2020-01-25 2021-02-12 2022-02-01 2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13 "
    "2030-02-03"
).split()
_LUNAR = {int(day[:4]): datetime.date.fromisoformat(day) for day in _LUNAR_NEW_YEARS}


def day_of(year: int, month: int, day: int) -> datetime.date | None:
    """The day, or None where the calendar has no such day."""
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def months_of(year: int, first: int, count: int) -> Days:
    """`count` whole months; they may run into the next year."""
    start = datetime.date(year, first, 1)
    return start, moved(start, "month", count) - ONE_DAY


def moved(day: datetime.date, unit: str, count: int) -> datetime.date:
    """The day `count` units away; the last of its month where that month is too short."""
    if unit not in _MONTHS_IN:
        return day + datetime.timedelta(days=count * LENGTHS[unit])
    year, month = divmod(day.year * 12 + day.month - 1 + count * _MONTHS_IN[unit], 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def unit_of(day: datetime.date, unit: str) -> Days:
    """The calendar's unit that holds the day; weeks begin on Monday.

    >>> [day.isoformat() for day in unit_of(datetime.date(2019, 3, 5), "week")]
    ['2019-03-04', '2019-03-10']
    """
    if unit == "day":
        return day, day
    if unit in _MONTHS_IN:
        count = _MONTHS_IN[unit]
        return months_of(day.year, (day.month - 1) // count * count + 1, count)
    monday = day - datetime.timedelta(days=day.weekday())
    first = monday + datetime.timedelta(days=5 if unit == "weekend" else 0)
    return first, monday + datetime.timedelta(days=13 if unit == "fortnight" else 6)


def units_of(days: Days, unit: str) -> Days:
    """From the unit that holds the first day to the one that holds the last."""
    return unit_of(days[0], unit)[0], unit_of(days[1], unit)[1]


def length(days: Days) -> int:
    return (days[1] - days[0]).days + 1


def whole_months(days: Days) -> int:
    """How many months the days are, from a first to a last of the month; 0 where they aren't whole months."""
    first, after = days[0], days[1] + ONE_DAY
    return (after.year - first.year) * 12 + after.month - first.month if first.day == after.day == 1 else 0


def slice_of(days: Days, which: int, of: int) -> Days:
    """One of `of` equal parts, from 1: whole months where they come out even, 1-10, 11-20 and 21- of a month."""
    first, months, total = days[0], whole_months(days), length(days)
    if months and months % of == 0:
        count = months // of
        return moved(first, "month", (which - 1) * count), moved(first, "month", which * count) - ONE_DAY
    if of > total:
        return days
    cuts = [0, 10, 20, total] if months == 1 and of == 3 else [total * cut // of for cut in range(of + 1)]
    return first + cuts[which - 1] * ONE_DAY, first + (cuts[which] - 1) * ONE_DAY


def edge_of(days: Days, *, end: bool) -> Days:
    """The first or last two months of a year, and the first or last third of anything shorter."""
    of = 6 if whole_months(days) >= 12 else 3
    return slice_of(days, of if end else 1, of)


def run_of(days: Days, unit: str, which: int, count: int) -> Days | None:
    """The which-th run of `count` units inside the days, the last one for -1; None where they are too few.

    >>> may = months_of(2019, 5, 1)
    >>> [day.day for day in run_of(may, "week", 2, 1)], [day.day for day in run_of(may, "week", -1, 1)]
    ([8, 14], [25, 31])
    """
    if unit == "weekend":
        saturday = weekday_in(days, 5, which)
        return (saturday[0], saturday[0] + ONE_DAY) if saturday else None
    first, last = days
    if which < 0:
        return max(moved(last + ONE_DAY, unit, -count), first), last
    start = moved(first, unit, (which - 1) * count)
    return None if start > last else (start, min(moved(first, unit, which * count) - ONE_DAY, last))


def weekday_in(days: Days, weekday: int, which: int) -> Days | None:
    """The which-th such weekday (Monday is 0) inside the days, the last one for -1; None where they are too few."""
    first, last = days
    if which < 0:
        day = last - datetime.timedelta(days=(last.weekday() - weekday) % 7)
    else:
        day = first + datetime.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
    return (day, day) if first <= day <= last else None


def weekday_after(days: Days, weekday: int, side: int) -> Days:
    """The first such weekday after the days (side 1), the last before them, or for 0 the one in their first week."""
    if side > 0:
        day = days[1] + ((weekday - days[1].weekday() - 1) % 7 + 1) * ONE_DAY
    elif side < 0:
        day = days[0] - ((days[0].weekday() - weekday - 1) % 7 + 1) * ONE_DAY
    else:
        day = days[0] + (weekday - days[0].weekday()) * ONE_DAY
    return day, day


def beside(days: Days, unit: str, count: int, side: int, *, loose: bool) -> Days:
    """As many days as `count` units have, right after (side 1) or right before; half as many again if loose."""
    width = LENGTHS[unit] * count
    width += (width + 1) // 2 if loose else 0
    if side > 0:
        return days[1] + ONE_DAY, days[1] + width * ONE_DAY
    return days[0] - width * ONE_DAY, days[0] - ONE_DAY


def away(days: Days, unit: str, count: int, side: int, *, vague: bool) -> Days:
    """ "a month later", "a few days earlier": a calendar's unit, or days wide enough where people count loosely."""
    if vague or unit in ("week", "fortnight") or (unit == "day" and count > 1):
        return beside(days, unit, count, side, loose=True)
    return unit_of(moved(days[side > 0], unit, side * count), unit)


def next_to(days: Days, unit: str, count: int, side: int) -> Days:
    """ "the week after", "the three months before": exactly so many units; whole months beside whole months."""
    if side > 0:
        return days[1] + ONE_DAY, moved(days[1] + ONE_DAY, unit, count) - ONE_DAY
    return moved(days[0], unit, -count), days[0] - ONE_DAY


def begun(yearly: Yearly, day: datetime.date, *, over: bool) -> Days | None:
    """The latest that had begun by the day; if `over`, that had ended before it."""
    known = (yearly(year) for year in range(day.year, day.year - 9, -1))
    return next((days for days in known if days and (days[1] < day if over else days[0] <= day)), None)


def following(yearly: Yearly, day: datetime.date) -> Days | None:
    """The first that begins after the day."""
    known = (yearly(year) for year in range(day.year, day.year + 9))
    return next((days for days in known if days and days[0] > day), None)


def nearest(yearly: Yearly, base: Days) -> Days | None:
    """The one that meets the base; else the one later in the base's year; else the nearest, rather in that year."""
    known = [days for year in range(base[0].year - 1, base[1].year + 2) if (days := yearly(year))]

    def distance(days: Days) -> tuple[bool, bool, int]:
        apart, same_year = max(days[0] - base[1], base[0] - days[1]).days, days[0].year == base[0].year
        return apart > 0, not (same_year and days[0] > base[1]), apart + (0 if same_year else _RATHER)

    return min(known, key=distance, default=None)


def easter(year: int) -> Days:
    """Good Friday to Easter Monday (the anonymous Gregorian algorithm)."""
    century, of_century = divmod(year, 100)
    skipped = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * (year % 19) + century - century // 4 - skipped + 15) % 30
    to_sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (year % 19 + 11 * moon + 22 * to_sunday) // 451
    month, day = divmod(moon + to_sunday - 7 * late + 114, 31)
    sunday = datetime.date(year, month, day + 1)
    return sunday - 2 * ONE_DAY, sunday + ONE_DAY


def lunar_new_year(year: int) -> Days | None:
    """The eve of the Lunar New Year and its first six days: China's public holiday. Known for 2000 to 2030."""
    first = _LUNAR.get(year)
    return (first - ONE_DAY, first + 5 * ONE_DAY) if first else None
