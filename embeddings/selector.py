"""A question and passages -> how likely each passage, and each sentence in it, is to answer: a cross-encoder.

One reading of [question | passage] tells both (after Provence, Chirkova et al., ICLR 2025, arXiv 2501.16214). It is the
packaged model with upper layers of its own and two heads: `selector.safetensors`, made by
`python -m eval.training.selector`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.bert import Bert, WeightsUnusable, load_weights
from embeddings.encoder import ModelUnavailable, Stretches, Vectors, digest_of, packaged_weights

SELECTOR = Path(__file__).with_name("selector.safetensors")
HEADS = ("passage.weight", "passage.bias", "sentence.weight", "sentence.bias")
# Tokens of a question that are read, from its end.
QUESTION_TOKENS = 72
# Pairs a batch at most: each is as long as the longest of its batch, and a core alone has no other reason for few.
_TOGETHER = 4
# Questions come in every length for months, and each new shape takes memory that is never given back.
_STEP = 16


@dataclass(frozen=True, slots=True)
class Relevance:
    """Log-odds that a passage answers, and that each of its sentences does, (sentences,)."""

    passage: float
    sentences: Vectors


class Selector:
    """The cross-encoder in `file`, on so many cores. Several threads may use it at once; ModelUnavailable."""

    def __init__(self, file: Path = SELECTOR, threads: int | None = None) -> None:
        try:
            self._bert = Bert.open(packaged_weights(), threads, file)
            heads = load_weights(file)
            passage, passage_bias, sentence, sentence_bias = (heads[name].astype(np.float32) for name in HEADS)
        except (WeightsUnusable, KeyError) as error:
            raise ModelUnavailable(f"the selector {file.name} can't be loaded: {error}") from error
        width = self._bert.dimension
        if (passage.shape, sentence.shape) != ((1, width), (1, 2 * width)):
            raise ModelUnavailable(f"the selector {file.name} has heads of another shape than its layers")
        self.name = file.stem
        self.fingerprint = digest_of(file)
        self._passage, self._passage_bias = passage[0], float(passage_bias[0])
        self._sentence, self._whole = sentence[0, :width], sentence[0, width:]
        self._sentence_bias = float(sentence_bias[0])

    def relevance(self, question: str, passages: Sequence[tuple[str, Stretches]]) -> list[Relevance]:
        """Of each passage: its text, and where its sentences stand in it. A long question is read from its end."""
        if not passages:
            return []
        pairs = self._bert.tokenise([(self._end_of(question), text) for text, _ in passages])

        def judge(at: int, states: Vectors) -> Relevance:
            pair, bounds = pairs[at], np.array(passages[at][1]).reshape(-1, 2)
            offsets = np.array(pair.offsets)
            own = (np.array(pair.type_ids) == 1) & (offsets[:, 1] > offsets[:, 0])
            inside = own & (offsets[:, 0] < bounds[:, 1:]) & (offsets[:, 1] > bounds[:, :1])
            means = (inside.astype(np.float32) @ states) / np.maximum(inside.sum(axis=1, keepdims=True), 1)
            sentences = means @ self._sentence + states[0] @ self._whole + self._sentence_bias
            return Relevance(float(states[0] @ self._passage) + self._passage_bias, sentences.astype(np.float32))

        # A share for every core: they are few, and somebody waits.
        return self._bert.read(pairs, judge, batch=min(_TOGETHER, -(-len(pairs) // self._bert.threads)), step=_STEP)

    def _end_of(self, question: str) -> str:
        tokens = self._bert.tokenise([question])[0].offsets[1:-1]
        return question if len(tokens) <= QUESTION_TOKENS else question[tokens[-QUESTION_TOKENS][0] :]
