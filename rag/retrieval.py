"""Query x Archive -> Candidates: dense and lexical scores of each exchange, fused; filters inside every search."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Vectors
from rag.archive import Archive, Places
from rag.glossary import same_meaning
from rag.lexical import Scores, words_of
from rag.query import Filters, Query

Mask = npt.NDArray[np.bool_]

# How many rows each search proposes. All proposed exchanges get all scores.
DEPTH = 100
# What a word counts that the question doesn't have itself: another name of the same thing, a mended spelling.
SYNONYM_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Weights:
    """What each score counts in the fused one; a weight of 0 switches a stage off. `docs/retrieval.md` has the why."""

    passage: float = 0.60
    question: float = 0.10
    sentence: float = 0.20
    lexical: float = 0.10


@dataclass(frozen=True, slots=True)
class Candidate:
    """The best passage (`row`) of one exchange (`place`), with the scores that put it there.

    `passage`, `question` and `sentence` are cosines: of the passage with its context, of the reporter's question, of
    the passage's nearest sentence alone. `lexical` is BM25 as a share of the best passage's. `score` is their fusion.
    """

    place: int
    row: int
    score: float
    passage: float
    question: float
    sentence: float
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
    allowed[list(query.without)] = False
    passages = allowed[archive.passage_exchange]
    if not passages.any():
        return []
    bm25 = np.where(passages, lexical_scores(query, archive), np.float32(0))
    places = _proposed(vector, archive, allowed, bm25)
    rows = np.flatnonzero(_member(places, len(allowed))[archive.passage_exchange])
    sentences = _best_sentences(vector, archive, rows)
    cosines = archive.passage_vectors.scores(vector, rows)
    lexical = bm25[rows] / (float(bm25.max()) or 1.0)
    own = weights.passage * cosines + weights.sentence * sentences + weights.lexical * lexical
    asked = _best_questions(vector, archive, places)
    order = np.lexsort((-own, archive.passage_exchange[rows]))
    best = order[np.unique(archive.passage_exchange[rows][order], return_index=True)[1]]
    found = [
        Candidate(
            place=place,
            row=int(rows[at]),
            score=float(own[at]) + weights.question * asked[place],
            passage=float(cosines[at]),
            question=asked[place],
            sentence=float(sentences[at]),
            lexical=float(lexical[at]),
        )
        for at, place in zip(best, map(int, archive.passage_exchange[rows[best]]), strict=True)
    ]
    found.sort(key=lambda candidate: (-candidate.score, archive.exchanges[candidate.place].id))
    return found[:k]


def lexical_scores(query: Query, archive: Archive) -> Scores:
    """BM25 of every passage for the query's words, and for a share, for what means the same and for mended typos."""
    text = " ".join(query.searched)
    own = list(dict.fromkeys(words_of(text)))
    others = [word for name in same_meaning(text) for word in words_of(name)]
    others += [near for word in own if (near := archive.words.nearest(word))]
    fresh = [word for word in dict.fromkeys(others) if word not in own]
    return archive.words.scores(own) + np.float32(SYNONYM_SHARE) * archive.words.scores(fresh)


def allowed_exchanges(filters: Filters, archive: Archive) -> Mask:
    """Which exchanges (by place) the filters let through; an undated exchange passes no date filter."""
    allowed = np.ones(len(archive.exchanges), dtype=np.bool_)
    if filters.date_from:
        allowed &= archive.exchange_days >= filters.date_from.toordinal()
    if filters.date_to:
        allowed &= (archive.exchange_days <= filters.date_to.toordinal()) & (archive.exchange_days > 0)
    if filters.spokespeople:
        allowed &= np.isin(archive.exchange_spokespeople, filters.spokespeople)
    if filters.outlets:
        allowed &= np.isin(archive.exchange_outlets, filters.outlets)
    return allowed


def _proposed(vector: Vectors, archive: Archive, allowed: Mask, bm25: Scores) -> Places:
    said = archive.passage_vectors.search(vector, DEPTH, allowed[archive.passage_exchange])[0]
    asked = archive.question_vectors.search(vector, DEPTH, allowed[archive.question_exchange])[0]
    worded = np.flatnonzero(bm25 > 0)
    if len(worded) > DEPTH:
        worded = worded[np.argpartition(-bm25[worded], DEPTH - 1)[:DEPTH]]
    return np.unique(
        np.concatenate(
            [archive.passage_exchange[said], archive.question_exchange[asked], archive.passage_exchange[worded]]
        )
    )


def _member(places: Places, count: int) -> Mask:
    member = np.zeros(count, dtype=np.bool_)
    member[places] = True
    return member


def _best_sentences(vector: Vectors, archive: Archive, rows: Places) -> Vectors:
    """The highest cosine among each passage's sentences."""
    wanted = _member(rows, len(archive.passage_exchange))[archive.sentence_passage]
    sentences = np.flatnonzero(wanted)
    best = np.full(len(archive.passage_exchange), -1, dtype=np.float32)
    np.maximum.at(best, archive.sentence_passage[sentences], archive.sentence_vectors.scores(vector, sentences))
    return best[rows]


def _best_questions(vector: Vectors, archive: Archive, places: Places) -> dict[int, float]:
    """The highest cosine among each exchange's question rows; 0 where nobody asked."""
    best = dict.fromkeys(map(int, places), 0.0)
    rows = np.flatnonzero(_member(places, len(archive.exchanges))[archive.question_exchange])
    scores = archive.question_vectors.scores(vector, rows)
    for place, score in zip(archive.question_exchange[rows].tolist(), scores.tolist(), strict=True):
        best[place] = max(best[place], score)
    return best
