"""What a chat frontend sends and gets, in OpenAI's shapes, and the conversation that its messages make."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from rag.api.bodies import ClientBody
from rag.api.completions import Annotation, PodiumSent
from rag.api.housekeeping import asked_in
from rag.errors import BadInput
from rag.question.asked import MAX_CHARACTERS, MAX_HISTORY, MAX_TOKENS

# The roles that tell how to answer and ask nothing.
_TELLING = ("system", "developer")

Choice = str | dict[str, Any] | None


class PartAsked(ClientBody):
    """A part of a message's content; only text can be read."""

    type: str
    text: str | None = None


class MessageAsked(ClientBody):
    """One turn of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[PartAsked] | None = None


class StreamOptionsAsked(ClientBody):
    """What a stream carries beside the answer."""

    include_usage: bool = False


class ChatAsked(ClientBody):
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
    max_tokens: Annotated[int | None, Field(ge=1, le=MAX_TOKENS, description="Budget for the answer's content.")] = None
    max_completion_tokens: Annotated[
        int | None, Field(ge=1, le=MAX_TOKENS, description="The same under its newer name, which goes first.")
    ] = None
    n: Annotated[int | None, Field(description="How many answers: 1.", examples=[1])] = None
    tool_choice: Annotated[Choice, Field(description="Refused where a tool must be called: podium calls none.")] = None
    function_call: Annotated[Choice, Field(description="Refused as tool_choice.")] = None
    response_format: Annotated[Choice, Field(description="Text; podium fills no form.")] = None
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
    """What the messages say: the question, the user's earlier turns, what the system says.

    `question` is None where the last turn is podium's own, to be gone on with.
    """

    question: str | None
    history: list[str]
    instructions: str
    texts: list[str]


def read_conversation(asked: ChatAsked) -> Conversation:
    """The conversation in the messages; BadInput names the message that can't be used."""
    check_wishes(asked)
    # Some clients send a system message behind the question.
    last = max((at for at, message in enumerate(asked.messages) if message.role not in _TELLING), default=0)
    texts = [_text(message, place, whole=place == last) for place, message in enumerate(asked.messages)]
    users = [text for message, text in zip(asked.messages, texts, strict=True) if message.role == "user"]
    if not users:
        raise BadInput("messages hold no question.", key="messages", remedy="Add a message with the role user.")
    if asked.messages[last].role not in ("user", "assistant"):
        raise BadInput(
            f"messages end in a turn of the {asked.messages[last].role}.",
            key="messages",
            remedy="Let the last one be the user's question.",
        )
    question = users.pop() if asked.messages[last].role == "user" else None
    earlier = [text[:MAX_CHARACTERS] for text in map(asked_in, users) if text.strip()]
    told = [text for message, text in zip(asked.messages, texts, strict=True) if message.role in _TELLING]
    return Conversation(question, earlier[-MAX_HISTORY:], "\n".join(told), texts)


def check_wishes(asked: ChatAsked) -> None:
    """BadInput for what podium can't do and a client would wait for; all else that a client sends is left aside."""
    calls = "podium calls no tools."
    refused = (
        ("n", asked.n not in (None, 1), "podium gives one answer.", "Send n=1 or leave it out."),
        ("tool_choice", _must_call(asked.tool_choice), calls, "Set tool_choice to auto or leave it out."),
        ("function_call", _must_call(asked.function_call), calls, "Set function_call to auto or leave it out."),
        (
            "response_format",
            not _is_text(asked.response_format),
            "podium answers in quotes and fills no form.",
            "Switch structured output (JSON mode) off for this model; the quotes are in the message's podium field.",
        ),
        ("modalities", set(asked.modalities or ["text"]) != {"text"}, "podium answers in text.", "Ask for text."),
        ("audio", asked.audio is not None, "podium doesn't speak.", "Leave audio out."),
    )
    refuse(refused)


def refuse(wishes: Iterable[tuple[str, object, str, str]]) -> None:
    """BadInput for the first wish (key, whether it is one, why not, what to do instead) that podium can't fulfil."""
    for key, wished, message, remedy in wishes:
        if wished:
            raise BadInput(message, key=key, remedy=remedy)


def _must_call(choice: Any) -> bool:
    if isinstance(choice, dict):
        # `{"type": "function", …}`, `{"mode": "auto", …}`
        choice = choice.get("mode") or choice.get("type") or "function"
    return choice not in (None, "auto", "none")


def _is_text(form: Any) -> bool:
    return form is None or form == "text" or (isinstance(form, dict) and form.get("type") == "text")


def _text(message: MessageAsked, place: int, *, whole: bool) -> str:
    """The text of a message; BadInput where it is the question (`whole`) and holds something else too."""
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    for number, part in enumerate(message.content):
        if whole and message.role == "user" and (part.type != "text" or part.text is None):
            raise BadInput(
                "podium reads text only, and the question holds something else.",
                key=f"messages.{place}.content.{number}.type",
                remedy="Send the question as text.",
            )
    return "\n".join(part.text or "" for part in message.content)
