"""Question sets x Podium -> the weights by which podium says how likely a quote is to answer.

Two logistic regressions over `rag.answering.selection.Evidence`: whether the archive answers a question, and, of the
first candidates where it does, whether what would be quoted holds a sentence that a reader marked as answering.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.gold import resolve
from eval.measures import Decision, auroc
from eval.questions import Question, conference_of
from rag.answering.quotes import cut_quote
from rag.answering.selection import PIECES, Calibration, Evidence, Regression, best_of, select
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.transcript import Span

Floats = npt.NDArray[np.float64]

# What speaks for an answer, and against; other pieces may count either way.
SENSE = dict.fromkeys(("score", "sentence", "lead", "cover", "read", "said", "ahead"), 1) | {"absent": -1}
# How many candidates of a question are found, and how many of them teach.
DEPTH, TAUGHT = 20, 8
# How many quotes an answer has at most.
MOST = 5
FOLDS = 5
RIDGE = 10.0
# The share of the questions with a right quote among their candidates that get an answer; what is near has this share
# of the chance it takes; a quote but the surest is shown from this confidence.
ANSWERED, NEAR_SHARE, FURTHER = 0.95, 0.7, 0.2


# `right` is the share of the quotes shown that answer, `shown` how many a question gets.
HEADER = """\
| part | answerable | not | AUROC | answered | refused | first answers | some answers | right | shown |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"""


@dataclass(frozen=True, slots=True)
class Taught:
    """One question's first candidates: the evidence for each, and whether what is quoted of it answers."""

    question: Question
    evidence: tuple[Evidence, ...]
    right: tuple[bool, ...]


def weigh_questions(podium: Podium, questions: Sequence[Question]) -> list[Taught]:
    """The evidence for the first candidates of each question."""
    gold = resolve(questions, podium.archive)
    taught = []
    for question in questions:
        found = podium.retrieve(Asked(question.question, history=tuple(question.history)), depth=DEPTH)
        answers = [each.span for each in gold[question.id].quotes if each.grade == 2]
        selected = select(found, podium.calibration, TAUGHT, podium.selector).weighed
        quotes = [cut_quote(found, each) for each in selected]
        right = tuple(any(holds(quote.span, answer) for answer in answers) for quote in quotes)
        taught.append(Taught(question, tuple(each.evidence for each in selected), right))
    return taught


def holds(quoted: Span, answer: Span) -> bool:
    """Whether a quote holds the beginning of an answer; sets keep no more than a sentence's opening words."""
    return quoted.transcript_id == answer.transcript_id and quoted.start <= answer.start < quoted.end


def fit(taught: Sequence[Taught]) -> Calibration:
    """The calibration that tells questions with an answer from others, and right candidates from others."""
    found = [each for each in taught if each.evidence]
    archive = _regression([(best_of(each.evidence), each.question.answerable) for each in found])
    rows = [each for each in found if each.question.answerable]
    quote = _regression([pair for each in rows for pair in zip(each.evidence, each.right, strict=True)])
    unset = Calibration(archive, quote, 0.0, FURTHER, 0.0)
    surest = [_chance(unset, each) for each in taught if any(each.right)] or [0.0]
    answers = round(float(np.quantile(surest, 1 - ANSWERED)), 3)
    return Calibration(archive, quote, answers, FURTHER, round(NEAR_SHARE * answers, 3))


def _regression(pairs: Sequence[tuple[Evidence, bool]]) -> Regression:
    """Ridge logistic regression by Newton's method, the ridge on the standardised weights.

    Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 4.4.1. Pieces of evidence say much the same, and
    a weight against the sense of its piece misleads far from what was seen: the worst such piece goes, until none is.
    """
    names = list(PIECES)
    while True:
        raw = np.array([[getattr(evidence, name) for name in names] for evidence, _ in pairs], dtype=np.float64)
        middle, spread = raw.mean(axis=0), raw.std(axis=0) + 1e-9
        right = np.array([said for _, said in pairs], dtype=np.float64)
        beta = _newton(np.column_stack([np.ones(len(raw)), (raw - middle) / spread]), right)
        sense = {name: SENSE.get(name, 0) * weight for name, weight in zip(names, beta[1:], strict=True)}
        worst = min(sense, key=sense.__getitem__)
        if sense[worst] >= 0:
            break
        names.remove(worst)
    weights = dict(zip(names, (beta[1:] / spread).round(3).tolist(), strict=True))
    bias = round(float(beta[0] - (beta[1:] * middle / spread).sum()), 3)
    return Regression(bias, {name: weights.get(name, 0.0) for name in PIECES})


def held_back(taught: Sequence[Taught], share: float = 1.0) -> list[tuple[Calibration, Taught]]:
    """Each question with a calibration that was fitted without its conference, to a share of the others."""
    folds = [int(hashlib.sha256(conference_of(each.question).encode()).hexdigest(), 16) % FOLDS for each in taught]
    pairs = []
    for fold in range(FOLDS):
        others = [each for each, at in zip(taught, folds, strict=True) if at != fold]
        chosen = random.Random(fold).sample(others, round(share * len(others)))
        calibration = fit(chosen)
        pairs += [(calibration, each) for each, at in zip(taught, folds, strict=True) if at == fold]
    return pairs


def report(weighed: Sequence[tuple[Calibration, Taught]], part: str) -> str:
    """How questions do by their calibrations, as a line of the table that HEADER begins."""
    made = [
        Decision(
            answerable=each.question.answerable,
            answered=_chance(calibration, each) >= calibration.answers,
            confidence=_chance(calibration, each),
            quality=1.0,
        )
        for calibration, each in weighed
    ]
    answerable = [each.answered for each in made if each.answerable]
    others = [not each.answered for each in made if not each.answerable]
    all_shown = [(each, _shown(calibration, each)) for calibration, each in weighed]
    shown = [right for _, quotes in all_shown for right in quotes]
    first = [any(quotes[:1]) for each, quotes in all_shown if each.question.answerable]
    some = [any(quotes) for each, quotes in all_shown if each.question.answerable]
    area = auroc(made)
    return (
        f"| {part} | {len(answerable)} | {len(others)} | {'' if area is None else f'{area:.3f}'} "
        f"| {np.mean(answerable) if answerable else 0:.3f} | {np.mean(others) if others else 0:.3f} "
        f"| {np.mean(first) if first else 0:.3f} | {np.mean(some) if some else 0:.3f} "
        f"| {np.mean(shown) if shown else 0:.3f} | {len(shown) / len(weighed):.2f} |"
    )


def as_toml(calibration: Calibration) -> str:
    """The calibration as the text of `rag/answering/selection.toml`."""
    lines = [f"{name} = {getattr(calibration, name)}" for name in ("answers", "further", "near")]
    for name in ("archive", "quote"):
        regression: Regression = getattr(calibration, name)
        weights = [f"{piece} = {weight}" for piece, weight in regression.weights.items()]
        lines += ["", f"[{name}]", f"bias = {regression.bias}", f"[{name}.weights]", *weights]
    return "\n".join(lines) + "\n"


def _shown(calibration: Calibration, taught: Taught) -> list[bool]:
    """Whether each of the quotes that would be shown answers, the surest first."""
    chance = _chance(calibration, taught)
    if chance < calibration.answers:
        return []
    chances = [chance * calibration.quote.chance(each) for each in taught.evidence]
    surest, *others = sorted(zip(chances, taught.right, strict=True), key=lambda pair: -pair[0])[:MOST]
    return [surest[1], *(right for sure, right in others if sure >= calibration.further)]


def _chance(calibration: Calibration, taught: Taught) -> float:
    return calibration.archive.chance(best_of(taught.evidence)) if taught.evidence else 0.0


def _newton(rows: Floats, right: Floats, steps: int = 50) -> Floats:
    beta = np.zeros(rows.shape[1])
    # So little on the bias that it only keeps rows that are all right, or all wrong, solvable.
    ridge = np.diag([1e-6] + [RIDGE] * (rows.shape[1] - 1))
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-rows @ beta))
        gradient = rows.T @ (right - chance) - ridge @ beta
        curvature = (rows * (chance * (1 - chance))[:, None]).T @ rows + ridge
        beta = beta + np.linalg.solve(curvature, gradient)
    return np.asarray(beta)
