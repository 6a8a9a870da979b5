"""An answer as JSON: the same over HTTP, over MCP and in the terminal's --json."""

import datetime
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from rag.answering.answer import Answer
from rag.answering.quotes import Quote
from rag.answering.repeats import Repeats
from rag.api.citing import CitedSent, cited_sent
from rag.archive.archive import Coverage


class RepeatSent(BaseModel):
    """Another exchange in which nearly the same words stand."""

    date: datetime.date | None
    exchange_id: str


class RepeatsSent(BaseModel):
    """How often nearly the same words stand in the archive: the sentence of the quote from `start` to `end`."""

    start: int
    end: int
    times: Annotated[int, Field(description="In how many exchanges, the quote's own with them.")]
    first: datetime.date | None
    last: datetime.date | None
    by_month: Annotated[dict[str, int], Field(description="`2021-03` and how many exchanges; undated ones in none.")]
    exchanges: Annotated[list[RepeatSent], Field(description="The others by date; of many the first and last few.")]
    in_words: str


class StretchSent(BaseModel):
    """A stretch of a transcript, in Unicode code points."""

    start: int
    end: int


class QuoteSent(CitedSent):
    """A verbatim quote: `text` is the transcript's text from `start` to `end`, in Unicode code points."""

    number: int
    focus: Annotated[list[StretchSent], Field(description="The sentences of the quote that answer: where they stand.")]
    question: str | None
    context: str
    score: float
    confidence: Annotated[float, Field(description="The calibrated chance, from 0 to 1, that the quote answers.")]
    also_said: Annotated[RepeatsSent | None, Field(description="null for words that stand nowhere else.")] = None


class UnderstoodSent(BaseModel):
    """What podium made of the question."""

    date_from: datetime.date | None
    date_to: datetime.date | None
    undated: Annotated[bool, Field(description="Whether what has no date stands beside these days.")]
    spokespeople: list[str]
    outlets: list[str]
    institutions: list[str]
    reporters: list[str]
    standalone_question: str
    in_words: str


class CoverageSent(BaseModel):
    """What the archive holds."""

    transcripts: int
    exchanges: int
    date_from: datetime.date | None
    date_to: datetime.date | None
    spokespeople: list[str]
    institutions: list[str]


class SearchResultText(BaseModel):
    """The words of a search_result block."""

    type: Literal["text"] = "text"
    text: str


class CitationsSent(BaseModel):
    """Whether Claude cites a block."""

    enabled: bool = True


class SearchResultSent(BaseModel):
    """A quote as Anthropic's Messages API takes it, in a user message or as a tool's result."""

    type: Literal["search_result"] = "search_result"
    source: str
    title: str
    content: list[SearchResultText]
    citations: CitationsSent = CitationsSent()


class AnswerSent(BaseModel):
    """The answer; `nearest` is there only when `answered` is false, `search_results` only when asked for."""

    question: str
    answered: bool
    answer: str
    quotes: list[QuoteSent]
    nearest: list[QuoteSent] | None = None
    understood: UnderstoodSent
    coverage: CoverageSent
    generation: str
    timings_ms: dict[str, float]
    search_results: list[SearchResultSent] | None = None


def answer_sent(answer: Answer, base_url: str) -> AnswerSent:
    """An Answer as JSON; links start with `base_url`, and lead to the sources where it is empty."""
    sent = AnswerSent(
        question=answer.query.question,
        answered=answer.answered,
        answer=answer.text,
        quotes=_numbered(answer.quotes, base_url),
        understood=UnderstoodSent(
            **asdict(answer.query.filters),
            standalone_question=answer.query.standalone,
            in_words=answer.query.in_words,
        ),
        coverage=coverage_sent(answer.coverage),
        generation=answer.generation,
        timings_ms=answer.timings_ms,
    )
    if not answer.answered:
        # Set afterwards, and only then: what is left unset is not sent.
        sent.nearest = _numbered(answer.nearest, base_url)
    return sent


def search_results(quotes: Sequence[QuoteSent]) -> list[SearchResultSent]:
    """Quotes as Anthropic's search_result blocks; dumped whole, defaults and all."""
    return [
        SearchResultSent(
            type="search_result",
            source=quote.url,
            title=f"{quote.credit}: {quote.title}",
            content=[SearchResultText(type="text", text=quote.text)],
            citations=CitationsSent(enabled=True),
        )
        for quote in quotes
    ]


def coverage_sent(coverage: Coverage) -> CoverageSent:
    """A Coverage as JSON."""
    return CoverageSent.model_validate(coverage, from_attributes=True)


def _repeats_sent(repeats: Repeats) -> RepeatsSent:
    return RepeatsSent(
        start=repeats.words.start,
        end=repeats.words.end,
        times=repeats.times,
        first=repeats.first,
        last=repeats.last,
        by_month={f"{year}-{month:02}": count for (year, month), count in repeats.by_month.items()},
        exchanges=[RepeatSent(date=each.date, exchange_id=each.exchange_id) for each in repeats.others],
        in_words=str(repeats),
    )


def _numbered(quotes: Sequence[Quote], base_url: str) -> list[QuoteSent]:
    return [
        QuoteSent(
            **cited_sent(quote, base_url).model_dump(),
            number=number,
            focus=[StretchSent(start=quote.focus.start, end=quote.focus.end)],
            question=quote.question,
            context=quote.context,
            score=round(quote.candidate.score, 4),
            confidence=round(quote.confidence, 3),
            also_said=None if quote.also_said is None else _repeats_sent(quote.also_said),
        )
        for number, quote in enumerate(quotes, start=1)
    ]
