"""Answering in several processes: the one that serves hands questions out, and takes answers back.

The port, the queue, the limits, the counts and the choice of a generation stay with the one that serves. A worker has
an encoder of its own, maps the same files, and answers one question at a time, from the generation that it is told.
"""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import queue
import signal
import threading
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from rag.answering.answer import Answer
from rag.api.problems import Overloaded
from rag.errors import PodiumError
from rag.loading import load_encoder
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.settings import Settings

# An answer takes milliseconds: who is silent for so long hangs.
SILENCE_SECONDS = 60.0
RETRY_SECONDS = 1.0
REMEDY = "Ask again in a moment."
_GONE = (EOFError, ConnectionError)

log = logging.getLogger("podium")


class WorkerFailed(RuntimeError):
    """A worker met an error that nobody foresaw; the message is its traceback."""


@dataclass(frozen=True, slots=True, eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection


class Workers:
    """Processes that answer for `podium`, each dead one replaced. Several threads may ask at once."""

    def __init__(self, podium: Podium, settings: Settings) -> None:
        self._podium = podium
        self._settings = settings
        self._all: set[_Worker] = set()
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._changing = threading.Lock()
        self._closing = threading.Event()
        self.ready = 0
        self.lost = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the workers for as long as the app runs, from when all of them can answer."""
        try:
            started = await asyncio.gather(*(asyncio.to_thread(self._start) for _ in range(self._settings.workers)))
            if not all(started):
                raise WorkerFailed("a worker could not start; the log says why")
            yield
        finally:
            self._stop()

    def ask(self, asked: Asked) -> Answer:
        """What `Podium.ask` answers, in a worker; Overloaded where it died over the question, or none is free."""
        worker = self._sent(self._podium.archive.name, asked)
        try:
            if not worker.pipe.poll(SILENCE_SECONDS):
                worker.process.kill()
            reply: Answer | Exception = worker.pipe.recv()
        except _GONE:
            self._replace(worker)
            raise Overloaded("the process that was answering has ended.", key="server", remedy=REMEDY) from None
        self._idle.put(worker)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def _sent(self, generation: str, asked: Asked) -> _Worker:
        """The worker that has taken the question; one that died while it was idle is replaced, and passed over."""
        while True:
            try:
                worker = self._idle.get(timeout=self._settings.turn_seconds)
            except queue.Empty:
                raise Overloaded("no worker is ready.", key="server", remedy=REMEDY) from None
            try:
                worker.pipe.send((generation, asked))
                return worker
            except _GONE:
                self._replace(worker)

    def _start(self) -> bool:
        """Start a worker and let it answer once it has opened the archive; whether it has."""
        worker = self._spawned()
        try:
            worker.pipe.recv()
        except _GONE:
            self._forget(worker)
            return False
        with self._changing:
            self.ready += 1
        self._idle.put(worker)
        return True

    def _restart(self) -> None:
        while not (self._start() or self._closing.wait(RETRY_SECONDS)):
            log.error("a worker could not start")

    def _spawned(self) -> _Worker:
        # Spawned and not forked: after an encode in the parent, OpenMP deadlocks in a forked child.
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe()
        threads = max(1, len(os.sched_getaffinity(0)) // self._settings.workers)
        given = (self._settings, self._podium.archive.name, threads, there)
        process = spawn.Process(target=_work, args=given, name="worker", daemon=True)
        with self._changing:
            process.start()
            there.close()
            worker = _Worker(process, here)
            self._all.add(worker)
        if self._closing.is_set():
            process.kill()
        return worker

    def _replace(self, worker: _Worker) -> None:
        """Take leave of a worker that died, and start another beside the questions that go on."""
        self._forget(worker)
        with self._changing:
            self.ready -= 1
            if self._closing.is_set():
                return
            self.lost += 1
        log.error("a worker ended with status %s; another starts", worker.process.exitcode)
        threading.Thread(target=self._restart, name="starts a worker", daemon=True).start()

    def _forget(self, worker: _Worker) -> None:
        worker.pipe.close()
        worker.process.join()
        with self._changing:
            self._all.discard(worker)

    def _stop(self) -> None:
        # There is nothing that a worker could leave half done.
        self._closing.set()
        with self._changing:
            left = list(self._all)
        for worker in left:
            worker.process.kill()
        for worker in left:
            worker.process.join()


def _work(settings: Settings, generation: str, threads: int, pipe: Connection) -> None:
    """A worker's life: open the archive, then answer until the one that serves is gone."""
    # A terminal and a supervisor tell the whole group to stop: the one that serves says when.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    podium = Podium(settings, load_encoder(settings, threads), generation)
    with contextlib.suppress(*_GONE):
        pipe.send(None)
        while True:
            pipe.send(_reply(podium, *pipe.recv()))


def _reply(podium: Podium, generation: str, asked: Asked) -> Answer | Exception:
    try:
        podium.open(generation)
        return podium.ask(asked)
    except PodiumError as error:
        return error
    except Exception:
        return WorkerFailed(traceback.format_exc())
