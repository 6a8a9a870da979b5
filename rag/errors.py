"""What can go wrong, as one tree.

PodiumError                   anything podium itself reports: a message, the key, the remedy
├── BadInput                  the caller's mistake: a question, a filter, a setting, a path
│   └── UnknownName           a filter's name that this archive doesn't have
├── UnreadableTranscript      a file that no transcript can be made of
├── UnknownId                 no such transcript or exchange in this archive
├── EncoderUnavailable        the encoder can't be loaded, or is not the one it says it is
└── ArchiveError
    ├── ArchiveMissing        there is no archive at that path, or nothing was published in it
    ├── ArchiveDamaged        a file of the generation is missing, cut short, changed, or doesn't fit the others
    ├── EncoderMismatch       the archive was made with another encoder
    ├── ArchiveBusy           another ingest holds the archive
    ├── EngineUnavailable     the engine that searches the archive is down, slow, or not installed
    └── ArchiveUnwritable     the archive can't be written: permissions, a full disk
"""

from collections.abc import Sequence
from functools import partial
from typing import Any


class PodiumError(Exception):
    """`message` says what is wrong and what was given, `key` what it is about, `remedy` what to do."""

    def __init__(self, message: str, *, key: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.key = key
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class BadInput(PodiumError):
    """The caller's mistake: a question, a filter, a setting, a path."""


class UnknownName(BadInput):
    """A name that an archive does not have, and those of its own that are `near` to it."""

    def __init__(self, name: str, near: Sequence[str], has: Sequence[str], *, key: str) -> None:
        kind = key.rpartition(".")[2]
        remedy = f"Did you mean: {', '.join(near)}?" if near else f"It has: {', '.join(has) or 'none'}."
        super().__init__(f"{name[:80]!r} is not among this archive's {kind}.", key=key, remedy=remedy)
        self.name = name
        self.near = tuple(near)
        self.has = tuple(has)

    def __reduce__(self) -> tuple[Any, ...]:
        # From a worker to its server it goes pickled, and an exception's own way knows the message alone.
        return partial(UnknownName, self.name, self.near, self.has, key=self.key), ()


class UnreadableTranscript(PodiumError):
    """A file that no transcript can be made of; the message says why."""


class UnknownId(PodiumError):
    """No such transcript or exchange in this archive."""


class EncoderUnavailable(PodiumError):
    """The encoder can't be loaded, or its weights are not the ones it is known by."""


class ArchiveError(PodiumError):
    """Something about the archive on disk."""


class ArchiveMissing(ArchiveError):
    """There is no archive at that path, or nothing was published in it."""


class ArchiveDamaged(ArchiveError):
    """A file of the generation is missing, cut short, changed, or doesn't fit the others."""


class EncoderMismatch(ArchiveError):
    """The archive was made with another encoder."""


class ArchiveBusy(ArchiveError):
    """Another ingest holds the archive."""


class EngineUnavailable(ArchiveError):
    """The engine that searches the archive is down, slow, or not installed."""


class ArchiveUnwritable(ArchiveError):
    """The archive can't be written: permissions, a full disk."""
