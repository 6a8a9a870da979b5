"""Words -> the rows where they score best: BM25, of the rows that can be among the best alone."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from rag.archive.postings import Narrow, Postings, Rows, Scores, saturation

Mask = npt.NDArray[np.bool_]

SHORTEST_TYPO = 5
# Sums of the same scores in another order differ by less.
_ROUNDING = 1e-3


class WordIndex:
    """BM25 (k1 1.2, b 0.75) over rows of one or several parts, the averages those of all; immutable."""

    def __init__(self, parts: Sequence[Postings]) -> None:
        self.parts = parts
        self._first = np.cumsum([0, *map(len, parts)])
        self._mean = sum(float(part.lengths.sum(dtype=np.int64)) for part in parts) / max(1, len(self))

    @classmethod
    def of(cls, texts: Iterable[str]) -> "WordIndex":
        """An index whose row i is texts[i]."""
        return cls([Postings.of(texts)])

    def __len__(self) -> int:
        return int(self._first[-1])

    def weight(self, word: str) -> float:
        """How rare a stem is: its inverse document frequency, ln(1 + (n - df + 0.5) / (df + 0.5)); 0 if absent."""
        frequency = sum(at.stop - at.start for at in (part.at(word) for part in self.parts))
        return float(np.log1p((len(self) - frequency + 0.5) / (frequency + 0.5))) if frequency else 0.0

    def stands_in(self, word: str, first: int, last: int) -> bool:
        """Whether a stem stands in any of the rows from `first` to before `last`."""
        for start, part in zip(self._first, self.parts, strict=False):
            if first < start + len(part) and last > start:
                ends = np.clip([first - start, last - start], 0, len(part)).astype(np.int32)
                found = np.searchsorted(part.rows[part.at(word)], ends)
                if found[0] < found[1]:
                    return True
        return False

    def nearest(self, word: str) -> str | None:
        """The known stem that an unknown one is most likely a misspelling of, or None."""
        if len(word) < SHORTEST_TYPO or not word.isalpha() or any(word in part.words for part in self.parts):
            return None
        alike = [known for known in self._by_letter.get(word[0], ()) if abs(len(known) - len(word)) <= 1]
        found = process.extractOne(word, alike, scorer=DamerauLevenshtein.distance, score_cutoff=len(word) // 5)
        return None if found is None else str(found[0])

    @cached_property
    def _by_letter(self) -> dict[str, list[str]]:
        """The known stems by their first letter, which is seldom mistyped."""
        groups: dict[str, list[str]] = {}
        for word in dict.fromkeys(word for part in self.parts for word in part.words):
            groups.setdefault(word[:1], []).append(word)
        return groups

    def scores(self, shares: Mapping[str, float], rows: Rows) -> Scores:
        """The BM25 score of each of these rows, ascending, for stems that count for so large a share each."""
        found = np.zeros(len(rows), dtype=np.float32)
        terms = self._rarities(shares)
        ends = np.searchsorted(rows, self._first)
        for start, part, first, last in zip(self._first, self.parts, ends, ends[1:], strict=False):
            found[first:last] = self._looked_up(part, terms, (rows[first:last] - start).astype(np.int32))
        return found

    def search(self, shares: Mapping[str, float], k: int, allowed: Mask | None = None) -> tuple[Rows, Scores]:
        """The at most `k` rows that score best above zero among the allowed ones, best first, and their scores.

        Equal scores go by row. Only rows with a word rare enough to lift them among the best are looked at.
        """
        terms = self._rarities(shares)
        found = []
        for start, part in zip(self._first, self.parts, strict=False):
            of_part = None if allowed is None else allowed[start : start + len(part)]
            likely = self._likely(part, terms, k, of_part)
            found.append((likely.astype(np.int64) + start, self._looked_up(part, terms, likely)))
        rows, scores = np.concatenate([each for each, _ in found]), np.concatenate([each for _, each in found])
        order = np.lexsort((rows, -scores))[:k]
        order = order[scores[order] > 0]
        return rows[order], scores[order]

    def _rarities(self, shares: Mapping[str, float]) -> dict[str, float]:
        return {word: share * weight for word, share in shares.items() if (weight := self.weight(word)) * share > 0}

    def _looked_up(self, part: Postings, terms: Mapping[str, float], rows: Narrow) -> Scores:
        found = np.zeros(len(rows), dtype=np.float32)
        lengths = part.lengths[rows]
        for word, rarity in terms.items():
            where = part.at(word)
            there = part.rows[where]
            if len(there):
                at = np.minimum(np.searchsorted(there, rows), len(there) - 1)
                has = there[at] == rows
                found[has] += np.float32(rarity) * saturation(part.counts[where][at[has]], lengths[has], self._mean)
        return found

    def _likely(self, part: Postings, terms: Mapping[str, float], k: int, allowed: Mask | None) -> Narrow:
        """The rows of a part, ascending, among which the best `k` are: MaxScore (Turtle and Flood, 1995).

        Words are taken from the one that can add most; once all that are left together can't lift a row which has none
        of those before among the best, such rows are not looked at.
        """
        if allowed is not None and allowed.sum() <= k:
            return np.flatnonzero(allowed).astype(np.int32)
        # The peaks hold for the part's own mean length, which a longer mean makes too low.
        lift = 1.001 * max(1.0, self._mean * len(part) / max(1, part.lengths.sum(dtype=np.int64)))
        most = {
            word: rarity * lift * float(part.peaks[part.words[word]])
            for word, rarity in terms.items()
            if word in part.words
        }
        left = sum(most.values())
        total = np.zeros(len(part), dtype=np.float32)
        seen = np.zeros(0, dtype=np.int32)
        threshold = 0.0
        for word in sorted(most, key=lambda word: -most[word]):
            if left < threshold - _ROUNDING:
                break
            where = part.at(word)
            rows, counts = part.rows[where], part.counts[where]
            if allowed is not None:
                let = allowed[rows]
                rows, counts = rows[let], counts[let]
            seen = np.concatenate([seen, rows[total[rows] == 0]])
            total[rows] += np.float32(terms[word]) * saturation(counts, part.lengths[rows], self._mean)
            left -= most[word]
            if len(seen) > k:
                scores = total[seen]
                threshold = float(np.partition(scores, len(seen) - k)[len(seen) - k])
        return np.sort(seen[total[seen] + left >= threshold - _ROUNDING])
