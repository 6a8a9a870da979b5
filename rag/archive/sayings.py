"""Sentences -> sayings: which of an archive's sentences stand in nearly the same words.

Kept as rings: each row names the next of its saying, the last one the first. What nobody says again names itself.
"""

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
        ring[rows] = np.roll(rows, -1)
    return ring


def open_ring(path: Path | None, count: int) -> Ring:
    """A saved ring; where there is none, one in which nobody says anything again."""
    return np.arange(count, dtype=np.int32) if path is None else read_array(path)


def same_saying(ring: Ring, row: int) -> list[int]:
    """The rows of a row's saying, itself first."""
    rows = [row]
    while (following := int(ring[rows[-1]])) != row and len(rows) < len(ring):
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
