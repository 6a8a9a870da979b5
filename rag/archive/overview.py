"""Archive -> Overview: what an archive holds, counted by speaker, outlet and month."""

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.archive.archive import Archive
from rag.transcript import Exchange

Month = tuple[int, int]

MOST_GAPS, SHORTEST_GAP = 8, 7


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
    """What an archive holds, in numbers. Speakers and outlets by their exchanges, months by date, none left out."""

    spokespeople: tuple[Tally, ...]
    outlets: tuple[Tally, ...]
    institutions: tuple[Tally, ...]
    transcripts_by_month: dict[Month, int]
    gaps: tuple[Gap, ...]
    oddities: tuple[Oddities, ...]


def overview_of(archive: Archive) -> Overview:
    """The overview of an open generation."""
    return archive.once(Overview, lambda: _overview(archive))


def _overview(archive: Archive) -> Overview:
    dates = [head.date for head in archive.heads.values()]
    return Overview(
        spokespeople=by_spokesperson(archive.exchanges),
        outlets=by_outlet(archive.exchanges),
        institutions=_tallies((archive.heads[each.transcript_id].institution, each) for each in archive.exchanges),
        transcripts_by_month=by_month(dates),
        gaps=tuple(_gaps(dates)),
        oddities=tuple(_oddities(archive)),
    )


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


def by_spokesperson(exchanges: Iterable[Exchange]) -> tuple[Tally, ...]:
    """Those who answer in the exchanges, by how many."""
    return _tallies((name, exchange) for exchange in exchanges for name in exchange.credited)


def by_outlet(exchanges: Iterable[Exchange]) -> tuple[Tally, ...]:
    """Those who ask in the exchanges, by how many."""
    return _tallies((exchange.outlet, exchange) for exchange in exchanges)


def _tallies(named: Iterable[tuple[str | None, Exchange]]) -> tuple[Tally, ...]:
    exchanges: dict[str, list[Exchange]] = {}
    for name, exchange in named:
        if name:
            exchanges.setdefault(name, []).append(exchange)
    tallies = []
    for name, own in exchanges.items():
        dates = sorted(exchange.date for exchange in own if exchange.date is not None)
        tallies.append(Tally(name, len(own), dates[0] if dates else None, dates[-1] if dates else None))
    return tuple(sorted(tallies, key=lambda tally: (-tally.exchanges, tally.name)))


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
