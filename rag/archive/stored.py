"""Transcripts, files and exchanges <-> the rows of their tables."""

import datetime
import json
from collections.abc import Iterable
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


# "5218-5277", and several with a space between them
def _places(spans: Iterable[Span]) -> str:
    return " ".join(f"{span.start}-{span.end}" for span in spans)


def _spans(transcript_id: str, places: str | None) -> tuple[Span, ...]:
    return tuple(Span(transcript_id, *map(int, place.split("-"))) for place in (places or "").split())


# Rows have the fields of a Transcript and of an Exchange in their order, but for a transcript's exchanges.


def transcript_row(each: Transcript) -> tuple[Any, ...]:
    sources = json.dumps(each.sources, ensure_ascii=False)
    about = (each.id, each.title, _iso(each.date), each.spokesperson, sources, each.sha256)
    return (*about, each.text, each.institution, each.uncertain)


def transcript_of_row(row: tuple[Any, ...], exchanges: tuple[Exchange, ...]) -> Transcript:
    of, title, date, spokesperson, sources, sha256, text, institution, uncertain = row
    about = (of, title, date_of_row(date), spokesperson, tuple(json.loads(sources)), sha256)
    return Transcript(*about, text, exchanges, institution, bool(uncertain))


def exchange_row(each: Exchange) -> tuple[Any, ...]:
    speakers = json.dumps([who and [who.name, who.office] for who in each.speakers], ensure_ascii=False)
    about = (each.transcript_id, each.number, each.kind, each.outlet, each.label, each.spokesperson, _iso(each.date))
    question = _places([each.question]) if each.question else None
    places = (question, _places(each.answer), _places(each.interjections))
    return (*about, *places, each.follows, speakers, each.reporter)


def exchange_of_row(row: tuple[Any, ...]) -> Exchange:
    _, of, number, kind, outlet, label, spokesperson, date, *places, follows, speakers, reporter = row
    question, answer, interjections = (_spans(of, each) for each in places)
    about = (of, number, kind, outlet, label, spokesperson, date_of_row(date))
    spans = (question[0] if question else None, answer, interjections)
    return Exchange(*about, *spans, follows, tuple(who and Speaker(*who) for who in json.loads(speakers)), reporter)


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


def _iso(date: datetime.date | None) -> str | None:
    return None if date is None else date.isoformat()


def date_of_row(iso: str | None) -> datetime.date | None:
    return None if iso is None else datetime.date.fromisoformat(iso)
