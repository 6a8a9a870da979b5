"""Dates as pages print them: in a title, on a line of their own, in an image's name."""

import datetime
import re
from dataclasses import dataclass

from rag.calendar.days import day_of

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()

# "Sept", "june"
MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
# "June14, 2018", "3rd of May 2019", "2021年3月18", "28.10.2023"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\b{MONTH}\.?\s*+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*+,?\s*+(?P<year>(?:19|20)\d\d)\b",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s++of)?\s++{MONTH}\.?,?\s++(?P<year>(?:19|20)\d\d)\b",
        r"(?<!\d)(?P<year>(?:19|20)\d\d)\s*+[-/.年]\s*+(?P<month>\d{1,2})\s*+[-/.月]\s*+(?P<day>\d{1,2})(?!\d)",
        r"(?<![\d.])(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\. ?(?P<year>(?:19|20)\d\d)(?![\d])",
    )
)
# "7/20/2011", "9/11/13"
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/((?:19|20)\d\d|\d\d)(?![\d/])")
# "September 10", not "September 10, 2018"
_YEARLESS = re.compile(rf"\b{MONTH}\.?\s*+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*+,?\s*+\d)", re.IGNORECASE)
# "19:34", "7:05 p.m."
_TIME = r"(?:\d{1,2}[:：]\d{2}(?:[:：]\d{2})?\s*+(?:[ap]\.?m\.?)?)"
# "Updated: ", "Thursday", "19:34"
_ROUND_A_DATE = re.compile(
    rf"{_TIME}|\b(?:updated?|published?|posted|time|date|on|at|from|mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?\b"
    r"|source|beijing|gmt|utc|日|[\s:：,，.|()\[\]-]+",
    re.IGNORECASE,
)
# "W020180910623", "/202103/t20210318_1"
_STAMP = re.compile(r"(?<!\d)(?:[A-Za-z]0)?((?:199|20\d)\d)[-/]?(0[1-9]|1[0-2])[-/]?(0[1-9]|[12]\d|3[01])")
_NEAR = 14


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A date without its year: `September 10`."""

    month: int
    day: int

    def near(self, other: datetime.date) -> datetime.date | None:
        """This day in the year that brings it closest to the other date, if that is within two weeks."""
        best: datetime.date | None = None
        for year in (other.year - 1, other.year, other.year + 1):
            there = day_of(year, self.month, self.day)
            if there and abs((there - other).days) <= _NEAR:
                best = there
        return best


def find_date(words: str) -> datetime.date | None:
    """The first whole date in the words.

    >>> find_date("Regular Press Conference on June14, 2018"), find_date("2021/03/18"), find_date("30 February 2021")
    (datetime.date(2018, 6, 14), datetime.date(2021, 3, 18), None)
    """
    found = sorted((match.start(), match) for form in _FORMS for match in form.finditer(words))
    for _, match in found:
        date = day_of(int(match["year"]), month_of(match["month"]), int(match["day"]))
        if date:
            return date
    return None


def find_month_day(words: str) -> MonthDay | None:
    """The first day that is printed without a year."""
    for match in _YEARLESS.finditer(words):
        month, day = month_of(match["month"]), int(match["day"])
        if day_of(2000, month, day):
            return MonthDay(month, day)
    return None


def find_slashed(words: str) -> list[datetime.date]:
    """What the first `9/11/2013` in the words may mean: the month first, and the day first where that is another day.

    >>> find_slashed("Briefing, 7/20/2011"), len(find_slashed("9/11/2013")), len(find_slashed("9/9/2013"))
    ([datetime.date(2011, 7, 20)], 2, 1)
    """
    found = _SLASHED.search(words)
    if not found:
        return []
    one, two, year = (int(part) for part in found.groups())
    year += 2000 if year < 100 else 0
    dates = (day_of(year, one, two), day_of(year, two, one))
    return list(dict.fromkeys(date for date in dates if date))


def date_line(line: str) -> datetime.date | None:
    """The date of a line that holds a date, perhaps a time, and nothing else: `2021-01-28 19:34`."""
    if len(line) > 80:
        return None
    date = find_date(line)
    if date is None:
        return None
    rest = line
    for form in _FORMS:
        rest = form.sub("", rest, count=1)
    return None if _ROUND_A_DATE.sub("", rest) else date


def find_stamp(name: str) -> datetime.date | None:
    """The day that an address or an image's name carries: `W020180910623.jpg`, `/202103/t20210318_1.html`."""
    for match in _STAMP.finditer(name):
        date = day_of(int(match[1]), int(match[2]), int(match[3]))
        if date:
            return date
    return None


def month_of(words: str) -> int:
    """The number of a month that MONTH has found, or that is one already."""
    return int(words) if words.isdigit() else MONTHS.index(words[:3].lower()) + 1
