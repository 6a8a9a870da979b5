"""The model that picks sentences, against an endpoint that speaks OpenAI's protocol over a socket and does as told."""

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anyio
import httpx
import pytest
from callers import asking, connected, posted
from conftest import serve
from pydantic import SecretStr

from rag.answering.choosing import open_chooser
from rag.api.completions import escape
from rag.errors import BadInput
from rag.pipeline import Podium
from rag.settings import Settings

QUESTION = "What did China say about the trial of the two Canadians?"
KEY = "a-key-that-nobody-may-see"
Behaviour = Callable[[BaseHTTPRequestHandler], None]


class Endpoint(ThreadingHTTPServer):
    """`behave` answers a request; `asked` keeps what was sent."""

    daemon_threads = True
    behave: Behaviour

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Podium may hang up on an endpoint whenever it likes."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.server.behave(self)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(scope="module")
def choosing(podium: Podium, endpoint: Endpoint) -> Iterator[httpx.Client]:
    """A client of a podium whose sentences the endpoint picks, within two seconds."""
    given = {"writer_url": endpoint.url, "writer_model": "m", "writer_key": SecretStr(KEY), "writer_seconds": 2.0}
    settings = podium.settings.model_copy(update=given)
    with contextlib.contextmanager(serve)(podium, settings) as base, httpx.Client(base_url=base, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def own(podium: Podium) -> list[str]:
    """The words that podium chooses by itself, as a chat shows them."""
    return [" ".join(quote.text.split()) for quote in podium.ask(QUESTION).quotes]


def begin(request: BaseHTTPRequestHandler, status: int = 200) -> None:
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Connection", "close")
    request.end_headers()


def answers(body: bytes, status: int = 200) -> Behaviour:
    def behave(request: BaseHTTPRequestHandler) -> None:
        begin(request, status)
        request.wfile.write(body)

    return behave


def says(content: object) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()


def numbered(endpoint: Endpoint) -> dict[int, str]:
    """The numbers and sentences that the endpoint was last sent."""
    lines = re.findall(r"^(\d+): (.+)$", endpoint.asked[-1]["messages"][1]["content"], re.MULTILINE)
    return {int(number): words for number, words in lines}


def picks(endpoint: Endpoint, choice: Callable[[list[int]], list[object]], around: str = "%s") -> Behaviour:
    """An endpoint that picks of the numbers that it is given."""

    def behave(request: BaseHTTPRequestHandler) -> None:
        answers(says(around % json.dumps({"sentences": choice(list(numbered(endpoint)))})))(request)

    return behave


def ask(client: httpx.Client, question: str = QUESTION) -> dict[str, Any]:
    answer = client.post("/v1/chat/completions", json=asking(question, model="podium-prose"))
    assert answer.status_code == 200, answer.text
    message: dict[str, Any] = answer.json()["choices"][0]["message"]
    return message


def test_podium_cuts_the_sentences_that_are_picked(choosing: httpx.Client, endpoint: Endpoint, podium: Podium) -> None:
    endpoint.behave = picks(endpoint, lambda numbers: numbers[-1:])
    message = ask(choosing)
    given = list(numbered(endpoint).values())
    quotes = message["podium"]["quotes"]
    assert [" ".join(quote["text"].split()) for quote in quotes] == [given[-1]]
    for quote in quotes:
        assert podium.archive.text(quote["transcript_id"])[quote["start"] : quote["end"]] == quote["text"]
        assert escape(quote["text"]) in message["content"]
    assert message["podium"]["chosen"] == {"unknown": 0, "failure": ""}


def test_what_stands_together_is_one_quote_of_at_most_three_sentences(
    choosing: httpx.Client, endpoint: Endpoint, podium: Podium
) -> None:
    endpoint.behave = picks(endpoint, lambda numbers: [*numbers, *numbers])
    quotes = ask(choosing)["podium"]["quotes"]
    own = podium.ask(QUESTION).quotes
    assert [quote["exchange_id"] for quote in quotes] == [quote.exchange_id for quote in own]
    given = list(numbered(endpoint).values())
    for quote, whole in zip(quotes, own, strict=True):
        assert quote["text"] in whole.context
        assert 1 <= sum(words in " ".join(quote["text"].split()) for words in given) <= 3


def test_none_of_these_answers(choosing: httpx.Client, endpoint: Endpoint) -> None:
    endpoint.behave = picks(endpoint, lambda _: [])
    message = ask(choosing)
    assert not message["podium"]["answered"] and "does not answer" in message["content"]


def test_unknown_numbers_are_dropped_and_counted_and_prose_is_ignored(
    choosing: httpx.Client, endpoint: Endpoint
) -> None:
    endpoint.behave = picks(endpoint, lambda numbers: [1, numbers[0], -7], "China will invade: %s, I am sure.")
    message = ask(choosing)
    assert message["podium"]["chosen"] == {"unknown": 2, "failure": ""}
    assert len(message["podium"]["quotes"]) == 1 and "invade" not in message["content"]


def test_numbers_and_fences_are_new_each_time(choosing: httpx.Client, endpoint: Endpoint) -> None:
    endpoint.behave = picks(endpoint, lambda numbers: numbers[:1])
    seen = []
    for _ in range(2):
        ask(choosing)
        asked = endpoint.asked[-1]["messages"][1]["content"]
        fences = set(re.findall(r"^[0-9a-f]{16}$", asked, re.MULTILINE))
        assert len(fences) == 1 and QUESTION in asked
        seen.append((fences, set(numbered(endpoint))))
    assert seen[0] != seen[1] and not seen[0][0] & seen[1][0]
    schema = endpoint.asked[-1]["response_format"]["json_schema"]
    assert schema["strict"] and schema["schema"]["required"] == ["sentences"]


def stalls(request: BaseHTTPRequestHandler) -> None:
    begin(request)
    time.sleep(4)


def drips(request: BaseHTTPRequestHandler) -> None:
    begin(request)
    for letter in says("one letter at a time"):
        request.wfile.write(bytes([letter]))
        request.wfile.flush()
        time.sleep(0.1)


FAILURES: dict[str, tuple[Behaviour, str]] = {
    "unauthorized": (answers(b"{}", 401), "401"),
    "too many": (answers(b"{}", 429), "429"),
    "broken": (answers(b"{}", 500), "500"),
    "empty": (answers(b""), "can't be read"),
    "a page": (answers(b"<html>hello</html>"), "can't be read"),
    "the wrong shape": (answers(b'{"choices": "many"}'), "can't be read"),
    "prose": (answers(says("China agreed.")), "can't be read"),
    "no words": (answers(says(None)), "can't be read"),
    "not numbers": (answers(says('{"sentences": ["10000", true]}')), "can't be read"),
    "deep": (answers(says("{" + "[" * 30_000 + "}")), "can't be read"),
    "only unknown numbers": (answers(says('{"sentences": [1, 2]}')), "had not been given"),
    "ten megabytes": (answers(says("war " * 2_500_000)), "too much"),
    "cut off": (answers(says("x")[:20]), "can't be read"),
    "stalls": (stalls, "in time"),
    "one letter at a time": (drips, "in time"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_whatever_the_model_does_podium_chooses_by_itself_and_says_so(
    choosing: httpx.Client, endpoint: Endpoint, own: list[str], failure: str
) -> None:
    endpoint.behave, why = FAILURES[failure]
    message = ask(choosing)
    assert why in message["podium"]["chosen"]["failure"]
    assert "was not available" in message["content"] and KEY not in message["content"]
    shown = message["content"].replace("**", "")
    assert all(escape(words) in shown for words in own)


def test_a_model_that_is_down(podium: Podium) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = podium.settings.model_copy(update={"writer_url": f"http://127.0.0.1:{port}/v1", "writer_model": "m"})
    with contextlib.contextmanager(serve)(podium, settings) as base, httpx.Client(base_url=base, timeout=30) as client:
        assert "could not be reached" in ask(client)["podium"]["chosen"]["failure"]


def test_a_client_that_hangs_up_lets_the_model_go(choosing: httpx.Client, endpoint: Endpoint) -> None:
    began, noticed = threading.Event(), threading.Event()

    def behave(request: BaseHTTPRequestHandler) -> None:
        begin(request)
        began.set()
        try:
            for _ in range(60):
                request.wfile.write(b" ")
                time.sleep(0.02)
        except OSError:
            noticed.set()

    endpoint.behave = behave
    with connected(choosing) as gone:
        gone.sendall(posted("/v1/chat/completions", asking(QUESTION, model="podium-prose")))
        assert began.wait(30.0)
    assert noticed.wait(30.0)


def test_the_prompt_keeps_its_budget(podium: Podium, endpoint: Endpoint) -> None:
    endpoint.behave = picks(endpoint, lambda numbers: numbers[:1])
    given = {"writer_url": endpoint.url, "writer_model": "m", "writer_prompt_tokens": 200}
    chooser = open_chooser(Settings(**given), podium.tokens.count)
    assert chooser is not None
    asked = ("Who owns the Diaoyu islands?", "Is the trial linked to the Alaska talks?", "When does Lavrov visit?")
    quotes = [quote for each in asked for quote in podium.ask(each).quotes] * 3
    anyio.run(chooser.choose, QUESTION, quotes)
    prompt = endpoint.asked[-1]["messages"][1]["content"]
    assert podium.tokens.count(prompt) < 300 < sum(podium.tokens.count(quote.context) for quote in quotes)


def test_half_a_model_is_refused() -> None:
    with pytest.raises(BadInput, match="PODIUM_WRITER_MODEL"):
        open_chooser(Settings(writer_url="http://127.0.0.1:9/v1"), len)
    assert open_chooser(Settings(), len) is None
