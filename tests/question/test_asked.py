"""A question as it comes in, before anything reads it."""

import datetime
import pickle
from typing import Any

import pytest

from rag.errors import BadInput, UnknownName
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.question.filters import Filters

LAST, FIRST = datetime.date(2021, 3, 18), datetime.date(2021, 3, 19)


def test_runs_of_white_space_are_folded_before_any_pattern_sees_them() -> None:
    assert Asked(f" Was it said{' ' * 1500}in\n\n2020? ").question == "Was it said in 2020?"


@pytest.mark.parametrize(
    ("question", "how", "key"),
    [
        (" \n", {}, "question"),
        ("why " * 1000, {}, "question"),
        ("Was it\x00 said?", {}, "question"),
        ("Was it said\ud83d?", {}, "question"),
        ("Was it said?", {"k": 0}, "k"),
        ("Was it said?", {"k": 51}, "k"),
        ("Was it said?", {"max_tokens": 0}, "max_tokens"),
        ("Was it said?", {"filters": Filters(FIRST, LAST)}, "filters.date_from"),
    ],
)
def test_what_cannot_be_used_is_named_with_a_remedy(question: str, how: dict[str, Any], key: str) -> None:
    with pytest.raises(BadInput) as refused:
        Asked(question, **how)
    assert refused.value.key == key and refused.value.remedy


def test_words_alone_are_asked_as_their_asked_is(podium: Podium) -> None:
    question = "How has what China says of Xinjiang changed?"
    asked = Asked(question, k=2, history=("What of Japan?",), today=LAST)
    by_name = podium.ask(question, k=2, history=["What of Japan?"], today=LAST)
    assert podium.ask(asked).quotes == by_name.quotes
    assert len(podium.ask(asked, k=1).quotes) == 1 < len(by_name.quotes)
    with pytest.raises(TypeError, match="quotes"):
        podium.ask("What of Xinjiang?", quotes=2)


def test_a_name_that_is_unknown_is_told_whole_by_another_process() -> None:
    told = pickle.loads(pickle.dumps(UnknownName("Zhao", ["Zhao Lijian"], ["Zhao Lijian"], key="filters.spokespeople")))
    assert isinstance(told, UnknownName)
    assert (told.name, told.near, told.key) == ("Zhao", ("Zhao Lijian",), "filters.spokespeople")
    assert told.remedy == "Did you mean: Zhao Lijian?"
