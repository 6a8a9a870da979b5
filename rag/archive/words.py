"""Passages <-> words: BM25 over stems. The only file that imports bm25s and Stemmer."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import Stemmer
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from rag.archive.arrays import read_array

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
SHORTEST_TYPO = 5
WORDS = "words.json"
_ARRAYS = ("starts", "rows", "scores")
# Words that carry no topic. Not in it: "no", "not", and names that are also words ("us" is the US more often).
STOP_WORDS = frozenset(
    """
    a about after all also an and any are as at be been before being but by can could did do does doing down during
    each for from further had has have having he her here hers him his how i if in into is it its itself just me
    more most my of off on once only or other our out over own same she should so some such than that the their them
    then there these they this those through to too under until up very was we were what when where which while who
    whom why will with would you your
    """.split()
)


def words_of(text: str) -> list[str]:
    """The stems of a text's words, stop words left out: `China's talks` -> `china`, `talk`.

    A hyphened or dotted word gives its parts too, so that `China-US` meets `China` and `U.S.` meets `US`.
    """
    found: list[str] = []
    for match in _WORD.finditer(text.casefold()):
        word = _POSSESSIVE.sub("", match.group())
        word = word.replace(".", "") if not word[0].isdigit() else word
        found.append(word)
        if "-" in word:
            found.extend(part for part in word.split("-") if part)
    return _stem([word for word in found if word and word not in STOP_WORDS])


@lru_cache(maxsize=8192)
def stems_of(name: str) -> tuple[str, ...]:
    """The stems of a name that comes again and again."""
    return tuple(words_of(name))


def _stem(words: list[str]) -> list[str]:
    # A Stemmer keeps a cache that is not safe between threads, and costs microseconds to make.
    stems: list[str] = Stemmer.Stemmer("english").stemWords(words)
    return stems


class WordIndex:
    """BM25 (Lucene's variant, k1 1.2, b 0.75) over texts in row order, immutable.

    The rows that a word stands in, ascending, lie between two of `starts`, and beside each what the word scores there.
    """

    def __init__(self, words: dict[str, int], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._words = words
        self._starts, self._rows, self._scores = (arrays[name] for name in _ARRAYS)
        self._size = int(self._starts[-1])

    @classmethod
    def of(cls, texts: Sequence[str]) -> "WordIndex":
        """An index whose row i is texts[i]."""
        import bm25s

        bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend="numpy")
        bm25.index([words_of(text) or [""] for text in texts], show_progress=False)
        pointers = np.asarray(bm25.scores["indptr"], dtype=np.int64)
        # bm25s adds an empty word of its own; the number of rows stands behind the last word's end.
        words = {word: at for word, at in bm25.vocab_dict.items() if word and at + 1 < len(pointers)}
        arrays = (np.append(pointers, len(texts)), bm25.scores["indices"], bm25.scores["data"])
        return cls(words, dict(zip(_ARRAYS, arrays, strict=True)))

    @classmethod
    def open(cls, folder: Path) -> "WordIndex":
        """A saved index."""
        words: dict[str, int] = json.loads((folder / WORDS).read_text("utf-8"))
        return cls(words, {name: read_array(folder / f"{name}.npy") for name in _ARRAYS})

    def save(self, folder: Path) -> None:
        """Write the index as files in a new folder."""
        folder.mkdir()
        (folder / WORDS).write_text(json.dumps(self._words, ensure_ascii=False), "utf-8")
        for name, array in zip(_ARRAYS, (self._starts, self._rows, self._scores), strict=True):
            np.save(folder / f"{name}.npy", array)

    def __len__(self) -> int:
        return self._size

    def _at(self, word: str) -> slice:
        """Where the rows of a stem lie; nowhere for an unknown one."""
        at = self._words.get(word)
        return slice(0, 0) if at is None else slice(int(self._starts[at]), int(self._starts[at + 1]))

    def weight(self, word: str) -> float:
        """How rare a stem is: its inverse document frequency, ln(1 + (n - df + 0.5) / (df + 0.5)); 0 if absent."""
        at = self._at(word)
        frequency = at.stop - at.start
        return float(np.log1p((self._size - frequency + 0.5) / (frequency + 0.5))) if frequency else 0.0

    def stands_in(self, word: str, first: int, last: int) -> bool:
        """Whether a stem stands in any of the rows from `first` to before `last`."""
        found = np.searchsorted(self._rows[self._at(word)], [first, last])
        return bool(found[0] < found[1])

    def nearest(self, word: str) -> str | None:
        """The known stem that an unknown one is most likely a misspelling of, or None."""
        if len(word) < SHORTEST_TYPO or word in self._words or not word.isalpha():
            return None
        alike = [known for known in self._by_letter.get(word[0], ()) if abs(len(known) - len(word)) <= 1]
        found = process.extractOne(word, alike, scorer=DamerauLevenshtein.distance, score_cutoff=len(word) // 5)
        return None if found is None else str(found[0])

    @cached_property
    def _by_letter(self) -> dict[str, list[str]]:
        """The known stems by their first letter, which is seldom mistyped."""
        groups: dict[str, list[str]] = {}
        for word in self._words:
            groups.setdefault(word[:1], []).append(word)
        return groups

    def scores(self, words: Sequence[str]) -> Scores:
        """The BM25 score of every row for these stems; zeros where none is known."""
        found = np.zeros(self._size, dtype=np.float32)
        for word in words:
            at = self._at(word)
            found[self._rows[at]] += self._scores[at]
        return found


def best_rows(scores: Scores, k: int) -> Rows:
    """The at most `k` rows that score above zero, best first, equal scores by row."""
    rows = np.flatnonzero(scores > 0)
    if len(rows) > k:
        rows = rows[np.argpartition(-scores[rows], k - 1)[:k]]
    return rows[np.lexsort((rows, -scores[rows]))].astype(np.int64)
