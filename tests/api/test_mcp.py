"""The tools, by the real MCP client, over HTTP and over stdio."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import ROOT
from mcp import Client, MCPError, StdioServerParameters
from mcp_types import CallToolResult, TextContent, TextResourceContents

from rag.api.citing import source_link
from rag.api.fetched import fetched
from rag.api.shapes import answer_sent
from rag.pipeline import Podium
from rag.settings import VERSION

MARKER = "xyzzy-plugh"
QUESTION = "What did China say about the trial of the two Canadians?"


def over(server: str | StdioServerParameters, work: Callable[[Client], Awaitable[Any]]) -> Any:
    async def connected() -> Any:
        async with Client(f"{server}/mcp" if isinstance(server, str) else server) as client:
            return await work(client)

    return asyncio.run(asyncio.wait_for(connected(), 90))


def sent(result: CallToolResult) -> dict[str, Any]:
    """What a tool sent: one text item that holds the same JSON as the structured content."""
    assert not result.is_error, result.content
    assert len(result.content) == 1
    item = result.content[0]
    assert isinstance(item, TextContent)
    held: dict[str, Any] = json.loads(item.text)
    assert held == result.structured_content
    return held


def told(result: CallToolResult) -> str:
    """What a tool that failed told."""
    assert result.is_error
    item = result.content[0]
    assert isinstance(item, TextContent)
    return item.text


@pytest.mark.parametrize(
    "body", ['{"jsonrpc": "2.0", "id": 1, "key": "secret"}', '["secret"]', '{"method": ["secret"]}']
)
def test_what_is_no_message_is_told_so_without_being_repeated(client: httpx.Client, body: str) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    said = client.post("/mcp", content=body, headers=headers)
    assert (said.status_code, said.json()["error"]["code"]) == (400, -32600)
    assert "secret" not in said.text


def test_the_tools_and_their_forms(server: str) -> None:
    listed = over(server, lambda client: client.list_tools())
    tools = {tool.name: tool for tool in listed.tools}
    assert set(tools) == {"search", "fetch", "ask", "verify", "list_spokespeople", "coverage"}
    assert list(tools["search"].input_schema["properties"]) == ["query"]
    assert list(tools["fetch"].input_schema["properties"]) == ["id"]
    assert set(tools["ask"].input_schema["properties"]) == {
        "question",
        "date_from",
        "date_to",
        "spokespeople",
        "institutions",
        "outlets",
        "reporters",
        "limit",
    }
    for tool in tools.values():
        assert tool.title
        assert tool.input_schema["additionalProperties"] is False
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is True
        assert tool.output_schema is not None
        assert tool.description


def test_search_then_fetch(server: str, podium: Podium) -> None:
    async def work(client: Client) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        found = sent(await client.call_tool("search", {"query": QUESTION}))
        return found, [sent(await client.call_tool("fetch", {"id": result["id"]})) for result in found["results"]]

    found, read = over(server, work)
    assert set(found) == {"results"}
    assert [result["id"] for result in found["results"]] == [q.exchange_id for q in podium.ask(QUESTION, k=10).quotes]
    for result, exchange in zip(found["results"], read, strict=True):
        assert set(result) == {"id", "title", "url"}
        assert set(exchange) == {"id", "title", "text", "url", "metadata"}
        assert result["url"].startswith(server)
        assert exchange["url"].startswith(server)
        assert exchange["id"] == result["id"]
        stored = podium.archive.exchange(result["id"])
        words = podium.archive.text(stored.transcript_id)
        assert all(span.cut(words) in exchange["text"] for span in stored.spans)
        assert exchange["metadata"]["spokesperson"] == stored.spokesperson


def test_fetch_reads_a_whole_transcript(server: str, podium: Podium) -> None:
    transcript_id = next(iter(podium.archive.heads))
    whole = over(server, lambda client: client.call_tool("fetch", {"id": transcript_id}))
    assert sent(whole)["text"] == podium.archive.text(transcript_id)


def test_a_fetched_url_opens(server: str, client: httpx.Client) -> None:
    found = sent(over(server, lambda mcp: mcp.call_tool("search", {"query": QUESTION})))
    assert client.get(found["results"][0]["url"]).status_code == 200


def test_ask_keeps_its_filters(server: str) -> None:
    given = {"question": "What about the US?", "date_from": "2021-12-01", "spokespeople": ["zhao lijian"], "limit": 2}
    answer = sent(over(server, lambda client: client.call_tool("ask", given)))
    quotes = answer["quotes"] or answer["nearest"]
    assert 1 <= len(quotes) <= 2
    assert all(quote["date"] >= "2021-12-01" and quote["spokesperson"] == "Zhao Lijian" for quote in quotes)


def test_what_the_archive_holds(server: str, podium: Podium) -> None:
    async def work(client: Client) -> tuple[dict[str, Any], dict[str, Any]]:
        people = sent(await client.call_tool("list_spokespeople", {}))
        return people, sent(await client.call_tool("coverage", {}))

    people, coverage = over(server, work)
    counted = {person["name"]: person["exchanges"] for person in people["spokespeople"]}
    assert sorted(counted) == sorted(podium.archive.spokespeople)
    credited = [name for exchange in podium.archive.exchanges for name in exchange.credited]
    assert counted == Counter(credited) and list(counted.values()) == sorted(counted.values(), reverse=True)
    assert coverage["transcripts"] == 5


def test_a_question_that_the_archive_does_not_answer(server: str) -> None:
    found = sent(over(server, lambda client: client.call_tool("search", {"query": "How do I bake sourdough bread?"})))
    assert found == {"results": []}


@pytest.mark.parametrize(
    ("tool", "given", "says"),
    [
        ("search", {"query": "   "}, "empty"),
        ("search", {}, "query"),
        ("search", {"query": "war " * 1000}, "2000"),
        ("fetch", {"id": "nobody/7"}, "no exchange"),
        ("fetch", {"id": "../../etc/passwd"}, "no exchange"),
        ("fetch", {"id": 7}, "id"),
        ("ask", {"question": "a", "date_from": "2021-02-30"}, "date_from"),
        ("ask", {"question": "a", "date_from": 0}, "YYYY-MM-DD"),
        ("ask", {"question": "a", "date_to": "1609459200"}, "YYYY-MM-DD"),
        ("verify", {"words": "one two three", "date": 0}, "YYYY-MM-DD"),
        ("ask", {"question": "a", "date_from": "2022-01-01", "date_to": "2021-01-01"}, "Swap"),
        ("ask", {"question": "a", "spokespeople": ["Zao Lijian"]}, "Zhao Lijian"),
        ("ask", {"question": "a", "limit": 0}, "limit"),
        ("ask", {"question": "a", "spokesperson": "Zhao Lijian"}, "Did you mean spokespeople?"),
        ("ask", {"question": "a", "x" * 5000: 1}, "It takes question"),
        ("search", {"q": "a"}, "It takes query"),
        ("coverage", {"of": "China"}, "It takes none"),
        ("dance", {}, "There is no such tool"),
    ],
)
def test_bad_input_is_a_result_that_says_so(server: str, tool: str, given: dict[str, Any], says: str) -> None:
    message = told(over(server, lambda client: client.call_tool(tool, given)))
    assert says in message
    assert len(message) < 400
    for noise in ("http", "pydantic", "GET ", "validation error", "Error executing"):
        assert noise not in message


def test_one_name_stands_for_a_list_of_one(server: str) -> None:
    async def work(client: Client) -> list[dict[str, Any]]:
        given = {"question": "What about the US?", "limit": 2}
        return [
            sent(await client.call_tool("ask", given | {"spokespeople": name}))
            for name in ("Zhao Lijian", ["Zhao Lijian"], '["Zhao Lijian"]')
        ]

    one, listed, written = over(server, work)
    assert one["understood"]["spokespeople"] == ["Zhao Lijian"]
    assert one["quotes"] == listed["quotes"] == written["quotes"]


def test_a_refusal_is_short(server: str) -> None:
    answer = over(
        server, lambda client: client.call_tool("ask", {"question": "How do I bake sourdough bread at home?"})
    )
    assert sent(answer)["answered"] is False
    assert len(json.dumps(sent(answer))) < 4000


def test_who_serves_and_what_can_be_read_and_asked(server: str, podium: Podium) -> None:
    transcript_id = next(iter(podium.archive.heads))

    async def work(client: Client) -> None:
        assert client.server_info.version == VERSION
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "podium://transcript/{id}"
        (whole,) = (await client.read_resource(f"podium://transcript/{transcript_id}")).contents
        assert isinstance(whole, TextResourceContents)
        assert whole.text == podium.archive.text(transcript_id)
        with pytest.raises(MCPError, match="no transcript"):
            await client.read_resource("podium://transcript/nobody")
        (prompt,) = (await client.list_prompts()).prompts
        assert [argument.name for argument in prompt.arguments or []] == ["topic", "spokesperson"]
        asked = await client.get_prompt(prompt.name, {"topic": "the trial", "spokesperson": "Zhao Lijian"})
        content = asked.messages[0].content
        assert isinstance(content, TextContent)
        assert content.text.startswith("What did Zhao Lijian say about the trial, and how did it change?")

    over(server, work)


def test_without_pages_links_lead_to_the_sources(podium: Podium) -> None:
    first = next(iter(podium.archive.heads))
    assert fetched(podium.archive, first, "").url == f"podium://transcript/{first}"
    assert fetched(podium.archive, f"{first}/1", "").url == f"podium://transcript/{first}"
    assert source_link("a", "https://example.org/page") == "https://example.org/page"
    assert {quote.url for quote in answer_sent(podium.ask(QUESTION), "").quotes} <= {
        f"podium://transcript/{transcript_id}" for transcript_id in podium.archive.heads
    }


@pytest.mark.parametrize(
    ("method", "params", "said"),
    [
        (MARKER * 50, {}, "at most 300 characters"),
        ("tools/call", {"name": MARKER, "arguments": {}}, "There is no such tool. There are: search, fetch"),
        ("tools/call", {"name": MARKER * 50, "arguments": {}}, "at most 300 characters"),
        ("resources/read", {"uri": MARKER * 50}, "at most 300 characters"),
        ("prompts/get", {"name": MARKER}, "prompts/list names both"),
        ("prompts/get", {"name": "position", "arguments": {MARKER: "1"}}, "prompts/list names both"),
    ],
)
def test_what_is_unknown_is_neither_told_back_nor_logged(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, method: str, params: dict[str, Any], said: str
) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = client.post("/mcp", json=call, headers={"accept": "application/json, text/event-stream"})
    assert said in answer.text and MARKER not in answer.text
    assert MARKER not in caplog.text


def test_nothing_is_pushed(client: httpx.Client) -> None:
    assert client.get("/mcp", headers={"accept": "text/event-stream"}).status_code == 405
    assert client.delete("/mcp").status_code == 405


def test_over_stdio(seeds_archive: Path) -> None:
    """The same tools from `podium mcp`, which may write nothing else to stdout."""
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "podium.cli", "mcp", "--archive", str(seeds_archive)],
        env={"PYTHONPATH": str(ROOT), "PODIUM_PUBLIC_URL": "https://podium.example", **_home()},
        cwd=ROOT,
    )

    async def work(client: Client) -> tuple[dict[str, Any], dict[str, Any], str]:
        found = sent(await client.call_tool("search", {"query": QUESTION}))
        read = sent(await client.call_tool("fetch", {"id": found["results"][0]["id"]}))
        return found, read, told(await client.call_tool("fetch", {"id": "nobody/1"}))

    found, read, refused = over(command, work)
    assert found["results"][0]["url"].startswith("https://podium.example/read/")
    assert read["text"]
    assert "no exchange" in refused


def _home() -> dict[str, str]:
    return {key: os.environ[key] for key in ("HOME", "TMPDIR") if key in os.environ}
