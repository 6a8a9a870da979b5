"""Words of a quote -> Repeats: where else in the whole archive nearly the same words stand."""

import datetime
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from rag.archive.archive import Archive
from rag.credit import say_date
from rag.transcript import Span

# So many of the earliest, and of the latest, are named one by one.
LISTED = 10


@dataclass(frozen=True, slots=True)
class Repeat:
    """An exchange in which nearly the same words stand."""

    date: datetime.date | None
    exchange_id: str


@dataclass(frozen=True, slots=True)
class Repeats:
    """How often nearly the same `words` were said: in how many exchanges (`times`, the quote's own with them), when.

    `others` are the other exchanges by date, the earliest and the latest where there are many.
    """

    words: Span
    times: int
    first: datetime.date | None
    last: datetime.date | None
    by_month: dict[tuple[int, int], int]
    others: tuple[Repeat, ...]

    def __str__(self) -> str:
        """`Said 9 times in nearly the same words, from 3 March 2020 to 2 May 2021`."""
        dated = f", from {say_date(self.first)} to {say_date(self.last)}" if self.first else ""
        if self.first == self.last:
            dated = f", on {say_date(self.first)}" if self.first else ""
        return f"Said {'twice' if self.times == 2 else f'{self.times} times'} in nearly the same words{dated}"


def find_repeats(focus: Span, place: int, twins: Collection[int], archive: Archive) -> Repeats | None:
    """Where the sentence of `focus` that was said most often was said; None for words that stand nowhere else.

    `place` is the exchange's; `twins` those of others known to say the same as a whole.
    """
    rows = archive.exchange_sentences(place)
    places = archive.sentence_places[rows]
    inside = rows.start + np.flatnonzero((places[:, 0] >= focus.start) & (places[:, 1] <= focus.end))
    said = {int(row): _exchanges_of(archive.sayings.same(int(row)), archive) for row in inside}
    most = max(said, key=lambda row: (len(said[row]), -row))
    found = sorted({place, *twins, *said[most]}, key=lambda at: (archive.exchange_days[at] == 0, _day(at, archive), at))
    if len(found) == 1:
        return None
    days = [_day(at, archive) for at in found if _day(at, archive)]
    dates = [datetime.date.fromordinal(day) for day in days]
    others = [at for at in found if at != place]
    if len(others) > 2 * LISTED:
        others = others[:LISTED] + others[-LISTED:]
    start, end = map(int, archive.sentence_places[most])
    return Repeats(
        words=Span(focus.transcript_id, start, end) if len(said[most]) > 1 else focus,
        times=len(found),
        first=dates[0] if dates else None,
        last=dates[-1] if dates else None,
        by_month=dict(Counter((date.year, date.month) for date in dates)),
        others=tuple(Repeat(archive.exchanges[at].date, archive.exchanges[at].id) for at in others),
    )


def _exchanges_of(sentences: list[int], archive: Archive) -> set[int]:
    return set(archive.sentence_exchanges(np.array(sentences)).tolist())


def _day(place: int, archive: Archive) -> int:
    return int(archive.exchange_days[place])
