"""Exchange -> Passages that tile the answer: whole sentences, each fitting the encoder with its context.

The context of a passage is the question it answers, cut to whole sentences. Passages of one exchange, put
together in order, are the answer less the white space between them: nothing is lost, nothing stands twice.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.language.sentences import split_sentences
from rag.transcript import Exchange, Span

CountTokens = Callable[[Sequence[str]], list[int]]

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one answer paragraph, the unit of retrieval; `sentences` tile it, `context` is embedded with it."""

    exchange_id: str
    span: Span
    context: Span | None
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """How passages are cut. All numbers are the encoder's tokens, its special tokens included in `max_tokens`.

    A passage stays under `passage_tokens` where its sentences allow, and its context under `context_tokens`.
    """

    max_tokens: int
    passage_tokens: int = 128
    context_tokens: int = 112


def embedded_text(text: str, passage: Passage) -> str:
    """What the encoder reads for a passage: its context, a line break, its own words."""
    context = "" if passage.context is None else passage.context.cut(text) + "\n"
    return context + passage.span.cut(text)


def cut_passages(text: str, exchange: Exchange, shape: Shape, count: CountTokens) -> list[Passage]:
    """The passages that tile `exchange`'s answer in `text`, in order."""
    context = None if exchange.question is None else fit_context(text, exchange.question, shape, count)
    spent = 0 if context is None else count([context.cut(text) + "\n"])[0]
    room = min(shape.passage_tokens, shape.max_tokens - spent)
    return [
        Passage(exchange.id, _joined(group), context, tuple(group))
        for paragraph in exchange.answer
        for group in _groups(text, paragraph, room, count)
    ]


def fit_context(text: str, question: Span, shape: Shape, count: CountTokens) -> Span | None:
    """The most of a question's whole sentences, from its end backwards, that fits; None if its last one is too long.

    A reporter tells the background first and asks at the end.
    """
    sentences = split_sentences(text, question)
    kept: Span | None = None
    for sentence in reversed(sentences):
        wider = Span(question.transcript_id, sentence.start, question.end)
        if count([wider.cut(text)])[0] > shape.context_tokens:
            break
        kept = wider
    return kept


def _groups(text: str, paragraph: Span, room: int, count: CountTokens) -> list[list[Span]]:
    """Runs of sentences of at most `room` tokens each; of near-equal length, so that no passage is a crumb."""
    sentences = [
        piece for sentence in split_sentences(text, paragraph) for piece in _pieces(text, sentence, room, count)
    ]
    sizes = count([sentence.cut(text) for sentence in sentences])
    # As few groups as will do, rounded up.
    parts = -(-sum(sizes) // room) if sizes else 0
    target = sum(sizes) / parts if parts else 0
    groups: list[list[Span]] = []
    filled = 0
    for sentence, size in zip(sentences, sizes, strict=True):
        # Taken in while at least half of it lies below the mean length.
        if groups and filled + size <= room and filled + size / 2 <= target:
            groups[-1].append(sentence)
            filled += size
        else:
            groups.append([sentence])
            filled = size
    return groups


def _pieces(text: str, sentence: Span, room: int, count: CountTokens) -> list[Span]:
    """The sentence itself, or, where it alone is over `room`, halves at the word boundary nearest its middle."""
    if count([sentence.cut(text)])[0] <= room:
        return [sentence]
    words = sentence.cut(text)
    middle = len(words) // 2
    inner = [match.start() for match in _WORD.finditer(words) if match.start() > 0]
    cut = min(inner, key=lambda at: abs(at - middle)) if inner else middle
    left, right = words[:cut].rstrip(), words[cut:]
    start = sentence.start
    halves = [
        Span(sentence.transcript_id, start, start + len(left)),
        Span(sentence.transcript_id, start + cut, start + cut + len(right)),
    ]
    return [piece for half in halves for piece in _pieces(text, half, room, count)]


def _joined(group: Sequence[Span]) -> Span:
    return Span(group[0].transcript_id, group[0].start, group[-1].end)
