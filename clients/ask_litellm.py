"""litellm: whole, streamed, responses."""

from importlib.metadata import version

import litellm
from checks import ADDRESS, QUESTION, cites, run

REACHED = {"model": "openai/podium", "api_base": f"{ADDRESS}/v1", "api_key": "none"}
TURNS = [{"role": "user", "content": QUESTION}]


def completion() -> None:
    cites(litellm.completion(messages=TURNS, **REACHED).choices[0].message.content)


def stream() -> None:
    pieces = litellm.completion(messages=TURNS, stream=True, **REACHED)
    cites("".join(piece.choices[0].delta.content or "" for piece in pieces))


def responses() -> None:
    answer = litellm.responses(input=QUESTION, **REACHED)
    cites("".join(part.text for item in answer.output if item.type == "message" for part in item.content))


run(version("litellm"), completion, stream, responses)
