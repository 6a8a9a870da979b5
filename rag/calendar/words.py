"""Words of the calendar: numbers, units, weekdays, and what comes back every year ("5 June", "summer", "Christmas").

`Dated` is what is read of them, `Frame` what it may count from.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from rag.calendar.days import Days, Yearly, day_of, easter, length, lunar_new_year, months_of, weekday_in, whole_months
from rag.calendar.printed import MONTH, month_of

Precision = Literal["day", "part", "month", "season", "year"]
# How many days people mean by "the first days of" and "shortly after".
SOON = 10

_MONTH = rf"{MONTH}(?!\w)\.?"
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_WEEKDAYS = "mon tue wed thu fri sat sun".split()
WEEKDAY = r"(?P<weekday>(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?!\w)"
# "Tues., the "
_BEFORE_A_DAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?,?\s++)?(?:the\s++)?"
YEAR = r"(?:19|20)\d\d(?!\w)"
# "31st", "05"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:\s?(?:st|nd|rd|th))?(?!\w)"
# ", and the ", " till "
_JOINT = r"\s*+(?:,\s*+(?:and\s++)?|[-–—/&]|\b(?:to|and|or|till|until|through)\b)\s*+(?:the\s++)?"
DAYS = rf"(?P<days>(?>{_DAY}(?:{_JOINT}{_DAY}){{0,9}}))"

_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_ORDINALS += [f"twenty-{word}" for word in _ORDINALS[:9]] + ["thirtieth", "thirty-first"]
# "seven", "24", "120"
_NUMBER = rf"(?:[1-3]\d\d|[1-9]\d?|{'|'.join(_NUMBERS)})"
# "a couple of ", "two or three ", "ten "
COUNT = (
    r"(?P<count>(?:a\s++)?(?:few|couple(?:\s++of)?|handful\s++of|number\s++of)|several|some|an?"
    rf"|(?:{_NUMBER}\s*+(?:\bor\b|\bto\b|[-–])\s*+)?{_NUMBER})\s++"
)
# "first ", "2nd-", "closing "
ORDINAL = (
    rf"(?P<ordinal>{'|'.join(_ORDINALS[:12])}|(?:[1-9]|1\d)(?:st|nd|rd|th)|opening|former|last|final|closing|latter)"
    r"[\s-]++"
)
_TIMES_OF_DAY = ("morning", "afternoon", "evening", "night")
UNIT = rf"(?P<unit>day|weekend|week|fortnight|month|quarter|year|{'|'.join(_TIMES_OF_DAY)})"
# What may follow words that say when: "the day after" and "in June", not "the day after the summit".
TAIL = (
    r"(?=\s*+(?:[?.!,;:)\"”–—]|-\s|$)|\s++(?:what|how|who|why|when|where|which|did|does|do|was|were|is|are|had|has|and|or"
    r"|about|on|regarding|concerning|to)\b)"
)
# How many people mean by a vague number.
_COUPLE, _FEW, _SEVERAL = 2, 4, 5


def pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Frame:
    """What words may count from: today, and the days that an earlier question named."""

    today: datetime.date
    anchor: Days | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """A date read up to text[:end]: its days, or its days in any year; neither where the words make no date.

    `placed` is whether its own words say when ("a week ago", "late in 2019"), `bare` whether it may begin a name ("May
    2019"), `joined` whether it goes from one day to another, `anchored` whether it counts from an earlier question.
    """

    end: int
    days: Days | None = None
    yearly: Yearly | None = None
    precision: Precision | None = None
    placed: bool = False
    bare: bool = False
    joined: bool = False
    anchored: bool = False

    @property
    def impossible(self) -> bool:
        return self.days is None and self.yearly is None


def precision_of(days: Days) -> Precision:
    """What the days amount to, however they were written."""
    width = length(days)
    if width == 1 or whole_months(days) == 1:
        return "day" if width == 1 else "month"
    return "part" if width <= 31 else "season" if width < 365 else "year"


# "what about ", "since the "
_LEADS = pattern(
    r"(?:^\W*|\b(?:and|or|but|about|then|in|on|during|over|since|until|till|by|of|from|after|before|around|throughout"
    r"|at|through|for|to|between)\s++(?:the\s++)?)$"
)


def leads_to_a_date(text: str, at: int) -> bool:
    """Whether the words before text[at] let a date follow: "in", "since", "what about", or none at all."""
    return _LEADS.search(text, 0, at) is not None


def unit_in(match: re.Match[str]) -> str:
    """The calendar's unit that a match of UNIT names; a time of day is its day."""
    unit = match["unit"].lower()
    return "day" if unit in _TIMES_OF_DAY else unit


def count_in(match: re.Match[str]) -> tuple[int, bool]:
    """How many units a match names, and whether that is vague: "three", "a couple of", or no word before a plural."""
    words = match.groupdict()
    if words["count"] is None:
        return (_FEW, True) if words.get("many") else (1, False)
    count = words["count"].lower()
    if "couple" in count or (words.get("more") and "so" not in words["more"].lower()):  # "a week or two"
        return _COUPLE, True
    *lower, last = (part.strip() for part in re.split(r"\bor\b|\bto\b|[-–]", count))
    if last.isdigit():
        return int(last), bool(lower)
    if last in _NUMBERS:
        return _NUMBERS.index(last) + 1, bool(lower)
    return (1, False) if last in ("a", "an") else (_SEVERAL if last == "several" else _FEW, True)


def ordinal_of(words: str) -> int:
    """1 for "first" and "opening", 2 for "2nd", -1 for "last" and "closing"."""
    words = words.lower()
    if words in _ORDINALS:
        return _ORDINALS.index(words) + 1
    return int(words[:-2]) if words[0].isdigit() else 1 if words in ("opening", "former") else -1


def weekday_of(words: str) -> int:
    return _WEEKDAYS.index(words.lower()[:3])


def read_yearly(text: str, at: int) -> tuple[re.Match[str], Yearly] | None:
    """The longest thing that comes back every year and begins at text[at], and its days in a year."""
    found = [(match, make) for form, make in _FORMS if (match := form.match(text, at))]
    if not found:
        return None
    match, make = max(found, key=lambda each: each[0].end())
    return match, make(match)


def read_year(text: str, at: int) -> tuple[int, int] | None:
    """The year that is written behind something yearly, and where it ends: " 2019", ", 2019", " of '19"."""
    match = _OF_YEAR.match(text, at)
    if match is None:
        return None
    return int(match["year"] or f"{19 if match['short'] > '50' else 20}{match['short']}"), match.end()


def days_in(month: int, *days: int) -> Yearly:
    """From the first of the days to the last; None where the month hasn't them, or in that order."""

    def yearly(year: int) -> Days | None:
        first, last = day_of(year, month, days[0]), day_of(year, month, days[-1])
        return (first, last) if first and last and first <= last else None

    return yearly


def numbers_in(words: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", words)]


def _months(first: int, count: int) -> Yearly:
    return partial(months_of, first=first, count=count)


def _new_year(year: int) -> Days:
    return datetime.date(year - 1, 12, 31), datetime.date(year, 1, 1)


def _thanksgiving(year: int) -> Days | None:
    return weekday_in(months_of(year, 11, 1), 3, 4)


# " of '19", ", 2019", " in the year 2019"
_OF_YEAR = pattern(
    rf"\s*+[,/-]?\s*+(?:(?:of|in)\s++)?(?:the\s++year\s++)?(?:(?P<year>{YEAR})|['’](?P<short>\d\d)(?!\w))"
)
_NEW_YEAR = r"new\s++year(?:['’]?s)?"
_FEASTS: tuple[tuple[str, Yearly], ...] = (
    (rf"christmas\s++(?:and|to|-|–|until)\s++(?:the\s++)?{_NEW_YEAR}(?:\s++(?:day|eve))?", days_in(12, 25, 31)),
    (r"christmas\s++eve", days_in(12, 24)),
    (r"christmas\s++day", days_in(12, 25)),
    (r"boxing\s++day", days_in(12, 26)),
    (r"(?:christmas|xmas)(?:\s*+(?:time|period|season|holidays?|break))?", days_in(12, 24, 26)),
    (rf"{_NEW_YEAR}\s++eve", days_in(12, 31)),
    (rf"{_NEW_YEAR}\s++day", days_in(1, 1)),
    (rf"(?:(?:chinese|lunar)\s++{_NEW_YEAR}|spring\s++festival)(?:\s++holidays?)?", lunar_new_year),
    (_NEW_YEAR, _new_year),
    (r"easter(?:\s++(?:weekend|holidays?))?", easter),
    (r"thanksgiving(?:\s++day)?", _thanksgiving),
    (r"may\s++day", days_in(5, 1)),
)
_FEAST = "|".join(f"(?P<feast{at}>{words})" for at, (words, _) in enumerate(_FEASTS))
_ORDINAL_DAY = "|".join(word.replace("-", "[ -]") for word in reversed(_ORDINALS))
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Yearly]], ...] = (
    *(
        (pattern(_BEFORE_A_DAY + words), lambda match: days_in(month_of(match["month"]), *numbers_in(match["days"])))
        for words in (rf"{DAYS}(?:\s++(?:day\s++)?of)?[\s-]*+{_MONTH}", rf"{_MONTH}\s++(?:the\s++)?{DAYS}")
    ),
    (
        pattern(rf"{_BEFORE_A_DAY}(?P<word>{_ORDINAL_DAY})\s++(?:day\s++)?of\s++{_MONTH}"),
        lambda match: days_in(month_of(match["month"]), ordinal_of(match["word"].replace(" ", "-"))),
    ),
    (pattern(_MONTH), lambda match: _months(month_of(match["month"]), 1)),
    (
        pattern(rf"(?:the\s++)?(?P<season>{'|'.join(_SEASONS)})(?:time)?(?!\w)"),
        lambda match: _months(_SEASONS[match["season"].lower()], 3),
    ),
    (pattern(r"q(?P<number>[1-4])(?!\w)"), lambda match: _months(3 * int(match["number"]) - 2, 3)),
    (pattern(rf"(?:the\s++)?(?:{_FEAST})(?!\w)"), lambda match: _FEASTS[numbers_in(match.lastgroup or "0")[0]][1]),
)
