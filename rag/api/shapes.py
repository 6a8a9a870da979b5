"""What podium sends and takes, as JSON: the same over HTTP, in the terminal's --json and in `inspect`."""

import datetime
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import quote as quoted

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rag.answering.answer import Answer
from rag.answering.quotes import Quote
from rag.answering.repeats import Repeats
from rag.archive.archive import Coverage
from rag.credit import Credit
from rag.page.marking import word_hash
from rag.question.asked import MAX_CHARACTERS, MAX_QUOTES, MAX_TOKENS, Asked
from rag.question.filters import Filters
from rag.transcript import Exchange, Span, Transcript

if TYPE_CHECKING:
    from rag.reading.reading import Reading


def _only_iso(given: object) -> object:
    """pydantic alone takes 0 for a day in 1970."""
    if not (given is None or isinstance(given, datetime.date) or (isinstance(given, str) and _ISO.fullmatch(given))):
        raise ValueError("a day is written as YYYY-MM-DD")
    return given


_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Day = Annotated[datetime.date, BeforeValidator(_only_iso)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FiltersAsked(_Asked):
    """What an answer must satisfy; leave out what doesn't matter. Dates are inclusive, as YYYY-MM-DD."""

    date_from: Day | None = None
    date_to: Day | None = None
    spokespeople: Annotated[list[str], Field(max_length=50)] = []
    outlets: Annotated[list[str], Field(max_length=50)] = []
    institutions: Annotated[list[str], Field(max_length=50)] = []
    reporters: Annotated[list[str], Field(max_length=50)] = []

    def as_filters(self) -> Filters:
        """The same as the pipeline takes it."""
        names = (self.spokespeople, self.outlets, self.institutions, self.reporters)
        return Filters(self.date_from, self.date_to, *map(tuple, names))


class QueryAsked(_Asked):
    """A question to the archive."""

    question: Annotated[str, Field(max_length=MAX_CHARACTERS, examples=["What was said about the trial?"])]
    k: Annotated[
        int, Field(strict=True, ge=1, le=MAX_QUOTES, description="At most so many quotes, each from another exchange.")
    ] = 5
    history: Annotated[list[str], Field(max_length=100, description="Earlier questions, oldest first.")] = []
    filters: FiltersAsked = FiltersAsked()
    understand: Annotated[
        bool, Field(description="Whether dates and names of who speaks or asks in the question become filters.")
    ] = True
    today: Annotated[Day | None, Field(description="The day that 'yesterday' and 'last May' count from.")] = None
    max_tokens: Annotated[
        int | None,
        Field(strict=True, ge=1, le=MAX_TOKENS, description="Budget for all quotes and context together, in tokens."),
    ] = None
    format: Annotated[
        Literal["anthropic"] | None,
        Field(description="`anthropic` adds the quotes as search_result blocks, for Claude to cite."),
    ] = None

    def as_asked(self) -> Asked:
        """The same as the pipeline takes it; BadInput."""
        return Asked(
            self.question,
            k=self.k,
            filters=self.filters.as_filters(),
            history=tuple(self.history),
            max_tokens=self.max_tokens,
            today=self.today,
            understand=self.understand,
        )


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


class QuoteSent(BaseModel):
    """A verbatim quote: `text` is the transcript's text from `start` to `end`, in Unicode code points."""

    number: int
    text: str
    transcript_id: str
    start: int
    end: int
    focus: Annotated[list[StretchSent], Field(description="The sentences of the quote that answer: where they stand.")]
    spokesperson: str | None
    office: Annotated[str | None, Field(description="The office of who says it, where the transcript tells.")]
    institution: Annotated[str | None, Field(description="Where an archive has several.")]
    uncertain: Annotated[bool, Field(description="Whether the transcript doesn't tell well enough who speaks.")]
    date: datetime.date | None
    outlet: str | None
    exchange_id: str
    question: str | None
    context: str
    title: str
    source: str
    url: str
    score: float
    confidence: Annotated[float, Field(description="The calibrated chance, from 0 to 1, that the quote answers.")]
    also_said: Annotated[RepeatsSent | None, Field(description="null for words that stand nowhere else.")] = None

    @property
    def credit(self) -> Credit:
        """Who said it, when and to whom, in words."""
        return Credit(self.spokesperson, self.date, self.outlet, self.office, self.institution, self.uncertain)


class UnderstoodSent(BaseModel):
    """What podium made of the question."""

    date_from: datetime.date | None
    date_to: datetime.date | None
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


class SpanSent(BaseModel):
    """A stretch of the transcript's text and where it stands there."""

    start: int
    end: int
    text: str


class SpeakerSent(BaseModel):
    """Who says something, with the office that the transcript gives."""

    name: str
    office: str | None


class SaidSent(SpanSent):
    """A stretch of an answer and who says it."""

    speaker: SpeakerSent | None


class ExchangeSent(BaseModel):
    """One reporter's turn and the answer to it, a span a paragraph."""

    id: str
    transcript_id: str
    number: int
    kind: str
    outlet: str | None
    label: str | None
    reporter: str | None
    spokesperson: str | None
    date: datetime.date | None
    question: SpanSent | None
    answer: list[SaidSent]
    interjections: list[SpanSent]
    follows: int | None
    url: str


class TranscriptHeadSent(BaseModel):
    """A transcript without its words."""

    id: str
    title: str
    date: datetime.date | None
    institution: str | None
    uncertain: bool
    spokesperson: str | None
    sources: list[str]
    sha256: str


class TranscriptSent(TranscriptHeadSent):
    """A whole transcript."""

    text: str
    exchanges: list[ExchangeSent]


class OdditySent(BaseModel):
    """Something the reader noticed, with its line in the stored text (0: the whole file)."""

    line: int
    kind: str
    message: str


class InspectedSent(BaseModel):
    """What the reader made of a file; `error` where it made nothing of it."""

    file: str
    transcript: TranscriptSent | None
    origins: dict[str, str]
    oddities: list[OdditySent]
    error: str | None = None


def answer_sent(answer: Answer, base_url: str) -> AnswerSent:
    """An Answer as JSON; links start with `base_url`, and lead to the sources where it is empty."""
    filters = answer.query.filters
    sent = AnswerSent(
        question=answer.query.question,
        answered=answer.answered,
        answer=answer.text,
        quotes=_numbered(answer.quotes, base_url),
        understood=UnderstoodSent(
            date_from=filters.date_from,
            date_to=filters.date_to,
            spokespeople=list(filters.spokespeople),
            outlets=list(filters.outlets),
            institutions=list(filters.institutions),
            reporters=list(filters.reporters),
            standalone_question=answer.query.standalone,
            in_words=answer.query.in_words,
        ),
        coverage=coverage_sent(answer.coverage),
        generation=answer.generation,
        timings_ms=answer.timings_ms,
    )
    if not answer.answered:
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


def exchange_sent(exchange: Exchange, text: str, base_url: str) -> ExchangeSent:
    """An Exchange as JSON, its words cut from the transcript's `text`."""

    def sent(span: Span) -> SpanSent:
        return SpanSent(start=span.start, end=span.end, text=span.cut(text))

    def said(span: Span) -> SaidSent:
        speaker = exchange.speaker_at(span.start)
        by = SpeakerSent(name=speaker.name, office=speaker.office) if speaker else None
        return SaidSent(**sent(span).model_dump(), speaker=by)

    return ExchangeSent(
        id=exchange.id,
        transcript_id=exchange.transcript_id,
        number=exchange.number,
        kind=exchange.kind,
        outlet=exchange.outlet,
        label=exchange.label,
        reporter=exchange.reporter,
        spokesperson=exchange.spokesperson,
        date=exchange.date,
        question=None if exchange.question is None else sent(exchange.question),
        answer=[said(span) for span in exchange.answer],
        interjections=[sent(span) for span in exchange.interjections],
        follows=exchange.follows,
        url=permalink(base_url, exchange.id),
    )


def head_sent(transcript: Transcript) -> TranscriptHeadSent:
    """A Transcript as JSON without its words."""
    return TranscriptHeadSent(
        id=transcript.id,
        title=transcript.title,
        date=transcript.date,
        institution=transcript.institution,
        uncertain=transcript.uncertain,
        spokesperson=transcript.spokesperson,
        sources=list(transcript.sources),
        sha256=transcript.sha256,
    )


def transcript_sent(transcript: Transcript, base_url: str) -> TranscriptSent:
    """A whole Transcript as JSON."""
    exchanges = [exchange_sent(exchange, transcript.text, base_url) for exchange in transcript.exchanges]
    return TranscriptSent(**head_sent(transcript).model_dump(), text=transcript.text, exchanges=exchanges)


def inspected_sent(file: str, reading: "Reading", base_url: str) -> InspectedSent:
    """What the reader made of a file, as JSON."""
    return InspectedSent(
        file=file,
        transcript=transcript_sent(reading.transcript, base_url),
        origins=dict(reading.origins),
        oddities=[OdditySent(line=o.line, kind=o.kind, message=o.message) for o in reading.oddities],
    )


def permalink(base_url: str, exchange_id: str, span: Span | None = None, words: str = "") -> str:
    """The address of an exchange on the page of its transcript; with `span` and its `words`, these are marked there.

    A hash of the words goes along, so that the page finds them again after a correction, and marks no others.
    """
    transcript_id, _, number = exchange_id.rpartition("/")
    marked = "" if span is None else f"?start={span.start}&end={span.end}&q={word_hash(words)}"
    return f"{base_url}/read/{quoted(transcript_id)}{marked}#{number}"


def source_link(transcript_id: str, source: str) -> str:
    """Where a transcript can be read when podium serves no pages: its own address, else its MCP resource."""
    return source if source.startswith(("https://", "http://")) else f"podium://transcript/{quoted(transcript_id)}"


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
            number=number,
            text=quote.text,
            transcript_id=quote.span.transcript_id,
            start=quote.span.start,
            end=quote.span.end,
            focus=[StretchSent(start=quote.focus.start, end=quote.focus.end)],
            spokesperson=quote.credit.spokesperson,
            office=quote.credit.office,
            institution=quote.credit.institution,
            uncertain=quote.credit.uncertain,
            date=quote.credit.date,
            outlet=quote.credit.outlet,
            exchange_id=quote.exchange_id,
            question=quote.question,
            context=quote.context,
            title=quote.title,
            source=quote.source,
            url=permalink(base_url, quote.exchange_id, quote.span, quote.text)
            if base_url
            else source_link(quote.span.transcript_id, quote.source),
            score=round(quote.candidate.score, 4),
            confidence=round(quote.confidence, 3),
            also_said=None if quote.also_said is None else _repeats_sent(quote.also_said),
        )
        for number, quote in enumerate(quotes, start=1)
    ]
