"""One date as people write it, at a place in a text: "5 June 2019", "Christmas '18", "2019-06", "the turn of the year".

What is yearly ("5 June", "March", "summer") and has no year stays open: a neighbour or an earlier question gives it
one. What may stand before a date is in `parts.py`.
"""

from collections.abc import Callable
from dataclasses import replace

from rag.calendar.days import day_of, months_of
from rag.calendar.pointers import read_pointed, read_year_pointed_at
from rag.calendar.words import YEAR, Dated, Frame, numbers_in, pattern, read_year, read_yearly


def read_whole(text: str, at: int, frame: Frame) -> Dated | None:
    """The longest date without a part before it that begins at text[at].

    >>> import datetime
    >>> read_whole("Nov. 2018?", 0, Frame(datetime.date(2021, 1, 1))).days
    (datetime.date(2018, 11, 1), datetime.date(2018, 11, 30))
    """
    return max(
        (dated for form in _FORMS if (dated := form(text, at, frame))), key=lambda dated: dated.end, default=None
    )


# "/19", "-2019"
_NEXT_YEAR = pattern(r"\s*+[-/–]\s*+(?:\d\d)?(?P<next>\d\d)(?!\w)")
# "2019-06-05", "2019/6/5", not "2019-06/05"
_ISO = pattern(r"(?P<year>(?:19|20)\d\d)(?P<by>[-/.])(?P<month>\d{1,2})(?P=by)(?P<day>\d{1,2})(?!\w)")
# "2019-06", not "2019-13"
_ISO_MONTH = pattern(r"(?P<year>(?:19|20)\d\d)-(?P<month>1[0-2]|0[1-9])(?!\w)")
# "25/12/2019", "25.12.2019"
_DAY_FIRST = pattern(r"(?P<one>\d{1,2})(?P<by>[-/.])(?P<two>\d{1,2})(?P=by)(?P<year>(?:19|20)\d\d)(?!\w)")
# "06/2019"
_MONTH_FIRST = pattern(r"(?P<month>1[0-2]|0?[1-9])/(?P<year>(?:19|20)\d\d)(?!\w)")
# "2019", "the year 2019", "2018-19"
_YEAR_ALONE = pattern(
    rf"(?:(?:the\s++)?(?:calendar\s++)?years?\s++(?:of\s++)?)?(?P<year>{YEAR})(?:[-/–](?P<last>\d\d)(?!\w))?"
)
# "the turn of the year 2018/19", "turn of 2019"
_TURN = pattern(
    rf"(?:the\s++)?turn\s++of\s++(?:the\s++)?(?:year\s++)?(?P<year>{YEAR})(?P<next>\s*+(?:[-/–]|to|and|into)\s*+(?:\d\d)?\d\d)?(?!\w)"
)
# "Resolution 2231", "Articles 2010 and 2011", "2000 km"
_NO_YEAR = pattern(
    r"(?:(?:resolution|protocol|article|decree|flight|order|number|nos?\.)s?\s++(?:no\.?\s*+)?\d{4}"
    r"(?:(?:,|\s++and|/)\s*+\d{4})*|\d{4}\s*+(?:%|percent|per\s++cent|km|kilomet\w+|miles?|met(?:er|re)s|tons?|tonnes"
    r"|dollars|euros?|yuan|million|billion|trillion|degrees))(?!\w)"
)


def _with_its_year(text: str, at: int, frame: Frame) -> Dated | None:
    """ "5 June 2019", "Christmas '18", "winter 2018/19", "March last year", and "June" alone, which stays open."""
    found = read_yearly(text, at)
    if found is None:
        return None
    match, yearly = found
    listed = match.groupdict().get("days")
    several = len(numbers_in(listed or "")) > 1
    dated = Dated(match.end(), None, yearly, "day" if listed else None, bare=True, joined=several)
    if written := read_year(text, match.end()):
        year, end = written
        over = _NEXT_YEAR.match(text, end) if (match.lastgroup or "").startswith(("season", "feast")) else None
        end = over.end() if over and int(over["next"]) == (year + 1) % 100 else end
        return replace(dated, end=end, days=yearly(year), yearly=None, bare=" of " not in text[at:end].lower())
    if of := read_year_pointed_at(text, match.end(), frame):
        return replace(of, days=yearly(of.days[0].year) if of.days else None, precision=dated.precision, joined=several)
    return dated


def _numeric(text: str, at: int, _frame: Frame) -> Dated | None:
    """ "2019-06-05", "2019-06", "25/12/2019", "06/2019"; "3/4/2019" is none: nobody knows which comes first."""
    if match := _ISO.match(text, at):
        day = day_of(int(match["year"]), int(match["month"]), int(match["day"]))
        return Dated(match.end(), (day, day) if day else None)
    if match := _ISO_MONTH.match(text, at):
        year, month = int(match["year"]), int(match["month"])
        return None if month == (year + 1) % 100 else Dated(match.end(), months_of(year, month, 1))
    if match := _DAY_FIRST.match(text, at):
        one, two, year = int(match["one"]), int(match["two"]), int(match["year"])
        orders = ((two, one), (one, two)) if match["by"] != "." else ((two, one),)
        known = {day for month, number in orders if (day := day_of(year, month, number))}
        return Dated(match.end(), (min(known), min(known)) if len(known) == 1 else None)
    if match := _MONTH_FIRST.match(text, at):
        return Dated(match.end(), months_of(int(match["year"]), int(match["month"]), 1))
    return None


def _years(text: str, at: int, _frame: Frame) -> Dated | None:
    """ "2019", "2018-19", "the turn of the year 2018/19"; what only looks like a year makes no date."""
    if match := _NO_YEAR.match(text, at):
        return Dated(match.end())
    if match := _TURN.match(text, at):
        return Dated(match.end(), months_of(int(match["year"]) - (not match["next"]), 12, 2))
    match = _YEAR_ALONE.match(text, at)
    if match is None:
        return None
    year = int(match["year"])
    last = int(match["last"] or 0) + year // 100 * 100
    if last > year:
        return Dated(match.end(), months_of(year, 1, 12 * (last - year + 1)), bare=True, joined=True)
    return Dated(match.end("year"), months_of(year, 1, 12), bare=True)


_Form = Callable[[str, int, Frame], Dated | None]
# In order of preference where two are equally long.
_FORMS: tuple[_Form, ...] = (_numeric, _with_its_year, _years, read_pointed)
