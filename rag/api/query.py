"""The routes that answer questions and show what was said: /query, /transcripts, /exchanges."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from rag.api.asking import ask
from rag.api.bodies import Day, FiltersAsked, Number, QueryAsked
from rag.api.bounds import ReadRoute
from rag.api.shapes import AnswerSent, answer_sent, search_results
from rag.api.transcripts import (
    ExchangeSent,
    TranscriptHeadSent,
    TranscriptSent,
    exchange_sent,
    head_sent,
    transcript_sent,
)
from rag.errors import BadInput
from rag.pipeline import Podium
from rag.question.asked import MAX_CHARACTERS, MAX_QUOTES, MAX_TOKENS
from rag.question.filters import check_filters

router = APIRouter(route_class=ReadRoute)

Names = Annotated[list[str], Query(max_length=50)]


def podium_of(request: Request) -> Podium:
    """The Podium that this app serves."""
    served: Podium = request.app.state.podium
    return served


def base_url_of(request: Request) -> str:
    """What links start with: the public address where one is set, else the one that was asked."""
    public: str = request.app.state.settings.public_url
    return (public or str(request.base_url)).rstrip("/")


@router.post("/query", response_model_exclude_unset=True)
async def post_query(asked: QueryAsked, request: Request) -> AnswerSent:
    """Ask the archive; the answer is quotes with their citations, or a refusal with the nearest quotes."""
    answer = await ask(request, asked.as_asked())
    sent = answer_sent(answer, base_url_of(request))
    if asked.format == "anthropic":
        sent.search_results = search_results(sent.quotes)
    return sent


@router.get("/query", response_model_exclude_unset=True)
async def get_query(
    request: Request,
    q: Annotated[str, Query(max_length=MAX_CHARACTERS, description="The question.")],
    k: Annotated[Number, Query(ge=1, le=MAX_QUOTES)] = 5,
    date_from: Day | None = None,
    date_to: Day | None = None,
    spokesperson: Names = [],  # noqa: B006
    outlet: Names = [],  # noqa: B006
    institution: Names = [],  # noqa: B006
    reporter: Names = [],  # noqa: B006
    max_tokens: Annotated[Number | None, Query(ge=1, le=MAX_TOKENS)] = None,
    understand: bool = True,
    today: Day | None = None,
    format: Annotated[Literal["anthropic"] | None, Query(description="As in POST /query.")] = None,  # noqa: A002
) -> AnswerSent:
    """Ask the archive from an address bar: the same as POST /query."""
    filters = FiltersAsked(
        date_from=date_from,
        date_to=date_to,
        spokespeople=spokesperson,
        outlets=outlet,
        institutions=institution,
        reporters=reporter,
    )
    asked = QueryAsked(
        question=q, k=k, filters=filters, max_tokens=max_tokens, understand=understand, today=today, format=format
    )
    return await post_query(asked, request)


@router.get("/transcripts")
def list_transcripts(
    request: Request,
    date_from: Day | None = None,
    date_to: Day | None = None,
    spokesperson: Names = [],  # noqa: B006
    institution: Names = [],  # noqa: B006
    offset: Annotated[Number, Query(ge=0)] = 0,
    limit: Annotated[Number, Query(ge=1, le=1000)] = 100,
) -> list[TranscriptHeadSent]:
    """The archive's transcripts by date, without their words."""
    archive = podium_of(request).archive
    asked = FiltersAsked(date_from=date_from, date_to=date_to, spokespeople=spokesperson, institutions=institution)
    filters = check_filters(asked.as_filters(), archive)
    heads = [
        head
        for head in archive.heads.values()
        if (filters.date_from is None or (head.date is not None and head.date >= filters.date_from))
        and (filters.date_to is None or (head.date is not None and head.date <= filters.date_to))
        and (not filters.spokespeople or head.spokesperson in filters.spokespeople)
        and (not filters.institutions or head.institution in filters.institutions)
    ]
    return [head_sent(head) for head in heads[offset : offset + limit]]


@router.get("/transcripts/{transcript_id}")
def get_transcript(transcript_id: str, request: Request) -> TranscriptSent:
    """One transcript whole: its text, and its exchanges as spans of that text."""
    return transcript_sent(podium_of(request).archive.transcript(transcript_id), base_url_of(request))


@router.get("/exchanges/{transcript_id}/{number}")
def get_exchange(transcript_id: str, number: Number, request: Request) -> ExchangeSent:
    """One exchange by its permalink."""
    archive = podium_of(request).archive
    # More digits than the catalogue's integers have would be an error of its own.
    if number > 10**9:
        raise BadInput("the exchange's number is too large.", key="number", remedy="Exchanges are numbered from 1.")
    exchange = archive.exchange(f"{transcript_id}/{number}")
    return exchange_sent(exchange, archive.text(transcript_id), base_url_of(request))
