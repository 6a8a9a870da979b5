"""Words -> the days that a question is about: "late June 2018", "since last October", "summer 2018".

A date in a question is not always a filter: "the 2022 Winter Olympics" is a name and "exports in the first half of
2019" is the topic. `find_period` tells where and how a period is written; whether it filters is decided by how it
stands in the sentence: see `Period.adverbial` and `Period.precision`.
"""

import calendar
import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Precision = Literal["day", "part", "month", "season", "year"]
Days = tuple[datetime.date, datetime.date]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?:19|20)\d\d"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_ORDINALS = {"first": 1, "1st": 1, "opening": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_ORDINAL = "|".join([*_ORDINALS, "last", "final", "closing"])
_NUMBERS = dict(
    zip(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], range(1, 11), strict=True)
)
_EARLY, _MID, _LATE = "early|beginning|start", "mid|middle", "late|end"
_PART = rf"(?:the\s+)?(?P<part>{_EARLY}|{_MID}|{_LATE})(?:\s+of\s+|\s*-\s*|\s+)(?:the\s+)?"
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """Days that a text names: from `date_from` to `date_to`, either open (None), at text[start:end].

    `precision` is that of the coarsest date in it. `adverbial` is whether it stands as "in May 2019" or first in
    the sentence, not as part of a name ("the May 2019 summit"). `opened_by` is the word before it: "since", "in".
    """

    start: int
    end: int
    date_from: datetime.date | None
    date_to: datetime.date | None
    precision: Precision
    adverbial: bool
    opened_by: str = ""


def find_period(text: str, today: datetime.date) -> Period | None:
    """The first period that the text names, or None. Relative words ("yesterday", "last May") count from `today`.

    >>> found = find_period("What was said in late June 2018 on trade?", datetime.date(2021, 1, 1))
    >>> found.date_from, found.date_to, found.adverbial
    (datetime.date(2018, 6, 21), datetime.date(2018, 6, 30), True)
    """
    found = _find_range(text, today) or _find_single(text, today)
    return None if found is None else _with_preposition(text, found)


def _find_range(text: str, today: datetime.date) -> Period | None:
    for opening, joint in ((r"\bbetween\s+", r"\s+and\s+"), (r"\bfrom\s+", r"\s*(?:to|till?|until|through|-|–)\s*")):
        for match in re.finditer(opening, text, re.IGNORECASE):
            rest = text[match.end() :]
            for cut in re.finditer(joint, rest, re.IGNORECASE):
                last = _find_single(rest[cut.end() :], today)
                if last is None or last.start != 0 or last.date_from is None or last.date_to is None:
                    continue
                first = _one_end(rest[: cut.start()], today, last)
                if first is not None and first <= last.date_to:
                    end = match.end() + cut.end() + last.end
                    return Period(match.start(), end, first, last.date_to, last.precision, True, "between")
    return None


def _one_end(words: str, today: datetime.date, last: Period) -> datetime.date | None:
    """The first day of a range whose other end is known: "July" of "July and December 2021"."""
    for candidate in (words, f"{words} {last.date_to.year}" if last.date_to else words):
        first = _find_single(candidate, today)
        if first is not None and first.start == 0 and first.end >= len(words) and first.date_from is not None:
            return first.date_from
    if re.fullmatch(_DAY, words, re.IGNORECASE) and last.date_to is not None:
        return _date(last.date_to.year, last.date_to.month, _number(words))
    return None


def _find_single(text: str, today: datetime.date) -> Period | None:
    best: Period | None = None
    for precision, pattern, days_of in _FORMS:
        for match in pattern.finditer(text):
            days = days_of(match, today)
            if days is not None and (best is None or (match.start(), -match.end()) < (best.start, -best.end)):
                best = Period(match.start(), match.end(), *days, precision, False)
                break
    return best


_OPENERS = re.compile(r"(?:\b(?:ever\s+)?(?P<word>since|after|before|until|till|up to|as of|by|in|on|during|at|around|"
                      r"throughout|over|for|of|from|dated?)\s+)(?:the\s+)?$", re.IGNORECASE)  # fmt: skip
_ATTRIBUTE = re.compile(r"\s+(?:\w+\s+)?[^\W\d_]")
_SPEECH_NOUN = re.compile(
    r"\s*(?:[-–—:,;?.!]|$|(?:and|what|how|who|when|where|which|did|was|were|would|on|about|for|to|from|over|after"
    r"|response|reaction|comment|answer|position|reply|statement|remark|briefing|press)\w*\b)",
    re.IGNORECASE,
)


def _with_preposition(text: str, period: Period) -> Period:
    before = text[: period.start]
    opener = _OPENERS.search(before)
    word = opener.group("word").lower() if opener else ""
    start = opener.start() if opener else period.start
    first = not before.strip(" -–—:,;\"'“‘(")
    adverbial = period.adverbial or bool(word and word not in ("of", "for", "from")) or first
    if re.search(r"\b(?:the|this|that|a|an|its|his|her|their|our)\s+(?:\w+\s+)?$", before, re.IGNORECASE):
        attributive = _ATTRIBUTE.match(text, period.end) and not _SPEECH_NOUN.match(text, period.end)
        named = not re.match(
            r"(?:the\s+)?(?:early|mid|late|begin|start|middle|end|first|second|last)",
            text[period.start : period.end],
            re.I,
        )
        adverbial = adverbial and not (attributive and named)
    if not word and not first and not period.adverbial:
        adverbial = bool(_SPEECH_NOUN.match(text, period.end)) and period.precision != "year"
    if first and _ATTRIBUTE.match(text, period.end) and not _SPEECH_NOUN.match(text, period.end):
        adverbial = False
    date_from, date_to = _opened(word, period)
    return Period(start, period.end, date_from, date_to, period.precision, adverbial, word)


def _opened(word: str, period: Period) -> tuple[datetime.date | None, datetime.date | None]:
    one_day = datetime.timedelta(days=1)
    if word == "since":
        return period.date_from, None
    if word == "after" and period.date_to is not None:
        return period.date_to + one_day, None
    if word == "before" and period.date_from is not None:
        return None, period.date_from - one_day
    if word in ("until", "till", "up to"):
        return None, period.date_to
    return period.date_from, period.date_to


def _number(words: str) -> int:
    digits = re.match(r"\d+", words)
    return int(digits.group()) if digits else _NUMBERS.get(words.lower(), 1)


def _month(words: str) -> int:
    return _MONTHS.index(words.lower()[:3]) + 1


def _date(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def month_days(year: int, month: int, part: str = "") -> Days:
    """The days of a month, or of its early (1-10), mid (11-20) or late (21-) part."""
    last = calendar.monthrange(year, month)[1]
    first, end = 1, last
    if re.fullmatch(_EARLY, part):
        end = 10
    elif re.fullmatch(_MID, part):
        first, end = 11, 20
    elif re.fullmatch(_LATE, part):
        first = 21
    return datetime.date(year, month, first), datetime.date(year, month, end)


def _months(year: int, first: int, count: int) -> Days:
    last = first + count - 1
    end_year, end_month = year + (last - 1) // 12, (last - 1) % 12 + 1
    return datetime.date(year, first, 1), month_days(end_year, end_month)[1]


def _day_form(match: re.Match[str], _today: datetime.date) -> Days | None:
    last = _date(int(match["year"]), _month(match["month"]), _number(match["day"]))
    first = last
    if match["day0"] and last is not None:
        first = _date(last.year, last.month, _number(match["day0"]))
    return None if first is None or last is None or first > last else (first, last)


def _iso_form(match: re.Match[str], _today: datetime.date) -> Days | None:
    day = _date(int(match["year"]), int(match["month"]), int(match["day"]))
    return None if day is None else (day, day)


def _month_form(match: re.Match[str], _today: datetime.date) -> Days | None:
    if re.search(r"\d(?:st|nd|rd|th)?\s+(?:of\s+)?$", match.string[: match.start()]):
        return None  # "30 February 2021" is no day, and not the month either.
    return month_days(int(match["year"]), _month(match["month"]), (match["part"] or "").lower())


def _season_form(match: re.Match[str], _today: datetime.date) -> Days | None:
    return _months(int(match["year"]), _SEASONS[match["season"].lower()], 3)


def _division_form(match: re.Match[str], _today: datetime.date) -> Days | None:
    """A half, a quarter, or an early, mid or late part of a year."""
    year = int(match["year"])
    if match["part"]:
        part = match["part"].lower()
        first = 1 if re.fullmatch(_EARLY, part) else 5 if re.fullmatch(_MID, part) else 9
        return _months(year, first, 4)
    halves = match["unit"].lower() in ("half", "h")
    count = 6 if halves else 3
    which = _ORDINALS.get((match["ordinal"] or "").lower()) or (
        int(match["number"]) if match["number"] else 12 // count
    )
    return _months(year, (which - 1) * count + 1, count) if 1 <= which <= 12 // count else None


def _year_form(match: re.Match[str], _today: datetime.date) -> Days | None:
    if re.search(rf"\b{_MONTH}\s+$", match.string[: match.start()], re.IGNORECASE):
        return None
    return _months(int(match["year"]), 1, 12)


def _relative_day(match: re.Match[str], today: datetime.date) -> Days | None:
    day = today - datetime.timedelta(days=0 if match["word"].lower() == "today" else 1)
    return day, day


def _relative_month(match: re.Match[str], today: datetime.date) -> Days | None:
    """ "last October", "this May": the latest such month that has begun, before this year's for "last"."""
    month = _month(match["month"])
    year = today.year if month <= today.month else today.year - 1
    if match["word"].lower() in ("last", "past") and (year, month) == (today.year, today.month):
        year -= 1
    return month_days(year, month, (match["part"] or "").lower())


def _relative_span(match: re.Match[str], today: datetime.date) -> Days | None:
    """ "last week", "this year", "the past three months"."""
    unit, word = match["unit"].lower(), match["word"].lower()
    if match["count"]:
        days = {"day": 1, "week": 7, "month": 30, "year": 365}[unit] * _number(match["count"])
        return today - datetime.timedelta(days=days), today
    back = 0 if word == "this" else 1
    if unit == "day":
        return None
    if unit == "week":
        monday = today - datetime.timedelta(days=today.weekday() + 7 * back)
        return monday, monday + datetime.timedelta(days=6)
    if unit == "month":
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        return month_days(year, month + 1)
    return _months(today.year - back, 1, 12)


_Form = Callable[[re.Match[str], datetime.date], Days | None]


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){pattern}(?![\w/]|-\w)", re.IGNORECASE)


_RANGE = rf"(?:(?P<day0>{_DAY})\s*(?:-|–|to|and)\s*)?"
# In order of preference where two forms begin at one place and are equally long.
_FORMS: tuple[tuple[Precision, re.Pattern[str], _Form], ...] = (
    ("day", _form(r"(?P<year>(?:19|20)\d\d)([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})"), _iso_form),
    ("day", _form(rf"{_RANGE}(?P<day>{_DAY})(?:\s+of)?\s+(?P<month>{_MONTH}),?\s+(?P<year>{_YEAR})"), _day_form),
    ("day", _form(rf"(?P<month>{_MONTH})\s+{_RANGE}(?P<day>{_DAY}),?\s+(?P<year>{_YEAR})"), _day_form),
    ("part", _form(rf"{_PART}(?P<month>{_MONTH}),?\s+(?:of\s+)?(?P<year>{_YEAR})"), _month_form),
    ("month", _form(rf"(?P<part>)(?P<month>{_MONTH}),?\s+(?:of\s+)?(?P<year>{_YEAR})"), _month_form),
    ("season", _form(rf"(?:the\s+)?(?P<season>{'|'.join(_SEASONS)})(?:\s+of)?\s+(?P<year>{_YEAR})"), _season_form),
    (
        "season",
        _form(
            rf"(?P<part>)(?:the\s+)?(?P<ordinal>{_ORDINAL})\s+(?P<unit>half|quarter)\s+of\s+"
            rf"(?P<number>)(?P<year>{_YEAR})"
        ),
        _division_form,
    ),
    (
        "season",
        _form(rf"(?P<part>)(?P<ordinal>)(?P<unit>h|q)(?P<number>[1-4])(?:\s+of)?\s+(?P<year>{_YEAR})"),
        _division_form,
    ),
    ("season", _form(rf"{_PART}(?P<ordinal>)(?P<unit>)(?P<number>)(?P<year>{_YEAR})"), _division_form),
    ("year", _form(rf"(?:the\s+year\s+)?(?P<year>{_YEAR})"), _year_form),
    ("day", _form(r"(?P<word>today|yesterday)"), _relative_day),
    ("month", _form(rf"(?:{_PART})?(?P<word>last|past|this)\s+(?P<month>{_MONTH})"), _relative_month),
    (
        "season",
        _form(
            r"(?:the\s+)?(?P<word>last|past|this|previous)\s+"
            rf"(?:(?P<count>\d+|{'|'.join(_NUMBERS)})\s+)?(?P<unit>day|week|month|year)s?"
        ),
        _relative_span,
    ),
)
