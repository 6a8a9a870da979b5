"""Filters by institution and by reporter, at every face, over an archive of several institutions."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from callers import podium_command
from conftest import serve
from mcp import Client

from rag.pipeline import Podium

ASKED = "What is new here?"
WHERE, WHO = {"institutions": ["kremlin"]}, {"reporters": ["steve liesman"]}


@pytest.fixture(scope="module")
def address(several: Podium) -> Iterator[str]:
    yield from serve(several, several.settings)


def post(address: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    sent = httpx.post(f"{address}{path}", json=body, timeout=30)
    assert sent.status_code == 200, sent.text
    return dict(sent.json())


def shown(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return list(answer["quotes"] or answer["nearest"])


@pytest.mark.parametrize("filters", [WHERE, WHO])
def test_post_get_and_mcp_keep_to_an_institution_or_a_reporter(address: str, filters: dict[str, list[str]]) -> None:
    [(field, [name])] = filters.items()

    async def ask() -> dict[str, Any]:
        async with Client(f"{address}/mcp") as client:
            return dict((await client.call_tool("ask", {"question": ASKED, **filters})).structured_content or {})

    one = {"q": ASKED, field.removesuffix("s"): name}
    for answer in (
        post(address, "/query", {"question": ASKED, "filters": filters}),
        httpx.get(f"{address}/query", params=one, timeout=30).json(),
        asyncio.run(ask()),
    ):
        assert [each.casefold() for each in answer["understood"][field]] == [name]
        assert {quote["institution"] for quote in shown(answer)} == {
            "Kremlin" if filters is WHERE else "Federal Reserve"
        }


def test_an_unknown_reporter_is_told_with_those_like_it(address: str) -> None:
    sent = httpx.post(
        f"{address}/query", json={"question": ASKED, "filters": {"reporters": ["Steve Leisman"]}}, timeout=30
    )
    assert sent.status_code == 422 and "Steve Liesman" in sent.text and "filters.reporters" in sent.text


@pytest.mark.parametrize(("name", "value"), [("institution", "Kremlin"), ("reporter", "Darya Knorre")])
def test_dify_conditions_name_them(address: str, name: str, value: str) -> None:
    condition = {"name": [name], "comparison_operator": "is", "value": value}
    body = {"query": ASKED, "metadata_condition": {"logical_operator": "and", "conditions": [condition]}}
    records = post(address, "/retrieval", body)["records"]
    assert records and {each["metadata"]["institution"] for each in records} == {"Kremlin"}


def test_the_page_offers_institutions_and_shows_what_holds_as_chips(address: str) -> None:
    page = httpx.get(
        f"{address}/", params={"q": "What did the Kremlin say?", "reporter": "Darya Knorre"}, timeout=30
    ).text
    assert 'name="institution" value="White House"' in page
    assert "said at Kremlin" in page and "asked by Darya Knorre" in page
    without = httpx.get(
        f"{address}/", params={"q": ASKED, "institution": "Kremlin", "understand": "false"}, timeout=30
    ).text
    assert 'name="institution" value="Kremlin" checked' in without and "said at Kremlin" in without


def test_every_credit_names_the_institution(address: str) -> None:
    answer = post(address, "/query", {"question": ASKED, "filters": {"spokespeople": ["Jen Psaki"]}})
    assert {quote["institution"] for quote in shown(answer)} == {"White House"}
    page = httpx.get(f"{address}/", params={"q": ASKED, "spokesperson": "Jen Psaki"}, timeout=30).text
    assert 'Jen Psaki</a>, <a href="/institutions/White%20House">White House</a>' in page


def test_the_command_line_takes_both(several: Podium) -> None:
    archive = several.settings.archive
    done = podium_command(
        "ask", ASKED, "--institution", "Kremlin", "--reporter", "Darya Knorre", "--json", archive=archive
    )
    answer = json.loads(done.stdout)
    assert answer["understood"]["in_words"] == "said at Kremlin, asked by Darya Knorre"
    assert [quote["spokesperson"] for quote in shown(answer)] == ["Vladimir Putin"]
