"""A transcript and its exchanges as JSON, and what the reader made of a file."""

import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel

from rag.api.citing import permalink
from rag.transcript import Exchange, Span, Transcript

if TYPE_CHECKING:
    from rag.reading.reading import Reading


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


# What an exchange calls as JSON does.
_SAME = ("id", "transcript_id", "number", "kind", "outlet", "label", "reporter", "spokesperson", "date", "follows")


def exchange_sent(exchange: Exchange, text: str, base_url: str) -> ExchangeSent:
    """An Exchange as JSON, its words cut from the transcript's `text`."""

    def sent(span: Span) -> SpanSent:
        return SpanSent(start=span.start, end=span.end, text=span.cut(text))

    def said(span: Span) -> SaidSent:
        speaker = exchange.speaker_at(span.start)
        by = SpeakerSent(name=speaker.name, office=speaker.office) if speaker else None
        # One question may be answered by several people, a paragraph each.
        return SaidSent(**sent(span).model_dump(), speaker=by)

    return ExchangeSent(
        **{name: getattr(exchange, name) for name in _SAME},
        question=None if exchange.question is None else sent(exchange.question),
        answer=[said(span) for span in exchange.answer],
        interjections=[sent(span) for span in exchange.interjections],
        url=permalink(base_url, exchange.id),
    )


def head_sent(transcript: Transcript) -> TranscriptHeadSent:
    """A Transcript as JSON without its words."""
    return TranscriptHeadSent.model_validate(transcript, from_attributes=True)


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
