from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.archive.lexicon import WordIndex
from rag.archive.postings import Postings
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


@given(texts, shares, st.integers(1, 12), st.integers(0, 99), st.booleans())
def test_the_best_rows_are_those_of_scoring_every_row(
    given: list[str], words: dict[str, float], k: int, seed: int, masked: bool
) -> None:
    index = WordIndex.of(given)
    allowed = np.random.default_rng(seed).random(len(given)) < 0.6 if masked else None
    every = index.scores(words, np.arange(len(given)))
    let = every if allowed is None else np.where(allowed, every, 0)
    rows, scores = index.search(words, k, allowed)
    best = np.sort(let[let > 0])[::-1][:k]
    assert scores == pytest.approx(best, abs=1e-5) and scores == pytest.approx(every[rows])
    assert allowed is None or allowed[rows].all()


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
