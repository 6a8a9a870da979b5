import itertools
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.archive import lexicon
from rag.archive.lexicon import Mask, WordIndex
from rag.archive.postings import Postings, saturation
from rag.archive.words import words_of

TEXTS = ["The trial of two Canadians in Dandong", "Talks between China and the US", "A trial, and talks, in Beijing"]
# Of few words, so that many rows score alike.
texts = st.lists(
    st.lists(st.sampled_from("peace talk trial visit vaccine".split()), max_size=9).map(" ".join), min_size=1
)
shares = st.dictionaries(st.sampled_from("peac talk trial visit vaccin nowher".split()), st.sampled_from([1.0, 0.3]))


def shared(text: str) -> dict[str, float]:
    return dict.fromkeys(words_of(text), 1.0)


def test_the_text_with_the_rare_word_comes_first() -> None:
    index = WordIndex.of(TEXTS)
    assert index.search(shared("Canadians on trial"), 5)[0].tolist() == [0, 2]
    assert index.search(shared("Canadians on trial"), 1)[0].tolist() == [0]
    assert index.weight("canadian") > index.weight("trial") > index.weight("nowhere") == 0


def test_unknown_words_find_nothing() -> None:
    rows, scores = WordIndex.of(TEXTS).search(shared('zebra; DROP TABLE -- " * ('), 5)
    assert len(rows) == len(scores) == 0 and len(WordIndex.of(TEXTS)) == len(TEXTS)


def test_a_saved_index_gives_the_same_scores(tmp_path: Path) -> None:
    Postings.of(TEXTS).save(tmp_path / "words")
    words, opened = shared("talks on the trial"), WordIndex([Postings.open(tmp_path / "words")])
    for ours, theirs in zip(opened.search(words, 3), WordIndex.of(TEXTS).search(words, 3), strict=True):
        assert np.array_equal(ours, theirs)
    assert opened.nearest("beiijng") is None and opened.nearest("candian") == "canadian"


def test_scores_are_those_of_bm25s_and_a_text_without_words_has_none() -> None:
    texts = [*TEXTS, "…", *TEXTS[:2], ""]
    theirs = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend="numpy")
    theirs.index([words_of(text) or [""] for text in texts], show_progress=False)
    index, words = WordIndex.of(texts), words_of("talks with China on the trial")
    scores = index.scores(dict.fromkeys(words, 1.0), np.arange(len(texts)))
    assert np.allclose(scores, theirs.get_scores(words)) and scores[3] == 0
    assert len(index) == len(texts) and index.weight("") == 0 and not index.stands_in("", 0, len(texts))


def test_a_word_stands_in_the_rows_that_have_it() -> None:
    for index in (WordIndex.of(TEXTS), WordIndex([Postings.of(TEXTS[:1]), Postings.of(TEXTS[1:])])):
        assert index.stands_in("talk", 1, 2) and index.stands_in("talk", 0, 3) and not index.stands_in("talk", 0, 1)
        assert not index.stands_in("zebra", 0, 3)


@given(
    st.lists(texts, min_size=1, max_size=3),
    shares,
    st.integers(1, 12),
    st.sampled_from([1, 4, 99]),
    st.integers(0, 99),
    st.booleans(),
)
def test_the_best_rows_are_those_of_scoring_every_row(
    given: list[list[str]], words: dict[str, float], k: int, long: int, seed: int, masked: bool
) -> None:
    index = WordIndex([Postings.of(each) for each in given])
    _agrees(index, words, k, long, np.random.default_rng(seed).random(len(index)) < 0.6 if masked else None)


@given(st.integers(0, 2**32), st.sampled_from([1, 3, 10]), st.sampled_from([5, 60]), st.sampled_from([1.0, 0.5, 0.03]))
@settings(deadline=None)
def test_pruning_loses_none_of_many_rows(seed: int, k: int, long: int, share: float) -> None:
    chance = np.random.default_rng(seed)
    lines = [
        " ".join(f"w{at}" for at in np.minimum(chance.zipf(1.3, size), 40)) for size in chance.integers(1, 30, 600)
    ]
    cuts = [0, *sorted(chance.integers(1, 600, 2).tolist()), 600]
    index = WordIndex([Postings.of(lines[start:end]) for start, end in itertools.pairwise(cuts)])
    words = {f"w{at}": float(chance.choice([1, 0.3])) for at in chance.integers(1, 45, 8)}
    _agrees(index, words, k, long, None if share == 1 else chance.random(600) < share)


def _agrees(index: WordIndex, words: dict[str, float], k: int, long: int, allowed: Mask | None) -> None:
    """A search that prunes words with so many rows gives the rows, and the scores to the last bit, of scoring all."""
    every = index.scores(words, np.arange(len(index)))
    let = every if allowed is None else np.where(allowed, every, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexicon, "_LONG", long)
        rows, scores = index.search(words, k, allowed)
    best = np.lexsort((np.arange(len(let)), -let))[:k]
    assert rows.tolist() == best[let[best] > 0].tolist()
    assert np.array_equal(scores, every[rows])


def test_a_word_that_most_rows_have_is_looked_up_in_few(monkeypatch: pytest.MonkeyPatch) -> None:
    index = WordIndex.of(["the canadian trial", *["the trial"] * 400, *["a trial by canadians, canadians"] * 20])
    scored: list[int] = []
    monkeypatch.setattr(lexicon, "_LONG", 100)
    monkeypatch.setattr(
        lexicon, "saturation", lambda counts, *rest: scored.append(len(counts)) or saturation(counts, *rest)
    )
    assert index.search(shared("Canadians on trial"), 3)[0].tolist() == [401, 402, 403]
    assert sum(scored) < 100


@given(texts, texts, shares)
def test_two_parts_score_as_one_and_can_be_joined(one: list[str], other: list[str], words: dict[str, float]) -> None:
    parts, whole = [Postings.of(one), Postings.of(other)], WordIndex.of([*one, *other])
    rows = np.arange(len(whole))
    assert np.allclose(WordIndex(parts).scores(words, rows), whole.scores(words, rows), atol=1e-5)
    assert WordIndex(parts).search(words, 9)[1] == pytest.approx(whole.search(words, 9)[1], abs=1e-5)
    joined = WordIndex([Postings.joined(parts, rows[::-1])])
    assert np.allclose(joined.scores(words, rows), whole.scores(words, rows)[::-1], atol=1e-5)
    left = Postings.joined(parts, np.arange(len(one), len(whole)))
    assert set(left.words) == set(parts[1].words) and np.array_equal(left.lengths, parts[1].lengths)
