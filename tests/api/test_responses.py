"""OpenAI's Responses API, by the real openai client and on the wire."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from rag.pipeline import Podium

QUESTION = "What did China say about the trial of the two Canadians?"


@pytest.fixture(scope="module")
def chat(server: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server}/v1", api_key="none", max_retries=0) as session:
        yield session


def test_a_whole_response(chat: openai.OpenAI, podium: Podium) -> None:
    answer = chat.responses.create(model="podium", input=QUESTION)
    search, message = answer.output
    quotes = podium.ask(QUESTION).quotes
    assert answer.status == "completed"
    assert search.type == "file_search_call"
    assert search.queries == [QUESTION]
    assert [found.text for found in search.results or []] == [quote.text for quote in quotes]
    assert message.type == "message"
    (part,) = message.content
    assert part.type == "output_text"
    assert part.text == answer.output_text
    for note, quote in zip(part.annotations, quotes, strict=True):
        assert note.type == "url_citation"
        assert part.text[note.start_index : note.end_index].endswith(f"]({note.url})")
        assert f"/read/{quote.span.transcript_id}?" in note.url
        assert note.title.startswith(quote.credit.title)
    whole = chat.chat.completions.create(model="podium", messages=[{"role": "user", "content": QUESTION}])
    assert answer.output_text == whole.choices[0].message.content
    assert answer.usage is not None
    assert whole.usage is not None
    assert answer.usage.output_tokens == whole.usage.completion_tokens


def test_the_stream_says_what_the_whole_says(chat: openai.OpenAI) -> None:
    whole = chat.responses.create(model="podium", input=QUESTION)
    events = list(chat.responses.create(model="podium", input=QUESTION, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert [event.type for event in events[:2]] == ["response.created", "response.in_progress"]
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == whole.output_text
    last = events[-1]
    assert last.type == "response.completed"
    assert [item.to_dict() | {"id": ""} for item in last.response.output] == [
        item.to_dict() | {"id": ""} for item in whole.output
    ]
    notes = [event for event in events if event.type == "response.output_text.annotation.added"]
    assert len(notes) == whole.output_text.count("](http")


def test_each_event_has_its_name_on_the_wire(client: httpx.Client) -> None:
    answer = client.post("/v1/responses", json={"model": "podium", "input": QUESTION, "stream": True})
    assert answer.headers["content-type"].split(";")[0] == "text/event-stream"
    for block in answer.text.removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        assert name == f"event: {json.loads(data.removeprefix('data: '))['type']}"


def test_earlier_turns_are_the_questions_history(client: httpx.Client) -> None:
    turns = [
        {"role": "user", "content": QUESTION},
        {"type": "file_search_call", "id": "fs_1", "queries": [], "status": "completed"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Zhao Lijian said."}]},
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "And what about their families?"}],
        },
    ]
    answer = client.post("/v1/responses", json={"model": "podium", "input": turns, "instructions": "Be brief."})
    understood = answer.json()["podium"]["understood"]["standalone_question"]
    assert "the two Canadians" in understood
    assert "their families" in understood


def test_a_budget_cuts(client: httpx.Client) -> None:
    asked = {"model": "podium", "input": QUESTION, "max_output_tokens": 16}
    answer = client.post("/v1/responses", json=asked).json()
    assert answer["status"] == "incomplete"
    assert answer["incomplete_details"] == {"reason": "max_output_tokens"}
    assert "response.incomplete" in client.post("/v1/responses", json=asked | {"stream": True}).text


def test_the_model_for_open_webui_sends_plain_links_here(client: httpx.Client) -> None:
    answer = client.post("/v1/responses", json={"model": "podium-openwebui", "input": QUESTION, "stream": True})
    assert "](http" in answer.text
    assert '"event":{' not in answer.text


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"input": []}, 400, "input"),
        ({"input": "  "}, 400, "input"),
        ({"input": 5}, 400, "input"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "data:x"}]}]}, 400, "input.0"),
        ({"input": [{"type": "function_call_output", "call_id": "a", "output": "b"}]}, 400, "input"),
        ({"model": "gpt-9"}, 404, "model"),
        ({"tool_choice": "required"}, 400, "tool_choice"),
        ({"text": {"format": {"type": "json_schema", "name": "a", "schema": {}}}}, 400, "text.format"),
        ({"previous_response_id": "resp_1"}, 400, "previous_response_id"),
        ({"conversation": "conv_1"}, 400, "conversation"),
        ({"background": True}, 400, "background"),
        ({"max_output_tokens": 0}, 400, "max_output_tokens"),
    ],
)
def test_bad_input_names_the_field(client: httpx.Client, fields: dict[str, Any], status: int, param: str) -> None:
    answer = client.post("/v1/responses", json={"model": "podium", "input": QUESTION} | fields)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["param"].startswith(param)
    assert "messages" not in error["message"]
