"""Other ways to rank, beside the one that ships: what each would gain on conferences it was not settled on.

An alternative is a name and its options, the values that it could be set to. Which option holds for a question is
chosen on the questions of other conferences (five folds), so that no alternative looks better than it would be.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Vectors, unit_means
from eval.questions import Question, clusters
from eval.ranking import rank_scores
from rag.answering.retrieval import FED_BACK, Weights, allowed_exchanges, fed_back, find_candidates, lexical_scores
from rag.archive.archive import Archive
from rag.archive.words import WordIndex, words_of
from rag.intake.sources import Progress
from rag.pipeline import Podium, Retrieved
from rag.question.filters import MAX_CHARACTERS

Scores = npt.NDArray[np.float32]
Ranking = dict[str, float]

FOLDS = 5
DEPTH = 50
SETTLED_BY = "nDCG@10"
SHIPPED = Weights()
_NOWHERE = np.float32(-1e9)


class Ground:
    """An archive laid out flat: every vector, every word, and whose they are."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.passages = archive.passage_vectors.vectors(np.arange(len(archive.passage_vectors)))
        self.sentences = archive.sentence_vectors.vectors(np.arange(len(archive.sentence_vectors)))
        self.questions = archive.question_vectors.vectors(np.arange(len(archive.question_vectors)))

    def best(self, scores: Scores) -> Scores:
        """Each exchange's best passage, (exchanges,)."""
        return _best(scores, self.archive.passage_exchange, len(self.archive.exchanges))

    def best_sentences(self, scores: Scores, count: int = 1) -> Scores:
        """The mean of each passage's `count` best sentences, (passages,)."""
        owner, total = self.archive.sentence_passage, np.zeros(len(self.passages), dtype=np.float32)
        left, found = scores.copy(), np.zeros(len(self.passages), dtype=np.float32)
        for _ in range(count):
            top = _best(left, owner, len(self.passages))
            there = top > _NOWHERE
            total += np.where(there, top, 0)
            found += there
            left[left == top[owner]] = _NOWHERE
        return np.asarray(total / np.maximum(found, 1), dtype=np.float32)

    @cached_property
    def means(self) -> Vectors:
        """The mean vector of each exchange's passages, (exchanges, d)."""
        return unit_means(self.passages, self.archive.passage_exchange, len(self.archive.exchanges))

    @cached_property
    def exchange_words(self) -> WordIndex:
        """BM25 over whole exchanges."""
        return WordIndex.of(self._texts(asked=True, answered=True))

    @cached_property
    def question_words(self) -> WordIndex:
        """BM25 over the reporters' questions, a row an exchange."""
        return WordIndex.of(self._texts(asked=True, answered=False))

    @cached_property
    def answer_words(self) -> WordIndex:
        """BM25 over the answers, a row an exchange."""
        return WordIndex.of(self._texts(asked=False, answered=True))

    def _texts(self, *, asked: bool, answered: bool) -> list[str]:
        texts = []
        for exchange in self.archive.exchanges:
            text = self.archive.text(exchange.transcript_id)
            question = [exchange.question] if asked and exchange.question is not None else []
            texts.append(" ".join(span.cut(text) for span in (*question, *(exchange.answer if answered else ()))))
        return texts


@dataclass(frozen=True, slots=True)
class Parts:
    """The scores that what ships is made of, for one question: `passage`, `sentence`, `lexical` and `nearness` by
    passage, `question` and `allowed` by exchange. `vector` is the question's, with feedback where podium gives it."""

    found: Retrieved
    vector: Vectors
    passage: Scores
    sentence: Scores
    lexical: Scores
    nearness: Scores
    question: Scores
    allowed: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, ground: Ground, found: Retrieved) -> "Parts":
        """The scores of every passage and exchange of the archive, whether a search would propose it or not."""
        archive, owner = ground.archive, ground.archive.passage_exchange
        vector = found.vector
        if found.query.over_time:
            alone = replace(found.query, over_time=False)
            first = find_candidates(alone, vector, archive, k=FED_BACK, nearness=found.nearness)
            vector = fed_back(vector, [each.row for each in first], archive, SHIPPED.feedback)
        allowed = allowed_exchanges(found.query.filters, archive)
        words = np.where(allowed[owner], lexical_scores(found.query, archive), np.float32(0))
        near = np.zeros(len(allowed), dtype=np.float32) if found.nearness is None else found.nearness
        return cls(
            found,
            vector,
            passage=ground.passages @ vector,
            sentence=ground.best_sentences(ground.sentences @ vector),
            lexical=_share(words),
            nearness=near[owner],
            question=_best(ground.questions @ vector, archive.question_exchange, len(archive.exchanges), 0.0),
            allowed=allowed,
        )

    def fused(self, weights: Weights = SHIPPED) -> Scores:
        """The sum that ships, by passage."""
        own = weights.passage * self.passage + weights.sentence * self.sentence + weights.lexical * self.lexical
        return np.asarray(own + weights.nearness * self.nearness, dtype=np.float32)


# What scores every exchange for a question.
Option = Callable[[Ground, Parts], Scores]


def _weighted(weights: Weights) -> Option:
    return lambda ground, parts: ground.best(parts.fused(weights)) + np.float32(weights.question) * parts.question


def _reciprocal_ranks(constant: int, *, sentences: bool) -> Option:
    """Cormack, Clarke, Büttcher, SIGIR 2009: the sum of 1 / (constant + rank)."""

    def option(ground: Ground, parts: Parts) -> Scores:
        lists = [ground.best(parts.passage), ground.best(parts.lexical)]
        lists += [ground.best(parts.sentence)] if sentences else []
        total = np.zeros(len(parts.allowed), dtype=np.float32)
        for scores in lists:
            order = np.argsort(-np.where(parts.allowed, scores, _NOWHERE), kind="stable")
            total[order] += 1 / (constant + 1 + np.arange(len(order), dtype=np.float32))
        return total

    return option


def _scaled(lexical: float) -> Option:
    """Each score stretched to 0..1 over the exchanges before they are summed."""

    def option(ground: Ground, parts: Parts) -> Scores:
        dense = _stretched(ground.best(parts.fused(Weights(lexical=0))), parts.allowed)
        return (1 - lexical) * dense + lexical * _stretched(ground.best(parts.lexical), parts.allowed)

    return option


def _with_means(share: float) -> Option:
    return lambda ground, parts: ground.best(parts.fused()) + share * (ground.means @ parts.vector)


def _sentences(count: int, share: float) -> Option:
    def option(ground: Ground, parts: Parts) -> Scores:
        best = ground.best_sentences(ground.sentences @ parts.vector, count)
        return ground.best(parts.fused(Weights(sentence=0)) + share * best)

    return option


def _words_of_exchanges(share: float) -> Option:
    def option(ground: Ground, parts: Parts) -> Scores:
        words = ground.exchange_words.scores(words_of(" ".join(parts.found.query.searched)))
        return ground.best(parts.fused(Weights(lexical=0))) + share * _share(np.where(parts.allowed, words, 0))

    return option


def _words_by_field(question: float, share: float) -> Option:
    """Robertson, Zaragoza, Taylor, CIKM 2004, as a weighted sum of the fields' own scores."""

    def option(ground: Ground, parts: Parts) -> Scores:
        words = words_of(" ".join(parts.found.query.searched))
        both = question * ground.question_words.scores(words) + (1 - question) * ground.answer_words.scores(words)
        return ground.best(parts.fused(Weights(lexical=0))) + share * _share(np.where(parts.allowed, both, 0))

    return option


def _feedback(share: float, count: int) -> Option:
    """Rocchio 1971: the question's vector moved towards the mean of the best passages."""

    def option(ground: Ground, parts: Parts) -> Scores:
        first = np.where(parts.allowed, ground.best(parts.fused()), _NOWHERE)
        owner = ground.archive.passage_exchange
        best = np.argsort(-first, kind="stable")[: min(count, int(parts.allowed.sum()))]
        rows = [int(np.argmax(np.where(owner == place, parts.passage, _NOWHERE))) for place in best]
        again = ground.passages @ fed_back(parts.vector, rows, ground.archive, share)
        return ground.best(parts.fused(Weights(passage=0)) + np.float32(SHIPPED.passage) * again)

    return option


# Rows of the table, in its order, each with the options it is settled among.
ALTERNATIVES: dict[str, tuple[Option, ...]] = {
    "fused": (_weighted(SHIPPED),),
    "weights learned": tuple(
        _weighted(
            Weights(passage=1 - question - sentence - lexical, question=question, sentence=sentence, lexical=lexical)
        )
        for question in (0.0, 0.1, 0.2)
        for sentence in (0.0, 0.1, 0.2, 0.3)
        for lexical in (0.0, 0.05, 0.1, 0.2)
    ),
    "scores stretched": tuple(_scaled(lexical) for lexical in (0.05, 0.1, 0.2, 0.3)),
    "reciprocal ranks": tuple(
        _reciprocal_ranks(constant, sentences=sentences) for constant in (10, 60) for sentences in (False, True)
    ),
    "exchange means": tuple(_with_means(share) for share in (0.1, 0.2, 0.4)),
    "two sentences": tuple(_sentences(2, share) for share in (0.1, 0.2, 0.3)),
    "BM25 of exchanges": tuple(_words_of_exchanges(share) for share in (0.05, 0.1, 0.2)),
    "BM25 by field": tuple(_words_by_field(question, share) for question in (0.3, 0.5) for share in (0.05, 0.1, 0.2)),
    "feedback": tuple(_feedback(share, count) for share in (0.2, 0.4) for count in (2, 4)),
}


def rank_alternatives(
    podium: Podium,
    questions: Sequence[Question],
    grades: Mapping[str, Mapping[str, int]],
    progress: Progress = lambda *_: None,
) -> dict[str, dict[str, Ranking]]:
    """Alternative -> question id -> exchange id -> score, for answerable questions; the first is what ships."""
    ground = Ground(podium.archive)
    rankings: dict[str, list[dict[str, Ranking]]] = {name: [{} for _ in each] for name, each in ALTERNATIVES.items()}
    for done, question in enumerate(questions, start=1):
        found = podium.retrieve(question.question[:MAX_CHARACTERS], history=question.history, k=DEPTH)
        parts = Parts.of(ground, found)
        for name, options in ALTERNATIVES.items():
            for at, option in enumerate(options):
                rankings[name][at][question.id] = _ranking(option(ground, parts), parts, ground.archive)
        progress("ranking", done, len(questions))
    folds = fold_of(questions)
    return {name: cross_validated(each, grades, folds) for name, each in rankings.items()}


def cross_validated(
    options: Sequence[Mapping[str, Ranking]], grades: Mapping[str, Mapping[str, int]], folds: Mapping[str, int]
) -> dict[str, Ranking]:
    """Question id -> the ranking of the option that does best on the other folds' questions."""
    judged = {each: grades[each] for each in folds}
    scores = [{each: row[SETTLED_BY] for each, row in rank_scores(judged, option).items()} for option in options]
    chosen: dict[str, Ranking] = {}
    for fold in sorted(set(folds.values())):
        others = [each for each in folds if folds[each] != fold] or list(folds)
        means = [np.mean([score[each] for each in others]) for score in scores]
        best = options[int(np.argmax(means))]
        chosen |= {each: best[each] for each in folds if folds[each] == fold}
    return chosen


def fold_of(questions: Sequence[Question]) -> dict[str, int]:
    """Question id -> its fold; questions whose answers share a conference are in one."""
    of = clusters(questions)
    return {each.id: int(hashlib.sha256(of[each.id].encode()).hexdigest(), 16) % FOLDS for each in questions}


def _ranking(scores: Scores, parts: Parts, archive: Archive) -> Ranking:
    allowed = np.where(parts.allowed, scores, _NOWHERE)
    best = np.argsort(-allowed, kind="stable")[: min(DEPTH, int(parts.allowed.sum()))]
    return {archive.exchanges[place].id: float(allowed[place]) for place in best}


def _best(scores: Scores, owner: npt.NDArray[np.int64], count: int, least: float = float(_NOWHERE)) -> Scores:
    best = np.full(count, least, dtype=np.float32)
    np.maximum.at(best, owner, scores)
    return best


def _share(scores: Scores) -> Scores:
    return np.asarray(scores / (float(scores.max()) or 1.0), dtype=np.float32)


def _stretched(scores: Scores, allowed: npt.NDArray[np.bool_]) -> Scores:
    if not allowed.any():
        return scores
    low, high = float(scores[allowed].min()), float(scores[allowed].max())
    return np.asarray((scores - low) / ((high - low) or 1.0), dtype=np.float32)
