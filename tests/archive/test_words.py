from pathlib import Path

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
    words = words_of("talks on the trial")
    assert np.array_equal(WordIndex.open(tmp_path / "words").scores(words), WordIndex.of(TEXTS).scores(words))
