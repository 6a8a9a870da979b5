"""What an open generation holds of the system, and lets go."""

import gc
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from conftest import SEEDS, serve

from embeddings.encoder import Encoder
from rag.archive.archive import open_archive
from rag.errors import ArchiveDamaged
from rag.pipeline import Podium, build
from rag.settings import Settings

QUESTION = "What did China say about the trial of the two Canadians?"
SWAPS = 8
PATHS = (f"/query?q={QUESTION.replace(' ', '+')}", "/", "/archive", "/transcripts")


def held(folder: Path) -> int:
    """How many of the files in a folder this process has open or mapped."""
    targets = [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    mapped = {line.split(maxsplit=5)[-1].strip() for line in Path("/proc/self/maps").read_text().splitlines()}
    return sum(target.startswith(str(folder)) for target in [*targets, *mapped])


def test_a_generation_is_closed_when_the_last_question_on_it_is_done(
    own_archive: Path, encoder: Encoder, tmp_path: Path
) -> None:
    """Swapped again and again while it is asked and read, with no garbage collector to clean up after it."""
    (tmp_path / "in").mkdir()
    shutil.copy(SEEDS / "003_4d07b25c1c8cc511.txt", tmp_path / "in")
    build(Settings(archive=own_archive), [tmp_path / "in"], encoder=lambda: encoder)
    own, ended = Podium(Settings(archive=own_archive), encoder), threading.Event()
    generations = own_archive / "generations"
    alone = held(generations)

    def keep_asking(client: httpx.Client) -> list[int]:
        statuses = []
        while not ended.is_set():
            statuses += [client.get(path).status_code for path in PATHS]
            statuses.append(client.post("/verify", json={"words": "It is not linked to the dialogue."}).status_code)
        return statuses

    gc.collect()
    gc.disable()
    try:
        for address in serve(own, own.settings):
            with httpx.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(4) as crowd:
                asking = [crowd.submit(keep_asking, client) for _ in range(4)]
                for swap in range(SWAPS):
                    own.open("000001" if swap % 2 == 0 else "000002")
                    assert client.get("/transcripts").status_code == 200
                ended.set()
                assert {status for each in asking for status in each.result()} == {200}
                own.open("000002")
                # A thread may keep what it has last worked on until its next work.
                deadline = time.monotonic() + 60
                while held(generations) != alone:
                    assert time.monotonic() < deadline
                    assert all(crowd.map(lambda _: client.get("/transcripts").is_success, range(8)))
    finally:
        gc.enable()


@pytest.mark.parametrize("file", ["catalogue.sqlite", "vectors.faiss", "columns/exchange_day.npy", "words/rows.npy"])
def test_files_that_shrink_while_served_end_no_process(own_archive: Path, encoder: Encoder, file: str) -> None:
    """A question is answered from what was read, or told that the archive is damaged."""
    own = Podium(Settings(archive=own_archive), encoder)
    (own_archive / "generations" / "000001" / "parts" / "000001-1" / file).write_bytes(b"")
    try:
        assert own.ask(QUESTION).generation == "000001"
    except ArchiveDamaged as error:
        assert "catalogue" in str(error)
    with pytest.raises(ArchiveDamaged):
        open_archive(own_archive)
