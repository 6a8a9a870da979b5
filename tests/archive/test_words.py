from rag.archive.words import words_of


def test_words_meet_their_inflections_and_compounds() -> None:
    assert set(words_of("China's talks")) & set(words_of("talking with China")) == {"china", "talk"}
    assert set(words_of("U.S.")) == set(words_of("US"))
    assert set(words_of("China-U.S. talks")) >= set(words_of("talk China US"))
    assert words_of("What did they say about it?") == ["say"]
