"""Found x Selector -> how relevant the likeliest passages are, and each sentence in them, when read with the question.

Reading takes about as long a passage as the whole search, so only few are read.
"""

from collections.abc import Mapping
from heapq import nlargest

import numpy as np

from embeddings.encoder import Stretches, Vectors
from embeddings.selector import Relevance, Selector
from rag.answering.retrieval import Found
from rag.archive.archive import Archive
from rag.archive.passages import embedded_text

# So many exchanges are looked into, and so many passages read: of one exchange no more than OF_ONE.
EXCHANGES, PASSAGES, OF_ONE = 8, 8, 2
# Characters read at most, about 1,600 tokens of English.
LETTERS = 7000
# The log-odds of what was not read.
UNREAD = -8.0


class Readings:
    """The relevance of passages, by row; `of` an exchange and `of_sentences` of its answer, in log-odds."""

    def __init__(self, archive: Archive, by_row: Mapping[int, Relevance]) -> None:
        self._archive, self._by_row = archive, by_row
        self._places: dict[int, float] = {}
        for row, relevance in by_row.items():
            place = int(archive.passage_exchange[row])
            self._places[place] = max(relevance.passage, self._places.get(place, UNREAD))

    def of(self, place: int) -> float:
        """That of an exchange's most relevant passage."""
        return self._places.get(place, UNREAD)

    def ahead(self, place: int) -> float:
        """How far an exchange stands above the best of the others."""
        others = [odds for other, odds in self._places.items() if other != place]
        return self.of(place) - max(others, default=UNREAD)

    def of_sentences(self, place: int) -> Vectors:
        """Those of the sentences of an exchange's answer, (sentences,), in order."""
        rows = self._archive.exchange_sentences(place)
        owners = self._archive.sentence_passages(np.arange(rows.start, rows.stop))
        odds = np.full(len(owners), UNREAD, dtype=np.float32)
        for row in dict.fromkeys(owners.tolist()):
            if row in self._by_row:
                odds[owners == row] = self._by_row[row].sentences
        return odds


def read_likeliest(found: Found, selector: Selector) -> Readings:
    """What the selector makes of the passages that are likeliest to answer."""
    archive, letters = found.archive, 0
    chosen: list[tuple[int, tuple[str, Stretches]]] = []
    for row in likeliest(found):
        text, bounds = _as_embedded(archive, row)
        letters += len(text)
        if chosen and letters > LETTERS:
            break
        chosen.append((row, (text, bounds)))
    asked = found.query.conversation or found.query.question
    relevance = selector.relevance(asked, [passage for _, passage in chosen])
    return Readings(archive, dict(zip([row for row, _ in chosen], relevance, strict=True)))


def likeliest(found: Found) -> list[int]:
    """The rows of the passages that score best by themselves and by their best sentence, likeliest first."""
    archive = found.archive
    scored: list[tuple[float, int]] = []
    for candidate in found.candidates[:EXCHANGES]:
        first, last = map(int, np.searchsorted(archive.passage_exchange, [candidate.place, candidate.place + 1]))
        rows = np.arange(first, last)
        sentences = archive.exchange_sentences(candidate.place)
        best = np.full(len(rows), -1, dtype=np.float32)
        own = np.arange(sentences.start, sentences.stop)
        cosines = archive.sentence_vectors.scores(found.vector, own)
        np.maximum.at(best, archive.sentence_passages(own) - first, cosines)
        scores = archive.passage_vectors.scores(found.vector, rows) + best
        scored += nlargest(OF_ONE, zip(scores.tolist(), rows.tolist(), strict=True))
    return [row for _, row in nlargest(PASSAGES, scored)]


def _as_embedded(archive: Archive, row: int) -> tuple[str, Stretches]:
    """A passage as it was embedded, and where its sentences stand there."""
    passage = archive.passage(row)
    text = embedded_text(archive.text(passage.span.transcript_id), passage)
    shift = len(text) - passage.span.end
    return text, [(each.start + shift, each.end + shift) for each in passage.sentences]
