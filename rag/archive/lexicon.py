"""Words -> the rows where they score best: BM25, of the rows that can be among the best alone."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from rag.archive.arrays import distinct
from rag.archive.postings import Postings, Rows, Scores, saturation

Mask = npt.NDArray[np.bool_]

SHORTEST_TYPO = 5
# Sums of the same scores in another order differ by less.
_ROUNDING = 1e-3
# So many times as many rows as are wanted lead: their whole scores are found early, where a word with LONG rows would
# come next. Below that all are scored, which is faster.
_LEADING, _LONG = 4, 50_000


class WordIndex:
    """BM25 (k1 1.2, b 0.75) over rows of one or several parts, the averages those of all; immutable."""

    def __init__(self, parts: Sequence[Postings]) -> None:
        self.parts = parts
        self._first = np.cumsum([0, *map(len, parts)])
        words = [int(part.lengths.sum(dtype=np.int64)) for part in parts]
        self._mean = sum(words) / max(1, len(self))
        # A part's peaks hold for its own mean length, which a longer mean makes too low.
        self._lifts = [
            1.001 * max(1.0, self._mean * len(part) / max(1, count)) for part, count in zip(parts, words, strict=True)
        ]

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
        # Where the rows of each part begin among those that are asked for.
        ends = np.searchsorted(rows, self._first)
        for start, part, first, last in zip(self._first, self.parts, ends, ends[1:], strict=False):
            found[first:last] = self._looked_up(part, terms, rows[first:last] - start)
        return found

    def search(self, shares: Mapping[str, float], k: int, allowed: Mask | None = None) -> tuple[Rows, Scores]:
        """The at most `k` rows that score best above zero among the allowed ones, best first, and their scores.

        Equal scores go by row. Only rows with a word rare enough to lift them among the best are looked at.
        """
        terms = self._rarities(shares)
        rows, scores = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        for at in sorted(range(len(self.parts)), key=lambda at: -len(self.parts[at])):
            start, end = self._first[at], self._first[at + 1]
            floor = float(scores[-1]) if 0 < k == len(rows) else 0.0
            likely, reached = self._likely(at, terms, k, None if allowed is None else allowed[start:end], floor)
            rows, scores = _best(np.concatenate([rows, likely + start]), np.concatenate([scores, reached]), k)
        return rows, scores

    def _rarities(self, shares: Mapping[str, float]) -> dict[str, float]:
        """What each stem counts that there is, the most first: all scores are added up in this order."""
        weighed = {word: share * self.weight(word) for word, share in shares.items()}
        return {word: weighed[word] for word in sorted(weighed, key=lambda word: -weighed[word]) if weighed[word] > 0}

    def _add(self, part: Postings, word: str, rarity: float, rows: Rows, scores: Scores) -> None:
        """Add what a stem scores in these rows, ascending, to their scores."""
        counts = part.counts_in(word, rows)
        has = np.flatnonzero(counts)
        scores[has] += np.float32(rarity) * saturation(counts[has], part.lengths[rows[has]], self._mean)

    def _looked_up(self, part: Postings, terms: Mapping[str, float], rows: Rows) -> Scores:
        found = np.zeros(len(rows), dtype=np.float32)
        for word, rarity in terms.items():
            self._add(part, word, rarity, rows, found)
        return found

    def _likely(
        self, at: int, terms: Mapping[str, float], k: int, allowed: Mask | None, floor: float
    ) -> tuple[Rows, Scores]:
        """Rows of a part, with its best `k` that score at least `floor`, and scores: MaxScore (Turtle and Flood, 1995).

        Words are taken from the one that counts most. Once all that are left together can't lift a row which has none
        of those before to `floor`, which rises to what the k-th of the rows that lead scores, such rows are not looked
        at; and a row that they can't lift goes.
        """
        part = self.parts[at]
        if allowed is not None and allowed.sum() <= k:
            rows = np.flatnonzero(allowed)
            return rows, self._looked_up(part, terms, rows)
        words = [word for word in terms if word in part.words]
        most = {word: terms[word] * self._lifts[at] * float(part.peaks[part.words[word]]) for word in words}
        left = sum(most.values())
        total = np.zeros(len(part), dtype=np.float32)
        leading = np.zeros(0, dtype=np.int64)
        while words and left >= floor - _ROUNDING:
            where = part.at(words[0])
            if where.stop - where.start >= _LONG and len(leading) > k:
                floor = max(floor, _nth(self._looked_up(part, terms, leading), k))
                if left < floor - _ROUNDING:
                    break
            word = words.pop(0)
            rows, counts = part.rows[where].astype(np.int64), part.counts[where]
            if allowed is not None:
                let = allowed[rows]
                rows, counts = rows[let], counts[let]
            scores = total[rows] + np.float32(terms[word]) * saturation(counts, part.lengths[rows], self._mean)
            total[rows] = scores
            left -= most[word]
            if len(part) > _LONG:
                leading = _leading(leading, rows, total, _LEADING * k)
        rows = np.flatnonzero(total > max(0.0, floor - left - _ROUNDING))
        scores = total[rows]
        for word in words:
            self._add(part, word, terms[word], rows, scores)
            left -= most[word]
            if len(rows) > k:
                floor = max(floor, _nth(scores, k))
            kept = scores > floor - left - _ROUNDING
            rows, scores = rows[kept], scores[kept]
        return rows, scores


def _leading(before: Rows, rows: Rows, scores: Scores, count: int) -> Rows:
    """Of the rows that led before and further ones, the `count` that do now, ascending."""
    if len(before) == count:
        rows = rows[scores[rows] > scores[before].min()]
    if len(rows) > count:
        rows = rows[np.argpartition(scores[rows], -count)[-count:]]
    rows = distinct(np.concatenate((before, rows)))
    return rows if len(rows) <= count else np.sort(rows[np.argpartition(scores[rows], -count)[-count:]])


def _best(rows: Rows, scores: Scores, k: int) -> tuple[Rows, Scores]:
    """The at most `k` that score best above zero, best first, equal ones by row."""
    # All that equal the k-th too: the order of rows decides among them.
    kept = (scores > 0) & (scores >= (_nth(scores, k) if len(scores) > k else 0))
    rows, scores = rows[kept], scores[kept]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def _nth(scores: Scores, n: int) -> float:
    """The n-th highest."""
    return float(np.partition(scores, -n)[-n])
