"""The page to read a transcript on: its exchanges numbered and linked, the words of a link marked."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from rag.api.bodies import Number
from rag.api.citing import CitedSent, permalink
from rag.api.pages import send, unchanged
from rag.api.query import base_url_of, podium_of
from rag.archive.archive import Archive
from rag.clock import source_at
from rag.page.marking import find_words, word_hash
from rag.transcript import Span, Transcript

router = APIRouter(include_in_schema=False)


@router.get("/read/{transcript_id}")
def read_page(
    transcript_id: str,
    request: Request,
    start: Annotated[Number, Query(ge=0)] = 0,
    end: Annotated[Number, Query(ge=0)] = 0,
    q: Annotated[str, Query(max_length=40, description="The hash of the words from `start` to `end`.")] = "",
) -> Response:
    """A page to read a transcript on, with the words of `q` marked: where they were, or where they stand now."""
    if kept := unchanged(request):
        return kept
    archive = podium_of(request).archive
    transcript = archive.transcript(transcript_id)
    place = _place(transcript.text, start, end, q)
    before, after = _neighbours(transcript, archive)
    return send(
        request,
        "read.html",
        transcript=transcript,
        sought=bool(q),
        place=place,
        moved=place != (start, end),
        marked_in=_number_at(transcript, place),
        cited=_cited(transcript, place, archive, base_url_of(request)),
        asked=[exchange for exchange in transcript.exchanges if exchange.question],
        before=before,
        after=after,
    )


def _place(text: str, start: int, end: int, hashed: str) -> tuple[int, int] | None:
    """Where the words with that hash stand: where they were, else the nearest place that has them."""
    if hashed and start < end and word_hash(text[start:end]) == hashed:
        return start, end
    return find_words(text, start, hashed)


def _number_at(transcript: Transcript, place: tuple[int, int] | None) -> str:
    """The number of the exchange that a place lies in, as the page's anchors have it; "" where in none."""
    if place is None:
        return ""
    touched = (
        exchange.number
        for exchange in transcript.exchanges
        if any(span.start < place[1] and place[0] < span.end for span in exchange.spans)
    )
    return str(next(touched, ""))


def _cited(transcript: Transcript, place: tuple[int, int] | None, archive: Archive, base_url: str) -> CitedSent | None:
    """The words at a place with all that is needed to cite them; None where nobody says them whole in an answer."""
    if place is None:
        return None
    span = Span(transcript.id, *place)
    for exchange in transcript.exchanges:
        speeches = exchange.speeches(transcript.text)
        if any(run[0].start <= span.start and span.end <= run[-1].end for run in speeches):
            words = span.cut(transcript.text)
            return CitedSent(
                **asdict(archive.credit(exchange, span.start)),
                text=words,
                transcript_id=transcript.id,
                start=span.start,
                end=span.end,
                exchange_id=exchange.id,
                title=transcript.title,
                source=source_at(transcript.sources[0], transcript.text, span.start),
                url=permalink(base_url, exchange.id, span, words),
            )
    return None


def _neighbours(transcript: Transcript, archive: Archive) -> tuple[Transcript | None, Transcript | None]:
    """The conferences before and after a transcript's, by date."""
    heads = list(archive.heads.values())
    at = next(place for place, head in enumerate(heads) if head.id == transcript.id)
    return (heads[at - 1] if at else None), (heads[at + 1] if at + 1 < len(heads) else None)
