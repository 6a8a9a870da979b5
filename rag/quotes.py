"""Candidates -> Quotes: the one to three consecutive sentences of each passage that answer, as spans."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embeddings.encoder import Vectors
from rag.archive import Archive
from rag.retrieval import Candidate
from rag.transcript import Span

MOST_SENTENCES = 3
NEIGHBOUR_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Quote:
    """One to three consecutive sentences, verbatim, with all that is needed to cite them.

    `text` is the stored text at `span`; `context` is the whole paragraph; `question` what the reporter asked.
    """

    span: Span
    text: str
    spokesperson: str | None
    date: datetime.date | None
    outlet: str | None
    exchange_id: str
    question: str | None
    context: str
    title: str
    source: str
    score: float
    candidate: Candidate


def cut_quotes(candidates: Sequence[Candidate], vector: Vectors, archive: Archive) -> list[Quote]:
    """The best sentences of each candidate's passage, in the candidates' order.

    Asserts the promise: the stored text between a quote's offsets is the quote.
    """
    return [_cut_quote(candidate, vector, archive) for candidate in candidates]


def _cut_quote(candidate: Candidate, vector: Vectors, archive: Archive) -> Quote:
    passage = archive.passage(candidate.row)
    exchange = archive.exchanges[candidate.place]
    head = archive.heads[exchange.transcript_id]
    text = archive.text(exchange.transcript_id)
    rows = archive.sentence_rows(candidate.row)
    scores = archive.sentence_vectors.scores(vector, np.arange(rows.start, rows.stop))
    first, last = best_run([float(score) for score in scores])
    span = Span(exchange.transcript_id, passage.sentences[first].start, passage.sentences[last].end)
    quote = Quote(
        span=span,
        text=span.cut(text),
        spokesperson=exchange.spokesperson,
        date=exchange.date,
        outlet=exchange.outlet,
        exchange_id=exchange.id,
        question=None if exchange.question is None else exchange.question.cut(text),
        context=_paragraph(exchange.answer, span).cut(text),
        title=head.title,
        source=head.sources[0],
        score=candidate.score,
        candidate=candidate,
    )
    if text[quote.span.start : quote.span.end] != quote.text:
        raise AssertionError(f"{exchange.id}: the quote is not the text at its offsets")
    return quote


def best_run(scores: Sequence[float]) -> tuple[int, int]:
    """First and last of the sentences to quote: the best one, grown by neighbours that score nearly as high.

    >>> best_run([0.1, 0.6, 0.5, 0.2])
    (1, 2)
    """
    first = last = int(np.argmax(scores))
    enough = NEIGHBOUR_SHARE * scores[first]
    while last - first + 1 < MOST_SENTENCES:
        left = scores[first - 1] if first else -1.0
        right = scores[last + 1] if last + 1 < len(scores) else -1.0
        if max(left, right) < max(enough, 0):
            break
        if left > right:
            first -= 1
        else:
            last += 1
    return first, last


def _paragraph(answer: Sequence[Span], span: Span) -> Span:
    return next(paragraph for paragraph in answer if paragraph.start <= span.start and span.end <= paragraph.end)
