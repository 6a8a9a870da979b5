"""Found, weighed -> Quotes: the consecutive sentences of each exchange that can be read alone and answer, as spans."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answering.repeats import Repeats, find_repeats
from rag.answering.retrieval import Candidate, Found
from rag.answering.selection import Weighed, run_of
from rag.answering.stretches import says_nothing
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
    """The quote of a candidate's exchange.

    Asserts the promise: the text between its offsets is the quote.
    """
    archive = found.archive
    exchange = archive.exchanges[weighed.candidate.place]
    head = archive.head(exchange.transcript_id)
    text = archive.text(exchange.transcript_id)
    span = weighed.span
    paragraphs = tuple(each for each in exchange.answer if each.start < span.end and span.start < each.end)
    quote = Quote(
        span=span,
        text=span.cut(text),
        focus=weighed.focus,
        credit=archive.credit(exchange, span.start),
        exchange_id=exchange.id,
        question=None if exchange.question is None else exchange.question.cut(text),
        context=run_of(paragraphs, (0, -1)).cut(text),
        paragraphs=paragraphs,
        title=head.title,
        source=source_at(head.sources[0], text, span.start),
        candidate=weighed.candidate,
        confidence=weighed.confidence,
    )
    if text[quote.span.start : quote.span.end] != quote.text:
        raise AssertionError(f"{exchange.id}: the quote is not the text at its offsets")
    return quote
