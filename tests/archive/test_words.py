from pathlib import Path

import bm25s
import numpy as np

from rag.archive.words import WordIndex, best_rows, words_of

TEXTS = ["The trial of two Canadians in Dandong", "Talks between China and the US", "A trial, and talks, in Beijing"]


def test_words_meet_their_inflections_and_compounds() -> None:
    assert set(words_of("China's talks")) & set(words_of("talking with China")) == {"china", "talk"}
    assert set(words_of("U.S.")) == set(words_of("US"))
    assert set(words_of("China-U.S. talks")) >= set(words_of("talk China US"))
    assert words_of("What did they say about it?") == ["say"]


def test_the_text_with_the_rare_word_comes_first() -> None:
    index = WordIndex.of(TEXTS)
    scores = index.scores(words_of("Canadians on trial"))
    assert list(best_rows(scores, 5)) == [0, 2]
    assert list(best_rows(scores, 1)) == [0]
    assert index.weight("canadian") > index.weight("trial") > index.weight("nowhere") == 0


def test_unknown_words_find_nothing() -> None:
    scores = WordIndex.of(TEXTS).scores(words_of('zebra; DROP TABLE -- " * ('))
    assert len(best_rows(scores, 5)) == 0 and len(scores) == len(TEXTS)


def test_a_saved_index_gives_the_same_scores(tmp_path: Path) -> None:
    WordIndex.of(TEXTS).save(tmp_path / "words")
    words, opened = words_of("talks on the trial"), WordIndex.open(tmp_path / "words")
    assert np.array_equal(opened.scores(words), WordIndex.of(TEXTS).scores(words)) and len(opened) == len(TEXTS)
    assert opened.nearest("beiijng") is None and opened.nearest("candian") == "canadian"


def test_scores_are_those_of_bm25s_and_a_text_without_words_has_none() -> None:
    texts = [*TEXTS, "…", *TEXTS[:2], ""]
    theirs = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend="numpy")
    theirs.index([words_of(text) or [""] for text in texts], show_progress=False)
    index, words = WordIndex.of(texts), words_of("talks with China on the trial")
    assert np.allclose(index.scores(words), theirs.get_scores(words)) and index.scores(words)[3] == 0
    assert len(index) == len(texts) and index.weight("") == 0 and not index.stands_in("", 0, len(texts))


def test_a_word_stands_in_the_rows_that_have_it() -> None:
    index = WordIndex.of(TEXTS)
    assert index.stands_in("talk", 1, 2) and index.stands_in("talk", 0, 3) and not index.stands_in("talk", 0, 1)
    assert not index.stands_in("zebra", 0, 3)
