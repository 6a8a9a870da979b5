"""Words -> the days that a question is about: "late June 2018", "since last October", "July and August 2019".

A date in a question is not always a filter: "the 2022 Winter Olympics" is a name and "exports in the first half of
2019" is the topic. `find_period` tells where and how a period is written; whether it filters is decided by how it
stands in the sentence: see `Period.adverbial` and `Period.precision`.
"""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.calendar.days import ONE_DAY, Days, nearest
from rag.calendar.parts import read_date
from rag.calendar.words import TAIL, Dated, Frame, Precision, leads_to_a_date, precision_of

_COARSE: tuple[Precision, ...] = ("day", "part", "month", "season", "year")


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


@dataclass(frozen=True, slots=True)
class _Span:
    """One date, or several that are joined, at text[start:end]; `onwards` is the bound that stands behind it."""

    start: int
    end: int
    days: Days
    precision: Precision
    first: Dated
    joined: bool
    anchored: bool
    onwards: str


def find_period(text: str, today: datetime.date, anchor: Period | None = None) -> Period | None:
    """The first period that the text names as a time, else the first in a name; None where it names none.

    Relative words ("yesterday", "last May") count from `today`. Words that lean on an earlier question ("that month",
    "a week later", "in June") count from the `anchor`, the period that it named, and are nothing without one.

    >>> found = find_period("What was said in late June 2018 on trade?", datetime.date(2021, 1, 1))
    >>> found.date_from, found.date_to, found.adverbial
    (datetime.date(2018, 6, 21), datetime.date(2018, 6, 30), True)
    >>> find_period("And a month later?", datetime.date(2021, 1, 1), anchor=found).date_from
    datetime.date(2018, 7, 1)
    """
    periods = list(_periods(text, Frame(today, _days_named(anchor))))
    found = next((period for period in periods if period.adverbial), periods[0] if periods else None)
    if found is None or found is periods[-1]:
        return found
    return _closed_by(text, found, periods[periods.index(found) + 1])


def _closed_by(text: str, period: Period, other: Period) -> Period:
    """ "after March 2019 and before June 2019": the period up to the other's end, where that is what the text says."""
    first, last = period.date_from, other.date_to
    if period.date_to or other.date_from or not _BUT.fullmatch(text, period.end, other.start):
        return period
    if first is None or last is None or first > last:
        return period
    return replace(
        period, end=other.end, date_to=last, precision=max(period.precision, other.precision, key=_COARSE.index)
    )


def _days_named(anchor: Period | None) -> Days | None:
    if anchor is None:
        return None
    first, last = anchor.date_from or anchor.date_to, anchor.date_to or anchor.date_from
    return (first, last) if first and last else None


# ", but ", " and "
_BUT = re.compile(r",?\s*+(?:and|but)?\s*+", re.IGNORECASE)
# "in May", "(2019", not "$"
_STARTS = re.compile(r"(?<![\w$€£#-])(?<!\d[.,/])\w")
# "."
_ENDS = re.compile(r"(?![\w/]|-\w)")
# "as late as in ", "as recently as "
_AS_LATE_AS = re.compile(r"\bas\s++(?:early|late|recently|far\s++back|soon)\s++as\s++(?:in\s++)?$", re.IGNORECASE)


def _periods(text: str, frame: Frame) -> Iterator[Period]:
    at = 0
    while start := _STARTS.search(text, at):
        at = start.end()
        try:
            dated = read_date(text, start.start(), frame)
            span = _span(text, start.start(), dated, frame) if dated else None
            period = _with_opener(text, span) if span and _ENDS.match(text, span.end) else None
        except (ValueError, OverflowError):  # Beyond the calendar's first or last year.
            continue
        if period:
            at = period.end
            if not _AS_LATE_AS.search(text, 0, start.start()):
                yield period
        elif dated and dated.impossible:
            at = max(at, dated.end)


# Dates that are joined: "June, July and August 2020", "from May 2019 until now", "March 2020 onwards".

# " up to and including ", " as well as ", "-", ", "
_JOINT = re.compile(
    r"\s*+(?:(?P<to>[-–—]|\b(?:up\s++to(?:\s++and\s++including)?|to|till|until|through|thru|into)\b)"
    r"|(?P<all>,?\s*+(?:\b(?:and|or|as\s++well\s++as)\b|[&/])(?:\s++(?:then|again|also)\b)?)|(?P<comma>,))"
    r"\s*+(?:(?:in|on|during)\s++)?",
    re.IGNORECASE,
)
_MOST = 8
_BETWEEN = re.compile(r"\bbetween\s++(?:the\s++)?$", re.IGNORECASE)
# "now", "the present day"
_NOW = re.compile(r"(?:now|(?:the\s++)?present(?:\s++day)?|date)\b", re.IGNORECASE)
# " onwards", " and later?", " or before."
_ONWARDS = re.compile(
    r"\s*+,?\s*+(?:(?P<since>onwards?\b|forward\b|(?:on|(?:and|or)\s++(?:later|afterwards|onwards?|beyond|since))"
    rf"\b{TAIL})|(?P<until>(?:and|or)\s++(?:before|earlier)\b{TAIL}))",
    re.IGNORECASE,
)
# "may", "the fall", not "March 18"
_COMMON_WORDS = re.compile(r"(?:the\s++)?(?:may|mar|march|spring|fall)\b(?!\s*+\d)", re.IGNORECASE)
# "throughout "
_IN = re.compile(r"\b(?:in|during|throughout)\s++$", re.IGNORECASE)
# "through "
_SINCE = re.compile(r"\b(?:since|until|till|over|through|by|before|after|around)\s++$", re.IGNORECASE)
_NAME_AFTER = re.compile(r"\s++of\b|['’]s\b", re.IGNORECASE)
_TAIL = re.compile(TAIL, re.IGNORECASE)


def _span(text: str, start: int, first: Dated, frame: Frame) -> _Span | None:
    """The date and all that are joined to it, if the days of each are known."""
    dates, joints = _joined(text, start, first, frame)
    known = _known_days(dates, joints, frame)
    if not known:  # "May 2019 and 30 February"
        dates = [first]
        known = _known_days(dates, joints, frame)
    leaning = all(dated.yearly for dated in dates)
    if not known or (leaning and not _stands_without_year(text, start, dates)):
        return None
    days = known[0]
    for at in range(1, len(known)):
        if joints[at] == "to" and known[at][1] < days[0]:
            del dates[at:]
            break
        days = min(days[0], known[at][0]), max(days[1], known[at][1])
    end = dates[-1].end
    onwards = _ONWARDS.match(text, end)
    precisions = [dated.precision or precision_of(own) for dated, own in zip(dates, known, strict=False)]
    return _Span(
        start,
        end,
        days,
        max(precisions, key=_COARSE.index),
        first,
        joined="to" in joints[: len(dates)] or (len(dates) == 1 and first.joined),
        anchored=leaning or first.anchored,
        onwards=(onwards.lastgroup or "") if onwards else "",
    )


def _joined(text: str, start: int, first: Dated, frame: Frame) -> tuple[list[Dated], list[str]]:
    """The dates in a row from the first, and the kind of joint before each."""
    dates, joints = [first], [""]
    between = _BETWEEN.search(text, 0, start) is not None
    while len(dates) < _MOST and (joint := _JOINT.match(text, dates[-1].end)):
        kind = "to" if between else joint.lastgroup or ""
        date = read_date(text, joint.end(), replace(frame, anchor=dates[-1].days or frame.anchor))
        if date is None and kind == "to" and (now := _NOW.match(text, joint.end())):
            date = Dated(now.end(), (frame.today, frame.today))
        if date is None or date.impossible:
            break
        if date.yearly and text[joint.end()].islower() and _COMMON_WORDS.match(text, joint.end()):
            break
        dates.append(date)
        joints.append(kind)
    while joints[-1] == "comma":
        del dates[-1], joints[-1]
    return dates, joints


def _known_days(dates: list[Dated], joints: list[str], frame: Frame) -> list[Days]:
    """The days of each date: a year that isn't written is a neighbour's or the anchor's. Empty where one has none."""
    at = next((at for at, dated in enumerate(dates) if dated.days), 0)
    yearly = dates[at].yearly
    days = nearest(yearly, frame.anchor) if yearly and frame.anchor else dates[at].days
    if days is None:
        return []
    known: list[Days | None] = [days]
    for before in range(at - 1, -1, -1):
        known.insert(0, _next_to(dates[before], known[0], joints[before + 1], -1))
    for after in range(at + 1, len(dates)):
        known.append(_next_to(dates[after], known[-1], joints[after], 1))
    return [days for days in known if days] if all(known) else []


def _next_to(dated: Dated, known: Days | None, joint: str, side: int) -> Days | None:
    """The date's days in the year of a known neighbour, or in the one that keeps them in order or close together."""
    if dated.yearly is None or known is None:
        return dated.days
    year = known[0].year
    same, other = dated.yearly(year), dated.yearly(year + side)
    if same is None or other is None or (same[0] - known[0]).days * side >= 0:
        return same
    if joint == "to":
        return other
    return min(same, other, key=lambda days: max(days[1], known[1]) - min(days[0], known[0]))


def _stands_without_year(text: str, start: int, dates: list[Dated]) -> bool:
    """Whether dates without a year are dates at all: "in May", "on 5 May" and "late May", but not "the May family"."""
    first, end = dates[0], dates[0].end
    if first.precision == "day" or not first.bare:
        return True
    if len(dates) > 1:
        return leads_to_a_date(text, start)
    the = text[start : start + 4].lower() == "the "
    if _NAME_AFTER.match(text, end) or (the and _is_attributive(text, end)):
        return False
    if _IN.search(text, 0, start):
        return True
    common, tail = _COMMON_WORDS.match(text, start) is not None, _TAIL.match(text, end) is not None
    if _SINCE.search(text, 0, start):
        return tail or not common
    return tail and not common and not the and leads_to_a_date(text, start)


# How a period stands in its sentence.

# "since ", "no later than the ", "throughout the whole of ", "ever since about "
_OPENER = re.compile(
    r"""(?:\b(?:ever\s++)?(?P<word>
      (?P<since>since|(?:starting|beginning)(?:\s++(?:in|from|on))?|as\s++from|(?:no|not)\s++earlier\s++than|not\s++before
        |on\s++or\s++after)
    | (?P<after>after|following|later\s++than|subsequent\s++to)
    | (?P<before>before|prior\s++to|ahead\s++of|earlier\s++than)
    | (?P<until>until|till|up\s++(?:until|till|to(?:\s++and\s++including)?)|(?:no|not)\s++later\s++than
        |on\s++or\s++before)
    | (?P<around>around|circa|ca?\.|(?:on|in|at)\s++or\s++(?:about|around)|roughly|approximately|near(?:ing)?)
    | as\s++of|by|in|within|on|during|at|towards?|throughout|through|over|across|some\s?time|for|of|from|between|dated?
    | all\s++of|the\s++whole\s++of)\s++
    (?:(?:the\s++)?(?:course|whole|entirety|length|duration)\s++of\s++|all\s++(?:of\s++)?|the\s++(?:whole|entire)\s++)?
    (?:(?:either|both|about|around|circa|roughly|approximately|exactly)\s++)*(?P<the>the\s++)?)$""",
    re.IGNORECASE | re.VERBOSE,
)
# "the ", "their first "
_DETERMINER = re.compile(r"\b(?:the|this|that|a|an|its|his|her|their|our)\s++(?:\w+\s++)?$", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s?(?=\s)")
# " summit", " trade talks"
_ATTRIBUTE = re.compile(r"\s++(?:\w+\s++)?[^\W\d_]")
# "?", " on trade", " what"
_ADVERBIAL_ENDS = re.compile(
    r"\s*+(?:[-–—:,;?.!)]|$|(?:and|what|how|who|when|where|which|why|on|about|for|to|from|over|after|in|at|by|with|that|as"
    r"|or|but|if|regarding|concerning|(?:did|do|does|was|were|would|is|are|has|have|had)(?:n['’]t)?)\b"
    r"|(?:response|reaction|comment|answer|position|reply|statement|remark|briefing|press)\w*\b)",
    re.IGNORECASE,
)


def _with_opener(text: str, span: _Span) -> Period:
    opener = _OPENER.search(text, 0, span.start)
    start = opener.start() if opener else span.start
    word = " ".join(opener["word"].lower().split()) if opener else ""
    if span.joined and word == "from":
        word = "between"
    adverbial = span.anchored or _is_adverbial(text, span, opener, word)
    words = opener.groupdict() if opener else {}
    bound = next((bound for bound in _BOUNDS if words.get(bound)), "")
    if (span.joined and bound == "since") or (not adverbial and bound in ("after", "before")):
        bound = ""  # "since May 2018 until June 2019", "after the May 2019 summit", which is spoken of on its own days
    return Period(start, span.end, *_bounded(span.onwards or bound, span.days), span.precision, adverbial, word)


def _is_adverbial(text: str, span: _Span, opener: re.Match[str] | None, word: str) -> bool:
    if span.onwards or (span.joined and word == "between"):
        return True
    possessive = _POSSESSIVE.match(text, span.end)
    end = possessive.end() if possessive else span.end
    attributive = _is_attributive(text, end)
    determined = opener["the"] if opener else _DETERMINER.search(text, 0, span.start)
    determined = determined or text[span.start : span.start + 4].lower() == "the "
    if attributive and (possessive or (determined and span.first.bare)):
        return False
    if span.precision == "day" or (span.first.placed and not word):
        return True
    if word:
        return word not in ("of", "for", "from")
    if not text[: span.start].strip(" -–—:,;\"'“‘("):
        return not attributive or span.precision == "part"
    return _ADVERBIAL_ENDS.match(text, end) is not None and not (span.first.bare and span.precision == "year")


def _is_attributive(text: str, end: int) -> bool:
    """Whether a noun follows that the date may be part of: "the May 2019 summit"."""
    return _ATTRIBUTE.match(text, end) is not None and _ADVERBIAL_ENDS.match(text, end) is None


_BOUNDS = ("since", "after", "before", "until", "around")
_AROUND = 3


def _bounded(bound: str, days: Days) -> tuple[datetime.date | None, datetime.date | None]:
    """The days as what stands before them bounds them; around a day or two are three more either side."""
    first, last = days
    if bound == "since":
        return first, None
    if bound == "after":
        return last + ONE_DAY, None
    if bound == "before":
        return None, first - ONE_DAY
    if bound == "until":
        return None, last
    if bound == "around" and (last - first).days < _AROUND:
        return first - _AROUND * ONE_DAY, last + _AROUND * ONE_DAY
    return first, last
