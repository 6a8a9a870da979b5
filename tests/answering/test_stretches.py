import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.stretches import MOST_WORDS, focus_of, says_nothing, stretch_of


def test_the_focus_is_the_best_run_of_sentences() -> None:
    assert focus_of([0.9]) == (0, 0)
    assert focus_of([0.1, 0.8, 0.1]) == (1, 1)
    assert focus_of([0.7, 0.8, 0.79, 0.75]) == (1, 3)
    assert focus_of([0.8, 0.79, 0.78, 0.8, 0.79]) == (0, 2)
    assert focus_of([-0.5, -0.2]) == (1, 1)


def test_a_paragraph_that_fits_is_quoted_whole_and_a_long_one_in_part() -> None:
    short = ["We held talks on Monday.", "The trial is open.", "Others know more."]
    assert stretch_of(short, [0.1, 0.9, 0.2], (1, 1)) == (0, 2)
    long = ["One " * 30, "Two " * 30, "Three " * 30, "Four " * 30]
    assert stretch_of(long, [0.1, 0.2, 0.9, 0.3], (2, 2)) == (2, 3)
    assert stretch_of(["Word " * 300], [0.5], (0, 0)) == (0, 0)


def test_what_a_sentence_leans_on_is_quoted_with_it() -> None:
    sentences = ["The trial is open. " + "x " * 30, "It is not linked to the talks.", "Better " * 45]
    assert stretch_of(sentences, [0.1, 0.9, 0.8], (1, 1)) == (0, 1)
    # What can't begin a quote is left out where what it leans on does not fit.
    far = ["Word " * 79, "They agreed.", "The trial is open."]
    assert stretch_of(far, [0.1, 0.2, 0.9], (2, 2)) == (2, 2)


@given(st.lists(st.tuples(st.integers(1, 60), st.floats(-1, 1)), min_size=1, max_size=9))
def test_a_stretch_holds_its_focus_and_keeps_to_its_words(made: list[tuple[int, float]]) -> None:
    sentences, scores = ["word " * count for count, _ in made], [score for _, score in made]
    focus = focus_of(scores)
    first, last = stretch_of(sentences, scores, focus)
    assert 0 <= first <= focus[0] <= focus[1] <= last < len(made)
    inside = sum(count for count, _ in made[first : last + 1])
    assert inside <= MOST_WORDS or (first, last) == focus


def test_a_stretch_ends_with_a_whole_sentence_where_there_are_any() -> None:
    cut_by_a_page = ["Inflation has surprised us.", "We decided that a larger increase in the"]
    assert stretch_of(cut_by_a_page, [0.9, 0.5], (0, 0)) == (0, 0)
    assert stretch_of(cut_by_a_page, [0.5, 0.9], (1, 1)) == (0, 1)
    assert stretch_of(["so we spoke", "and then we left"], [0.9, 0.5], (0, 0)) == (0, 1), "captions have no full stops"


def test_what_goes_on_after_a_page_needs_what_stands_before_it() -> None:
    assert stretch_of(["federal funds rate was right.", "Inflation fell."], [0.5, 0.9], (1, 1)) == (1, 1)


@pytest.mark.parametrize("words", ["Well, go ahead.", "Thank you very much. Next question, please.", "Okay — go on."])
def test_an_answer_that_hands_on_the_floor_says_nothing(words: str) -> None:
    assert says_nothing(words)


@pytest.mark.parametrize("words", ["No.", "Please go ahead with the treaty.", "Right.", "So it is.", "Sure."])
def test_a_short_answer_says_something(words: str) -> None:
    assert not says_nothing(words)
