"""Questions answered in processes of their own: the same answers, whatever ends, swaps or stops meanwhile."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import httpx
import pytest
from callers import serving
from conftest import SEEDS

from embeddings.encoder import Encoder
from rag.pipeline import Podium, build
from rag.settings import Settings

pytestmark = pytest.mark.heavy

QUESTION = "What did China say about the trial of the two Canadians?"
ASKED: list[dict[str, Any]] = [
    {"question": QUESTION},
    {"question": QUESTION, "k": 1, "max_tokens": 60},
    {"question": "And was it linked to the talks?", "history": [QUESTION]},
    {"question": "What about Xinjiang?", "filters": {"spokespeople": ["Zhao Lijian"], "date_from": "2021-03-01"}},
    {"question": "What did he say yesterday?", "today": "2021-03-19"},
    {"question": "How do I bake bread?"},
    {"question": "hi"},
    {"question": "Xinjiang", "filters": {"spokespeople": ["Nobody At All"]}},
]


@pytest.fixture(scope="module")
def own(podium: Podium, seeds_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Podium:
    folder = tmp_path_factory.mktemp("own") / "archive"
    shutil.copytree(seeds_archive, folder)
    return Podium(Settings(archive=folder), podium.encoder)


@pytest.fixture(scope="module")
def two(own: Podium) -> Iterator[httpx.Client]:
    """A server whose questions two workers answer; they end with it."""
    with serving(own, workers=2) as client:
        assert len(workers()) == 2
        yield client
    assert workers() == []


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that must come, a minute at most."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def workers() -> list[int]:
    return [child.pid for child in active_children() if child.name == "worker" and child.pid]


def counted(client: httpx.Client, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def without_times(answer: httpx.Response) -> tuple[int, Any]:
    told = answer.json()
    told.pop("timings_ms", None)
    return answer.status_code, told


def test_workers_answer_as_one_process_does(two: httpx.Client, podium: Podium) -> None:
    with serving(podium, public_url=str(two.base_url)) as one, ThreadPoolExecutor(4) as crowd:
        for ours, theirs in zip(
            crowd.map(lambda asked: two.post("/query", json=asked), ASKED * 2),
            [one.post("/query", json=asked) for asked in ASKED] * 2,
            strict=True,
        ):
            assert without_times(ours) == without_times(theirs)
    assert counted(two, "podium_workers_ready") == 2


def test_selector_and_encoder_of_a_worker_have_the_same_share_of_the_cores(seeds_archive: Path) -> None:
    worker = Podium(Settings(archive=seeds_archive), Encoder(threads=1))
    assert worker.selector is not None and worker.selector._bert.threads == 1


def test_a_killed_worker_is_told_of_and_replaced(two: httpx.Client) -> None:
    """Whoever was being answered by it is told to ask again; nobody else notices."""
    lost, killed, ended = counted(two, "podium_workers_lost"), workers(), threading.Event()
    statuses: list[int] = []

    def keep_asking() -> None:
        while not ended.is_set():
            statuses.append(two.post("/query", json={"question": QUESTION}).status_code)

    with ThreadPoolExecutor(4) as crowd:
        for _ in range(4):
            crowd.submit(keep_asking)
        until(lambda: len(statuses) > 4)
        os.kill(killed[0], signal.SIGKILL)
        until(lambda: counted(two, "podium_workers_lost") > lost and counted(two, "podium_workers_ready") == 2)
        ended.set()
    assert set(statuses) <= {200, 503} and statuses.count(503) <= 1
    assert killed[0] not in workers() and len(workers()) == 2


def test_a_worker_that_dies_idle_costs_no_question(two: httpx.Client) -> None:
    until(lambda: counted(two, "podium_workers_ready") == 2)
    lost = counted(two, "podium_workers_lost")
    killed = workers()
    for process in killed:
        os.kill(process, signal.SIGKILL)
    until(lambda: not set(killed) & set(workers()))
    assert two.post("/query", json={"question": QUESTION}).status_code == 200
    assert counted(two, "podium_workers_lost") == lost + 2


def test_every_answer_comes_from_one_generation_whole(
    two: httpx.Client, own: Podium, podium: Podium, tmp_path: Path
) -> None:
    """A generation is published while questions run: each answer is one that either generation gives."""
    asked = {"question": QUESTION, "k": 3}
    with ThreadPoolExecutor(4) as crowd:
        before = without_times(two.post("/query", json=asked))
        running = [crowd.submit(_until_swapped, two, asked) for _ in range(4)]
        (tmp_path / "in").mkdir()
        shutil.copy(SEEDS / "003_4d07b25c1c8cc511.txt", tmp_path / "in")
        build(own.settings, [tmp_path / "in"], encoder=lambda: podium.encoder)
        seen = [answer for each in running for answer in each.result()]
        after = without_times(two.post("/query", json=asked))
    assert before[1]["generation"] == "000001" and after[1]["generation"] == "000002"
    assert all(answer in (before, after) for answer in seen)


def _until_swapped(client: httpx.Client, asked: dict[str, Any]) -> list[tuple[int, Any]]:
    seen: list[tuple[int, Any]] = []

    def swapped() -> bool:
        seen.append(without_times(client.post("/query", json=asked)))
        return bool(seen[-1][1]["generation"] == "000002")

    until(swapped)
    return seen
