"""Question sets x Podium -> the weights by which podium says how likely a quote is to answer.

A logistic regression over `rag.answering.selection.Evidence`: of each question's first candidates, whether what would
be quoted holds a sentence that a reader marked as answering.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import numpy.typing as npt

from eval.gold import resolve
from eval.measures import Decision, auroc
from eval.questions import Question
from rag.answering.quotes import cut_quote
from rag.answering.selection import Calibration, Evidence, weigh
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.transcript import Span

Floats = npt.NDArray[np.float64]

NAMES = tuple(each.name for each in fields(Evidence))
# How many candidates of a question are found, and how many of them teach.
DEPTH, TAUGHT = 20, 8
# How many quotes an answer has at most.
MOST = 5
RIDGE = 3.0
# The share of the answerable questions that get an answer; what is near has this share of the chance it takes.
ANSWERED = 0.92
NEAR_SHARE = 0.85


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
        first = weigh(found, podium.calibration, TAUGHT)
        quotes = [cut_quote(found, each) for each in first]
        right = tuple(any(holds(quote.span, answer) for answer in answers) for quote in quotes)
        taught.append(Taught(question, tuple(each.evidence for each in first), right))
    return taught


def holds(quoted: Span, answer: Span) -> bool:
    """Whether a quote holds the beginning of an answer; sets keep no more than a sentence's opening words."""
    return quoted.transcript_id == answer.transcript_id and quoted.start <= answer.start < quoted.end


def fit(weighed: Sequence[Taught]) -> Calibration:
    """The calibration that tells right candidates from others: ridge logistic regression by Newton's method.

    Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 4.4.1, with a ridge on the standardised weights.
    """
    raw = np.array([list(asdict(row).values()) for each in weighed for row in each.evidence], dtype=np.float64)
    right = np.array([said for each in weighed for said in each.right], dtype=np.float64)
    middle, spread = raw.mean(axis=0), raw.std(axis=0) + 1e-9
    beta = _newton(np.column_stack([np.ones(len(raw)), (raw - middle) / spread]), right)
    weights = dict(zip(NAMES, (beta[1:] / spread).round(3).tolist(), strict=True))
    bias = round(float(beta[0] - (beta[1:] * middle / spread).sum()), 3)
    unset = Calibration(bias, 0.0, 0.0, weights)
    surest = [_surest(unset, each) for each in weighed if each.question.answerable]
    answers = round(float(np.quantile(surest, 1 - ANSWERED)), 3)
    return Calibration(bias, answers, round(NEAR_SHARE * answers, 3), weights)


def report(calibration: Calibration, weighed: Sequence[Taught], half: str) -> str:
    """How a calibration does, as a line of the table that HEADER begins."""
    made = [
        Decision(
            answerable=each.question.answerable,
            answered=_surest(calibration, each) >= calibration.answers,
            confidence=_surest(calibration, each),
            quality=1.0,
        )
        for each in weighed
    ]
    answerable = [each.answered for each in made if each.answerable]
    others = [not each.answered for each in made if not each.answerable]
    shown = [right for each in weighed for right in _shown(calibration, each)]
    first = [any(_shown(calibration, each)[:1]) for each in weighed if each.question.answerable]
    some = [any(_shown(calibration, each)) for each in weighed if each.question.answerable]
    area = auroc(made)
    return (
        f"| {half} | {len(answerable)} | {len(others)} | {'' if area is None else f'{area:.3f}'} "
        f"| {np.mean(answerable) if answerable else 0:.3f} | {np.mean(others) if others else 0:.3f} "
        f"| {np.mean(first) if first else 0:.3f} | {np.mean(some) if some else 0:.3f} "
        f"| {np.mean(shown) if shown else 0:.3f} | {len(shown) / len(weighed):.2f} |"
    )


def as_toml(calibration: Calibration) -> str:
    """The calibration as the text of `rag/answering/selection.toml`."""
    weights = "\n".join(f"{name} = {value}" for name, value in calibration.weights.items())
    bounds = f"answers = {calibration.answers}\nnear = {calibration.near}"
    return f"bias = {calibration.bias}\n{bounds}\n\n[weights]\n{weights}\n"


def _shown(calibration: Calibration, weighed: Taught) -> list[bool]:
    """Whether each of the quotes that would be shown answers, the surest first."""
    sure = sorted(
        ((calibration.confidence(row), right) for row, right in zip(weighed.evidence, weighed.right, strict=True)),
        key=lambda pair: -pair[0],
    )[:MOST]
    return [right for chance, right in sure if chance >= calibration.answers]


def _surest(calibration: Calibration, weighed: Taught) -> float:
    return max((calibration.confidence(each) for each in weighed.evidence), default=0.0)


def _newton(rows: Floats, right: Floats, steps: int = 50) -> Floats:
    beta = np.zeros(rows.shape[1])
    ridge = np.diag([0.0] + [RIDGE] * (rows.shape[1] - 1))
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-rows @ beta))
        gradient = rows.T @ (right - chance) - ridge @ beta
        curvature = (rows * (chance * (1 - chance))[:, None]).T @ rows + ridge
        beta = beta + np.linalg.solve(curvature, gradient)
    return np.asarray(beta)
