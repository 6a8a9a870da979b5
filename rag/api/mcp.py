"""The archive as tools for assistants: MCP over HTTP at /mcp, and over stdio as `podium mcp`.

`search` and `fetch` have the names, arguments and results that ChatGPT's connectors ask for.
The only file that imports mcp.
"""

import contextlib
from collections.abc import AsyncIterator, Callable
from difflib import get_close_matches
from functools import partial
from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    CallToolResult,
    GetPromptResult,
    InputRequiredResult,
    ToolAnnotations,
    jsonrpc_message_adapter,
)
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from rag.answering.answer import Answer
from rag.api.asking import Desk
from rag.api.bodies import Day
from rag.api.bounds import replay
from rag.api.fetched import FetchedSent, SpokespeopleSent, fetched, spokespeople_of
from rag.api.shapes import AnswerSent, CoverageSent, answer_sent, coverage_sent
from rag.api.verdict import VerdictSent, VerifyAsked, verdict_of
from rag.errors import PodiumError, UnknownId
from rag.pipeline import Podium
from rag.question.asked import MAX_CHARACTERS, MAX_QUOTES, Asked
from rag.question.filters import Filters
from rag.settings import VERSION

PATH = "/mcp"
FOUND_AT_ONCE = 10
INSTRUCTIONS = (
    "An archive of press-conference transcripts. Every quote is verbatim: give it word for word, with its speaker, "
    "date and url. Where `answered` is false, say that the archive does not answer, and what it covers."
)
_NEAREST = 3
# What is unknown is named back by the library, however long it is.
_LONGEST_NAME = 300
_NO_MESSAGE = "This is no message of JSON-RPC 2.0: send jsonrpc, method, and an id."
_LONG = f"A method, a name or a uri has at most {_LONGEST_NAME} characters."
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def _listed(given: object) -> object:
    return [given] if isinstance(given, str) else given


Question = Annotated[str, Field(max_length=MAX_CHARACTERS, description="The question, in plain words.")]
Id = Annotated[str, Field(max_length=300, description="An id that search gave, or a transcript's id.")]
Names = Annotated[list[str] | None, BeforeValidator(_listed)]


class ResultSent(BaseModel):
    """One exchange that a search found."""

    id: str
    title: str
    url: str


class SearchSent(BaseModel):
    """The exchanges that answer, best first; none where the archive does not answer."""

    results: list[ResultSent]


class ArchiveTools:
    """What an assistant may call; links start with `base_url`, or with the address that was asked over HTTP."""

    def __init__(self, podium: Podium, desk: Desk, base_url: str) -> None:
        self._podium = podium
        self._desk = desk
        self._base_url = base_url

    async def search(self, query: Question, ctx: Context) -> SearchSent:
        """Find the exchanges of press conferences that answer a question; fetch one by its id to read it."""
        answer = answer_sent(await self._asked(query, k=FOUND_AT_ONCE), self._links(ctx))
        found = [
            ResultSent(id=quote.exchange_id, title=f"{quote.credit.title}: {_short(quote.text)}", url=quote.url)
            for quote in answer.quotes
        ]
        return SearchSent(results=found)

    async def fetch(self, id: Id, ctx: Context) -> FetchedSent:  # noqa: A002
        """Read an exchange whole, the reporter's question and the answer; or a whole transcript."""
        return await self._desk.run(partial(_told, fetched, self._podium.archive, id, self._links(ctx)))

    async def ask(
        self,
        question: Question,
        ctx: Context,
        date_from: Annotated[Day | None, Field(description="Not before this day, YYYY-MM-DD.")] = None,
        date_to: Annotated[Day | None, Field(description="Not after this day, YYYY-MM-DD.")] = None,
        spokespeople: Annotated[Names, Field(description="Only what these people said.")] = None,
        outlets: Annotated[Names, Field(description="Only answers to these outlets.")] = None,
        institutions: Annotated[
            Names, Field(description="Only what was said at these, where there are several.")
        ] = None,
        reporters: Annotated[Names, Field(description="Only answers to these reporters.")] = None,
        limit: Annotated[int, Field(ge=1, le=MAX_QUOTES, description="At most so many quotes.")] = 5,
    ) -> AnswerSent:
        """Ask the archive; the answer is verbatim quotes with speaker, date, outlet and link, or a refusal."""
        names = (tuple(each or ()) for each in (spokespeople, outlets, institutions, reporters))
        filters = Filters(date_from, date_to, *names)
        sent = answer_sent(await self._asked(question, k=limit, filters=filters), self._links(ctx))
        if sent.nearest:
            # A refusal is read for what it says: what was near is named, and can be fetched.
            sent.nearest = [
                quote.model_copy(update={"context": quote.text, "question": None}) for quote in sent.nearest[:_NEAREST]
            ]
        return sent

    async def verify(
        self,
        words: Annotated[str, Field(max_length=MAX_CHARACTERS, description="The words as they were quoted.")],
        ctx: Context,
        spokesperson: Annotated[str | None, Field(description="Who is said to have said them.")] = None,
        date: Annotated[Day | None, Field(description="When, YYYY-MM-DD.")] = None,
    ) -> VerdictSent:
        """Did they say this? Exactly so, nearly so with each word that differs, or not in this archive."""
        asked = VerifyAsked(words=words, spokesperson=spokesperson, date=date)
        return await self._desk.run(partial(_told, verdict_of, asked, self._podium.archive, self._links(ctx)))

    async def list_spokespeople(self) -> SpokespeopleSent:
        """Everyone who speaks in the archive, with the days between which they do."""
        return spokespeople_of(self._podium.archive)

    async def coverage(self) -> CoverageSent:
        """What the archive holds: how many transcripts and exchanges, from when to when, who speaks."""
        return coverage_sent(self._podium.archive.coverage)

    def transcript(self, id: str) -> str:  # noqa: A002
        """The words of a transcript, as they are stored."""
        try:
            return self._podium.archive.transcript(id).text
        except UnknownId as error:
            raise ResourceNotFoundError(f"{error.message} coverage and search name what it has.") from error

    async def _asked(self, question: str, **how: Any) -> Answer:
        try:
            return await self._desk.ask(Asked(question, **how))
        except PodiumError as error:
            raise ToolError(str(error)) from error

    def _links(self, ctx: Context) -> str:
        # Over stdio nothing was asked at an address.
        asked = getattr(ctx.request_context.request, "base_url", None)
        return self._base_url or str(asked or "").rstrip("/")


def position(topic: str, spokesperson: str = "the spokespeople") -> str:
    """What somebody said about a matter, and how it changed, in their own words."""
    return (
        f"What did {spokesperson} say about {topic}, and how did it change? Use podium's ask once for the matter, and "
        "again with dates where the answers lie far apart. Give each quote word for word with its speaker, outlet, day "
        "and link, in the order of the days; say where the words changed; say so where the archive does not answer."
    )


def create_tools(podium: Podium, desk: Desk, base_url: str) -> MCPServer[Any]:
    """The server of the tools over `podium`, of its transcripts as resources, and of a prompt."""
    own = ArchiveTools(podium, desk, base_url)
    titled: list[tuple[Callable[..., Any], str]] = [
        (own.search, "Search press conferences"),
        (own.fetch, "Read an exchange or a transcript"),
        (own.ask, "Ask for verbatim quotes"),
        (own.verify, "Verify a quote"),
        (own.list_spokespeople, "List who speaks"),
        (own.coverage, "Show what the archive holds"),
    ]
    tools = [_strict(Tool.from_function(work, title=title, annotations=_READS)) for work, title in titled]
    server = _Server(
        "podium",
        title="podium",
        version=VERSION,
        instructions=INSTRUCTIONS,
        tools=tools,
        log_level="WARNING",
        subscriptions=False,
    )
    server.resource("podium://transcript/{id}", name="transcript", title="A transcript", mime_type="text/plain")(
        own.transcript
    )
    server.prompt("position", title="What did they say about it, and how did it change?")(position)
    return server


def _strict(tool: Tool) -> Tool:
    """The same tool, unknown arguments refused: one that is left out unseen gives an answer that only looks right."""
    arguments = tool.fn_metadata.arg_model
    # Models guess: `spokesperson` for `spokespeople`.
    arguments.model_config["extra"] = "forbid"
    arguments.model_rebuild(force=True)
    return tool.model_copy(update={"parameters": arguments.model_json_schema(by_alias=True)})


class _Server(MCPServer[Any]):
    """An MCPServer that tells an assistant what was wrong in a sentence it can act on."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context | None = None
    ) -> CallToolResult | InputRequiredResult:
        tools = {tool.name: tool for tool in await self.list_tools()}
        if name not in tools:
            raise ToolError(f"There is no such tool. There are: {', '.join(tools)}.")
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, ValidationError):
                raise ToolError(_wrong(name, cause, list(tools[name].input_schema["properties"]))) from None
            raise (cause if isinstance(cause, ToolError) else error) from None

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context | None = None
    ) -> GetPromptResult | InputRequiredResult:
        try:
            return await super().get_prompt(name, arguments, context)
        except ValueError:
            # Left to the library, the log gets a traceback with the caller's words.
            wrong = "There is no such prompt, or it lacks an argument; prompts/list names both."
            raise MCPError(INVALID_PARAMS, wrong) from None


def _wrong(tool: str, error: ValidationError, takes: list[str]) -> str:
    """What is wrong with a call's arguments, the first thing first."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    name = str(first["loc"][0])
    known = f"It takes {', '.join(takes)}." if takes else "It takes none."
    if first["type"] == "extra_forbidden":
        near = get_close_matches(name, takes, n=1)
        return f"{tool} has no argument {name[:80]!r}. {f'Did you mean {near[0]}? ' if near else ''}{known}"
    if first["type"] == "missing":
        return f"{tool} needs the argument {name}. {known}"
    return f"The argument {name} can't be used: {first['msg']}."


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
        body = await Request(scope, receive).body()
        wrong = _wrong_message(body)
        if wrong:
            error = {"jsonrpc": "2.0", "id": None, "error": {"code": INVALID_REQUEST, "message": wrong}}
            await JSONResponse(error, status_code=400)(scope, receive, send)
            return
        await self._manager.handle_request(scope, replay(body, receive), send)


def _wrong_message(body: bytes) -> str:
    """Why the library is not given a body, in words that repeat nothing of it; empty where it is."""
    try:
        message = jsonrpc_message_adapter.validate_json(body, by_name=False)
    except ValidationError:
        return _NO_MESSAGE
    params = getattr(message, "params", None) or {}
    names = (getattr(message, "method", ""), params.get("name"), params.get("uri"))
    return _LONG if any(isinstance(name, str) and len(name) > _LONGEST_NAME for name in names) else ""


def serve_stdio(podium: Podium) -> None:
    """Serve the tools over stdin and stdout until stdin ends."""
    settings = podium.settings
    desk = Desk(podium, settings)
    create_tools(podium, desk, settings.public_url.rstrip("/")).run("stdio")


def _told(work: Any, *given: Any, **how: Any) -> Any:
    """`work(...)`, a PodiumError as what the assistant is told."""
    try:
        return work(*given, **how)
    except UnknownId as error:
        raise ToolError(
            f"{error.message} search gives ids of exchanges; what stands before their / is a transcript's."
        ) from error
    except PodiumError as error:
        raise ToolError(str(error)) from error


def _short(text: str, longest: int = 80) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= longest else folded[:longest].rpartition(" ")[0] + "…"
