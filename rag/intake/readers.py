"""Files' bytes -> readings, each made in a process of its own that is ended when a file takes too long."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Self

from rag.errors import UnreadableTranscript
from rag.intake.paths import not_read
from rag.reading.files import file_bytes
from rag.reading.reading import Reading, read

# Of more processes than this the one that writes the archive is the slower part.
_MOST = 4
# A process starts in the time of so many files: for fewer, another is not worth it.
_FILES = 20
# Not multiprocessing's spawn, which runs the caller's own script again in the child.
_START = "import sys; sys.path[:] = sys.argv[2:]; from rag.intake.readers import serve; serve(int(sys.argv[1]))"


@dataclass(frozen=True, slots=True)
class Told:
    """What the caller says of a file: the address of its page, the institution that it is of, a table's columns, and
    how long its reading may take."""

    address: str | None
    institution: str | None
    columns: Mapping[str, str]
    seconds: float


@dataclass(slots=True)
class Ticket:
    """A file that was handed in, and what came of it."""

    path: Path
    told: Told
    outcome: Reading | UnreadableTranscript | None = None

    def reading(self) -> Reading:
        """The reading, once the readers have finished; UnreadableTranscript where there is none."""
        if not isinstance(self.outcome, Reading):
            raise self.outcome or ValueError("the readers have not finished")
        return self.outcome


def serve(handle: int) -> None:
    """Read what is asked for through the pipe, until it closes. The kernel ends a file that takes too long."""
    with Connection(handle) as pipe:
        while True:
            try:
                raw, name, told = pipe.recv()
            except EOFError:
                return
            # Seconds of work, so that a busy machine ends nothing that would have come to its end.
            signal.setitimer(signal.ITIMER_PROF, told.seconds)
            outcome = _outcome(raw, name, told)
            signal.setitimer(signal.ITIMER_PROF, 0)
            pipe.send(outcome)


def _outcome(raw: bytes, name: str, told: Told) -> Reading | tuple[str, str]:
    """The reading, or in two words why there is none and what to do."""
    try:
        return read(raw, name, told.address, told.institution, told.columns)
    except UnreadableTranscript as error:
        return error.message, error.remedy
    except (ValueError, LookupError, RecursionError, MemoryError) as error:
        # One page that the reader can't cope with must not keep all the others out of the archive.
        why = f"makes the reader fail ({type(error).__name__}: {error})"
        return why, "That is a fault of podium's; please report it with the page."


class _Process:
    """A process that reads one file at a time."""

    def __init__(self) -> None:
        here, there = socket.socketpair()
        with there:
            command = [sys.executable, "-c", _START, str(there.fileno()), *sys.path]
            # A session of its own: Ctrl-C ends the process that asks, which ends this one.
            self._child = subprocess.Popen(command, pass_fds=[there.fileno()], start_new_session=True)
        self.pipe = Connection(here.detach())
        self.ticket: Ticket

    def take(self, ticket: Ticket, raw: bytes) -> None:
        """Begin to read a file."""
        self.ticket = ticket
        with suppress(OSError):  # It has died; settling says so.
            self.pipe.send((raw, ticket.path.name, ticket.told))

    def settle(self) -> bool:
        """Note what became of its file; whether it can take another."""
        try:
            outcome = self.pipe.recv()
        except (EOFError, OSError):
            self.end()
            outcome = self._why_ended()
        self.ticket.outcome = outcome if isinstance(outcome, Reading) else _not_read(self.ticket.path, *outcome)
        return not self.ended

    def _why_ended(self) -> tuple[str, str]:
        status = self._child.returncode
        if status == -signal.SIGPROF:
            why = f"takes more than {self.ticket.told.seconds:g} s of work to read"
            return why, "Leave it out, split it, or give it longer with PODIUM_READING_SECONDS."
        why = f"ended the process that read it (status {status})"
        return why, "Leave it out, and please report it with the file."

    @property
    def ended(self) -> bool:
        """Whether it is no more."""
        return self._child.returncode is not None

    def end(self) -> None:
        """Kill it."""
        self.pipe.close()
        self._child.kill()
        self._child.wait()


class Readers:
    """Processes that read files side by side, as many as there are cores; started when needed, ended on leaving."""

    def __init__(self) -> None:
        self._most = min(_MOST, len(os.sched_getaffinity(0)))
        self._submitted = 0
        self._busy: list[_Process] = []
        self._idle: list[_Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self.processes:
            process.end()

    @property
    def processes(self) -> list[_Process]:
        """Those that run."""
        return [*self._busy, *self._idle]

    def submit(self, path: Path, raw: bytes, told: Told) -> Ticket:
        """Hand in a file, once a process is free for it."""
        ticket = Ticket(path, told)
        if self._busy:
            self._settle(0)
        if self._busy and not self._idle and len(self._busy) >= min(self._most, 1 + self._submitted // _FILES):
            self._settle(None)
        process = self._idle.pop() if self._idle else _Process()
        process.take(ticket, raw)
        self._busy.append(process)
        self._submitted += 1
        return ticket

    def finish(self) -> None:
        """Wait until every file that was handed in has its outcome."""
        while self._busy:
            self._settle(None)

    def _settle(self, timeout: float | None) -> None:
        ready = wait([process.pipe for process in self._busy], timeout)
        done = [process for process in self._busy if process.pipe in ready]
        self._busy = [process for process in self._busy if process not in done]
        self._idle += [process for process in done if process.settle()]


def look_into(
    paths: Sequence[Path], columns: Mapping[str, str], seconds: float
) -> list[tuple[Path, Reading | UnreadableTranscript]]:
    """What the reader makes of each file in at most so many seconds of work, or why it makes nothing of it."""
    told = Told(None, None, columns, seconds)
    tickets: list[Ticket] = []
    with Readers() as readers:
        for path in paths:
            try:
                tickets.append(readers.submit(path, bytes_of(path), told))
            except UnreadableTranscript as error:
                tickets.append(Ticket(path, told, error))
        readers.finish()
    return [(ticket.path, ticket.outcome) for ticket in tickets if ticket.outcome]


def bytes_of(path: Path) -> bytes:
    """The file's bytes; UnreadableTranscript names the whole path."""
    try:
        return file_bytes(path)
    except UnreadableTranscript as error:
        raise _not_read(path, error.message, error.remedy) from error


def _not_read(path: Path, why: str, remedy: str) -> UnreadableTranscript:
    """The reader's refusal, with the whole path where it has the name."""
    why = why.removeprefix(str(path)).removeprefix(path.name).lstrip(": ").rstrip(".")
    return not_read(path, f"it {why}", remedy)
