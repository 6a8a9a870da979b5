"""A path -> the bytes of the file as they were at one moment."""

import os
import stat
from pathlib import Path

from rag.errors import UnreadableTranscript

LARGEST_FILE = 20_000_000


def file_bytes(path: Path) -> bytes:
    """A file's bytes as they were at one moment; UnreadableTranscript when it can't be read or keeps changing."""
    try:
        str(path).encode()
        return _bytes_at_one_moment(path)
    except UnicodeEncodeError as error:
        raise UnreadableTranscript(
            f"{path} has a name that is not UTF-8.", key=path.name, remedy="Rename it."
        ) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableTranscript(
            f"{path} can't be read: {reason}.", key=path.name, remedy="Check that the file is there and may be read."
        ) from error


def too_large(name: str, size: int) -> UnreadableTranscript:
    """A file over the limit."""
    return UnreadableTranscript(
        f"{name} has {size:,} bytes; podium reads files up to {LARGEST_FILE:,}.",
        key=name,
        remedy="Split it, a press conference a file.",
    )


def _bytes_at_one_moment(path: Path) -> bytes:
    """The file's bytes, read again when the file changed under our hands, refused when it won't hold still."""
    for _ in range(3):
        # Opening a named pipe would wait for ever for somebody at its other end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(0, "it is no regular file")
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            if before.st_size > LARGEST_FILE:
                raise too_large(path.name, before.st_size)
            raw = file.read(LARGEST_FILE + 1)
            after = os.fstat(file.fileno())
        if len(raw) == before.st_size == after.st_size and before.st_mtime_ns == after.st_mtime_ns:
            return raw
    raise OSError(0, "it changes while it is read")
