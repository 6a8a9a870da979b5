"""Ingests in processes of their own that are stopped, or whose disk fails, at the N-th thing they do to the disk.

Run as a script: `python tests/stopping.py kill|fail FOLDER ARCHIVE STEP`. A stand-in encoder is used here and nowhere
else, and files are read in the process that ingests: there are a hundred moments to try, and the real encoder takes
seconds to load in each, a process that reads half a second to start.
"""

import hashlib
import itertools
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rag.archive.archive import open_archive
from rag.archive.generations import current_generation
from rag.errors import ArchiveUnwritable
from rag.intake import sources
from rag.intake.ingest import ingest
from rag.intake.readers import Readers, Ticket, Told
from rag.reading.reading import read

CHANGES = ("os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "sqlite3.connect")
Moment = Callable[[str], None]


class HashEncoder:
    """Unit vectors made of a text's hash."""

    name, fingerprint, max_tokens, dimension = "hash", "hash", 256, 8

    def __init__(self) -> None:
        self.probe = self.encode_passages(["probe"])[0]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] = lambda _: None) -> np.ndarray:
        rows = [np.frombuffer(hashlib.sha256(text.encode()).digest(), np.int8)[:8].astype("f") + 0.5 for text in texts]
        progress(len(rows))
        return np.stack(rows) / np.linalg.norm(np.stack(rows), axis=1, keepdims=True) if rows else np.zeros((0, 8), "f")

    encode_queries = encode_passages

    def encode_stretches(
        self,
        texts: Sequence[str],
        stretches: Sequence[Sequence[tuple[int, int]]],
        progress: Callable[[int], None] = lambda _: None,
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        parts = [
            self.encode_passages([text[a:b] for a, b in each]) for text, each in zip(texts, stretches, strict=True)
        ]
        return self.encode_passages(texts, progress), parts


class ReadHere(Readers):
    """Readers without processes."""

    def submit(self, path: Path, raw: bytes, told: Told) -> Ticket:
        return Ticket(path, told, read(raw, path.name))


def run(archive: Path, folder: Path, moment: Moment = lambda _: None) -> None:
    """Ingest, calling `moment` before each change to the archive's files and at each step of the progress."""

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        touched = str(arguments[0]) if arguments else ""
        if not touched.startswith(str(archive)):
            return
        if event in CHANGES or (event == "open" and int(arguments[2]) & (os.O_WRONLY | os.O_RDWR)):  # type: ignore[call-overload]
            moment(f"{event} {Path(touched).name}")

    real = os.fsync

    def fsync(descriptor: int) -> None:
        moment("fsync")
        real(descriptor)

    sys.addaudithook(heard)
    os.fsync = fsync
    sources.Readers = ReadHere  # type: ignore[misc]
    ingest(archive, [folder], "hash", HashEncoder, seconds=60, progress=lambda stage, *_: moment(f"step {stage}"))  # type: ignore[arg-type]


def in_child(work: Callable[[], None]) -> int:
    """The wait status of a fork that does `work`: 0 done, 9 killed, 73 the archive can't be written."""
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        return os.waitstatus_to_exitcode(status)
    code = 1
    try:
        work()
        code = 0
    except ArchiveUnwritable:
        code = 73
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        os._exit(code)


def at(number: int, what: Callable[[str], None]) -> Moment:
    """A moment function that does `what` the `number`-th time."""
    count = itertools.count(1)

    def moment(name: str) -> None:
        if next(count) == number:
            what(name)

    return moment


def kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail(name: str) -> None:
    if not name.startswith("step"):
        raise OSError(28, "No space left on device")


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def leftovers(archive: Path) -> list[str]:
    if not archive.exists():
        return []
    names = {path.name for path in archive.iterdir()} - {"CURRENT", "LOCK", "generations"}
    generations = {path.name for path in (archive / "generations").glob("*")} or {"nothing published"}
    return sorted(names | {name for name in generations if not name.isdigit()})


def check_whole(archive: Path) -> None:
    opened = open_archive(archive)
    assert all(opened.text(head) for head in opened.heads)


def main(mode: str, folder: Path, base: Path, step: int) -> None:
    """Try every `step`-th moment until an ingest comes through; print how many there were, at most."""
    archive = folder.parent / "tried"
    old = current_generation(base) if base.exists() else None
    before = digests(base / "generations" / old) if old else {}
    for number in itertools.count(1, step):
        shutil.rmtree(archive, ignore_errors=True)
        if old:
            shutil.copytree(base, archive)
        ended = in_child(lambda n=number: run(archive, folder, at(n, kill if mode == "kill" else fail)))  # type: ignore[misc]
        assert ended in (0, -9 if mode == "kill" else 73), (number, ended)
        if (archive / "CURRENT").exists():
            current = current_generation(archive)
            assert old is None or current != old or digests(archive / "generations" / current) == before, number
            assert in_child(lambda: check_whole(archive)) == 0, number
        else:
            assert old is None, number
        if mode == "fail" and ended == 73:
            assert leftovers(archive) == [], (number, leftovers(archive))
        if ended == 0 and number > 20:
            print(number - 1)
            return
        assert in_child(lambda: run(archive, folder)) == 0, f"the ingest after moment {number} fails"
        assert leftovers(archive) == [], number
        assert current_generation(archive) > (old or ""), number


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
