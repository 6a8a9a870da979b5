"""Found, weighed -> Quotes: the consecutive sentences of each exchange that can be read alone and answer, as spans."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.answering.repeats import Repeats, find_repeats
from rag.answering.retrieval import Candidate, Found
from rag.answering.selection import Weighed
from rag.answering.stretches import focus_of, says_nothing, stretch_of
from rag.archive.archive import Archive
from rag.archive.sayings import Words, nearly_same, words_in
from rag.clock import source_at
from rag.credit import Credit
from rag.transcript import Span

# How many candidates are looked through for each quote wanted: for repeats, and for other conferences.
LOOKED_THROUGH = 3


@dataclass(frozen=True, slots=True)
class Quote:
    """Consecutive sentences of one speaker, verbatim, with all that is needed to cite them.

    `text` is the stored text at `span`; `focus` the sentences in it that answer; `confidence` the calibrated chance
    that they do; `context` the `paragraphs` that it stands in, whole; `question` what the reporter asked;
    `twins` the places of other exchanges found for the question that say the same; `also_said` where in the whole
    archive nearly the same words stand, once `with_repeats` has looked.
    """

    span: Span
    text: str
    focus: Span
    credit: Credit
    exchange_id: str
    question: str | None
    context: str
    paragraphs: tuple[Span, ...]
    title: str
    source: str
    candidate: Candidate
    confidence: float
    twins: tuple[int, ...] = ()
    also_said: Repeats | None = None


def choose_quotes(found: Found, weighed: Sequence[Weighed], k: int) -> list[Quote]:
    """At most `k` quotes that say something, in the order of the `weighed` candidates, each from another exchange.

    The same words stand once, with their `twins`. For a question about change over time each is of another conference.
    """
    chosen: list[Quote] = []
    twins: list[list[int]] = []
    words: list[Words] = []
    for each in weighed:
        quote = cut_quote(found, each)
        if says_nothing(quote.text):
            continue
        own = words_in(quote.text)
        twin = next((at for at, other in enumerate(words) if nearly_same(own, other)), None)
        if twin is not None:
            twins[twin].append(each.candidate.place)
        elif len(chosen) < k and not (found.query.over_time and _crowds(quote, chosen)):
            chosen.append(quote)
            words.append(own)
            twins.append([])
    return [replace(quote, twins=tuple(places)) for quote, places in zip(chosen, twins, strict=True)]


def with_repeats(quote: Quote, archive: Archive) -> Quote:
    """The quote with `also_said`."""
    return replace(quote, also_said=find_repeats(quote.focus, quote.candidate.place, quote.twins, archive))


def by_date(quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes of a question about change over time, as they were said one after the other."""
    return sorted(quotes, key=lambda quote: (quote.credit.date is None, quote.credit.date, quote.span))


def _crowds(quote: Quote, chosen: Sequence[Quote]) -> bool:
    return any(quote.span.transcript_id == other.span.transcript_id for other in chosen)


def cut_quote(found: Found, weighed: Weighed) -> Quote:
    """The quote of a candidate's exchange, of the people whom the filters name where they name any.

    Asserts the promise: the text between its offsets is the quote.
    """
    archive = found.archive
    exchange = archive.exchanges[weighed.candidate.place]
    head = archive.head(exchange.transcript_id)
    text = archive.text(exchange.transcript_id)
    span, focus = _best_words(found, weighed)
    paragraphs = tuple(each for each in exchange.answer if each.start < span.end and span.start < each.end)
    quote = Quote(
        span=span,
        text=span.cut(text),
        focus=focus,
        credit=archive.credit(exchange, span.start),
        exchange_id=exchange.id,
        question=None if exchange.question is None else exchange.question.cut(text),
        context=_run(paragraphs, (0, -1)).cut(text),
        paragraphs=paragraphs,
        title=head.title,
        source=source_at(head.sources[0], text, span.start),
        candidate=weighed.candidate,
        confidence=weighed.confidence,
    )
    if text[quote.span.start : quote.span.end] != quote.text:
        raise AssertionError(f"{exchange.id}: the quote is not the text at its offsets")
    return quote


def _best_words(found: Found, weighed: Weighed) -> tuple[Span, Span]:
    """Of an exchange's answer: the stretch to quote, and the sentences in it that answer."""
    archive, scores = found.archive, weighed.sentences
    exchange = archive.exchanges[weighed.candidate.place]
    places = archive.sentence_places[archive.exchange_sentences(weighed.candidate.place)]
    said_by = found.query.filters.spokespeople
    if said_by:
        speakers = [exchange.speaker_at(int(start)) for start, _ in places]
        theirs = np.array([speaker is not None and speaker.name in said_by for speaker in speakers])
        scores = np.where(theirs, scores, np.float32(-1))
    best = places[int(scores.argmax())]
    text = archive.text(exchange.transcript_id)
    speech = next(run for run in exchange.speeches(text) if run[0].start <= best[0] and best[1] <= run[-1].end)
    inside = (places[:, 0] >= speech[0].start) & (places[:, 1] <= speech[-1].end)
    spans = [Span(exchange.transcript_id, int(start), int(end)) for start, end in places[inside]]
    likely = [float(score) for score in scores[inside]]
    focus = focus_of(likely)
    stretch = stretch_of([span.cut(text) for span in spans], likely, focus)
    return _run(spans, stretch), _run(spans, focus)


def _run(spans: Sequence[Span], ends: tuple[int, int]) -> Span:
    return Span(spans[0].transcript_id, spans[ends[0]].start, spans[ends[1]].end)
