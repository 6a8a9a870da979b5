"""The highest rate for minutes while the archive changes under the server: nothing fails, mixes or grows."""

import os
import random
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from serving import QUESTIONS, Measured, Served, correct, ingest, say, seeds_archive, served

from rag.archive.archive import Archive, open_archive
from rag.archive.generations import current_generation

MINUTES = float(os.environ.get("FAULTS_MINUTES", "10"))
SWAPS, CLIENTS, GROWTH = 20, 12, 1.05
TOLD = 503


class Asking:
    """Clients that each ask again as soon as they are answered, and what they were told."""

    def __init__(self, server: Served, archives: dict[str, Archive]) -> None:
        self.server, self.archives = server, archives
        self.statuses = Counter[str]()
        self.generations = Counter[str]()
        self.mixed: list[str] = []
        self.stop = threading.Event()
        self._pool = ThreadPoolExecutor(CLIENTS)
        self._clients = [self._pool.submit(self._ask) for _ in range(CLIENTS)]

    def end(self) -> None:
        """Let every client come to its end; raises what one of them has died of."""
        self.stop.set()
        for client in self._clients:
            client.result()
        self._pool.shutdown()

    def _ask(self) -> None:
        words = sorted({word for question in QUESTIONS for word in question.split()})
        with httpx.Client(base_url=self.server.url, timeout=120) as client:
            for number in count():
                if self.stop.is_set():
                    return
                # A question that was never asked before, so that nothing can be remembered.
                question = f"{random.choice(QUESTIONS)} {' '.join(random.sample(words, 3))} {number}"
                try:
                    said = client.post("/query", json={"question": question, "k": 3})
                except httpx.HTTPError as error:
                    self.statuses[type(error).__name__] += 1
                    continue
                self.statuses[str(said.status_code)] += 1
                if said.status_code == 200:
                    self._check(said.json())

    def _check(self, told: dict[str, Any]) -> None:
        """Each word of an answer is from the generation that it names."""
        self.generations[told["generation"]] += 1
        archive = self.archives[told["generation"]]
        for quote in (*told["quotes"], *told.get("nearest", ())):
            text = archive.text(quote["transcript_id"])
            if text[quote["start"] : quote["end"]] != quote["text"]:
                self.mixed.append(f"{told['generation']}: {quote['text'][:60]}")


def run() -> Measured:
    """Ask, swap, and look at the memory, for MINUTES."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        archive = seeds_archive(folder)
        archives = {current_generation(archive): open_archive(archive)}
        correct(folder / "in")
        ingest(archive, folder / "in")
        archives[current_generation(archive)] = open_archive(archive)
        with served(archive) as server:
            asking = Asking(server, archives)
            try:
                memory = _watch(archive, sorted(archives), server, asking)
            finally:
                asking.end()
    minute = max(1, len(memory) // 10)
    early, late = median(memory[minute : 2 * minute]), median(memory[-minute:])
    failed = sum(times for status, times in asking.statuses.items() if status not in ("200", str(TOLD)))
    answers = asking.statuses["200"]
    figure = (
        f"{answers} answers in {MINUTES:g} min, {asking.statuses[str(TOLD)]} told 503, {failed} failed, "
        f"{len(asking.mixed)} mixed, from {' and '.join(str(n) for n in asking.generations.values())} of two "
        f"generations; memory {early / 2**20:.0f} -> {late / 2**20:.0f} MiB ({100 * (late / early - 1):+.1f}%)"
    )
    return Measured(figure, not failed and not asking.mixed and len(asking.generations) == 2 and late < GROWTH * early)


def _watch(archive: Path, names: list[str], server: Served, asking: Asking) -> list[int]:
    """The memory, each second, of a server whose CURRENT changes all along."""
    began, swapped, memory = time.monotonic(), 0, []
    seconds = 60 * MINUTES
    while (now := time.monotonic() - began) < seconds:
        if now > (swapped + 1) * seconds / (SWAPS + 1):
            swapped += 1
            swap(archive, names[swapped % 2 - 1])
            say(f"soak: {now / 60:.1f} of {MINUTES:g} min, swap {swapped}, {asking.statuses['200']} answers")
        memory.append(server.memory())
        time.sleep(1)
    return memory


def swap(archive: Path, name: str) -> None:
    """Let CURRENT name another generation."""
    new = archive / "CURRENT.new"
    new.write_text(f"{name}\n", "ascii")
    new.replace(archive / "CURRENT")
