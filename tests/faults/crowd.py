"""2,000 connections that say nothing where 1,024 files may be open, while eight clients ask."""

import contextlib
import resource
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles

import httpx
from serving import QUESTIONS, Measured, Served, answer, say, seeds_archive, served

CONNECTIONS, DESCRIPTORS, CLIENTS, EACH, TIMES = 2000, 1024, 8, 15, 2.0


class Crowd:
    """Connections that are opened anew as soon as they are closed."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.held: list[socket.socket] = []
        self.most = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._keep, daemon=True)

    def _keep(self) -> None:
        while not self.stop.is_set():
            self.held = [each for each in self.held if not gone(each)]
            while len(self.held) < CONNECTIONS and not self.stop.is_set():
                with contextlib.suppress(OSError):
                    self.held.append(socket.create_connection(("127.0.0.1", self.server.port), timeout=5))
                    self.held[-1].setblocking(False)
                    self.most = max(self.most, len(self.held))
            self.stop.wait(0.2)


def gone(connection: socket.socket) -> bool:
    """Whether the other end has closed it; then it is closed here too."""
    try:
        ended = connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        ended = True
    if ended:
        connection.close()
    return ended


def ask(server: Served) -> tuple[list[float], int]:
    """The seconds of each answer of all clients, and how many weren't answered."""
    took: list[float] = []
    failed: list[str] = []

    def client(number: int) -> None:
        for at in range(EACH):
            began = time.monotonic()
            try:
                with httpx.Client(base_url=server.url, timeout=120) as one:
                    said = one.post("/query", json={"question": QUESTIONS[(number + at) % len(QUESTIONS)]})
                if said.status_code != 200:
                    failed.append(str(said.status_code))
            except httpx.HTTPError as error:
                failed.append(type(error).__name__)
            took.append(time.monotonic() - began)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    return took, len(failed)


def run() -> Measured:
    """Without the crowd and with it, in turns, since the machine may have other things to do."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192) if hard > 0 else 8192, hard))
    times: dict[bool, list[float]] = {False: [], True: []}
    failed = most = 0
    with tempfile.TemporaryDirectory() as made, served(seeds_archive(Path(made)), DESCRIPTORS) as server:
        answer(server.url, QUESTIONS[0])
        for turn in range(4):
            crowd = Crowd(server) if turn % 2 else None
            if crowd:
                crowd.thread.start()
                while crowd.most < CONNECTIONS:
                    time.sleep(0.1)
            took, unanswered = ask(server)
            times[crowd is not None] += took
            failed += unanswered
            if crowd:
                crowd.stop.set()
                crowd.thread.join()
                most = max(most, crowd.most)
                for each in crowd.held:
                    each.close()
            say(f"crowd: turn {turn + 1} of 4, {len(took)} asked {'within' if crowd else 'without'} it")
    alone, within = (quantiles(times[crowded], n=20)[-1] for crowded in (False, True))
    figure = (
        f"{most} silent; of {len(times[True])} asked {failed} failed; p95 {alone:.2f} s without, {within:.2f} s with"
    )
    return Measured(f"{figure} ({within / alone:.2f}x)", not failed and within < TIMES * alone)
