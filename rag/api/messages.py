"""What a chat frontend sends and gets, in OpenAI's shapes, and the conversation that its messages make."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.api.completions import Annotation, PodiumSent
from rag.errors import BadInput
from rag.question.query import MAX_CHARACTERS, MAX_HISTORY


class _Asked(BaseModel):
    # Clients send fields of their own, and new ones every month.
    model_config = ConfigDict(extra="ignore")


class PartAsked(_Asked):
    """A part of a message's content; only text can be read."""

    type: str
    text: str | None = None


class MessageAsked(_Asked):
    """One turn of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[PartAsked] | None = None


class StreamOptionsAsked(_Asked):
    """What a stream carries beside the answer."""

    include_usage: bool = False


class ChatAsked(_Asked):
    """A conversation whose last message is the question; fields that podium has no use for are ignored."""

    model: Annotated[str, Field(max_length=200, examples=["podium"])]
    messages: Annotated[
        list[MessageAsked],
        Field(
            min_length=1,
            max_length=1000,
            description="The last one is the user's question; the user's earlier ones are its history.",
            examples=[[{"role": "user", "content": "What was said about the trial?"}]],
        ),
    ]
    stream: Annotated[bool | None, Field(description="Whether to send the answer in pieces.")] = False
    stream_options: StreamOptionsAsked | None = None
    max_tokens: Annotated[int | None, Field(ge=1, le=1_000_000, description="Budget for the answer's content.")] = None
    max_completion_tokens: Annotated[
        int | None, Field(ge=1, le=1_000_000, description="The same under its newer name, which goes first.")
    ] = None
    n: Annotated[int | None, Field(description="How many answers: 1.", examples=[1])] = None
    tools: Annotated[list[Any] | None, Field(description="Refused unless empty: podium calls no tools.")] = None
    functions: Annotated[list[Any] | None, Field(description="Refused unless empty, as tools.")] = None
    modalities: Annotated[list[str] | None, Field(description="text alone.")] = None
    audio: Annotated[dict[str, Any] | None, Field(description="Refused: podium doesn't speak.")] = None

    @property
    def budget(self) -> int | None:
        """How many tokens the content may have."""
        return self.max_completion_tokens or self.max_tokens


class UsageSent(BaseModel):
    """Tokens, counted with the vocabulary that /healthz names."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class MessageSent(BaseModel):
    """The answer: Markdown with its citations as links, as annotations, and as quotes with their places."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]
    podium: PodiumSent | None = None


class ChoiceSent(BaseModel):
    """The one answer."""

    index: int = 0
    message: MessageSent
    logprobs: None = None
    finish_reason: Literal["stop", "length"]


class CompletionSent(BaseModel):
    """A chat completion, whole."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[ChoiceSent]
    usage: UsageSent


class ModelSent(BaseModel):
    """A way to be answered, as OpenAI lists models."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: Literal["podium"] = "podium"


class ModelsSent(BaseModel):
    """Every model that a chat completion may name."""

    object: Literal["list"] = "list"
    data: list[ModelSent]


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the messages say: the question, the user's earlier turns, the instructions for a writer."""

    question: str
    history: list[str]
    instructions: str
    texts: list[str]


def read_conversation(asked: ChatAsked) -> Conversation:
    """The conversation in the messages; BadInput names the message that can't be used."""
    check_wishes(asked)
    texts = [_text(message, place) for place, message in enumerate(asked.messages)]
    last = asked.messages[-1].role
    users = [text for message, text in zip(asked.messages, texts, strict=True) if message.role == "user"]
    if not users:
        raise BadInput("messages hold no question.", key="messages", remedy="Add a message with the role user.")
    if last not in ("user", "system", "developer"):
        raise BadInput(
            f"messages end in a turn of the {last}.", key="messages", remedy="Let the last one be the user's question."
        )
    earlier = [text[:MAX_CHARACTERS] for text in users[:-1] if text.strip()]
    instructions = [
        text for message, text in zip(asked.messages, texts, strict=True) if message.role in ("system", "developer")
    ]
    return Conversation(users[-1], earlier[-MAX_HISTORY:], "\n".join(instructions), texts)


def check_wishes(asked: ChatAsked) -> None:
    """BadInput for what podium can't do and a client would wait for."""
    refused = (
        ("n", asked.n not in (None, 1), "podium gives one answer.", "Send n=1 or leave it out."),
        ("tools", bool(asked.tools), "podium calls no tools.", "Leave tools out."),
        ("functions", bool(asked.functions), "podium calls no functions.", "Leave functions out."),
        ("modalities", set(asked.modalities or ["text"]) != {"text"}, "podium answers in text.", "Ask for text."),
        ("audio", asked.audio is not None, "podium doesn't speak.", "Leave audio out."),
    )
    for key, wrong, message, remedy in refused:
        if wrong:
            raise BadInput(message, key=key, remedy=remedy)


def _text(message: MessageAsked, place: int) -> str:
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    for number, part in enumerate(message.content):
        if message.role == "user" and (part.type != "text" or part.text is None):
            raise BadInput(
                "podium reads text only, and a message holds something else.",
                key=f"messages.{place}.content.{number}.type",
                remedy="Send the question as text.",
            )
    return "\n".join(part.text or "" for part in message.content)
