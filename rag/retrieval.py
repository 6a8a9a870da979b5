"""Query x Archive -> Candidates: dense and lexical scores of each exchange, fused; filters inside both searches."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Vectors
from rag.archive import Archive
from rag.lexical import words_of
from rag.query import Filters, Query

Mask = npt.NDArray[np.bool_]

DEPTH = 200


@dataclass(frozen=True, slots=True)
class Weights:
    """What each score counts in the fused one; a weight of 0 switches a stage off."""

    passage: float = 0.45
    question: float = 0.25
    lexical: float = 0.30


@dataclass(frozen=True, slots=True)
class Candidate:
    """The best passage (`row`) of one exchange (`place`), with the scores that put it there.

    `passage` and `question` are cosines, `lexical` is BM25 over the best of the query (0 to 1), `score` the fusion.
    """

    place: int
    row: int
    score: float
    passage: float
    question: float
    lexical: float


def find_candidates(
    query: Query, vector: Vectors, archive: Archive, *, k: int = 100, weights: Weights | None = None
) -> list[Candidate]:
    """The at most `k` best exchanges for a query whose vector is (dimension,), best first, ties by id.

    Dense and lexical search each propose exchanges; every proposed one gets every score, so that none is
    compared by a rank it happened not to reach.
    """
    weights = weights or Weights()
    allowed = allowed_exchanges(query.filters, archive)
    if not allowed.any():
        return []
    passages = allowed[archive.passage_exchange] if len(archive.passage_exchange) else np.zeros(0, np.bool_)
    questions = allowed[archive.question_exchange] if len(archive.question_exchange) else np.zeros(0, np.bool_)
    bm25 = archive.words.scores(words_of(query.standalone))
    proposed = [
        archive.passage_exchange[archive.passage_vectors.search(vector, DEPTH, passages)[0]],
        archive.question_exchange[archive.question_vectors.search(vector, DEPTH, questions)[0]],
        archive.passage_exchange[_best_words(np.where(passages, bm25, 0))],
    ]
    places = np.unique(np.concatenate(proposed))
    rows = np.flatnonzero(np.isin(archive.passage_exchange, places))
    if not len(rows):
        return []
    top = float(np.where(passages, bm25, 0).max()) or 1.0
    cosines = archive.passage_vectors.scores(vector, rows)
    lexical = bm25[rows] / top
    asked = _best_question(vector, archive, places)
    own = weights.passage * cosines + weights.lexical * lexical
    candidates = []
    order = np.lexsort((-own, archive.passage_exchange[rows]))
    _, firsts = np.unique(archive.passage_exchange[rows][order], return_index=True)
    for at in order[firsts]:
        place = int(archive.passage_exchange[rows[at]])
        score = float(own[at]) + weights.question * asked[place]
        candidates.append(Candidate(place, int(rows[at]), score, float(cosines[at]), asked[place], float(lexical[at])))
    candidates.sort(key=lambda candidate: (-candidate.score, archive.exchanges[candidate.place].id))
    return candidates[:k]


def allowed_exchanges(filters: Filters, archive: Archive) -> Mask:
    """Which exchanges (by place) the filters let through; an undated exchange passes no date filter."""
    allowed = np.ones(len(archive.exchanges), dtype=np.bool_)
    for place, exchange in enumerate(archive.exchanges):
        dated = exchange.date
        if (
            (filters.date_from and (dated is None or dated < filters.date_from))
            or (filters.date_to and (dated is None or dated > filters.date_to))
            or (filters.spokespeople and exchange.spokesperson not in filters.spokespeople)
            or (filters.outlets and exchange.outlet not in filters.outlets)
        ):
            allowed[place] = False
    return allowed


def _best_words(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    rows = np.flatnonzero(scores > 0)
    if len(rows) > DEPTH:
        rows = rows[np.argpartition(-scores[rows], DEPTH - 1)[:DEPTH]]
    return rows.astype(np.int64)


def _best_question(vector: Vectors, archive: Archive, places: npt.NDArray[np.int64]) -> dict[int, float]:
    best = dict.fromkeys(map(int, places), 0.0)
    rows = np.flatnonzero(np.isin(archive.question_exchange, places))
    for row, score in zip(rows, archive.question_vectors.scores(vector, rows), strict=True):
        place = int(archive.question_exchange[row])
        best[place] = max(best[place], float(score))
    return best
