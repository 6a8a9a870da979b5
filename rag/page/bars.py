"""Matter -> bars: a month each, none left out, the speakers stacked; and where the years of a drawing begin."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.matter import Matter
from rag.archive.overview import Month, by_month

# So many speakers have a colour of their own; the others share one.
COLOURS = 3
# How wide a drawing is, a month at the most, and the room that a year's name takes, on a telephone too.
WIDTH, WIDEST, ROOM = 720, 24, 58


@dataclass(frozen=True, slots=True)
class Bar:
    """The exchanges of a month: how many, and of each colour how many stand below and in it."""

    month: Month
    exchanges: int
    parts: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar a month, what the tallest holds, and who has a colour of their own, in its order."""

    bars: tuple[Bar, ...]
    most: int
    named: tuple[str, ...]


def bars_of(matter: Matter) -> Bars:
    """What is drawn of a matter that has at least one date."""
    named = tuple(matter.speakers)[:COLOURS]
    months = by_month([datetime.date(*month, 1) for month in matter.by_month])
    bars = tuple(_bar(month, matter.by_month.get(month, {}), named) for month in months)
    return Bars(bars, max(bar.exchanges for bar in bars), named)


def _bar(month: Month, speakers: dict[str, int], named: tuple[str, ...]) -> Bar:
    counts = [speakers.get(name, 0) for name in named]
    # Last, all who have no colour of their own.
    counts.append(sum(speakers.values()) - sum(counts))
    parts = [(colour, sum(counts[:colour]), count) for colour, count in enumerate(counts) if count]
    return Bar(month, sum(counts), tuple(parts))


def month_width(months: int) -> float:
    """How wide a month of so many is drawn."""
    return min(WIDEST, WIDTH / months)


def years_of(months: Sequence[Month]) -> list[tuple[float, int, bool]]:
    """Where each year begins in a drawing of those months, and whether there is room for its name.

    >>> years_of([(2020, 12), (2021, 1), (2021, 2), (2021, 3)])
    [(0, 2020, False), (24, 2021, True)]
    """
    width, free = month_width(len(months)), float(WIDTH)
    marks = []
    # From the right: a year's name needs the room up to the next one that is named.
    for at, (year, month) in reversed(list(enumerate(months))):
        if month == 1 or at == 0:
            named = at * width + ROOM <= free
            free = at * width if named else free
            marks.append((at * width, year, named))
    return marks[::-1]
