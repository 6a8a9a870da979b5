"""Quotes, understanding, refusals and latency, as numbers. Rankings are measured in ranking.py.

Every function takes plain values and says in its docstring where its formula comes from.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.question.filters import Filters
from rag.transcript import Span

PERCENTILES = (50, 90, 99)
_WORD = re.compile(r"\w+")


def word_overlap(said: str, gold: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the words of `said` against those of `gold`, as bags (Rajpurkar et al., EMNLP 2016).

    >>> word_overlap("the trial is not linked", "It is not linked")
    (0.6, 0.75, 0.6666666666666665)
    """
    ours, theirs = Counter(_WORD.findall(said.casefold())), Counter(_WORD.findall(gold.casefold()))
    shared = (ours & theirs).total()
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / ours.total(), shared / theirs.total()
    return precision, recall, 2 * precision * recall / (precision + recall)


def hits(said: Span, gold: Span) -> bool:
    """Whether two stretches of one transcript are the same place: they share half of the shorter one."""
    if said.transcript_id != gold.transcript_id:
        return False
    # Below 0 where they are apart.
    shared = min(said.end, gold.end) - max(said.start, gold.start)
    return 2 * shared >= min(said.end - said.start, gold.end - gold.start)


@dataclass(frozen=True, slots=True)
class Counts:
    """Right, wrong and missed, over many questions."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float | None:
        """Of what was given, the share that is right; None where nothing was given."""
        given = self.right + self.wrong
        return self.right / given if given else None

    @property
    def recall(self) -> float | None:
        """Of what should have been given, the share that was; None where nothing should have been."""
        wanted = self.right + self.missed
        return self.right / wanted if wanted else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall (van Rijsbergen 1979): 2 right / (2 right + wrong + missed)."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else None


def count_filters(understood: Filters, right: Filters) -> dict[str, Counts]:
    """Each filter value that was understood, counted by field against the right ones; names compare without case."""
    ours, theirs = _values(understood), _values(right)
    return {
        field: Counts(
            len(ours[field] & theirs[field]), len(ours[field] - theirs[field]), len(theirs[field] - ours[field])
        )
        for field in ours
    }


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether one question was answered, how surely, whether the archive answers it, and how good the ranking was."""

    answered: bool
    confidence: float
    answerable: bool
    quality: float


def auroc(decisions: Sequence[Decision]) -> float | None:
    """The chance that an answerable question has more confidence than an unanswerable one, equals counting half.

    Hanley and McNeil, Radiology 1982. None where either kind is missing.
    """
    sure = np.array([each.confidence for each in decisions if each.answerable])
    unsure = np.array([each.confidence for each in decisions if not each.answerable])
    if not len(sure) or not len(unsure):
        return None
    # (answerable, unanswerable): each against each.
    above = (sure[:, None] > unsure).sum() + (sure[:, None] == unsure).sum() / 2
    return float(above / (len(sure) * len(unsure)))


def abstention(decisions: Sequence[Decision]) -> Counts:
    """Refusals as the positive class, as decided at the shipped threshold: a right one refuses the unanswerable."""
    return Counts(
        right=sum(not each.answered and not each.answerable for each in decisions),
        wrong=sum(not each.answered and each.answerable for each in decisions),
        missed=sum(each.answered and not each.answerable for each in decisions),
    )


def operating_curve(decisions: Sequence[Decision]) -> list[tuple[float, float, float]]:
    """(threshold, share of answerable answered, share of unanswerable refused), a point for each confidence given.

    A question is answered where its confidence is at or above the threshold.
    """
    sure = np.array([each.confidence for each in decisions if each.answerable])
    unsure = np.array([each.confidence for each in decisions if not each.answerable])
    if not len(sure) or not len(unsure):
        return []
    thresholds = sorted({each.confidence for each in decisions})
    return [(at, float((sure >= at).mean()), float((unsure < at).mean())) for at in thresholds]


def nauc(decisions: Sequence[Decision]) -> float | None:
    """How much of what an oracle would gain by abstaining is gained: 0 like chance, 1 like the oracle.

    Area under the mean quality of the questions kept, over the share abstained from, least confident first;
    less that of chance, over the same for an oracle that gives up the worst first (Gisserot-Boukhlef et al.,
    TMLR 2024). An unanswerable question has quality 0. None where every question has one quality.
    """
    quality = np.array([each.quality for each in decisions])
    if not len(quality) or quality.min() == quality.max():
        return None
    # The least sure first: those are given up first.
    by_confidence = np.argsort([each.confidence for each in decisions], kind="stable")
    chance, oracle = quality.mean(), _kept_area(np.sort(quality))
    return float((_kept_area(quality[by_confidence]) - chance) / (oracle - chance))


def latency(timings: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Stage -> percentile -> milliseconds, between two measured values in proportion (numpy's linear method)."""
    stages = list(dict.fromkeys(stage for laps in timings for stage in laps))
    return {
        stage: {
            f"p{share}": float(np.percentile([laps[stage] for laps in timings if stage in laps], share))
            for share in PERCENTILES
        }
        for stage in stages
    }


def _kept_area(quality: np.ndarray) -> float:
    """The mean, over dropping 0 … n - 1 from the front, of the mean of the rest."""
    # The mean of the last one, of the last two, … of all.
    kept = np.cumsum(quality[::-1]) / np.arange(1, len(quality) + 1)
    return float(kept.mean())


def _values(filters: Filters) -> dict[str, set[str]]:
    return {
        "date_from": {filters.date_from.isoformat()} if filters.date_from else set(),
        "date_to": {filters.date_to.isoformat()} if filters.date_to else set(),
        "spokespeople": {name.casefold() for name in filters.spokespeople},
        "outlets": {name.casefold() for name in filters.outlets},
    }
