"""Real parts, made once: the encoder, an archive of the seeds, a server on a loopback port."""

import datetime
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import numpy as np
import pytest

from embeddings.encoder import Encoder, Progress, Stretches, Vectors
from rag import loading
from rag.answering.answer import Answer
from rag.api.app import create_app
from rag.api.listening import create_server
from rag.intake.ingest import publish_transcripts
from rag.loading import load_encoder
from rag.pipeline import Podium, build
from rag.question.asked import Asked
from rag.settings import Settings
from rag.transcript import Exchange, Span, Speaker, Transcript

# The same examples in every run: a law that breaks, breaks at the change that broke it. Others are looked for with
# `pytest --hypothesis-profile=default`.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.load_profile("same")

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
SET = ROOT / "eval" / "questions" / "seeds.jsonl"


@pytest.fixture(scope="session")
def material() -> Path:
    """The folder of real material that is not part of the project; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("PODIUM_MATERIAL", ROOT.parent / "shared"))
    if not (folder / "archive" / "html").is_dir():
        pytest.skip(f"no material at {folder}: set PODIUM_MATERIAL to the folder that holds archive/html")
    return folder


class Remembering(Encoder):
    """The real encoder, which reads a passage once: the same seeds are ingested by many tests."""

    def __init__(self, *model: Any, **how: Any) -> None:
        super().__init__(*model, **how)
        self._read: dict[Any, tuple[Vectors, Vectors]] = {}

    def encode_stretches(
        self, texts: Sequence[str], stretches: Sequence[Stretches], progress: Progress = lambda _: None
    ) -> tuple[Vectors, list[Vectors]]:
        keys = [(text, tuple(bounds)) for text, bounds in zip(texts, stretches, strict=True)]
        fresh = [key for key in dict.fromkeys(keys) if key not in self._read]
        whole, parts = super().encode_stretches([text for text, _ in fresh], [bounds for _, bounds in fresh])
        self._read |= dict(zip(fresh, zip(whole, parts, strict=True), strict=True))
        progress(len(texts))
        return np.array([self._read[key][0] for key in keys]), [self._read[key][1] for key in keys]


@pytest.fixture(scope="session", autouse=True)
def opened_once() -> Iterator[None]:
    """The packaged models are opened once for all archives that are made or asked in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "Encoder", cache(Remembering))
        patch.setattr(loading, "Selector", cache(loading.Selector))
        yield


@pytest.fixture(scope="session")
def encoder(opened_once: None) -> Encoder:
    return load_encoder(Settings())


@pytest.fixture(scope="session")
def seeds_archive(opened_once: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the five seeds. Read it; tests that write take `own_archive`."""
    folder = tmp_path_factory.mktemp("seeds") / "archive"
    build(Settings(archive=folder), [SEEDS])
    return folder


@pytest.fixture
def own_archive(seeds_archive: Path, tmp_path: Path) -> Path:
    """A copy of the seeds' archive that a test may change."""
    folder = tmp_path / "archive"
    shutil.copytree(seeds_archive, folder)
    return folder


class Answering(Podium):
    """The real podium, which answers a question once: many tests put the same one to another face."""

    def __init__(self, *how: Any) -> None:
        super().__init__(*how)
        self._answers: dict[Asked, Answer] = {}

    def __copy__(self) -> "Answering":
        # With what is changed of a copy, a question has another answer.
        other = object.__new__(Answering)
        other.__dict__ = self.__dict__ | {"_answers": {}}
        return other

    def ask(self, asked: Asked | str, **how: Any) -> Answer:
        asked = replace(asked, **how) if isinstance(asked, Asked) else Asked(asked, **how)
        if asked not in self._answers:
            self._answers[asked] = super().ask(asked)
        return self._answers[asked]


@pytest.fixture(scope="session")
def podium(seeds_archive: Path) -> Podium:
    return Answering(Settings(archive=seeds_archive))


# Who spoke where, in which office, to whom; what was said is no matter.
BRIEFINGS = """
White House | 2022-03-03 | Jen Psaki, Press Secretary |
White House | 2022-03-03 | Jake Sullivan, National Security Advisor |
White House | 2020-04-24 | Donald Trump, President |
White House | 2020-04-24 | Mike Pence, Vice President |
Kremlin | 2018-12-20 | Vladimir Putin, President of Russia | Darya Knorre
Kremlin | 2018-12-20 | Dmitry Peskov, Presidential Press Secretary |
Kremlin | 2019-06-20 | Vladimir Putin, President of Russia | RIA Novosti, RIA Novosti
Kremlin | 2017-03-10 | Recep Tayyip Erdogan, President of Turkey |
Federal Reserve | 2019-07-31 | Jerome Powell, Chair | Steve Liesman, CNBC
Federal Reserve | 2019-10-30 | Jerome Powell, Chair | Brendan Greeley, Financial Times
Federal Reserve | 2015-12-16 | Janet Yellen, Chair | Jon Hilsenrath, The Wall Street Journal
Parliament of Australia | 2014-03-22 | Tony Abbott, Prime Minister |
Parliament of Australia | 2014-07-03 | Bill Shorten, Leader of the Opposition |
Parliament of Australia | 2009-10-16 | Malcolm Turnbull, Leader of the Opposition |
Parliament of Australia | 2006-09-18 | Alexander Downer, Minister for Foreign Affairs |
Parliament of Australia | 2013-08-23 | Tony Burke, Minister for Immigration |
Ministry of Foreign Affairs of China | 2020-04-24 | Zhao Lijian, Foreign Ministry Spokesperson | ?, Reuters
Ministry of Foreign Affairs of China | 2020-04-25 | Hua Chunying, Foreign Ministry Spokesperson | ?, The Australian
"""


@pytest.fixture(scope="session")
def several(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Podium:
    """A podium over conferences of several institutions."""
    folder = tmp_path_factory.mktemp("several")
    publish_transcripts(folder, [_briefing(at, line) for at, line in enumerate(BRIEFINGS.split("\n")[1:-1])], encoder)
    return Podium(Settings(archive=folder), encoder)


def _briefing(at: int, line: str) -> Transcript:
    institution, day, speaker, asker = map(str.strip, line.split("|"))
    (name, office), (reporter, outlet) = (tuple(each.partition(", ")[::2]) for each in (speaker, asker))
    of, date, text = f"{day}-{at}", datetime.date.fromisoformat(day), "What is new here?\nNothing is new here."
    exchange = Exchange(
        of,
        1,
        "question",
        outlet=outlet or None,
        label=None,
        spokesperson=name,
        date=date,
        question=Span(of, 0, 17),
        answer=(Span(of, 18, len(text)),),
        speakers=(Speaker(name, office),),
        reporter=reporter.strip("?") or None,
    )
    return Transcript(of, speaker, date, name, (f"{of}.txt",), "0" * 64, text, (exchange,), institution)


@pytest.fixture(scope="session")
def server(podium: Podium) -> Iterator[str]:
    """The address of a real server over the seeds."""
    yield from serve(podium, podium.settings)


def serve(podium: Podium, settings: Settings) -> Iterator[str]:
    """Run a real server on a free loopback port until the caller is done."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    settings = settings.model_copy(update={"port": port})
    running = create_server(create_app(podium, settings), settings)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=30) as session:
        yield session
