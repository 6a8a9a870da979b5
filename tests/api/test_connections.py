"""Connections that say nothing, say it slowly or don't listen: each has its time, and those who ask are answered."""

import contextlib
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from callers import connected, serving, until_counted
from conftest import ROOT

from rag.api.logs import OneLine
from rag.pipeline import Podium


@contextlib.contextmanager
def process(archive: Path, descriptors: int) -> Iterator[httpx.Client]:
    """A `podium serve` that may open so many files, and a client of it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "podium.cli", "serve", "--archive", str(archive), "--port", str(port)]
    limited = ["bash", "-c", f'ulimit -n {descriptors}; exec "$@"', "-", *command]
    with subprocess.Popen(limited, cwd=ROOT, stderr=subprocess.DEVNULL) as running:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
                for _ in range(600):
                    with contextlib.suppress(httpx.TransportError):
                        client.get("/healthz")
                        break
                    time.sleep(0.1)
                yield client
        finally:
            running.kill()


def closed_within(connection: socket.socket, seconds: float, says: bytes = b"") -> bool:
    """Whether the server ends a connection in so many seconds, however often the client sends `says`."""
    ends = time.monotonic() + seconds
    connection.settimeout(0.05)
    while time.monotonic() < ends:
        try:
            if says:
                connection.sendall(says)
            if not connection.recv(65536):
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


def test_silent_connections_beyond_the_descriptors_stop_nobody(seeds_archive: Path) -> None:
    """Four times as many as there are descriptors, and again as many: whoever asks is answered meanwhile."""
    with process(seeds_archive, 256) as client, contextlib.ExitStack() as held:
        for _ in range(2):
            for _ in range(600):
                held.enter_context(contextlib.closing(connected(client)))
            for _ in range(5):
                with httpx.Client(base_url=client.base_url, timeout=5) as asking:
                    assert asking.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("sent", "then"),
    [
        (b"", b""),
        (b"GET /healthz HTTP/1.1\r\nx: ", b"a"),
        (b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n", b""),
        (b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n", b"a"),
        (b"BREW /query HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n", b"a"),
    ],
    ids=["silent", "slow head", "silent afterwards", "slow body, refused", "slow body, unread"],
)
def test_a_connection_that_waits_for_its_client_has_an_end(podium: Podium, sent: bytes, then: bytes) -> None:
    with serving(podium, patience_seconds=0.5) as client, connected(client) as slow:
        slow.sendall(sent)
        assert closed_within(slow, 4, then)
        assert client.get("/healthz").status_code == 200


def test_an_answer_that_nobody_takes_is_given_up(podium: Podium) -> None:
    transcript = next(iter(podium.archive.heads))
    with serving(podium, patience_seconds=0.5) as client, contextlib.closing(socket.socket()) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.connect((client.base_url.host, client.base_url.port or 80))
        request = f"GET /transcripts/{transcript} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()
        with contextlib.suppress(ConnectionError, BlockingIOError):
            deaf.setblocking(False)
            deaf.sendall(request * 200)
        until_counted(client, "podium_connections_dropped 1.0", "podium_connections 1.0")


def test_the_connection_that_has_waited_longest_makes_room(podium: Podium) -> None:
    with serving(podium, connections=16) as client, contextlib.ExitStack() as held:
        silent = [held.enter_context(connected(client)) for _ in range(40)]
        assert httpx.get(client.base_url.join("/healthz")).status_code == 200
        assert all(closed_within(each, 2) for each in silent[:20])
        assert not any(closed_within(each, 0.05) for each in silent[-10:])


def test_a_slow_reader_that_reads_keeps_its_connection(podium: Podium) -> None:
    transcript = next(iter(podium.archive.heads))
    with serving(podium, patience_seconds=0.5) as client, contextlib.closing(socket.socket()) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((client.base_url.host, client.base_url.port or 80))
        slow.sendall(f"GET /transcripts/{transcript} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
        received = b""
        while part := slow.recv(2048):
            received += part
            time.sleep(0.02)
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head


def test_an_event_is_one_line_whatever_stands_in_it() -> None:
    try:
        raise ValueError("one\nanother")
    except ValueError:
        record = logging.LogRecord("podium", logging.ERROR, "", 0, "a\r\nforged %s", ("line\n",), sys.exc_info())
    for as_json in (True, False):
        line = OneLine(as_json=as_json).format(record)
        assert len(line.splitlines()) == 1
        assert "ValueError" in line and "forged" in line


def test_an_error_is_logged_without_an_import(seeds_archive: Path) -> None:
    """Not by any handler of a library's own either: they import what they need when there are no files left."""
    code = f"""
import logging, sys
from rag.api.logs import log_to_stderr
log_to_stderr(as_json=False)
from rag.api.app import create_app
from rag.pipeline import Podium
from rag.settings import Settings
settings = Settings(archive={str(seeds_archive)!r})
create_app(Podium(settings), settings)
before = set(sys.modules)
try:
    raise OSError(24, "Too many open files")
except OSError:
    logging.getLogger("asyncio").exception("accept failed")
assert set(sys.modules) == before, set(sys.modules) - before
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stderr.splitlines()) == 1
