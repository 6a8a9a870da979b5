"""The archive as tools for assistants: MCP over HTTP at /mcp, and over stdio as `podium mcp`.

`search` and `fetch` have the names, arguments and results that ChatGPT's connectors ask for.
The only file that imports mcp.
"""

import contextlib
import datetime
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from rag.answering.answer import Answer
from rag.api.asking import Desk
from rag.api.shapes import AnswerSent, CoverageSent, answer_sent, coverage_sent, permalink
from rag.api.verdict import VerdictSent, VerifyAsked, verdict_of
from rag.archive.archive import Archive
from rag.credit import credit_of
from rag.errors import PodiumError
from rag.pipeline import Podium
from rag.question.filters import MAX_CHARACTERS, MAX_QUOTES, Filters
from rag.transcript import Exchange

PATH = "/mcp"
FOUND_AT_ONCE = 10
INSTRUCTIONS = (
    "An archive of press-conference transcripts. Every quote is verbatim: give it word for word, with its speaker, "
    "date and url. Where `answered` is false, say that the archive does not answer, and what it covers."
)
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

Question = Annotated[str, Field(max_length=MAX_CHARACTERS, description="The question, in plain words.")]


class FoundSent(BaseModel):
    """One exchange that a search found."""

    id: str
    title: str
    url: str


class SearchSent(BaseModel):
    """The exchanges that answer, best first; none where the archive does not answer."""

    results: list[FoundSent]


class FetchedSent(BaseModel):
    """An exchange or a transcript, whole."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, str]


class SpokespersonSent(BaseModel):
    """Who speaks in the archive, how often and when."""

    name: str
    exchanges: int
    date_from: datetime.date | None
    date_to: datetime.date | None


class SpokespeopleSent(BaseModel):
    """Everyone who speaks in the archive."""

    spokespeople: list[SpokespersonSent]


def create_tools(podium: Podium, desk: Desk, base_url: str) -> MCPServer[Any]:
    """The tools over `podium`; links start with `base_url`, or with the address that was asked over HTTP."""
    # What an assistant sent is not told back to it, nor to whoever reads its log.
    ArgModelBase.model_config["hide_input_in_errors"] = True
    server: MCPServer[Any] = MCPServer("podium", instructions=INSTRUCTIONS, log_level="WARNING", subscriptions=False)

    async def asked(question: str, **how: Any) -> Answer:
        return await desk.run(partial(_told, podium.ask, question, **how))

    @server.tool(annotations=_READS)
    async def search(query: Question, ctx: Context) -> SearchSent:
        """Find the exchanges of press conferences that answer a question; fetch one by its id to read it."""
        answer = answer_sent(await asked(query, k=FOUND_AT_ONCE), _base_url(ctx, base_url))
        found = [
            FoundSent(id=quote.exchange_id, title=f"{quote.credit.title}: {_short(quote.text)}", url=quote.url)
            for quote in answer.quotes
        ]
        return SearchSent(results=found)

    @server.tool(annotations=_READS)
    async def fetch(
        id: Annotated[str, Field(max_length=300, description="An id that search gave, or a transcript's id.")],  # noqa: A002
        ctx: Context,
    ) -> FetchedSent:
        """Read an exchange whole, the reporter's question and the answer; or a whole transcript."""
        return await desk.run(partial(_told, fetched, podium.archive, id, _base_url(ctx, base_url)))

    @server.tool(annotations=_READS)
    async def ask(
        question: Question,
        ctx: Context,
        date_from: Annotated[datetime.date | None, Field(description="Not before this day, YYYY-MM-DD.")] = None,
        date_to: Annotated[datetime.date | None, Field(description="Not after this day, YYYY-MM-DD.")] = None,
        spokespeople: Annotated[list[str] | None, Field(description="Only what these people said.")] = None,
        outlets: Annotated[list[str] | None, Field(description="Only answers to these outlets.")] = None,
        limit: Annotated[int, Field(ge=1, le=MAX_QUOTES, description="At most so many quotes.")] = 5,
    ) -> AnswerSent:
        """Ask the archive; the answer is verbatim quotes with speaker, date, outlet and link, or a refusal."""
        filters = Filters(date_from, date_to, tuple(spokespeople or ()), tuple(outlets or ()))
        return answer_sent(await asked(question, k=limit, filters=filters), _base_url(ctx, base_url))

    @server.tool(annotations=_READS)
    async def verify(
        words: Annotated[str, Field(max_length=MAX_CHARACTERS, description="The words as they were quoted.")],
        ctx: Context,
        spokesperson: Annotated[str | None, Field(description="Who is said to have said them.")] = None,
        date: Annotated[datetime.date | None, Field(description="When, YYYY-MM-DD.")] = None,
    ) -> VerdictSent:
        """Did they say this? Exactly so, nearly so with each word that differs, or not in this archive."""
        asked = VerifyAsked(words=words, spokesperson=spokesperson, date=date)
        return await desk.run(partial(_told, verdict_of, asked, podium.archive, _base_url(ctx, base_url)))

    @server.tool(annotations=_READS)
    async def list_spokespeople() -> SpokespeopleSent:
        """Everyone who speaks in the archive, with the days between which they do."""
        return SpokespeopleSent(spokespeople=_spokespeople(podium.archive))

    @server.tool(annotations=_READS)
    async def coverage() -> CoverageSent:
        """What the archive holds: how many transcripts and exchanges, from when to when, who speaks."""
        return coverage_sent(podium.archive.coverage)

    return server


class ToolsOverHttp:
    """The tools at /mcp: no sessions, one JSON answer a request, so that any worker can serve it and none is held."""

    def __init__(self, tools: MCPServer[Any]) -> None:
        self._tools = tools
        self._manager: StreamableHTTPSessionManager | None = None

    @property
    def route(self) -> Route:
        """The route, for POST: a stream that the server may push to has nothing to carry here."""
        return Route(PATH, self, methods=["POST"], include_in_schema=False)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve for as long as the app runs."""
        self._tools.streamable_http_app(
            stateless_http=True,
            json_response=True,
            # The door has checked Host and Origin.
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        self._manager = self._tools.session_manager
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if self._manager is None:
            await Response(status_code=503)(scope, receive, send)
            return
        await self._manager.handle_request(scope, receive, send)


def serve_stdio(podium: Podium, base_url: str) -> None:
    """Serve the tools over stdin and stdout until stdin ends."""
    settings = podium.settings
    create_tools(podium, Desk(settings.at_once, settings.waiting, settings.turn_seconds), base_url).run("stdio")


def fetched(archive: Archive, id_: str, base_url: str) -> FetchedSent:
    """The exchange or transcript of that id; UnknownId."""
    if "/" not in id_:
        transcript = archive.transcript(id_)
        about = {
            "spokesperson": transcript.spokesperson,
            "date": transcript.date.isoformat() if transcript.date else None,
            "source": ", ".join(transcript.sources),
        }
        url = f"{base_url}/read/{transcript.id}"
        return FetchedSent(id=id_, title=transcript.title, text=transcript.text, url=url, metadata=_known(about))
    exchange = archive.exchange(id_)
    head = archive.head(exchange.transcript_id)
    about = {
        "transcript_id": exchange.transcript_id,
        "transcript": head.title,
        "kind": exchange.kind,
        "spokesperson": exchange.spokesperson,
        "date": exchange.date.isoformat() if exchange.date else None,
        "outlet": exchange.outlet,
        "source": ", ".join(head.sources),
    }
    return FetchedSent(
        id=id_,
        title=credit_of(exchange).title,
        text=_words(exchange, archive.text(exchange.transcript_id)),
        url=permalink(base_url, exchange.id),
        metadata=_known(about),
    )


def _words(exchange: Exchange, text: str) -> str:
    """The exchange in the order it was spoken, each stretch under who spoke it."""
    asked = {exchange.question, *exchange.interjections}
    who = exchange.outlet or exchange.label or "A reporter"
    speaker = credit_of(exchange).speaker
    return "\n\n".join(f"{who if span in asked else speaker}: {span.cut(text)}" for span in exchange.spans)


def _spokespeople(archive: Archive) -> list[SpokespersonSent]:
    listed = []
    for name in archive.spokespeople:
        of = [exchange for exchange in archive.exchanges if exchange.spokesperson == name]
        dates = sorted(exchange.date for exchange in of if exchange.date is not None)
        first, last = (dates[0], dates[-1]) if dates else (None, None)
        listed.append(SpokespersonSent(name=name, exchanges=len(of), date_from=first, date_to=last))
    return listed


def _base_url(ctx: Context, otherwise: str) -> str:
    asked = getattr(ctx.request_context.request, "base_url", None)
    return otherwise or str(asked or "").rstrip("/")


def _told(work: Any, *given: Any, **how: Any) -> Any:
    """`work(...)`, a PodiumError as what the assistant is told."""
    try:
        return work(*given, **how)
    except PodiumError as error:
        raise ToolError(str(error)) from error


def _known(about: dict[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in about.items() if value}


def _short(text: str, longest: int = 80) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= longest else folded[:longest].rpartition(" ")[0] + "…"
