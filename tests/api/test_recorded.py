"""What real clients sent, as `make clients` recorded it: answered, and told what is wrong where it is broken."""

import json
from typing import Any

import httpx
import pytest
from conftest import ROOT

from rag.api.messages import ChatAsked
from rag.api.responses import ResponseAsked

RECORDED = [
    json.loads(file.read_text("utf-8")) for file in sorted((ROOT / "tests" / "api" / "recorded").glob("*.json"))
]
REQUESTS = [
    pytest.param(sent["path"], sent["body"], id=f"{each['client']} {each['version']} {number}")
    for each in RECORDED
    for number, sent in enumerate(each["requests"], start=1)
]
OPENAI = {"/v1/chat/completions": ChatAsked, "/v1/responses": ResponseAsked}
WRONG = (5, -1, "x", True, [], [5], {}, {"a": {}}, None)
MCP = {"accept": "application/json, text/event-stream"}


def is_refused(body: dict[str, Any]) -> bool:
    """Whether it asks for structured output, the one thing that these clients want and podium can't give."""
    return "response_format" in body or body.get("tool_choice") == "required"


def fields_of(*paths: str) -> list[Any]:
    """Each field that a client sent there, with the first message of its kind that holds it."""
    first = {
        (path, str(body.get("method", "")), field): body
        for path, body in (request.values for request in reversed(REQUESTS))
        if path in paths and not is_refused(body)
        for field in body
    }
    return [pytest.param(path, field, body, id=f"{path} {kind} {field}") for (path, kind, field), body in first.items()]


def test_every_client_left_a_recording_with_its_version() -> None:
    assert {each["client"] for each in RECORDED} >= {"Open WebUI", "llm", "openai (Python)", "fastmcp", "MCP Inspector"}
    assert all(each["version"] and each["requests"] for each in RECORDED)


@pytest.mark.parametrize(("path", "body"), REQUESTS)
def test_what_a_client_sent_is_answered(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
    answer = client.post(path, json=body, headers=MCP)
    if is_refused(body):
        assert answer.status_code == 400
        return
    assert answer.status_code in (200, 202), answer.text
    if path in OPENAI:
        assert "18 March 2021" in answer.text or '"content":"{' in answer.text


@pytest.mark.parametrize(("path", "field", "body"), fields_of(*OPENAI))
def test_one_broken_field_is_named(client: httpx.Client, path: str, field: str, body: dict[str, Any]) -> None:
    """Whatever stands in a field: an answer, or OpenAI's error that names the field; never a 500."""
    for wrong in WRONG:
        answer = client.post(path, json=body | {"stream": False} | {field: wrong})
        if answer.status_code == 200:
            continue
        assert answer.status_code in (400, 404), (wrong, answer.text)
        error = answer.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert error["param"].split(".")[0] == field, (wrong, error)
        assert field in OPENAI[path].model_fields, "a field that podium has no use for broke the answer"


@pytest.mark.parametrize(("path", "field", "body"), fields_of("/mcp"))
def test_a_broken_message_to_mcp_is_an_error_not_a_crash(
    client: httpx.Client, path: str, field: str, body: dict[str, Any]
) -> None:
    for wrong in WRONG:
        answer = client.post(path, json=body | {field: wrong}, headers=MCP)
        assert answer.status_code < 500, (wrong, answer.text)
