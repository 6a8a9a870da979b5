"""How tests speak to podium: over HTTP, as a chat frontend does, and on the command line."""

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import ROOT, serve
from httpx_sse import connect_sse
from starlette.routing import BaseRoute, Route

from podium.cli import main
from rag.answering.answer import Answer
from rag.pipeline import Podium
from rag.question.asked import Asked

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@contextlib.contextmanager
def serving(podium: Podium, **settings: Any) -> Iterator[httpx.Client]:
    """A client of a real server with other settings."""
    changed = podium.settings.model_copy(update=settings)
    with contextlib.contextmanager(serve)(podium, changed) as base, httpx.Client(base_url=base, timeout=30) as client:
        yield client


def connected(client: httpx.Client) -> socket.socket:
    """A bare connection to a client's server."""
    return socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=10)


def posted(path: str, sent: dict[str, Any]) -> bytes:
    """The bytes of a request."""
    body = json.dumps(sent).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def asking(*turns: str, **fields: Any) -> dict[str, Any]:
    """A chat completion's body."""
    return {"model": "podium", "messages": [{"role": "user", "content": turn} for turn in turns]} | fields


def events_of(client: httpx.Client, sent: dict[str, Any]) -> list[Any]:
    """The events of a stream, by a parser of the SSE standard; the last must be [DONE]."""
    with connect_sse(client, "POST", "/v1/chat/completions", json=sent | {"stream": True}) as source:
        events = [event.data for event in source.iter_sse()]
    assert events.pop() == "[DONE]"
    return [json.loads(event) for event in events]


def routes_of(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Every path and method that an app answers, its included routers with it."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner.routes)
        elif isinstance(route, Route):
            yield from ((route.path, method) for method in sorted(route.methods or METHODS))


def podium_command(
    *words: object, archive: Path | None = None, given: bytes = b"", folder: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """What `podium` does, here: a process of its own takes a second to import what tests have imported."""
    told, out, err = (io.TextIOWrapper(io.BytesIO(each), "utf-8") for each in (given, b"", b""))
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["podium", *map(str, words)])
        patch.setattr(sys, "stdin", told)
        for name, value in _chosen(archive, environment).items():
            patch.setenv(name, value)
        try:
            main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
    printed = []
    for each in (out, err):
        each.flush()
        printed.append(each.buffer.getvalue().decode("utf-8"))  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(["podium", *words], status, *printed)


def podium_process(*words: object, archive: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same as a person runs it: in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "podium.cli", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **_chosen(archive, environment)},
        check=False,
        timeout=300,
    )


def _chosen(archive: Path | None, environment: dict[str, str]) -> dict[str, str]:
    return ({"PODIUM_ARCHIVE": str(archive)} if archive else {}) | environment


def held(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let every question wait until the event is set, as on a machine that is too small."""
    free, ask = threading.Event(), podium.ask

    def late(asked: Asked) -> Answer:
        free.wait(60)
        return ask(asked)

    monkeypatch.setattr(podium, "ask", late)
    return free


def until_counted(client: httpx.Client, *lines: str, within: float = 30) -> None:
    """Wait until /metrics has these lines."""
    ends = time.monotonic() + within
    while missing := [line for line in lines if line not in client.get("/metrics").text.splitlines()]:
        assert time.monotonic() < ends, missing
        time.sleep(0.02)
