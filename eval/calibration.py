"""Question sets x Podium -> the weights by which podium decides whether it has an answer.

A logistic regression over `rag.answering.refusal.Evidence`. Few questions of a set have no answer, so each that has is
asked a second time with every relevant exchange hidden: what is nearest then does not answer.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from eval.gold import resolve
from eval.measures import Decision, auroc
from eval.questions import Question
from rag.answering.refusal import Calibration, Evidence, weigh
from rag.answering.retrieval import find_candidates
from rag.pipeline import Podium, Retrieved

Floats = npt.NDArray[np.float64]

NAMES = tuple(each.name for each in fields(Evidence))
DEPTH = 40
RIDGE = 3.0
# What a question whose answers were hidden counts: the real ones are what podium is for.
HIDDEN = 0.5
# The share of the answerable questions that the threshold lets through.
ANSWERED = 0.95


@dataclass(frozen=True, slots=True)
class Weighed:
    """The evidence for one question; `hidden` is whether its answers were hidden for it."""

    question: Question
    answerable: bool
    hidden: bool
    evidence: Evidence | None


def weigh_questions(podium: Podium, questions: Sequence[Question]) -> list[Weighed]:
    """The evidence for each question, and for each answerable one again with its answers hidden."""
    gold = resolve(questions, podium.archive)
    weighed = []
    for question in questions:
        found = podium.retrieve(question.question, history=question.history, k=DEPTH)
        weighed.append(Weighed(question, question.answerable, False, _evidence(found)))
        if question.answerable:
            places = tuple(sorted(podium.archive.places[each] for each in gold[question.id].exchanges))
            weighed.append(Weighed(question, False, True, _evidence(_hiding(found, places))))
    return weighed


def fit(weighed: Sequence[Weighed]) -> Calibration:
    """The calibration that tells these apart: ridge logistic regression by Newton's method, classes weighed alike.

    Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 4.4.1, with a ridge on the standardised weights.
    """
    seen = [each for each in weighed if each.evidence is not None]
    raw = np.array([list(asdict(each.evidence).values()) for each in seen if each.evidence], dtype=np.float64)
    right = np.array([each.answerable for each in seen], dtype=np.float64)
    middle, spread = raw.mean(axis=0), raw.std(axis=0) + 1e-9
    scaled = np.column_stack([np.ones(len(raw)), (raw - middle) / spread])
    counted = np.array([HIDDEN if each.hidden else 1.0 for each in seen])
    shares = {kind: 0.5 * counted.sum() / counted[right == kind].sum() for kind in (0, 1)}
    balance = counted * np.where(right == 1, shares[1], shares[0])
    beta = _newton(scaled, right, balance)
    weights = dict(zip(NAMES, (beta[1:] / spread).round(3).tolist(), strict=True))
    bias = round(float(beta[0] - (beta[1:] * middle / spread).sum()), 3)
    unset = Calibration(bias, 0.0, weights)
    sure = [unset.confidence(each.evidence) for each in weighed if each.answerable]
    return Calibration(bias, round(float(np.quantile(sure, 1 - ANSWERED)), 3), weights)


def decisions(calibration: Calibration, weighed: Sequence[Weighed], *, hidden: bool) -> list[Decision]:
    """What a calibration decides; with `hidden`, the questions whose answers were hidden count too."""
    return [
        Decision(
            answerable=each.answerable,
            answered=calibration.confidence(each.evidence) >= calibration.threshold,
            confidence=calibration.confidence(each.evidence),
            quality=1.0,
        )
        for each in weighed
        if hidden or not each.hidden
    ]


def report(calibration: Calibration, weighed: Sequence[Weighed], half: str) -> str:
    """How a calibration does, as the lines of a table: the real questions, then those with hidden answers as well."""
    lines = []
    for name, hidden in (("real questions", False), ("with hidden answers", True)):
        made = decisions(calibration, weighed, hidden=hidden)
        answerable = [each.answered for each in made if each.answerable]
        others = [not each.answered for each in made if not each.answerable]
        lines.append(
            f"| {half} | {name} | {len(answerable)} | {len(others)} | {auroc(made):.3f} | {np.mean(answerable):.3f} "
            f"| {np.mean(others):.3f} |"
        )
    return "\n".join(lines)


def as_toml(calibration: Calibration) -> str:
    """The calibration as the text of `rag/answering/refusal.toml`."""
    weights = "\n".join(f"{name} = {value}" for name, value in calibration.weights.items())
    return f"bias = {calibration.bias}\nthreshold = {calibration.threshold}\n\n[weights]\n{weights}\n"


def _evidence(found: Retrieved) -> Evidence | None:
    return weigh(found.query, found.vector, found.candidates, found.archive, nearness=found.nearness)


def _hiding(found: Retrieved, places: tuple[int, ...]) -> Retrieved:
    query = replace(found.query, without=places)
    left = find_candidates(query, found.vector, found.archive, k=DEPTH, nearness=found.nearness)
    return replace(found, query=query, candidates=left)


def _newton(rows: Floats, right: Floats, balance: Floats, steps: int = 50) -> Floats:
    beta = np.zeros(rows.shape[1])
    ridge = np.diag([0.0] + [RIDGE] * (rows.shape[1] - 1))
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-rows @ beta))
        gradient = rows.T @ (balance * (right - chance)) - ridge @ beta
        curvature = (rows * (balance * chance * (1 - chance))[:, None]).T @ rows + ridge
        beta = beta + np.linalg.solve(curvature, gradient)
    return np.asarray(beta)
