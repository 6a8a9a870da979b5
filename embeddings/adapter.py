"""Question vectors -> nearer to what answers them: a linear map learnt from questions and their own answers.

An encoder alone puts a question next to other questions. The map moves it towards the words in which such questions
are answered here, and is kept only if it does so on groups of pairs that it was not trained on. torch is imported only
to train one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Vectors, unit

EPOCHS = 20
BATCH = 512
RATE = 2e-3
TEMPERATURE = 0.05
DECAY = 0.003
# One group of so many is held back.
FOLDS = 5
# Fewer pairs than this teach nothing, and prove nothing.
FEWEST = 300
RANKS = 10
BLOCK = 512


@dataclass(frozen=True, slots=True)
class Trial:
    """How a map did on `held_back` pairs of groups it had not seen: MRR@10 of each question's own answer among
    all answers, without the map and with it. `kept` is whether it is in use."""

    held_back: int
    without: float
    adapted: float

    @property
    def kept(self) -> bool:
        """Whether the map wins."""
        return self.adapted > self.without


def adapt(vectors: Vectors, adapter: Vectors, share: float = 0.5) -> Vectors:
    """Unit question vectors (n, d), moved by `share` (0 to 1) to where the adapter (d, d) sends them, unit again."""
    return unit((1 - share) * vectors + share * unit(np.asarray(vectors @ adapter.T, dtype=np.float32)))


def learn_adapter(questions: Vectors, answers: Vectors, groups: Sequence[str]) -> tuple[Vectors | None, Trial | None]:
    """The adapter of n pairs of unit vectors (n, d), each of a named group, and how it did on those held back.

    None for an adapter that does not win, and for both where the pairs are too few.
    """
    names = sorted(set(groups), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    if len(groups) < FEWEST or len(names) < FOLDS:
        return None, None
    held = np.isin(groups, names[: len(names) // FOLDS])
    trained = train_adapter(questions[~held], answers[~held])
    rows = np.flatnonzero(held)
    trial = Trial(
        held_back=len(rows),
        without=_reciprocal_rank(questions[rows], answers, rows),
        adapted=_reciprocal_rank(adapt(questions[rows], trained), answers, rows),
    )
    return (train_adapter(questions, answers) if trial.kept else None), trial


def train_adapter(questions: Vectors, answers: Vectors) -> Vectors:
    """The map (d, d) that brings each question (n, d) nearest to its own answer (n, d) among a batch's; all unit rows.

    The loss is InfoNCE (van den Oord, Li, Vinyals, 2018) with the other answers of a batch as negatives, and a penalty
    on the distance from the identity, from which training starts. Deterministic for the same pairs.
    """
    import torch
    from torch.nn import functional

    asked, answered = torch.from_numpy(questions), torch.from_numpy(answers)
    dimension = asked.shape[1]
    identity, change = torch.eye(dimension), torch.zeros(dimension, dimension, requires_grad=True)
    chance = torch.Generator().manual_seed(0)
    optimiser = torch.optim.AdamW([change], lr=RATE, weight_decay=0)
    for _ in range(EPOCHS):
        for batch in torch.split(torch.randperm(len(asked), generator=chance), BATCH):
            turned = functional.normalize(asked[batch] @ (identity + change).T, dim=1)
            alike = turned @ answered[batch].T / TEMPERATURE
            loss = functional.cross_entropy(alike, torch.arange(len(batch))) + DECAY * (change**2).sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    trained: Vectors = (identity + change).detach().numpy()
    return trained


def _reciprocal_rank(asked: Vectors, answers: Vectors, own: npt.NDArray[np.int64]) -> float:
    """Mean of 1 / rank of answers[own[i]] for asked[i], 0 below the first ten; in blocks, for memory's sake."""
    found = []
    for start in range(0, len(own), BLOCK):
        block = slice(start, start + BLOCK)
        scores = asked[block] @ answers.T
        ranks = 1 + (scores > scores[np.arange(len(scores)), own[block]][:, None]).sum(axis=1)
        found.append(np.where(ranks <= RANKS, 1 / ranks, 0))
    return float(np.concatenate(found).mean())
