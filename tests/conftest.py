"""Real parts, made once: the encoder, an archive of the seeds, a server on a loopback port."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from embeddings.encoder import Encoder
from rag.api.app import create_app
from rag.api.listening import create_server
from rag.pipeline import Podium, build
from rag.settings import Settings

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


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="session")
def seeds_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
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


@pytest.fixture(scope="session")
def podium(seeds_archive: Path) -> Podium:
    return Podium(Settings(archive=seeds_archive))


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
