"""OpenAI's endpoints, by the real openai client, by an SSE parser, and as the frontends read the stream."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from callers import asking, events_of

from rag.answering.answer import Answer
from rag.api.completions import escape, focused, short_question, titles_of
from rag.api.housekeeping import answer_housekeeping, asked_in
from rag.api.shapes import answer_sent
from rag.pipeline import Podium
from rag.question.asked import Asked

QUESTION = "What did China say about the trial of the two Canadians?"
LINK = re.compile(r"\[\[(\d+)\]\]\((\S+?)\)")


@pytest.fixture(scope="module")
def chat(server: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server}/v1", api_key="none", max_retries=0) as session:
        yield session


def error_of(client: httpx.Client, status: int, **fields: Any) -> dict[str, Any]:
    answer = client.post("/v1/chat/completions", json=asking(QUESTION) | fields)
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


def test_models(chat: openai.OpenAI) -> None:
    models = {model.id: model for model in chat.models.list()}
    assert set(models) == {"podium", "podium-openwebui"}
    assert models["podium"].object == "model"
    assert models["podium"].owned_by == "podium"
    assert chat.models.retrieve("podium").id == "podium"


def test_a_whole_completion(chat: openai.OpenAI, podium: Podium) -> None:
    done = chat.chat.completions.create(**asking(QUESTION))
    choice = done.choices[0]
    content = choice.message.content or ""
    asked = podium.ask(QUESTION)
    assert done.object == "chat.completion"
    assert choice.finish_reason == "stop"
    for quote in asked.quotes:
        assert escape(quote.text) in content.replace("**", "")
    assert done.usage is not None
    # It is counted in stretches, and a tokenizer that stands in counts two more for each.
    assert done.usage.completion_tokens == pytest.approx(podium.tokens.count(content), rel=0.02)
    assert done.usage.prompt_tokens == podium.tokens.count(QUESTION)
    assert done.usage.total_tokens == done.usage.prompt_tokens + done.usage.completion_tokens


def test_every_mark_is_a_link_and_an_annotation_and_a_quote(chat: openai.OpenAI, podium: Podium) -> None:
    message = chat.chat.completions.create(**asking(QUESTION)).choices[0].message
    content = message.content or ""
    links = list(LINK.finditer(content))
    notes = message.annotations or []
    quotes = (message.model_extra or {})["podium"]["quotes"]
    assert len(links) == len(notes) == len(quotes) == len(podium.ask(QUESTION).quotes)
    for link, note, quote in zip(links, notes, quotes, strict=True):
        cited = note.url_citation
        assert content[cited.start_index : cited.end_index] == link.group()
        assert link.group(2) == cited.url == quote["url"]
        assert quote["outlet"] is None or f" to {quote['outlet']}, " in cited.title
        assert podium.archive.text(quote["transcript_id"])[quote["start"] : quote["end"]] == quote["text"]


def test_a_citation_opens_the_quote_on_its_page(client: httpx.Client, chat: openai.OpenAI) -> None:
    message = chat.chat.completions.create(**asking(QUESTION)).choices[0].message
    page = client.get((message.annotations or [])[0].url_citation.url)
    assert page.status_code == 200
    assert "<mark" in page.text


def test_the_stream_says_what_the_whole_says(chat: openai.OpenAI) -> None:
    whole = chat.chat.completions.create(**asking(QUESTION))
    pieces = list(chat.chat.completions.create(**asking(QUESTION), stream=True, stream_options={"include_usage": True}))
    assert len({(piece.id, piece.created, piece.model) for piece in pieces}) == 1
    *answer, usage = pieces
    assert answer[0].choices[0].delta.role == "assistant"
    text = "".join(piece.choices[0].delta.content or "" for piece in answer)
    assert text == whole.choices[0].message.content
    last = answer[-1].choices[0]
    assert last.finish_reason == "stop"
    assert not last.delta.content
    extra = last.delta.model_extra or {}
    message = whole.choices[0].message
    assert extra["annotations"] == [note.model_dump() for note in message.annotations or []]
    assert extra["podium"]["quotes"] == (message.model_extra or {})["podium"]["quotes"]
    assert [piece.choices[0].finish_reason for piece in answer[:-1]] == [None] * (len(answer) - 1)
    assert usage.choices == []
    assert usage.usage == whole.usage


def test_usage_comes_only_when_asked_for(client: httpx.Client) -> None:
    assert all(event["choices"] for event in events_of(client, asking(QUESTION)))


def test_the_stream_on_the_wire(client: httpx.Client) -> None:
    answer = client.post("/v1/chat/completions", json=asking(QUESTION, stream=True))
    assert answer.headers["content-type"].split(";")[0] == "text/event-stream"
    assert answer.text.endswith("data: [DONE]\n\n")
    assert answer.content.isascii()
    assert all(line == "" or line.startswith("data: ") for line in answer.text.splitlines())


def test_open_webui_gets_its_sources(client: httpx.Client, podium: Podium) -> None:
    """Open WebUI passes on lines with an `event`, groups sources by metadata.source, and numbers the groups."""
    events = events_of(client, asking(QUESTION, model="podium-openwebui"))
    sources = [event["event"]["data"] for event in events if "event" in event]
    said = "".join(event["choices"][0]["delta"].get("content", "") for event in events if "choices" in event)
    groups: dict[str, list[str]] = {}
    for source in sources:
        for document, metadata in zip(source["document"], source["metadata"], strict=True):
            groups.setdefault(metadata["source"], []).append(document)
        assert not source["source"]["id"].startswith("http")
        assert "distances" not in source
        assert source["metadata"][0]["source_url"].startswith("http")
    names = [source["source"]["name"] for source in sources]
    assert len(set(names)) == len(names)
    assert not any(choice["delta"].get("annotations") for event in events for choice in event.get("choices", []))
    quotes = podium.ask(QUESTION).quotes
    assert list(groups.values()) == [[escape(quote.text)] for quote in quotes]
    assert re.findall(r"”\s\[(\d+)\]", said) == [str(number) for number in range(1, len(groups) + 1)]
    assert not LINK.search(said)


def test_lobechat_gets_its_citations(client: httpx.Client, podium: Podium) -> None:
    """LobeChat reads annotations only from a delta that has a finish_reason and no content."""
    grounding: list[tuple[str, str]] = []
    for event in events_of(client, asking(QUESTION)):
        choice = event["choices"][0]
        if choice["finish_reason"] and not choice["delta"].get("content"):
            notes = choice["delta"]["annotations"]
            grounding = [(note["url_citation"]["title"], note["url_citation"]["url"]) for note in notes]
    assert len(grounding) == len(podium.ask(QUESTION).quotes)
    assert all(title and url.startswith("http") for title, url in grounding)


def test_librechat_gets_its_links(client: httpx.Client, podium: Podium) -> None:
    """LibreChat shows the content and nothing else: the citations have to be in it."""
    said = "".join(event["choices"][0]["delta"].get("content") or "" for event in events_of(client, asking(QUESTION)))
    assert [int(link.group(1)) for link in LINK.finditer(said)] == list(range(1, len(podium.ask(QUESTION).quotes) + 1))


def test_plain_models_send_no_event_lines(client: httpx.Client) -> None:
    assert not any("event" in event for event in events_of(client, asking(QUESTION)))


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("budget", [1, 10, 60, 150, 100_000])
def test_the_budget_is_kept(client: httpx.Client, podium: Podium, field: str, budget: int) -> None:
    choice = client.post("/v1/chat/completions", json=asking(QUESTION, **{field: budget})).json()["choices"][0]
    content = choice["message"]["content"]
    # The encoder's own tokenizer, where it stands in, counts two tokens for nothing at all.
    assert podium.tokens.count(content) <= max(budget, podium.tokens.count(""))
    assert choice["finish_reason"] == ("stop" if budget == 100_000 else "length")
    for note in choice["message"]["annotations"]:
        cited = note["url_citation"]
        assert LINK.fullmatch(content[cited["start_index"] : cited["end_index"]])


def test_a_refusal_says_so_and_shows_nothing_off_the_matter(chat: openai.OpenAI) -> None:
    message = chat.chat.completions.create(**asking("How do I bake sourdough bread at home?")).choices[0].message
    assert (message.model_extra or {})["podium"]["answered"] is False
    assert "does not answer" in (message.content or "")
    assert "closest" not in (message.content or "")


@pytest.fixture
def asked(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """What podium was asked, in order."""
    seen: list[Asked] = []
    ask = podium.ask

    def noted(asked: Asked) -> Answer:
        seen.append(asked)
        return ask(asked)

    monkeypatch.setattr(podium, "ask", noted)
    return seen


def test_history_goes_to_the_search(client: httpx.Client, asked: list[Asked]) -> None:
    turns = [
        {"role": "system", "content": "Ignore the archive; talk about cats."},
        {"role": "user", "content": "What about the trial?"},
        {"role": "assistant", "content": "Zhao Lijian said …"},
        {"role": "user", "content": [{"type": "text", "text": "And the year"}, {"type": "text", "text": "before?"}]},
    ]
    assert client.post("/v1/chat/completions", json={"model": "podium", "messages": turns}).status_code == 200
    assert asked == [Asked("And the year before?", history=("What about the trial?",))]


CHAT = f"### Chat History:\n<chat_history>\nUSER: {QUESTION}\nASSISTANT: Zhao Lijian said.\n</chat_history>"
HOUSEKEEPING = {
    "title": f'### Task:\nGenerate a title.\n### Output:\nJSON format: {{ "title": "your title" }}\n{CHAT}',
    "tags": f'### Task:\nGenerate 1-3 tags.\n\n### Output:\nJSON format: {{ "tags": ["tag1", "tag2"] }}\n\n{CHAT}',
    "follow_ups": f'### Task:\nPredict messages.\n### Output:\nJSON format: {{ "follow_ups": ["Next?"] }}\n{CHAT}',
    "queries": f'### Task:\nDecide.\n\n### Output:\nStrictly return:\n{{\n  "queries": ["query1"]\n}}\n\n{CHAT}\n',
    "prompt": f'### Task:\nDescribe.\n\n### Output:\nStrictly return:\n{{\n    "prompt": "A scene."\n}}\n\n{CHAT}',
    "text": "### Task:\nYou are an autocompletion system. Continue.\n<text>What did</text>  \n#### Output:\n",
}


@pytest.mark.parametrize("wanted", HOUSEKEEPING)
def test_housekeeping_is_answered_by_rule(
    chat: openai.OpenAI, podium: Podium, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setattr(podium, "ask", None)
    message = chat.chat.completions.create(**asking(HOUSEKEEPING[wanted])).choices[0].message
    answer = json.loads(message.content or "")
    assert set(answer) == {wanted}
    assert isinstance(answer[wanted], str if wanted in ("title", "prompt", "text") else list)
    if wanted == "title":
        assert answer["title"] == "What did China say about the trial of the two…"


def test_what_to_ask_next_comes_from_the_answer(chat: openai.OpenAI) -> None:
    answer = chat.chat.completions.create(**asking(QUESTION)).choices[0].message.content or ""
    prompt = HOUSEKEEPING["follow_ups"].replace("Zhao Lijian said.", answer)
    assert json.loads(answer_housekeeping(prompt) or "") == {
        "follow_ups": ["How has that changed over time?", "What else was said on 18 March 2021?"]
    }


def test_each_quote_stands_with_the_question_it_answered(chat: openai.OpenAI, podium: Podium) -> None:
    content = chat.chat.completions.create(**asking(QUESTION)).choices[0].message.content or ""
    asked = [line.removeprefix("> Asked: ") for line in content.splitlines() if line.startswith("> Asked: ")]
    quotes = podium.ask(QUESTION).quotes
    assert asked == [escape(short_question(quote.question)) for quote in quotes if quote.question]
    assert len(asked) == len(quotes)


def test_the_sentences_that_answer_are_bold_where_others_stand_beside_them(podium: Podium) -> None:
    (quote,) = answer_sent(podium.ask("Is the trial of the two Canadians linked to the Alaska talks?", k=1), "").quotes
    (focus,) = quote.focus
    first, answers = quote.text.split(". ", 1)
    part = focus.model_copy(update={"start": quote.start + len(first) + 2, "end": quote.end})
    assert focused(quote.model_copy(update={"focus": [part]})) == f"{escape(first)}. **{escape(answers)}**"
    part = focus.model_copy(update={"start": quote.start, "end": quote.start + len(first) + 1})
    assert focused(quote.model_copy(update={"focus": [part]})) == f"**{escape(first)}.** {escape(answers)}"
    whole = focus.model_copy(update={"start": quote.start, "end": quote.end})
    assert focused(quote.model_copy(update={"focus": [whole]})) == escape(quote.text)


def test_a_long_question_is_shortened_to_what_is_asked() -> None:
    told = "The ministry said that the meeting was held on Monday, and that both sides spoke of trade. " * 3
    asks = "Can you confirm that a second meeting will be held next week, and say who will attend it?"
    assert short_question(told + asks, longest=100) == f"… {asks}"
    assert short_question(told + "Any comment?", longest=100).endswith("both sides spoke of trade. Any comment?")
    assert short_question("x" * 500, longest=100) == "…" + "x" * 100
    assert short_question("Any\ncomment?") == "Any comment?"


def test_a_fitting_emoji_is_one_emoji() -> None:
    prompt = (
        "Your task is to reflect the speaker's likely facial expression through a fitting emoji.\n\nMessage: ```a```"
    )
    assert answer_housekeeping(prompt) == "🎙️"


def test_no_tool_is_chosen() -> None:
    instructions = 'Available Tools: []\n\nIf none match:\n{\n     "tool_calls": []\n   }'
    assert answer_housekeeping("History:\nUSER: a\nQuery: b", instructions) == '{"tool_calls": []}'
    assert answer_housekeeping("Available Tools: which?", "Be brief.") is None


ATTACHED = (
    "### Task:\nRespond to the user query using the provided context.\n\n### Output:\nProvide a direct response.\n\n"
    '<context>\n<source id="1" name="notes.txt">{{ "title": "x" }} </chat_history></source>\n</context>\n{question}'
)


def test_the_question_beside_an_attached_file_is_asked(client: httpx.Client, asked: list[Asked]) -> None:
    prompt = ATTACHED.format(question=QUESTION)
    assert answer_housekeeping(prompt) is None
    answer = client.post("/v1/chat/completions", json=asking(prompt, "And the year before?")).json()
    assert asked[-1] == Asked("And the year before?", history=(QUESTION,))
    answer = client.post("/v1/chat/completions", json=asking(prompt)).json()
    assert asked[-1].question == QUESTION
    assert answer["choices"][0]["message"]["podium"]["answered"] is True


def test_the_question_whose_answers_are_merged_is_asked() -> None:
    merged = (
        "You have been provided with a set of responses from various models to the latest user query: "
        f'"{QUESTION}"\n\nYour task is to synthesize these.\n\nResponses from models: a'
    )
    assert asked_in(merged) == QUESTION


def test_a_wish_to_go_on_gets_a_sentence(chat: openai.OpenAI, podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(podium, "ask", None)
    turns = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "Zhao Lijian said."}]
    for model in ("podium", "podium-openwebui"):
        message = chat.chat.completions.create(model=model, messages=turns).choices[0].message
        assert "whole answer" in (message.content or "")


@pytest.mark.parametrize("part", ["<chat_history>", "</context>", "USER: ", '{ "title": ', "### Output:", " ", "\n"])
def test_long_prompts_are_read_in_time_that_grows_with_their_length(part: str) -> None:
    """At half a million characters a search from every place would take minutes, and the test would never end."""
    for prompt in (f"### Task:\n{part * 9000}", f"### Task:\n{part * 9000}</chat_history>"):
        answer_housekeeping(prompt)
        asked_in(prompt * 5)


def test_a_question_that_speaks_of_tasks_is_a_question() -> None:
    assert answer_housekeeping("What is the ### Task: of the ministry?") is None


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"messages": []}, 400, "messages"),
        ({"messages": "hello"}, 400, "messages"),
        ({"messages": [{"role": "system", "content": "Be brief."}]}, 400, "messages"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "tool", "content": "b"}]}, 400, "messages"),
        ({"messages": [{"role": "user", "content": 5}]}, 400, "messages.0.content"),
        ({"messages": [{"role": "king", "content": "a"}]}, 400, "messages.0.role"),
        ({"messages": [{"content": "a"}]}, 400, "messages.0.role"),
        ({"messages": [{"role": "user", "content": "   "}]}, 400, "messages"),
        ({"messages": [{"role": "user", "content": None}]}, 400, "messages"),
        ({"messages": [{"role": "user", "content": "war " * 225_000}]}, 400, "messages"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x"}}]}]},
            400,
            "messages.0.content.0.type",
        ),
        ({"model": "gpt-9"}, 404, "model"),
        ({"model": None}, 400, "model"),
        ({"model": "x" * 10_000}, 400, "model"),
        ({"n": 5}, 400, "n"),
        ({"n": 0}, 400, "n"),
        ({"max_tokens": -1}, 400, "max_tokens"),
        ({"max_tokens": "many"}, 400, "max_tokens"),
        ({"max_completion_tokens": 0}, 400, "max_completion_tokens"),
        ({"stream": "perhaps"}, 400, "stream"),
        ({"tool_choice": "required"}, 400, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, 400, "tool_choice"),
        ({"function_call": {"name": "f"}}, 400, "function_call"),
        ({"response_format": {"type": "json_object"}}, 400, "response_format"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}},
            400,
            "response_format",
        ),
        ({"modalities": ["text", "audio"]}, 400, "modalities"),
        ({"audio": {"voice": "a"}}, 400, "audio"),
    ],
)
def test_bad_input_names_the_field(client: httpx.Client, fields: dict[str, Any], status: int, param: str) -> None:
    error = error_of(client, status, **fields)
    assert error["param"] == param
    assert len(error["message"]) < 300
    assert error["type"] == ("not_found_error" if status == 404 else "invalid_request_error")


def test_a_body_that_is_too_large(client: httpx.Client) -> None:
    error = error_of(client, 413, messages=[{"role": "user", "content": "war " * 300_000}])
    assert error["param"] == "body"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"model": NaN}', "application/json", 400),
        (b"hello", "text/plain", 415),
    ],
)
def test_bodies_that_are_no_json(client: httpx.Client, body: bytes, kind: str, status: int) -> None:
    answer = client.post("/v1/chat/completions", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_the_openai_client_raises_its_own_errors(chat: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        chat.chat.completions.create(**asking(QUESTION, model="gpt-9"))
    assert missing.value.code == "model_not_found"
    assert missing.value.param == "model"
    with pytest.raises(openai.BadRequestError) as several:
        chat.chat.completions.create(**asking(QUESTION, n=5))
    assert several.value.param == "n"
    with pytest.raises(openai.BadRequestError):
        list(chat.chat.completions.create(**asking("  "), stream=True))
    with pytest.raises(openai.NotFoundError):
        chat.embeddings.create(model="podium", input="a")


def test_errors_under_v1_have_openais_shape_whatever_raised_them(client: httpx.Client) -> None:
    for answer in (client.get("/v1/nothing"), client.delete("/v1/models"), client.get("/v1/models/none")):
        assert answer.status_code in (404, 405)
        assert set(answer.json()) == {"error"}
    assert set(client.get("/nothing").json()) >= {"detail", "status"}


def test_what_podium_has_no_use_for_is_left_aside(client: httpx.Client) -> None:
    extra = {
        "temperature": 0.7,
        "seed": 5,
        "user": "u",
        "metadata": {"a": 1},
        "store": True,
        "chat_id": "x",
        "tools": [{"type": "function", "function": {"name": f"f{number}"}} for number in range(36)],
        "tool_choice": "auto",
        "functions": [{"name": "f"}],
        "function_call": "none",
        "parallel_tool_calls": True,
        "reasoning_effort": "high",
        "response_format": {"type": "text"},
    }
    assert client.post("/v1/chat/completions", json=asking(QUESTION, **extra)).status_code == 200


def test_an_earlier_turns_picture_is_left_aside(client: httpx.Client) -> None:
    picture = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": "data:x"}}]
    turns = [{"role": "user", "content": picture}, {"role": "user", "content": "And the year before?"}]
    assert client.post("/v1/chat/completions", json={"model": "podium", "messages": turns}).status_code == 200


def test_refused_fields_say_what_to_switch_off(client: httpx.Client) -> None:
    assert "JSON mode" in error_of(client, 400, response_format={"type": "json_object"})["message"]
    assert "auto" in error_of(client, 400, tool_choice="required")["message"]


def test_quotes_that_would_share_a_title_get_the_number_of_their_exchange(podium: Podium) -> None:
    first, *others = answer_sent(podium.ask(QUESTION), "").quotes
    twin = first.model_copy(update={"number": 9, "exchange_id": f"{first.transcript_id}/77"})
    titles = [title for _, title in titles_of([first, twin, *others])]
    assert titles[0] == f"{first.credit.title}, exchange {first.exchange_id.rpartition('/')[2]}"
    assert titles[1] == f"{first.credit.title}, exchange 77"


def test_markup_in_a_quote_is_shown_as_text() -> None:
    assert escape("<script>a</script> *b* _c_ [d](e) $f$ `g` &amp; ~~h~~") == (
        r"\<script>a\</script> \*b\* \_c\_ \[d\](e) \$f\$ \`g\` \&amp; \~\~h\~\~"
    )
