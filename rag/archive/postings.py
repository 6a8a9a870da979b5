"""Texts -> postings: which words stand where, in files that map into memory."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.archive.arrays import read_array
from rag.archive.words import plain_words, stem

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Narrow = npt.NDArray[np.int32]
Counts = npt.NDArray[np.uint8]
Lengths = npt.NDArray[np.uint16]

WORDS = "words.json"
# Of Lucene's variant of BM25.
K1, B = 1.2, 0.75
# Laying out up to so many rows of a word for each that is looked up takes less than looking each up.
_SPREAD = 8


@dataclass(frozen=True, slots=True)
class Postings:
    """Which words stand in which rows how often, and how many words each row has.

    The rows that a word stands in, ascending, lie between two of `starts`; `counts` stand beside them. `peaks` is the
    most that a word adds to a row's score, its rarity aside, where rows are `mean` words long.
    """

    words: dict[str, int]
    starts: Rows
    rows: Narrow
    counts: Counts
    lengths: Lengths
    peaks: Scores

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Postings":
        """Those of texts in row order."""
        stems: dict[str, int] = {}
        known: dict[str, int] = {}
        pairs: list[npt.NDArray[np.int64]] = []
        lengths: list[int] = []
        for row, text in enumerate(texts):
            words = list(plain_words(text))
            for word in words:
                if word not in known:
                    known[word] = stems.setdefault(stem([word])[0], len(stems))
            pairs.append((np.array([known[word] for word in words], dtype=np.int64) << 32) + row)
            lengths.append(max(1, len(words)))
        keys, counts = np.unique(np.concatenate([*pairs, np.zeros(0, np.int64)]), return_counts=True)
        return cls._laid(stems, keys, counts, np.array(lengths, dtype=np.int64))

    @classmethod
    def _laid(cls, words: dict[str, int], keys: Rows, counts: Rows, lengths: Rows) -> "Postings":
        """Of ascending keys, a word's place << 32 + row, and how often it stands there."""
        starts = np.searchsorted(keys, np.arange(len(words) + 1) << 32)
        rows = (keys & 0xFFFFFFFF).astype(np.int32)
        often = np.minimum(counts, 255).astype(np.uint8)
        long = np.minimum(lengths, 65535).astype(np.uint16)
        share = saturation(often, long[rows], float(long.mean()) if len(long) else 1.0)
        # The most of each word's rows, which lie together.
        peaks = np.maximum.reduceat(share, starts[:-1]) if len(words) else share
        return cls(words, starts, rows, often, long, peaks)

    @classmethod
    def open(cls, folder: Path) -> "Postings":
        """Map saved ones into memory."""
        words: dict[str, int] = json.loads((folder / WORDS).read_text("utf-8"))
        return cls(words, *(read_array(folder / f"{name}.npy").view(np.ndarray) for name in _ARRAYS))

    def save(self, folder: Path) -> None:
        """Write them as files in a new folder."""
        folder.mkdir()
        (folder / WORDS).write_text(json.dumps(self.words, ensure_ascii=False), "utf-8")
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))

    @classmethod
    def joined(cls, parts: "Sequence[Postings]", rows: Rows) -> "Postings":
        """Of the parts' rows, counted through, those that `rows` names, in its order."""
        first = np.cumsum([0, *(len(part.lengths) for part in parts)])
        place = np.full(first[-1], -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        words: dict[str, int] = {}
        keys, counts = [], []
        for start, part in zip(first, parts, strict=False):
            # Where each row goes, -1 for one that is left out.
            there = place[start + part.rows.astype(np.int64)]
            known = np.array([words.setdefault(word, len(words)) for word in part.words], dtype=np.int64)
            keys.append(((np.repeat(known, np.diff(part.starts)) << 32) + there)[there >= 0])
            counts.append(part.counts[there >= 0])
        every, often = np.concatenate(keys), np.concatenate(counts)
        order = np.argsort(every, kind="stable")
        lengths = np.concatenate([part.lengths for part in parts]).astype(np.int64)[rows]
        return cls._laid(*_in_use(words, every[order]), often[order].astype(np.int64), lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    def at(self, word: str) -> slice:
        """Where the rows of a stem lie; nowhere for an unknown one."""
        place = self.words.get(word)
        return slice(0, 0) if place is None else slice(int(self.starts[place]), int(self.starts[place + 1]))

    def counts_in(self, word: str, rows: Rows) -> Counts:
        """How often a stem stands in each of these rows, ascending."""
        where = self.at(word)
        there, counts = self.rows[where], self.counts[where]
        if len(there) < _SPREAD * len(rows):
            every = np.zeros(len(self), dtype=np.uint8)
            every[there] = counts
            return every[rows]
        if not len(there):
            return np.zeros(0, dtype=np.uint8)
        # Of one type with those that are searched, which would all be converted otherwise.
        at = np.minimum(np.searchsorted(there, rows.astype(np.int32)), len(there) - 1)
        return np.where(there[at] == rows, counts[at], np.uint8(0))


_ARRAYS = ("starts", "rows", "counts", "lengths", "peaks")


def _in_use(words: Mapping[str, int], keys: Rows) -> tuple[dict[str, int], Rows]:
    """The words that still stand somewhere, and the keys under their new places."""
    used, at = np.unique(keys >> 32, return_inverse=True)
    places = {int(old): new for new, old in enumerate(used)}
    kept = {word: places[old] for word, old in words.items() if old in places}
    return kept, (at.astype(np.int64) << 32) + (keys & 0xFFFFFFFF)


def saturation(counts: Counts, lengths: Lengths, mean: float) -> Scores:
    """What a word scores in rows where it stands so often, its rarity aside: f / (f + k1 (1 - b + b l / mean))."""
    often = counts.astype(np.float32)
    spread = np.float32(K1 * (1 - B)) + lengths.astype(np.float32) * np.float32(K1 * B / mean)
    return np.asarray(often / (often + spread), dtype=np.float32)
