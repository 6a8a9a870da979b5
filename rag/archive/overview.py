"""Archive -> Overview: what an archive holds, counted by speaker, outlet and month."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rag.archive.archive import Archive
from rag.archive.columns import Places

Month = tuple[int, int]

MOST_GAPS, SHORTEST_GAP = 8, 7
# Whose exchanges are counted.
NOUNS = ("spokespeople", "outlets", "institutions", "reporters")


@dataclass(frozen=True, slots=True)
class Tally:
    """A speaker or an outlet: the name, how many exchanges it has, and between which days."""

    name: str
    exchanges: int
    first: datetime.date | None
    last: datetime.date | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Days without a conference: the one before, the one after, how many days between them."""

    before: datetime.date
    after: datetime.date
    days: int


@dataclass(frozen=True, slots=True)
class Oddities:
    """What the reader noticed of one kind: how often, an example, in which transcripts."""

    kind: str
    count: int
    example: str
    transcript_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """What an archive holds by date. Months stand in order, none left out."""

    transcripts_by_month: dict[Month, int]
    gaps: tuple[Gap, ...]
    oddities: tuple[Oddities, ...]


def overview_of(archive: Archive) -> Overview:
    """The overview of an open generation."""
    return archive.once(Overview, lambda: _overview(archive))


def _overview(archive: Archive) -> Overview:
    dates = [head.date for head in archive.heads.values()]
    return Overview(by_month(dates), tuple(_gaps(dates)), tuple(_oddities(archive)))


def tallies_of(archive: Archive) -> dict[str, tuple[Tally, ...]]:
    """All names of each noun of an archive, those with most exchanges first."""
    return archive.once(Tally, lambda: {noun: tally(archive, noun) for noun in NOUNS})


def tally(archive: Archive, noun: str, among: Places | None = None) -> tuple[Tally, ...]:
    """The names of a noun by how many exchanges they have, of all or of those at the places `among`, ascending."""
    places, ids, names = _named(archive, noun)
    # 0 is nobody's name.
    kept = (ids > 0) if among is None else (ids > 0) & np.isin(places, among)
    ids, days = ids[kept], archive.exchange_days[places[kept]]
    counts = np.bincount(ids, minlength=len(names))
    first, last = np.full(len(names), datetime.date.max.toordinal()), np.zeros(len(names), dtype=np.int64)
    # (names,) of ordinals; an undated exchange, day 0, comes before nothing.
    np.minimum.at(first, ids[days > 0], days[days > 0])
    np.maximum.at(last, ids, days)
    order = sorted(np.flatnonzero(counts).tolist(), key=lambda at: (-counts[at], names[at]))
    return tuple(
        Tally(names[at], int(counts[at]), _date(int(first[at])) if last[at] else None, _date(int(last[at])))
        for at in order
    )


def exchanges_of(archive: Archive, noun: str, name: str) -> Places:
    """The places of the exchanges that a name has, ascending; none for a name that is not in the archive."""
    places, ids, names = _named(archive, noun)
    return places[ids == names.index(name)] if name and name in names else places[:0]


def _named(archive: Archive, noun: str) -> tuple[Places, Places, Sequence[str]]:
    """The places of exchanges, the name that each has (one place may have several), and the names."""
    columns = archive.columns
    if noun == "spokespeople":
        return columns.credit_exchange, columns.credit_speaker, columns.speakers
    ids = {
        "outlets": columns.exchange_outlet,
        "institutions": columns.exchange_institution,
        "reporters": columns.exchange_reporter,
    }[noun]
    return np.arange(len(ids)), ids, getattr(columns, noun)


def _date(day: int) -> datetime.date | None:
    return datetime.date.fromordinal(day) if day else None


def by_month(dates: Sequence[datetime.date | None]) -> dict[Month, int]:
    """How many of the dates fall in each month, from the first to the last; months without any are there as 0.

    >>> by_month([datetime.date(2020, 12, 31), datetime.date(2021, 2, 1)])
    {(2020, 12): 1, (2021, 1): 0, (2021, 2): 1}
    """
    counted = Counter((date.year, date.month) for date in dates if date is not None)
    if not counted:
        return {}
    (year, month), last = min(counted), max(counted)
    months: dict[Month, int] = {}
    while (year, month) <= last:
        months[year, month] = counted[year, month]
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return months


def _gaps(dates: Sequence[datetime.date | None]) -> list[Gap]:
    """The longest stretches without a conference, by date."""
    days = sorted({date for date in dates if date is not None})
    gaps = [Gap(before, after, (after - before).days - 1) for before, after in pairwise(days)]
    longest = sorted(gaps, key=lambda gap: -gap.days)[:MOST_GAPS]
    return sorted((gap for gap in longest if gap.days >= SHORTEST_GAP), key=lambda gap: gap.before)


def _oddities(archive: Archive) -> list[Oddities]:
    kinds: dict[str, list[tuple[str, str]]] = {}
    for file in archive.catalogue.files():
        for oddity in file.oddities:
            kinds.setdefault(oddity.kind, []).append((file.transcript_id, oddity.message))
    counted = [
        Oddities(kind, len(found), found[0][1], tuple(dict.fromkeys(transcript for transcript, _ in found)))
        for kind, found in kinds.items()
    ]
    return sorted(counted, key=lambda oddities: -oddities.count)
