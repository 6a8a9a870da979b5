"""A question's vector -> Matter: when what it asks about came up in the archive, month by month, and who spoke."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from rag.answering.retrieval import Found
from rag.archive.archive import Archive
from rag.archive.arrays import distinct
from rag.archive.columns import Places

# An exchange is on the matter if its nearest passage is this share as near to the question as the nearest of all is,
# and LEAST near at the least: below that, passages share a region or a tone, and no matter.
SHARE = 2 / 3
LEAST = 0.35
# So many passages are looked at.
MOST_PASSAGES = 1000


@dataclass(frozen=True, slots=True)
class Matter:
    """The exchanges on a question's matter, whoever spoke: how many of each speaker, those asked for first, then most.

    `by_month` has those of the speakers asked for, of all where none was; exchanges without a date are in no month.
    `nearness` is the cosine that each of them reaches.
    """

    nearness: float
    exchanges: int
    speakers: dict[str, int]
    by_month: dict[tuple[int, int], dict[str, int]]


def find_matter(found: Found) -> Matter | None:
    """The exchanges on the matter of a question, of any time and speaker but under its other filters; None for none."""
    query, archive = found.query, found.archive
    asked = query.filters.spokespeople
    filters = replace(query.filters, date_from=None, date_to=None, spokespeople=())
    rows, cosines = archive.engine.nearest(found.vector, MOST_PASSAGES, filters)
    if query.reply or not len(rows) or cosines[0] < LEAST:
        return None
    nearness = max(LEAST, SHARE * float(cosines[0]), float(cosines[-1]) if len(rows) == MOST_PASSAGES else 0.0)
    places = distinct(archive.passage_exchange[rows[cosines >= nearness]])
    speakers = _speakers(places, archive, asked)
    by_month: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for place, speaker in zip(places, speakers, strict=True):
        day = int(archive.exchange_days[place])
        if day and (speaker in asked or not asked):
            by_month[date.fromordinal(day).year, date.fromordinal(day).month][speaker] += 1
    return Matter(
        nearness=nearness,
        exchanges=len(places),
        speakers=dict(sorted(Counter(speakers).most_common(), key=lambda counted: counted[0] not in asked)),
        by_month={month: dict(by_month[month]) for month in sorted(by_month)},
    )


def _speakers(places: Places, archive: Archive, asked: Sequence[str]) -> list[str]:
    """Who speaks in each of the exchanges: one asked for, else the first by name, "" where nobody is named."""
    columns = archive.columns
    ends = (np.searchsorted(columns.credit_exchange, places, side).tolist() for side in ("left", "right"))
    speaking = (
        [columns.speakers[who] for who in columns.credit_speaker[first:last]] for first, last in zip(*ends, strict=True)
    )
    return [next((name for name in names if name in asked), names[0] if names else "") for names in speaking]
