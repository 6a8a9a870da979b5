"""Query x Archive -> Found: candidates by dense and lexical scores, fused; filters inside every search."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Vectors, unit
from rag.archive.archive import Archive
from rag.archive.arrays import distinct
from rag.archive.columns import Places
from rag.archive.postings import Scores
from rag.archive.words import stems_of, words_of
from rag.calendar.periods import Period
from rag.language.glossary import same_meaning
from rag.question.filters import Filters
from rag.question.query import Query

Mask = npt.NDArray[np.bool_]

# How many rows each search proposes. All proposed exchanges get all scores.
DEPTH = 100
# How many exchanges are compared sentence by sentence.
SHORT = 40
# How many exchanges stand for what a conversation is about, and the days over which nearness to them halves.
ANCHORS = 3
WEEK = 7
# What a word counts that the question doesn't have itself: another name of the same thing, a mended spelling.
SYNONYM_SHARE = 0.3
# What a conversation's vector counts beside that of a question that leans on it, and of one that seems to stand alone.
LEANING, STANDING = 1.0, 0.5
# The rarity of a question's word that the archive has never seen.
UNSEEN = 9.0


@dataclass(frozen=True, slots=True)
class Weights:
    """What each stage counts; 0 switches it off. `docs/retrieval.md` has the why.

    passage    a passage's cosine, in the fused score
    sentence   the cosine of the passage's nearest sentence
    lexical    BM25 as a share of the best
    glossary   whether other names of what the question names count
    heading    the share of the question's words that stand in the title and opening lines of the conference
    nearness   a follow-up's: standing near in time to what the conversation is about
    period     standing far from the days that the question names, taken off
    """

    passage: float = 0.6
    sentence: float = 0.4
    lexical: float = 0.1
    heading: float = 0.2
    glossary: bool = True
    nearness: float = 0.1
    period: float = 0.15


@dataclass(frozen=True, slots=True)
class Candidate:
    """The best passage (`row`) of one exchange (`place`), with the scores that put it there.

    `passage` and `sentence` are cosines: of the passage with its context, of the passage's nearest sentence alone.
    `lexical` is BM25 as a share of the best passage's. `score` is their fusion.
    """

    place: int
    row: int
    score: float
    passage: float
    sentence: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds in an archive before anything is quoted: `candidates` best first.

    `vector`, (dimension,), is the direction of the texts that were searched for.
    """

    archive: Archive
    query: Query
    vector: Vectors
    candidates: tuple[Candidate, ...]


def find_candidates(query: Query, vectors: Vectors, archive: Archive, weights: Weights, depth: int) -> Found:
    """The at most `depth` best exchanges for a query whose `encoded` texts have these vectors, (texts, dimension).

    Dense and lexical search each propose exchanges; every proposed one gets every score, so that none is compared by a
    rank it happened not to reach. Ties go by id.
    """
    share = LEANING if query.leans else STANDING
    vector = unit(vectors[:1] + share * vectors[1:].sum(axis=0, keepdims=True))[0]
    nothing = Found(archive, query, vector, ())
    if query.reply:
        return nothing
    said, _ = archive.engine.nearest(vector, DEPTH, query.filters)
    if not len(said):
        return nothing
    shares = _shares(query, archive, glossary=weights.glossary)
    worded, bm25 = archive.engine.worded(shares, DEPTH, query.filters)
    proposed = [said, worded]
    period = query.period if weights.period else None
    if period is not None:
        on_days = _on_days(query.filters, period)
        proposed += [
            archive.engine.nearest(vector, DEPTH, on_days)[0],
            archive.engine.worded(shares, DEPTH, on_days)[0],
        ]
    rows = archive.passages_of(distinct(archive.passage_exchange[np.concatenate(proposed)]))
    exchanges = archive.passage_exchange[rows]
    cosines = archive.engine.cosines(vector, rows)
    lexical = archive.engine.scores(shares, rows) / (float(bm25[0]) if len(bm25) else 1.0)
    scores = np.asarray(weights.passage * cosines + weights.lexical * lexical, dtype=np.float32)
    if period is not None:
        # Taken from what is far, not given to what is near: a score tells how likely a quote is to answer.
        scores -= weights.period * (1 - near_days(period, archive.exchange_days[exchanges]))
    if query.conversation:
        scores += weights.nearness * near_in_time(vectors[-1], archive, exchanges)
    short = _shortlist(scores, exchanges, max(SHORT, depth))
    rows, exchanges, cosines, lexical = rows[short], exchanges[short], cosines[short], lexical[short]
    sentences = _best_sentences(vector, archive, rows)
    scores = scores[short] + weights.sentence * sentences
    if weights.heading:
        scores = scores + weights.heading * headed(shares, archive, exchanges)
    candidates = [
        Candidate(
            place=int(exchanges[at]),
            row=int(rows[at]),
            score=float(scores[at]),
            passage=float(cosines[at]),
            sentence=float(sentences[at]),
            lexical=float(lexical[at]),
        )
        for at in _first_of_each(exchanges, scores)
    ]
    candidates.sort(key=lambda candidate: (-candidate.score, archive.exchanges[candidate.place].id))
    return Found(archive, query, vector, tuple(candidates[:depth]))


def near_in_time(conversation: Vectors, archive: Archive, exchanges: Places) -> Scores:
    """How near these exchanges stand in time to the few that a conversation's vector (d,) finds first.

    What follows a question is often answered on the same days: the cosine of each of the few, halved every WEEK days.
    """
    rows, cosines = archive.engine.nearest(conversation, DEPTH, None)
    _, first = np.unique(archive.passage_exchange[rows], return_index=True)
    days = archive.exchange_days[exchanges]
    near = np.zeros(len(exchanges), dtype=np.float32)
    for at in np.sort(first)[:ANCHORS]:
        day = archive.exchange_days[archive.passage_exchange[rows[at]]]
        there = (days > 0) & (day > 0)
        near = np.maximum(near, np.where(there, cosines[at] * np.exp2(-np.abs(days - day) / WEEK), 0))
    return near.astype(np.float32)


def headed(shares: Mapping[str, float], archive: Archive, places: Places) -> Scores:
    """The share of a question's words, weighed by rarity, that stand in the headings of these exchanges.

    "In Sochi", "after the talks with Orban" stand there alone. Figures don't count: days are understood (`near_days`).
    """
    counts = {word: share * (archive.words.weight(word) or UNSEEN) for word, share in shares.items()}
    whole = sum(counts[word] for word, share in shares.items() if share == 1)
    wanted = {word for word in counts if word.isalpha()}

    def found(transcript_id: str) -> float:
        return min(1.0, sum(counts[word] for word in wanted & archive.heading(transcript_id)) / whole)

    of = [archive.exchanges[place].transcript_id for place in places.tolist()]
    by_transcript = {each: found(each) for each in dict.fromkeys(of)} if whole else {}
    return np.array([by_transcript.get(each, 0.0) for each in of], dtype=np.float32)


def _first_of_each(places: Places, scores: Vectors) -> Places:
    """Where each place's highest score stands, places in ascending order."""
    order = np.lexsort((-scores, places))
    return np.asarray(order[np.unique(places[order], return_index=True)[1]], dtype=np.int64)


def _shortlist(scores: Vectors, places: Places, count: int) -> Mask:
    """Which rows belong to the `count` places that score best: only their sentences are worth a look."""
    best = _first_of_each(places, scores)
    kept = best[np.argsort(-scores[best], kind="stable")[:count]]
    return np.isin(places, places[kept])


def _shares(query: Query, archive: Archive, *, glossary: bool) -> dict[str, float]:
    """What each stem counts: the query's words in full, a share what means the same and mended typos."""
    text = " ".join(query.searched)
    own = list(dict.fromkeys(words_of(text)))
    others = [word for name in same_meaning(text) for word in stems_of(name)] if glossary else []
    others += [near for word in own if (near := archive.words.nearest(word))]
    return dict.fromkeys(others, SYNONYM_SHARE) | dict.fromkeys(own, 1.0)


def _on_days(filters: Filters, period: Period) -> Filters:
    """The filters, and the days of a period with them."""
    first = [day for day in (filters.date_from, period.date_from) if day]
    last = [day for day in (filters.date_to, period.date_to) if day]
    # From the first day there is: what has no date stands on none.
    from_, to = max(first, default=datetime.date.min), min(last, default=None)
    return replace(filters, date_from=from_, date_to=to, undated=False)


def near_days(period: Period, days: Places) -> Scores:
    """How near days (ordinals) stand to a period: 1 in it, halved every WEEK away, 0 without a date."""
    first = period.date_from.toordinal() if period.date_from else 0
    last = period.date_to.toordinal() if period.date_to else datetime.date.max.toordinal()
    apart = np.maximum(np.maximum(first - days, days - last), 0)
    return np.where(days > 0, np.exp2(-apart / WEEK), 0).astype(np.float32)


def _best_sentences(vector: Vectors, archive: Archive, rows: Places) -> Vectors:
    """The highest cosine among each passage's sentences."""
    sentences, starts = archive.sentences_of(rows)
    return np.asarray(np.maximum.reduceat(archive.sentence_vectors.scores(vector, sentences), starts), dtype=np.float32)
