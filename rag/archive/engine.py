"""What searches an archive: the nearest passages, and those where words stand, filters inside. Embedded: by its files.

Rows are those of the archive's passages. Another engine does the same behind the same four methods (`milvus.py`).
"""

import datetime
from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from embeddings.index import VectorIndex, Vectors
from rag.archive.columns import Columns, Mask, Places, among
from rag.archive.lexicon import WordIndex
from rag.archive.postings import Scores

# Rows, best first, and the score of each.
Ranked = tuple[Places, Scores]
# How much each stem counts.
Shares = Mapping[str, float]


class Filtering(Hashable, Protocol):
    """What an exchange must satisfy to be found; nothing where all are empty."""

    @property
    def date_from(self) -> datetime.date | None: ...
    @property
    def date_to(self) -> datetime.date | None: ...
    @property
    def undated(self) -> bool: ...
    @property
    def spokespeople(self) -> Sequence[str]: ...
    @property
    def institutions(self) -> Sequence[str]: ...
    @property
    def outlets(self) -> Sequence[str]: ...
    @property
    def reporters(self) -> Sequence[str]: ...


class Engine(Protocol):
    """The searches; each gives at most `k` rows that the filters let through."""

    def nearest(self, vector: Vectors, k: int, filters: Filtering | None) -> Ranked:
        """The rows nearest to a unit vector (d,), and their cosines."""

    def worded(self, shares: Shares, k: int, filters: Filtering | None) -> Ranked:
        """The rows that score best by BM25, above zero, and their scores."""

    def cosines(self, vector: Vectors, rows: Places) -> Scores:
        """The cosine of a vector with each of these rows, ascending."""

    def scores(self, shares: Shares, rows: Places) -> Scores:
        """The BM25 score of each of these rows, ascending."""


class Embedded:
    """The engine that comes with podium: the files of the generation."""

    def __init__(self, vectors: VectorIndex, words: WordIndex, columns: Columns) -> None:
        self._vectors, self._words, self._columns = vectors, words, columns
        # A question looks for vectors and for words under the same filters.
        self._rows = lru_cache(maxsize=2)(self._let_through)

    def nearest(self, vector: Vectors, k: int, filters: Filtering | None) -> Ranked:
        """Compared with every vector that the filters let through, or in a large archive those of the nearest lists."""
        return self._vectors.search(vector, k, self._rows(filters))

    def worded(self, shares: Shares, k: int, filters: Filtering | None) -> Ranked:
        """Of the rows that can be among the best."""
        return self._words.search(shares, k, self._rows(filters))

    def cosines(self, vector: Vectors, rows: Places) -> Scores:
        """Of the mapped vectors."""
        return self._vectors.scores(vector, rows)

    def scores(self, shares: Shares, rows: Places) -> Scores:
        """Of the postings of these words."""
        return self._words.scores(shares, rows)

    def _let_through(self, filters: Filtering | None) -> Mask | None:
        allowed = None if filters is None else allowed_exchanges(filters, self._columns)
        # Of exchanges to rows of passages; nothing where nothing is left out, which the search does faster.
        return None if allowed is None or allowed.all() else allowed[self._columns.passage_exchange]


def allowed_exchanges(filters: Filtering, columns: Columns) -> npt.NDArray[np.bool_]:
    """Which exchanges (by place) the filters let through.

    An undated exchange passes a date filter only if `undated` is set, and one whose page names no institution that of
    whoever speaks in it.
    """
    days = columns.exchange_day
    allowed = np.ones(len(days), dtype=np.bool_)
    if filters.date_from:
        allowed &= days >= filters.date_from.toordinal()
    if filters.date_to:
        allowed &= (days <= filters.date_to.toordinal()) & (days > 0)
    if filters.undated:
        allowed |= days == 0
    if filters.spokespeople:
        allowed &= _spoken_by(filters.spokespeople, columns)
    if filters.institutions:
        of = among(columns.exchange_institution, columns.institutions, filters.institutions)
        allowed &= of | ((columns.exchange_institution == 0) & _spoken_by(columns.staff(filters.institutions), columns))
    if filters.outlets:
        allowed &= among(columns.exchange_outlet, columns.outlets, filters.outlets)
    if filters.reporters:
        allowed &= among(columns.exchange_reporter, columns.reporters, filters.reporters)
    return allowed


def _spoken_by(people: Sequence[str], columns: Columns) -> Mask:
    """In which exchanges one of these people speaks."""
    spoken = columns.credit_exchange[among(columns.credit_speaker, columns.speakers, people)]
    return np.asarray(np.bincount(spoken, minlength=len(columns.exchange_day)) > 0)
