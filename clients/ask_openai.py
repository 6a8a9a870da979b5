"""The openai SDK: chat completions and responses, whole and streamed."""

import openai
from checks import ADDRESS, FOLLOW_UP, QUESTION, cites, run

client = openai.OpenAI(base_url=f"{ADDRESS}/v1", api_key="none", max_retries=0)
TURNS = [{"role": "user", "content": QUESTION}]


def chat() -> None:
    message = client.chat.completions.create(model="podium", messages=TURNS).choices[0].message
    cites(message.content)
    assert len(message.annotations) == len(message.podium["quotes"])


def stream() -> None:
    pieces = client.chat.completions.create(model="podium", messages=TURNS, stream=True)
    cites("".join(piece.choices[0].delta.content or "" for piece in pieces))


def follow_up() -> None:
    answer = client.chat.completions.create(model="podium", messages=TURNS).choices[0].message.content
    turns = [*TURNS, {"role": "assistant", "content": answer}, {"role": "user", "content": FOLLOW_UP}]
    message = client.chat.completions.create(model="podium", messages=turns).choices[0].message
    # "their families" means nothing by itself.
    assert QUESTION in message.podium["understood"]["standalone_question"]


def responses() -> None:
    # Tools are left aside, not refused: clients send them with every question.
    answer = client.responses.create(model="podium", input=QUESTION, tools=[{"type": "web_search"}])
    cites(answer.output_text)


def responses_stream() -> None:
    with client.responses.stream(model="podium", input=QUESTION) as events:
        cites("".join(event.delta for event in events if event.type == "response.output_text.delta"))
        assert events.get_final_response().output[-1].content[0].annotations


run(openai.__version__, chat, stream, follow_up, responses, responses_stream)
