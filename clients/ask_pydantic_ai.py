"""pydantic-ai: a plain agent, streamed, with history; and that structured output says what to switch off."""

import asyncio
from importlib.metadata import version

from checks import ADDRESS, FOLLOW_UP, QUESTION, cites, run
from pydantic import BaseModel
from pydantic_ai import Agent, ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

provider = OpenAIProvider(base_url=f"{ADDRESS}/v1", api_key="none")
agent = Agent(OpenAIChatModel("podium", provider=provider))


class Form(BaseModel):
    """What a caller may want filled."""

    answer: str


def plain_agent() -> None:
    cites(agent.run_sync(QUESTION).output)


def stream() -> None:
    async def streamed() -> str:
        async with agent.run_stream(QUESTION) as result:
            return await result.get_output()

    cites(asyncio.run(streamed()))


def follow_up() -> None:
    first = agent.run_sync(QUESTION)
    assert agent.run_sync(FOLLOW_UP, message_history=first.all_messages()).output


def responses() -> None:
    cites(Agent(OpenAIResponsesModel("podium", provider=provider)).run_sync(QUESTION).output)


def structured_output_is_refused_clearly() -> None:
    try:
        Agent(OpenAIChatModel("podium", provider=provider), output_type=Form).run_sync(QUESTION)
    except ModelHTTPError as error:
        assert "calls no tools" in str(error), error
    else:
        raise AssertionError("it was taken")


run(version("pydantic-ai-slim"), plain_agent, stream, follow_up, responses, structured_output_is_refused_clearly)
