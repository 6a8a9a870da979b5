"""A question's vector -> Matter: when what it asks about came up in the archive, month by month, and who spoke."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from rag.answering.retrieval import Found
from rag.archive.archive import Archive
from rag.archive.columns import Places

# An exchange is on the matter if its nearest passage is this share as near to the question as the nearest of all is,
# and LEAST near at the least: below that, passages share a region or a tone, and no matter.
SHARE = 2 / 3
LEAST = 0.35
# So many passages are looked at.
MOST_PASSAGES = 1000


@dataclass(frozen=True, slots=True)
class Matter:
    """The exchanges on a question's matter: `by_month` has those of each speaker, who stand in order of how many.

    `nearness` is the cosine that each of them reaches. Exchanges without a date are in no month.
    """

    nearness: float
    exchanges: int
    speakers: dict[str, int]
    by_month: dict[tuple[int, int], dict[str, int]]


def find_matter(found: Found) -> Matter | None:
    """The exchanges on the matter of a question, of any time but under its other filters; None where none is near."""
    query, archive = found.query, found.archive
    filters = replace(query.filters, date_from=None, date_to=None)
    rows, cosines = archive.engine.nearest(found.vector, MOST_PASSAGES, filters)
    if query.reply or not len(rows) or cosines[0] < LEAST:
        return None
    nearness = max(LEAST, SHARE * float(cosines[0]), float(cosines[-1]) if len(rows) == MOST_PASSAGES else 0.0)
    places = np.unique(archive.passage_exchange[rows[cosines >= nearness]])
    speakers = _speakers(places, archive)
    by_month: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for place, speaker in zip(places, speakers, strict=True):
        if day := int(archive.exchange_days[place]):
            by_month[date.fromordinal(day).year, date.fromordinal(day).month][speaker] += 1
    return Matter(
        nearness=nearness,
        exchanges=len(places),
        speakers=dict(Counter(speakers).most_common()),
        by_month={month: dict(by_month[month]) for month in sorted(by_month)},
    )


def _speakers(places: Places, archive: Archive) -> list[str]:
    """Who speaks in each of the exchanges, the first by name where several do, "" where nobody is named."""
    credited, who = archive.columns.credit_exchange, archive.columns.credit_speaker
    rows = np.searchsorted(credited, places)
    return [
        archive.columns.speakers[who[row]] if row < len(credited) and credited[row] == place else ""
        for place, row in zip(places.tolist(), rows.tolist(), strict=True)
    ]
