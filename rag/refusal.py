"""Candidates -> whether they answer: evidence from several scores, weighed by what `refusal.toml` holds.

The weights are those of a logistic regression; `podium eval calibrate` fits them and prints the report that
`docs/retrieval.md` shows.
"""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib import resources

from embeddings.encoder import Vectors
from rag.archive import Archive
from rag.lexical import Scores, words_of
from rag.query import Filters, Query
from rag.retrieval import Candidate, Weights, find_candidates

# Ranks that stand for "nothing in particular": what the best one must rise above.
_CROWD = slice(5, 15)
# The weight of a question's word that the archive has never seen.
_UNSEEN = 9.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the best candidate may or may not answer.

    score     its fused score
    margin    how far it stands above the crowd (the mean of ranks 6 to 15, filters aside)
    lead      how far it stands above the second
    cover     the share of the question's words, weighed by rarity, that its exchange has
    outside   how much better the best candidate is that the filters shut out: right topic, wrong speaker or date
    agreed    1 if word search puts it first too, else 0
    """

    score: float
    margin: float
    lead: float
    cover: float
    outside: float
    agreed: float


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
    table = tomllib.loads(resources.files("rag").joinpath("refusal.toml").read_text("utf-8"))
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
    """The evidence for the best of the candidates (ranked to a depth of 15 or more), None where there are none."""
    if not candidates:
        return None
    if query.over_time:
        # Feedback brings every score near that of what was found first, which says nothing of whether it answers.
        query = replace(query, over_time=False)
        candidates = find_candidates(query, vector, archive, k=len(candidates), weights=weights, nearness=nearness)
    # By fused score, whatever order a reranker has put them in: that is what the weights were fitted on.
    ranked = sorted(candidates, key=lambda candidate: -candidate.score)
    best, everywhere = ranked[0], ranked
    if query.filters != Filters():
        unfiltered = replace(query, filters=Filters())
        everywhere = find_candidates(unfiltered, vector, archive, k=_CROWD.stop, weights=weights, nearness=nearness)
    crowd = [candidate.score for candidate in everywhere[_CROWD]] or [0.0]
    second = ranked[1].score if len(ranked) > 1 else sum(crowd) / len(crowd)
    return Evidence(
        score=best.score,
        margin=best.score - sum(crowd) / len(crowd),
        lead=best.score - second,
        cover=cover(query, best.place, archive),
        outside=max(0.0, everywhere[0].score - best.score),
        agreed=float(best.lexical >= max(candidate.lexical for candidate in ranked)),
    )


def cover(query: Query, place: int, archive: Archive) -> float:
    """The share of the question's words, weighed by rarity, that an exchange has in any form, typos mended."""
    exchange = archive.exchanges[place]
    text = archive.text(exchange.transcript_id)
    there = set(words_of(" ".join(span.cut(text) for span in exchange.spans)))
    asked = query.searched[-1]
    total = found = 0.0
    for word in dict.fromkeys(words_of(asked)):
        near = archive.words.nearest(word)
        weight = archive.words.weight(near or word) or _UNSEEN
        total += weight
        if word in there or (near is not None and near in there):
            found += weight
    return found / total if total else 0.0
