"""Transcripts, files and exchanges <-> the rows of their tables."""

import datetime
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rag.transcript import Exchange, Oddity, Span, Speaker, Transcript


@dataclass(frozen=True, slots=True)
class Remainder:
    """A stretch of a file's body that is in no exchange: its line and place in the file's text, its first words."""

    line: int
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: its absolute path, the sha256 of its bytes, its page's address or
    its name, the transcript it gave, what was odd about it, and what of it is in no exchange."""

    path: str
    sha256: str
    source: str
    transcript_id: str
    oddities: tuple[Oddity, ...] = ()
    remainder: tuple[Remainder, ...] = ()


def _span(transcript_id: str, place: str | None) -> Span | None:
    """The span that a place in a column names."""
    if place is None:
        return None
    start, end = place.split("-")
    return Span(transcript_id, int(start), int(end))


def _place(span: Span | None) -> str | None:
    return None if span is None else f"{span.start}-{span.end}"


def _places(spans: Iterable[Span]) -> str:
    return " ".join(f"{span.start}-{span.end}" for span in spans)


def _spans(transcript_id: str, places: str) -> Iterator[Span]:
    for place in places.split():
        start, end = place.split("-")
        yield Span(transcript_id, int(start), int(end))


def transcript_row(transcript: Transcript) -> tuple[Any, ...]:
    date = None if transcript.date is None else transcript.date.isoformat()
    sources = json.dumps(transcript.sources, ensure_ascii=False)
    return (
        transcript.id,
        transcript.title,
        date,
        transcript.spokesperson,
        sources,
        transcript.sha256,
        transcript.text,
        transcript.institution,
        transcript.uncertain,
    )


def transcript_of_row(row: tuple[Any, ...], exchanges: tuple[Exchange, ...]) -> Transcript:
    transcript_id, title, date, spokesperson, sources, sha256, text, institution, uncertain = row
    return Transcript(
        id=transcript_id,
        title=title,
        date=date_of_row(date),
        spokesperson=spokesperson,
        sources=tuple(json.loads(sources)),
        sha256=sha256,
        text=text,
        exchanges=exchanges,
        institution=institution,
        uncertain=bool(uncertain),
    )


def exchange_row(exchange: Exchange) -> tuple[Any, ...]:
    return (
        exchange.transcript_id,
        exchange.number,
        exchange.kind,
        exchange.outlet,
        exchange.label,
        exchange.spokesperson,
        None if exchange.date is None else exchange.date.isoformat(),
        _place(exchange.question),
        _places(exchange.answer),
        _places(exchange.interjections),
        exchange.follows,
        json.dumps([speaker and [speaker.name, speaker.office] for speaker in exchange.speakers], ensure_ascii=False),
        exchange.reporter,
    )


def exchange_of_row(row: tuple[Any, ...]) -> Exchange:
    (
        _,
        transcript_id,
        number,
        kind,
        outlet,
        label,
        spokesperson,
        date,
        question,
        answer,
        interjections,
        follows,
        speakers,
        reporter,
    ) = row
    return Exchange(
        transcript_id=transcript_id,
        number=number,
        kind=kind,
        outlet=outlet,
        label=label,
        spokesperson=spokesperson,
        date=date_of_row(date),
        question=_span(transcript_id, question),
        answer=tuple(_spans(transcript_id, answer)),
        interjections=tuple(_spans(transcript_id, interjections)),
        follows=follows,
        speakers=tuple(each and Speaker(*each) for each in json.loads(speakers)),
        reporter=reporter,
    )


def file_row(file: SourceFile) -> tuple[Any, ...]:
    oddities = json.dumps([asdict(each) for each in file.oddities], ensure_ascii=False)
    remainder = json.dumps([asdict(each) for each in file.remainder], ensure_ascii=False)
    return (file.path, file.sha256, file.source, file.transcript_id, oddities, remainder)


def file_of_row(row: tuple[Any, ...]) -> SourceFile:
    path, sha256, source, transcript_id, oddities, remainder = row
    return SourceFile(
        path,
        sha256,
        source,
        transcript_id,
        tuple(Oddity(**each) for each in json.loads(oddities)),
        tuple(Remainder(**each) for each in json.loads(remainder)),
    )


def date_of_row(iso: str | None) -> datetime.date | None:
    return None if iso is None else datetime.date.fromisoformat(iso)
