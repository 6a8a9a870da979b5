"""podium watch, run as a person runs it: a process, files that arrive, change and go, and a signal."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from conftest import ROOT, SEEDS

from rag.archive.archive import open_archive
from rag.archive.generations import locked
from rag.errors import ArchiveBusy, BadInput, PodiumError, UnreadableTranscript
from rag.intake.watching import keep_current

TRIAL = SEEDS / "000_fe0e2805aa4ab78b.txt"
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


class Rounds:
    """A watch in a thread of its own; `count` ingests so far, each of which sees the folder as it was."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: list[dict[str, str]] = []
        self.told: list[PodiumError] = []
        self.errors: list[PodiumError] = []
        self.over = False

    def ingest(self) -> None:
        if self.over:
            raise KeyboardInterrupt
        self.seen.append({path.name: path.read_text() for path in self.folder.glob("**/*.txt")})
        if self.errors:
            raise self.errors.pop()

    def until(self, count: int, seconds: float = 20) -> None:
        ends = time.monotonic() + seconds
        while len(self.seen) < count:
            assert time.monotonic() < ends, f"{len(self.seen)} rounds of {count} in {seconds} s"
            time.sleep(0.02)


@contextmanager
def watched(folder: Path, settle: float = 0.3) -> Iterator[Rounds]:
    rounds = Rounds(folder)

    def watch() -> None:
        with suppress(KeyboardInterrupt):
            keep_current([folder], rounds.ingest, rounds.told.append, settle=settle, retry=0.2)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        rounds.until(1)
        yield rounds
    finally:
        rounds.over = True
        (folder / "end.txt").write_text("end")
        thread.join(20)
        assert not thread.is_alive()


def test_a_burst_of_changes_is_one_ingest(tmp_path: Path) -> None:
    with watched(tmp_path) as rounds:
        for number in range(20):
            (tmp_path / f"{number}.txt").write_text(str(number))
            time.sleep(0.01)
        rounds.until(2)
        time.sleep(0.8)
        assert len(rounds.seen) == 2 and len(rounds.seen[1]) == 20


def test_a_file_that_is_still_being_written_is_not_read_half(tmp_path: Path) -> None:
    with watched(tmp_path, settle=0.5) as rounds, (tmp_path / "slow.txt").open("w") as file:
        for _ in range(12):
            file.write("more ")
            file.flush()
            time.sleep(0.1)
        rounds.until(2)
        assert rounds.seen[1] == {"slow.txt": "more " * 12}


def test_files_that_go_and_folders_that_come_are_noticed_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("a")
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "b.txt").write_text("b")
    with watched(tmp_path / "in") as rounds:
        (tmp_path / "in" / "a.txt").unlink()
        rounds.until(2)
        (tmp_path / "away").rename(tmp_path / "in" / "came")
        rounds.until(3)
        (tmp_path / "in" / "notes.md").write_text("no transcript")
        time.sleep(0.9)
        assert [sorted(seen) for seen in rounds.seen] == [["a.txt"], [], ["b.txt"]]


def test_an_error_is_told_and_the_watch_goes_on_and_a_busy_archive_is_tried_again(tmp_path: Path) -> None:
    with watched(tmp_path) as rounds:
        rounds.errors = [UnreadableTranscript("none could be read")]
        (tmp_path / "a.txt").write_text("a")
        rounds.until(2)
        rounds.errors = [ArchiveBusy("held"), ArchiveBusy("still held")]
        (tmp_path / "b.txt").write_text("b")
        rounds.until(5)
        time.sleep(0.8)
        assert len(rounds.seen) == 5, "an ingest that came through is not run again"
    assert [str(error) for error in rounds.told] == ["none could be read", "still held", "held"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no folder .*nowhere to watch"):
        keep_current([tmp_path / "nowhere"], lambda: None, lambda _: None)


def wait_for(condition: object, process: subprocess.Popen[str], seconds: float = 90) -> None:
    ends = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < ends
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.heavy)])
def test_podium_watch_keeps_an_archive_current_and_ends_cleanly(
    own_archive: Path, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "in").mkdir()
    command = [sys.executable, "-m", "podium.cli", "watch", str(tmp_path / "in"), "--archive", str(own_archive)]
    process = subprocess.Popen(
        [*command, "--settle", "0.3"], cwd=ROOT, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
    )
    try:
        for line in process.stderr or []:
            if "no transcripts at" in line:
                break
        if number == signal.SIGTERM:
            with locked(own_archive):
                shutil.copy(TRIAL, tmp_path / "in" / "again.txt")
                for line in process.stderr or []:
                    if "another ingest" in line:
                        break
            wait_for(lambda: (own_archive / "CURRENT").read_text() == "000002\n", process)
            head = open_archive(own_archive).heads["2021-03-18-zhao-lijian"]
            assert set(head.sources) == {TRIAL.name, "again.txt"}
        process.send_signal(number)
        rest = process.communicate(timeout=30)[1]
    finally:
        process.kill()
    assert process.returncode == 0 and "The watch has ended." in rest and "Traceback" not in rest


def test_a_watch_that_is_told_to_end_ends_though_nothing_was_raised(own_archive: Path, tmp_path: Path) -> None:
    """What a signal raises is lost where it comes while something is being cleared away."""
    told = threading.Event()
    ran: list[None] = []

    def ingest() -> None:
        ran.append(None)
        told.set()

    keep_current([tmp_path], ingest, lambda _: None, settle=0.1, told=told)
    assert ran == [None]
