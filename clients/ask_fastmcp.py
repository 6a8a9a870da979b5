"""fastmcp: over HTTP, with a key, and over stdio."""

import asyncio
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from typing import Any

from checks import ADDRESS, KEY, KEYED_ADDRESS, QUESTION, STDIO, holds, run
from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from fastmcp.exceptions import ToolError


def over(client: Client, work: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
    async def connected() -> None:
        async with client:
            await work(client)

    asyncio.run(connected())


async def asks(client: Client) -> None:
    assert {tool.name for tool in await client.list_tools()} >= {"search", "fetch", "ask"}
    answer = (await client.call_tool("ask", {"question": QUESTION, "spokespeople": "Zhao Lijian"})).structured_content
    # A lone name is taken for a list of one.
    holds(answer["answer"])
    found = (await client.call_tool("search", {"query": QUESTION})).structured_content["results"]
    whole = (await client.call_tool("fetch", {"id": found[0]["id"]})).structured_content
    assert whole["text"]


async def guesses(client: Client) -> None:
    try:
        await client.call_tool("ask", {"question": QUESTION, "spokesperson": "Zhao Lijian"})
    except ToolError as error:
        # The argument is called spokespeople.
        assert "Did you mean spokespeople?" in str(error), error
    else:
        raise AssertionError("it was taken")


async def reads(client: Client) -> None:
    found = (await client.call_tool("search", {"query": QUESTION})).structured_content["results"]
    transcript = found[0]["id"].partition("/")[0]
    (whole,) = await client.read_resource(f"podium://transcript/{transcript}")
    holds(whole.text)
    prompt = await client.get_prompt("position", {"topic": "the trial"})
    assert "the trial" in prompt.messages[0].content.text


run(
    version("fastmcp"),
    http=lambda: over(Client(f"{ADDRESS}/mcp"), asks),
    wrong_arguments_are_named=lambda: over(Client(f"{ADDRESS}/mcp"), guesses),
    resources_and_prompt=lambda: over(Client(f"{ADDRESS}/mcp"), reads),
    http_with_key=lambda: over(Client(f"{KEYED_ADDRESS}/mcp", auth=KEY), asks),
    stdio=lambda: over(Client(StdioTransport(STDIO[0], STDIO[1:])), asks),
)
