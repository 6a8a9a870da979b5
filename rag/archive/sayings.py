"""Sentences -> sayings: which of an archive's sentences stand in nearly the same words.

Kept as rings: each row names the next of its saying, the last one the first. What nobody says again names itself.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from math import ceil
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.archive.arrays import read_array

Ring = npt.NDArray[np.int32]
Wordings = npt.NDArray[np.int64]
Words = frozenset[str]

# Nearly the same: this share of all their words they have in common, and every figure and every no.
SHARED = 0.8
# Fewer words say too little to be a saying.
FEWEST_WORDS = 5
# With how many of the latest that share a rare word a sentence is compared: bounds the time, whatever a text holds.
MOST_COMPARED = 100

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_NO = frozenset("no not never nor none neither cannot without nothing nobody".split())


def ring_of(sentences: Iterable[str]) -> Ring:
    """The ring of sentences in row order.

    >>> ring_of(["We firmly oppose it all.", "Yes.", "We all firmly oppose it!", "We do not oppose it."]).tolist()
    [2, 1, 0, 3]
    """
    words = [words_in(sentence) for sentence in sentences]
    counts = Counter(chain.from_iterable(words))
    sayings = _Sayings(counts)
    groups: dict[int, list[int]] = defaultdict(list)
    for row, own in enumerate(words):
        if len(own) >= FEWEST_WORDS:
            groups[sayings.of(row, own)].append(row)
    ring = np.arange(len(words), dtype=np.int32)
    for rows in groups.values():
        # Each names the next, the last the first.
        ring[rows] = np.roll(rows, -1)
    return ring


def wordings_of(sentences: Iterable[str]) -> Wordings:
    """A number for the words of each sentence, in whatever order; 0 for what says too little."""
    numbers = []
    for own in map(words_in, sentences):
        digest = hashlib.blake2b(" ".join(sorted(own)).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        numbers.append(int.from_bytes(digest, "little", signed=True) | 1 if len(own) >= FEWEST_WORDS else 0)
    return np.array(numbers, dtype=np.int64)


def joined_ring(parts: Sequence[tuple[Ring, Wordings]], rows: npt.NDArray[np.int64]) -> Ring:
    """The ring of those rows of parts, counted through: sayings of two parts are one where they share a wording."""
    first = np.cumsum([0, *(len(ring) for ring, _ in parts)])
    ring = np.concatenate([ring + at for (ring, _), at in zip(parts, first, strict=False)])
    wordings = np.concatenate([each for _, each in parts])
    # Real ones are odd: what says too little gets an even number of its own, shared with nothing.
    wordings[wordings == 0] = -2 * np.arange(1, (wordings == 0).sum() + 1)
    alike = np.unique(wordings, return_inverse=True)[1]
    # The least row of each ring, found in strides that double.
    own, wider = np.arange(len(ring)), np.minimum(np.arange(len(ring)), ring)
    while (wider != own).any():
        own, ring = wider, ring[ring]
        wider = np.minimum(own, own[ring])
    saying, wider = own, _least(alike, own)
    while (wider != saying).any():
        saying, wider = wider, _least(alike, _least(own, wider))
    kept = saying[rows]
    order = np.argsort(kept, kind="stable")
    starts = np.flatnonzero(np.diff(kept[order], prepend=-1))
    # Within each saying, row by row, the next; the last one's is the first.
    following = np.roll(order, -1)
    following[np.append(starts[1:], len(order)) - 1] = order[starts]
    made = np.empty(len(rows), dtype=np.int32)
    made[order] = following
    return made


def _least(groups: npt.NDArray[np.int64], values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For each row the least value in its group."""
    least = np.full(int(groups.max(initial=0)) + 1, len(values))
    np.minimum.at(least, groups, values)
    return np.asarray(least[groups], dtype=np.int64)


class Sayings:
    """The sayings of an archive's parts, a ring each, whose rows are counted through."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.parts: list[tuple[Ring, Wordings]] = []
        self._orders = []
        for folder in folders:
            ring, wordings, order = (read_array(folder / f"{name}.npy") for name in _FILES)
            self.parts.append((ring, wordings))
            self._orders.append(order)
        self._first = np.cumsum([0, *(len(ring) for ring, _ in self.parts)])

    def __len__(self) -> int:
        return int(self._first[-1])

    def same(self, row: int) -> list[int]:
        """The rows of a row's saying, itself first; of other parts those with a wording that its own part has."""
        at = int(np.searchsorted(self._first, row, side="right")) - 1
        own = same_saying(self.parts[at][0], row - int(self._first[at]))
        found = [int(self._first[at]) + each for each in own]
        said = np.array(sorted(set(self.parts[at][1][own].tolist()) - {0}), dtype=np.int64)
        for first, (ring, wordings), order in zip(self._first, self.parts, self._orders, strict=False):
            if first == self._first[at]:
                continue
            ends = [np.searchsorted(wordings, said, side, sorter=order) for side in ("left", "right")]
            rows = {int(order[a]) for a, b in zip(*ends, strict=True) if a < b}
            found += sorted({int(first) + each for there in rows for each in same_saying(ring, there)})
        return found


def save_sayings(folder: Path, ring: Ring, wordings: Wordings) -> None:
    """Write a part's ring, and its wordings with their order."""
    folder.mkdir()
    np.save(folder / "ring.npy", ring)
    np.save(folder / "wordings.npy", wordings)
    np.save(folder / "order.npy", np.argsort(wordings, kind="stable"))


_FILES = ("ring", "wordings", "order")


def same_saying(ring: Ring, row: int) -> list[int]:
    """The rows of a row's saying, itself first."""
    rows = [row]
    while (following := ring.item(rows[-1])) != row and len(rows) < len(ring):
        rows.append(following)
    return rows


def nearly_same(one: Words, other: Words) -> bool:
    """Whether two sets of words share most: their Jaccard index.

    >>> nearly_same(words_in("China firmly opposes it."), words_in("“China firmly opposes it!”"))
    True
    """
    return len(one & other) >= SHARED * len(one | other)


class _Sayings:
    """Each saying by the row and the words that it was first met in.

    Two sets of n words that share four fifths have one in common among the n - ceil(0.8 n) + 1 rarest of each, so that
    only those are looked up (Bayardo, Ma and Srikant, Scaling up all pairs similarity search, WWW 2007).
    """

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._same: dict[Words, int] = {}
        self._rare: dict[tuple[str, Words], list[tuple[int, Words]]] = defaultdict(list)

    def of(self, row: int, words: Words) -> int:
        """The row that stands for the saying of a sentence: an earlier one, or its own."""
        if words not in self._same:
            fixed = frozenset(word for word in words if word in _NO or word.endswith("n't") or word[0].isdigit())
            rarest = sorted(words, key=lambda word: (self._counts[word], word))
            keys = [(word, fixed) for word in rarest[: len(words) - ceil(SHARED * len(words)) + 1]]
            near = self._nearest(words, keys)
            if near is None:
                for key in keys:
                    self._rare[key].append((row, words))
            self._same[words] = row if near is None else near
        return self._same[words]

    def _nearest(self, words: Words, keys: Sequence[tuple[str, Words]]) -> int | None:
        fewest, most = SHARED * len(words), len(words) / SHARED
        met = {
            row: other
            for key in keys
            for row, other in self._rare[key][-MOST_COMPARED:]
            if fewest <= len(other) <= most
        }
        alike = [row for row, other in met.items() if nearly_same(words, other)]
        return max(alike, key=lambda row: (len(words & met[row]) / len(words | met[row]), -row), default=None)


def words_in(text: str) -> Words:
    """A text's words, case and marks aside."""
    return frozenset(word.replace("’", "'") for word in _WORD.findall(text.casefold()))
