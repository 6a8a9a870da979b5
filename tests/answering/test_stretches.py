from hypothesis import given
from hypothesis import strategies as st

from rag.answering.stretches import MOST_WORDS, focus_of, stretch_of


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
