"""Steps of questions and passages -> tuned weights: what is learned, and from which loss.

torch and transformers are imported only to train.
"""

import os
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from embeddings.bert import Bert, has_bfloat16, open_tokenizer
from embeddings.encoder import DEFAULT_WEIGHTS, Vectors, digest_of, packaged_weights, unit
from eval.training.lessons import Lesson, Page
from rag.errors import BadInput

FROZEN_LAYERS, DROPOUT, TEMPERATURE, DECAY, LONGEST_STEP = 2, 0.05, 0.05, 0.01, 1.0
QUESTION_TOKENS, PASSAGE_TOKENS = 96, 256
_BEGIN = "Give weights made by this."
CORES = len(os.sched_getaffinity(0))
# Texts that are read at once, each as long as the longest of them.
TOGETHER = 12
# Ids and types of the tokens of a text, and where in it each stands.
Tokens = tuple[list[int], list[int], list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Step:
    """Lessons, the pages that they are read against, and how many of the lessons have their sentences marked."""

    lessons: list[Lesson]
    pages: list[Page]
    marked: int


class Student:
    """all-MiniLM-L6-v2 with its upper layers free to change."""

    def __init__(self, dropout: float = DROPOUT) -> None:
        import torch
        from transformers import BertModel
        from transformers.utils.logging import disable_progress_bar, set_verbosity_error

        disable_progress_bar()  # type: ignore[no-untyped-call]
        set_verbosity_error()  # type: ignore[no-untyped-call]
        torch.set_num_threads(CORES)
        self.folder = packaged_weights()
        # The sha256 of the weights that it begins from.
        self.begun = DEFAULT_WEIGHTS
        # Whether they are as they were then.
        self.unchanged = True
        self.model: Any = BertModel.from_pretrained(self.folder, add_pooling_layer=False)
        for part in (self.model.embeddings, *self.model.encoder.layer[:FROZEN_LAYERS]):
            part.requires_grad_(False)
        self._drop(dropout)
        self.free = {name: each for name, each in self.model.named_parameters() if each.requires_grad}
        # How many times the rate a weight learns at, where not once.
        self.faster: dict[str, float] = {}
        self._torch: Any = torch
        self._bfloat16 = has_bfloat16()
        self.start()

    def _drop(self, share: float) -> None:
        """Drop this share of the free layers' states, one mask a text (Gal and Ghahramani, 2016); nothing else.

        A mask a token takes a third of a step to draw; attention without any is computed in one piece.
        """
        import torch

        class OneMaskAText(torch.nn.Module):
            def forward(self, states: Any) -> Any:
                if not self.training:
                    return states
                kept = states.new_empty(len(states), 1, states.shape[-1]).bernoulli_(1 - share)
                return states * kept / (1 - share)

        for part in self.model.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0
        for layer in self.model.encoder.layer[FROZEN_LAYERS:]:
            layer.attention.output.dropout, layer.output.dropout = OneMaskAText(), OneMaskAText()

    def questions(self, texts: Sequence[str]) -> Any:
        """(n, d) unit vectors, as a tensor that learns."""
        return self._torch.cat([_pooled(states, _all(states)) for states, _ in self._states_of(texts, QUESTION_TOKENS)])

    def passages(self, pages: Sequence[Page]) -> tuple[Any, Any]:
        """Unit vectors of passages (n, d) and, in order, of all their sentences: the mean of their tokens' states."""
        import torch

        whole, parts = [], []
        for page, (states, offsets) in zip(
            pages, self._states_of([page.text for page in pages], PASSAGE_TOKENS), strict=True
        ):
            first, last = offsets[:, 0], offsets[:, 1]
            inside = [(first < end) & (last > start) & (last > first) for start, end in page.sentences]
            whole.append(_pooled(states, _all(states)))
            parts.append(_pooled(states, torch.stack(inside)))
        return torch.cat(whole), torch.cat(parts)

    def _states_of(self, texts: Sequence[str], longest: int) -> list[tuple[Any, Any]]:
        read = self._tokenizer(longest).encode_batch(list(texts))
        return self.states([(each.ids, each.type_ids, each.offsets) for each in read])

    def states(self, texts: Sequence[Tokens]) -> list[tuple[Any, Any]]:
        """The last state of each token (t, d) of each text, and where the token stands in it (t, 2)."""
        import torch

        # The short with the short: little of what is read is padding.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at][0]))
        found: list[tuple[Any, Any]] = [(None, None)] * len(texts)
        for start in range(0, len(order), TOGETHER):
            together = order[start : start + TOGETHER]
            with torch.autocast("cpu", torch.bfloat16, enabled=self._bfloat16):
                read = self.model(**_padded([texts[at] for at in together])).last_hidden_state.float()
            for at, states in zip(together, read, strict=True):
                found[at] = states[: len(texts[at][0])], torch.tensor(texts[at][2])
        return found

    def _tokenizer(self, longest: int) -> Any:
        tokenizer = open_tokenizer(self.folder / "tokenizer.json")
        tokenizer.enable_truncation(longest)
        return tokenizer

    def read(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (n, d) of texts as the weights are now; without torch, which takes twice as long."""
        state = {name: tensor.detach().numpy() for name, tensor in self.model.state_dict().items()}
        bert = Bert.of(state, self._tokenizer(PASSAGE_TOKENS), threads=CORES)
        return unit(np.stack(bert.read(bert.tokenise(texts), lambda _, states: states.mean(axis=0))))

    def begin(self, file: Path) -> None:
        """Take over the weights that `save` wrote; BadInput where they are another model's."""
        try:
            weights = load_file(file)
        except SafetensorError as error:
            raise BadInput(f"{file} holds no weights: {error}", key="begin", remedy=_BEGIN) from error
        for name, each in self.free.items():
            if name not in weights or weights[name].shape != tuple(each.shape):
                raise BadInput(f"{file} has no {name} of this shape.", key="begin", remedy=_BEGIN)
            each.data.copy_(self._torch.from_numpy(weights[name].astype(np.float32)))
        self.begun = digest_of(file)

    def seed(self, seed: int) -> None:
        """Make what dropout takes away repeatable."""
        self._torch.manual_seed(seed)

    def start(self) -> None:
        """Forget how the last steps went."""
        # A group a weight, since heads that begin from nothing learn faster.
        groups = [{"params": [each], "times": self.faster.get(name, 1.0)} for name, each in self.free.items()]
        self.optimiser = self._torch.optim.AdamW(groups, weight_decay=DECAY)

    def loss(self, step: Any) -> Any:
        """The loss of a step."""
        return loss_of(self, step)

    def learn(self, step: Any, rate: float) -> float:
        """One step at this rate; the loss before it."""
        self.unchanged = False
        self.model.train()
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["times"]
        loss = self.loss(step)
        self.optimiser.zero_grad()
        loss.backward()
        self._torch.nn.utils.clip_grad_norm_(self.free.values(), LONGEST_STEP)
        self.optimiser.step()
        return float(loss.item())

    def state(self) -> dict[str, Any]:
        """What `load` takes up: the weights that may have changed, and how the last steps went."""
        weights = {name: each.detach() for name, each in self.free.items()}
        return {"weights": weights, "optimiser": self.optimiser.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        """Be as the one that gave this state."""
        self.unchanged = False
        for name, weights in state["weights"].items():
            self.free[name].data.copy_(weights)
        self.optimiser.load_state_dict(state["optimiser"])

    def save(self, out: Path) -> None:
        """Write what may have changed, in half precision; `embeddings.bert.Bert.open(..., tuned=out)` reads it."""
        out.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: each.detach().numpy().astype(np.float16) for name, each in self.free.items()}, out)


def _padded(texts: Sequence[Tokens]) -> dict[str, Any]:
    """What the model is given of texts, (n, t) each."""
    import torch

    longest = max(len(ids) for ids, _, _ in texts)
    ids, types, mask = (torch.zeros((len(texts), longest), dtype=torch.long) for _ in range(3))
    for at, (own, kinds, _) in enumerate(texts):
        ids[at, : len(own)] = torch.tensor(own)
        types[at, : len(own)] = torch.tensor(kinds)
        mask[at, : len(own)] = 1
    return {"input_ids": ids, "token_type_ids": types, "attention_mask": mask}


def _all(states: Any) -> Any:
    return states.new_ones(1, len(states))


def _pooled(states: Any, chosen: Any) -> Any:
    """(t, d) and masks (k, t) -> (k, d): the unit mean of each mask's states."""
    import torch

    # (k, t) of 0 and 1, each row made to sum to 1: a row that chooses nothing stays 0.
    weights = chosen.float()
    means = (weights / weights.sum(-1, keepdim=True).clamp(min=1)) @ states
    return torch.nn.functional.normalize(means, dim=-1)


def loss_of(student: Student, step: Step) -> Any:
    """InfoNCE of questions over passages and, where sentences are marked, over these (van den Oord et al., 2018).

    What stands in an exchange that answers or helps, yet isn't marked, counts neither way.
    """
    import torch

    lessons, pages, marked = step.lessons, step.pages, step.lessons[: step.marked]
    asked = student.questions([lesson.asked for lesson in lessons])
    passages, sentences = student.passages(pages)
    places = [(page.row, number) for page in pages for number in range(len(page.sentences))]
    # (lessons, pages)
    right = torch.tensor([[page.row in lesson.rows for page in pages] for lesson in lessons])
    close = torch.tensor([[page.exchange in lesson.exchanges for page in pages] for lesson in lessons])
    # (marked lessons, sentences of all pages)
    exact = torch.tensor([[place in lesson.right for place in places] for lesson in marked])
    helps = torch.tensor([[place in lesson.near for place in places] for lesson in marked])
    over_passages = _nce(asked @ passages.T / TEMPERATURE, right, close & ~right)
    return over_passages + _nce(asked[: step.marked] @ sentences.T / TEMPERATURE, exact, helps & ~exact)


def _nce(alike: Any, right: Any, ignored: Any) -> Any:
    # Not -inf: a row in which nothing is right would be inf less inf.
    alike = alike.masked_fill(ignored, -1e4)
    return (alike.logsumexp(1) - alike.masked_fill(~right, -1e4).logsumexp(1)).mean()


def write_checkpoint(file: Path, kept: dict[str, Any]) -> None:
    """Keep tensors and plain values in a file, whole or not at all."""
    import torch

    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.new")
    torch.save(kept, fresh)
    fresh.replace(file)


def read_checkpoint(file: Path) -> dict[str, Any]:
    """What was kept; BadInput."""
    import torch

    try:
        kept: dict[str, Any] = torch.load(file)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise BadInput(
            f"{file} can't be read: {str(error).splitlines()[0]}", key="out", remedy="Delete it to begin anew."
        ) from error
    return kept
