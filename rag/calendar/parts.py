"""A date with the words before it that take a part of its days, or days beside it: "late", "the last week of".

The words may stand before any date of `dates.py`, and before each other: "late in the first half of last year".
"""

import re
from collections.abc import Callable

from rag.calendar.dates import read_whole
from rag.calendar.days import (
    LENGTHS,
    ONE_DAY,
    Days,
    edge_of,
    length,
    moved,
    run_of,
    slice_of,
    units_of,
    weekday_in,
    whole_months,
)
from rag.calendar.words import (
    COUNT,
    ORDINAL,
    SOON,
    UNIT,
    WEEKDAY,
    Dated,
    Frame,
    count_in,
    ordinal_of,
    pattern,
    unit_in,
    weekday_of,
)

_DEPTH = 3


def read_date(text: str, at: int, frame: Frame, depth: int = _DEPTH) -> Dated | None:
    """The longest date that begins at text[at]; parts of parts are read three deep.

    >>> import datetime
    >>> read_date("the last week of Nov. 2018?", 0, Frame(datetime.date(2021, 1, 1))).days
    (datetime.date(2018, 11, 24), datetime.date(2018, 11, 30))
    """
    whole = read_whole(text, at, frame)
    found = [whole] if whole else []
    for words, part in _PARTS if depth else ():
        match = words.match(text, at)
        inner = read_date(text, match.end(), frame, depth - 1) if match else None
        if match and inner and (dated := part(match, inner, frame)):
            found.append(dated)
    return max(found, key=lambda dated: dated.end, default=None)


def _changed(inner: Dated, change: Callable[[Days], Days | None], *, placed: bool = False) -> Dated:
    """The date with its days changed, whether they are known or open."""
    yearly = inner.yearly

    def changed(year: int) -> Days | None:
        days = yearly(year) if yearly else None
        return change(days) if days else None

    known = change(inner.days) if inner.days else None
    return Dated(inner.end, known, changed if yearly else None, placed=placed or inner.placed, anchored=inner.anchored)


def _third(match: re.Match[str], inner: Dated, _frame: Frame) -> Dated:
    """ "late", "mid-", "early in", "mid to late"; "the end of" and "the start of" are an edge."""
    words = match.groupdict()
    if edge := words.get("edge"):
        return _changed(inner, lambda days: edge_of(days, end=edge.lower() == "end"))
    thirds = [_THIRDS[word[0].lower()] for word in (words["part"], words.get("until")) if word]
    first, last = min(thirds), max(thirds)
    placed = words.get("link") is not None
    return _changed(inner, lambda days: (slice_of(days, first, 3)[0], slice_of(days, last, 3)[1]), placed=placed)


def _fraction(match: re.Match[str], inner: Dated, _frame: Frame) -> Dated:
    """ "the first half of", "the second and third quarters of"."""
    of = {"h": 2, "t": 3, "q": 4, "s": 2, "p": 2}[match["fraction"][0].lower()]
    first, last = (of if which < 0 else which for which in _ordinals(match))
    known = first <= last <= of
    return _changed(inner, lambda days: (slice_of(days, first, of)[0], slice_of(days, last, of)[1]) if known else None)


def _run(match: re.Match[str], inner: Dated, _frame: Frame) -> Dated:
    """ "the second week of", "the last three days of"; "the opening days of" a month are its early part."""
    (first, last), unit = _ordinals(match), unit_in(match)
    count, vague = count_in(match) if match["count"] or (abs(first) == 1 and first == last) else (1, False)

    def change(days: Days) -> Days | None:
        if vague and unit == "day" and whole_months(days) == 1:
            return edge_of(days, end=first < 0)
        start, end = (run_of(days, unit, which, SOON if vague and unit == "day" else count) for which in (first, last))
        return (start[0], end[1]) if start and end and start[0] <= end[1] else None

    return _changed(inner, change)


def _ordinals(match: re.Match[str]) -> tuple[int, int]:
    return ordinal_of(match["ordinal"]), ordinal_of(match["until"] or match["ordinal"])


def _weekday(match: re.Match[str], inner: Dated, _frame: Frame) -> Dated | None:
    """ "the first Monday of May 2019", "Monday of last week", "Monday 2019-03-04"."""
    weekday, which = weekday_of(match["weekday"]), ordinal_of(match["ordinal"]) if match["ordinal"] else 1

    def change(days: Days) -> Days | None:
        if match["ordinal"] or length(days) == 7:
            return weekday_in(days, weekday, which)
        return days if length(days) == 1 else None

    dated = _changed(inner, change)
    return None if dated.impossible else dated


def _holding(match: re.Match[str], inner: Dated, _frame: Frame) -> Dated | None:
    """ "the week of 5 March 2019", "the week ending", "the morning of", "the month of"."""
    unit = unit_in(match)
    way = (match["way"] or "of").lower()

    def change(days: Days) -> Days | None:
        if length(days) > LENGTHS[unit] + 1:
            return None
        if way == "of":
            return units_of(days, unit)
        if way == "ending":
            return moved(days[1] + ONE_DAY, unit, -1), days[1]
        return days[0], moved(days[0], unit, 1) - ONE_DAY

    dated = _changed(inner, change)
    return None if dated.impossible else dated


def _rest(match: re.Match[str], inner: Dated, frame: Frame) -> Dated:
    """ "earlier this month" (to today), "later that year" (after the anchor), "later in 2019" (its second half)."""
    side = match["side"].lower()
    earlier = side == "earlier"
    base = (frame.today, frame.today) if match["this"] is not None else frame.anchor
    step = ONE_DAY * (match["this"] is None)

    def change(days: Days) -> Days | None:
        if base is None or base[1] < days[0] or base[0] > days[1]:
            return slice_of(days, 1 if earlier else 2, 2) if side in ("earlier", "later") else days
        rest = (days[0], base[0] - step) if earlier else (base[1] + step, days[1])
        return rest if rest[0] <= rest[1] else slice_of(days, 1 if earlier else 3, 3)

    return _changed(inner, change, placed=True)


_THIRDS = {"e": 1, "m": 2, "l": 3}
_Part = Callable[[re.Match[str], Dated, Frame], Dated | None]
_THE = r"(?:the\s++)?(?:very\s++)?"
# "the first ", "the second and third ", "the very last "
_ORDINALS = rf"{_THE}{ORDINAL}(?:(?:and|or|to)\s++(?:the\s++)?{ORDINAL.replace('ordinal', 'until')})?"
_PARTS: tuple[tuple[re.Pattern[str], _Part], ...] = tuple(
    (pattern(words), part)
    for words, part in (
        (
            rf"{_THE}(?P<part>early|mid|late)(?:\s*+(?:-?\s*+to\s*+-?|/|-|\bor\b|\band\b)\s*+(?P<until>mid|late))?(?:\s*+-\s*+"
            r"|\s++(?:(?:part|days|weeks|months|stages?)\s++(?:of|in)\s++)?(?:(?P<link>in|into|on(?:\s++in)?)\s++)?)",
            _third,
        ),
        (rf"{_THE}(?P<part>middle\s++(?:of\s++)?|mid-?year\s++)", _third),
        (rf"{_THE}(?P<edge>end|beginning|start)(?:\s++of\s++|\s*+-\s*+|\s++)", _third),
        (
            rf"{_ORDINALS}(?P<fraction>half|halves|part|(?:third|quarter|semester|trimester)s?)(?:\s++(?:of|in))?\s++",
            _fraction,
        ),
        (rf"{_ORDINALS}(?:{COUNT})?{UNIT}(?P<many>s)?\s++(?:of|in)\s++", _run),
        (rf"(?:the\s++)?(?:{ORDINAL})?{WEEKDAY},?\s++(?:(?:of|in)\s++)?", _weekday),
        (
            rf"(?:the\s++)?{UNIT}\s++(?:of|(?P<way>beginning|starting|commencing|ending))\s++(?:on\s++)?",
            _holding,
        ),
        (
            r"(?P<side>earlier|later|(?:the\s++)?(?:rest|remainder)\s++of)\s++(?:on\s++)?(?:in\s++)?(?=(?P<this>this\b)?)",
            _rest,
        ),
    )
)
