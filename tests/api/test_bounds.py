"""Slow senders, slow readers, clients that hang up, more questions than podium takes, and being told to stop.

How long a question takes beside a hundred slow readers: pytest tests/api/test_bounds.py -m heavy -k readers
-o log_cli=true -o log_cli_level=INFO
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import anyio
import httpx
import pytest
from callers import asking, connected, held, posted, serving, until_counted
from conftest import ROOT

from rag.api.asking import Desk
from rag.api.problems import Overloaded
from rag.pipeline import Podium
from rag.settings import Settings

QUESTION = "What did China say about the trial of the two Canadians?"

log = logging.getLogger("podium")


def test_a_slow_sender_is_told_to_go(podium: Podium) -> None:
    with serving(podium, body_seconds=0.3) as client, connected(client) as slow:
        began = time.monotonic()
        slow.sendall(b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n")
        slow.sendall(b'content-length: 1000\r\n\r\n{"question"')
        assert slow.recv(4096).split()[1] == b"408"
        assert time.monotonic() - began < 2


def test_a_sender_that_hangs_up_is_forgotten(client: httpx.Client) -> None:
    with connected(client) as gone:
        gone.sendall(b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n")
        gone.sendall(b"content-length: 1000\r\n\r\n{")
    assert client.get("/healthz").status_code == 200


def test_more_than_podium_takes(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two are answered at once and three wait; the others are told to come again, and then podium recovers."""
    free, refused = held(podium, monkeypatch), 'podium_requests_total{method="POST",route="/query",status="503"} 15.0'
    monkeypatch.setattr("rag.api.asking.HOLD_SECONDS", 0.5)
    with serving(podium, at_once=2, waiting=3) as client, ThreadPoolExecutor(20) as crowd:
        asked = [crowd.submit(client.post, "/query", json={"question": QUESTION}) for _ in range(20)]
        until_counted(client, refused)
        free.set()
        answers = [each.result() for each in asked]
        statuses = [answer.status_code for answer in answers]
        assert statuses.count(200) == 5
        assert statuses.count(503) == 15
        for answer in answers:
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) >= 1
                assert answer.elapsed.total_seconds() < 2
        assert client.post("/query", json={"question": QUESTION}).status_code == 200
        until_counted(client, refused, "podium_questions_waiting 0.0")


def test_frontends_and_assistants_wait_in_the_same_queue(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    free = held(podium, monkeypatch)
    monkeypatch.setattr("rag.api.asking.HOLD_SECONDS", 0.2)
    with serving(podium, at_once=1, waiting=0) as client, ThreadPoolExecutor(1) as other:
        busy = other.submit(client.post, "/query", json={"question": QUESTION})
        until_counted(client, "podium_questions_running 1.0")
        refused = client.post("/v1/chat/completions", json=asking(QUESTION, stream=True))
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "overloaded"
        assert refused.headers["retry-after"]
        assert client.post("/retrieval", json={"query": QUESTION}).status_code == 503
        free.set()
        assert busy.result().status_code == 200


def test_a_client_that_hangs_up_gives_up_its_place(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it waited for is free again, streamed or not, while what runs is done."""
    free = held(podium, monkeypatch)
    with serving(podium, at_once=1, waiting=10) as client:
        for path, sent in (("/query", {"question": QUESTION}), ("/v1/chat/completions", asking(QUESTION, stream=True))):
            connections = [connected(client) for _ in range(8)]
            for connection in connections:
                connection.sendall(posted(path, sent))
            until_counted(client, "podium_questions_running 1.0", "podium_questions_waiting 7.0")
            for connection in connections:
                connection.close()
            until_counted(client, "podium_questions_running 1.0", "podium_questions_waiting 0.0")
            free.set()
            until_counted(client, "podium_questions_running 0.0")
            free.clear()


@pytest.mark.heavy
def test_a_hundred_slow_readers_slow_nobody(seeds_archive: Path) -> None:
    with serving(Podium(Settings(archive=seeds_archive))) as client:
        slow_nobody(client)


def slow_nobody(client: httpx.Client) -> None:
    def timed() -> float:
        began = time.perf_counter()
        assert client.post("/query", json={"question": QUESTION}).status_code == 200
        return time.perf_counter() - began

    timed()
    alone = median(timed() for _ in range(15))
    with contextlib.ExitStack() as held:
        for _ in range(100):
            reader = held.enter_context(contextlib.closing(socket.socket()))
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            reader.connect((client.base_url.host, client.base_url.port or 80))
            reader.sendall(posted("/v1/chat/completions", asking(QUESTION, stream=True)))
            # One after the other: this is about readers, not about a crowd that asks at once.
            until_counted(client, "podium_questions_running 0.0")
        beside = median(timed() for _ in range(15))
    log.info("a question takes %.1f ms alone, %.1f ms beside 100 slow readers", alone * 1e3, beside * 1e3)
    assert beside < 10 * alone + 0.2


def test_metrics_tell_nothing_of_questions_or_askers(client: httpx.Client) -> None:
    client.get("/transcripts/a-secret-id", headers={"authorization": "Bearer secret-key"})
    client.post("/query", json={"question": "a secret question?"})
    client.get("/secret/path")
    counted = client.get("/metrics")
    assert counted.status_code == 200
    assert "secret" not in counted.text
    assert 'route="/transcripts/{transcript_id}",status="404"' in counted.text
    assert 'route="other",status="404"' in counted.text


def test_the_desk_takes_its_turn_back(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller that is cancelled while it waits leaves its place to the next."""

    async def work() -> None:
        monkeypatch.setattr("rag.api.asking.HOLD_SECONDS", 0.2)
        desk = Desk(podium, podium.settings.model_copy(update={"at_once": 1, "waiting": 1}))
        free = threading.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(desk.run, lambda: free.wait(5))
            await anyio.sleep(0.1)
            with anyio.move_on_after(0.1):
                await desk.run(lambda: None)
            assert desk.waiting == 0
            group.start_soon(desk.run, lambda: None)
            await anyio.sleep(0.05)
            with pytest.raises(Overloaded):
                await desk.run(lambda: None)
            free.set()

    asyncio.run(work())


@pytest.fixture(params=["1", "2"], ids=["alone", "two workers"])
def process(seeds_archive: Path, request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A real `podium serve`, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "podium.cli", "serve", "--archive", str(seeds_archive), "--port", str(port)]
    command += ["--workers", request.param]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
    ) as running:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/healthz").status_code == 200:
                    break
            time.sleep(0.1)
        yield running, url
        if running.poll() is None:
            running.kill()


def children_of(process: int) -> list[int]:
    """The processes that a process has started."""
    return [
        int(child) for file in Path(f"/proc/{process}/task").glob("*/children") for child in file.read_text().split()
    ]


def gone(processes: list[int]) -> bool:
    """Whether they all end within a minute."""
    for _ in range(600):
        if not any(Path(f"/proc/{process}").exists() for process in processes):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.heavy
def test_a_killed_server_leaves_no_process(process: tuple[subprocess.Popen[str], str]) -> None:
    running, _ = process
    children = children_of(running.pid)
    running.kill()
    assert gone(children)


@pytest.mark.heavy
def test_told_to_stop_under_load(process: tuple[subprocess.Popen[str], str]) -> None:
    """Every answer that has begun is whole, new ones are refused, and the exit status is 0 within the grace time."""
    running, url = process
    told = threading.Event()
    whole: list[bool] = []
    refused: list[bool] = []

    def keep_asking() -> None:
        """Ask until nothing comes back; an answer that breaks off after its head is no refusal, and raises."""
        for _ in range(1000):
            question = client.build_request("POST", f"{url}/v1/chat/completions", json=asking(QUESTION, stream=True))
            try:
                answer = client.send(question, stream=True)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                refused.append(told.is_set())
                return
            whole.append(answer.status_code == 200 and answer.read().endswith(b"data: [DONE]\n\n"))

    # A connection an answer: what is refused is never one that was kept open.
    once = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(timeout=20, limits=once) as client, ThreadPoolExecutor(8) as crowd:
        asked = [crowd.submit(keep_asking) for _ in range(8)]
        time.sleep(2)
        told.set()
        children = children_of(running.pid)
        began = time.monotonic()
        # To all of them at once, as a terminal and a supervisor do.
        for each in (running.pid, *children):
            os.kill(each, signal.SIGTERM)
        for each in asked:
            each.result()
    assert running.wait(12) == 0
    assert time.monotonic() - began < 12
    assert gone(children)
    assert whole
    assert all(whole)
    assert len(refused) == 8
    assert all(refused)
