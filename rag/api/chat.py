"""OpenAI's endpoints for chat frontends: /v1/models and /v1/chat/completions, streamed and not."""

import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from rag.answering.answer import Answer, with_quotes
from rag.answering.choosing import Choice, Chooser
from rag.api.asking import ask, while_connected
from rag.api.bounds import ReadRoute
from rag.api.completions import (
    ChosenSent,
    Content,
    Part,
    PodiumSent,
    cited,
    escape,
    podium_sent,
    quoted_parts,
    remark,
    titles_of,
)
from rag.api.housekeeping import answer_housekeeping, asked_in
from rag.api.messages import (
    ChatAsked,
    ChoiceSent,
    CompletionSent,
    Conversation,
    MessageSent,
    ModelSent,
    ModelsSent,
    UsageSent,
    read_conversation,
)
from rag.api.problems import OpenAIProblemSent, UnknownModel
from rag.api.query import base_url_of, podium_of
from rag.api.shapes import AnswerSent, QuoteSent, answer_sent
from rag.errors import BadInput
from rag.question.asked import Asked

router = APIRouter(prefix="/v1", tags=["chat frontends"], route_class=ReadRoute)

FINISHED = "data: [DONE]\n\n"
_COUNTED_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Model:
    """A way to be answered: by podium's choice of quotes or a language model's, with or without Open WebUI's lines."""

    chosen: bool
    events: bool


def models_of(request: Request) -> dict[str, Model]:
    """The models on offer; those by a language model's choice only where one is set."""
    models = {"podium": Model(chosen=False, events=False), "podium-openwebui": Model(chosen=False, events=True)}
    if request.app.state.chooser is not None:
        models["podium-prose"] = Model(chosen=True, events=False)
        models["podium-prose-openwebui"] = Model(chosen=True, events=True)
    return models


@router.get("/models")
def list_models(request: Request) -> ModelsSent:
    """The models that a chat completion may name."""
    created = request.app.state.started
    return ModelsSent(data=[ModelSent(id=name, created=created) for name in models_of(request)])


@router.get("/models/{model}")
def get_model(model: str, request: Request) -> ModelSent:
    """One model by its name."""
    check_model(model, request)
    return ModelSent(id=model, created=request.app.state.started)


@router.post(
    "/chat/completions",
    response_model=CompletionSent,
    responses={
        200: {
            "description": "The answer: whole, or with `stream` as server-sent events that end in `data: [DONE]`.",
            "content": {"text/event-stream": {"example": FINISHED}},
        },
        404: {"model": OpenAIProblemSent},
    },
)
async def complete(asked: ChatAsked, request: Request) -> CompletionSent | StreamingResponse:
    """Answer the last message from the archive, its citations as links, annotations and quotes."""
    model = check_model(asked.model, request)
    conversation = read_conversation(asked)
    reply = await begin_reply(conversation, asked.model, asked.budget, model, request)
    if not asked.stream:
        return await while_connected(request, reply.whole())
    include_usage = asked.stream_options is not None and asked.stream_options.include_usage
    return event_stream(reply.streamed(include_usage=include_usage))


def event_stream(events: AsyncIterator[str]) -> StreamingResponse:
    """Server-sent events that no proxy holds back."""
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def check_model(name: str, request: Request) -> Model:
    """The model of that name; UnknownModel."""
    models = models_of(request)
    if name not in models:
        raise UnknownModel("podium has no such model.", key="model", remedy=f"It has: {', '.join(models)}.")
    return models[name]


async def begin_reply(
    conversation: Conversation, name: str, budget: int | None, model: Model, request: Request
) -> "Reply":
    """The reply, its quotes found and nothing of it sent: what can go wrong goes wrong here."""
    count = podium_of(request).tokens.count
    own = _own_words(conversation)
    if own is not None:
        content = Content((), linked=False, budget=None, count=count)
        return Reply(name, conversation, content, None, [own])
    question = asked_in(conversation.question or "")
    try:
        answer = await ask(request, Asked(question, history=tuple(conversation.history)))
    except BadInput as error:
        if error.key == "question":
            # The caller has sent no field of that name.
            error.key = "messages"
        raise
    choice = None
    if model.chosen and (answer.quotes or answer.nearest):
        answer, choice = await while_connected(request, _chosen(request.app.state.chooser, answer))
    sent = answer_sent(answer, base_url_of(request))
    content = Content(cited(sent), linked=not model.events, budget=budget, count=count)
    parts = quoted_parts(sent, choice.failure if choice else "")
    return Reply(name, conversation, content, sent, parts, model.events, choice)


async def _chosen(chooser: Chooser, answer: Answer) -> tuple[Answer, Choice]:
    """The answer by a language model's choice; podium's own where the model fails."""
    choice = await chooser.choose(answer.query.standalone, answer.quotes or answer.nearest)
    return answer if choice.failure else with_quotes(answer, choice.quotes), choice


def _own_words(conversation: Conversation) -> Part | None:
    """What is said without asking the archive: to a client's housekeeping, and to a wish to go on."""
    if conversation.question is None:
        return remark("That is the whole answer. Ask another question to learn more.")
    # Titles, tags, questions to go on with.
    chore = answer_housekeeping(conversation.question, conversation.instructions)
    return None if chore is None else Part([(chore, [])])


@dataclass(slots=True)
class Reply:
    """One answer on its way out: the same parts, whole or in pieces. `sent` is None where the archive was not asked."""

    model: str
    conversation: Conversation
    content: Content
    sent: AnswerSent | None
    parts: Sequence[Part]
    events: bool = False
    choice: Choice | None = None
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def pieces(self) -> Iterator[str]:
        """The content as it grows."""
        for part in self.parts:
            piece = self.content.add(part)
            if piece:
                yield piece

    async def whole(self) -> CompletionSent:
        """The chat completion."""
        for _ in self.pieces():
            pass
        choice = ChoiceSent(message=self._message(), finish_reason="length" if self.content.cut else "stop")
        return CompletionSent(
            id=self.id, created=self.created, model=self.model, choices=[choice], usage=await self.usage()
        )

    async def streamed(self, *, include_usage: bool) -> AsyncIterator[str]:
        """The same as server-sent events: the quotes for Open WebUI, the pieces, the citations, the usage, the end."""
        yield self._piece({"role": "assistant", "content": ""})
        if self.events and self.sent is not None:
            for quote, title in titles_of(cited(self.sent)):
                yield event_line(source_event(quote, title))
        for piece in self.pieces():
            yield self._piece({"content": piece})
        message = self._message().model_dump(mode="json")
        citations = {key: message[key] for key in ("annotations", "podium")}
        yield self._piece(citations, "length" if self.content.cut else "stop")
        if include_usage:
            yield self._event(choices=[], usage=(await self.usage()).model_dump())
        yield FINISHED

    @property
    def podium(self) -> PodiumSent | None:
        """The quotes; None where the archive was not asked."""
        choice = self.choice
        chosen = None if choice is None else ChosenSent(unknown=choice.unknown, failure=choice.failure)
        return None if self.sent is None else podium_sent(self.sent, chosen)

    def _message(self) -> MessageSent:
        # Open WebUI would show each annotation as a source beside the one that its event made.
        annotations = [] if self.events else self.content.annotations
        return MessageSent(content=self.content.text, annotations=annotations, podium=self.podium)

    def _piece(self, delta: dict[str, Any], finish_reason: str | None = None) -> str:
        return self._event(choices=[{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}])

    def _event(self, **fields: Any) -> str:
        head = {"id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.model}
        return event_line(head | fields)

    async def usage(self) -> UsageSent:
        """The tokens of the conversation and of the content."""
        return await anyio.to_thread.run_sync(self._counted)

    def _counted(self) -> UsageSent:
        prompt = sum(_count(text, self.content.count) for text in self.conversation.texts)
        completion = _count(self.content.text, self.content.count)
        return UsageSent(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def _count(text: str, count: Callable[[str], int]) -> int:
    """The tokens of a text, in stretches: a tokenizer may take very long over one very long word."""
    return sum(count(text[at : at + _COUNTED_AT_ONCE]) for at in range(0, len(text), _COUNTED_AT_ONCE))


def event_line(sent: BaseModel | dict[str, Any]) -> str:
    """One server-sent event, in ASCII: some clients break lines at U+2028 and the like too."""
    return f"data: {json.dumps(sent, separators=(',', ':'))}\n\n"


def source_event(quote: QuoteSent, title: str) -> dict[str, Any]:
    """A quote as Open WebUI shows sources: grouped by `metadata.source`, so that is the quote's own place.

    It goes without `distances`, which are shown as a percentage that reads like reliability.
    """
    return {
        "event": {
            "type": "source",
            "data": {
                "source": {"id": quote.exchange_id, "name": title, "url": quote.url},
                "document": [escape(quote.text)],
                "metadata": [
                    {"source": f"{quote.exchange_id}#{quote.start}-{quote.end}", "name": title, "source_url": quote.url}
                ],
            },
        }
    }
