"""Days that are pointed at or counted to: "last March", "that week", "on Friday", "two months ago", "a month later".

They count from today or, where an earlier question named days, from those.
"""

import re

from rag.calendar.days import (
    LENGTHS,
    ONE_DAY,
    Days,
    away,
    begun,
    beside,
    following,
    moved,
    nearest,
    next_to,
    unit_of,
    units_of,
    weekday_after,
    whole_months,
)
from rag.calendar.words import (
    COUNT,
    SOON,
    TAIL,
    UNIT,
    WEEKDAY,
    YEAR,
    Dated,
    Frame,
    count_in,
    leads_to_a_date,
    pattern,
    read_year,
    read_yearly,
    unit_in,
    weekday_of,
)

# "yesterday", "this morning"
_NEAR_TODAY = pattern(
    r"(?:(?P<back>yesterday|last\s++night)|today|tonight|this\s++(?:morning|afternoon|evening))(?!\w)"
)
# " or so", " or two"
_OR_SO = r"(?P<more>\s++or\s++(?:so|two|three))?"
# "two months ago", "over a week or so ago"
_AGO = pattern(
    rf"(?P<beyond>(?:more|less|fewer|longer)\s++than\s++|over\s++|at\s++least\s++)?{COUNT}{UNIT}s?{_OR_SO}\s++ago(?!\w)"
)
_WEEKDAY = pattern(WEEKDAY)
_ON_WEEKDAY = pattern(rf"{WEEKDAY}(?!.{{0,30}}{YEAR})")
_ON = pattern(r"\bon\s++(?:the\s++)?$")
# "last ", "the following ", "that very same "
_POINTER = pattern(
    r"(?P<the>the\s++)?(?:(?P<back>(?:this\s++)?(?:last|past))|(?P<here>this|current)|(?P<prior>previous|preceding|prior)"
    r"|(?P<on>following|subsequent|ensuing|(?:very\s++)?next)|(?P<same>that(?:\s++(?:very\s++)?same)?|(?:very\s++)?same))\s++"
)
# "three months", "week", not "week of"
_POINTED_UNIT = pattern(rf"(?:{COUNT})?{UNIT}(?P<many>s)?(?!\w)(?!\s++(?:of|as)\b)")
_TAIL = pattern(TAIL)
_PERIOD = pattern(r"(?P<unit>time|period)(?!\w)")
_SAME_UNIT = pattern(rf"(?:{UNIT}|time|period)(?!\w)")
# "a month later", "the two days before?", "a week or two earlier"
_COUNTED = pattern(
    rf"(?P<the>the\s++)?(?:{COUNT})?{UNIT}(?P<many>s)?{_OR_SO}\s++(?:"
    r"(?:later|on(?=\s*+[,?.])|that\s++followed|afterwards?|thereafter)(?!\w)(?!\s++than)"
    r"|(?P<back>earlier|that\s++preceded|beforehand|previously)(?!\w)(?!\s++than)"
    rf"|(?:after|(?P<before>before|prior))(?:\s++that)?{TAIL})"
)
# "shortly after?", "not long beforehand"
_SOON_AFTER = pattern(
    r"(?:not\s++long|shortly|soon|right|immediately|straight)\s++"
    rf"(?:after(?:wards?)?|thereafter|(?P<before>before(?:hand)?)){TAIL}"
)
# " of ", ", in "
_OF = pattern(r",?\s++(?:(?:of|in)\s++)?")
_THE = pattern(r"the\s++")
# " after that?", " before?", not " after the summit"
_AFTER = pattern(rf"\s++(?:after|that\s++followed|(?P<before>before))(?:\s++that)?{TAIL}")


def read_pointed(text: str, at: int, frame: Frame) -> Dated | None:
    """The longest such words that begin at text[at]."""
    forms = (_pointed, _counted, _near_today)
    return max((dated for form in forms if (dated := form(text, at, frame))), key=lambda dated: dated.end, default=None)


def read_year_pointed_at(text: str, at: int, frame: Frame) -> Dated | None:
    """The year in "March last year", "June of that year" and "Easter a year later"."""
    separated = _OF.match(text, at)
    dated = separated and (_pointed(text, separated.end(), frame) or _counted(text, separated.end(), frame))
    return dated if dated and dated.days and whole_months(dated.days) == 12 else None


def _near_today(text: str, at: int, frame: Frame) -> Dated | None:
    """ "yesterday", "two months ago", and "on Friday" where no earlier question named days."""
    today = (frame.today, frame.today)
    days: Days | None
    if match := _NEAR_TODAY.match(text, at):
        day = frame.today - ONE_DAY * (match["back"] is not None)
        days = day, day
    elif match := _AGO.match(text, at):
        days = None if match["beyond"] else _ago(today, unit_in(match), *count_in(match))
    elif frame.anchor is None and (match := _ON_WEEKDAY.match(text, at)) and _ON.search(text, 0, at):
        days = weekday_after(today, weekday_of(match["weekday"]), -1)
    else:
        return None
    return Dated(match.end(), days, placed=True)


def _ago(today: Days, unit: str, count: int, vague: bool) -> Days:
    if vague:
        return beside(today, unit, count, -1, loose=True)
    day = moved(today[0], unit, -count)
    return (day - 3 * ONE_DAY, day + 3 * ONE_DAY) if unit in ("week", "fortnight") else unit_of(day, unit)


def _pointed(text: str, at: int, frame: Frame) -> Dated | None:
    """ "last week", "this May", "the past three months", "that summer", "the following Friday"."""
    match = _POINTER.match(text, at)
    if match is None:
        return None
    way, words = match.lastgroup or "", match.group().lower()
    anchor = frame.anchor if way in ("on", "same", "prior") else None
    if (anchor is None and way in ("on", "same")) or (not match["the"] and "next" in words):
        return None
    base, side = anchor or (frame.today, frame.today), {"on": 1, "same": 0, "here": 0}.get(way, -1)
    days: Days | None
    if way == "same" and (again := _same_in_a_year(text, match.end(), frame, base)):
        return again
    if unit := _POINTED_UNIT.match(text, match.end()):
        rolling = way == "back" and (match["the"] is not None or "past" in words)
        end, days = unit.end(), _pointed_unit(unit, base, side, anchored=anchor is not None, rolling=rolling)
    elif way == "same" and (period := _PERIOD.match(text, match.end())):
        end, days = period.end(), base if unit_in(period) == "period" else None
    elif found := _recurring(text, match.end(), base, side, begun_only=way == "here"):
        end, days = found
        if read_year(text, end) or (way == "same" and not (_TAIL.match(text, end) or leads_to_a_date(text, at))):
            return None
    else:
        return None
    return Dated(end, days, placed=True, anchored=anchor is not None) if days else None


def _same_in_a_year(text: str, at: int, frame: Frame, base: Days) -> Dated | None:
    """ "(the same) month in 2019", "(the same) period last year"."""
    match = _SAME_UNIT.match(text, at)
    if match is None:
        return None
    written = read_year(text, match.end())
    if written is None and (of := read_year_pointed_at(text, match.end(), frame)) and of.days:
        written = of.days[0].year, of.end
    if written is None:
        return None
    year, end = written
    there = moved(base[0], "year", year - base[0].year), moved(base[1], "year", year - base[0].year)
    return Dated(end, units_of(there, unit_in(match)) if match["unit"] else there, placed=True, anchored=True)


def _pointed_unit(match: re.Match[str], base: Days, side: int, *, anchored: bool, rolling: bool) -> Days | None:
    unit = unit_in(match)
    if match["count"] or match["many"]:
        count, vague = count_in(match)
        if anchored and side:
            return _right_beside(base, unit, count, side, vague)
        return (base[0] - count * LENGTHS[unit] * ONE_DAY, base[0]) if side else None
    if anchored:
        return away(base, unit, 1, side, vague=False) if side else units_of(base, unit)
    if unit == "day":
        return None
    if rolling and unit not in ("quarter", "weekend"):
        return base[0] - LENGTHS[unit] * ONE_DAY, base[0]
    return unit_of(moved(base[0], unit, side), unit)


def _right_beside(base: Days, unit: str, count: int, side: int, vague: bool) -> Days:
    return beside(base, unit, count, side, loose=True) if vague else next_to(base, unit, count, side)


def _recurring(
    text: str, at: int, base: Days, side: int, *, begun_only: bool = False
) -> tuple[int, Days | None] | None:
    """Where "Friday", "March" or "summer" ends, and its days: after the base (side 1), before it, or in it."""
    if weekday := _WEEKDAY.match(text, at):
        return weekday.end(), weekday_after(base, weekday_of(weekday["weekday"]), side)
    found = read_yearly(text, at)
    if found is None:
        return None
    match, yearly = found
    if side > 0:
        return match.end(), following(yearly, base[1])
    if side < 0 or begun_only:
        return match.end(), begun(yearly, base[0], over=side < 0)
    return match.end(), nearest(yearly, base)


def _counted(text: str, at: int, frame: Frame) -> Dated | None:
    """From the anchor: "a month later", "the two days before", "the Friday after", "soon afterwards"."""
    if frame.anchor is None:
        return None
    days: Days | None
    if match := _COUNTED.match(text, at):
        if not (match["the"] or match["count"] or match["many"]):
            return None
        (count, vague), side = count_in(match), -1 if match["back"] or match["before"] else 1
        if match["the"] and match["count"]:
            days = _right_beside(frame.anchor, unit_in(match), count, side, vague)
        else:
            days = away(frame.anchor, unit_in(match), count, side, vague=vague)
    elif match := _SOON_AFTER.match(text, at):
        days = beside(frame.anchor, "day", SOON, -1 if match["before"] else 1, loose=False)
    elif (
        (the := _THE.match(text, at))
        and (found := _recurring(text, the.end(), frame.anchor, 0))
        and (match := _AFTER.match(text, found[0]))
    ):
        found = _recurring(text, the.end(), frame.anchor, -1 if match["before"] else 1)
        days = found[1] if found else None
    else:
        return None
    return Dated(match.end(), days, placed=True, anchored=True)
