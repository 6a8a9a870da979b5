"""Who is let in: before a body is read, into a bounded queue, for a bounded time."""

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import anyio
import pytest
from callers import connected, held, serving, until_counted

from rag.api import asking
from rag.api.asking import Desk
from rag.pipeline import Podium

QUESTION = "What did China say about the trial of the two Canadians?"


def test_who_cannot_be_answered_is_told_before_sending_a_body(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    free = held(podium, monkeypatch)
    monkeypatch.setattr(asking, "HOLD_SECONDS", 0.2)
    with serving(podium, at_once=1, waiting=0) as client, ThreadPoolExecutor(1) as other:
        busy = other.submit(client.post, "/query", json={"question": QUESTION})
        until_counted(client, "podium_questions_running 1.0")
        with connected(client) as late:
            head = "POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            late.sendall(f"{head}content-length: 1000\r\n\r\n".encode())
            assert late.recv(4096).split()[1] == b"503"
        free.set()
        assert busy.result().status_code == 200


def test_a_question_whose_turn_does_not_come_is_told_so(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    free = held(podium, monkeypatch)
    with serving(podium, at_once=1, turn_seconds=0.5) as client, ThreadPoolExecutor(2) as crowd:
        asked = [crowd.submit(client.post, "/query", json={"question": QUESTION}) for _ in range(2)]
        until_counted(client, 'podium_requests_total{method="POST",route="/query",status="503"} 1.0')
        free.set()
        answers = [each.result() for each in asked]
        assert sorted(answer.status_code for answer in answers) == [200, 503]
        late = next(answer for answer in answers if answer.status_code == 503)
        assert "within 0.5 s" in late.json()["detail"] and late.headers["retry-after"]


def test_reading_has_a_bound_too(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow readers of long answers fill it; health and metrics are told all the same."""
    monkeypatch.setattr(asking, "READ_AT_ONCE", 2)
    monkeypatch.setattr(asking, "HOLD_SECONDS", 0.1)
    free, read = threading.Event(), type(podium.archive).transcript
    monkeypatch.setattr(type(podium.archive), "transcript", lambda *given: free.wait(10) and read(*given))
    transcript = next(iter(podium.archive.heads))
    with serving(podium) as client, ThreadPoolExecutor(2) as crowd:
        held = [crowd.submit(client.get, f"/transcripts/{transcript}") for _ in range(2)]
        time.sleep(0.3)
        assert client.get("/transcripts").status_code == 503
        assert client.get("/healthz").status_code == client.get("/metrics").status_code == 200
        assert client.post("/query", json={"question": QUESTION}).status_code == 200
        free.set()
        assert [each.result().status_code for each in held] == [200, 200]
        assert client.get("/transcripts").status_code == 200


def test_bodies_on_their_way_have_a_bound_together(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.api.bounds._BODIES_AT_ONCE", 2)
    head = b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n"
    with serving(podium, max_body_bytes=1024) as client:
        senders: list[socket.socket] = [connected(client) for _ in range(3)]
        for sender in senders:
            sender.sendall(head + b" " * 900)
            time.sleep(0.1)
        assert senders[2].recv(4096).split()[1] == b"503"
        for sender in senders:
            sender.close()


def test_a_request_is_logged_on_one_line_by_its_id_without_its_words(
    podium: Podium, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "podium")
    with serving(podium) as client:
        answer = client.post("/query", json={"question": "a secret about the trial"})
    (told,) = [record.fields for record in caplog.records if record.getMessage() == "answered"]
    assert told["id"] == answer.headers["x-request-id"] and told["status"] == 200 and told["encode_ms"] > 0
    assert "secret" not in str([record.__dict__ for record in caplog.records if record.name == "podium"])


def desk_of(podium: Podium, **settings: object) -> Desk:
    return Desk(podium, podium.settings.model_copy(update=settings))


def test_who_finds_no_room_is_let_in_when_there_is_some(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "HOLD_SECONDS", 60)

    async def work() -> None:
        desk, free = desk_of(podium, at_once=1, waiting=0), threading.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(desk.run, lambda: free.wait(30))
            while not desk.running:
                await anyio.sleep(0.01)
            group.start_soon(desk.check_room)
            free.set()
        await desk.check_room()

    asyncio.run(work())


def test_who_has_waited_long_is_passed_by_the_newest(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its client is likely to go before the answer comes; while nobody waits for long, the oldest goes first."""

    def order(late: float) -> list[str]:
        answered: list[str] = []
        monkeypatch.setattr(asking, "LATE_SECONDS", late)

        async def work() -> None:
            desk, free = desk_of(podium, at_once=1), threading.Event()
            async with anyio.create_task_group() as group:
                group.start_soon(desk.run, lambda: free.wait(30))
                while not desk.running:
                    await anyio.sleep(0.01)
                for at, name in enumerate(("oldest", "middle", "newest"), start=1):
                    group.start_soon(desk.run, partial(answered.append, name))
                    while desk.waiting < at:
                        await anyio.sleep(0.01)
                free.set()

        asyncio.run(work())
        return answered

    assert order(late=60) == ["oldest", "middle", "newest"]
    assert order(late=0) == ["newest", "middle", "oldest"]
