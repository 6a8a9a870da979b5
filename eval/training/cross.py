"""Steps of questions and passages -> a selector's weights: what `embeddings.selector` reads, and from which loss.

torch is imported only to train.
"""

from dataclasses import dataclass
from typing import Any

from embeddings.encoder import TUNED
from embeddings.selector import QUESTION_TOKENS
from eval.training.lessons import Lesson, Page
from eval.training.student import Student, Tokens

DROPOUT, HEADS_RATE, LONGEST = 0.1, 10.0, 288
# What counts beside the choice among a question's passages, or none of them: each by itself, and its sentences.
EACH, SENTENCES, HELPS = 0.5, 0.7, 0.3


@dataclass(frozen=True, slots=True)
class Exercise:
    """A question, and the passages that it is read with."""

    lesson: Lesson
    pages: list[Page]


class CrossStudent(Student):
    """The tuned encoder with its upper layers free to change, and two heads over question and passage together."""

    def __init__(self) -> None:
        super().__init__(DROPOUT)
        import torch

        self.begin(TUNED)
        width = self.model.config.hidden_size
        self.seed(0)
        self.heads: Any = torch.nn.ModuleDict(
            {"passage": torch.nn.Linear(width, 1), "sentence": torch.nn.Linear(2 * width, 1)}
        )
        heads = dict(self.heads.named_parameters())
        self.free |= heads
        # They begin from nothing.
        self.faster = dict.fromkeys(heads, HEADS_RATE)
        self.start()

    def odds(self, pairs: list[tuple[str, Page]]) -> tuple[Any, list[Any]]:
        """Log-odds of each passage, (n,), and of the sentences of each, as tensors that learn."""
        import torch

        passages, sentences = [], []
        for (_, page), (states, places) in zip(pairs, self.states(self._tokens(pairs)), strict=True):
            first, last = places[:, 0], places[:, 1]
            # (sentences, t): the tokens that overlap [a, b), so neither empty ones nor the question's, at -1.
            inside = torch.stack([(first < b) & (last > torch.clamp(first, min=a)) for a, b in page.sentences]).float()
            means = inside @ states / inside.sum(1, keepdim=True).clamp(min=1)
            beside = states[0].expand(len(means), -1)
            passages.append(self.heads["passage"](states[0]).squeeze(-1))
            sentences.append(self.heads["sentence"](torch.cat([means, beside], 1)).squeeze(-1))
        return torch.stack(passages), sentences

    def _tokens(self, pairs: list[tuple[str, Page]]) -> list[Tokens]:
        """Of [question | passage], the question's at -1. Of what is too long, the ends of both are kept."""
        read = []
        tokenizer = self._tokenizer(LONGEST * 4)
        for asked, page in pairs:
            question, passage = tokenizer.encode(asked), tokenizer.encode(page.text)
            first, last = question.ids[0], question.ids[-1]
            head = [first, *question.ids[1:-1][-QUESTION_TOKENS:], last]
            room = LONGEST - len(head) - 1
            ids, places = passage.ids[1:-1][-room:], passage.offsets[1:-1][-room:]
            nowhere = (-1, -1)
            stand = [nowhere] * len(head) + places + [nowhere]
            read.append(([*head, *ids, last], [0] * len(head) + [1] * (len(ids) + 1), stand))
        return read

    def loss(self, step: list[Exercise]) -> Any:
        """The mean over exercises: which passage answers, if any, each passage by itself, each sentence by itself."""
        passages, sentences = self.odds([(each.lesson.asked, page) for each in step for page in each.pages])
        total: Any = 0
        first = 0
        for each in step:
            last = first + len(each.pages)
            total = total + _loss_of(each, passages[first:last], sentences[first:last])
            first = last
        return total / len(step)


def _loss_of(exercise: Exercise, passages: Any, sentences: list[Any]) -> Any:
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

    lesson, pages = exercise.lesson, exercise.pages
    right = torch.tensor([page.row in lesson.rows for page in pages])
    helping = {row for row, _ in lesson.near}
    helps = torch.tensor([page.row in helping for page in pages]) & ~right
    # "None of these" stands at 0, and is right where nothing answers. What helps counts neither way.
    among, chosen = torch.cat([passages, passages.new_zeros(1)]), torch.cat([right, torch.tensor([not lesson.rows])])
    among = among.masked_fill(torch.cat([helps, torch.tensor([False])]), -1e4)
    # -log of the share that what is right has of all.
    loss = among.logsumexp(0) - among[chosen].logsumexp(0) if chosen.any() else among.sum() * 0
    alone = cross_entropy(passages, right.float(), weight=torch.where(helps, HELPS, 1.0))
    loss = loss + EACH * alone
    places = [(page.row, number) for page in pages for number in range(len(page.sentences))]
    said = torch.cat(sentences)
    exact = torch.tensor([place in lesson.right for place in places])
    weights = torch.tensor([HELPS if place in lesson.near else 1.0 for place in places])
    each = cross_entropy(said, exact.float(), weight=weights, reduction="sum") / len(pages)
    # Of all sentences together, some right one; `each` asks of every sentence by itself.
    best = said.logsumexp(0) - said[exact].logsumexp(0) if exact.any() else 0
    return loss + SENTENCES * (each + best)
