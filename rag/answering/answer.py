"""Quotes -> Answer: the quotes that answer, or a refusal that says what the archive covers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.answering.matter import Matter
from rag.answering.quotes import Quote, by_date, with_repeats
from rag.answering.retrieval import Found
from rag.answering.selection import Calibration
from rag.archive.archive import Coverage
from rag.question.query import Query

# A refusal shows no more than so many quotes that are on the matter.
MOST_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What podium replies: `quotes`, each likely to answer; where there are none, `nearest` is on the matter at least.

    `confidence` is the calibrated chance that the archive answers.
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
    matter: Matter | None = None


def compose_answer(
    found: Found,
    quotes: Sequence[Quote],
    chance: float,
    calibration: Calibration,
    *,
    max_tokens: int | None,
    count_tokens: Callable[[str], int],
) -> Answer:
    """The answer that the quotes, best first, make if the chance that the archive answers is enough; else a refusal.

    The first quote stands alone unless others are likely enough to answer too.

    With `max_tokens`, quotes are kept in order while they and their context fit; a context that is too long
    gives way to the quote itself.
    """
    query, coverage = found.query, found.archive.coverage
    further = [quote for quote in quotes[1:] if quote.confidence >= calibration.further]
    likely = [*quotes[:1], *further] if chance >= calibration.answers else []
    shown = likely or ([*quotes[:1], *further][:MOST_NEAREST] if chance >= calibration.near else [])
    fitting = shown if max_tokens is None else _within(shown, max_tokens, count_tokens)
    kept = tuple(with_repeats(quote, found.archive) for quote in fitting)
    if query.over_time:
        kept = tuple(by_date(kept))
    answered = bool(likely) and bool(kept)
    if answered:
        text = attributed(kept)
    else:
        text = _too_long(likely, max_tokens) if likely and max_tokens is not None else refusal(coverage, query)
    return Answer(
        query=query,
        answered=answered,
        text=text,
        quotes=kept if answered else (),
        nearest=() if answered else kept,
        coverage=coverage,
        generation=found.archive.name,
        timings_ms={},
        confidence=chance,
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
    asked = f", looking at what was {query.in_words}" if query.in_words else ""
    return f"This archive does not answer that{asked}. It covers {coverage}."


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
            kept.append(replace(quote, context=quote.text, paragraphs=(quote.span,)))
            budget -= alone
    return kept
