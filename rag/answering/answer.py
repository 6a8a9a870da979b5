"""Quotes -> Answer: the quotes that answer, or a refusal that says what the archive covers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.answering.quotes import Quote
from rag.answering.refusal import shipped_calibration
from rag.archive.archive import Coverage
from rag.question.query import Query


@dataclass(frozen=True, slots=True)
class Answer:
    """What podium replies. When `answered` is false, `quotes` is empty and `nearest` holds the closest ones.

    `confidence` is what the decision was taken on: the higher, the surer that the quotes answer.
    """

    query: Query
    answered: bool
    text: str
    quotes: tuple[Quote, ...]
    nearest: tuple[Quote, ...]
    coverage: Coverage
    generation: str
    timings_ms: dict[str, float]
    confidence: float


def compose_answer(
    query: Query,
    quotes: Sequence[Quote],
    confidence: float,
    coverage: Coverage,
    generation: str,
    *,
    max_tokens: int | None = None,
    count_tokens: Callable[[str], int] = len,
) -> Answer:
    """The answer that the quotes make; a refusal where the `confidence` that they answer is under the threshold.

    With `max_tokens`, quotes are kept in order while they and their context fit; a context that is too long
    gives way to the quote itself.
    """
    likely = bool(quotes) and confidence >= shipped_calibration().threshold
    kept = tuple(quotes if max_tokens is None else _within(quotes, max_tokens, count_tokens))
    answered = likely and bool(kept)
    if answered:
        text = attributed(kept)
    else:
        text = _too_long(quotes, max_tokens) if likely and max_tokens is not None else refusal(coverage, query)
    return Answer(
        query=query,
        answered=answered,
        text=text,
        quotes=kept if answered else (),
        nearest=() if answered else kept,
        coverage=coverage,
        generation=generation,
        timings_ms={},
        confidence=confidence,
    )


def with_quotes(answer: Answer, chosen: Sequence[Quote]) -> Answer:
    """The answer as somebody else's choice among its quotes makes it; a refusal where nothing was chosen."""
    return replace(
        answer,
        answered=bool(chosen),
        text=attributed(chosen) if chosen else refusal(answer.coverage, answer.query),
        quotes=tuple(chosen),
        nearest=() if chosen else answer.quotes or answer.nearest,
    )


def attributed(quotes: Sequence[Quote]) -> str:
    """The quotes as prose: who said it, when, to whom, the words, the mark.

    Zhao Lijian, 18 March 2021, to Reuters: "…" [1]
    """
    return "\n\n".join(f"{quote.credit}: “{quote.text}” [{number}]" for number, quote in enumerate(quotes, start=1))


def refusal(coverage: Coverage, query: Query) -> str:
    """Why there is no answer, in plain words: what was looked through, and for what, or that nothing was asked."""
    if query.reply:
        return query.reply
    held = f"{coverage.exchanges} exchanges of {coverage.transcripts} transcripts"
    dates = f", {coverage.date_from} to {coverage.date_to}" if coverage.date_from else ""
    asked = f" with what was asked for ({query.in_words})" if query.in_words else ""
    return f"This archive does not answer that{asked}. It covers {held}{dates}."


def _too_long(quotes: Sequence[Quote], budget: int) -> str:
    found = "1 quote was" if len(quotes) == 1 else f"{len(quotes)} quotes were"
    return f"{found} found, and none fits max_tokens {budget}: give more."


def _within(quotes: Sequence[Quote], budget: int, count: Callable[[str], int]) -> list[Quote]:
    kept = []
    for quote in quotes:
        whole, alone = count(quote.text) + count(quote.context), 2 * count(quote.text)
        if whole <= budget:
            kept.append(quote)
            budget -= whole
        elif alone <= budget:
            kept.append(replace(quote, context=quote.text, paragraph=quote.span))
            budget -= alone
    return kept
