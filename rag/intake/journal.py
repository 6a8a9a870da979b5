"""Vectors as an ingest makes them, in a file of their own: one that is stopped loses none, the next takes them up."""

import os
import struct
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from embeddings.encoder import Vectors

NAME = "JOURNAL"
KEY = 32
# Before each block: how many vectors, of how many dimensions, and the checksum of their keys and numbers.
_HEAD = struct.Struct("<III")


class Journal:
    """The journal of an archive's folder. Keys are KEY characters of ASCII, and tell the encoder apart too."""

    def __init__(self, archive: Path) -> None:
        self._path = archive / NAME
        self._ended = False

    def add(self, keys: Sequence[str], vectors: Vectors) -> None:
        """Note a block of unit vectors (n, d). A disk that has no room for it may have some without the journal."""
        if self._ended:
            return
        content = "".join(keys).encode("ascii") + vectors.astype("<f4").tobytes()
        try:
            with self._path.open("ab") as file:
                file.write(_HEAD.pack(*vectors.shape, zlib.crc32(content)) + content)
        except OSError:
            self.discard()

    def read(self, dimension: int) -> dict[str, Vectors]:
        """The vectors of every whole block, by key; what was cut off while it was written goes. OSError."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        found: dict[str, Vectors] = {}
        at = 0
        while at + _HEAD.size <= len(content):
            count, wide, checksum = _HEAD.unpack_from(content, at)
            numbers = at + _HEAD.size + count * KEY
            end = numbers + count * wide * 4
            # The first block that is not whole ends it: nothing behind it can be found.
            if wide != dimension or end > len(content) or zlib.crc32(content[at + _HEAD.size : end]) != checksum:
                break
            keys = content[at + _HEAD.size : numbers].decode("ascii")
            # Little-endian float32, (count, wide).
            vectors = np.frombuffer(content[numbers:end], dtype="<f4").reshape(count, wide)
            found.update((keys[row * KEY : (row + 1) * KEY], vectors[row]) for row in range(count))
            at = end
        if at < len(content):
            os.truncate(self._path, at)
        return found

    def discard(self) -> None:
        """End the journal and take it away: its vectors are published, or the disk has no room for them."""
        self._ended = True
        with suppress(OSError):
            self._path.unlink()
