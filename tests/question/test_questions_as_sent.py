"""A question as it comes in, before anything reads it."""

from rag.question.filters import check_question


def test_runs_of_white_space_are_folded_before_any_pattern_sees_them() -> None:
    assert check_question(f" Was it said{' ' * 1500}in\n\n2020? ") == "Was it said in 2020?"
