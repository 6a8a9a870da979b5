"""Candidates -> whether they answer: evidence from several scores, weighed by what `refusal.toml` holds.

The weights are those of a logistic regression; `podium eval calibrate` fits them and prints the report that
`docs/retrieval.md` shows.
"""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib import resources

import numpy as np

from embeddings.encoder import Vectors
from rag.answering.retrieval import Candidate, Weights, find_candidates
from rag.archive.archive import Archive
from rag.archive.words import Scores, stems_of, words_of
from rag.language.glossary import find_named
from rag.question.filters import Filters
from rag.question.query import Query

# A word in capitals anywhere, one with a capital inside a sentence, and a number.
_NAME = re.compile(r"\b[A-Z]{2,}\b|(?<![.!?:] )(?<!^)\b[A-Z][\w’'-]+|\b\d+\b")
# Names that nearly every exchange is about, whether it has them or not.
_EVERYWHERE = frozenset(words_of("China Chinese Beijing"))
# The weight of a question's word that the archive has never seen.
_UNSEEN = 9.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the best candidate may or may not answer.

    score     its fused score
    passage   the cosine of its best passage
    lead      how far its score stands above the second's
    outside   how much better the best candidate is that the filters shut out: right topic, wrong speaker or date
    cover     the share of the question's words, weighed by rarity, that its exchange has under any name
    absent    the share of the question's words, weighed likewise, that name something and that its exchange lacks
    follows   1 for a follow-up, whose scores are lower since it is searched for twice, else 0
    filtered  1 if filters hold, which leave fewer candidates to be the best, else 0
    """

    score: float
    passage: float
    lead: float
    outside: float
    cover: float
    absent: float
    follows: float
    filtered: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The regression: confidence = 1 / (1 + exp(-(bias + sum of weight x evidence))); at `threshold` podium answers."""

    bias: float
    threshold: float
    weights: Mapping[str, float]

    def confidence(self, evidence: Evidence | None) -> float:
        """How sure it is, from 0 to 1, that the candidates answer; 0 where there are none."""
        if evidence is None:
            return 0.0
        sum_ = self.bias + sum(self.weights[name] * value for name, value in asdict(evidence).items())
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, sum_))))


@cache
def shipped_calibration() -> Calibration:
    """The calibration in `refusal.toml`."""
    table = tomllib.loads(resources.files("rag.answering").joinpath("refusal.toml").read_text("utf-8"))
    return Calibration(table["bias"], table["threshold"], table["weights"])


def weigh(
    query: Query,
    vector: Vectors,
    candidates: Sequence[Candidate],
    archive: Archive,
    *,
    weights: Weights | None = None,
    nearness: Scores | None = None,
) -> Evidence | None:
    """The evidence for the best of the candidates (at least two, best first), None where there are none."""
    if not candidates:
        return None
    if query.over_time:
        # Feedback brings every score near that of what was found first, which says nothing of whether it answers.
        query = replace(query, over_time=False)
        candidates = find_candidates(query, vector, archive, k=len(candidates), weights=weights, nearness=nearness)
    # By fused score, whatever order a reranker has put them in: that is what the weights were fitted on.
    ranked = sorted(candidates, key=lambda candidate: -candidate.score)
    best = ranked[0]
    filtered = query.filters != Filters()
    outside = 0.0
    if filtered:
        everywhere = find_candidates(
            replace(query, filters=Filters()), vector, archive, k=1, weights=weights, nearness=nearness
        )
        outside = max(0.0, everywhere[0].score - best.score)
    cover, absent = covered(query.searched[-1], best.place, archive)
    return Evidence(
        score=best.score,
        passage=best.passage,
        lead=best.score - ranked[1].score if len(ranked) > 1 else 0.0,
        outside=outside,
        cover=cover,
        absent=absent,
        follows=float(bool(query.conversation)),
        filtered=float(filtered),
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
