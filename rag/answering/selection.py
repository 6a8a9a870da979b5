"""Found -> how likely each candidate is to answer: evidence from several scores, weighed as `selection.toml` says.

The weights are those of a logistic regression; `podium eval calibrate` fits them and prints the report that
`docs/retrieval.md` shows.
"""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from heapq import nlargest
from importlib import resources

import numpy as np

from embeddings.encoder import Vectors
from rag.answering.retrieval import Candidate, Found
from rag.archive.archive import Archive
from rag.archive.words import stems_of, words_of
from rag.language.glossary import find_named
from rag.question.filters import NO_FILTERS

# A word in capitals anywhere, one with a capital inside a sentence, and a number.
_NAME = re.compile(r"\b[A-Z]{2,}\b|(?<![.!?:] )(?<!^)\b[A-Z][\w’'-]+|\b\d+\b")
# Names that nearly every exchange is about, whether it has them or not.
_EVERYWHERE = frozenset(words_of("China Chinese Beijing"))
# The weight of a question's word that the archive has never seen.
_UNSEEN = 9.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why what is quoted of a candidate may or may not answer.

    score     its fused score
    sentence  the cosine of the sentence that would be quoted
    lead      how far its score stands above the second's; below the best's, for any but the best
    cover     the share of the question's words, weighed by rarity, that its exchange has under any name
    absent    the share of the question's words, weighed likewise, that name something and that its exchange lacks
    follows   1 for a follow-up, whose scores are lower since it is searched for twice, else 0
    filtered  1 if filters hold, which leave fewer candidates to be the best, else 0
    changes   1 if the question is about change over time, which several answer, else 0
    """

    score: float
    sentence: float
    lead: float
    cover: float
    absent: float
    follows: float
    filtered: float
    changes: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The regression: confidence = 1 / (1 + exp(-(bias + sum of weight x evidence))).

    A quote that reaches `answers` is shown as an answer; where none does, what reaches `near` is shown as the nearest.
    """

    bias: float
    answers: float
    near: float
    weights: Mapping[str, float]

    def confidence(self, evidence: Evidence) -> float:
        """The chance, from 0 to 1, that what is quoted of a candidate answers."""
        sum_ = self.bias + sum(self.weights[name] * value for name, value in asdict(evidence).items())
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, sum_))))


def shipped_calibration() -> Calibration:
    """The calibration in `selection.toml`."""
    table = tomllib.loads(resources.files("rag.answering").joinpath("selection.toml").read_text("utf-8"))
    return Calibration(table["bias"], table["answers"], table["near"], table["weights"])


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate with the chance that what is quoted of it answers, and why.

    `sentences` are the scores of the sentences of its exchange's answer, in the order of `exchange_sentences`.
    """

    candidate: Candidate
    evidence: Evidence
    confidence: float
    sentences: Vectors


def weigh(found: Found, calibration: Calibration, count: int) -> list[Weighed]:
    """The first `count` candidates, in their order, with how surely each answers and how well each of its sentences."""
    archive = found.archive
    weighed = []
    for candidate in found.candidates[:count]:
        evidence = _evidence(candidate, found)
        rows = archive.exchange_sentences(candidate.place)
        sentences = archive.sentence_vectors.scores(found.vector, np.arange(rows.start, rows.stop))
        weighed.append(Weighed(candidate, evidence, calibration.confidence(evidence), sentences))
    return weighed


def _evidence(candidate: Candidate, found: Found) -> Evidence:
    query = found.query
    best, second = [*nlargest(2, (each.score for each in found.candidates)), 0.0][:2]
    cover, absent = covered(query.searched[-1], candidate.place, found.archive)
    return Evidence(
        score=candidate.score,
        sentence=candidate.sentence,
        lead=candidate.score - (second if candidate.score == best else best),
        cover=cover,
        absent=absent,
        follows=float(bool(query.conversation)),
        filtered=float(query.filters != NO_FILTERS),
        changes=float(query.over_time),
    )


def covered(question: str, place: int, archive: Archive) -> tuple[float, float]:
    """The share of the question's words, weighed by rarity, that an exchange has under any name, typos mended; and
    the share that name something (by a capital, a figure, the glossary) that it lacks. A question without words is
    covered whole.
    """
    first, last = np.searchsorted(archive.passage_exchange, [place, place + 1])

    def there(stems: Sequence[str]) -> bool:
        return bool(stems) and all(archive.words.stands_in(stem, int(first), int(last)) for stem in stems)

    names = {word for match in _NAME.finditer(question) for word in words_of(match.group())}
    known: dict[str, bool] = {}
    for found in find_named(question):
        own = words_of(question[found.start : found.end])
        known |= dict.fromkeys(own, there(own) or any(there(stems_of(name)) for name in found.names))
    total = has = lacks = 0.0
    for word in dict.fromkeys(words_of(question)):
        if word in _EVERYWHERE:
            continue
        near = archive.words.nearest(word) or word
        weight = archive.words.weight(near) or _UNSEEN
        total += weight
        if there([word]) or there([near]) or known.get(word, False):
            has += weight
        elif word in names or word in known:
            lacks += weight
    return (has / total, lacks / total) if total else (1.0, 0.0)
