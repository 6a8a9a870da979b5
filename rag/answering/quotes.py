"""Candidates -> Quotes: the one to three consecutive sentences of each exchange that answer, as spans."""

import datetime
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from embeddings.encoder import Vectors
from rag.answering.retrieval import Candidate
from rag.archive.archive import Archive
from rag.credit import Credit
from rag.question.query import Query
from rag.transcript import Span

_WORD = re.compile(r"\w+")
MOST_SENTENCES = 3
# A neighbour is quoted along if it scores this share of the best sentence.
NEIGHBOUR_SHARE = 0.9
# How many candidates are looked through for each quote wanted: for repeats, and for other conferences.
LOOKED_THROUGH = 3
# Two quotes that share this much of their words are one quote said twice.
SAME_WORDS = 0.8
# A quote about change over time must score this share of the best one.
OVER_TIME_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Repeat:
    """Where nearly the same words were said again."""

    date: datetime.date | None
    exchange_id: str


@dataclass(frozen=True, slots=True)
class Quote:
    """One to three consecutive sentences, verbatim, with all that is needed to cite them.

    `text` is the stored text at `span`; `context` that at `paragraph`, the whole one; `question` what the reporter
    asked; `also_said` the exchanges that say nearly the same.
    """

    span: Span
    text: str
    credit: Credit
    exchange_id: str
    question: str | None
    context: str
    paragraph: Span
    title: str
    source: str
    score: float
    candidate: Candidate
    also_said: tuple[Repeat, ...] = ()


def choose_quotes(
    candidates: Sequence[Candidate], query: Query, vector: Vectors, archive: Archive, k: int
) -> list[Quote]:
    """At most `k` quotes, best first, each from another exchange; nearly the same words stand once, with `also_said`.

    For a question about change over time each comes from another conference, and they are ordered by date.
    """
    chosen: list[Quote] = []
    words: list[frozenset[str]] = []
    for candidate in candidates[: LOOKED_THROUGH * k]:
        quote = cut_quote(candidate, vector, archive, query.filters.spokespeople)
        own = word_set(quote.text)
        twin = next((at for at, other in enumerate(words) if same_words(own, other)), None)
        if twin is not None:
            repeat = Repeat(quote.credit.date, quote.exchange_id)
            chosen[twin] = replace(chosen[twin], also_said=(*chosen[twin].also_said, repeat))
        elif len(chosen) < k and not (query.over_time and _crowds(quote, chosen)):
            chosen.append(quote)
            words.append(own)
    if query.over_time:
        chosen.sort(key=lambda quote: (quote.credit.date is None, quote.credit.date, quote.span))
    return chosen


def _crowds(quote: Quote, chosen: Sequence[Quote]) -> bool:
    weak = bool(chosen) and quote.score < OVER_TIME_SHARE * chosen[0].score
    return weak or any(quote.span.transcript_id == other.span.transcript_id for other in chosen)


def same_words(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts share most of their words: the Jaccard index of their word sets.

    >>> same_words(word_set("China firmly opposes it."), word_set("“China firmly opposes it!”"))
    True
    """
    return len(one & other) >= SAME_WORDS * len(one | other)


def word_set(text: str) -> frozenset[str]:
    """A text's words, case and marks aside."""
    return frozenset(_WORD.findall(text.casefold()))


def cut_quote(candidate: Candidate, vector: Vectors, archive: Archive, said_by: Collection[str] = ()) -> Quote:
    """The quote of a candidate's exchange, of those people where any are named.

    Asserts the promise: the text between its offsets is the quote.
    """
    exchange = archive.exchanges[candidate.place]
    head = archive.head(exchange.transcript_id)
    text = archive.text(exchange.transcript_id)
    span, paragraph = _best_words(candidate.place, vector, archive, said_by)
    quote = Quote(
        span=span,
        text=span.cut(text),
        credit=archive.credit(exchange, span.start),
        exchange_id=exchange.id,
        question=None if exchange.question is None else exchange.question.cut(text),
        context=paragraph.cut(text),
        paragraph=paragraph,
        title=head.title,
        source=head.sources[0],
        score=candidate.score,
        candidate=candidate,
    )
    if text[quote.span.start : quote.span.end] != quote.text:
        raise AssertionError(f"{exchange.id}: the quote is not the text at its offsets")
    return quote


def _best_words(place: int, vector: Vectors, archive: Archive, said_by: Collection[str]) -> tuple[Span, Span]:
    """The best run of sentences in an exchange's answer, and its paragraph."""
    exchange = archive.exchanges[place]
    rows = archive.exchange_sentences(place)
    places = archive.sentence_places[rows]
    scores = archive.sentence_vectors.scores(vector, np.arange(rows.start, rows.stop))
    if said_by:
        speakers = [exchange.speaker_at(int(start)) for start, _ in places]
        theirs = np.array([speaker is not None and speaker.name in said_by for speaker in speakers])
        scores = np.where(theirs, scores, np.float32(-1))
    best = places[int(scores.argmax())]
    paragraph = next(span for span in exchange.answer if span.start <= best[0] and best[1] <= span.end)
    inside = (places[:, 0] >= paragraph.start) & (places[:, 1] <= paragraph.end)
    first, last = best_run([float(score) for score in scores[inside]])
    start, end = places[inside][first][0], places[inside][last][1]
    return Span(exchange.transcript_id, int(start), int(end)), paragraph


def best_run(scores: Sequence[float]) -> tuple[int, int]:
    """First and last of the sentences to quote: the best one, grown by neighbours that score nearly as high.

    >>> best_run([0.1, 0.6, 0.58, 0.2])
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
