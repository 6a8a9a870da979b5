"""Words of a quote -> Repeats: where else in the whole archive nearly the same words stand."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from rag.archive.archive import Archive
from rag.archive.arrays import distinct
from rag.archive.columns import Places
from rag.credit import say_date
from rag.transcript import Span

# So many of the earliest, and of the latest, are named one by one.
LISTED = 10
_EPOCH = datetime.date(1970, 1, 1).toordinal()


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
    said = {int(row): _exchanges_of(int(row), archive) for row in inside}
    most = max(said, key=lambda row: (len(said[row]), -row))
    found = distinct(np.concatenate((said[most], [place, *twins])).astype(np.int64))
    if len(found) == 1:
        return None
    days = archive.exchange_days[found]
    found = found[np.lexsort((found, days, days == 0))]
    others = found[found != place]
    if len(others) > 2 * LISTED:
        others = np.concatenate([others[:LISTED], others[-LISTED:]])
    dates = (days[days > 0] - _EPOCH).astype("datetime64[D]")
    months, counts = np.unique(dates.astype("datetime64[M]"), return_counts=True)
    start, end = map(int, archive.sentence_places[most])
    return Repeats(
        words=Span(focus.transcript_id, start, end) if len(said[most]) > 1 else focus,
        times=len(found),
        first=dates.min().item() if len(dates) else None,
        last=dates.max().item() if len(dates) else None,
        by_month={(month.year, month.month): n for month, n in zip(months.tolist(), counts.tolist(), strict=True)},
        others=tuple(Repeat(each.date, each.id) for each in (archive.exchanges[at] for at in others.tolist())),
    )


def _exchanges_of(sentence: int, archive: Archive) -> Places:
    """The places of the exchanges in which a sentence was said, ascending."""
    return distinct(archive.sentence_exchanges(np.array(archive.sayings.same(sentence))))
