"""OpenAI's Responses API: /v1/responses, streamed and not, over the same replies as chat completions."""

import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from rag.api.asking import while_connected
from rag.api.bodies import ClientBody
from rag.api.bounds import ReadRoute
from rag.api.chat import Reply, begin_reply, check_model, event_line, event_stream
from rag.api.completions import PodiumSent, UrlCitation
from rag.api.messages import ChatAsked, Choice, MessageAsked, PartAsked, read_conversation, refuse
from rag.api.problems import OpenAIProblemSent
from rag.api.shapes import AnswerSent
from rag.errors import BadInput
from rag.question.asked import MAX_TOKENS

router = APIRouter(prefix="/v1", tags=["chat frontends"], route_class=ReadRoute)

Stored = str | dict[str, Any] | None


class ItemAsked(ClientBody):
    """A turn of the conversation; items of other types, such as earlier searches, are left aside."""

    type: str = "message"
    role: Literal["system", "developer", "user", "assistant"] = "user"
    content: str | list[PartAsked] | None = None


class ResponseAsked(ClientBody):
    """A question, or a conversation that ends in one; fields that podium has no use for are ignored."""

    model: Annotated[str, Field(max_length=200, examples=["podium"])]
    input: Annotated[
        str | Annotated[list[ItemAsked], Field(min_length=1, max_length=1000)],
        Field(description="The question, or the turns up to it.", examples=["What was said about the trial?"]),
    ]
    instructions: Annotated[str | None, Field(description="As a system message.")] = None
    stream: bool | None = False
    max_output_tokens: Annotated[int | None, Field(ge=1, le=MAX_TOKENS)] = None
    tool_choice: Annotated[Choice, Field(description="Refused where a tool must be called: podium calls none.")] = None
    text: Annotated[dict[str, Any] | None, Field(description="Its format is text; podium fills no form.")] = None
    previous_response_id: Annotated[str | None, Field(description="Refused: podium keeps no conversation.")] = None
    conversation: Annotated[Stored, Field(description="Refused: podium keeps no conversation.")] = None
    background: Annotated[bool | None, Field(description="Refused: podium answers at once.")] = None


class CitationSent(UrlCitation):
    """A citation as this API has it: flat."""

    type: Literal["url_citation"] = "url_citation"


class TextSent(BaseModel):
    """The answer's text: Markdown with its citations as links and as annotations."""

    type: Literal["output_text"] = "output_text"
    text: str = ""
    annotations: list[CitationSent] = []
    logprobs: list[Any] = []


class MessageItem(BaseModel):
    """The answer."""

    id: str
    type: Literal["message"] = "message"
    role: Literal["assistant"] = "assistant"
    status: Literal["in_progress", "completed", "incomplete"]
    content: list[TextSent] = []


class RetrievedSent(BaseModel):
    """A quote, as file search gives what it found."""

    file_id: str
    filename: str
    text: str
    attributes: dict[str, str | int]


class SearchItem(BaseModel):
    """What was searched for, and the quotes that were found."""

    id: str
    type: Literal["file_search_call"] = "file_search_call"
    status: Literal["completed"] = "completed"
    queries: list[str]
    results: list[RetrievedSent]


class ResponseUsage(BaseModel):
    """Tokens, counted with the vocabulary that /healthz names."""

    input_tokens: int
    input_tokens_details: dict[str, int] = {"cached_tokens": 0, "cache_write_tokens": 0}
    output_tokens: int
    output_tokens_details: dict[str, int] = {"reasoning_tokens": 0}
    total_tokens: int


class ResponseSent(BaseModel):
    """A response, whole or on its way."""

    model_config = ConfigDict(protected_namespaces=())

    id: str
    object: Literal["response"] = "response"
    created_at: int
    status: Literal["in_progress", "completed", "incomplete"] = "in_progress"
    error: None = None
    incomplete_details: dict[str, str] | None = None
    instructions: str | None = None
    max_output_tokens: int | None = None
    model: str
    output: list[SearchItem | MessageItem] = []
    parallel_tool_calls: bool = False
    previous_response_id: None = None
    store: bool = False
    temperature: None = None
    text: dict[str, Any] = {"format": {"type": "text"}}
    tool_choice: str = "auto"
    tools: list[Any] = []
    top_p: None = None
    usage: ResponseUsage | None = None
    metadata: dict[str, str] = {}
    podium: PodiumSent | None = None


@router.post(
    "/responses",
    response_model=ResponseSent,
    responses={
        200: {
            "description": "The response: whole, or with `stream` as the events of OpenAI's Responses API.",
            "content": {"text/event-stream": {}},
        },
        404: {"model": OpenAIProblemSent},
    },
)
async def respond(asked: ResponseAsked, request: Request) -> ResponseSent | StreamingResponse:
    """Answer the last turn from the archive: a search with its quotes, and a message that cites them."""
    _check(asked)
    model = check_model(asked.model, request)
    try:
        conversation = read_conversation(_as_chat(asked))
        # Open WebUI's own events have no place in this API; its links are those of every client.
        plain = replace(model, events=False)
        reply = await begin_reply(conversation, asked.model, asked.max_output_tokens, plain, request)
    except BadInput as error:
        error.key = error.key.replace("messages", "input", 1)
        error.message = error.message.replace("messages", "input", 1)
        raise
    response = Responding(asked, reply)
    if not asked.stream:
        return await while_connected(request, response.whole())
    return event_stream(response.streamed())


def _check(asked: ResponseAsked) -> None:
    """BadInput for what podium can't do and a client would wait for, beyond what a chat may wish."""
    form = (asked.text or {}).get("format") or {"type": "text"}
    keeps = "podium keeps no conversation."
    refused = (
        ("previous_response_id", asked.previous_response_id, keeps, "Send the earlier turns in input."),
        ("conversation", asked.conversation, keeps, "Send the earlier turns in input."),
        ("background", asked.background, "podium answers at once.", "Leave background out."),
        (
            "text.format",
            form != {"type": "text"},
            "podium answers in quotes and fills no form.",
            "Switch structured output off for this model; the quotes are in the response's podium field.",
        ),
    )
    refuse(refused)


def _as_chat(asked: ResponseAsked) -> ChatAsked:
    """The same conversation as chat completions have it."""
    # A question alone is a conversation of one turn.
    given = [ItemAsked(content=asked.input)] if isinstance(asked.input, str) else asked.input
    told = [] if asked.instructions is None else [MessageAsked(role="system", content=asked.instructions)]
    turns = [MessageAsked(role=item.role, content=_as_parts(item)) for item in given if item.type == "message"]
    return ChatAsked.model_construct(model=asked.model, messages=[*told, *turns], tool_choice=asked.tool_choice)


def _as_parts(item: ItemAsked) -> str | list[PartAsked] | None:
    if not isinstance(item.content, list):
        return item.content
    return [
        part.model_copy(update={"type": "text"}) if part.type in ("input_text", "output_text") else part
        for part in item.content
    ]


class Responding:
    """A reply on its way out as a response: its items one after another, whole or as events."""

    def __init__(self, asked: ResponseAsked, reply: Reply) -> None:
        self._reply = reply
        self._number = 0
        self._message = MessageItem(id=f"msg_{uuid.uuid4().hex}", status="in_progress")
        self._sent = ResponseSent(
            id=f"resp_{uuid.uuid4().hex}",
            created_at=int(time.time()),
            model=asked.model,
            instructions=asked.instructions,
            max_output_tokens=asked.max_output_tokens,
        )
        self._search = [] if reply.sent is None else [_search_item(reply.sent)]

    async def whole(self) -> ResponseSent:
        """The response, complete."""
        for _ in self._reply.pieces():
            pass
        return await self._complete()

    async def streamed(self) -> AsyncIterator[str]:
        """The same as events, in the order of OpenAI's."""
        yield self._event("response.created", response=self._sent)
        yield self._event("response.in_progress", response=self._sent)
        for at, item in enumerate(self._search):
            yield self._event("response.output_item.added", output_index=at, item=item)
            yield self._event("response.file_search_call.completed", output_index=at, item_id=item.id)
            yield self._event("response.output_item.done", output_index=at, item=item)
        place = {"output_index": len(self._search), "content_index": 0, "item_id": self._message.id}
        yield self._event("response.output_item.added", output_index=place["output_index"], item=self._message)
        yield self._event("response.content_part.added", **place, part=TextSent())
        for piece in self._reply.pieces():
            yield self._event("response.output_text.delta", **place, delta=piece, logprobs=[])
        sent = await self._complete()
        # An answer is one part, whatever it holds.
        (part,) = self._message.content
        for at, note in enumerate(part.annotations):
            yield self._event("response.output_text.annotation.added", **place, annotation_index=at, annotation=note)
        yield self._event("response.output_text.done", **place, text=part.text, logprobs=[])
        yield self._event("response.content_part.done", **place, part=part)
        yield self._event("response.output_item.done", output_index=place["output_index"], item=self._message)
        yield self._event(f"response.{sent.status}", response=sent)

    async def _complete(self) -> ResponseSent:
        content = self._reply.content
        notes = [CitationSent(**note.url_citation.model_dump()) for note in content.annotations]
        self._message.content = [TextSent(text=content.text, annotations=notes)]
        self._message.status = "incomplete" if content.cut else "completed"
        counted = await self._reply.usage()
        self._sent.status = self._message.status
        self._sent.incomplete_details = {"reason": "max_output_tokens"} if content.cut else None
        self._sent.output = [*self._search, self._message]
        self._sent.podium = self._reply.podium
        self._sent.usage = ResponseUsage(
            input_tokens=counted.prompt_tokens,
            output_tokens=counted.completion_tokens,
            total_tokens=counted.total_tokens,
        )
        return self._sent

    def _event(self, kind: str, **fields: Any) -> str:
        # Each as it is now: the message grows between two events.
        dumped = {
            key: value.model_dump(mode="json") if isinstance(value, BaseModel) else value
            for key, value in fields.items()
        }
        line = event_line({"type": kind, "sequence_number": self._number} | dumped)
        self._number += 1
        return f"event: {kind}\n{line}"


def _search_item(sent: AnswerSent) -> SearchItem:
    found = [
        RetrievedSent(file_id=each.transcript_id, filename=each.title, text=each.text, attributes=each.attributes)
        for each in sent.quotes
    ]
    return SearchItem(id=f"fs_{uuid.uuid4().hex}", queries=[sent.understood.standalone_question], results=found)
