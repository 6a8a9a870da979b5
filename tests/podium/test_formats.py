"""The same quotes for Dify and for Anthropic's Messages API."""

from typing import Any

import httpx
import pytest

from rag.pipeline import Podium

QUESTION = "What did China say about the trial of the two Canadians?"


def retrieved(client: httpx.Client, **fields: Any) -> list[dict[str, Any]]:
    answer = client.post("/retrieval", json={"knowledge_id": "podium", "query": QUESTION} | fields)
    assert answer.status_code == 200, answer.text
    records: list[dict[str, Any]] = answer.json()["records"]
    return records


def condition(*conditions: tuple[str, str, str], joint: str = "and") -> dict[str, Any]:
    return {
        "logical_operator": joint,
        "conditions": [{"name": [name], "comparison_operator": how, "value": value} for name, how, value in conditions],
    }


def test_dify_gets_records(client: httpx.Client, podium: Podium) -> None:
    records = retrieved(client, retrieval_setting={"top_k": 3, "score_threshold": 0.0})
    quotes = podium.ask(QUESTION, k=3).quotes
    assert [record["content"] for record in records] == [quote.text for quote in quotes]
    for record in records:
        assert set(record) == {"content", "score", "title", "metadata"}
        assert 0 <= record["score"] <= 1
        assert all(value is not None for value in record["metadata"].values())
        assert client.get(record["metadata"]["url"]).status_code == 200


def test_dify_keeps_its_threshold(client: httpx.Client) -> None:
    records = retrieved(client, retrieval_setting={"top_k": 10, "score_threshold": 0.5})
    assert records
    assert all(record["score"] >= 0.5 for record in records)
    assert retrieved(client, retrieval_setting={"top_k": 10, "score_threshold": 1.0}) == []


def test_dify_keeps_its_conditions(client: httpx.Client) -> None:
    only = condition(("spokesperson", "is", "Zhao Lijian"), ("date", "after", "2021-12-01"))
    records = retrieved(client, query="What was said about Hong Kong?", metadata_condition=only)
    assert records
    assert all(record["metadata"]["date"] >= "2021-12-01" for record in records)
    day = condition(("date", "is", "2021-03-18"))
    assert {record["metadata"]["date"] for record in retrieved(client, metadata_condition=day)} == {"2021-03-18"}


def test_dify_gets_nothing_where_nothing_answers(client: httpx.Client) -> None:
    assert retrieved(client, query="How do I bake sourdough bread at home?") == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"query": " "}, "question"),
        ({"query": None}, "query"),
        ({"retrieval_setting": {"top_k": 0}}, "retrieval_setting.top_k"),
        ({"retrieval_setting": {"score_threshold": 7}}, "retrieval_setting.score_threshold"),
        ({"metadata_condition": condition(("weather", "is", "fine"))}, "metadata_condition.conditions"),
        ({"metadata_condition": condition(("date", "after", "30 Feb"))}, "metadata_condition.conditions.value"),
        (
            {"metadata_condition": condition(("outlet", "is", "a"), ("outlet", "is", "b"), joint="or")},
            "metadata_condition.logical_operator",
        ),
        ({"metadata_condition": condition(("spokesperson", "is", "Nobody"))}, "filters.spokespeople"),
    ],
)
def test_dify_is_told_what_is_wrong(client: httpx.Client, fields: dict[str, Any], field: str) -> None:
    answer = client.post("/retrieval", json={"knowledge_id": "k", "query": QUESTION} | fields)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert answer.json()["remedy"]


def test_anthropic_gets_search_results(client: httpx.Client, podium: Podium) -> None:
    answer = client.post("/query", json={"question": QUESTION, "format": "anthropic"}).json()
    blocks = answer["search_results"]
    assert [block["content"][0]["text"] for block in blocks] == [quote.text for quote in podium.ask(QUESTION).quotes]
    for block, quote in zip(blocks, answer["quotes"], strict=True):
        assert set(block) == {"type", "source", "title", "content", "citations"}
        assert block["type"] == "search_result"
        assert block["source"] == quote["url"]
        assert block["content"][0]["type"] == "text"
        assert block["citations"] == {"enabled": True}
    assert client.get("/query", params={"q": QUESTION, "format": "anthropic"}).json()["search_results"] == blocks
    assert "search_results" not in client.post("/query", json={"question": QUESTION}).json()
    assert client.post("/query", json={"question": QUESTION, "format": "toml"}).status_code == 422
