"""Archive -> Overview: what an archive holds, counted by speaker, outlet and month, and questions to begin with."""

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.archive.archive import Archive
from rag.language.sentences import split_sentences
from rag.transcript import Exchange

Month = tuple[int, int]

SUGGESTED = 4
MOST_GAPS, SHORTEST_GAP = 8, 7
# How many exchanges are looked through for questions to begin with, spread over the archive.
_LOOKED_AT = 400
_OPENS = re.compile(r"(?:what|why|how|who|when|where|will|does|do|is|are|has|have|did|can)\b", re.IGNORECASE)
# Words that lean on what was said before, or on who is in the room.
_LEANS = re.compile(
    r"\b(?:you|your|it|its|this|that|these|those|he|she|his|her|him|they|their|them|we|our|i|my|such|so|there|here"
    r"|today|tomorrow|yesterday|now|comment|confirm|response|above|following|any|other|first|second|sides?|also)\b",
    re.IGNORECASE,
)
# A name that narrows a question down: the host's own and an office's do not.
_NAME_INSIDE = re.compile(r"\s(?!Chin|Pres|Fore|Mini)[A-Z][a-z]{3,}")


@dataclass(frozen=True, slots=True)
class Tally:
    """A speaker or an outlet: the name, how many exchanges it has, and between which days."""

    name: str
    exchanges: int
    first: datetime.date | None
    last: datetime.date | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question that a reporter asked in this archive, and that stands alone."""

    text: str
    exchange: Exchange


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
    transcripts_by_month: dict[Month, int]
    gaps: tuple[Gap, ...]
    oddities: tuple[Oddities, ...]
    suggestions: tuple[Suggestion, ...]


@lru_cache(maxsize=1)
def overview_of(archive: Archive) -> Overview:
    """The overview of an open generation; made once, since a generation never changes."""
    dates = [head.date for head in archive.heads.values()]
    return Overview(
        spokespeople=by_spokesperson(archive.exchanges),
        outlets=by_outlet(archive.exchanges),
        transcripts_by_month=by_month(dates),
        gaps=tuple(_gaps(dates)),
        oddities=tuple(_oddities(archive)),
        suggestions=tuple(_suggestions(archive)),
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


def _suggestions(archive: Archive) -> Iterator[Suggestion]:
    """Questions that reporters asked, spread over the archive, in words that stand alone."""
    asked = [exchange for exchange in archive.exchanges if exchange.question is not None]
    found = [each for exchange in asked[:: max(1, len(asked) // _LOOKED_AT)] if (each := _alone(exchange, archive))]
    share = max(1, len(found) // SUGGESTED)
    for at in range(0, min(len(found), SUGGESTED * share), share):
        yield max(found[at : at + share], key=lambda suggestion: len(_NAME_INSIDE.findall(suggestion.text)))


def _alone(exchange: Exchange, archive: Archive) -> Suggestion | None:
    """The last sentence of the reporter's turn, where it is a short question about something named."""
    if exchange.question is None:
        return None
    text = archive.text(exchange.transcript_id)
    last = split_sentences(text, exchange.question)[-1].cut(text)
    return Suggestion(last, exchange) if stands_alone(last) else None


def stands_alone(question: str) -> bool:
    """Whether a question can be understood by someone who has not heard what came before it.

    >>> stands_alone("Will China join the Paris talks on Iran?"), stands_alone("What is your comment on that?")
    (True, False)
    """
    return (
        question.endswith("?")
        and 6 <= len(question.split()) <= 15
        and _OPENS.match(question) is not None
        and _NAME_INSIDE.search(question) is not None
        and _LEANS.search(question) is None
    )
